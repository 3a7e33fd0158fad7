//! One sign-in for each policy, each method of client authentication, and each authorization server.

use okta_sim::test_keys::{CLIENT_SECRET, EC_KEY_ID, EC_PRIVATE_KEY_PEM, RSA_KEY_ID, RSA_PRIVATE_KEY_PEM};

use crate::support::{TestApp, secs};

#[tokio::test]
async fn where_a_password_is_enough_nobody_is_asked_for_more() {
    let app = TestApp::builder().client("portico-password").spawn().await;
    let browser = app.browser();
    browser.begins("all").await.leads_to(app.base());
    assert!(browser.is_signed_in());
}

#[tokio::test]
async fn where_two_factors_are_wanted_the_password_leads_to_the_choice() {
    let app = TestApp::builder().client("portico-mfa").spawn().await;
    let browser = app.browser();
    let answer = browser.begins("all").await;
    assert!(!browser.is_signed_in());
    let ways = browser.follows(answer.leads_to("/sign-in/factor")).await;
    assert_eq!(ways.ways(), ["push", "otp", "passkey", "email", "sms", "voice"]);
    let code = browser.follows(&browser.chooses(&ways, "otp").await).await;
    browser
        .enters_code(&code, &app.phone("all").otp().unwrap())
        .await
        .leads_to(app.base());
    assert_eq!(
        browser.session().await["amr"].as_array().map(Vec::is_empty),
        Some(false)
    );
}

#[tokio::test]
async fn where_any_factor_is_enough_a_code_alone_signs_in() {
    let app = TestApp::builder().client("portico-optional").spawn().await;
    let browser = app.browser();
    let ways = browser.begins_without_password("otp").await;
    let code = browser.follows(&browser.chooses(&ways, "otp").await).await;
    browser
        .enters_code(&code, &app.phone("otp").otp().unwrap())
        .await
        .leads_to(app.base());
}

#[tokio::test]
async fn where_any_two_factors_are_wanted_a_push_confirms_a_code_without_a_password() {
    let app = TestApp::builder().client("portico-strict").spawn().await;
    let browser = app.browser();
    let ways = browser.begins_without_password("passwordless").await;
    let code = browser.follows(&browser.chooses(&ways, "otp").await).await;
    let answer = browser
        .enters_code(&code, &app.phone("passwordless").otp().unwrap())
        .await;
    assert!(!browser.is_signed_in());
    let ways = browser.follows(answer.leads_to("/sign-in/factor")).await;
    assert!(
        !ways.ways().contains(&"otp".to_owned()),
        "what was accepted is not asked again"
    );
    let wait = browser.follows(&browser.chooses(&ways, "push").await).await;
    app.phone("passwordless")
        .approve(&app.prompt("passwordless").id)
        .unwrap();
    app.advance(secs(5));
    browser.says_approved(&wait).await.leads_to(app.base());
    assert_eq!(app.grants("password"), 0);
}

#[tokio::test]
async fn each_way_of_client_authentication_signs_in_and_out() {
    let cases: [(&str, &[(&str, &str)]); 5] = [
        (
            "portico-basic",
            &[
                ("okta.client_auth", "client_secret_basic"),
                ("okta.client_secret", CLIENT_SECRET),
            ],
        ),
        (
            "portico-post",
            &[
                ("okta.client_auth", "client_secret_post"),
                ("okta.client_secret", CLIENT_SECRET),
            ],
        ),
        (
            "portico-secret-jwt",
            &[
                ("okta.client_auth", "client_secret_jwt"),
                ("okta.client_secret", CLIENT_SECRET),
            ],
        ),
        (
            "portico-key-rs",
            &[
                ("okta.client_auth", "private_key_jwt"),
                ("okta.private_key", RSA_PRIVATE_KEY_PEM),
                ("okta.private_key_id", RSA_KEY_ID),
            ],
        ),
        (
            "portico-key-es",
            &[
                ("okta.client_auth", "private_key_jwt"),
                ("okta.private_key", EC_PRIVATE_KEY_PEM),
                ("okta.private_key_id", EC_KEY_ID),
            ],
        ),
    ];
    for (client, settings) in cases {
        let mut builder = TestApp::builder().client(client).set("okta.webauthn", "false");
        builder = builder
            .set("sign_in.first", "password")
            .set("sign_in.second", "push, otp, email, sms, voice");
        for (key, value) in settings {
            builder = builder.set(key, value);
        }
        let app = builder.spawn().await;
        let browser = app.browser();
        let code = browser.reaches("otp", "otp").await;
        browser
            .enters_code(&code, &app.phone("otp").otp().unwrap())
            .await
            .leads_to(app.base());
        let signed_out = browser.follows(&browser.signs_out().await).await;
        signed_out.says("We have given up our access to your account at Okta.");
        assert!(
            app.okta().requests().iter().all(|request| request.status != 401),
            "{client}"
        );
    }
}

#[tokio::test]
async fn a_custom_authorization_server_signs_in() {
    for server in ["default", okta_sim::CUSTOM_SERVER] {
        let app = TestApp::builder()
            .set("okta.authorization_server", server)
            .spawn()
            .await;
        let browser = app.browser();
        let wait = browser.reaches("push", "push").await;
        app.phone("push").approve(&app.prompt("push").id).unwrap();
        app.advance(secs(5));
        browser.says_approved(&wait).await.leads_to(app.base());
        let paths = app.okta().requests();
        assert!(
            paths
                .iter()
                .any(|request| request.path.contains(&format!("/oauth2/{server}/")))
        );
    }
}

#[tokio::test]
async fn a_key_that_okta_changed_overnight_signs_nobody_out_and_lets_everybody_in() {
    let app = TestApp::spawn().await;
    let early = app.browser();
    early.begins("password").await.leads_to(app.base());
    app.okta().rotate_keys(true).unwrap();
    app.advance(secs(31));
    let late = app.browser();
    late.begins("password").await.leads_to(app.base());
    assert_eq!(early.session().await["active"], true);
    assert_eq!(late.session().await["active"], true);
}
