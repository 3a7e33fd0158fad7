//! Interprets the claims of a proof.

use std::time::Duration;

use jiff::Timestamp;
use okta_direct_auth::Claims;

use crate::domain::attempt::Facts;
use crate::domain::identity::Person;
use crate::domain::problem::Problem;
use crate::domain::session::{after, moment};

/// How far Okta's clock and ours may differ.
pub(super) const SKEW: Duration = Duration::from_mins(1);

/// The customer whom the claims identify.
pub(super) fn person(facts: &Facts, claims: &Claims, now: Timestamp) -> Person {
    let typed = facts.login.as_ref().map(|login| login.as_str().to_owned());
    let login = claims
        .preferred_username
        .clone()
        .or(typed)
        .unwrap_or_else(|| claims.sub.clone());
    // A proof given here is recent by definition. One at Okta's hosted page may be long ago, and without the claim
    // nothing says otherwise.
    let unsaid = if facts.hosted.is_proven() {
        Timestamp::UNIX_EPOCH
    } else {
        now
    };
    Person {
        subject: claims.sub.clone(),
        name: claims.name.clone().unwrap_or_else(|| login.clone()),
        login,
        email: claims.email.clone(),
        groups: claims.groups.clone(),
        acr: claims.acr.clone(),
        amr: claims.amr.clone(),
        auth_time: claims.auth_time.map_or(unsaid, moment),
    }
}

/// Why a proof does not step up the session it was requested for (SEC-207): it is another customer's, or too old.
pub(super) fn not_raised(facts: &Facts, claims: &Claims) -> Option<Problem> {
    let raised = facts.parameters.get().raises.as_ref()?;
    if claims.sub != *raised {
        return Some(Problem::SomebodyElse);
    }
    let proved = claims.auth_time.map(moment);
    let is_new = proved.is_some_and(|proved| after(proved, SKEW) >= facts.started);
    (!is_new).then_some(Problem::Nonsense)
}
