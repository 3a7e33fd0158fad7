//! What pages cost that anybody can ask for without end: processor time of the service, beside a bare server that answers
//! the same bytes.

use std::fmt::{self, Display};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::parts::org;
use crate::parts::page::ANSWER;
use crate::process::{Part, Service};
use crate::run::ready;
use crate::traffic::{Load, is_whole, ratio, rounds};
use crate::visitor::client;

/// Processor time of each page, and of the bare one.
#[derive(Debug)]
pub(crate) struct Report {
    requests: usize,
    form: (Duration, Duration),
    signed_out: (Duration, Duration),
}

/// Runs everything and reports.
pub(crate) async fn run(requests: usize) -> Report {
    let okta = org(0);
    let mut service = Service::start(okta.port);
    ready(&client(), &mut service).await;
    Report {
        requests,
        form: page(&service, "/sign-in?return_to=/account", requests).await,
        signed_out: page(&service, "/signed-out", requests).await,
    }
}

async fn page(service: &Service, path: &str, requests: usize) -> (Duration, Duration) {
    let folder = tempfile::tempdir().expect("a place for an answer");
    let file = folder.path().join("answer");
    let request = |port| {
        format!(
            "GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\nX-Forwarded-For: 192.0.2.7\r\nAccept: text/html\r\n\
             Accept-Language: en\r\nUser-Agent: load\r\n\r\n"
        )
        .into_bytes()
    };
    let answer = asks(service.port, &request(service.port)).await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    std::fs::write(&file, answer).expect("a file");
    let name = file.to_str().expect("a name in UTF-8").to_owned();
    let bare = Part::start("page::server", &[(ANSWER, name)]);
    let loads = [
        Load::shows(&service.process, service.port, request(service.port)),
        Load::shows(&bare.process, bare.port, request(bare.port)),
    ];
    let [one, other] = rounds(requests, &loads).await;
    (one, other)
}

/// The answer to one request.
async fn asks(port: u16, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.expect("a connection");
    stream.write_all(request).await.expect("a request");
    let mut answer = Vec::new();
    while !is_whole(&answer) {
        assert!(
            stream.read_buf(&mut answer).await.expect("an answer") > 0,
            "the connection was closed"
        );
    }
    String::from_utf8(answer).expect("text")
}

impl Report {
    /// The limit for a full-size run.
    pub(crate) fn keeps(&self, most: f64) {
        let is = ratio(self.form.0, self.form.1);
        assert!(is <= most, "a form to a bare page: {is:.2}, {most} at most");
    }
}

impl Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, (one, other)) in [
            ("the form, ratio to a bare page", self.form),
            ("signed out", self.signed_out),
        ] {
            writeln!(f, "{name:<44} {:.2} ({one:.2?} to {other:.2?})", ratio(one, other))?;
        }
        writeln!(f, "{:<44} {}", "requests in each round", self.requests)
    }
}
