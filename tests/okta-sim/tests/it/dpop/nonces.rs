//! How long a nonce is valid, and which clients must send a proof at all.

use okta_sim::{CUSTOM_SERVER, DpopDemand, Endpoint, Misuse, UnaskedProof};
use serde_json::json;

use super::{CLIENT, Key, good, nonce, password, proof::claims, send, send_to};
use crate::org::{MFA_OTP, Org};

#[tokio::test]
async fn a_nonce_is_demanded_and_then_accepted() {
    let org = Org::start().await;
    let key = Key::new();
    let bare = key.sign(&key.header(), &claims(&org, "/oauth2/v1/token"));
    let refused = send(&org, &password(CLIENT), &[&bare]).await.is(400, "use_dpop_nonce");
    assert_eq!(
        refused.text("error_description"),
        "Authorization server requires nonce in DPoP proof."
    );
    let nonce = refused.header("dpop-nonce");
    // With the nonce, the same sign-in succeeds.
    let tokens = send(&org, &password(CLIENT), &[&good(&org, &key, &nonce)]).await;
    assert_eq!(tokens.ok().text("token_type"), "DPoP");
    assert_eq!(org.count(Endpoint::Token), 2);
}

#[tokio::test]
async fn a_nonce_made_up_or_of_another_server_is_answered_with_a_good_one() {
    let org = Org::start().await;
    let key = Key::new();
    let path = format!("/oauth2/{CUSTOM_SERVER}/v1/token");
    let org_nonce = nonce(&org, &key).await;
    for nonce in ["made-up", &org_nonce] {
        let mut claims = claims(&org, &path);
        claims["nonce"] = json!(nonce);
        let proof = key.sign(&key.header(), &claims);
        let refused = send_to(&org, &path, &password(CLIENT), &[&proof])
            .await
            .is(400, "use_dpop_nonce");
        assert_ne!(refused.header("dpop-nonce"), org_nonce);
    }
}

#[tokio::test]
async fn a_nonce_is_renewed_daily_and_good_for_three_more_days() {
    let org = Org::start().await;
    let key = Key::new();
    let first = nonce(&org, &key).await;
    org.seconds(24 * 3600);
    let proof = good(&org, &key, &first);
    let answer = send(&org, &password(CLIENT), &[&proof]).await.ok();
    let second = answer.header("dpop-nonce");
    assert_ne!(second, first);
    org.seconds(3 * 24 * 3600 - 1);
    let proof = good(&org, &key, &first);
    send(&org, &password(CLIENT), &[&proof]).await.ok();
    org.seconds(1);
    let proof = good(&org, &key, &first);
    send(&org, &password(CLIENT), &[&proof]).await.is(400, "use_dpop_nonce");
}

#[tokio::test]
async fn every_answer_to_a_proof_names_the_nonce() {
    let org = Org::start().await;
    let key = Key::new();
    let nonce = nonce(&org, &key).await;
    let form = [
        ("client_id", CLIENT),
        ("grant_type", "password"),
        ("username", "otp@example.com"),
        ("password", "portico-demo"),
        ("scope", "openid"),
    ];
    let more = send(&org, &form, &[&good(&org, &key, &nonce)])
        .await
        .is(403, "mfa_required");
    assert_eq!(more.header("dpop-nonce"), nonce);
    let otp = org.phone("otp").otp().unwrap();
    let form = [
        ("client_id", CLIENT),
        ("grant_type", MFA_OTP),
        ("mfa_token", &more.text("mfa_token")),
        ("otp", &otp),
        ("scope", "openid"),
    ];
    let tokens = send(&org, &form, &[&good(&org, &key, &nonce)]).await.ok();
    assert_eq!(tokens.header("dpop-nonce"), nonce);
}

#[tokio::test]
async fn nonces_can_be_left_out() {
    let org = Org::start().await;
    org.set_switch(|on| on.dpop_nonces = false);
    let key = Key::new();
    let bare = key.sign(&key.header(), &claims(&org, "/oauth2/v1/token"));
    send(&org, &password(CLIENT), &[&bare]).await.ok();
}

#[tokio::test]
async fn proofs_can_be_demanded_of_all_some_or_no_clients() {
    use DpopDemand::{Always, Never, PerClient};
    use UnaskedProof::{Binds, Ignored};
    let rows = [
        (PerClient, Ignored, "portico-demo", true, "Bearer"),
        (PerClient, Ignored, "portico-demo", false, "Bearer"),
        (PerClient, Binds, "portico-demo", true, "DPoP"),
        (PerClient, Binds, "portico-demo", false, "Bearer"),
        (PerClient, Ignored, CLIENT, true, "DPoP"),
        (PerClient, Ignored, CLIENT, false, ""),
        (Never, Ignored, CLIENT, false, "Bearer"),
        (Always, Ignored, "portico-demo", true, "DPoP"),
        (Always, Ignored, "portico-demo", false, ""),
    ];
    let org = Org::start().await;
    org.allow_unexpected(Misuse::BadProof);
    let key = Key::new();
    let nonce = nonce(&org, &key).await;
    for (demand, unasked, client, is_shown, token_type) in rows {
        org.seconds(1);
        org.set_switch(|on| (on.dpop, on.unasked_dpop_proof) = (demand, unasked));
        let proof = good(&org, &key, &nonce);
        let proofs = [proof.as_str()];
        let proofs = if is_shown { &proofs[..] } else { &[] };
        let answer = send(&org, &password(client), proofs).await;
        assert_eq!(answer.text("token_type"), token_type, "{demand:?} {unasked:?} {client}");
        assert_eq!(answer.status == 400, token_type.is_empty());
    }
}

/// Whether `/primary-authenticate` needs a proof is not documented; sending one is no mistake.
#[tokio::test]
async fn a_proof_where_none_is_needed_does_no_harm() {
    let org = Org::start().await;
    let key = Key::new();
    let path = "/oauth2/v1/primary-authenticate";
    let form = [
        ("client_id", CLIENT),
        ("login_hint", "push@example.com"),
        ("challenge_hint", crate::org::OOB),
        ("channel_hint", "push"),
    ];
    let proof = key.sign(&key.header(), &claims(&org, path));
    send_to(&org, path, &form, &[&proof]).await.ok();
    send_to(&org, path, &form, &[]).await.ok();
}
