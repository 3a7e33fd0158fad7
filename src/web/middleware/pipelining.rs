//! Hands over one request at a time, by finding where each ends in the bytes of a connection (docs/decisions/0020).
//!
//! The library decodes every head that it has, and writes each answer according to the head that it decoded last:
//! without a body when that was a HEAD, as HTTP/1.0 when that was one. So it gets nothing of a request before the
//! previous one is answered.
//!
//! This module does not judge how a body ends. The library reports how it understood the head, and the body is followed
//! as the library follows it (`src/h1/chunked.rs`). Whatever it refuses, it refuses for the whole connection. A body
//! that it would refuse is ended first: otherwise it would drop the connection, and the client would get no answer.

use actix_http::header::{CONTENT_LENGTH, HeaderValue, TRANSFER_ENCODING, UPGRADE};
use actix_http::{HttpMessage as _, Request};
use actix_web::http::Method;
use memchr::memchr;

/// How the body of a request ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::web) enum Framing {
    /// After this many bytes; 0 without a body.
    Length(u64),
    Chunked,
    /// With the connection, which may become a WebSocket.
    Never,
}

impl Framing {
    /// As the library has decided (`src/h1/decoder.rs`). A request that it refuses never gets here.
    pub(in crate::web) fn of(req: &Request) -> Self {
        let headers = req.headers();
        if headers.contains_key(TRANSFER_ENCODING) {
            return Self::Chunked;
        }
        let is_for_a_socket = |value: &HeaderValue| {
            let value = value.to_str().map(str::trim);
            value.is_ok_and(|value| value.eq_ignore_ascii_case("websocket"))
        };
        if headers.get_all(UPGRADE).any(is_for_a_socket) {
            return Self::Never;
        }
        let length = headers.get(CONTENT_LENGTH).map(|length| {
            let length = length.to_str().ok();
            length.and_then(|length| length.trim().parse().ok())
        });
        match length {
            Some(None) => Self::Never,
            None | Some(Some(0)) if req.method() == Method::CONNECT => Self::Never,
            None => Self::Length(0),
            Some(Some(length)) => Self::Length(length),
        }
    }
}

/// The library's next step.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::web) enum ParserStep {
    /// Read more.
    Reads,
    /// Decode what it has first.
    Decodes,
    /// Wait until the request is answered.
    Waits,
    /// See the end of input: the body of the request has broken off.
    Breaks,
    /// Nothing more: it decoded a request where there is none.
    Ends,
}

/// The position in the bytes of a connection.
#[derive(Debug)]
pub(in crate::web) struct Pipeline(Position);

#[derive(Debug)]
enum Position {
    Head(Line),
    /// The library has a complete head, and perhaps had time to decode it.
    Decoding {
        had_time: bool,
    },
    Length(u64),
    Chunks(Chunk),
    /// The next bytes are not a chunk.
    Broken,
    /// The library has a complete request.
    Whole,
    /// The library has refused something, or this is a WebSocket.
    Rest,
}

impl Pipeline {
    /// The position on a new connection.
    pub(in crate::web) fn new() -> Self {
        Self(Position::Head(Line::None))
    }

    /// The next step. `framing` is how the body of the request just decoded ends, if one was; `is_busy` is whether a
    /// request waits for its answer.
    pub(in crate::web) fn next(&mut self, framing: Option<Framing>, is_busy: bool) -> ParserStep {
        match (&mut self.0, framing) {
            (Position::Decoding { .. }, Some(framing)) => {
                self.0 = match framing {
                    Framing::Length(0) => Position::Whole,
                    Framing::Length(length) => Position::Length(length),
                    Framing::Chunked => Position::Chunks(Chunk::Size(None)),
                    Framing::Never => Position::Rest,
                };
            }
            (_, Some(_)) => return ParserStep::Ends,
            (Position::Decoding { had_time }, None) => {
                if !*had_time {
                    *had_time = true;
                    return ParserStep::Decodes;
                }
                self.0 = Position::Rest;
            }
            (_, None) => {}
        }
        match self.0 {
            Position::Whole if is_busy => return ParserStep::Waits,
            Position::Whole => self.0 = Position::Head(Line::None),
            Position::Broken if is_busy => return ParserStep::Breaks,
            // Discarded, so that a client that is still sending gets to read the answer.
            Position::Broken => self.0 = Position::Rest,
            _ => {}
        }
        ParserStep::Reads
    }

    /// How many of these bytes the library gets. 0 when the body has broken off.
    pub(in crate::web) fn takes(&mut self, bytes: &[u8]) -> usize {
        match &mut self.0 {
            Position::Head(line) => {
                let end = line.end_of_head(bytes);
                end.map_or(bytes.len(), |end| {
                    self.0 = Position::Decoding { had_time: false };
                    end
                })
            }
            Position::Length(left) => {
                let all = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
                if *left > all {
                    *left -= all;
                    return bytes.len();
                }
                let taken = usize::try_from(*left).unwrap_or(bytes.len());
                self.0 = Position::Whole;
                taken
            }
            Position::Chunks(chunk) => {
                let mut taken = 0;
                while let Some(rest @ [first, ..]) = bytes.get(taken..) {
                    let (step, next) = match *chunk {
                        Chunk::Data(left) => Chunk::data(left, rest.len()),
                        other => (1, other.after(*first)),
                    };
                    let Some(next) = next else {
                        self.0 = Position::Broken;
                        return taken;
                    };
                    taken += step;
                    if matches!(next, Chunk::End) {
                        self.0 = Position::Whole;
                        return taken;
                    }
                    *chunk = next;
                }
                bytes.len()
            }
            Position::Decoding { .. } | Position::Broken | Position::Whole => 0,
            Position::Rest => bytes.len(),
        }
    }
}

/// The position in a head. An empty line ends the head, unless it comes first.
#[derive(Debug, Clone, Copy)]
enum Line {
    None,
    Begun,
    Ended,
    EndedAndReturned,
}

impl Line {
    /// How many of these bytes belong to the head, if it ends among them.
    fn end_of_head(&mut self, bytes: &[u8]) -> Option<usize> {
        let mut at = 0;
        while let Some(rest @ [first, ..]) = bytes.get(at..) {
            if matches!(self, Self::Begun) {
                // The rest of the line does not matter.
                at += memchr(b'\n', rest)? + 1;
                *self = Self::Ended;
                continue;
            }
            at += 1;
            *self = match (*self, *first) {
                (Self::None, b'\r' | b'\n') => Self::None,
                (Self::Ended | Self::EndedAndReturned, b'\n') => return Some(at),
                (Self::Ended, b'\r') => Self::EndedAndReturned,
                _ => Self::Begun,
            };
        }
        None
    }
}

/// The position in a chunked body.
#[derive(Debug, Clone, Copy)]
enum Chunk {
    Size(Option<u64>),
    Blank(u64),
    Extension(u64),
    SizeReturned(u64),
    Data(u64),
    DataOver,
    DataReturned,
    /// An empty line ends the trailers.
    TrailersOrEnd,
    Trailer,
    TrailerReturned,
    EndReturned,
    End,
}

impl Chunk {
    /// How many bytes are the chunk's data, and what follows.
    fn data(left: u64, here: usize) -> (usize, Option<Self>) {
        let all = u64::try_from(here).unwrap_or(u64::MAX);
        if left > all {
            return (here, Some(Self::Data(left - all)));
        }
        (usize::try_from(left).unwrap_or(here), Some(Self::DataOver))
    }

    /// What follows this byte; `None` where the library refuses it.
    fn after(self, byte: u8) -> Option<Self> {
        match (self, byte) {
            (Self::Size(Some(size)) | Self::Blank(size), b'\t' | b' ') => Some(Self::Blank(size)),
            (Self::Size(Some(size)) | Self::Blank(size), b';') => Some(Self::Extension(size)),
            (Self::Size(Some(size)) | Self::Blank(size) | Self::Extension(size), b'\r') => {
                Some(Self::SizeReturned(size))
            }
            (Self::Size(size), _) => {
                let digit = char::from(byte).to_digit(16)?;
                let size = size.unwrap_or(0).checked_mul(16)?;
                Some(Self::Size(Some(size + u64::from(digit))))
            }
            (Self::Extension(_), 0x00..=0x08 | 0x0a..=0x1f | 0x7f) => None,
            (Self::Extension(size), _) => Some(Self::Extension(size)),
            (Self::SizeReturned(0) | Self::TrailerReturned, b'\n') => Some(Self::TrailersOrEnd),
            (Self::SizeReturned(size), b'\n') => Some(Self::Data(size)),
            (Self::DataOver, b'\r') => Some(Self::DataReturned),
            (Self::DataReturned, b'\n') => Some(Self::Size(None)),
            (Self::TrailersOrEnd, b'\r') => Some(Self::EndReturned),
            (Self::Trailer, b'\r') => Some(Self::TrailerReturned),
            (Self::TrailersOrEnd | Self::Trailer, _) => Some(Self::Trailer),
            (Self::EndReturned, b'\n') => Some(Self::End),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
