//! What `portico proxy-config` prints, in the hands of the proxy that it is for.

use std::fs;
use std::path::Path;
use std::process::Command;

/// The proxies that Debian has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Nginx,
    Caddy,
    Haproxy,
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

    /// What the program is asked to see whether it is there.
    pub(crate) fn version(self) -> &'static str {
        if self == Self::Caddy { "version" } else { "-v" }
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
                // One process: a worker would outlive a master that is killed.
                let main = format!(
                    "daemon off;\npid {0}/pid;\nerror_log stderr;\nmaster_process off;\nevents {{}}\nhttp {{\naccess_log off;\n\
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
                let own = "{\n\tadmin off\n\tlocal_certs\n\tskip_install_trust\n\tauto_https disable_redirects\n}\n";
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
    /// What the command prints.
    pub(crate) fn printed(&self, proxy: &str, more: &[&str]) -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_portico"));
        command.env_clear().args(["proxy-config", proxy]);
        command
            .args(["--portico", self.portico, "--portal", self.portal])
            .args(more);
        command.env("PORTICO_OKTA__ORG_URL", "https://org.invalid");
        command.env("PORTICO_OKTA__CLIENT_ID", "0oa1");
        for (key, value) in self.settings {
            let name = format!("PORTICO_{}", key.replace('.', "__").to_uppercase());
            command.env(name, value);
        }
        let printed = command.output().unwrap();
        let complaints = String::from_utf8_lossy(&printed.stderr);
        assert!(printed.status.success(), "{complaints}");
        String::from_utf8(printed.stdout).unwrap()
    }
}
