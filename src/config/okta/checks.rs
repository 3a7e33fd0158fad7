//! Rules that span keys of `[okta]`.

use std::time::Duration;

use okta_direct_auth::check_private_key;
use secrecy::{ExposeSecret, SecretString};

use super::client_auth_method::ClientAuthMethod;
use crate::config::reader::Reader;

/// What the method needs must be set; what it does not use is a sign of a mistake, and refused.
pub(super) fn client(
    reader: &mut Reader,
    method: ClientAuthMethod,
    secret: Option<&SecretString>,
    key: Option<&SecretString>,
) {
    match (method.needs_secret(), secret) {
        (true, None) => reader.refuse(
            "okta.client_auth",
            "needs the client secret, which is not set",
            "client_secret_file = \"/run/secrets/okta_client_secret\"",
        ),
        (false, Some(_)) => reader.refuse(
            "okta.client_secret",
            "is set, but okta.client_auth does not use it",
            "client_auth = \"client_secret_basic\", or remove the secret",
        ),
        (true, Some(secret)) if too_short(method, secret) => reader.refuse(
            "okta.client_secret",
            "is shorter than the 32 characters that client_secret_jwt needs",
            "client_auth = \"client_secret_basic\", or a longer secret",
        ),
        (true, Some(_)) | (false, None) => {}
    }
    match (method == ClientAuthMethod::PrivateKeyJwt, key) {
        (true, None) => reader.refuse(
            "okta.client_auth",
            "needs the private key, which is not set",
            "private_key_file = \"/run/secrets/okta_private_key.pem\"",
        ),
        (false, Some(_)) => reader.refuse(
            "okta.private_key",
            "is set, but okta.client_auth does not use it",
            "client_auth = \"private_key_jwt\", or remove the key",
        ),
        (true, Some(key)) => private_key(reader, key.expose_secret()),
        (false, None) => {}
    }
}

fn too_short(method: ClientAuthMethod, secret: &SecretString) -> bool {
    method == ClientAuthMethod::ClientSecretJwt && secret.expose_secret().len() < 32
}

fn private_key(reader: &mut Reader, pem: &str) {
    let one_in_pem = "a file that starts with -----BEGIN PRIVATE KEY-----";
    let (rule, fix) = if pem.contains("BEGIN ENCRYPTED PRIVATE KEY") || pem.contains("Proc-Type: 4,ENCRYPTED") {
        ("is encrypted with a passphrase".to_owned(), one_in_pem)
    } else if pem.contains("BEGIN PUBLIC KEY") || pem.contains("BEGIN CERTIFICATE") {
        ("is a public key or a certificate".to_owned(), one_in_pem)
    } else if !pem.contains("PRIVATE KEY-----") {
        ("is not a private key in PEM form".to_owned(), one_in_pem)
    } else if let Err(unusable) = check_private_key(pem) {
        let fix = "a key that `openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048` made, registered at Okta";
        (unusable.to_string(), fix)
    } else {
        return;
    };
    reader.refuse("okta.private_key", &rule, fix);
}

pub(super) fn timeouts(reader: &mut Reader, connect: Duration, whole: Duration) {
    if connect >= whole {
        let rule = "must be longer than okta.connect_timeout, which is a part of it";
        reader.refuse("okta.timeout", rule, "connect_timeout = \"3s\" and timeout = \"10s\"");
    }
}

pub(super) fn scopes(reader: &mut Reader, scopes: &[String]) {
    if !scopes.iter().any(|scope| scope == "openid") {
        let rule = "must hold \"openid\": without it Okta sends no ID token";
        reader.refuse("okta.scopes", rule, "scopes = [\"openid\", \"profile\", \"email\"]");
    }
}
