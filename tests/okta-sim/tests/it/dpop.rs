//! Proof of possession (RFC 9449).

mod attacks;
mod bound;
mod nonces;
mod proof;

pub(crate) use proof::Key;
use serde_json::json;

use crate::org::{Answer, Org};

const CLIENT: &str = "portico-dpop";

/// A token request with these proofs, each in a header of its own.
pub(crate) async fn send(org: &Org, form: &[(&str, &str)], proofs: &[&str]) -> Answer {
    send_to(org, "/oauth2/v1/token", form, proofs).await
}

async fn send_to(org: &Org, path: &str, form: &[(&str, &str)], proofs: &[&str]) -> Answer {
    let mut request = org.http.post(org.at(path)).form(form);
    for proof in proofs {
        request = request.header("DPoP", *proof);
    }
    org.send(request).await
}

fn password(client: &'static str) -> Vec<(&'static str, &'static str)> {
    vec![
        ("client_id", client),
        ("grant_type", "password"),
        ("username", "password@example.com"),
        ("password", "portico-demo"),
        ("scope", "openid offline_access"),
    ]
}

/// A nonce, which a client gets from a refused request.
pub(crate) async fn nonce(org: &Org, key: &Key) -> String {
    let proof = key.sign(&key.header(), &proof::claims(org, "/oauth2/v1/token"));
    let refused = send(org, &password(CLIENT), &[&proof]).await;
    refused.is(400, "use_dpop_nonce").header("dpop-nonce")
}

/// A good proof for the token endpoint.
pub(crate) fn good(org: &Org, key: &Key, nonce: &str) -> String {
    let mut claims = proof::claims(org, "/oauth2/v1/token");
    claims["nonce"] = json!(nonce);
    key.sign(&key.header(), &claims)
}

/// The bound tokens of a sign-in with a password.
async fn signed_in(org: &Org, key: &Key) -> Answer {
    let nonce = nonce(org, key).await;
    org.seconds(1);
    send(org, &password(CLIENT), &[&good(org, key, &nonce)]).await.ok()
}

async fn refresh(org: &Org, token: &str, proofs: &[&str]) -> Answer {
    let form = [
        ("client_id", CLIENT),
        ("grant_type", "refresh_token"),
        ("refresh_token", token),
    ];
    send(org, &form, proofs).await
}
