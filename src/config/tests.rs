//! Tests of the settings from the outside: a file and an environment go in, settings or problems come out.

mod bad_addresses;
mod bad_files;
mod bad_rules;
mod docs;
mod good_files;
mod logout_targets;
mod private_port;
mod reload;
mod secrets;
mod service_links;
mod this_machine;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use tempfile::TempDir;

use super::{Config, ConfigErrors, load};

/// The shortest settings that start the service.
const LEAST: &str = r#"
public_url = "https://signin.example.com"
[okta]
org_url = "https://acme.okta.com"
client_id = "0oa1"
"#;

/// A folder with a settings file in it that only its owner may read.
struct Folder(TempDir);

impl Folder {
    fn with(settings: &str) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        folder.put("portico.toml", settings.as_bytes(), 0o600);
        folder
    }

    fn put(&self, name: &str, content: &[u8], mode: u32) -> PathBuf {
        let path = self.0.path().join(name);
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        path
    }

    fn load(&self, env: &[(&str, &str)]) -> Result<Config, ConfigErrors> {
        load(Some(&self.0.path().join("portico.toml")), pairs(env))
    }

    /// The report with the folder's random name taken out.
    fn report(&self, env: &[(&str, &str)]) -> String {
        let report = self
            .load(env)
            .expect_err("these settings should be refused")
            .to_string();
        report.replace(&format!("{}/", self.0.path().display()), "")
    }
}

/// The settings where only the required keys are set.
pub(crate) fn least() -> Config {
    Folder::with(LEAST).load(&[]).expect("the shortest settings start")
}

fn pairs(env: &[(&str, &str)]) -> impl Iterator<Item = (String, String)> {
    env.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
}
