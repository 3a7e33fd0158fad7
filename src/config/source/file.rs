//! The settings file.

use std::io;
use std::ops::Range;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::collected::{Element, Raw, SettingEntry, Sources};
use crate::config::bounded_file::read_up_to;
use crate::config::catalogue::Catalogue;
use crate::config::problem::{ConfigErrors, ConfigProblem, Location};

/// Where the file is looked for when none is named.
const DEFAULT_PATHS: [&str; 2] = ["portico.toml", "/etc/portico/portico.toml"];

/// The largest settings file, in bytes.
const LIMIT: u64 = 1024 * 1024;

/// A settings file as read.
pub(in crate::config) struct SettingsFile {
    path: PathBuf,
    text: String,
    /// Where each line ends.
    line_ends: Vec<usize>,
    is_world_readable: bool,
}

fn line_ends(text: &str) -> Vec<usize> {
    text.match_indices('\n').map(|(at, _)| at).collect()
}

#[cfg(any(test, feature = "fuzzing"))]
impl SettingsFile {
    /// A settings file with this text.
    pub(in crate::config) fn saying(text: String) -> Self {
        Self {
            path: PathBuf::from("portico.toml"),
            line_ends: line_ends(&text),
            text,
            is_world_readable: false,
        }
    }
}

/// The file at `path`, which then must exist, or the first default one that does.
pub(in crate::config) fn find(path: Option<&Path>) -> Result<Option<SettingsFile>, ConfigErrors> {
    if let Some(path) = path {
        return open(path).map(Some).map_err(|error| unreadable(path, &error));
    }
    for path in DEFAULT_PATHS.map(Path::new) {
        match open(path) {
            Ok(file) => return Ok(Some(file)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(unreadable(path, &error)),
        }
    }
    Ok(None)
}

/// The folder of the file that [`find`] would read: what relative paths are relative to.
pub(in crate::config) fn folder(path: Option<&Path>) -> PathBuf {
    let exists = |path: &&Path| path.try_exists().unwrap_or(true);
    let path = path.or_else(|| DEFAULT_PATHS.map(Path::new).into_iter().find(exists));
    path.and_then(Path::parent).map(Path::to_owned).unwrap_or_default()
}

fn open(path: &Path) -> io::Result<SettingsFile> {
    let (metadata, bytes) = read_up_to(path, LIMIT)?;
    if bytes.len() as u64 > LIMIT {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    let text = String::from_utf8(bytes);
    let text = text.map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error.utf8_error()))?;
    Ok(SettingsFile {
        path: path.to_owned(),
        line_ends: line_ends(&text),
        text,
        is_world_readable: metadata.permissions().mode() & 0o004 != 0,
    })
}

fn unreadable(path: &Path, error: &io::Error) -> ConfigErrors {
    let (rule, fix) = if error.kind() == io::ErrorKind::FileTooLarge {
        (
            format!("is larger than {} KiB", LIMIT / 1024),
            "a file with settings alone; `portico config reference` lists every key",
        )
    } else if error.kind() == io::ErrorKind::InvalidData {
        (
            format!("is not text in UTF-8: {error}"),
            "the file saved once more by an editor, in UTF-8",
        )
    } else {
        (
            format!("cannot be read: {error}"),
            "--config FILE with a file that this user may read",
        )
    };
    ConfigErrors::one(ConfigProblem {
        key: "settings file".to_owned(),
        location: Location::File(path.to_owned()),
        found: None,
        rule,
        fix: fix.to_owned(),
    })
}

/// Reads the file into `sources`. If it is not valid TOML, what could be parsed of it is there all the same.
pub(super) fn read_into(sources: &mut Sources, file: &SettingsFile) -> Result<(), ConfigErrors> {
    file.path
        .parent()
        .unwrap_or(Path::new(""))
        .clone_into(&mut sources.base);
    sources.file = Some(file.path.clone());
    sources.is_world_readable = file.is_world_readable;
    let (table, errors) = DeTable::parse_recoverable(&file.text);
    walk(sources, file, "", table.get_ref());
    if !errors.is_empty() {
        let problems = errors.iter().map(|error| syntax_problem(file, error)).collect();
        return Err(ConfigErrors { problems });
    }
    Ok(())
}

/// Gives the message of the toml crate, but never the line: there may be a secret in it.
fn syntax_problem(file: &SettingsFile, error: &toml::de::Error) -> ConfigProblem {
    ConfigProblem {
        key: "settings file".to_owned(),
        location: file.location(error.span().unwrap_or_default()),
        found: None,
        rule: format!("is not valid TOML: {}", error.message()),
        fix: "one key = value per line, text in double quotes, each section once".to_owned(),
    }
}

fn walk(sources: &mut Sources, file: &SettingsFile, prefix: &str, table: &DeTable<'_>) {
    for (name, value) in table {
        let path = if prefix.is_empty() {
            name.get_ref().to_string()
        } else {
            format!("{prefix}.{}", name.get_ref())
        };
        let location = file.location(name.span());
        if let Some(key) = sources.catalogue.find(&path) {
            sources.entries.insert(
                key.path,
                SettingEntry {
                    raw: raw(value, &|place| Some(file.line(place))),
                    location,
                },
            );
        } else if !sources.catalogue.sections().contains(&path.as_str()) {
            let problem = unknown(sources.catalogue, path, location, value.get_ref().is_table());
            sources.problems.push(problem);
        } else if let DeValue::Table(table) = value.get_ref() {
            walk(sources, file, &path, table);
        } else {
            sources.problems.push(not_a_section(path, location));
        }
    }
}

fn unknown(catalogue: Catalogue, path: String, location: Location, is_table: bool) -> ConfigProblem {
    let suggestion = if is_table {
        catalogue.closest_section(&path).map(|section| format!("[{section}]"))
    } else {
        catalogue.closest(&path).map(|key| key.path.to_owned())
    };
    ConfigProblem {
        fix: suggestion.map_or_else(
            || "remove it; `portico config reference` lists every key".to_owned(),
            |suggestion| format!("did you mean {suggestion}?"),
        ),
        rule: if is_table {
            "is not a section"
        } else {
            "is not a setting"
        }
        .to_owned(),
        found: None,
        key: path,
        location,
    }
}

fn not_a_section(path: String, location: Location) -> ConfigProblem {
    ConfigProblem {
        rule: "is a section, not a value".to_owned(),
        fix: format!("a line [{path}] with the keys below it"),
        found: None,
        key: path,
        location,
    }
}

/// The value with the line of each of its parts. `line_of` finds the line of a place in the text.
fn raw(value: &Spanned<DeValue<'_>>, line_of: &dyn Fn(usize) -> Option<usize>) -> Raw {
    let part = |value: &Spanned<DeValue<'_>>| Element {
        raw: raw(value, line_of),
        line: line_of(value.span().start),
    };
    match value.get_ref() {
        DeValue::String(text) => Raw::Text(text.to_string()),
        DeValue::Integer(number) if number.radix() == 10 => Raw::Number(number.as_str().to_owned()),
        DeValue::Integer(_) => Raw::Other("a number that is not decimal"),
        DeValue::Float(number) => Raw::Number(number.as_str().to_owned()),
        DeValue::Boolean(flag) => Raw::Flag(*flag),
        DeValue::Array(items) => Raw::List(items.iter().map(part).collect()),
        DeValue::Datetime(_) => Raw::Other("a date"),
        DeValue::Table(table) => {
            let by_place = table.iter().map(|(name, value)| (name.span().start, name, value));
            let mut by_place: Vec<_> = by_place.collect();
            by_place.sort_by_key(|(place, ..)| *place);
            let entries = by_place.into_iter().map(|(place, name, value)| {
                let entry = Element {
                    line: line_of(place),
                    ..part(value)
                };
                (name.get_ref().to_string(), entry)
            });
            Raw::Table(entries.collect())
        }
    }
}

/// A list as TOML writes it on one line, for a variable of the environment. The error is the message of the toml crate.
pub(in crate::config) fn one_line_list(text: &str) -> Result<Raw, String> {
    let line = format!("list = {}", if text.trim().is_empty() { "[]" } else { text });
    let table = DeTable::parse(&line).map_err(|error| error.message().to_owned())?;
    let list = table.get_ref().get("list");
    list.map_or(Err("there is no list".to_owned()), |list| Ok(raw(list, &|_| None)))
}

impl SettingsFile {
    fn location(&self, span: Range<usize>) -> Location {
        Location::Line(self.path.clone(), self.line(span.start))
    }

    fn line(&self, place: usize) -> usize {
        1 + self.line_ends.partition_point(|end| *end < place)
    }
}
