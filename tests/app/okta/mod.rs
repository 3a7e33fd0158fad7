//! Everything that Okta may answer, and how the service reacts.

mod hosted_page;
mod odd_claims;
mod oddities;
mod outages;
mod policies;
mod refusals;
mod slow_okta;
mod wrong_clock;
