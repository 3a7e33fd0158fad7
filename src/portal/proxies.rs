//! The reverse proxies that may stand in front of the portal, and how they differ.
//!
//! This is the only table of them: the paths that they request, how their questions are read and answered, the recipes
//! and the tests all follow it. A new proxy is a variant and a row here; the compiler reports the other places.

/// A reverse proxy that asks before it lets a request through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proxy {
    Nginx,
    Caddy,
    Traefik,
    Haproxy,
    Envoy,
}

/// The properties of one proxy.
#[derive(Debug, Clone, Copy)]
pub struct ProxyTraits {
    /// The name in paths, metrics, logs and on the command line.
    pub name: &'static str,
    /// The name as its makers write it.
    pub title: &'static str,
    /// The file of its recipe in `docs/proxies`.
    pub recipe: &'static str,
    /// Where its question describes the original request.
    pub asks_by: AsksBy,
    /// How it redirects a browser to the form.
    pub redirects_by: RedirectsBy,
    /// Whether it can report that a request has neither a body nor an upgrade.
    pub sees_bodies: bool,
    /// Whether it hands over refused requests, because it would answer while the request is still arriving
    /// (docs/decisions/0027).
    pub hands_over_refused: bool,
    /// Whether it can remove one cookie from a line. Otherwise our answer contains the remaining ones.
    pub removes_cookies: bool,
}

/// Where a question describes the original request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AsksBy {
    /// `X-Original-URL` and `X-Original-Method`.
    OriginalUrl,
    /// `X-Forwarded-Proto`, `-Host`, `-Uri` and `-Method`.
    Forwarded,
    /// The question is the request itself, with our path before its own.
    OwnPath,
}

/// The status that redirects a browser to the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RedirectsBy {
    /// 401: it treats every other status except 403 as an error, even 400, and its configuration makes the redirect.
    Unauthorized,
    /// 302 after any method: its configuration turns it into 303.
    Found,
    /// 302 after GET and HEAD, else 303.
    Method,
}

impl Proxy {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Nginx, Self::Caddy, Self::Traefik, Self::Haproxy, Self::Envoy];

    /// The properties of this proxy.
    pub const fn traits(self) -> ProxyTraits {
        match self {
            Self::Nginx => ProxyTraits {
                name: "nginx",
                title: "nginx",
                recipe: "nginx.conf",
                asks_by: AsksBy::OriginalUrl,
                redirects_by: RedirectsBy::Unauthorized,
                sees_bodies: true,
                hands_over_refused: false,
                removes_cookies: true,
            },
            Self::Caddy => ProxyTraits {
                name: "caddy",
                title: "Caddy",
                recipe: "Caddyfile",
                asks_by: AsksBy::Forwarded,
                redirects_by: RedirectsBy::Method,
                sees_bodies: false,
                hands_over_refused: true,
                removes_cookies: true,
            },
            Self::Traefik => ProxyTraits {
                name: "traefik",
                title: "Traefik",
                recipe: "traefik.yml",
                asks_by: AsksBy::Forwarded,
                redirects_by: RedirectsBy::Method,
                sees_bodies: false,
                hands_over_refused: false,
                removes_cookies: false,
            },
            Self::Haproxy => ProxyTraits {
                name: "haproxy",
                title: "HAProxy",
                recipe: "haproxy.cfg",
                asks_by: AsksBy::Forwarded,
                redirects_by: RedirectsBy::Found,
                sees_bodies: true,
                hands_over_refused: true,
                removes_cookies: true,
            },
            Self::Envoy => ProxyTraits {
                name: "envoy",
                title: "Envoy",
                recipe: "envoy.yml",
                asks_by: AsksBy::OwnPath,
                redirects_by: RedirectsBy::Method,
                sees_bodies: true,
                hands_over_refused: false,
                removes_cookies: true,
            },
        }
    }

    /// The name in paths, metrics, logs and on the command line.
    pub const fn name(self) -> &'static str {
        self.traits().name
    }

    /// The proxy with this name.
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|proxy| proxy.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::fs;
    use std::path::Path;

    use super::*;

    fn text(path: &str) -> String {
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
    }

    #[test]
    fn all_are_listed_under_names_of_their_own() {
        // Written without a wildcard: a new variant has to be counted here.
        let place = |proxy| match proxy {
            Proxy::Nginx => 0,
            Proxy::Caddy => 1,
            Proxy::Traefik => 2,
            Proxy::Haproxy => 3,
            Proxy::Envoy => 4,
        };
        assert_eq!(Proxy::ALL.map(place), std::array::from_fn(|at| at));
        let names: HashSet<&str> = Proxy::ALL.map(Proxy::name).into();
        assert_eq!(names.len(), Proxy::ALL.len());
        for proxy in Proxy::ALL {
            assert_eq!(Proxy::find(proxy.name()), Some(proxy));
        }
        assert_eq!(Proxy::find("portico"), None);
    }

    #[test]
    fn the_docs_name_all() {
        let guide = text("docs/forward-auth.md");
        let bug = text(".github/ISSUE_TEMPLATE/bug.yml");
        let readme = text("README.md");
        for proxy in Proxy::ALL {
            let ProxyTraits {
                name, title, recipe, ..
            } = proxy.traits();
            let row = guide.lines().find(|line| line.starts_with(&format!("| {title} ")));
            let link = format!("[{recipe}](proxies/{recipe})");
            assert!(row.is_some_and(|row| row.contains(&link)), "{title}: {link}");
            assert!(
                guide.contains(&format!("`{name}`")) || guide.contains(&format!("proxy-config {name}`")),
                "{name}"
            );
            assert!(bug.contains(&format!("        - {title}\n")), "{title}");
            assert!(readme.contains(title), "{title}");
        }
    }
}
