//! Requests of all shapes, with what must become of them.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};

use super::random::Rng;
use super::strict_portal::ArrivedRequest;

/// What must become of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Arrives,
    /// It may be lost to the request before it, or to an early answer.
    Perhaps,
    /// It may begin to arrive, but never whole.
    Never,
}

/// What was sent.
#[derive(Debug)]
pub(super) struct Sent {
    method: &'static str,
    pub(super) target: String,
    body: Vec<u8>,
    is_signed_in: bool,
    pub(super) fate: Fate,
}

impl Sent {
    /// A request that must arrive need not if it was not answered.
    pub(super) fn if_answered(self, was_answered: bool) -> Self {
        let fate = match self.fate {
            Fate::Arrives if !was_answered => Fate::Perhaps,
            fate => fate,
        };
        Self { fate, ..self }
    }
}

impl Sent {
    /// A GET that met a connection which had just ended is sent once more.
    pub(super) fn may_be_repeated(&self) -> bool {
        matches!(self.method, "GET" | "HEAD" | "OPTIONS") && self.body.is_empty()
    }

    /// How it differs from the request that arrived.
    pub(super) fn differs(&self, arrived: &ArrivedRequest) -> Option<&'static str> {
        let body = self.body.iter().fold(String::new(), |mut text, byte| {
            write!(text, "{byte:02x}").unwrap();
            text
        });
        let is_same_body = if arrived.is_whole {
            arrived.body == body
        } else {
            self.fate == Fate::Never || body.starts_with(&arrived.body)
        };
        let framings = arrived.all("content-length").count() + arrived.all("transfer-encoding").count();
        let users: Vec<&str> = arrived.all("portico-user").collect();
        let is_named = users.len() == 1 && users[0].is_empty() != self.is_signed_in;
        let forged = [
            "portico_user",
            "remote-user",
            "expect",
            "te",
            "trailer",
            "http2-settings",
        ];
        if arrived.method != self.method {
            Some("another method")
        } else if !is_same_body {
            Some("another body")
        } else if arrived.version != "1.1" {
            Some("another version")
        } else if framings > 1 || (framings == 0 && !arrived.body.is_empty()) {
            Some("an unclear end")
        } else if !is_named || users.contains(&"forged") {
            Some("another identity")
        } else if forged.iter().any(|name| arrived.all(name).next().is_some()) {
            Some("what should have stayed behind")
        } else if arrived.all("upgrade").any(|upgrade| upgrade != "websocket") {
            Some("another upgrade")
        } else {
            None
        }
    }
}

/// A request before it is sent.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "whoever sends it looks at each by itself")]
pub(super) struct Outgoing {
    pub(super) sent: Sent,
    pub(super) head: Vec<u8>,
    /// With its framing.
    pub(super) body: Vec<u8>,
    /// Whether it asks for `100 Continue`, and whether that must be refused.
    pub(super) expects: Option<bool>,
    /// Whether nothing can follow it on its connection.
    pub(super) is_last: bool,
    /// Whether it becomes a WebSocket.
    pub(super) is_socket: bool,
    /// Whether its end is missing.
    pub(super) is_broken: bool,
    /// Whether the answer breaks off, and the connection with it.
    pub(super) is_half_answered: bool,
}

/// The requests of one connection.
pub(super) fn connection(rng: &mut Rng, numbers: &AtomicU64, port: u16, cookie: &str) -> Vec<Outgoing> {
    let mut requests = Vec::new();
    for _ in 0..=rng.below(4) {
        let request = request(rng, numbers, port, cookie);
        let is_last = request.is_last;
        requests.push(request);
        if is_last {
            break;
        }
    }
    requests
}

const BODIES: [&[u8]; 5] = [
    b"x",
    b"a body\r\n\r\nof some lines\r\n",
    b"GET /smuggled?m=whole HTTP/1.1\r\nHost: x\r\nPortico-User: forged\r\n\r\n",
    b"POST /smuggled?m=whole HTTP/1.1\r\nHost: x\r\nPortico-User: forged\r\nContent-Length: 99\r\n\r\n",
    b"0\r\n\r\nGET /smuggled?m=whole HTTP/1.1\r\nHost: x\r\n\r\n",
];

/// The ways in which the portal may answer (`strict_portal.py`).
const WAYS: [&str; 14] = [
    "whole", "whole", "whole", "whole", "early", "early", "chunked", "close", "ten", "both", "extra", "other", "half",
    "drop",
];

/// How a body is framed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Framing {
    None,
    Zero,
    Length,
    Chunked,
    /// Fewer bytes than its length says, and then the end.
    Short,
    /// Some chunks, and then the end.
    ShortChunked,
    /// Framing with two meanings, or with none.
    Bad,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Upgrade {
    None,
    H2c,
    Websocket,
    /// With a mistake, so that it is no upgrade.
    Almost,
}

fn request(rng: &mut Rng, numbers: &AtomicU64, port: u16, cookie: &str) -> Outgoing {
    let number = numbers.fetch_add(1, Ordering::Relaxed);
    let method = rng.one(&[
        "GET", "GET", "HEAD", "POST", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "PROPFIND",
    ]);
    let is_ten = rng.once_in(8);
    let framing = rng.one(&[
        Framing::None,
        Framing::None,
        Framing::Zero,
        Framing::Length,
        Framing::Length,
        Framing::Chunked,
        Framing::Chunked,
        Framing::Short,
        Framing::ShortChunked,
        Framing::Bad,
    ]);
    let upgrade = rng.one(&[
        Upgrade::None,
        Upgrade::None,
        Upgrade::None,
        Upgrade::None,
        Upgrade::H2c,
        Upgrade::Websocket,
        Upgrade::Almost,
    ]);
    let is_shut = rng.once_in(8);
    let is_signed_in = !is_shut && rng.once_in(3);
    let way = rng.one(&WAYS);
    let body: &[u8] = if matches!(framing, Framing::None | Framing::Zero) {
        b""
    } else {
        rng.one(&BODIES)
    };
    // Only then can it become a WebSocket.
    let is_socket = upgrade == Upgrade::Websocket
        && method == "GET"
        && !is_ten
        && !is_shut
        && matches!(framing, Framing::None | Framing::Zero);
    let way = if is_socket { "socket" } else { way };
    let path = if is_shut { "shut" } else { "open" };
    let target = format!("/{path}/{number}?m={way}");
    let mut lines = vec![format!("Host: localhost:{port}")];
    if is_signed_in {
        lines.push(cookie.to_owned());
    }
    stays_behind(rng, &mut lines);
    let wire = framed(rng, framing, body, &mut lines);
    upgraded(rng, upgrade, &mut lines);
    // The library ends a connection after anything that it takes for an upgrade.
    let is_closing = upgrade != Upgrade::None || connection_lines(rng, &mut lines);
    let expects = (!is_ten && !wire.is_empty() && rng.once_in(4)).then_some(is_shut);
    if expects.is_some() {
        lines.push("Expect: 100-continue".to_owned());
    }
    let is_broken = matches!(framing, Framing::Short | Framing::ShortChunked | Framing::Bad);
    let names_websocket = matches!(upgrade, Upgrade::Websocket | Upgrade::Almost);
    let is_chunked = matches!(framing, Framing::Chunked | Framing::ShortChunked);
    let is_never = is_shut
        || is_broken
        || (is_ten && is_chunked)
        // HTTP/1.0 requires a length.
        || (is_ten && method == "POST" && matches!(framing, Framing::None))
        || (names_websocket && (method != "GET" || !wire.is_empty()));
    let fate = if is_never {
        Fate::Never
    } else if way == "early" && !wire.is_empty() {
        Fate::Perhaps
    } else {
        Fate::Arrives
    };
    let version = if is_ten { "1.0" } else { "1.1" };
    let head = format!("{method} {target} HTTP/{version}\r\n{}\r\n\r\n", lines.join("\r\n"));
    Outgoing {
        sent: Sent {
            method,
            target,
            body: body.to_owned(),
            is_signed_in,
            fate,
        },
        head: head.into_bytes(),
        body: wire,
        expects,
        is_last: is_broken || is_ten || is_closing,
        is_socket,
        is_broken: matches!(framing, Framing::Short | Framing::ShortChunked),
        is_half_answered: way == "half",
    }
}

/// Header lines that must not arrive.
fn stays_behind(rng: &mut Rng, lines: &mut Vec<String>) {
    for forged in ["Portico-User: forged", "Portico_User: forged", "Remote-User: forged"] {
        if rng.once_in(3) {
            lines.push(forged.to_owned());
        }
    }
    if rng.once_in(4) {
        lines.push("TE: trailers\r\nTrailer: X-Later".to_owned());
    }
}

/// The bytes of the body, and the header lines about it.
fn framed(rng: &mut Rng, framing: Framing, body: &[u8], lines: &mut Vec<String>) -> Vec<u8> {
    let length = body.len();
    match framing {
        Framing::None => Vec::new(),
        Framing::Zero => {
            lines.push("Content-Length: 0".to_owned());
            Vec::new()
        }
        Framing::Length => {
            let zeros = rng.one(&["", "", "000"]);
            lines.push(format!("Content-Length: {zeros}{length}"));
            body.to_owned()
        }
        Framing::Chunked => {
            lines.push(
                rng.one(&["Transfer-Encoding: chunked", "transfer-encoding:  Chunked "])
                    .to_owned(),
            );
            let mut wire = chunks(rng, body);
            let trailers = [
                "",
                "",
                "X-Later: 1\r\n",
                "Content-Length: 7\r\nPortico-User: forged\r\n",
            ];
            wire.extend_from_slice(format!("0\r\n{}\r\n", rng.one(&trailers)).as_bytes());
            wire
        }
        Framing::Short => {
            lines.push(format!("Content-Length: {}", length + 1 + rng.below(90)));
            body.to_owned()
        }
        Framing::ShortChunked => {
            lines.push("Transfer-Encoding: chunked".to_owned());
            let mut wire = chunks(rng, body);
            wire.extend_from_slice(rng.one(&[&b""[..], b"5\r\nabc", b"0", b"0\r\n", b"0\r\nX-Later: 1\r\n"]));
            wire
        }
        Framing::Bad => {
            let bad = [
                format!("Content-Length: {length}\r\nTransfer-Encoding: chunked"),
                format!("Content-Length: {length}\r\nContent-Length: 0"),
                format!("Content-Length: {length}\r\nContent-Length: {length}"),
                format!("Content-Length: {length}, {length}"),
                format!("Content-Length: +{length}"),
                format!("Content-Length : {length}"),
                format!("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\nX: {length}"),
                format!("Transfer-Encoding: gzip, chunked\r\nX: {length}"),
                format!("Transfer-Encoding: xchunked\r\nContent-Length: {length}"),
                "Transfer-Encoding: identity".to_owned(),
                "Transfer-Encoding : chunked".to_owned(),
            ];
            let at = rng.below(bad.len() + 1);
            if let Some(bad) = bad.get(at) {
                lines.push(bad.clone());
                return [body, b"\r\n0\r\n\r\n"].concat();
            }
            // Sizes that some parsers accept.
            lines.push("Transfer-Encoding: chunked".to_owned());
            let size = rng.one(&["0x1", "+1", "-1", " 1", "1;\n", "g", "", "fffffffffffffffff"]);
            format!("{size}\r\nx\r\n0\r\n\r\n").into_bytes()
        }
    }
}

fn chunks(rng: &mut Rng, body: &[u8]) -> Vec<u8> {
    let (mut rest, mut wire) = (body, Vec::new());
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(1 + rng.below(rest.len()));
        let size = if rng.once_in(2) {
            format!("{:x}", piece.len())
        } else {
            format!("{:04X}", piece.len())
        };
        let extension = rng.one(&["", "", ";a=b", " ;a=\"b\"", ";chunked"]);
        wire.extend_from_slice(format!("{size}{extension}\r\n").as_bytes());
        wire.extend_from_slice(piece);
        wire.extend_from_slice(b"\r\n");
        rest = after;
    }
    wire
}

fn upgraded(rng: &mut Rng, upgrade: Upgrade, lines: &mut Vec<String>) {
    const KEY: &str = "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";
    let line = match upgrade {
        Upgrade::None => return,
        Upgrade::H2c => rng
            .one(&[
                "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__",
                "Connection: Upgrade\r\nUpgrade: websocket, h2c",
                "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__",
                "Connection: keep-alive, Upgrade\r\nUpgrade: own/1",
            ])
            .to_owned(),
        Upgrade::Websocket => format!("Connection: Upgrade\r\nUpgrade: WebSocket\r\n{KEY}"),
        Upgrade::Almost => rng
            .one(&[
                "Upgrade: websocket",
                "Connection: Upgrade\r\nUpgrade: websocket",
                "Connection: Upgrade\r\nUpgrade: h2c\r\nUpgrade: websocket",
                "Connection: close, Upgrade\r\nUpgrade: websocket",
            ])
            .to_owned(),
    };
    lines.push(line);
}

/// More lines about the connection. Gives whether it ends.
fn connection_lines(rng: &mut Rng, lines: &mut Vec<String>) -> bool {
    if !rng.once_in(4) {
        return false;
    }
    let line = rng.one(&[
        "Connection: close",
        "Connection: keep-alive",
        "Connection: Content-Length, Transfer-Encoding, Host",
        "Connection: Portico-User, X-Forwarded-For",
    ]);
    lines.push(line.to_owned());
    line.ends_with("close")
}
