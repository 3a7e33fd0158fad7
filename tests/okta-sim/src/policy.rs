//! Sign-in policies: they decide when enough was proved.

use crate::account::{Account, AccountState, Factor};

/// One thing that a user proved in a sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Proof {
    Password,
    Factor(Factor),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Policy {
    /// A password is enough where nothing else is enrolled; any other factor is enough on its own.
    Demo,
    PasswordOnly,
    /// Password, then anything else.
    PasswordAndAny,
    AnyOne,
    AnyTwo,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Enough,
    NeedsMore,
    /// One more factor is needed and the account has none left.
    NotEnrolled,
    Denied,
}

impl Policy {
    pub(crate) fn judge(self, shown: &[Proof], account: &Account, wants_two: bool) -> Verdict {
        if account.state == AccountState::Denied {
            return Verdict::Denied;
        }
        let began_with_password = shown.first() == Some(&Proof::Password);
        let has_more = !remaining(account, shown).is_empty();
        let two_needed = wants_two
            || match self {
                Self::Demo => began_with_password && (has_more || account.must_have_second),
                Self::PasswordOnly | Self::AnyOne => account.must_have_second && began_with_password,
                Self::PasswordAndAny | Self::AnyTwo => true,
            };
        match self {
            Self::PasswordOnly | Self::PasswordAndAny if !began_with_password => Verdict::Denied,
            _ if shown.len() >= if two_needed { 2 } else { 1 } => Verdict::Enough,
            _ if has_more => Verdict::NeedsMore,
            _ => Verdict::NotEnrolled,
        }
    }
}

/// The account's factors not proved yet. Texts and calls share a phone and count as one.
pub(crate) fn remaining(account: &Account, shown: &[Proof]) -> Vec<Factor> {
    let used = |factor: &Factor| {
        shown.iter().any(|proof| match (proof, factor) {
            (Proof::Factor(Factor::Sms | Factor::Voice), Factor::Sms | Factor::Voice) => true,
            (Proof::Factor(shown), factor) => shown == factor,
            (Proof::Password, _) => false,
        })
    };
    account.factors.iter().copied().filter(|factor| !used(factor)).collect()
}
