//! Whether Okta is there, and what it says about itself.

use std::sync::Arc;

use okta_direct_auth::{Client, Error, ErrorKind, Grant, Metadata};

use super::super::code::FindingCode;
use super::super::report::{CheckReport, Finding, Severity};
use super::{client, grants, network};
use crate::config::{AuthorizationServer, Config};

/// The discovery document as the service uses it; without it nothing else can be asked.
pub(super) async fn check(okta: &Client, config: &Config, report: &mut CheckReport) -> Option<Arc<Metadata>> {
    match okta.metadata().await {
        Ok(metadata) => {
            report.fine(format!("Okta answers, as {}", metadata.issuer));
            Some(metadata)
        }
        Err(error) => {
            report.add(unusable(&error, config).await);
            None
        }
    }
}

/// The document as it is for this app. Whether the client can be asked for more.
pub(super) async fn check_app(okta: &Client, report: &mut CheckReport) -> bool {
    let Err(error) = okta.probe_issuer().await else {
        return true;
    };
    if error.issuers().is_some() {
        report.add(issuer_differs(&error));
    } else if error.cause() == "invalid_client_id" {
        report.add(client::unknown());
        return false;
    }
    // Anything else was right a moment ago, without the app; the next probes tell.
    true
}

/// Grants that the document does not list. They may work all the same.
pub(super) fn check_listed(metadata: &Metadata, config: &Config, report: &mut CheckReport) {
    let listed = &metadata.grant_types_supported;
    // No org lists the grants of WebAuthn, not even where they work.
    let is_listed = |grant: &Grant| {
        listed.is_empty()
            || matches!(grant, Grant::Webauthn | Grant::MfaWebauthn)
            || listed.iter().any(|name| name == grant.as_str())
    };
    let unlisted: Vec<_> = grants::needed(config)
        .filter(|grant| !is_listed(grant))
        .map(Grant::as_str)
        .collect();
    if !unlisted.is_empty() {
        let text = format!(
            "Okta's discovery document does not list {}; in some orgs they work all the same",
            unlisted.join(", ")
        );
        report.warn(FindingCode::GrantUnlisted, text);
    }
}

async fn unusable(error: &Error, config: &Config) -> Finding {
    let org = &config.okta.org_url;
    let custom = match &config.okta.authorization_server {
        AuthorizationServer::Org => None,
        AuthorizationServer::Custom(id) => Some(id),
    };
    let of = |code, text: String| Finding::new(code, Severity::Error, text);
    match (error.kind(), error.cause()) {
        (ErrorKind::Unavailable, "connect_failed" | "connect_timeout") => network::why(&config.okta, error).await,
        (ErrorKind::RateLimited, _) => {
            let text = "Okta's rate limit is used up, so nothing else is known; check again in a minute".to_owned();
            Finding::new(FindingCode::RateLimited, Severity::Unknown, text)
        }
        (ErrorKind::Unavailable, cause) => of(
            FindingCode::NoAnswer,
            format!("{org} can be reached and does not answer properly: {cause}"),
        ),
        (_, "issuer_differs") => issuer_differs(error),
        (_, "endpoint_elsewhere") => of(
            FindingCode::EndpointsElsewhere,
            format!(
                "Okta's endpoints are not at {org} (okta.org_url): set it to the org's address, or to its custom domain, \
                 as the discovery document has it"
            ),
        ),
        (_, "endpoint_not_found") if let Some(id) = custom => of(
            FindingCode::ServerUnknown,
            format!("the org has no authorization server {id} (okta.authorization_server)"),
        ),
        (ErrorKind::Nonsense, cause) | (_, cause @ "endpoint_not_found") => of(
            FindingCode::NotAnOrg,
            format!("{org} (okta.org_url) answers, but not as an Okta org does: {cause}"),
        ),
        (_, cause) => of(
            FindingCode::DiscoveryUnusable,
            format!("Okta's discovery document does not fit these settings: {cause}"),
        ),
    }
}

fn issuer_differs(error: &Error) -> Finding {
    let (expected, received) = error.issuers().map_or(("", ""), |it| (&it.expected, &it.received));
    let text = format!(
        "Okta's issuer is {received}, and these settings expect {expected} (okta.org_url, okta.authorization_server), so \
         every right password would end in an error: set okta.org_url to the address that the issuer names, or change the \
         issuer at Okta"
    );
    Finding::new(FindingCode::IssuerDiffers, Severity::Error, text)
}
