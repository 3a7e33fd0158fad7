//! The steps of docs/runbooks.md, with a thief who keeps using what was stolen.

mod client_key;
mod key_ring;
mod store;

use std::path::Path;

use okta_sim::{Limits, Settings};
use serde_json::Value;

use crate::support::{Served, client, portico, run};

/// An org in which nobody is slowed down.
fn org() -> Settings {
    let limits = Limits {
        user_per_second: 0,
        ..Limits::default()
    };
    Settings {
        limits,
        ..Settings::default()
    }
}

/// Types a command where the service runs; it must succeed. Gives what it printed.
async fn types(served: &Served, arguments: &[&str]) -> String {
    let mut command = portico(arguments);
    command.envs(served.variables.clone());
    // The simulator answers on this thread meanwhile.
    let (code, said, complaints) = tokio::task::spawn_blocking(move || run(command)).await.unwrap();
    assert_eq!(code, 0, "{arguments:?}: {said}{complaints}");
    said + &complaints
}

/// A new ring in this file.
fn new_ring(file: &Path) {
    let (code, _, complaints) = run(portico(&["keys", "new", file.to_str().unwrap()]));
    assert_eq!(code, 0, "{complaints}");
}

/// Stops the service in order, and starts it again.
async fn restarted(served: Served) -> Served {
    served.process.send_sigterm();
    let (served, code, complaints) = served.ends_and_restarts().await;
    assert_eq!(code, Some(0), "{complaints}");
    served
}

/// What the private port says how many revocations are still to be made.
async fn owed(served: &Served) -> String {
    let metrics = client().get(format!("{}/metrics", served.ops)).send().await.unwrap();
    let metrics = metrics.text().await.unwrap();
    let line = metrics
        .lines()
        .find(|line| line.starts_with("portico_revocations_owed "));
    line.unwrap().to_owned()
}

/// A token request with these fields and headers, as anybody can send it: the status and the answer.
async fn asks_okta(served: &Served, form: &[(&str, &str)], secret: Option<(&str, &str)>) -> (u16, Value) {
    let mut request = client()
        .post(format!("{}/oauth2/v1/token", served.okta.issuer()))
        .form(form);
    if let Some((id, secret)) = secret {
        request = request.basic_auth(id, Some(secret));
    }
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}
