//! What makes the simulator fail the test that owns it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use okta_sim::{Endpoint, Fault, FaultKind, Misuse, Settings};

use crate::org::{MFA_OOB, Org, settings};

/// The message of the panic on drop; none when it drops quietly.
fn complaint(org: Org) -> Option<String> {
    let panic = catch_unwind(AssertUnwindSafe(|| drop(org))).err()?;
    Some(panic.downcast_ref::<String>().cloned().unwrap_or_default())
}

/// The misuse; path, form and extra header of the request.
type Case<'a> = (Misuse, &'a str, &'a [(&'a str, &'a str)], Option<(&'a str, &'a str)>);

#[tokio::test]
async fn each_misuse_is_reported_by_name_and_may_be_allowed() {
    let revoke = [("client_id", "portico-demo"), ("token", "x")];
    let twice = [&revoke[..], &[("token", "y")]].concat();
    let cases: [Case<'_>; 7] = [
        (Misuse::UnknownPath, "/oauth2/v1/nothing", &revoke, None),
        (Misuse::WrongMethod, "/oauth2/v1/keys", &revoke, None),
        (Misuse::DuplicateParameter, "/oauth2/v1/revoke", &twice, None),
        (
            Misuse::CredentialsInQuery,
            "/oauth2/v1/revoke?client_id=portico-demo",
            &revoke,
            None,
        ),
        (Misuse::BadParameter, "/oauth2/v1/revoke", &revoke[..1], None),
        (
            Misuse::BrowserRequest,
            "/oauth2/v1/revoke",
            &revoke,
            Some(("Origin", "https://example.com")),
        ),
        (
            Misuse::ScopeNotAllowed,
            "/oauth2/v1/challenge",
            &[("client_id", "portico-demo"), ("scope", "openid")],
            None,
        ),
    ];
    for (misuse, path, form, header) in cases {
        for is_allowed in [false, true] {
            let org = Org::start().await;
            let request = org.http.post(org.at(path)).form(form);
            let request = header
                .into_iter()
                .fold(request, |request, (name, value)| request.header(name, value));
            assert!(org.send(request).await.status >= 400, "{misuse:?}");
            assert_eq!(org.unexpected()[0].misuse, misuse);
            if is_allowed {
                org.allow_unexpected(misuse);
            }
            let said = complaint(org);
            assert_eq!(said.is_none(), is_allowed, "{misuse:?}");
            assert!(said.is_none_or(|said| said.contains(&format!("{misuse:?}: POST"))));
        }
    }
}

#[tokio::test]
async fn polling_on_after_the_end_was_told_is_misuse() {
    let org = Org::start().await;
    let (mfa_token, code) = org.push("push@example.com").await;
    let phone = org.phone("push");
    phone.deny(&phone.pending().unwrap().id).unwrap();
    org.mfa_oob(&mfa_token, &code, None).await.is(400, "invalid_grant");
    assert!(org.unexpected().is_empty());
    org.mfa_oob(&mfa_token, &code, None).await.is(403, "access_denied");
    assert!(complaint(org).unwrap().contains("DeadOobCode"));
}

#[tokio::test]
async fn two_polls_at_once_are_misuse() {
    let org = Org::start().await;
    let (mfa_token, code) = org.push("push@example.com").await;
    org.faults()
        .push(Fault::new(Endpoint::Token, FaultKind::Delay { ms: 300 }));
    tokio::join!(
        org.mfa_oob(&mfa_token, &code, None),
        org.mfa_oob(&mfa_token, &code, None)
    );
    assert!(complaint(org).unwrap().contains("ConcurrentPoll"));
}

#[tokio::test]
async fn polling_too_fast_and_changing_the_scope_are_misuse() {
    let org = Org::start().await;
    let (mfa_token, code) = org.push("push@example.com").await;
    for _ in 0..2 {
        org.mfa_oob(&mfa_token, &code, None)
            .await
            .is(400, "authorization_pending");
    }
    let form = [
        ("client_id", "portico-demo"),
        ("grant_type", MFA_OOB),
        ("mfa_token", &mfa_token),
        ("oob_code", &code),
        ("scope", "openid"),
    ];
    org.post("/oauth2/v1/token", &form).await.is(400, "invalid_scope");
    let said = complaint(org).unwrap();
    assert!(said.contains("FastPoll") && said.contains("ChangedMidFlow"), "{said}");
}

#[tokio::test]
async fn an_expected_request_that_never_comes_fails_the_test() {
    let org = Org::start().await;
    org.expect(Endpoint::Keys, 2);
    org.get("/oauth2/v1/keys").await.ok();
    assert!(complaint(org).unwrap().contains("Keys: asked 1 times, expected 2"));
}

#[tokio::test]
async fn a_lenient_simulator_never_panics_and_a_stopped_one_is_gone() {
    let org = Org::with(Settings {
        strict: false,
        ..settings()
    })
    .await;
    org.get("/oauth2/v1/nothing").await.is(404, "E0000007");
    let url = org.at("/oauth2/v1/keys");
    let Org { okta, .. } = org;
    okta.stop().await;
    assert!(
        reqwest::Client::builder()
            .no_proxy()
            .build()
            .unwrap()
            .get(url)
            .send()
            .await
            .is_err()
    );
}
