//! The words, one file per language.
//!
//! A language is one [`Words`] value: the compiler refuses one that leaves something out, so adding a language means
//! adding a file and an entry in [`ALL`]. A sentence with a variable part is a function; its arguments are escaped
//! later, with the rest of the page.

mod de;
mod en;
mod pages;
mod sentence;
mod words;

pub use de::DE;
pub use en::EN;
pub use pages::{
    AccountWords, CodeWords, CompanionWords, FactorWords, ForgottenWords, PasskeyTroubleWords, PasskeyWords,
    ProblemWords, PushWords, SharedWords, SignInWords, SignOutWords, SignedOutWords, TroubleText, TroubleWords,
    WayWords,
};
pub use sentence::{Linked, Named, Timed};
pub use words::{Direction, Words};

/// The languages there are, the default first.
pub static ALL: [&Words; 2] = [&EN, &DE];

/// The words for a language tag such as `en-GB`: its primary language counts.
pub fn find(tag: &str) -> Option<&'static Words> {
    let primary = tag.split(['-', '_']).next()?;
    ALL.into_iter().find(|words| words.lang.eq_ignore_ascii_case(primary))
}
