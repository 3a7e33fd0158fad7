//! The identity of a customer, in as little memory as possible: a service keeps one for each of 100,000 sessions.

use std::fmt;

use internment::ArcIntern;
use jiff::Timestamp;

/// Okta's claims about a customer, in plain fields. [`Identity`] is the same in packed form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Okta's `sub`: the stable key, while names and addresses may change.
    pub subject: String,
    /// The display name.
    pub name: String,
    /// The login that was typed or that Okta names.
    pub login: String,
    /// The email address, when Okta gave one.
    pub email: Option<String>,
    /// Group names, when Okta gave any.
    pub groups: Vec<String>,
    /// The assurance class (`acr`) that Okta names.
    pub acr: Option<String>,
    /// The authentication methods (`amr`) that Okta names.
    pub amr: Vec<String>,
    /// When Okta says that the customer proved who they are.
    pub auth_time: Timestamp,
}

/// The longest text that a header carries as it is, in bytes.
const LONGEST_IN_HEADER: usize = 256;

/// Whether a header can carry this text as it is: visible ASCII, with blanks only inside.
pub fn fits_a_header(text: &str) -> bool {
    text.len() <= LONGEST_IN_HEADER && text.trim() == text && text.bytes().all(|byte| (0x20..=0x7e).contains(&byte))
}

/// Whether this text in a header can identify a customer. An empty one names nobody, and one with a comma names two
/// customers to a reader that expects a list.
pub fn can_tell_who(text: &str) -> bool {
    !text.is_empty() && fits_a_header(text) && !text.contains(',')
}

/// A login or email address in the form in which operators and Okta compare it: host names ignore case, and no provider
/// distinguishes mailboxes by it. The form folds typed names differently ([`folded`](super::input::folded)).
pub fn uncased(address: &str) -> String {
    address.to_lowercase()
}

/// A value that many customers share. It is kept once, and dropped with the last of them.
pub type Interned<T> = ArcIntern<T>;

/// A list of shared names, which is itself shared too: similar customers have the same groups.
type Names = Interned<Vec<Interned<String>>>;

/// The customer's identity according to Okta.
#[derive(Clone, PartialEq, Eq)]
pub struct Identity {
    /// Subject, name, login and email, concatenated: one allocation instead of four.
    texts: Box<str>,
    /// Where the first three of them end.
    ends: [u32; 3],
    email: Email,
    groups: Names,
    amr: Names,
    acr: Option<Interned<String>>,
    auth_time: Timestamp,
}

/// Where the email address is stored.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Email {
    None,
    /// It equals the login, as for most customers.
    Login,
    /// It follows the login in `texts`.
    Own,
}

impl Identity {
    /// Okta's `sub`.
    pub fn subject(&self) -> &str {
        self.text(0)
    }

    /// The display name.
    pub fn name(&self) -> &str {
        self.text(1)
    }

    /// The login that was typed or that Okta names.
    pub fn login(&self) -> &str {
        self.text(2)
    }

    /// The email address, when Okta gave one.
    pub fn email(&self) -> Option<&str> {
        match self.email {
            Email::None => None,
            Email::Login => Some(self.login()),
            Email::Own => Some(self.text(3)),
        }
    }

    /// Whether this is the customer's `sub`, or login or email address in any case.
    pub fn is_called(&self, name: &str) -> bool {
        let is_address = |address: &str| uncased(address) == uncased(name);
        self.subject() == name || is_address(self.login()) || self.email().is_some_and(is_address)
    }

    /// Group names, when Okta gave any.
    pub fn groups(&self) -> impl ExactSizeIterator<Item = &str> {
        self.groups.iter().map(|group| group.as_str())
    }

    /// The assurance class (`acr`) that Okta names.
    pub fn acr(&self) -> Option<&str> {
        self.acr.as_ref().map(|acr| acr.as_str())
    }

    /// The authentication methods (`amr`) that Okta names.
    pub fn amr(&self) -> impl ExactSizeIterator<Item = &str> {
        self.amr.iter().map(|method| method.as_str())
    }

    /// When Okta says that the customer proved who they are.
    pub fn auth_time(&self) -> Timestamp {
        self.auth_time
    }

    /// The same in plain fields.
    pub fn person(&self) -> Person {
        Person {
            subject: self.subject().to_owned(),
            name: self.name().to_owned(),
            login: self.login().to_owned(),
            email: self.email().map(str::to_owned),
            groups: self.groups().map(str::to_owned).collect(),
            acr: self.acr().map(str::to_owned),
            amr: self.amr().map(str::to_owned).collect(),
            auth_time: self.auth_time,
        }
    }

    fn text(&self, number: usize) -> &str {
        let end = |number: usize| self.ends.get(number).map(|end| *end as usize);
        let start = number.checked_sub(1).and_then(end).unwrap_or(0);
        let end = end(number).unwrap_or(self.texts.len());
        // The ends are those of whole texts, so the range always exists.
        self.texts.get(start..end).unwrap_or_default()
    }
}

impl From<Person> for Identity {
    fn from(person: Person) -> Self {
        let (email, own) = match &person.email {
            None => (Email::None, ""),
            Some(email) if *email == person.login => (Email::Login, ""),
            Some(email) => (Email::Own, email.as_str()),
        };
        let (mut texts, mut ends) = (String::new(), [0; 3]);
        let firsts = [&person.subject, &person.name, &person.login];
        for (text, end) in firsts.into_iter().zip(&mut ends) {
            texts.push_str(text);
            // Claims are bounded by the size of a token, which is far below the limit.
            *end = u32::try_from(texts.len()).unwrap_or(u32::MAX);
        }
        texts.push_str(own);
        Self {
            texts: texts.into_boxed_str(),
            ends,
            email,
            groups: names(person.groups),
            amr: names(person.amr),
            acr: person.acr.map(Interned::new),
            auth_time: person.auth_time,
        }
    }
}

fn names(texts: Vec<String>) -> Names {
    Interned::new(texts.into_iter().map(Interned::new).collect())
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.person().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn sec_312_a_name_that_is_none_in_a_header_tells_nobody() {
        let longest = "x".repeat(LONGEST_IN_HEADER);
        for name in ["00u1", "robin@example.com", "Robin Example", &longest] {
            assert!(can_tell_who(name), "{name:?}");
        }
        let longer = "x".repeat(LONGEST_IN_HEADER + 1);
        for name in [
            "",
            " ",
            " a",
            "a ",
            "a\r\nb",
            "a\0",
            "\u{7f}",
            "a\tb",
            "Jörg",
            "robin,admin",
            &longer,
        ] {
            assert!(!can_tell_who(name), "{name:?}");
        }
        assert!(fits_a_header("Example, Robin") && fits_a_header(""));
    }

    #[test]
    fn addresses_are_the_same_in_any_case_and_in_nothing_else() {
        assert_eq!(uncased("Ada@Example.COM"), uncased("aDA@example.com"));
        assert_eq!(uncased("ÄNNE@example.com"), uncased("änne@example.com"));
        for other in ["ada@example.org", "ada@example.co", "a.da@example.com", ""] {
            assert_ne!(uncased("ada@example.com"), uncased(other), "{other}");
        }
    }

    proptest! {
        #[test]
        fn what_was_packed_comes_out_again(
            texts in prop::array::uniform3("\\PC{0,40}"),
            email in prop::option::of("\\PC{0,40}"),
            is_login in any::<bool>(),
            groups in prop::collection::vec("\\PC{0,20}", 0..5),
            acr in prop::option::of("[a-z:]{0,20}"),
            amr in prop::collection::vec("[a-z]{0,5}", 0..4),
        ) {
            let [subject, name, login] = texts;
            let email = if is_login { Some(login.clone()) } else { email };
            let auth_time = Timestamp::UNIX_EPOCH;
            let person = Person { subject, name, login, email, groups, acr, amr, auth_time };
            let identity = Identity::from(person.clone());
            prop_assert_eq!(identity.person(), person.clone());
            prop_assert_eq!(identity, Identity::from(person));
        }
    }
}
