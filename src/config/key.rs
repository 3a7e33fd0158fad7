//! One row per setting: its name, the values it takes, and its meaning.

/// A setting, as the parser, the reference, the schema and the example file see it.
#[derive(Debug)]
pub(super) struct Key {
    /// Dotted path: `okta.org_url`.
    pub(super) path: &'static str,
    pub(super) kind: SettingKind,
    pub(super) preset: WhenUnset,
    /// A value that would be accepted, as it is written in the environment.
    pub(super) example: &'static str,
    /// One paragraph of Markdown.
    pub(super) doc: &'static str,
}

/// What happens when the key is not set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WhenUnset {
    Required,
    /// Written as in the environment.
    Value(&'static str),
    /// Not set, or taken from another key; the text says which.
    Absent(&'static str),
}

/// The values that a key takes.
#[derive(Debug, Clone, Copy)]
pub(super) enum SettingKind {
    /// Letters, digits and `_ . - :` only.
    Word,
    /// One line of free text.
    Line,
    /// A log filter such as `info,portico=debug`.
    Filter,
    Url(UrlRule),
    /// Address and port.
    Socket,
    /// Network in CIDR form, or one address.
    Network,
    /// Host name, perhaps with `*.` in front or a port behind.
    Host,
    /// An address that is told of ended sessions, perhaps with a host and `=` in front.
    LogoutTarget,
    /// Minimum and maximum, in seconds.
    Duration(u64, u64),
    /// A duration within these bounds in seconds, or `off`.
    DurationOrOff(u64, u64),
    /// A whole number; minimum and maximum.
    Count(u32, u32),
    Flag,
    Choice(&'static [&'static str]),
    /// `#rrggbb`.
    Colour,
    /// CSS length in `rem` or `px`.
    Length,
    /// Path, relative to the folder of the settings file.
    File,
    /// A secret in clear text; has a sibling key `…_file`.
    Secret,
    /// Path of a file that holds a secret.
    SecretFile,
    List(&'static SettingKind),
    /// A list of tables, `[[portal.rules]]`.
    Rules,
}

/// The rules that an address must obey.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum UrlRule {
    /// Path allowed; no query, fragment or user info.
    Base,
    /// The root of an Okta org.
    Org,
    /// Scheme, host and port alone; http on any host, because it is meant for a private network.
    UpstreamSetting,
    /// Where a portal is told of ended sessions: query allowed; http on any host.
    Logout,
    /// Path allowed; http on any host, because it is meant for a private network.
    Collector,
    /// A page: query and fragment allowed.
    Page,
    /// A page, `mailto:` or `tel:`.
    Link,
}

impl Key {
    pub(super) const fn required(
        path: &'static str,
        kind: SettingKind,
        example: &'static str,
        doc: &'static str,
    ) -> Self {
        Self {
            path,
            kind,
            preset: WhenUnset::Required,
            example,
            doc,
        }
    }

    pub(super) const fn with_default(
        path: &'static str,
        kind: SettingKind,
        value: &'static str,
        doc: &'static str,
    ) -> Self {
        Self {
            path,
            kind,
            preset: WhenUnset::Value(value),
            example: value,
            doc,
        }
    }

    /// The same with an example that is not the default: one that would not make a mistake disappear with the protection
    /// that was meant.
    pub(super) const fn such_as(self, example: &'static str) -> Self {
        Self { example, ..self }
    }

    /// `absent` says what applies when the key is not set; empty: nothing does.
    pub(super) const fn optional(
        path: &'static str,
        kind: SettingKind,
        absent: &'static str,
        example: &'static str,
        doc: &'static str,
    ) -> Self {
        Self {
            path,
            kind,
            preset: WhenUnset::Absent(absent),
            example,
            doc,
        }
    }

    /// The path without its last part; empty for top-level keys.
    pub(super) fn section(&self) -> &'static str {
        self.path.rsplit_once('.').map_or("", |(section, _)| section)
    }

    /// The last part of the path.
    pub(super) fn name(&self) -> &'static str {
        self.path.rsplit_once('.').map_or(self.path, |(_, name)| name)
    }

    /// Its environment variable: `PORTICO_OKTA__ORG_URL`.
    pub(super) fn variable(&self) -> String {
        format!("PORTICO_{}", self.path.replace('.', "__").to_uppercase())
    }

    /// Its line in the example file: with its default, or with its example where it has none.
    pub(super) fn example_line(&self) -> String {
        self.line(match self.preset {
            WhenUnset::Value(text) => text,
            WhenUnset::Required | WhenUnset::Absent(_) => self.example,
        })
    }

    /// A line of a settings file, from a value that is written as in the environment:
    /// `org_url = "https://your-org.okta.com"`.
    pub(super) fn line(&self, value: &str) -> String {
        format!("{} = {}", self.name(), self.kind.literal(value))
    }

    /// Whether the value must never be printed.
    pub(super) fn is_secret(&self) -> bool {
        matches!(self.kind, SettingKind::Secret)
    }
}

impl SettingKind {
    /// A value written as in the environment, turned into TOML.
    pub(super) fn literal(&self, text: &str) -> String {
        match self {
            Self::Count(..) | Self::Flag | Self::Rules => text.to_owned(),
            Self::List(item) => {
                let items: Vec<String> = items(text).map(|text| item.literal(text)).collect();
                format!("[{}]", items.join(", "))
            }
            _ => quoted(text),
        }
    }
}

/// The entries of a list as it is written in the environment, separated by commas.
pub(super) fn items(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|item| !item.is_empty())
}

/// JSON strings without control characters are TOML strings too.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
