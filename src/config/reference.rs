//! The reference of all settings, as Markdown.

use super::key::{Key, SettingKind, WhenUnset};
use super::sections::CATALOGUE;
use super::value::span;

const HEAD: &str = "# Settings

<!-- Written by `portico config reference`; change the keys in src/config instead. -->

Settings come from one TOML file and from the environment.

- The file is the one named by `--config`, else `portico.toml` in the working folder, else
  `/etc/portico/portico.toml`. Without any, the environment must say everything.
- Every key is also an environment variable: `PORTICO_`, the section, two underscores, the key, in capitals.
  `okta.org_url` is `PORTICO_OKTA__ORG_URL`, `public_url` is `PORTICO_PUBLIC_URL`. The environment wins. Lists are
  written with commas between.
- A secret belongs into a file of its own, named by the key with `_file` at its end. The file must not be readable by
  everyone (`chmod 440`); a line break at its end is dropped. Value and file together is an error.
- Paths are relative to the folder of the settings file.
- Durations are a number with its unit: `30s`, `10m`, `12h`, `30d`.
- Unknown keys, and everything else that is wrong, stop the start. All problems are reported at once; `portico check`
  does only that.

[portico.example.toml](portico.example.toml) has every key with its default.
";

/// Every key with type, default and meaning, as a Markdown page.
pub fn reference() -> String {
    let tables = CATALOGUE.sections().into_iter().map(table);
    tables.fold(HEAD.to_owned(), |page, table| page + table.as_str())
}

fn table(section: &'static str) -> String {
    let title = if section.is_empty() {
        "Top level".to_owned()
    } else {
        format!("`[{section}]`")
    };
    let rows = CATALOGUE.all().filter(|key| key.section() == section).map(row);
    let head = format!("\n## {title}\n\n| Key | Takes | Default | Meaning |\n| --- | --- | --- | --- |\n");
    rows.fold(head, |table, row| table + row.as_str())
}

fn row(key: &Key) -> String {
    let preset = match key.preset {
        WhenUnset::Required => "**required**".to_owned(),
        WhenUnset::Value(text) => format!("`{}`", key.kind.literal(text)),
        WhenUnset::Absent("") => "not set".to_owned(),
        WhenUnset::Absent(text) => text.to_owned(),
    };
    let row = [&format!("`{}`", key.name()), &describe(&key.kind), &preset, key.doc];
    format!("| {} |\n", row.map(|cell| cell.replace('|', "\\|")).join(" | "))
}

/// What a key takes, with its unit and bounds.
pub(super) fn describe(kind: &SettingKind) -> String {
    match kind {
        SettingKind::Word => "word".to_owned(),
        SettingKind::Line => "text".to_owned(),
        SettingKind::Filter => "log filter".to_owned(),
        SettingKind::Url(_) => "address".to_owned(),
        SettingKind::Socket => "IP address and port".to_owned(),
        SettingKind::Network => "address or network".to_owned(),
        SettingKind::Host => "host".to_owned(),
        SettingKind::Duration(least, most) => format!("duration, {} to {}", span(*least), span(*most)),
        SettingKind::DurationOrOff(least, most) => {
            format!("duration, {} to {}, or `off`", span(*least), span(*most))
        }
        SettingKind::Count(least, most) => format!("number, {least} to {most}"),
        SettingKind::Flag => "`true` or `false`".to_owned(),
        SettingKind::Choice(names) => names
            .iter()
            .map(|name| format!("`{name}`"))
            .collect::<Vec<_>>()
            .join(", "),
        SettingKind::Colour => "colour `#rrggbb`".to_owned(),
        SettingKind::Length => "length in `rem` or `px`".to_owned(),
        SettingKind::File => "path".to_owned(),
        SettingKind::Secret => "secret".to_owned(),
        SettingKind::SecretFile => "path of a secret".to_owned(),
        SettingKind::Rules => "list of tables".to_owned(),
        SettingKind::List(item) => format!("list of: {}", describe(item)),
    }
}
