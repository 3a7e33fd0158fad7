//! Waiting for a push prompt.

use std::time::Duration;

use okta_direct_auth::{Challenge, Channel, Client, Context, Device, ErrorKind, Poll, PushPending, Step};
use serde_json::json;

use crate::scripted::{Okta, Reply, TestClock, refusal};

/// Status, error code and text.
type Answer = (u16, &'static str, &'static str);

/// A push whose polls get these answers in turn, and then tokens.
async fn push(answers: &'static [Answer]) -> (Okta, Client, TestClock, PushPending) {
    let okta = Okta::start(move |seen, before| match seen.path.as_str() {
        "/oauth2/v1/primary-authenticate" => Some(Reply::Json(
            200,
            json!({
                "oob_code": "SECRET-oob", "expires_in": 300, "interval": 5, "channel": "push",
                "binding_method": "transfer", "binding_code": "07",
            }),
        )),
        "/oauth2/v1/token" => answers
            .get(before)
            .map(|(status, code, text)| refusal(*status, code, text)),
        _ => None,
    });
    let (client, clock) = okta.client();
    let challenge = client
        .out_of_band("robin", Channel::Push, &Context::default())
        .await
        .unwrap();
    let Challenge::Push(pending) = challenge else { panic!() };
    (okta, client, clock, pending)
}

#[tokio::test]
async fn a_push_is_polled_until_it_is_answered() {
    let answers = &[
        (400, "authorization_pending", ""),
        (400, "slow_down", ""),
        (400, "slow_down", ""),
        (400, "direct_auth_authorization_pending", ""),
    ];
    let (okta, client, _, mut pending) = push(answers).await;
    assert_eq!(
        (pending.number(), pending.expires_in()),
        (Some("07"), Duration::from_mins(5))
    );
    let shown = format!("{pending:?}");
    assert!(
        !["SECRET", "robin", "07"].iter().any(|secret| shown.contains(secret)),
        "{shown}"
    );
    let mut intervals = vec![pending.interval().as_secs()];
    let step = loop {
        match pending.poll(&client, &Device::default()).await.unwrap() {
            Poll::Pending(next) => pending = next,
            Poll::Finished(step) => break step,
        }
        intervals.push(pending.interval().as_secs());
    };
    assert!(matches!(step, Step::SignedIn(_)));
    assert_eq!(intervals, [5, 5, 10, 15, 15]);
    assert!(
        okta.seen("/token")
            .iter()
            .all(|seen| !seen.form.contains_key("binding_code"))
    );
}

#[tokio::test]
async fn a_poll_that_fails_says_whether_to_go_on() {
    let rows: [(&'static [Answer], ErrorKind, bool); 6] = [
        (&[(400, "invalid_grant", "")], ErrorKind::PushRejected, false),
        (&[(403, "access_denied", "")], ErrorKind::ChallengeExpired, false),
        (&[(429, "invalid_grant", "")], ErrorKind::RateLimited, true),
        (&[(500, "", "")], ErrorKind::Unavailable, true),
        (&[(302, "", "")], ErrorKind::Nonsense, true),
        (
            &[(
                400,
                "invalid_request",
                "The 'oob_code' and the 'mfa_token' provided are not associated with each other.",
            )],
            ErrorKind::FlowMixedUp,
            false,
        ),
    ];
    for (answers, kind, goes_on) in rows {
        let (_okta, client, _, pending) = push(answers).await;
        let spare = pending.clone();
        let failed = pending.poll(&client, &Device::default()).await.unwrap_err();
        assert_eq!((failed.error.kind(), failed.retry.is_some()), (kind, goes_on));
        assert!(matches!(
            spare.again(&client, &Device::default()).await,
            Ok(Challenge::Push(_))
        ));
    }
}

#[tokio::test]
async fn nobody_asks_after_the_deadline() {
    let (okta, client, clock, pending) = push(&[]).await;
    clock.advance(Duration::from_mins(5));
    let failed = pending.poll(&client, &Device::default()).await.unwrap_err();
    assert_eq!(failed.error.kind(), ErrorKind::ChallengeExpired);
    assert!(failed.retry.is_none());
    assert!(okta.seen("/token").is_empty());
}

#[test]
fn states_can_be_kept_by_a_server() {
    fn check<T: Send + Sync + Clone + std::fmt::Debug + 'static>() {}
    check::<PushPending>();
    check::<okta_direct_auth::CodePending>();
    check::<okta_direct_auth::WebauthnPending>();
    check::<okta_direct_auth::MfaRequired>();
    check::<Challenge>();
    check::<Step>();
    check::<Client>();
}
