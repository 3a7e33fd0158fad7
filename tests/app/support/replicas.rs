//! The service as three replicas that share a Redis, for the second pass of `tests/run`: the same tests, and every
//! request of a browser goes to the next replica.

use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use super::process::{portico, run};

/// The address of the Redis. When it is set, every service under test has three replicas.
const REDIS: &str = "PORTICO_TESTS_REDIS";

/// How many replicas a service has.
pub(super) const REPLICAS: usize = 3;

/// The address of the Redis that the tests share, if there is one.
pub(super) fn redis() -> Option<String> {
    Some(std::env::var_os(REDIS)?.into_string().unwrap())
}

/// The settings of a store that only this test uses.
pub(super) fn settings(redis: &str) -> [(&'static str, String); 4] {
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    [
        ("store.kind", "redis".to_owned()),
        ("store.url", redis.to_owned()),
        ("store.keys", key_ring()),
        ("store.prefix", format!("{}-{number}", std::process::id())),
    ]
}

/// Accepts connections on a port and passes each on to the next of these ports. Clients here send one request on each.
pub(super) async fn balance(port: u16, replicas: Vec<u16>) -> JoinHandle<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.unwrap();
    tokio::spawn(async move {
        for replica in replicas.into_iter().cycle() {
            let (mut client, _) = listener.accept().await.unwrap();
            tokio::spawn(async move {
                // OK to ignore because either side may go away in the middle, and the other side notices.
                if let Ok(mut server) = TcpStream::connect((Ipv4Addr::LOCALHOST, replica)).await {
                    let _ = copy_bidirectional(&mut client, &mut server).await;
                }
            });
        }
    })
}

/// Each service has a key ring of its own.
fn key_ring() -> String {
    let (code, ring, complaints) = run(portico(&["keys", "new"]));
    assert_eq!(code, 0, "{complaints}");
    ring
}
