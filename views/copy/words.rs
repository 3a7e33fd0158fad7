//! What a language is: all that the pages say in it.

use super::pages::{
    AccountWords, CodeWords, CompanionWords, FactorWords, ForgottenWords, PasskeyWords, ProblemWords, PushWords,
    SharedWords, SignInWords, SignOutWords, SignedOutWords, TroubleWords, WayWords,
};

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
    /// The dialog in portal pages.
    pub companion: CompanionWords,
}
