//! Whether the customer's identity fits into headers for the portal, and the warnings to the operator when it does not.

use okta_direct_auth::Claims;

use crate::domain::attempt::Facts;
use crate::domain::identity::Identity;
use crate::domain::problem::Problem;
use crate::flow::Flow;
use crate::flow::proof::{not_raised, person};
use crate::portal::identity_headers::presentable_groups;

impl Flow {
    /// Why a proof must not start a session.
    pub(in crate::flow) fn objection(&self, facts: &Facts, claims: &Claims) -> Option<Problem> {
        not_raised(facts, claims).or_else(|| {
            let who = Identity::from(person(facts, claims, self.now()));
            self.untellable(&who).map(|_| Problem::Untellable)
        })
    }

    /// The claim that prevents a session: no header can carry it, so the portal would see no customer, or another one.
    pub(in crate::flow) fn untellable(&self, who: &Identity) -> Option<&'static str> {
        self.parts.settings.headers.untellable(who)
    }

    /// Logs why a customer whom Okta accepted is not signed in.
    pub(in crate::flow) fn tell_of_objection(&self, facts: &Facts, claims: &Claims, problem: Problem) {
        if problem != Problem::Untellable {
            tracing::warn!(?problem, "step-up authentication did not raise the session's assurance");
            return;
        }
        let who = Identity::from(person(facts, claims, self.now()));
        tracing::error!(
            claim = self.untellable(&who),
            "a sign-in was refused: the portal identifies users by this claim, and no header can carry its \
             value (visible ASCII with blanks within, no comma, at most 256 characters)"
        );
    }
}

/// Logs which claims Okta's answer no longer contains. They no longer grant anything, and nothing else would show why.
pub(in crate::flow) fn tell_of_losses(before: &Identity, now: &Identity) {
    let lost = [
        ("groups", before.groups().len() > 0 && now.groups().len() == 0),
        ("email", before.email().is_some() && now.email().is_none()),
    ];
    let lost: Vec<_> = lost.iter().filter(|(_, is_lost)| *is_lost).collect();
    if !lost.is_empty() {
        let claims: Vec<_> = lost.iter().map(|(name, _)| *name).collect();
        tracing::warn!(
            claims = claims.join(" "),
            "Okta was asked about a session and left out claims that it had named before; the session has them no longer"
        );
    }
    if !before.groups().eq(now.groups()) {
        tell_of_untold_groups(now);
    }
}

/// Logs that the headers hold only some of the groups. Access rules use all of them.
pub(in crate::flow) fn tell_of_untold_groups(who: &Identity) {
    let (groups, told) = (who.groups().len(), presentable_groups(who).count());
    if told < groups {
        tracing::info!(
            groups,
            told,
            "the portal is not told all groups of a customer: they do not all fit, or their names cannot be put into \
             a list"
        );
    }
}
