//! `portico explain`: how forward-auth would answer one request, and which rule decides it.

use std::fs;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

use anyhow::{Context as _, anyhow};
use clap::Args;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::config_file::ConfigFile;
use super::failure::CommandFailure;
use super::settings;
use super::terminal::{say, say_json};
use crate::clock::{Clock as _, SystemClock};
use crate::config::Config;
use crate::domain::identity::{Identity, Person};
use crate::portal::explain::{ExplainedOutcome, explain};
use crate::portal::gate::PortalRequest;
use crate::startup;
use crate::web::forward_auth::verify::RawAuthRequest;

#[derive(Debug, Args)]
pub(super) struct ExplainArgs {
    #[command(flatten)]
    file: ConfigFile,
    /// The URL that is requested.
    #[arg(long, required_unless_present = "request", conflicts_with = "request")]
    url: Option<String>,
    /// The request's method.
    #[arg(long, default_value = "GET", requires = "url")]
    method: String,
    /// Treat it as a browser's CORS preflight: OPTIONS, without a body.
    #[arg(long, requires = "url", conflicts_with = "method")]
    preflight: bool,
    /// A file with a request as the proxy sends it to /verify/…: request line and headers; `-` reads standard input.
    #[arg(long, value_name = "FILE")]
    request: Option<PathBuf>,
    /// The address from which the proxy sends that request.
    #[arg(long, value_name = "ADDRESS", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST), requires = "request")]
    peer: IpAddr,
    /// The user who is signed in. Default: nobody.
    #[arg(long, value_name = "LOGIN", allow_hyphen_values = true)]
    user: Option<String>,
    /// A group of that user. May be repeated.
    #[arg(long = "group", value_name = "NAME", requires = "user", allow_hyphen_values = true)]
    groups: Vec<String>,
    /// The assurance level (`acr`) of the session.
    #[arg(long, value_name = "CLASS", requires = "user", allow_hyphen_values = true)]
    acr: Option<String>,
    /// How long ago the user authenticated: `90s`, `10m`.
    #[arg(long, value_name = "TIME", default_value = "0s", requires = "user")]
    age: SignedDuration,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// The decision, for scripts.
#[derive(Debug, Serialize)]
struct Decision<'a> {
    outcome: &'static str,
    /// Whether the request passes all the same (`portal.shadow`).
    shadow: bool,
    lines: Vec<Line<'a>>,
}

#[derive(Debug, Serialize)]
struct Line<'a> {
    about: &'a str,
    text: &'a str,
}

/// Prints the decision.
pub(super) fn run(arguments: &ExplainArgs) -> Result<(), CommandFailure> {
    let config = settings::load(arguments.file.config.as_deref())?;
    let now = SystemClock.now();
    let who = arguments.user.as_deref().map(|login| person(arguments, login, now));
    let gate = startup::gate(&config).map_err(|error| CommandFailure::Failed(anyhow::Error::new(error)))?;
    let explanation = match (&arguments.url, &arguments.request) {
        (Some(url), _) => {
            // Split by hand: a URL parser would, like a browser, tidy up the very paths that are refused.
            let parts = url.split_once("://").and_then(|(scheme, rest)| {
                let (host, uri) = rest.split_at_checked(rest.find('/')?)?;
                Some((scheme, host, uri))
            });
            let (scheme, host, uri) = parts.ok_or_else(|| anyhow!("{url} is not like https://host/path"))?;
            let is_preflight = arguments.preflight;
            let asked = PortalRequest {
                scheme,
                host,
                uri,
                method: if is_preflight { "OPTIONS" } else { &arguments.method },
                is_preflight,
            };
            explain(&gate, &asked, who.as_ref(), now)
        }
        (None, Some(file)) => {
            let request = auth_request(&config, file, arguments.peer)?;
            let mut explanation = explain(&gate, &request.asked(), who.as_ref(), now);
            let from = format!("{} by {}", request.client, request.proxy);
            explanation.lines.insert(0, ("from".to_owned(), from));
            explanation
        }
        (None, None) => return Err(anyhow!("give --url or --request").into()),
    };
    if arguments.json {
        let lines = explanation.lines.iter().map(|(about, text)| Line { about, text });
        return say_json(&Decision {
            outcome: name(explanation.outcome),
            shadow: config.portal.shadow,
            lines: lines.collect(),
        });
    }
    let shadow = "shadow    portal.shadow is true: it passes all the same, and is only counted\n";
    say(&explanation.to_string())?;
    say(if config.portal.shadow { shadow } else { "" })
}

fn name(outcome: ExplainedOutcome) -> &'static str {
    match outcome {
        ExplainedOutcome::Allowed => "allowed",
        ExplainedOutcome::SignIn => "sign_in",
        ExplainedOutcome::StepUp => "step_up",
        ExplainedOutcome::Forbidden => "forbidden",
        ExplainedOutcome::Malformed => "malformed",
    }
}

fn auth_request(config: &Config, file: &PathBuf, peer: IpAddr) -> Result<RawAuthRequest, CommandFailure> {
    let text = if file.as_os_str() == "-" {
        std::io::read_to_string(std::io::stdin()).context("reading standard input")
    } else {
        fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))
    };
    let trusted = startup::trusted(config);
    RawAuthRequest::read(&text?, peer, config.mount_path(), &trusted)
        .map_err(|fault| CommandFailure::Failed(anyhow!("{fault}")))
}

fn person(arguments: &ExplainArgs, login: &str, now: Timestamp) -> Identity {
    Identity::from(Person {
        subject: login.to_owned(),
        name: login.to_owned(),
        login: login.to_owned(),
        email: None,
        groups: arguments.groups.clone(),
        acr: arguments.acr.clone(),
        amr: Vec::new(),
        auth_time: now.saturating_sub(arguments.age).unwrap_or(now),
    })
}
