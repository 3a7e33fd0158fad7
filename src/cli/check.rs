//! `portico check`: checks the settings, and with `--online` whether they fit the org.

mod code;
mod online;
mod report;

use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use jiff::SignedDuration;
use portico_views::paths;

use super::config_file::ConfigFile;
use super::failure::CommandFailure;
use super::runtime::block_on;
use super::settings;
use super::terminal::say;
use crate::config::{CheckBy, Config, Dpop};
use crate::startup::{Application, warnings};
use code::FindingCode;
use report::CheckReport;

#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    #[command(flatten)]
    file: ConfigFile,
    /// Ask Okta, and Redis if there is one, as well. Names no user and counts as nobody's try.
    #[arg(long)]
    online: bool,
    /// Print one JSON document (docs/check.md).
    #[arg(long)]
    json: bool,
}

/// Reads the settings and builds every part that needs no network, then reports what the settings mean for sessions, and
/// what Okta and Redis say.
pub(super) fn run(arguments: &CheckArgs) -> Result<(), CommandFailure> {
    let path = arguments.file.config.as_deref();
    let config = match settings::check(path) {
        Err(errors) if arguments.json => {
            let problems = errors.problems.iter().map(ToString::to_string);
            say(&json(&CheckReport::of_settings(problems))?)?;
            return Err(CommandFailure::ReportedSettings);
        }
        config => config.map_err(settings::refused)?,
    };
    let mut report = CheckReport::default();
    if let Err(error) = Application::rehearse(&config).context("no service can be built from these settings") {
        if !arguments.json {
            return Err(error.into());
        }
        report.error(FindingCode::Setting, format!("{error:#}"));
        say(&json(&report)?)?;
        return Err(CommandFailure::Reported);
    }
    report.warnings(warnings(&config).iter().map(ToString::to_string));
    for line in fine(&config) {
        report.fine(line);
    }
    if arguments.online {
        block_on(online::check(&config, &mut report))?;
    }
    if arguments.json {
        say(&json(&report)?)?;
    } else {
        settings::warn(&config);
        say(&report.to_text())?;
    }
    if report.has_problem() {
        Err(CommandFailure::Reported)
    } else {
        Ok(())
    }
}

fn json(report: &CheckReport) -> Result<String, CommandFailure> {
    Ok(report.to_json().context("writing the report")?)
}

/// What the settings mean.
fn fine(config: &Config) -> Vec<String> {
    let mut lines = vec![
        format!(
            "the settings are fine; {} would serve the org {}",
            config.public_url, config.okta.org_url
        ),
        revalidation(config),
        binding(config.okta.dpop).to_owned(),
    ];
    lines.extend(tls(config));
    lines.extend(hosted(config));
    lines.push(home(config));
    lines.extend(upstream(config));
    lines.extend(logout(config));
    lines
}

/// The certificate, if the service has one of its own.
fn tls(config: &Config) -> Option<String> {
    let tls = config.tls.as_ref()?;
    Some(format!(
        "the public port speaks TLS (tls.cert_file); the certificate is valid until {}",
        tls.not_after
    ))
}

/// What the app at Okta needs for sign-ins on Okta's hosted page; the command cannot see whether it has it.
fn hosted(config: &Config) -> Option<String> {
    config.sign_in.okta_hosted.then(|| {
        format!(
            "customers may use Okta's own page (sign_in.okta_hosted = true); the app at Okta needs the grant \
             Authorization Code, the sign-in redirect URI {} and the sign-out redirect URI {}",
            config.public_page(paths::HOSTED_CALLBACK),
            config.public_page(paths::SIGNED_OUT),
        )
    })
}

/// Where customers go who did not ask for a page.
fn home(config: &Config) -> String {
    match &config.portal.home_url {
        Some(home) => format!("customers who did not ask for a page go to {home} after signing in"),
        None => format!(
            "customers who did not ask for a page go to {} after signing in, because no portal is known \
             (portal.home_url)",
            config.public_page(paths::ACCOUNT)
        ),
    }
}

/// Where requests are forwarded to; the command does not test whether anything answers there.
fn upstream(config: &Config) -> Option<String> {
    let upstream = config.portal.upstream.as_ref()?;
    Some(format!(
        "requests for anything but this service's pages are forwarded to {} (portal.upstream); make sure that nothing \
         else can reach it",
        upstream.address
    ))
}

/// Who is told of ended sessions.
fn logout(config: &Config) -> impl Iterator<Item = String> {
    config.portal.logout.targets.iter().map(|target| {
        format!(
            "when a session ends, {} is told at {} (portal.logout_url)",
            target.audience,
            target.shown()
        )
    })
}

/// How the service learns that a customer may no longer sign in.
fn revalidation(config: &Config) -> String {
    let session = &config.session;
    let asked = format!(
        "a session in use is revalidated with Okta at least every {},",
        span(session.revalidate)
    );
    let by_access_token = match session.revalidate_without_refresh_token {
        CheckBy::UserInfo => Some("at the user-info endpoint while the access token lives"),
        CheckBy::Introspection => Some("by introspection while the access token lives"),
        CheckBy::Nothing => None,
    };
    let how = match (config.okta.asks_for_refresh_token(), by_access_token) {
        _ if session.revalidate.is_zero() => {
            "Okta is never asked again about a session (session.revalidate = \"0s\")".to_owned()
        }
        (true, Some(otherwise)) => {
            format!("{asked} with the refresh token; where Okta issued none, {otherwise}")
        }
        (true, None) => format!("{asked} with the refresh token, if Okta issued one"),
        (false, Some(how)) => format!("{asked} {how}"),
        (false, None) => {
            "Okta is never asked again about a session (session.revalidate_without_refresh_token = \"none\")".to_owned()
        }
    };
    let with_token = if session.follow_token_life {
        "; a session without a refresh token ends with its access token"
    } else {
        ""
    };
    let remembered = session.remember.map_or(Duration::ZERO, |it| it.absolute);
    let longest = span(session.absolute.max(remembered));
    format!("{how}{with_token}; every session is over after {longest}")
}

fn binding(dpop: Dpop) -> &'static str {
    match dpop {
        Dpop::On => "Okta's tokens are bound to a key of their session (okta.dpop = \"on\"); the app must demand DPoP",
        Dpop::Auto => "Okta's tokens are bound to a key of their session where Okta binds them (okta.dpop = \"auto\")",
        Dpop::Off => "Okta's tokens are not bound to a key (okta.dpop = \"off\")",
    }
}

/// "10m", "1h 30m", "30d": a duration as it may be written in the settings.
fn span(duration: Duration) -> String {
    const DAY: u64 = 86_400;
    match duration.as_secs() {
        seconds if seconds > DAY && seconds.is_multiple_of(DAY) => format!("{}d", seconds / DAY),
        seconds => {
            let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
            format!("{:#}", SignedDuration::from_secs(seconds))
        }
    }
}
