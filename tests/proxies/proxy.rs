//! A real proxy with the printed recipe.

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::programs::is_here;
use crate::support::{Running, eventually, portico, run, secs, status};

/// The proxies that Debian has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Nginx,
    Caddy,
    Haproxy,
}

/// One that runs. It ends with its test.
#[derive(Debug)]
pub(crate) struct Proxy {
    process: Running,
    _folder: TempDir,
}

impl Kind {
    pub(crate) const ALL: [Self; 3] = [Self::Nginx, Self::Caddy, Self::Haproxy];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Nginx => "nginx",
            Self::Caddy => "caddy",
            Self::Haproxy => "haproxy",
        }
    }

    /// Whether it is installed; `false` means that the test is skipped.
    pub(crate) fn is_here(self) -> bool {
        let version = if self == Self::Caddy { "version" } else { "-v" };
        is_here(self.name(), &[version])
    }

    /// Writes what `portico proxy-config` prints into a folder, and what the program needs around it; the command that runs it, or
    /// only looks at it.
    pub(crate) fn command(self, recipe: &Recipe<'_>, folder: &Path, only_looks: bool) -> Command {
        let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
        let script = path("portico.lua");
        let more: &[&str] = if self == Self::Haproxy {
            &["--lua-file", &script]
        } else {
            &[]
        };
        let text = recipe.printed(self.name(), more);
        let text = text.replace("/etc/ssl/portico/", &path("certificates/"));
        let mut command = Command::new(self.name());
        match self {
            Self::Nginx => {
                let main = format!(
                    "daemon off;\nuser root;\npid {0}/pid;\nerror_log stderr;\nworker_processes 1;\nevents {{}}\nhttp {{\naccess_log off;\n\
                     client_body_temp_path {0}/body;\nproxy_temp_path {0}/proxy;\nfastcgi_temp_path {0}/f;\n\
                     uwsgi_temp_path {0}/u;\nscgi_temp_path {0}/s;\ninclude {0}/portico.conf;\n}}\n",
                    folder.display()
                );
                fs::write(path("portico.conf"), text).unwrap();
                fs::write(path("nginx.conf"), main).unwrap();
                command.args([
                    "-e",
                    "stderr",
                    "-p",
                    folder.to_str().unwrap(),
                    "-c",
                    &path("nginx.conf"),
                ]);
                command.args(only_looks.then_some("-t"));
            }
            Self::Caddy => {
                let own = "{\n\tadmin off\n\tauto_https off\n}\n";
                fs::write(path("Caddyfile"), format!("{own}{text}")).unwrap();
                command.arg(if only_looks { "validate" } else { "run" });
                command.args(["--adapter", "caddyfile", "--config", &path("Caddyfile")]);
                command
                    .env("HOME", folder)
                    .env("XDG_DATA_HOME", folder)
                    .env("XDG_CONFIG_HOME", folder);
            }
            Self::Haproxy => {
                fs::write(path("haproxy.cfg"), text).unwrap();
                fs::write(script, recipe.printed("haproxy", &["--lua"])).unwrap();
                command.args(["-db", "-f", &path("haproxy.cfg")]);
                command.args(only_looks.then_some("-c"));
            }
        }
        command
    }
}

/// What a recipe is printed for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Recipe<'a> {
    /// Settings of the service.
    pub(crate) settings: &'a [(&'a str, &'a str)],
    /// `host:port` of the service.
    pub(crate) portico: &'a str,
    /// `host:port` of the portal.
    pub(crate) portal: &'a str,
}

impl Recipe<'_> {
    fn printed(&self, proxy: &str, more: &[&str]) -> String {
        let mut command = portico(&["proxy-config", proxy]);
        command
            .args(["--portico", self.portico, "--portal", self.portal])
            .args(more);
        command.env("PORTICO_OKTA__ORG_URL", "https://org.invalid");
        command.env("PORTICO_OKTA__CLIENT_ID", "0oa1");
        for (key, value) in self.settings {
            let name = format!("PORTICO_{}", key.replace('.', "__").to_uppercase());
            command.env(name, value);
        }
        let (code, text, complaints) = run(command);
        assert_eq!(code, 0, "{complaints}");
        text
    }
}

impl Proxy {
    /// Starts it, and waits until it serves the form at this address.
    pub(crate) async fn start(kind: Kind, recipe: &Recipe<'_>, form: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let process = Running::start(kind.command(recipe, folder.path(), false));
        let proxy = Self {
            process,
            _folder: folder,
        };
        let form_is_there = eventually("a proxy that serves", async || {
            status(form).await == Some(200)
        });
        let served = tokio::time::timeout(secs(15), form_is_there).await;
        assert!(served.is_ok(), "{}: {}", kind.name(), proxy.complaints());
        proxy
    }

    /// What it has complained of.
    pub(crate) fn complaints(&self) -> String {
        self.process.complaints()
    }
}
