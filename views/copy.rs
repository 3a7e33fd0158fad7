//! The words, one file per language.
//!
//! A language is one [`Words`] value: the compiler refuses one that leaves something out, so adding a language means
//! adding a file and an entry in [`ALL`]. A sentence with a variable part is a function; its arguments are escaped
//! later, with the rest of the page.

mod de;
mod en;
mod pages;

pub use de::DE;
pub use en::EN;
pub use pages::{
    AccountWords, CodeWords, FactorWords, ForgottenWords, PasskeyTroubleWords, PasskeyWords, ProblemWords, PushWords,
    SharedWords, SignInWords, SignOutWords, SignedOutWords, TroubleText, TroubleWords, WayWords,
};

/// A sentence with a text in it: a name, a destination, a hint.
pub type Named = fn(&str) -> String;
/// A sentence with a number of seconds in it.
pub type Timed = fn(u64) -> String;

/// A sentence with a link in its middle, in three pieces.
#[derive(Clone, Copy, Debug)]
pub struct Linked(pub &'static str, pub &'static str, pub &'static str);

/// Which way a language is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Left to right.
    Ltr,
    /// Right to left.
    Rtl,
}

impl Direction {
    pub(crate) const fn value(self) -> &'static str {
        match self {
            Self::Ltr => "ltr",
            Self::Rtl => "rtl",
        }
    }
}

/// Everything that the pages say in one language.
#[derive(Clone, Copy, Debug)]
pub struct Words {
    /// The language's tag.
    pub lang: &'static str,
    /// Which way it is written.
    pub direction: Direction,
    /// Its name in the language itself, for the choice at the foot of the page.
    pub name: &'static str,
    /// Words that several pages use.
    pub shared: SharedWords,
    /// Problems on forms.
    pub problem: ProblemWords,
    /// The factors to choose from.
    pub way: WayWords,
    /// The first page.
    pub sign_in: SignInWords,
    /// Choosing a factor.
    pub factor: FactorWords,
    /// Entering a code.
    pub code: CodeWords,
    /// Waiting for the phone.
    pub push: PushWords,
    /// Using a passkey.
    pub passkey: PasskeyWords,
    /// The account page.
    pub account: AccountWords,
    /// The question before signing out.
    pub sign_out: SignOutWords,
    /// After a sign-out that may have ended nothing.
    pub forgotten: ForgottenWords,
    /// After signing out.
    pub signed_out: SignedOutWords,
    /// Pages that report a failure.
    pub trouble: TroubleWords,
}

/// The languages there are, the default first.
pub static ALL: [&Words; 2] = [&EN, &DE];

/// The words for a language tag such as `en-GB`: its primary language counts.
pub fn find(tag: &str) -> Option<&'static Words> {
    let primary = tag.split(['-', '_']).next()?;
    ALL.into_iter().find(|words| words.lang.eq_ignore_ascii_case(primary))
}
