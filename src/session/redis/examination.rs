//! What `portico check --online` finds out about Redis. Leaves nothing behind.

use jiff::Timestamp;
use redis::{RedisError, RedisResult, Script};
use tokio::net::TcpStream;

use super::address::{RedisAddress, Setup};
use super::durability::{Weakness, field, info, weaknesses};
use super::key_names::KeyNames;
use super::reach::Connection;

/// The oldest version that has every command of the scripts.
const OLDEST: (u32, u32) = (6, 2);

/// What was found. Without a connection, only why there is none.
#[derive(Debug, Default)]
pub struct RedisFacts {
    /// Its name and version.
    pub version: Option<String>,
    /// Whether that version is too old.
    pub is_too_old: bool,
    /// By how many seconds its clock is ahead of this machine's, if it says.
    pub clock_skew: Option<i64>,
    /// Settings by which it may lose sessions.
    pub weaknesses: Vec<Weakness>,
    /// Commands that the user may not use, or not on the keys with this prefix.
    pub forbidden: Vec<String>,
}

/// Why Redis cannot be asked.
#[derive(Debug)]
pub enum NoRedis {
    /// It does not accept the user or the password.
    Login(String),
    /// TLS fails.
    Tls(String),
    /// Anything else.
    Unreachable(String),
}

/// Asks Redis what the store needs to know.
pub async fn examine(
    address: &RedisAddress,
    prefix: &str,
    scratch: &str,
    now: Timestamp,
) -> Result<RedisFacts, NoRedis> {
    let reaching = tokio::time::timeout(address.patience * 3, address.reach());
    let mut node = match reaching.await {
        Ok(Ok(node)) => node,
        Ok(Err(error)) if !error.is_timeout() => return Err(no_redis(&error)),
        Ok(Err(_)) | Err(_) => return Err(silent(address).await),
    };
    let mut facts = RedisFacts::default();
    if let Some(server) = info(&mut node.connection, "server").await {
        facts.read_server(&server, now);
    }
    for client in &node.nodes {
        for weakness in weaknesses(client, &address.setup).await {
            // What all nodes have in common is told once.
            if !facts.weaknesses.contains(&weakness) {
                facts.weaknesses.push(weakness);
            }
        }
    }
    let names = KeyNames::new(prefix);
    facts.forbidden = forbidden(&mut node.connection, &names, scratch).await?;
    if address.replicas == 0 {
        facts.forbidden.retain(|command| command != "wait");
    }
    if let Some(client) = node.nodes.first()
        && !may_listen(client, &names).await
    {
        facts.forbidden.push("subscribe".to_owned());
    }
    Ok(facts)
}

impl RedisFacts {
    fn read_server(&mut self, server: &str, now: Timestamp) {
        let version = field(server, "redis_version");
        self.is_too_old = version.is_some_and(is_too_old);
        self.version = match (field(server, "valkey_version"), version) {
            (Some(valkey), _) => Some(format!("Valkey {valkey}")),
            (None, version) => version.map(|version| format!("Redis {version}")),
        };
        let theirs = field(server, "server_time_usec").and_then(|time| time.parse::<i64>().ok());
        self.clock_skew = theirs.map(|micros| micros / 1_000_000 - now.as_second());
    }
}

fn is_too_old(version: &str) -> bool {
    let mut numbers = version.split('.').map(|part| part.parse().unwrap_or(0));
    (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)) < OLDEST
}

/// What silence means. A Redis that does not speak TLS takes the first message of a handshake for the beginning of a
/// command, and waits for its end.
async fn silent(address: &RedisAddress) -> NoRedis {
    let (host, port) = match &address.setup {
        Setup::Single(place) => place,
        Setup::Sentinel { sentinels: places, .. } | Setup::Cluster(places) => match places.first() {
            Some(place) => place,
            None => return NoRedis::Unreachable("no address".to_owned()),
        },
    };
    let connecting = tokio::time::timeout(address.patience, TcpStream::connect((host.as_str(), *port)));
    if address.is_tls && matches!(connecting.await, Ok(Ok(_))) {
        let text = format!("{host}:{port} accepts connections, but answers nothing in TLS; it may be a plain port");
        NoRedis::Tls(text)
    } else {
        NoRedis::Unreachable("no answer in time".to_owned())
    }
}

fn no_redis(error: &RedisError) -> NoRedis {
    let text = error.to_string();
    let is_login = matches!(error.code(), Some("WRONGPASS" | "NOAUTH" | "NOPERM"))
        || text.contains("WRONGPASS")
        || text.contains("NOAUTH");
    if is_login || error.kind() == redis::ErrorKind::AuthenticationFailed {
        NoRedis::Login(text)
    } else if text.contains("certificate") || text.contains("tls") || text.contains("TLS") {
        NoRedis::Tls(text)
    } else {
        NoRedis::Unreachable(text)
    }
}

/// The commands that the store uses and this user may not. They are tried on keys of their own, which are gone
/// afterwards.
async fn forbidden(connection: &mut Connection, names: &KeyNames, scratch: &str) -> Result<Vec<String>, NoRedis> {
    let script = Script::new(include_str!("lua/rights.lua"));
    let mut call = script.key(names.prefix());
    let tried: RedisResult<Vec<String>> = call.arg(scratch).invoke_async(connection).await;
    match tried {
        Ok(mut forbidden) => {
            forbidden.extend(forbidden_outside(connection, names, scratch).await);
            Ok(forbidden)
        }
        Err(error) if is_forbidden(&error) => Ok(vec!["evalsha".to_owned(), "script load".to_owned()]),
        Err(error) => Err(no_redis(&error)),
    }
}

/// The same for commands that are sent outside scripts. None of them changes anything.
async fn forbidden_outside(connection: &mut Connection, names: &KeyNames, scratch: &str) -> Vec<String> {
    let key = names.name(&format!("check:{scratch}"));
    let commands: [&[&str]; 4] = [
        &["smembers", &key],
        &["zscan", &key, "0"],
        &["hexists", &key, "field"],
        &["wait", "0", "1"],
    ];
    let mut forbidden = Vec::new();
    for words in commands {
        let Some((name, arguments)) = words.split_first() else {
            continue;
        };
        let answer: RedisResult<redis::Value> = redis::cmd(name).arg(arguments).query_async(connection).await;
        if answer.is_err_and(|error| is_forbidden(&error)) {
            forbidden.push((*name).to_owned());
        }
    }
    forbidden
}

fn is_forbidden(error: &RedisError) -> bool {
    error.code() == Some("NOPERM") || error.to_string().contains("permission")
}

async fn may_listen(client: &redis::Client, names: &KeyNames) -> bool {
    let listening = async {
        let mut channel = client.get_async_pubsub().await?;
        channel.subscribe(names.name("notices")).await
    };
    let listened: RedisResult<()> = listening.await;
    !listened.is_err_and(|error| is_forbidden(&error))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use jiff::Timestamp;

    use super::{RedisFacts, is_too_old};

    /// The commands that a script names.
    fn named(script: &str, call: &str) -> BTreeSet<String> {
        let parts = script.split(call).skip(1);
        parts
            .filter_map(|part| part.split('\'').next())
            .map(str::to_lowercase)
            .collect()
    }

    #[test]
    fn every_command_of_every_script_is_tried() {
        let rights = include_str!("lua/rights.lua");
        let tried = named(rights, "try('");
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/session/redis/lua");
        let mut used = BTreeSet::new();
        for file in std::fs::read_dir(folder).unwrap() {
            used.extend(named(
                &std::fs::read_to_string(file.unwrap().path()).unwrap(),
                "redis.call('",
            ));
        }
        assert!(used.len() > 20, "{used:?}");
        let missing: Vec<_> = used.difference(&tried).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }

    #[test]
    fn what_a_server_says_of_itself_is_read() {
        let now = Timestamp::from_second(1_900_000_000).unwrap();
        let rows = [
            ("redis_version:6.0.16\r\n", Some("Redis 6.0.16"), true, None),
            (
                "redis_version:7.2.4\r\nvalkey_version:8.0.1\r\nserver_time_usec:1899999880500000\r\n",
                Some("Valkey 8.0.1"),
                false,
                Some(-120),
            ),
            ("", None, false, None),
        ];
        for (server, version, is_old, skew) in rows {
            let mut facts = RedisFacts::default();
            facts.read_server(server, now);
            let read = (facts.version.as_deref(), facts.is_too_old, facts.clock_skew);
            assert_eq!(read, (version, is_old, skew), "{server}");
        }
    }

    #[test]
    fn versions_are_compared_as_numbers() {
        for (version, expected) in [
            ("6.0.16", true),
            ("6.2.0", false),
            ("7.0.15", false),
            ("10.0", false),
            ("", true),
        ] {
            assert_eq!(is_too_old(version), expected, "{version}");
        }
    }
}
