//! What the right and the wrong password lead to for each account.

use okta_sim::{AccountPatch, AccountState, PasswordExpiry};

use crate::org::Org;

#[tokio::test]
async fn each_account_shows_what_it_is_named_for() {
    let org = Org::start().await;
    let cases = [
        ("password", 200, ""),
        ("otp", 403, "mfa_required"),
        ("phone", 403, "mfa_required"),
        ("email", 403, "mfa_required"),
        ("push", 403, "mfa_required"),
        ("number", 403, "mfa_required"),
        ("all", 403, "mfa_required"),
        ("passkey", 400, "invalid_grant"),
        ("passwordless", 400, "invalid_grant"),
        ("locked", 400, "invalid_grant"),
        ("expired", 400, "invalid_grant"),
        ("unenrolled", 403, "access_denied"),
        ("unassigned", 400, "access_denied"),
        ("denied", 403, "access_denied"),
        ("nobody", 400, "invalid_grant"),
    ];
    for (name, status, error) in cases {
        org.password(&format!("{name}@example.com")).await.is(status, error);
    }
}

#[tokio::test]
async fn unknown_locked_and_wrong_look_the_same() {
    let org = Org::start().await;
    let form = |login| [("grant_type", "password"), ("username", login), ("password", "wrong")];
    let wrong = org
        .token(&form("password@example.com"))
        .await
        .is(400, "invalid_grant")
        .json();
    assert_eq!(wrong["error_description"], "The credentials provided were invalid.");
    assert_eq!(org.password("nobody@example.com").await.json(), wrong);
    assert_eq!(org.password("locked@example.com").await.json(), wrong);
}

#[tokio::test]
async fn ten_wrong_passwords_lock_an_account() {
    let org = Org::start().await;
    let wrong = [
        ("grant_type", "password"),
        ("username", "Push@Example.com"),
        ("password", "wrong"),
    ];
    for _ in 0..10 {
        org.token(&wrong).await.is(400, "invalid_grant");
        org.seconds(1);
    }
    org.password("push@example.com").await.is(400, "invalid_grant");
    org.primary("push@example.com", "push").await.is(403, "access_denied");
    org.set_account(
        "push",
        AccountPatch {
            state: Some(AccountState::Active),
            ..AccountPatch::default()
        },
    );
    org.seconds(1);
    org.password("push@example.com").await.is(403, "mfa_required");
}

#[tokio::test]
async fn an_expired_password_has_two_spellings_and_leaves_other_factors() {
    let org = Org::start().await;
    let answer = org.password("expired@example.com").await.is(400, "invalid_grant");
    assert_eq!(answer.text("error_description"), "Password has expired.");
    org.set_switch(|on| on.password_expiry = PasswordExpiry::AccessDenied);
    let answer = org.password("expired@example.com").await.is(403, "access_denied");
    assert_eq!(answer.text("error_description"), "The user's password is expired.");
    org.primary("expired@example.com", "email").await.ok();
}

#[tokio::test]
async fn reset_brings_everything_back() {
    let org = Org::start().await;
    org.set_account(
        "new",
        AccountPatch {
            name: Some("New Person".to_owned()),
            ..AccountPatch::default()
        },
    );
    org.password("new@example.com").await.ok();
    org.reset().unwrap();
    org.password("new@example.com").await.is(400, "invalid_grant");
}
