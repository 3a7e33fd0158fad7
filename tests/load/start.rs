//! How long it takes from the start of the service to its first page, beside a bare actix server.

use std::fmt;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::thread;
use std::time::Duration;

use tokio::time::Instant;

use crate::parts::INTERVAL;
use crate::process::{Part, Service};
use crate::run::BOUND;

/// Between two tries to connect: far less than anything takes that is measured.
const PAUSE: Duration = Duration::from_micros(200);

/// From the start of the process to the end of its first page, at best.
#[derive(Debug)]
pub(crate) struct Report {
    service: Duration,
    bare: Duration,
}

/// Starts both this many times, by turns. The quickest start counts, since other work on the machine only adds.
pub(crate) fn run(rounds: usize) -> Report {
    let mut report = Report {
        service: Duration::MAX,
        bare: Duration::MAX,
    };
    for _ in 0..rounds {
        report.bare = report.bare.min(bare());
        report.service = report.service.min(service());
    }
    report
}

fn bare() -> Duration {
    let began = Instant::now();
    let server = Part::start("bare_server", &[(INTERVAL, "1".to_owned())]);
    has_answered(server.port, began)
}

/// With a store that is new, in front of an org that nobody asks.
fn service() -> Duration {
    let began = Instant::now();
    let service = Service::start(1);
    has_answered(service.port, began)
}

/// Asks until there is an answer for a page that needs nobody else, and that both have; how long ago it began then.
fn has_answered(port: u16, began: Instant) -> Duration {
    let request = format!("GET /signed-out HTTP/1.1\r\nhost: localhost:{port}\r\nconnection: close\r\n\r\n");
    while began.elapsed() < BOUND {
        let Ok(mut connection) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)) else {
            thread::sleep(PAUSE);
            continue;
        };
        connection.write_all(request.as_bytes()).expect("somebody listens");
        let mut page = Vec::new();
        connection.read_to_end(&mut page).expect("a page");
        assert!(page.starts_with(b"HTTP/1.1 200 "), "{}", String::from_utf8_lossy(&page));
        return began.elapsed();
    }
    panic!("no page in time");
}

impl Report {
    fn ratio(&self) -> f64 {
        self.service.as_secs_f64() / self.bare.as_secs_f64()
    }

    /// Fails when a start takes longer than this many bare ones.
    pub(crate) fn keeps(&self, most: f64) {
        assert!(self.ratio() <= most, "{self}");
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "from the start to the first page: {:.1?}, {:.1?} on a bare server, ratio {:.2}",
            self.service,
            self.bare,
            self.ratio()
        )
    }
}
