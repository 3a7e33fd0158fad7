//! The hosted page with every policy and factor.

use okta_sim::{AccountPatch, AccountState, ClientPatch, Endpoint, Fault, FaultKind};
use serde_json::json;

use super::{Browser, code, exchange_as, org, refused};
use crate::{org::Org, tokens::claims};

/// Client, account, the factor to choose after the password, the expected `amr`.
type Case<'a> = (&'a str, &'a str, Option<&'a str>, &'a [&'a str]);

async fn signed_in(org: &Org, client: &str, name: &str, factor: Option<&str>) -> String {
    let mut browser = Browser::new(org);
    browser.authorize(&[("client_id", client)]).await.ok();
    let mut answer = browser.password(name).await;
    if let Some(factor) = factor {
        assert_eq!(answer.status, 200, "{client} {name}: {answer:?}");
        answer = prove(org, &mut browser, name, factor).await;
    }
    code(&answer)
}

async fn prove(org: &Org, browser: &mut Browser<'_>, name: &str, factor: &str) -> crate::org::Answer {
    browser.press("choose", &[("factor", factor)]).await.ok();
    let phone = org.phone(name);
    let typed = match factor {
        "otp" => {
            return browser.press("verify", &[("otp", &phone.otp().unwrap())]).await;
        }
        "push" => {
            let prompt = phone.pending().unwrap();
            phone.approve(&prompt.id).unwrap();
            return browser.press("check", &[]).await;
        }
        "sms" => phone.texts(),
        "voice" => phone.calls(),
        _ => phone.emails(),
    };
    browser.press("verify", &[("binding_code", &typed[0].code)]).await
}

#[tokio::test]
async fn each_policy_asks_for_what_it_demands_by_the_ways_the_account_has() {
    let org = org().await;
    let grants = vec!["authorization_code".to_owned()];
    let patch = ClientPatch {
        grants: Some(grants),
        ..ClientPatch::default()
    };
    org.set_client("portico-password", patch).unwrap();
    let cases: [Case<'_>; 11] = [
        ("portico-demo", "password", None, &["pwd"]),
        ("portico-demo", "otp", Some("otp"), &["pwd", "otp", "mfa"]),
        ("portico-demo", "phone", Some("sms"), &["pwd", "sms", "mfa"]),
        ("portico-demo", "email", Some("email"), &["pwd", "email", "mfa"]),
        ("portico-demo", "push", Some("push"), &["pwd", "swk", "mfa"]),
        ("portico-demo", "all", Some("voice"), &["pwd", "tel", "mfa"]),
        ("portico-password", "all", None, &["pwd"]),
        ("portico-mfa", "all", Some("push"), &["pwd", "swk", "mfa"]),
        ("portico-mfa", "phone", Some("voice"), &["pwd", "tel", "mfa"]),
        ("portico-optional", "all", None, &["pwd"]),
        ("portico-strict", "all", Some("otp"), &["pwd", "otp", "mfa"]),
    ];
    for (client, name, factor, amr) in cases {
        let code = signed_in(&org, client, name, factor).await;
        let tokens = exchange_as(&org, client, &code).await.ok();
        assert_eq!(claims(&tokens)["amr"], json!(amr), "{client} {name}");
        org.seconds(60);
    }
}

#[tokio::test]
async fn the_page_offers_the_ways_of_the_account_and_no_passkey() {
    let org = org().await;
    let mut browser = Browser::new(&org);
    browser.authorize(&[]).await.ok();
    let page = browser.password("all").await.ok().body;
    for way in ["otp", "push", "sms", "voice", "email"] {
        assert!(page.contains(&format!("name=\"factor\" value=\"{way}\"")), "{way}");
    }
    assert!(!page.contains("passkey"));
    let page = browser.press("choose", &[("factor", "passkey")]).await.ok().body;
    assert!(page.contains("Choose one of these"));
    let page = browser.press("choose", &[("factor", "sms")]).await.ok().body;
    assert!(page.contains("name=\"binding_code\""));
    let page = browser.press("back", &[]).await.ok().body;
    assert!(page.contains("name=\"factor\" value=\"push\""));
}

#[tokio::test]
async fn without_a_password_another_factor_comes_first_where_allowed() {
    let org = org().await;
    let other_way = [("username", "Passwordless@example.com")];
    let mut browser = Browser::new(&org);
    browser.authorize(&[]).await.ok();
    browser.press("other-way", &other_way).await.ok();
    let code = code(&prove(&org, &mut browser, "passwordless", "otp").await);
    let tokens = exchange_as(&org, "portico-demo", &code).await.ok();
    assert_eq!(claims(&tokens)["amr"], json!(["otp"]));
    let mut browser = Browser::new(&org);
    let page = browser.authorize(&[("client_id", "portico-mfa")]).await;
    assert!(!page.ok().body.contains("without a password"));
    let page = browser.press("other-way", &other_way).await.ok();
    assert!(page.body.contains("Unable to sign in"));
    let mut browser = Browser::new(&org);
    browser.authorize(&[]).await.ok();
    for nobody in ["nobody@example.com", "password@example.com", "locked@example.com"] {
        let page = browser.press("other-way", &[("username", nobody)]).await.ok();
        assert!(page.body.contains("Unable to sign in"), "{nobody}");
    }
}

#[tokio::test]
async fn unknown_locked_and_wrong_look_the_same() {
    let org = org().await;
    org.set_limits(|limits| limits.user_per_second = 0);
    let mut pages = Vec::new();
    for (name, password) in [("nobody", "x"), ("locked", "portico-demo"), ("password", "x")] {
        let mut browser = Browser::new(&org);
        browser.authorize(&[]).await.ok();
        let login = format!("{name}@example.com");
        let page = browser
            .press("sign-in", &[("username", &login), ("password", password)])
            .await;
        assert!(page.body.contains("Unable to sign in") && browser.sid.is_empty());
        pages.push(page.body.replace(&login, "x").replace(&browser.token, "y"));
    }
    assert!(pages.iter().all(|page| *page == pages[0]));
    let mut browser = Browser::new(&org);
    browser.authorize(&[]).await.ok();
    for _ in 0..9 {
        browser
            .press("sign-in", &[("username", "password@example.com"), ("password", "x")])
            .await;
    }
    let page = browser.password("password").await;
    assert!(page.body.contains("Unable to sign in"), "ten wrong ones locked it");
}

#[tokio::test]
async fn the_limits_of_direct_authentication_hold_here_too() {
    let org = org().await;
    let mut browser = Browser::new(&org);
    browser.authorize(&[]).await.ok();
    for _ in 0..4 {
        browser.password("nobody").await.ok();
    }
    let page = browser.password("nobody").await.ok().body;
    assert!(page.contains("API call exceeded rate limit"), "{page}");
    org.seconds(1);
    browser.password("phone").await.ok();
    browser.press("choose", &[("factor", "sms")]).await.ok();
    let page = browser.press("choose", &[("factor", "sms")]).await.ok().body;
    assert!(page.contains("An SMS message was recently sent."));
    for _ in 0..5 {
        let page = browser.press("verify", &[("binding_code", "nope")]).await.ok().body;
        assert!(page.contains("Invalid code."));
    }
    let sent = org.phone("phone").texts()[0].code.clone();
    let page = browser.press("verify", &[("binding_code", &sent)]).await.ok().body;
    assert!(page.contains("API call exceeded rate limit"));
}

#[tokio::test]
async fn an_authenticator_code_works_once_and_only_so_many_are_tried() {
    let org = org().await;
    let mut browser = Browser::new(&org);
    browser.authorize(&[]).await.ok();
    browser.password("otp").await.ok();
    let otp = org.phone("otp").otp().unwrap();
    code(&browser.press("verify", &[("otp", &otp)]).await);
    browser.authorize(&[("prompt", "login")]).await.ok();
    browser.password("otp").await.ok();
    for typed in [otp.as_str(), "1", "", "nope"] {
        let page = browser.press("verify", &[("otp", typed)]).await.ok().body;
        assert!(page.contains("Invalid code."), "{typed}");
    }
    org.seconds(30);
    let otp = org.phone("otp").otp().unwrap();
    let page = browser.press("verify", &[("otp", &otp)]).await.ok().body;
    assert!(page.contains("API call exceeded rate limit"));
    org.seconds(300);
    let otp = org.phone("otp").otp().unwrap();
    code(&browser.press("verify", &[("otp", &otp)]).await);
}

#[tokio::test]
async fn a_push_is_waited_for_refused_and_grows_old() {
    let org = org().await;
    let phone = org.phone("number");
    let mut browser = Browser::new(&org);
    browser.authorize(&[]).await.ok();
    browser.password("number").await.ok();
    let page = browser.press("choose", &[("factor", "push")]).await.ok().body;
    let prompt = phone.pending().unwrap();
    let shown = page.split("number-shown\">").nth(1).unwrap()[..2].to_owned();
    assert!(prompt.numbers.contains(&shown));
    let page = browser.press("check", &[]).await.ok().body;
    assert!(page.contains("Nothing was approved yet"));
    phone.deny(&prompt.id).unwrap();
    let page = browser.press("check", &[]).await.ok().body;
    assert!(page.contains("You have chosen to reject this login."));

    browser.press("choose", &[("factor", "push")]).await.ok();
    let older = phone.pending().unwrap();
    browser.press("choose", &[("factor", "push")]).await.ok();
    assert!(phone.approve(&older.id).is_err(), "a newer one took its place");
    org.seconds(300);
    let page = browser.press("check", &[]).await.ok().body;
    assert!(page.contains("That took too long."));

    let page = browser.press("choose", &[("factor", "push")]).await.ok().body;
    let shown = page.split("number-shown\">").nth(1).unwrap()[..2].to_owned();
    phone.tap(&phone.pending().unwrap().id, &shown).unwrap();
    code(&browser.press("check", &[]).await);
}

#[tokio::test]
async fn cancelling_is_told_to_the_application() {
    let org = org().await;
    let mut browser = Browser::new(&org);
    browser.authorize(&[]).await.ok();
    browser.password("otp").await.ok();
    assert_eq!(refused(&browser.press("cancel", &[]).await), "access_denied");
    let gone = browser.press("cancel", &[]).await;
    assert!(gone.status == 400 && gone.body.contains("login_required"));
    assert!(browser.sid.is_empty());
}

#[tokio::test]
async fn a_user_whom_app_or_policy_refuses_is_sent_back_with_an_error() {
    let org = org().await;
    for name in ["unassigned", "denied"] {
        let mut browser = Browser::new(&org);
        browser.authorize(&[]).await.ok();
        let answer = browser.password(name).await;
        assert_eq!(refused(&answer), "access_denied", "{name}");
        assert!(browser.sid.is_empty());
    }
}

#[tokio::test]
async fn an_account_that_is_locked_in_the_middle_starts_again() {
    let org = org().await;
    let mut browser = Browser::new(&org);
    browser.authorize(&[]).await.ok();
    browser.password("otp").await.ok();
    let otp = org.phone("otp").otp().unwrap();
    let patch = AccountPatch {
        state: Some(AccountState::Locked),
        ..AccountPatch::default()
    };
    org.set_account("otp", patch);
    let page = browser.press("verify", &[("otp", &otp)]).await.ok().body;
    assert!(page.contains("Unable to sign in") && page.contains("name=\"password\""));
}

#[tokio::test]
async fn a_sign_in_lasts_an_hour_or_until_a_fault_ends_it() {
    let org = org().await;
    let mut browser = Browser::new(&org);
    browser.authorize(&[]).await.ok();
    org.seconds(3599);
    browser.password("otp").await.ok();
    org.seconds(1);
    assert_eq!(browser.password("otp").await.status, 400);
    let mut browser = Browser::new(&org);
    browser.authorize(&[]).await.ok();
    org.faults().push(Fault::new(Endpoint::SignIn, FaultKind::ExpireNow));
    assert_eq!(browser.password("password").await.status, 400);
    org.faults()
        .push(Fault::new(Endpoint::Authorize, FaultKind::ServerError));
    browser.authorize(&[]).await.is(500, "E0000009");
    code(&{
        browser.authorize(&[]).await.ok();
        browser.password("password").await
    });
}

#[tokio::test]
async fn pages_are_escaped_and_hold_a_strict_policy() {
    let org = org().await;
    let hint = "\"><script>alert(1)</script>";
    let mut browser = Browser::new(&org);
    let page = browser.authorize(&[("login_hint", hint)]).await.ok();
    assert!(
        page.body
            .contains("value=\"&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;\"")
    );
    let policy = page.header("content-security-policy");
    for part in ["default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"] {
        assert!(policy.contains(part), "{part}");
    }
    let typed = [("username", hint), ("password", "x")];
    let page = browser.press("sign-in", &typed).await.ok();
    assert!(!page.body.contains("<script"), "no script at all: {}", page.body);
    assert!(!page.body.contains("style=") && !page.body.contains("onclick"));
    assert_eq!(page.header("cache-control"), "no-cache, no-store");
    assert_eq!(org.get("/signin/assets/sign-in.css").await.status, 200);
}

#[tokio::test]
async fn the_log_and_the_list_of_secrets_know_their_part() {
    let org = org().await;
    let mut browser = Browser::new(&org);
    browser.authorize(&[("login_hint", "otp@example.com")]).await.ok();
    browser.password("otp").await.ok();
    let otp = org.phone("otp").otp().unwrap();
    let code = code(&browser.press("verify", &[("otp", &otp)]).await);
    exchange_as(&org, "portico-demo", &code).await.ok();
    let log = org.requests();
    let first = &log[0];
    assert_eq!(first.endpoint, Endpoint::Authorize);
    assert_eq!(first.form["redirect_uri"], super::CALLBACK);
    assert_eq!(first.form["login_hint"], "otp@example.com");
    for hidden in ["state", "nonce", "code_challenge"] {
        assert_eq!(first.form[hidden], "[hidden]", "{hidden}");
    }
    assert_eq!(org.count(Endpoint::SignIn), 4);
    let log = serde_json::to_string(&log).unwrap();
    let secrets = org.secrets_issued();
    for secret in [&code, &browser.sid, &browser.token] {
        assert!(secrets.contains(secret));
    }
    for secret in &secrets {
        assert!(!log.contains(secret.as_str()), "{secret}");
    }
}
