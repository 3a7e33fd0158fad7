//! The address of Redis: one node, sentinels, or a cluster.
//!
//! `redis://host:6379/0`, `redis+sentinel://host:26379,host:26379/name-of-the-master`,
//! `redis+cluster://host:6379,host:6379`; `rediss` instead of `redis` speaks TLS; `user@` before the hosts names the
//! ACL user. A password has a key of its own.

use std::net::Ipv6Addr;

use super::urls;
use super::value::{FromSetting, Value};

/// Where Redis is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedisUrl {
    pub is_tls: bool,
    pub user: Option<String>,
    /// Host and port of each node or sentinel; never empty.
    pub hosts: Vec<(String, u16)>,
    pub setup: RedisSetup,
}

/// How Redis is set up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RedisSetup {
    /// One node, and the number of the database.
    Single(u8),
    /// The name of the master that the sentinels watch, and the number of the database.
    Sentinel(String, u8),
    Cluster,
}

impl RedisUrl {
    /// Whether every host is this machine, so that nothing leaves it.
    pub fn is_loopback(&self) -> bool {
        self.hosts.iter().all(|(host, _)| urls::is_loopback(host))
    }
}

impl FromSetting for RedisUrl {
    fn from_setting(value: &Value<'_>) -> Result<Self, String> {
        parse(value.text()?).map_err(str::to_owned)
    }
}

fn parse(text: &str) -> Result<RedisUrl, &'static str> {
    let (scheme, rest) = text
        .split_once("://")
        .ok_or("is not an address like redis://host:6379")?;
    let (protocol, kind) = scheme.split_once('+').unwrap_or((scheme, ""));
    let is_tls = match protocol {
        "redis" => false,
        "rediss" => true,
        _ => {
            return Err("must begin with redis:// or rediss://, perhaps with +sentinel or +cluster");
        }
    };
    if rest.contains(['?', '#']) {
        return Err("cannot have a query");
    }
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let (user, hosts) = match authority.rsplit_once('@') {
        Some((user, hosts)) => (Some(user), hosts),
        None => (None, authority),
    };
    if user.is_some_and(|user| user.contains(':')) {
        return Err("holds a password: put it into store.password_file");
    }
    let port = if kind == "sentinel" { 26379 } else { 6379 };
    let hosts = hosts
        .split(',')
        .map(|host| parse_host(host, port))
        .collect::<Option<Vec<_>>>()
        .ok_or("has a host or a port that cannot be")?;
    let setup = setup(kind, path, hosts.len())?;
    Ok(RedisUrl {
        is_tls,
        user: user.filter(|user| !user.is_empty()).map(str::to_owned),
        hosts,
        setup,
    })
}

/// What stands behind the address, by the end of its scheme and its path.
fn setup(kind: &str, path: &str, hosts: usize) -> Result<RedisSetup, &'static str> {
    Ok(match (kind, path) {
        ("", _) if hosts > 1 => {
            return Err("names several hosts: write redis+sentinel:// or redis+cluster://");
        }
        ("", "") => RedisSetup::Single(0),
        ("", database) => RedisSetup::Single(parse_database(database)?),
        ("sentinel", path) => {
            let (master, database) = path.split_once('/').unwrap_or((path, "0"));
            if master.is_empty() {
                return Err("does not name the master after the last slash");
            }
            RedisSetup::Sentinel(master.to_owned(), parse_database(database)?)
        }
        ("cluster", "" | "0") => RedisSetup::Cluster,
        ("cluster", _) => return Err("names a database: a cluster has only one"),
        _ => return Err("is neither redis+sentinel:// nor redis+cluster://"),
    })
}

fn parse_database(text: &str) -> Result<u8, &'static str> {
    text.parse().map_err(|_| "has a database that is not a number")
}

fn parse_host(text: &str, port: u16) -> Option<(String, u16)> {
    let (host, port) = if let Some(rest) = text.strip_prefix('[') {
        let (host, rest) = rest.split_once(']')?;
        host.parse::<Ipv6Addr>().ok()?;
        (
            host,
            rest.strip_prefix(':').map_or(Some(port), |port| port.parse().ok())?,
        )
    } else {
        match text.split_once(':') {
            Some((host, port)) => (host, port.parse().ok()?),
            None => (text, port),
        }
    };
    let is_host = |c: char| c.is_ascii_alphanumeric() || "-._:".contains(c);
    (!host.is_empty() && host.chars().all(is_host)).then(|| (host.to_owned(), port))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(is_tls: bool, user: Option<&str>, hosts: &[(&str, u16)], setup: RedisSetup) -> RedisUrl {
        RedisUrl {
            is_tls,
            user: user.map(str::to_owned),
            hosts: hosts.iter().map(|(host, port)| ((*host).to_owned(), *port)).collect(),
            setup,
        }
    }

    #[test]
    fn every_setup_is_read() {
        let (one, two) = (("a.example", 7000), ("b.example", 26379));
        let main = || RedisSetup::Sentinel("main".to_owned(), 3);
        for (text, expected) in [
            (
                "redis://localhost",
                url(false, None, &[("localhost", 6379)], RedisSetup::Single(0)),
            ),
            (
                "redis://localhost:1/2",
                url(false, None, &[("localhost", 1)], RedisSetup::Single(2)),
            ),
            (
                "rediss://portico@[::1]:6380",
                url(true, Some("portico"), &[("::1", 6380)], RedisSetup::Single(0)),
            ),
            (
                "redis+sentinel://a.example:7000,b.example/main/3",
                url(false, None, &[one, two], main()),
            ),
            (
                "rediss+cluster://u@a.example:7000,b.example:26379",
                url(true, Some("u"), &[one, two], RedisSetup::Cluster),
            ),
        ] {
            assert_eq!(parse(text), Ok(expected), "{text}");
        }
        assert!(parse("redis://127.0.0.1,x").is_err());
    }

    #[test]
    fn only_what_stays_on_this_machine_is_loopback() {
        for (text, expected) in [
            ("redis://localhost", true),
            ("redis://127.0.0.1", true),
            ("redis://127.9.8.7:7000", true),
            ("redis://[::1]", true),
            ("redis://127.example.com", false),
            ("redis://127.0.0.1.example.com", false),
            ("redis://[::2]", false),
            ("redis+cluster://127.0.0.1,redis.example.com", false),
        ] {
            assert_eq!(parse(text).unwrap().is_loopback(), expected, "{text}");
        }
    }

    #[test]
    fn what_cannot_be_is_refused_and_a_password_is_sent_elsewhere() {
        for text in [
            "localhost:6379",
            "http://localhost",
            "redis://",
            "redis://host:port",
            "redis://a,b",
            "redis://host/x",
            "redis+sentinel://a,b",
            "redis+cluster://a/1",
            "redis+ring://a",
            "redis://host?db=1",
            "redis://a b",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
        let message = parse("redis://user:canary@host").unwrap_err();
        assert!(message.contains("store.password_file") && !message.contains("canary"));
    }
}
