//! Whether Okta accepts this service as its client.

use okta_direct_auth::{Client, Error};

use super::super::code::FindingCode;
use super::super::report::{CheckReport, Finding, Severity};
use super::refusal;
use crate::config::{ClientAuthMethod, Config};

/// Whether it does. If not, no other call can tell anything.
pub(super) async fn check(okta: &Client, config: &Config, report: &mut CheckReport) -> bool {
    let Err(error) = okta.probe_client().await else {
        let method = method(config.okta.client_auth);
        report.fine(format!("Okta accepts the client {} ({method})", config.okta.client_id));
        return true;
    };
    match refused(&error, config) {
        Some(finding) => report.add(finding),
        None => refusal::tell(&error, "the client's authentication", report),
    }
    false
}

/// Okta knows no such client.
pub(super) fn unknown() -> Finding {
    let text = "Okta knows no app with this client ID (okta.client_id) at okta.org_url";
    Finding::new(FindingCode::ClientUnknown, Severity::Error, text)
}

fn refused(error: &Error, config: &Config) -> Option<Finding> {
    let method = config.okta.client_auth;
    let signs_with_secret = method == ClientAuthMethod::ClientSecretJwt;
    let finding = match error.cause() {
        "invalid_client_id" | "client_assertion_invalid_issuer" | "client_assertion_invalid_subject" => unknown(),
        "invalid_client_secret" => secret_wrong(),
        "client_assertion_invalid_signature" | "client_assertion_invalid_secret_length" if signs_with_secret => {
            secret_wrong().inferred()
        }
        "client_assertion_invalid_signature" => key_wrong("no public key that Okta has saved for the app fits it"),
        "client_assertion_invalid_signature_algorithm" if !signs_with_secret => {
            key_wrong("the app's public key is of another kind").inferred()
        }
        "client_assertion_invalid_kid" => key_id_wrong(config),
        "invalid_client" => method_wrong(method).inferred(),
        "client_assertion_jwks_not_configured"
        | "client_assertion_invalid_no_secret"
        | "client_assertion_invalid_signature_algorithm"
        | "missing_client_credentials"
        | "invalid_basic_auth_creds"
        | "multiple_client_credentials" => method_wrong(method),
        cause if cause.starts_with("client_assertion_") || cause == "jwks_uri_error" => {
            let text = format!("Okta does not accept how the service authenticates: {cause}");
            Finding::new(FindingCode::ClientRefused, Severity::Error, text)
        }
        _ => return None,
    };
    Some(finding)
}

fn secret_wrong() -> Finding {
    let text = "the client secret (okta.client_secret) is not the app's";
    Finding::new(FindingCode::SecretWrong, Severity::Error, text)
}

fn key_wrong(why: &str) -> Finding {
    let text = format!("the private key (okta.private_key) is not the app's: {why}");
    Finding::new(FindingCode::KeyWrong, Severity::Error, text)
}

fn key_id_wrong(config: &Config) -> Finding {
    let text = match &config.okta.private_key_id {
        Some(id) => format!("the app has no active key with the id {id} (okta.private_key_id)"),
        None => "the app has several keys, so okta.private_key_id must say which is used".to_owned(),
    };
    Finding::new(FindingCode::KeyIdWrong, Severity::Error, text)
}

fn method_wrong(used: ClientAuthMethod) -> Finding {
    let text = format!(
        "the app does not authenticate by {} (okta.client_auth): its setting at Okta is another one",
        method(used)
    );
    Finding::new(FindingCode::MethodWrong, Severity::Error, text)
}

/// The method as in the settings.
const fn method(method: ClientAuthMethod) -> &'static str {
    match method {
        ClientAuthMethod::None => "none",
        ClientAuthMethod::ClientSecretBasic => "client_secret_basic",
        ClientAuthMethod::ClientSecretPost => "client_secret_post",
        ClientAuthMethod::ClientSecretJwt => "client_secret_jwt",
        ClientAuthMethod::PrivateKeyJwt => "private_key_jwt",
    }
}
