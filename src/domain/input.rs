//! The customer's input, validated once when it arrives.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use unicode_normalization::UnicodeNormalization as _;

use super::factor::Factor;

/// Why an input was rejected, before Okta was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadInput {
    /// Only whitespace.
    Empty,
    /// Longer than any real one.
    TooLong,
}

/// The name a customer signs in with. It reaches Okta as typed, apart from blanks at its ends.
///
/// `Debug` shows nothing, because people type passwords into this field.
#[derive(Clone, PartialEq, Eq)]
pub struct Login(String);

impl Login {
    /// The longest name, in bytes. Okta's logins end at 100 characters; email addresses at 320.
    pub const MAX: usize = 512;

    /// Trims the outer blanks; never changes case.
    pub fn parse(typed: &str) -> Result<Self, BadInput> {
        let name = typed.trim();
        if name.is_empty() {
            return Err(BadInput::Empty);
        }
        if name.len() > Self::MAX {
            return Err(BadInput::TooLong);
        }
        Ok(Self(name.to_owned()))
    }

    /// The name, for Okta and for this customer's own pages.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Login([REDACTED])")
    }
}

/// One spelling for all spellings of a name that Okta may treat as the same (SEC-109). Upper and then lower case folds
/// more than lower case alone: `ß` and `SS`, `ς` and `Σ`.
pub fn folded(name: &str) -> String {
    let name = name.trim();
    if name.is_ascii() {
        return name.to_ascii_lowercase();
    }
    folded_by_tables(name)
}

fn folded_by_tables(name: &str) -> String {
    let composed: String = name.nfkc().collect();
    let cased = composed.to_uppercase().to_lowercase();
    // A sigma at the end of a word is lowered to a form of its own.
    cased.nfkc().map(|c| if c == 'ς' { 'σ' } else { c }).collect()
}

/// A password, byte for byte as typed.
#[derive(Debug, Clone)]
pub struct Password(SecretString);

impl Password {
    /// The longest password that is passed on, in bytes.
    pub const MAX: usize = 1024;

    /// Changes nothing: outer blanks and every spelling of a letter belong to the password.
    pub fn parse(typed: SecretString) -> Result<Self, BadInput> {
        match typed.expose_secret().len() {
            0 => Err(BadInput::Empty),
            1..=Self::MAX => Ok(Self(typed)),
            _ => Err(BadInput::TooLong),
        }
    }

    /// Returns the secret, for the one call that needs it.
    pub fn into_secret(self) -> SecretString {
        self.0
    }
}

/// A code as typed from an app, a message or a call.
#[derive(Debug, Clone)]
pub struct Code(SecretString);

impl Code {
    /// The longest code that is accepted, in characters.
    pub const MAX: usize = 64;

    /// Removes or folds what customers add to digits: blanks, dashes and full-width forms. An email code is left as
    /// typed, because Okta allows letters in it and compares it exactly.
    pub fn parse(typed: &SecretString, source: Factor) -> Result<Self, BadInput> {
        let typed = typed.expose_secret();
        if typed.len() > 4 * Self::MAX {
            return Err(BadInput::TooLong);
        }
        let code: String = if source == Factor::Email {
            typed.trim().to_owned()
        } else {
            typed.chars().filter(|c| !is_filler(*c)).map(narrow_digit).collect()
        };
        match code.chars().count() {
            0 => Err(BadInput::Empty),
            1..=Self::MAX => Ok(Self(SecretString::from(code))),
            _ => Err(BadInput::TooLong),
        }
    }

    /// Returns the secret, for the one call that needs it.
    pub fn into_secret(self) -> SecretString {
        self.0
    }
}

fn is_filler(c: char) -> bool {
    c.is_whitespace() || matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{200b}' | '\u{feff}')
}

fn narrow_digit(c: char) -> char {
    match c {
        '\u{ff10}'..='\u{ff19}' => char::from_digit(u32::from(c) - 0xff10, 10).unwrap_or(c),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::is_wiped;

    #[test]
    fn sec_121_a_name_loses_its_outer_blanks_and_nothing_else() {
        assert_eq!(
            Login::parse("  Robin@Example.COM\t").unwrap().as_str(),
            "Robin@Example.COM"
        );
        assert_eq!(Login::parse(" \t ").unwrap_err(), BadInput::Empty);
        assert_eq!(Login::parse(&"a".repeat(513)).unwrap_err(), BadInput::TooLong);
        assert!(Login::parse(&"a".repeat(320)).is_ok());
    }

    #[test]
    fn sec_218_a_password_and_a_code_are_wiped_whole() {
        // If one of these types got another field, this would not compile.
        let typed = SecretString::from("123456");
        let Code(code) = Code::parse(&typed, Factor::Otp).unwrap();
        is_wiped(&code);
        let Password(password) = Password::parse(typed).unwrap();
        is_wiped(&password);
    }

    #[test]
    fn sec_124_a_password_is_kept_byte_for_byte() {
        for typed in [
            " a ",
            "\tx",
            "e\u{301}",
            "\u{e9}",
            "\u{1f511}",
            "+%&=",
            &"x".repeat(73),
            &"x".repeat(1024),
        ] {
            let password = Password::parse(SecretString::from(typed)).unwrap();
            assert_eq!(password.into_secret().expose_secret(), typed);
        }
        assert_eq!(
            Password::parse(SecretString::from("x".repeat(1025))).unwrap_err(),
            BadInput::TooLong
        );
        assert_eq!(Password::parse(SecretString::from("")).unwrap_err(), BadInput::Empty);
    }

    #[test]
    fn sec_127_a_code_loses_blanks_dashes_and_wide_digits() {
        for typed in [
            "012345",
            " 012-345 ",
            "012\u{2013}345",
            "\u{ff10}\u{ff11}\u{ff12}345",
            "0 1 2 3 4 5",
        ] {
            let code = Code::parse(&SecretString::from(typed), Factor::Otp).unwrap();
            assert_eq!(code.into_secret().expose_secret(), "012345", "{typed}");
        }
        assert_eq!(
            Code::parse(&SecretString::from(" - "), Factor::Sms).unwrap_err(),
            BadInput::Empty
        );
    }

    #[test]
    fn an_email_code_is_sent_as_typed() {
        let code = Code::parse(&SecretString::from(" aB-c 9Z "), Factor::Email).unwrap();
        assert_eq!(code.into_secret().expose_secret(), "aB-c 9Z");
    }

    proptest! {
        #[test]
        fn sec_109_plain_names_are_folded_as_the_tables_of_unicode_would(name in "[\\x00-\\x7f]{0,40}") {
            prop_assert_eq!(folded(&name), folded_by_tables(name.trim()));
        }
    }
}
