//! An org that misbehaves.

use std::time::Duration;

use okta_direct_auth::{Context, Error, ErrorKind, Password, Step};
use okta_sim::{Endpoint, Fault, FaultKind, PASSWORD, Settings, Switches};

use super::{Org, full};

async fn attempt(org: &Org) -> Result<Step, Error> {
    org.client
        .password(&full("password"), &Password::new(PASSWORD), &Context::default())
        .await
}

#[tokio::test]
async fn each_fault_is_told_for_what_it_is() {
    let rows = [
        (FaultKind::RateLimited { reset_s: 30 }, ErrorKind::RateLimited),
        (FaultKind::UserRateLimited, ErrorKind::RateLimited),
        (FaultKind::Concurrency, ErrorKind::RateLimited),
        (FaultKind::ServerError, ErrorKind::Unavailable),
        (FaultKind::Maintenance, ErrorKind::Unavailable),
        (FaultKind::BadGateway, ErrorKind::Unavailable),
        (FaultKind::ResetBefore, ErrorKind::Unavailable),
        (FaultKind::ResetAfter, ErrorKind::Unavailable),
        (FaultKind::EmptyBody, ErrorKind::Nonsense),
        (FaultKind::CutJson, ErrorKind::Nonsense),
        (FaultKind::GarbageJson, ErrorKind::Nonsense),
        (FaultKind::WrongContentType, ErrorKind::Nonsense),
        (FaultKind::HugeBody { bytes: 1 << 20 }, ErrorKind::Nonsense),
        (FaultKind::Redirect, ErrorKind::Nonsense),
    ];
    for (fault, kind) in rows {
        let org = Org::new("portico-demo").await;
        let name = format!("{fault:?}");
        org.sim.faults().push(Fault::new(Endpoint::Token, fault));
        let error = attempt(&org).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{name}");
        assert_eq!(org.sim.count(Endpoint::Token), 1, "{name}: a password is sent once");
        let wait = error.retry_after().unwrap_or_default();
        assert!(wait <= Duration::from_mins(2), "{name}: {wait:?}");
        assert!(attempt(&org).await.is_ok(), "{name}");
    }
}

#[tokio::test]
async fn what_the_protocol_leaves_open_makes_no_difference() {
    let switches: [fn(&mut Switches); 4] = [
        |on| on.mfa_required_as_400 = true,
        |on| on.list_challenge_types = true,
        |on| on.extra_members = true,
        |on| on.legacy_error_names = true,
    ];
    for switch in switches {
        let org = Org::with("portico-mfa", Settings::default(), |_| ()).await;
        org.sim.set_switch(switch);
        let mfa = org.mfa("push").await;
        let started = mfa
            .challenge(&org.client, okta_direct_auth::Channel::Push, &super::device())
            .await
            .unwrap();
        let waiting = super::pending(org.look(super::push(started)).await);
        org.approve("push", &waiting);
        super::finished(org.look(waiting).await);
    }
}

#[tokio::test]
async fn every_flawed_token_is_refused() {
    use okta_sim::TokenFlaw;
    let org = Org::new("portico-demo").await;
    let flaws = [
        TokenFlaw::WrongIssuer,
        TokenFlaw::WrongAudience,
        TokenFlaw::Expired,
        TokenFlaw::FutureIat,
        TokenFlaw::AlgNone,
        TokenFlaw::Hs256,
        TokenFlaw::WrongKey,
        TokenFlaw::MissingKid,
        TokenFlaw::WrongAtHash,
        TokenFlaw::EmptySub,
        TokenFlaw::Nonce,
        TokenFlaw::CutShort,
    ];
    for flaw in flaws {
        org.sim.set_switch(|on| on.token_flaw = flaw);
        // The org limits sign-ins per second of one user.
        org.sim.advance(Duration::from_secs(2));
        let error = attempt(&org).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidToken, "{flaw:?}");
        // Only of a token that Okta signed may a claim be told.
        let received = error.issuers().map(|issuers| issuers.received.as_str());
        let expected = (flaw == TokenFlaw::WrongIssuer).then_some("https://other.example.com");
        assert_eq!(received, expected, "{flaw:?}");
    }
}
