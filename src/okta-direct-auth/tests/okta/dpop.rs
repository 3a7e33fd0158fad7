//! Proof of possession (RFC 9449): what goes over the wire, and what is accepted.

mod binding;
mod nonces;
mod proofs;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use okta_direct_auth::{Client, Config, Context, DpopMode, Error, Password, Step, TokenSet};
use serde_json::Value;
use url::Url;

use crate::scripted::{Okta, Reply, Seen, id_token, tokens};

fn config(okta: &Okta, dpop: DpopMode) -> Config {
    Config { dpop, ..okta.config() }
}

fn client(okta: &Okta, dpop: DpopMode) -> Client {
    Okta::client_with(config(okta, dpop)).0
}

async fn password(client: &Client) -> Result<Step, Error> {
    client.password("robin", &Password::new("x"), &Context::default()).await
}

async fn sign_in(client: &Client) -> TokenSet {
    match password(client).await.unwrap() {
        Step::SignedIn(tokens) => *tokens,
        step @ Step::MfaRequired(_) => panic!("{step:?}"),
    }
}

/// Header or payload of the proof that a request carried.
fn part(seen: &Seen, at: usize) -> Value {
    let part = seen.headers["dpop"].split('.').nth(at).unwrap();
    serde_json::from_slice(&BASE64.decode(part).unwrap()).unwrap()
}

fn jwk(seen: &Seen) -> Value {
    part(seen, 0)["jwk"].clone()
}

fn claims(seen: &Seen) -> Value {
    part(seen, 1)
}

/// Good tokens of this type, with a nonce for the next call if there is one.
fn tokens_of(seen: &Seen, token_type: &str, nonce: Option<&str>) -> Reply {
    let url = Url::parse(&format!("http://{}", seen.headers["host"])).unwrap();
    let mut body = tokens(&id_token(&url, "one", &serde_json::json!({})));
    body["token_type"] = token_type.into();
    let mut headers = vec![("content-type", "application/json".to_owned())];
    headers.extend(nonce.map(|nonce| ("dpop-nonce", nonce.to_owned())));
    Reply::With(200, headers, body.to_string())
}

/// A refusal, with a nonce beside it if there is one.
fn refused(status: u16, code: &str, nonce: Option<&str>) -> Reply {
    let mut headers = vec![("content-type", "application/json".to_owned())];
    headers.extend(nonce.map(|nonce| ("DPoP-Nonce", nonce.to_owned())));
    let body = serde_json::json!({"error": code, "error_description": ""});
    Reply::With(status, headers, body.to_string())
}
