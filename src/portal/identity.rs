//! How the portal is told who came: one set of names, each with a value on every pass, empty when there is none, so that what a
//! client sends under such a name never stands.

use std::borrow::Cow;
use std::fmt::Write as _;

use jiff::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::domain::identity::Identity;

/// The names that identity goes under.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Preset {
    /// `Portico-User` and so on.
    #[default]
    Portico,
    /// What oauth2-proxy answers: `X-Auth-Request-User` and so on.
    Oauth2Proxy,
    /// What Authelia answers: `Remote-User` and so on.
    Authelia,
    /// What authentik answers: `X-authentik-username` and so on.
    Authentik,
}

/// What a header of the set says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// Okta's `sub`.
    Subject,
    /// The login.
    Login,
    /// The name, when it is ASCII.
    Name,
    /// The name as RFC 8187 has it, whatever is in it.
    NameEncoded,
    /// The address, when it is ASCII.
    Email,
    /// Those groups that are ASCII, with this between them.
    Groups(char),
    /// All groups with commas between them as RFC 8187 has it, when some are not ASCII.
    GroupsEncoded,
    /// The assurance that Okta names.
    Acr,
    /// When it was proved, in seconds since 1970.
    AuthTime,
    /// Names the session in logs; of no use to whoever wants to be signed in.
    Session,
    /// The end of the session that no use moves, in seconds since 1970.
    Expires,
    /// The signed token.
    Assertion,
    /// Never anything; only keeps what a client sends from standing.
    Nothing,
}

/// Longest list of groups, in bytes: proxies keep all headers of an answer in a buffer of four KiB, and a list stands in it up to
/// three times.
const LONGEST_GROUPS: usize = 512;

/// Longest other value, in bytes.
const LONGEST_VALUE: usize = 256;

/// What RFC 8187 lets stand.
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

/// A session as headers tell of it.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// Who.
    pub identity: &'a Identity,
    /// How logs name the session.
    pub session: &'a str,
    /// Its end.
    pub expires: Timestamp,
    /// The signed token.
    pub assertion: &'a str,
}

impl Preset {
    /// The names, in lower case as HTTP/2 has them, and what each says.
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

    /// Whether the set has the signed token.
    pub fn has_assertion(self) -> bool {
        self.headers()
            .iter()
            .any(|(_, claim)| *claim == Claim::Assertion)
    }

    /// Every name of every set: what a client must not be able to send, whichever set is in use.
    pub fn all_names() -> impl Iterator<Item = &'static str> {
        let all = [
            Self::Portico,
            Self::Oauth2Proxy,
            Self::Authelia,
            Self::Authentik,
        ];
        all.into_iter()
            .flat_map(|preset| preset.headers().iter().map(|(name, _)| *name))
    }
}

impl Claim {
    /// The value: visible ASCII and blanks, nothing else; empty when there is none, or none that may stand in a header.
    pub fn value<'a>(self, of: &Subject<'a>) -> Cow<'a, str> {
        let identity = of.identity;
        match self {
            Self::Subject => plain(identity.subject()),
            Self::Login => plain(identity.login()),
            Self::Name => plain(identity.name()),
            Self::NameEncoded => encoded(identity.name()),
            Self::Email => plain(identity.email().unwrap_or_default()),
            Self::Groups(separator) => {
                let is_ascii = |group: &&str| group.is_ascii() && !group.contains(separator);
                Cow::Owned(joined(identity.groups().filter(is_ascii), separator))
            }
            Self::GroupsEncoded => {
                let list = joined(identity.groups(), ',');
                let list = if list.is_ascii() { "" } else { &list };
                Cow::Owned(encoded(list).into_owned())
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

/// Whether a name can stand in a list with commas.
fn is_listable(group: &str) -> bool {
    !group.is_empty()
        && group.trim() == group
        && !group.contains(',')
        && !group.chars().any(char::is_control)
}

/// Text that can stand in a header as it is, or nothing.
fn plain(text: &str) -> Cow<'_, str> {
    let is_plain = text.len() <= LONGEST_VALUE
        && text.trim() == text
        && text.bytes().all(|byte| (0x20..=0x7e).contains(&byte));
    Cow::Borrowed(if is_plain { text } else { "" })
}

/// `UTF-8''…`; nothing when there is nothing to say, or it is not to be said.
fn encoded(text: &str) -> Cow<'_, str> {
    if text.is_empty() || text.len() > LONGEST_GROUPS || text.chars().any(char::is_control) {
        return Cow::Borrowed("");
    }
    let mut value = String::from("UTF-8''");
    // OK because writing to a string cannot fail.
    let _ = write!(value, "{}", utf8_percent_encode(text, ATTR_CHAR));
    Cow::Owned(value)
}

fn joined<'a>(groups: impl Iterator<Item = &'a str>, separator: char) -> String {
    let separator = separator.to_string();
    told(groups).collect::<Vec<_>>().join(&separator)
}

/// As many whole names as there is room for, those that cannot stand in a list left out.
fn told<'a>(groups: impl Iterator<Item = &'a str>) -> impl Iterator<Item = &'a str> {
    let listable = groups.filter(|group| is_listable(group));
    let mut length = 0;
    listable.take_while(move |group| {
        length += group.len() + 1;
        length <= LONGEST_GROUPS + 1
    })
}

/// The groups that a portal is told of.
pub fn told_groups(identity: &Identity) -> impl Iterator<Item = &str> {
    told(identity.groups())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::identity::Person;

    fn identity(name: &str, groups: &[&str]) -> Identity {
        Identity::from(Person {
            subject: "00u1".to_owned(),
            name: name.to_owned(),
            login: "robin@example.com".to_owned(),
            email: Some("robin@example.com".to_owned()),
            groups: groups.iter().map(|group| (*group).to_owned()).collect(),
            acr: None,
            amr: Vec::new(),
            auth_time: Timestamp::UNIX_EPOCH,
        })
    }

    fn value(claim: Claim, identity: &Identity) -> String {
        claim
            .value(&Subject {
                identity,
                session: "s",
                expires: Timestamp::from_second(60).unwrap(),
                assertion: "a.b.c",
            })
            .into_owned()
    }

    #[test]
    fn sec_312_what_is_not_ascii_goes_encoded_and_what_is_a_control_does_not_go() {
        for (name, expected, encoded) in [
            ("Robin", "Robin", "UTF-8''Robin"),
            ("Jörg Ü", "", "UTF-8''J%C3%B6rg%20%C3%9C"),
            ("a\r\nPortico-User: x", "", ""),
            ("a\0b", "", ""),
            (" edge", "", "UTF-8''%20edge"),
            (
                "it's \"me\", 100%",
                "it's \"me\", 100%",
                "UTF-8''it%27s%20%22me%22%2C%20100%25",
            ),
            ("", "", ""),
        ] {
            let identity = identity(name, &[]);
            assert_eq!(value(Claim::Name, &identity), expected, "{name:?}");
            assert_eq!(value(Claim::NameEncoded, &identity), encoded, "{name:?}");
        }
    }

    #[test]
    fn sec_312_a_group_can_never_be_taken_for_two() {
        let identity = identity("x", &["staff", "Sales, EMEA", "a\nb", "", "Füße", "b|c"]);
        assert_eq!(value(Claim::Groups(','), &identity), "staff,b|c");
        assert_eq!(value(Claim::Groups('|'), &identity), "staff");
        assert_eq!(
            value(Claim::GroupsEncoded, &identity),
            "UTF-8''staff%2CF%C3%BC%C3%9Fe%2Cb|c"
        );
        let told: Vec<_> = told_groups(&identity).collect();
        assert_eq!(told, ["staff", "Füße", "b|c"]);
    }

    #[test]
    fn a_long_list_of_groups_is_cut_between_names() {
        let names: Vec<String> = (0..200)
            .map(|number| format!("group-{number:04}"))
            .collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let identity = identity("x", &names);
        let list = value(Claim::Groups(','), &identity);
        assert!(list.len() <= LONGEST_GROUPS && list.ends_with(|c: char| c.is_ascii_digit()));
        assert_eq!(list.split(',').count(), told_groups(&identity).count());
    }

    #[test]
    fn no_set_has_a_name_twice() {
        let mut names: Vec<_> = Preset::all_names().collect();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
        assert!(names.iter().all(|name| !name.contains('_')));
    }

    proptest! {
        #[test]
        fn sec_312_every_value_is_visible_ascii_or_blank(
            name in "\\PC{0,40}|[\\x00-\\xff]{0,20}",
            groups in prop::collection::vec("\\PC{0,20}|[\\x00-\\x7f]{0,9}", 0..5),
        ) {
            let groups: Vec<&str> = groups.iter().map(String::as_str).collect();
            let identity = identity(&name, &groups);
            for preset in [Preset::Portico, Preset::Authentik] {
                for (_, claim) in preset.headers() {
                    let value = value(*claim, &identity);
                    prop_assert!(value.bytes().all(|byte| (0x20..=0x7e).contains(&byte)));
                    prop_assert!(value.trim() == value);
                }
            }
        }
    }
}
