//! What Okta may answer, at its best and at its worst, and what becomes of it here.

mod hosted_page;
mod odd_claims;
mod oddities;
mod outages;
mod policies;
mod refusals;
mod slow_okta;
mod wrong_clock;
