//! Refresh tokens.

use okta_sim::RefreshMode;

use crate::org::{Answer, Org};

async fn first(org: &Org) -> Answer {
    let form = [
        ("client_id", "portico-demo"),
        ("grant_type", "password"),
        ("username", "password@example.com"),
        ("password", "portico-demo"),
        ("scope", "openid profile offline_access"),
    ];
    org.post("/oauth2/v1/token", &form).await.ok()
}

async fn refresh(org: &Org, token: &str, scope: Option<&str>) -> Answer {
    let mut form = vec![
        ("client_id", "portico-demo"),
        ("grant_type", "refresh_token"),
        ("refresh_token", token),
    ];
    form.extend(scope.map(|scope| ("scope", scope)));
    org.post("/oauth2/v1/token", &form).await
}

#[tokio::test]
async fn rotation_gives_a_new_one_each_time_and_forgives_a_lost_answer() {
    let org = Org::start().await;
    let one = first(&org).await;
    org.seconds(60);
    let two = refresh(&org, &one.text("refresh_token"), None).await.ok();
    assert_ne!(one.text("refresh_token"), two.text("refresh_token"));
    let (before, after) = (crate::tokens::claims(&one), crate::tokens::claims(&two));
    assert_eq!(before["auth_time"], after["auth_time"]);
    assert_ne!(before["iat"], after["iat"]);
    org.seconds(30);
    refresh(&org, &one.text("refresh_token"), None).await.ok();
}

#[tokio::test]
async fn reuse_after_the_grace_period_ends_the_whole_family() {
    let org = Org::start().await;
    let one = first(&org).await;
    let two = refresh(&org, &one.text("refresh_token"), None).await.ok();
    org.seconds(31);
    refresh(&org, &one.text("refresh_token"), None)
        .await
        .is(400, "invalid_grant");
    refresh(&org, &two.text("refresh_token"), None)
        .await
        .is(400, "invalid_grant");
    let form = [("client_id", "portico-demo"), ("token", &two.text("access_token"))];
    assert_eq!(
        org.post("/oauth2/v1/introspect", &form).await.body,
        r#"{"active":false}"#
    );
}

#[tokio::test]
async fn a_static_refresh_token_stays_the_same() {
    let org = Org::start().await;
    org.set_switch(|on| on.refresh = RefreshMode::Static);
    let one = first(&org).await.text("refresh_token");
    org.seconds(3600);
    assert_eq!(refresh(&org, &one, None).await.ok().text("refresh_token"), one);
    assert_eq!(refresh(&org, &one, None).await.ok().text("refresh_token"), one);
    org.seconds(91 * 24 * 3600);
    refresh(&org, &one, None).await.is(400, "invalid_grant");
}

#[tokio::test]
async fn scopes_may_shrink_and_not_grow() {
    let org = Org::start().await;
    let one = first(&org).await.text("refresh_token");
    refresh(&org, &one, Some("openid email")).await.is(400, "access_denied");
    let fewer = refresh(&org, &one, Some("openid offline_access")).await.ok();
    assert_eq!(fewer.text("scope"), "openid offline_access");
}

#[tokio::test]
async fn refusals() {
    let org = Org::start().await;
    org.allow_unexpected(okta_sim::Misuse::ChangedMidFlow);
    let one = first(&org).await.text("refresh_token");
    refresh(&org, "made-up", None).await.is(400, "invalid_grant");
    let other = [
        ("client_id", "portico-mfa"),
        ("grant_type", "refresh_token"),
        ("refresh_token", one.as_str()),
    ];
    org.post("/oauth2/v1/token", &other).await.is(400, "invalid_grant");
    let patch = okta_sim::AccountPatch {
        state: Some(okta_sim::AccountState::Unassigned),
        ..Default::default()
    };
    org.set_account("password", patch);
    refresh(&org, &one, None).await.is(400, "invalid_grant");
    org.set_switch(|on| on.issue_refresh_tokens = false);
    org.reset().unwrap();
    org.set_switch(|on| on.issue_refresh_tokens = false);
    assert!(first(&org).await.json().get("refresh_token").is_none());
}
