//! Whether anything answers where portals are told of ended sessions. No token is sent: it would end a session.

use std::error::Error;

use super::super::code::FindingCode;
use super::super::report::CheckReport;
use crate::config::Config;
use crate::portal::back_channel::answer_of;

pub(super) async fn check(config: &Config, report: &mut CheckReport) {
    let logout = &config.portal.logout;
    for target in &logout.targets {
        let url = target.shown();
        match answer_of(&target.url, logout.ca_pem.as_deref()).await {
            Ok(300..400) => report.error(
                FindingCode::PortalRedirects,
                format!("{url} (portal.logout_url) redirects, and no logout token follows a redirect: name the final address"),
            ),
            Ok(_) => report.fine(format!("something answers at {url} (portal.logout_url)")),
            Err(why) => report.error(
                FindingCode::PortalUnreachable,
                format!(
                    "nothing answers at {url} (portal.logout_url), so that portal would keep sessions that have ended: {}",
                    last_words(&why)
                ),
            ),
        }
    }
    if !logout.targets.is_empty() {
        report
            .unseen("whether the portal accepts logout tokens: sign in and out, and see whether its own session ends");
    }
}

/// The innermost reason.
fn last_words(error: &dyn Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}
