//! Decides what the hosted page does next, given what the user has proved.

use crate::{
    account::{Account, AccountState, Factor},
    browsers::Asked,
    client::Client,
    errors,
    okta::acr,
    policy::{Policy, Proof, Verdict, remaining},
    reply::Reply,
};

#[derive(Debug)]
pub(super) enum Next {
    Enough,
    /// One more factor, of those that the account has.
    Factor,
    /// One more factor, and the account has none: an authenticator app is to be added.
    AddApp,
    Refused(Reply),
}

pub(super) fn next(client: &Client, account: &Account, asked: &Asked, shown: &[Proof]) -> Next {
    if account.state == AccountState::Unassigned {
        return Next::Refused(errors::not_assigned());
    }
    let can_go_on = !offered(account, shown).is_empty();
    let wants_two = match asked.acr {
        acr if acr::wants_two_if_possible(acr) => can_go_on || shown.len() > 1,
        acr => acr::wants_two(acr),
    };
    let refused = || match asked.acr {
        Some(_) => errors::unmet_requirements(),
        None => errors::denied(),
    };
    match client.policy.judge(shown, account, wants_two) {
        Verdict::Denied => Next::Refused(errors::denied()),
        Verdict::Enough if acr::is_met(asked.acr, shown) => Next::Enough,
        Verdict::NeedsMore if can_go_on => Next::Factor,
        // What the policy demands may be enrolled on the way; what only the application demands may not.
        Verdict::NotEnrolled if may_enroll(client.policy, account, shown) => Next::AddApp,
        Verdict::Enough | Verdict::NeedsMore | Verdict::NotEnrolled => Next::Refused(refused()),
    }
}

fn may_enroll(policy: Policy, account: &Account, shown: &[Proof]) -> bool {
    !account.has(Factor::Otp) && policy.judge(shown, account, false) == Verdict::NotEnrolled
}

/// The factors that the page can ask for. A passkey needs script, which the page does without.
pub(super) fn offered(account: &Account, shown: &[Proof]) -> Vec<Factor> {
    let mut factors = remaining(account, shown);
    factors.retain(|factor| *factor != Factor::Passkey);
    factors
}

/// Whether something other than a password may be proved first.
pub(super) const fn may_begin_without_password(policy: Policy) -> bool {
    match policy {
        Policy::Demo | Policy::AnyOne | Policy::AnyTwo => true,
        Policy::PasswordOnly | Policy::PasswordAndAny => false,
    }
}
