//! `portico check --online`: asks Okta, Redis if there is one, and portals that are told of ended sessions, whether these settings can work.
//!
//! Each probe builds on the one before, and the first that fails says why: one cause, one finding. No call names a user
//! of the org, and no call counts as anybody's try.

mod calls;
mod certificate;
mod client;
mod clock;
mod discovery;
mod dpop;
mod grants;
mod keys;
mod network;
mod passkeys;
mod portals;
mod rate_limit;
mod redirects;
mod redis;
mod refusal;
mod scopes;

use std::sync::Arc;

use anyhow::Context as _;

use self::calls::OktaCalls;
use super::report::CheckReport;
use crate::cli::failure::CommandFailure;
use crate::config::{AuthorizationServer, Config};
use crate::startup;

/// Adds what it finds to the report.
pub(super) async fn check(config: &Config, report: &mut CheckReport) -> Result<(), CommandFailure> {
    let calls = Arc::new(OktaCalls::default());
    let okta = startup::observed_okta(config, Arc::clone(&calls) as _).context("okta: the client could not be made")?;
    let mut has_asked_all = false;
    if let Some(metadata) = discovery::check(&okta, config, report).await {
        clock::check(&calls, report);
        keys::check(&okta, report).await;
        if discovery::check_app(&okta, report).await && client::check(&okta, config, report).await {
            has_asked_all = grants::check(&okta, config, report).await;
            discovery::check_listed(&metadata, config, report);
            if has_asked_all && config.sign_in.okta_hosted {
                redirects::check(&okta, config, report).await;
            }
        }
        rate_limit::check(&calls, report);
    }
    if !has_asked_all {
        report.unseen("what Okta tells only once the finding above is put right: check again then");
    }
    passkeys::check(config, report);
    redis::check(config, report).await;
    portals::check(config, report).await;
    unseen(config, report);
    Ok(())
}

/// What no call can find out without a user.
fn unseen(config: &Config, report: &mut CheckReport) {
    report.unseen(
        "which users are assigned to the app, which authenticators they have, and what its sign-in policy asks for: sign \
         in as a test user (docs/okta-setup.md, step 10)",
    );
    report.unseen("which client address Okta sees: Reports → System Log shows it after a sign-in");
    if config.okta.authorization_server != AuthorizationServer::Org {
        report.unseen(
            "whether a rule of the authorization server's access policies allows each user these grants and scopes: Okta \
             looks at the rules only once it knows the user",
        );
    }
    if config.sign_in.okta_hosted {
        report.unseen("whether the sign-out redirect URI is registered: sign out after a sign-in on Okta's page");
    }
}
