//! The identity headers for the portal: one set of names. Each has a value on every request that passes, empty if there
//! is none, so that nothing a client sends under such a name survives.

use std::borrow::Cow;
use std::fmt::Write as _;

use jiff::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::domain::identity::{Identity, can_tell_who, fits_a_header};

/// The sets of names for identity headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Preset {
    /// `Portico-User` and so on.
    #[default]
    Portico,
    /// The headers of oauth2-proxy: `X-Auth-Request-User` and so on.
    Oauth2Proxy,
    /// The headers of Authelia: `Remote-User` and so on.
    Authelia,
    /// The headers of authentik: `X-authentik-username` and so on.
    Authentik,
}

/// The content of a header of the set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// Okta's `sub`.
    Subject,
    /// The login.
    Login,
    /// The name, when it is ASCII.
    Name,
    /// The name in the encoding of RFC 8187, whatever characters it has.
    NameEncoded,
    /// The email address, when it is ASCII.
    Email,
    /// The groups that are ASCII, separated by this character.
    Groups(char),
    /// All groups, separated by commas, in the encoding of RFC 8187, if some are not ASCII.
    GroupsEncoded,
    /// The authentication context class (`acr`) that Okta named.
    Acr,
    /// When the customer authenticated (`auth_time`), in seconds since 1970.
    AuthTime,
    /// Identifies the session in logs; of no use for signing in.
    Session,
    /// The absolute end of the session, which use does not move, in seconds since 1970.
    Expires,
    /// The signed token.
    Assertion,
    /// Always empty; only keeps a client's own header from getting through.
    Nothing,
}

/// How many headers the largest set has.
pub const MOST_HEADERS: usize = 11;

/// The longest list of groups, in bytes, plain or encoded: proxies keep all headers of an answer in a buffer of four
/// KiB, and a list is in it up to three times.
const LONGEST_GROUPS: usize = 512;

/// Longest encoded name, in bytes: 128 letters that are not ASCII.
const LONGEST_ENCODED_NAME: usize = 768;

/// The characters that RFC 8187 leaves as they are.
const ATTR_CHAR: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'!')
    .remove(b'#')
    .remove(b'$')
    .remove(b'&')
    .remove(b'+')
    .remove(b'-')
    .remove(b'.')
    .remove(b'^')
    .remove(b'_')
    .remove(b'`')
    .remove(b'|')
    .remove(b'~');

/// A session, as the headers describe it.
#[derive(Debug, Clone, Copy)]
pub struct HeaderSubject<'a> {
    /// The customer.
    pub identity: &'a Identity,
    /// The name of the session in logs.
    pub session: &'a str,
    /// The end of the session.
    pub expires: Timestamp,
    /// The signed token.
    pub assertion: &'a str,
}

impl Preset {
    const ALL: [Self; 4] = [Self::Portico, Self::Oauth2Proxy, Self::Authelia, Self::Authentik];

    /// The names, in lower case as in HTTP/2, and the content of each.
    pub fn headers(self) -> &'static [(&'static str, Claim)] {
        match self {
            Self::Portico => &[
                ("portico-user", Claim::Subject),
                ("portico-name", Claim::Name),
                ("portico-name-encoded", Claim::NameEncoded),
                ("portico-email", Claim::Email),
                ("portico-groups", Claim::Groups(',')),
                ("portico-groups-encoded", Claim::GroupsEncoded),
                ("portico-acr", Claim::Acr),
                ("portico-auth-time", Claim::AuthTime),
                ("portico-session", Claim::Session),
                ("portico-expires", Claim::Expires),
                ("portico-assertion", Claim::Assertion),
            ],
            Self::Oauth2Proxy => &[
                ("x-auth-request-user", Claim::Subject),
                ("x-auth-request-email", Claim::Email),
                ("x-auth-request-groups", Claim::Groups(',')),
                ("x-auth-request-preferred-username", Claim::Login),
                ("x-auth-request-access-token", Claim::Nothing),
            ],
            Self::Authelia => &[
                ("remote-user", Claim::Login),
                ("remote-groups", Claim::Groups(',')),
                ("remote-name", Claim::Name),
                ("remote-email", Claim::Email),
            ],
            Self::Authentik => &[
                ("x-authentik-username", Claim::Login),
                ("x-authentik-groups", Claim::Groups('|')),
                ("x-authentik-entitlements", Claim::Nothing),
                ("x-authentik-email", Claim::Email),
                ("x-authentik-name", Claim::Name),
                ("x-authentik-uid", Claim::Subject),
                ("x-authentik-jwt", Claim::Assertion),
            ],
        }
    }

    /// Whether the set includes the signed token.
    pub fn has_assertion(self) -> bool {
        self.headers().iter().any(|(_, claim)| *claim == Claim::Assertion)
    }

    /// The identifier of this customer that does not fit into a header, if there is one: portals tell customers apart
    /// by it, so an empty value would mean nobody, or everybody.
    pub fn untellable(self, who: &Identity) -> Option<&'static str> {
        let is_by_login = match self {
            Self::Portico | Self::Oauth2Proxy => false,
            Self::Authelia | Self::Authentik => true,
        };
        if !can_tell_who(who.subject()) {
            return Some("sub");
        }
        (is_by_login && !can_tell_who(who.login())).then_some("login")
    }

    /// Every name of every set: headers that no client may send, whichever set is in use.
    pub fn all_names() -> impl Iterator<Item = &'static str> {
        Self::ALL
            .into_iter()
            .flat_map(|preset| preset.headers().iter().map(|(name, _)| *name))
    }
}

impl Claim {
    /// The value: visible ASCII and blanks, nothing else. Empty if there is none, or none that is valid in a header.
    pub fn value<'a>(self, of: &HeaderSubject<'a>) -> Cow<'a, str> {
        let identity = of.identity;
        match self {
            Self::Subject => plain(identity.subject()),
            Self::Login => plain(identity.login()),
            Self::Name => plain(identity.name()),
            Self::NameEncoded => encoded_name(identity.name()),
            Self::Email => plain(identity.email().unwrap_or_default()),
            Self::Groups(separator) => {
                let is_ascii = |group: &&str| group.is_ascii() && !group.contains(separator);
                Cow::Owned(joined(identity.groups().filter(is_ascii), separator))
            }
            Self::GroupsEncoded => {
                let presentable = || presentable(identity.groups());
                if presentable().all(str::is_ascii) {
                    return Cow::Borrowed("");
                }
                Cow::Owned(encoded_list(presentable()))
            }
            Self::Acr => plain(identity.acr().unwrap_or_default()),
            Self::AuthTime => identity.auth_time().as_second().to_string().into(),
            Self::Session => Cow::Borrowed(of.session),
            Self::Expires => of.expires.as_second().to_string().into(),
            Self::Assertion => Cow::Borrowed(of.assertion),
            Self::Nothing => Cow::Borrowed(""),
        }
    }
}

/// Whether a group name can be in a list that is separated by commas.
fn is_listable(group: &str) -> bool {
    !group.is_empty() && group.trim() == group && !group.contains(',') && !group.chars().any(char::is_control)
}

/// The text, if it is valid in a header as it is; else empty.
fn plain(text: &str) -> Cow<'_, str> {
    Cow::Borrowed(if fits_a_header(text) { text } else { "" })
}

/// The prefix of RFC 8187.
const UTF_8: &str = "UTF-8''";

/// `UTF-8''…`; empty if the text is empty or must not be sent.
fn encoded_name(text: &str) -> Cow<'_, str> {
    if text.is_empty() || text.chars().any(char::is_control) {
        return Cow::Borrowed("");
    }
    let mut value = String::from(UTF_8);
    for piece in utf8_percent_encode(text, ATTR_CHAR) {
        if value.len() + piece.len() > UTF_8.len() + LONGEST_ENCODED_NAME {
            return Cow::Borrowed("");
        }
        value.push_str(piece);
    }
    Cow::Owned(value)
}

/// As many whole names as fit when encoded, separated by commas.
fn encoded_list<'a>(groups: impl Iterator<Item = &'a str>) -> String {
    let mut value = String::from(UTF_8);
    for group in groups {
        let is_first = value.len() == UTF_8.len();
        let comma = if is_first { "" } else { "%2C" };
        let before = value.len();
        // OK because writing to a string cannot fail.
        let _ = write!(value, "{comma}{}", utf8_percent_encode(group, ATTR_CHAR));
        if value.len() > UTF_8.len() + LONGEST_GROUPS {
            value.truncate(before);
            break;
        }
    }
    if value.len() == UTF_8.len() {
        value.clear();
    }
    value
}

fn joined<'a>(groups: impl Iterator<Item = &'a str>, separator: char) -> String {
    let separator = separator.to_string();
    presentable(groups).collect::<Vec<_>>().join(&separator)
}

/// As many whole names as fit, without those that cannot be in a list.
fn presentable<'a>(groups: impl Iterator<Item = &'a str>) -> impl Iterator<Item = &'a str> {
    let listable = groups.filter(|group| is_listable(group));
    let mut length = 0;
    listable.take_while(move |group| {
        length += group.len() + 1;
        length <= LONGEST_GROUPS + 1
    })
}

/// The groups that the headers can contain.
pub fn presentable_groups(identity: &Identity) -> impl Iterator<Item = &str> {
    presentable(identity.groups())
}

#[cfg(test)]
mod tests;
