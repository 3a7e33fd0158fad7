//! Ports for programs under test whose address must be known before they listen.

use std::hash::{BuildHasher, RandomState};
use std::net::{Ipv4Addr, TcpStream};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU16, Ordering};

/// Below the ports that a system gives to outgoing connections: a port that the system chose is free only until the
/// next connection takes it. The nodes of a Redis cluster talk on the port ten thousand above, which is still below.
const FIRST: u16 = 12_000;

const COUNT: u16 = 10_000;

/// A port that is free and is not given out again for a long while. Each process starts at another one.
pub(crate) fn free_port() -> u16 {
    static NEXT: OnceLock<AtomicU16> = OnceLock::new();
    let next = NEXT.get_or_init(|| {
        let somewhere = RandomState::new().hash_one(std::process::id()).to_le_bytes();
        AtomicU16::new(u16::from_le_bytes([somewhere[0], somewhere[1]]))
    });
    loop {
        let port = FIRST + next.fetch_add(1, Ordering::Relaxed) % COUNT;
        // Not by listening there: a child process that another thread starts at this moment would inherit the port for
        // a while.
        if TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            return port;
        }
    }
}
