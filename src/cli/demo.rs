//! `portico demo`: a simulated Okta org, the service, and a small portal behind it, on loopback or in a container.

mod portal;

use anyhow::Context as _;
use clap::Args;
use okta_sim::{ClientPatch, Settings as SimSettings, Simulator, UniversalLogout};
use portico_views::paths;
use std::net::{Ipv4Addr, SocketAddr};

use super::failure::CommandFailure;
use super::runtime::block_on;
use super::signals;
use super::terminal::say;
use crate::config;
use crate::config::Config;
use crate::startup::{Application, Overrides};
use crate::telemetry::{logs, panics};

/// The client id of the service at the simulated org.
const CLIENT: &str = "portico-demo";

/// Where the parts of the demo listen.
#[derive(Debug, Args)]
pub(super) struct DemoArgs {
    /// Port of the sign-in service; 0 chooses a free one.
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Port of the simulated Okta org and its phones; 0 chooses a free one.
    #[arg(long, default_value_t = 8081)]
    sim_port: u16,
    /// Port of the sample portal; 0 chooses a free one.
    #[arg(long, default_value_t = 8082)]
    portal_port: u16,
    /// Listen on all addresses: for a container whose ports are published to this machine alone, under the same numbers.
    #[arg(long)]
    any_address: bool,
    /// Seconds between two polls for the answer to a push.
    #[arg(long, default_value_t = 5, hide = true)]
    push_interval: u64,
}

impl DemoArgs {
    fn listen(&self, port: u16) -> SocketAddr {
        let address = if self.any_address {
            Ipv4Addr::UNSPECIFIED
        } else {
            Ipv4Addr::LOCALHOST
        };
        SocketAddr::from((address, port))
    }
}

/// Runs all parts until the command is told to stop.
pub(super) fn run(arguments: &DemoArgs) -> Result<(), CommandFailure> {
    logs::init(logs::LogFormat::Text, "warn").context("setting up the log")?;
    panics::log_panics();
    block_on(async {
        let simulator = Simulator::start(SimSettings {
            listen: arguments.listen(arguments.sim_port),
            interval: std::time::Duration::from_secs(arguments.push_interval.max(1)),
            strict: false,
            ..SimSettings::default()
        })
        .await
        .context("starting the simulated Okta org (--sim-port moves it)")?;
        let portal = portal::Portal::bind(arguments.listen(arguments.portal_port))
            .context("starting the sample portal (--portal-port moves it)")?;
        let listen = free_port(arguments.listen(arguments.port)).context("looking for a free port")?;
        let config = settings(listen, simulator.url().as_str(), portal.port())?;
        let mut logout_endpoint = config.public_url.clone();
        logout_endpoint.set_path("/global-token-revocation");
        simulator.register_universal_logout(UniversalLogout::at(logout_endpoint));
        simulator
            .set_client(CLIENT, reachable(&config))
            .context("telling the simulated Okta org where the service is")?;
        let application = Application::build(&config, Overrides::default())
            .context("starting the sign-in service (--port moves it)")?;
        signals::stop_on_signals(application.stop_handle())?;
        let portal_url = portal.url();
        let portal = tokio::spawn(
            portal
                .run(config.public_url.clone())
                .context("starting the sample portal")?,
        );
        say(&welcome(
            &portal_url,
            config.public_url.as_str(),
            simulator.url().as_str(),
        ))?;
        let result = application.run().await.context("serving");
        portal.abort();
        simulator.stop().await;
        Ok(result?)
    })
}

/// Where Okta's hosted page may send browsers back to, after sign-in and after sign-out.
fn reachable(config: &Config) -> ClientPatch {
    ClientPatch {
        redirect_uris: Some(vec![config.public_page(paths::HOSTED_CALLBACK)]),
        post_logout_redirect_uris: Some(vec![config.public_page(paths::SIGNED_OUT)]),
        ..ClientPatch::default()
    }
}

/// The public address must be known before the service listens, so a free port is found first.
fn free_port(wanted: SocketAddr) -> std::io::Result<SocketAddr> {
    if wanted.port() != 0 {
        return Ok(wanted);
    }
    std::net::TcpListener::bind(wanted)?.local_addr()
}

/// The demo's settings, read the same way as an operator's.
fn settings(listen: SocketAddr, org: &str, portal_port: u16) -> Result<Config, CommandFailure> {
    let port = listen.port();
    let ways = "password, passkey, push, otp, email, sms, voice";
    let second = "push, otp, passkey, email, sms, voice";
    let portal = format!("http://localhost:{portal_port}");
    let pairs = [
        ("PORTICO_PUBLIC_URL", format!("http://localhost:{port}")),
        ("PORTICO_LISTEN", listen.to_string()),
        ("PORTICO_OKTA__ORG_URL", org.to_owned()),
        ("PORTICO_OKTA__CLIENT_ID", CLIENT.to_owned()),
        ("PORTICO_OKTA__WEBAUTHN", "true".to_owned()),
        ("PORTICO_SIGN_IN__FIRST", ways.to_owned()),
        ("PORTICO_SIGN_IN__SECOND", second.to_owned()),
        ("PORTICO_SIGN_IN__OKTA_HOSTED", "true".to_owned()),
        (
            "PORTICO_SIGN_IN__LINKS__FORGOT_PASSWORD",
            format!("{portal}/help#password"),
        ),
        (
            "PORTICO_SIGN_IN__LINKS__SET_UP_FACTORS",
            format!("{portal}/help#factors"),
        ),
        ("PORTICO_SIGN_IN__LINKS__HELP", format!("{portal}/help")),
        ("PORTICO_SIGN_IN__LINKS__PRIVACY", format!("{portal}/help#privacy")),
        ("PORTICO_SIGN_IN__LINKS__CONTACT", "the Acme service desk".to_owned()),
        ("PORTICO_PORTAL__HOME_URL", format!("{portal}/")),
        ("PORTICO_PORTAL__NAME", "Acme Portal".to_owned()),
        ("PORTICO_BRAND__NAME", "Acme".to_owned()),
        ("PORTICO_BRAND__COLOUR", "#2159c9".to_owned()),
        ("PORTICO_OPS__LISTEN", "127.0.0.1:0".to_owned()),
        // No balancer stands in front, and the developer waits for the prompt.
        ("PORTICO_OPS__DRAIN_DELAY", "0s".to_owned()),
        // The demo leaves nothing behind.
        ("PORTICO_STORE__KIND", "memory".to_owned()),
    ];
    let pairs = pairs.into_iter().map(|(name, value)| (name.to_owned(), value));
    let mut config = config::from_env(pairs).map_err(|errors| CommandFailure::Settings(format!("{errors}\n")))?;
    let svg = |text: &str| {
        Some(config::BrandPicture {
            media_type: "image/svg+xml",
            bytes: text.as_bytes().to_vec(),
        })
    };
    config.brand.logo = svg(include_str!("../../assets/brand/acme.svg"));
    config.brand.logo_dark = svg(include_str!("../../assets/brand/acme-dark.svg"));
    config.brand.favicon = svg(include_str!("../../assets/brand/favicon.svg"));
    Ok(config)
}

fn welcome(portal: &str, service: &str, simulator: &str) -> String {
    format!(
        "\n  Portico is running, with a simulated Okta org and a small portal behind it.\n\n  \
         Open      {portal}   the portal; it sends you to the sign-in form\n  \
         Hold      {simulator}phone   the phones, in a second window\n  \
         Service   {service}sign-in\n\n  \
         Password  portico-demo   for every account that has one\n\n  \
         password@example.com      password is enough\n  \
         otp@example.com           + code from the authenticator app\n  \
         phone@example.com         + code by text or call\n  \
         email@example.com         + code by email\n  \
         push@example.com          + Okta Verify, approve on the phone\n  \
         number@example.com        + Okta Verify, tap the right number\n  \
         all@example.com           + any of them\n  \
         passwordless@example.com  no password: app, push or email\n  \
         passkey@example.com       no password: a passkey (make one on its phone page first)\n  \
         locked@example.com        locked; on purpose it looks like a wrong password\n  \
         expired@example.com       the password has expired; Okta's page takes a new one\n  \
         unenrolled@example.com    needs a second way and has none; Okta's page adds one\n  \
         unassigned@example.com    may not use this app\n  \
         denied@example.com        the policy lets it in nowhere\n\n  \
         Stop with Ctrl+C.\n\n"
    )
}
