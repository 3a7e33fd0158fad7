//! Pushes to Okta Verify, with and without a number challenge.

use okta_sim::{Misuse, NumberChallenge, PromptState, WrongNumber};

use crate::org::{MFA_OOB, OOB, Org};

#[tokio::test]
async fn a_push_is_pending_until_it_is_approved() {
    let org = Org::start().await;
    let mfa_token = org.mfa_token("push@example.com").await;
    let challenge = org.challenge(&mfa_token, "push").await.ok().json();
    assert_eq!(
        (&challenge["interval"], &challenge["binding_method"]),
        (&5.into(), &"none".into())
    );
    let code = challenge["oob_code"].as_str().unwrap();
    org.mfa_oob(&mfa_token, code, None)
        .await
        .is(400, "authorization_pending");
    let prompt = org.phone("push").pending().unwrap();
    assert!(prompt.numbers.is_empty());
    org.phone("push").approve(&prompt.id).unwrap();
    assert!(org.phone("push").deny(&prompt.id).is_err());
    org.seconds(5);
    org.mfa_oob(&mfa_token, code, None).await.ok();
    assert_eq!(org.phone("push").prompts()[0].state, PromptState::Approved);
}

#[tokio::test]
async fn a_denied_push_is_rejected_once_and_another_may_follow() {
    let org = Org::start().await;
    org.allow_unexpected(Misuse::DeadOobCode);
    let (mfa_token, code) = org.push("push@example.com").await;
    let phone = org.phone("push");
    phone.deny(&phone.pending().unwrap().id).unwrap();
    let answer = org.mfa_oob(&mfa_token, &code, None).await.is(400, "invalid_grant");
    assert_eq!(
        answer.text("error_description"),
        "User rejected out-of-band authentication prompt."
    );
    org.mfa_oob(&mfa_token, &code, None).await.is(403, "access_denied");
    assert_eq!(org.unexpected().len(), 0, "it is allowed");
    let again = org.challenge(&mfa_token, "push").await.ok().text("oob_code");
    phone.approve(&phone.pending().unwrap().id).unwrap();
    org.mfa_oob(&mfa_token, &again, None).await.ok();
}

#[tokio::test]
async fn a_number_challenge_takes_the_right_number() {
    let org = Org::start().await;
    for tap_right in [true, false] {
        let mfa_token = org.mfa_token("number@example.com").await;
        let challenge = org.challenge(&mfa_token, "push").await.ok();
        assert_eq!(challenge.text("binding_method"), "transfer");
        let right = challenge.text("binding_code");
        let phone = org.phone("number");
        let prompt = phone.pending().unwrap();
        assert_eq!((prompt.numbers.len(), right.len()), (3, 2));
        let tapped = prompt
            .numbers
            .iter()
            .find(|number| (**number == right) == tap_right)
            .unwrap();
        phone.tap(&prompt.id, tapped).unwrap();
        let answer = org.mfa_oob(&mfa_token, &challenge.text("oob_code"), None).await;
        assert_eq!(answer.status, if tap_right { 200 } else { 400 }, "{}", answer.body);
        org.seconds(1);
    }
    org.set_switch(|on| on.wrong_number = WrongNumber::StaysPending);
    let (mfa_token, code) = org.push("number@example.com").await;
    let phone = org.phone("number");
    phone.tap(&phone.pending().unwrap().id, "no").unwrap();
    org.mfa_oob(&mfa_token, &code, None)
        .await
        .is(400, "authorization_pending");
    // A number challenge cannot be approved without its number.
    org.set_switch(|on| on.wrong_number = WrongNumber::Rejects);
    phone.approve(&phone.pending().unwrap().id).unwrap();
    assert_eq!(phone.prompts()[0].state, PromptState::Denied);
}

#[tokio::test]
async fn the_org_can_force_numbers_either_way() {
    let org = Org::start().await;
    for (setting, login, expected) in [
        (NumberChallenge::Always, "push@example.com", "transfer"),
        (NumberChallenge::Never, "number@example.com", "none"),
    ] {
        org.set_switch(|on| on.number_challenge = setting);
        let mfa_token = org.mfa_token(login).await;
        assert_eq!(org.challenge(&mfa_token, "push").await.text("binding_method"), expected);
    }
}

#[tokio::test]
async fn an_unanswered_push_expires() {
    let org = Org::start().await;
    org.set_switch(|on| on.mfa_token_expires_in_s = 900);
    let (mfa_token, code) = org.push("push@example.com").await;
    org.seconds(300);
    assert_eq!(org.phone("push").prompts()[0].state, PromptState::Expired);
    let answer = org.mfa_oob(&mfa_token, &code, None).await.is(403, "access_denied");
    assert_eq!(
        answer.text("error_description"),
        format!("'{code}' has expired. Use a new 'oob_code' and try again.")
    );
}

#[tokio::test]
async fn a_new_challenge_replaces_the_old_one() {
    let org = Org::start().await;
    org.allow_unexpected(Misuse::DeadOobCode);
    let (mfa_token, old) = org.push("push@example.com").await;
    org.challenge(&mfa_token, "push").await.ok();
    org.mfa_oob(&mfa_token, &old, None).await.is(403, "access_denied");
    let states: Vec<_> = org.phone("push").prompts().iter().map(|prompt| prompt.state).collect();
    assert_eq!(states, [PromptState::Pending, PromptState::Replaced]);
}

#[tokio::test]
async fn a_primary_push_needs_no_password() {
    let org = Org::start().await;
    let answer = org.primary("passwordless@example.com", "push").await.ok();
    assert!(answer.json().get("challenge_type").is_none());
    let phone = org.phone("passwordless");
    phone.approve(&phone.pending().unwrap().id).unwrap();
    let form = [("grant_type", OOB), ("oob_code", &answer.text("oob_code"))];
    let tokens = org.token(&form).await.ok();
    assert_eq!(crate::tokens::claims(&tokens)["amr"], serde_json::json!(["swk"]));
}

#[tokio::test]
async fn the_older_name_needs_no_challenge_hint() {
    let org = Org::start().await;
    org.allow_unexpected(Misuse::BadParameter);
    org.allow_unexpected(Misuse::ScopeNotAllowed);
    let form = [
        ("client_id", "portico-demo"),
        ("login_hint", "push@example.com"),
        ("channel_hint", "push"),
    ];
    org.post("/oauth2/v1/oob-authenticate", &form).await.ok();
    org.post("/oauth2/v1/primary-authenticate", &form)
        .await
        .is(400, "invalid_request");
    let scope = [&form[..], &[("scope", "openid")]].concat();
    org.post("/oauth2/v1/oob-authenticate", &scope)
        .await
        .is(400, "invalid_scope");
    let nobody = org.primary("nobody@example.com", "push").await.is(400, "invalid_grant");
    assert_eq!(
        nobody.text("error_description"),
        "The 'login_hint' does not uniquely identify a user."
    );
    org.primary("push@example.com", "sms").await.is(403, "access_denied");
}

#[tokio::test]
async fn the_first_poll_of_a_primary_factor_fixes_its_scope() {
    let org = Org::start().await;
    org.allow_unexpected(Misuse::ChangedMidFlow);
    let code = org.primary("push@example.com", "push").await.ok().text("oob_code");
    org.token(&[("grant_type", OOB), ("oob_code", &code)])
        .await
        .is(400, "authorization_pending");
    let changed = [
        ("grant_type", OOB),
        ("oob_code", code.as_str()),
        ("client_id", "portico-demo"),
        ("scope", "openid"),
    ];
    org.post("/oauth2/v1/token", &changed).await.is(400, "invalid_scope");
    let as_second = [
        ("grant_type", MFA_OOB),
        ("oob_code", code.as_str()),
        ("mfa_token", "made-up"),
    ];
    org.token(&as_second).await.is(403, "access_denied");
}
