//! Our framing of a connection, compared with the library's parser.

use std::collections::VecDeque;

use actix_http::h1::{Codec, Message};
use actix_web::web::BytesMut;
use proptest::prelude::*;
use tokio_util::codec::Decoder as _;

use super::*;

/// The library behind the pipeline: each request that it decoded, with its body, and whether that is complete.
#[derive(Default)]
struct Library {
    codec: Codec,
    has: BytesMut,
    requests: Vec<(String, Vec<u8>, bool)>,
    framing: Option<Framing>,
    is_refusing: bool,
}

impl Library {
    fn gets(&mut self, bytes: &[u8]) {
        self.has.extend_from_slice(bytes);
        loop {
            match self.codec.decode(&mut self.has) {
                Ok(Some(Message::Item(req))) => {
                    let framing = Framing::of(&req);
                    self.framing = Some(framing);
                    let target = req.path().to_owned();
                    let is_whole = framing == Framing::Length(0);
                    self.requests.push((target, Vec::new(), is_whole));
                }
                Ok(Some(Message::Chunk(Some(piece)))) => {
                    self.requests.last_mut().unwrap().1.extend(piece);
                }
                Ok(Some(Message::Chunk(None))) => self.requests.last_mut().unwrap().2 = true,
                Ok(None) => return,
                Err(_) => {
                    self.is_refusing = true;
                    return;
                }
            }
        }
    }

    fn is_whole(&self) -> bool {
        self.requests.last().is_some_and(|request| request.2)
    }
}

/// The library's clock is a task of the thread.
fn beside_its_clock<T>(plays: impl FnOnce() -> T) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    let tasks = tokio::task::LocalSet::new();
    runtime.unwrap().block_on(tasks.run_until(async { plays() }))
}

/// Sends everything in these pieces. A request is answered when nothing more is read for it.
fn plays(sent: &[u8], splits: &[usize]) -> Library {
    beside_its_clock(|| plays_here(sent, splits))
}

fn plays_here(sent: &[u8], splits: &[usize]) -> Library {
    let mut pieces = VecDeque::new();
    let mut rest = sent;
    for split in splits.iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let (piece, after) = rest.split_at((*split).clamp(1, rest.len()));
        pieces.push_back(piece);
        rest = after;
    }
    let (mut library, mut pipeline) = (Library::default(), Pipeline::new());
    let mut is_busy = false;
    let mut ahead: &[u8] = &[];
    while !library.is_refusing {
        let framing = library.framing.take();
        is_busy |= framing.is_some();
        match pipeline.next(framing, is_busy) {
            ParserStep::Ends => panic!("decoded what was not handed over"),
            // This library decodes at once whatever it gets.
            ParserStep::Decodes => {}
            ParserStep::Waits => {
                assert!(library.is_whole(), "{:?}", library.requests);
                assert!(library.has.is_empty(), "{:?}", library.has);
                is_busy = false;
            }
            ParserStep::Breaks => {
                library.gets(&ahead[..1]);
                assert!(library.is_refusing, "it would have read on: {library:?}");
            }
            ParserStep::Reads => {
                if ahead.is_empty() {
                    let Some(piece) = pieces.pop_front() else {
                        break;
                    };
                    ahead = piece;
                }
                let known = library.requests.len();
                let taken = pipeline.takes(ahead);
                // No bytes would mean the end of the connection.
                assert!(taken > 0 || pipeline.next(None, true) == ParserStep::Breaks);
                library.gets(&ahead[..taken]);
                ahead = &ahead[taken..];
                assert!(library.requests.len() <= known + 1);
                assert!(!is_busy || library.requests.len() == known, "{library:?}");
            }
        }
    }
    library
}

impl std::fmt::Debug for Library {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(&self.requests).finish()
    }
}

fn request() -> impl Strategy<Value = (Vec<u8>, Vec<u8>)> {
    let body = proptest::collection::vec(any::<u8>(), 0..40);
    let end = prop_oneof![Just("\r\n"), Just("\n")];
    let extension = prop_oneof![Just(""), Just(" "), Just("; a=\"b\""), Just("\t;x")];
    let trailer = prop_oneof![Just(""), Just("X-A: b\r\n"), Just("a\nb\r\n\tc\r\n")];
    let before = prop_oneof![Just(""), Just("\r\n"), Just("\n\r\n")];
    let how = (0..4_u8, body, end, extension, trailer, before);
    how.prop_map(|(how, body, end, extension, trailer, before)| {
        let mut sent = before.as_bytes().to_vec();
        let method = ["GET", "POST", "HEAD", "PUT"][usize::from(how)];
        sent.extend(format!("{method} /{how} HTTP/1.1{end}Host: x{end}").bytes());
        match how {
            0 => {
                sent.extend(end.bytes());
                (sent, Vec::new())
            }
            1 => {
                sent.extend(format!("Content-Length: {}{end}{end}", body.len()).bytes());
                sent.extend(&body);
                (sent, body)
            }
            _ => {
                sent.extend(format!("Transfer-Encoding: chunked{end}{end}").bytes());
                for piece in body.chunks(17) {
                    sent.extend(format!("{:x}{extension}\r\n", piece.len()).bytes());
                    sent.extend(piece);
                    sent.extend(b"\r\n");
                }
                sent.extend(format!("00{extension}\r\n{trailer}\r\n").bytes());
                (sent, body)
            }
        }
    })
}

proptest! {
    #[test]
    fn however_requests_are_cut_up_each_arrives_whole_before_the_next(
        requests in proptest::collection::vec(request(), 1..6),
        splits in proptest::collection::vec(1..60_usize, 1..8),
    ) {
        let sent: Vec<u8> = requests.iter().flat_map(|(sent, _)| sent.clone()).collect();
        for splits in [&splits[..], &[1], &[usize::MAX]] {
            let library = plays(&sent, splits);
            prop_assert!(!library.is_refusing);
            let bodies: Vec<_> = library.requests.iter().map(|request| &request.1).collect();
            let expected: Vec<_> = requests.iter().map(|(_, body)| body).collect();
            prop_assert_eq!(bodies, expected);
            prop_assert!(library.requests.iter().all(|request| request.2));
        }
    }

    /// For any bytes, the library sees no end that we do not see, nor the other way round.
    #[test]
    fn a_body_in_chunks_ends_where_the_library_says(
        body in "(0|1|2|a|F|g|;|\r\n|\r\n|\r|\n| |\t|x|\u{7f}|\u{1}){0,24}",
        split in 1..9_usize,
    ) {
        let head = "POST /0 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
        let next = "GET /next HTTP/1.1\r\nHost: x\r\n\r\n";
        let sent = format!("{head}1\r\n{body}0\r\n\r\n{next}");
        plays(sent.as_bytes(), &[split]);
        plays(format!("{head}{body}{next}").as_bytes(), &[split]);
    }

    #[test]
    fn a_head_ends_where_the_library_says(
        head in "(GET /0 HTTP/1.1\r\nHost: x|GET /0 HTTP/1.0|\r\n|\n|\r| |A: b|:|\t){0,12}",
        split in 1..9_usize,
    ) {
        let sent = format!("{head}\r\n\r\nGET /next HTTP/1.1\r\nHost: x\r\n\r\n");
        plays(sent.as_bytes(), &[split]);
    }
}

fn framing(lines: &str) -> Option<Framing> {
    let library = beside_its_clock(|| {
        let mut library = Library::default();
        library.gets(format!("{lines}\r\n\r\n").as_bytes());
        library
    });
    assert_eq!(library.is_refusing, library.framing.is_none(), "{lines}");
    library.framing
}

#[test]
fn a_head_is_understood_as_the_library_understands_it() {
    for (lines, expected) in [
        ("GET / HTTP/1.1\r\nHost: x", Some(Framing::Length(0))),
        (
            "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 0",
            Some(Framing::Length(0)),
        ),
        (
            "GET / HTTP/1.1\r\nHost: x\r\nContent-Length:  007 ",
            Some(Framing::Length(7)),
        ),
        ("GET / HTTP/1.0\r\nContent-Length: 7", Some(Framing::Length(7))),
        (
            "GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: Chunked",
            Some(Framing::Chunked),
        ),
        ("CONNECT x:1 HTTP/1.1\r\nHost: x", Some(Framing::Never)),
        (
            "CONNECT x:1 HTTP/1.1\r\nHost: x\r\nContent-Length: 0",
            Some(Framing::Never),
        ),
        (
            "CONNECT x:1 HTTP/1.1\r\nHost: x\r\nContent-Length: 3",
            Some(Framing::Length(3)),
        ),
        (
            "POST / HTTP/1.1\r\nHost: x\r\nUpgrade: WebSocket\r\nContent-Length: 3",
            Some(Framing::Never),
        ),
        (
            "GET / HTTP/1.0\r\nUpgrade: h2c\r\nUpgrade: websocket",
            Some(Framing::Never),
        ),
        (
            "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: h2c, websocket",
            Some(Framing::Length(0)),
        ),
        (
            "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nTransfer-Encoding: chunked",
            Some(Framing::Chunked),
        ),
        ("GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: identity", None),
        ("GET / HTTP/1.1\r\nHost: x\r\nContent-Length: +3", None),
        ("GET / HTTP/1.1", None),
    ] {
        assert_eq!(framing(lines), expected, "{lines}");
        // The next request is decoded too.
        let body = match expected {
            Some(Framing::Length(length)) => "a".repeat(usize::try_from(length).unwrap()),
            Some(Framing::Chunked) => "0\r\n\r\n".to_owned(),
            Some(Framing::Never) | None => continue,
        };
        let next = "GET /next HTTP/1.1\r\nHost: x\r\n\r\n";
        let library = plays(format!("{lines}\r\n\r\n{body}{next}").as_bytes(), &[5]);
        assert_eq!(library.requests.len(), 2, "{lines}");
    }
}

#[test]
fn what_the_library_does_not_decode_is_left_to_it() {
    let mut pipeline = Pipeline::new();
    assert_eq!(pipeline.next(None, false), ParserStep::Reads);
    assert_eq!(pipeline.takes(b"nonsense\r\n\r\nmore"), 12);
    assert_eq!(pipeline.next(None, false), ParserStep::Decodes);
    assert_eq!(pipeline.next(None, false), ParserStep::Reads);
    assert_eq!(pipeline.takes(b"more\r\n\r\nmore"), 12);
    // It cannot have decoded a request there.
    assert_eq!(pipeline.next(Some(Framing::Length(0)), true), ParserStep::Ends);
}

#[test]
fn a_body_that_is_broken_ends_where_it_breaks() {
    for (sent, taken) in [("zz\r\n", 0), ("1\r\naXX", 4), ("1;\u{1}\r\n", 2), ("\r\n", 0)] {
        let mut pipeline = Pipeline::new();
        let head = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
        assert_eq!(pipeline.takes(head.as_bytes()), head.len());
        assert_eq!(pipeline.next(Some(Framing::Chunked), true), ParserStep::Reads);
        assert_eq!(pipeline.takes(sent.as_bytes()), taken, "{sent:?}");
        assert_eq!(pipeline.next(None, true), ParserStep::Breaks, "{sent:?}");
        assert_eq!(pipeline.next(None, true), ParserStep::Breaks, "{sent:?}");
        // The rest is discarded once the request is answered.
        assert_eq!(pipeline.next(None, false), ParserStep::Reads);
        assert_eq!(pipeline.takes(b"GET / HTTP/1.0\r\n\r\nmore"), 22);
    }
}
