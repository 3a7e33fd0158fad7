//! The service inside this program, with a pace of commits that no setting of the real one chooses.

use std::io::stdin;

use actix_web::rt;
use portico::session::embedded::CommitPace;
use portico::startup::{Application, Overrides};

use super::say;
use crate::process::IS_PART;

/// Its presence takes the pace away.
pub(crate) const AT_ONCE: &str = "PORTICO_LOAD_AT_ONCE";

/// The prefixes of what is no setting.
const OURS: [&str; 2] = ["PORTICO_LOAD", "PORTICO_TESTS"];

#[test]
#[ignore = "a part of the load run, in a process of its own"]
fn server() {
    if std::env::var_os(IS_PART).is_none() {
        return;
    }
    let is_ours = |name: &str| OURS.iter().any(|prefix| name.starts_with(prefix));
    let settings = std::env::vars().filter(|(name, _)| name.starts_with("PORTICO_") && !is_ours(name));
    let config = portico::config::from_env(settings).unwrap();
    let pace = match std::env::var_os(AT_ONCE) {
        None => CommitPace::Crowd,
        Some(_) => CommitPace::AtOnce,
    };
    rt::System::new().block_on(async {
        let overrides = Overrides {
            commit_pace: pace,
            ..Overrides::default()
        };
        let application = Application::build(&config, overrides).unwrap();
        let stop = application.stop_handle();
        std::thread::spawn(move || {
            stdin().lines().for_each(drop);
            stop.stop();
        });
        say(&application.port().to_string());
        application.run().await.unwrap();
    });
}
