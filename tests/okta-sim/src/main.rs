//! The simulator as a program: `cargo run -p okta-sim -- --port 8081`.

use std::{
    collections::HashMap,
    env,
    io::{self, Write},
    net::{Ipv4Addr, SocketAddr},
    process::ExitCode,
};

use okta_sim::{ClientPatch, Error, PASSWORD, Settings, Simulator, UniversalLogout};

const USAGE: &str = "okta-sim [--port PORT] [--any-address] [--base-url URL] [--universal-logout URL]
         [--redirect-uri URI]... [--post-logout-redirect-uri URI]...

  --port PORT     listen on this port (default 8081; 0 takes a free one)
  --any-address   listen on all addresses instead of only this machine
  --base-url URL  how clients reach it, when that is not http://localhost:PORT
  --universal-logout URL  where portico-demo is told that a user's sessions must end
  --redirect-uri URI  where portico-demo may have browsers sent back to after /authorize
  --post-logout-redirect-uri URI  the same after /logout
";

#[tokio::main]
async fn main() -> ExitCode {
    let Some(settings) = settings(env::args().skip(1)) else {
        say(USAGE);
        return ExitCode::FAILURE;
    };
    match serve(settings).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("okta-sim could not start: {error:?}\n"));
            ExitCode::FAILURE
        }
    }
}

async fn serve(settings: Settings) -> Result<(), Error> {
    let simulator = Simulator::start(settings).await?;
    say(&format!(
        "Issuer   {}\nPhones   {}phone\nClient   portico-demo (and others, see the README)\nPassword {PASSWORD}\nAccounts {}\n",
        simulator.issuer(),
        simulator.url(),
        simulator.logins().join(", "),
    ));
    // OK because without signals the program runs until it is killed, which serves as well.
    let _ = tokio::signal::ctrl_c().await;
    simulator.stop().await;
    Ok(())
}

fn settings(mut arguments: impl Iterator<Item = String>) -> Option<Settings> {
    let mut listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 8081));
    let mut base_url = None;
    let mut universal_logout = None;
    let mut demo = ClientPatch::default();
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--port" => listen.set_port(arguments.next()?.parse().ok()?),
            "--any-address" => listen.set_ip(Ipv4Addr::UNSPECIFIED.into()),
            "--base-url" => base_url = Some(arguments.next()?.parse().ok()?),
            "--universal-logout" => {
                universal_logout = Some(UniversalLogout::at(arguments.next()?.parse().ok()?));
            }
            "--redirect-uri" => add(&mut demo.redirect_uris, arguments.next()?),
            "--post-logout-redirect-uri" => {
                add(&mut demo.post_logout_redirect_uris, arguments.next()?);
            }
            _ => return None,
        }
    }
    Some(Settings {
        listen,
        base_url,
        universal_logout,
        clients: HashMap::from([("portico-demo".to_owned(), demo)]),
        strict: false,
        ..Settings::default()
    })
}

fn add(list: &mut Option<Vec<String>>, uri: String) {
    list.get_or_insert_default().push(uri);
}

fn say(text: &str) {
    // OK because a closed terminal is no reason to stop.
    let _ = io::stdout().write_all(text.as_bytes());
}
