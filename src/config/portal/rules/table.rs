//! One rule as it is written: a table.

use std::path::Path;

use super::rule_config::{Require, RuleConfig};
use crate::config::key::SettingKind;
use crate::config::likeness;
use crate::config::source::{Element, Raw};
use crate::config::value::{Fault, FromEntry, FromSetting, Value};

/// Methods that a rule may name: those of HTTP and of `WebDAV`.
const METHODS: &[&str] = &[
    "GET",
    "HEAD",
    "POST",
    "PUT",
    "PATCH",
    "DELETE",
    "OPTIONS",
    "PROPFIND",
    "PROPPATCH",
    "MKCOL",
    "COPY",
    "MOVE",
    "LOCK",
    "UNLOCK",
    "REPORT",
    "SEARCH",
];

/// The keys of a rule and what they take. Bounds of `max_age`: how long ago the customer may have been authenticated.
const KEYS: &[(&str, SettingKind)] = &[
    ("host", SettingKind::Host),
    ("path", SettingKind::Line),
    ("exact", SettingKind::Flag),
    ("methods", SettingKind::List(&SettingKind::Choice(METHODS))),
    ("require", SettingKind::Choice(&["public", "signed_in", "nobody"])),
    ("groups", SettingKind::List(&SettingKind::Line)),
    ("acr_values", SettingKind::List(&SettingKind::Line)),
    ("max_age", SettingKind::Duration(1, 24 * 3600)),
];

/// What is wrong with a rule.
pub(super) fn fault(number: usize, line: Option<usize>, rule: String, fix: Option<String>) -> Fault {
    Fault {
        part: format!(", rule {number}"),
        line,
        rule,
        fix,
    }
}

/// The keys of one rule, read one by one so that all that is wrong with it is found.
struct RuleReader<'a> {
    number: usize,
    line: Option<usize>,
    entries: &'a [(String, Element)],
    base: &'a Path,
    faults: Vec<Fault>,
}

impl RuleReader<'_> {
    fn take<T: FromEntry>(&mut self, name: &str) -> Option<T> {
        let (_, kind) = KEYS.iter().find(|(key, _)| *key == name)?;
        let (_, part) = self.entries.iter().find(|(key, _)| key == name)?;
        let value = Value {
            raw: &part.raw,
            kind,
            base: self.base,
        };
        let faults = match T::from_entry(&value) {
            Ok(read) => return Some(read),
            Err(faults) => faults,
        };
        let found = match &part.raw {
            Raw::Text(text) => format!(" = {text:?}"),
            Raw::Number(number) => format!(" = {number}"),
            _ => String::new(),
        };
        for Fault { line, rule, fix, .. } in faults {
            let (line, number) = (line.or(part.line), self.number);
            let fix = fix.or_else(|| written_well(name));
            self.faults
                .push(fault(number, line, format!("{name}{found} {rule}"), fix));
        }
        None
    }

    fn refuse(&mut self, rule: &str, fix: &str) {
        let fault = fault(self.number, self.line, rule.to_owned(), Some(fix.to_owned()));
        self.faults.push(fault);
    }

    /// Reports the keys that no rule has, and returns the keys that they were probably meant to be.
    fn refuses_unknown_keys(&mut self) -> Vec<&'static str> {
        let mut meant = Vec::new();
        for (name, part) in self.entries {
            if KEYS.iter().any(|(key, _)| key == name) {
                continue;
            }
            let keys = KEYS.iter().map(|(key, _)| *key);
            let fix = match likeness::closest(name, keys.clone(), 0.5) {
                Some(key) => {
                    meant.push(key);
                    format!("did you mean {key}?")
                }
                None => format!("remove it; a rule has {}", keys.collect::<Vec<_>>().join(", ")),
            };
            let rule = format!("has the key {name}, which no rule has");
            self.faults.push(fault(self.number, part.line, rule, Some(fix)));
        }
        meant
    }
}

/// What a key of a rule looks like.
fn written_well(name: &str) -> Option<String> {
    let value = match name {
        "host" => "\"app.example.com\"",
        "path" => "\"/admin\"",
        "exact" => "true",
        "methods" => "[\"GET\", \"POST\"]",
        "require" => return Some("require = \"public\", \"signed_in\" or \"nobody\"".to_owned()),
        "groups" => "[\"admins\"]",
        "acr_values" => "[\"urn:okta:loa:2fa:any\"]",
        "max_age" => "\"15m\"",
        _ => return None,
    };
    Some(format!("{name} = {value}"))
}

/// Reads one rule; `number` counts from 1.
pub(super) fn rule(number: usize, part: &Element, base: &Path) -> Result<RuleConfig, Vec<Fault>> {
    let Raw::Table(entries) = &part.raw else {
        let (rule, fix) = (
            "is not a table",
            "a line [[portal.rules]] with the keys of the rule below it",
        );
        return Err(vec![fault(number, part.line, rule.to_owned(), Some(fix.to_owned()))]);
    };
    let mut reader = RuleReader {
        number,
        line: part.line,
        entries,
        base,
        faults: Vec::new(),
    };
    let misspelt = reader.refuses_unknown_keys();
    let is_written = |name: &str| misspelt.contains(&name) || entries.iter().any(|(key, _)| key == name);
    let host = reader.take("host");
    let path = reader.take::<RulePath>("path");
    let exact = reader.take("exact").unwrap_or(false);
    let methods = reader.take::<Vec<Method>>("methods");
    let require = reader.take("require");
    let groups = reader.take::<Vec<Group>>("groups");
    let acr_values = reader.take::<Vec<AcrValue>>("acr_values");
    let max_age = reader.take("max_age");
    if !is_written("path") {
        reader.refuse(
            "has no path",
            "path = \"/\" for the whole portal, or a part of it such as \"/admin\"",
        );
    }
    // A list that is written must not be empty: it would let everybody in, or nobody.
    let lists = [
        ("methods", methods.as_ref().map(Vec::len)),
        ("groups", groups.as_ref().map(Vec::len)),
        ("acr_values", acr_values.as_ref().map(Vec::len)),
    ];
    for (name, _) in lists.into_iter().filter(|(_, length)| *length == Some(0)) {
        reader.refuse(
            &format!("{name} is empty"),
            &format!("leave {name} out, or name at least one"),
        );
    }
    let asks_for_more = ["groups", "acr_values", "max_age"].into_iter().any(is_written);
    let require = match require {
        Some(Require::Public | Require::Nobody) if asks_for_more => {
            let rule = "asks for groups, acr_values or max_age, which go with a session";
            reader.refuse(rule, "require = \"signed_in\", or leave require out");
            Require::SignedIn
        }
        Some(require) => require,
        None if asks_for_more || is_written("require") => Require::SignedIn,
        None => {
            reader.refuse(
                "asks for nothing",
                "add require = \"public\", \"signed_in\" or \"nobody\", or groups",
            );
            Require::SignedIn
        }
    };
    let Some(RulePath(path)) = path.filter(|_| reader.faults.is_empty()) else {
        return Err(reader.faults);
    };
    let texts = |list: Option<Vec<String>>| list.unwrap_or_default();
    Ok(RuleConfig {
        host,
        path,
        exact,
        methods: with_head(methods.unwrap_or_default()),
        require,
        groups: texts(groups.map(|list| list.into_iter().map(|Group(name)| name).collect())),
        acr_values: texts(acr_values.map(|list| list.into_iter().map(|AcrValue(class)| class).collect())),
        max_age,
    })
}

struct RulePath(String);

impl FromSetting for RulePath {
    fn from_setting(value: &Value<'_>) -> Result<Self, String> {
        let path = value.text()?;
        check_path(path)?;
        Ok(Self(path.to_owned()))
    }
}

struct Method(String);

impl FromSetting for Method {
    fn from_setting(value: &Value<'_>) -> Result<Self, String> {
        let name = value.text()?;
        if METHODS.contains(&name) {
            Ok(Self(name.to_owned()))
        } else {
            Err("is no method: write GET, POST and so on".to_owned())
        }
    }
}

struct Group(String);

impl FromSetting for Group {
    fn from_setting(value: &Value<'_>) -> Result<Self, String> {
        value.text().map(|name| Self(name.to_owned()))
    }
}

struct AcrValue(String);

impl FromSetting for AcrValue {
    fn from_setting(value: &Value<'_>) -> Result<Self, String> {
        let class = value.text()?;
        if class.len() <= 128 && class.bytes().all(|byte| byte.is_ascii_graphic()) {
            Ok(Self(class.to_owned()))
        } else {
            Err("nobody can have: at most 128 characters, no blanks".to_owned())
        }
    }
}

fn check_path(path: &str) -> Result<(), String> {
    let Some(rest) = path.strip_prefix('/') else {
        return Err("must begin with a slash".to_owned());
    };
    let rest = rest.strip_suffix('/').filter(|rest| !rest.is_empty()).unwrap_or(rest);
    let is_segment = |segment: &str| {
        segment == "*"
            || (!matches!(segment, "" | "." | "..")
                && !segment.contains(['*', '%', '\\', ';', '?', '#'])
                && !segment.chars().any(char::is_control))
    };
    if !rest.is_empty() && !rest.split('/').all(is_segment) {
        let rule = "may hold no empty or dot segment, nothing escaped, none of \\ ; ? #, and * only as a whole segment";
        return Err(rule.to_owned());
    }
    Ok(())
}

/// A rule for GET covers HEAD too: HEAD shows nothing that GET does not.
fn with_head(methods: Vec<Method>) -> Vec<String> {
    let mut names: Vec<String> = methods.into_iter().map(|Method(name)| name).collect();
    let has = |name: &str| names.iter().any(|method| method == name);
    if has("GET") && !has("HEAD") {
        names.push("HEAD".to_owned());
    }
    names
}
