//! An outgoing request: a head that says nothing of a body, and a body that says where it ends. Only the two together
//! are a request, so none goes out with a length that belongs to another body.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use actix_web::HttpRequest;
use actix_web::http::header as asked;
use actix_web::web::Bytes;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use hyper::http::header::{CONNECTION, CONTENT_LENGTH, HeaderValue, TE, TRAILER, TRANSFER_ENCODING, UPGRADE};
use hyper::http::request::{Parts, Request};
use tokio::sync::mpsc::Receiver;

/// What a request says of its body (RFC 9112 §6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AnnouncedBody {
    /// That it has none.
    Nothing,
    /// So many bytes, or that there are none.
    Length(u64),
    /// Chunks, each with its own length.
    Chunked,
}

impl AnnouncedBody {
    /// What this request says; `None` when it is ambiguous. The library refuses most of those before.
    pub(super) fn by(req: &HttpRequest) -> Option<Self> {
        let mut codings = req.headers().get_all(asked::TRANSFER_ENCODING);
        let mut lengths = req.headers().get_all(asked::CONTENT_LENGTH);
        let (coding, length) = (codings.next(), lengths.next());
        if codings.next().is_some() || lengths.next().is_some() {
            return None;
        }
        match (coding, length) {
            (None, None) => Some(Self::Nothing),
            (Some(coding), None) => coding
                .as_bytes()
                .trim_ascii()
                .eq_ignore_ascii_case(b"chunked")
                .then_some(Self::Chunked),
            (None, Some(length)) => {
                let digits = length.to_str().ok()?.trim();
                let is_plain = digits.bytes().all(|byte| byte.is_ascii_digit());
                let length = is_plain.then(|| digits.parse().ok())?;
                length.map(Self::Length)
            }
            (Some(_), Some(_)) => None,
        }
    }

    /// Whether nothing follows the head.
    pub(super) fn is_nothing(self) -> bool {
        matches!(self, Self::Nothing | Self::Length(0))
    }
}

/// The head of a request, without any header about its body.
#[derive(Debug, Clone)]
pub(super) struct Head(Parts);

impl Head {
    /// Removes every header about the body.
    pub(super) fn new(mut parts: Parts) -> Self {
        for name in [CONTENT_LENGTH, TRANSFER_ENCODING, TE, TRAILER] {
            parts.headers.remove(name);
        }
        Self(parts)
    }

    /// Asks the portal to switch to a WebSocket.
    pub(super) fn upgrades(&mut self) {
        let headers = &mut self.0.headers;
        headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
        headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    }

    /// The request with this body.
    pub(super) fn with(mut self, body: Body) -> Request<Body> {
        let headers = &mut self.0.headers;
        match body.announced {
            AnnouncedBody::Nothing => {}
            AnnouncedBody::Length(length) => {
                headers.insert(CONTENT_LENGTH, length.into());
            }
            // Set by us: by itself the library sends no chunks with GET and HEAD, and loses the body.
            AnnouncedBody::Chunked => {
                headers.insert(TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
            }
        }
        Request::from_parts(self.0, body)
    }
}

/// One piece of a body; `None` when there are no more. A sender that is dropped before has not sent everything.
pub(super) type Piece = io::Result<Option<Bytes>>;

/// A body for the portal.
#[derive(Debug)]
pub(super) struct Body {
    /// What is still to come.
    announced: AnnouncedBody,
    pieces: Option<Receiver<Piece>>,
    is_whole: Arc<AtomicBool>,
}

impl Body {
    /// No body, and no header about one.
    pub(super) fn nothing() -> Self {
        Self {
            announced: AnnouncedBody::Nothing,
            pieces: None,
            is_whole: Arc::new(AtomicBool::new(true)),
        }
    }

    /// A body of these pieces. More or less than was announced is an error, which costs the connection.
    pub(super) fn of(announced: AnnouncedBody, pieces: Receiver<Piece>) -> Self {
        Self {
            announced,
            pieces: (!announced.is_nothing()).then_some(pieces),
            is_whole: Arc::new(AtomicBool::new(announced.is_nothing())),
        }
    }

    /// Whether all of it has been handed over by now.
    pub(super) fn is_whole(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.is_whole)
    }

    fn takes(&mut self, piece: Option<Bytes>) -> io::Result<Option<Frame<Bytes>>> {
        let is_over = piece.is_none();
        if let AnnouncedBody::Length(left) = &mut self.announced {
            let length = piece.as_ref().map_or(0, Bytes::len) as u64;
            *left = left
                .checked_sub(length)
                .ok_or_else(|| io::Error::other("a body is longer than its head says"))?;
            if is_over && *left > 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        if is_over || self.announced.is_nothing() {
            self.is_whole.store(true, Ordering::Relaxed);
            self.pieces = None;
        }
        Ok(piece.map(Frame::data))
    }
}

impl HttpBody for Body {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let Some(pieces) = &mut self.pieces else {
            return Poll::Ready(None);
        };
        let piece = ready!(pieces.poll_recv(context));
        let piece = piece.unwrap_or_else(|| Err(io::ErrorKind::UnexpectedEof.into()));
        Poll::Ready(piece.and_then(|piece| self.takes(piece)).transpose())
    }

    fn is_end_stream(&self) -> bool {
        self.pieces.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        match self.announced {
            AnnouncedBody::Nothing => SizeHint::with_exact(0),
            AnnouncedBody::Length(left) => SizeHint::with_exact(left),
            AnnouncedBody::Chunked => SizeHint::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use actix_web::test::TestRequest;
    use hyper::http::header::HOST;
    use tokio::sync::mpsc;

    use super::*;

    fn announced(lines: &[(&'static str, &'static str)]) -> Option<AnnouncedBody> {
        let mut request = TestRequest::default();
        for line in lines {
            request = request.append_header(*line);
        }
        AnnouncedBody::by(&request.to_http_request())
    }

    #[test]
    fn a_body_has_one_meaning_or_none() {
        const LENGTH: &str = "content-length";
        const CODING: &str = "transfer-encoding";
        assert_eq!(announced(&[]), Some(AnnouncedBody::Nothing));
        assert_eq!(announced(&[(LENGTH, "0")]), Some(AnnouncedBody::Length(0)));
        assert_eq!(announced(&[(LENGTH, "007")]), Some(AnnouncedBody::Length(7)));
        assert_eq!(announced(&[(CODING, "Chunked")]), Some(AnnouncedBody::Chunked));
        let bad: [&[(&str, &str)]; 9] = [
            &[(LENGTH, "5"), (CODING, "chunked")],
            &[(LENGTH, "5"), (LENGTH, "5")],
            &[(CODING, "chunked"), (CODING, "chunked")],
            &[(CODING, "gzip, chunked")],
            &[(CODING, "identity")],
            &[(LENGTH, "+5")],
            &[(LENGTH, "5, 5")],
            &[(LENGTH, "18446744073709551616")],
            &[(LENGTH, "")],
        ];
        for lines in bad {
            assert_eq!(announced(lines), None, "{lines:?}");
        }
    }

    /// Whatever a head said before, its body decides.
    #[test]
    fn only_the_body_says_where_it_ends() {
        let framing = |announced: AnnouncedBody| {
            let (parts, ()) = Request::builder()
                .header(HOST, "x")
                .header(CONTENT_LENGTH, "44")
                .header(CONTENT_LENGTH, "45")
                .header(TRANSFER_ENCODING, "gzip")
                .header(TRAILER, "x")
                .header(TE, "trailers")
                .body(())
                .unwrap()
                .into_parts();
            let (_, pieces) = mpsc::channel(1);
            let request = Head::new(parts).with(Body::of(announced, pieces));
            let lines = request.headers().iter();
            let lines = lines.map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()));
            (lines.collect::<Vec<_>>(), request.body().is_end_stream())
        };
        let lines = |more: &[&str]| [&["host: x"], more].concat().join("\n");
        for (announced, more, is_over) in [
            (AnnouncedBody::Nothing, &[][..], true),
            (AnnouncedBody::Length(0), &["content-length: 0"], true),
            (AnnouncedBody::Length(7), &["content-length: 7"], false),
            (AnnouncedBody::Chunked, &["transfer-encoding: chunked"], false),
        ] {
            let (written, ends) = framing(announced);
            assert_eq!((written.join("\n"), ends), (lines(more), is_over));
        }
    }

    /// The length of a body of these pieces, or the error; and whether it is whole.
    async fn sent(announced: AnnouncedBody, pieces: &[Option<&'static str>]) -> (io::Result<usize>, bool) {
        let (to, from) = mpsc::channel(pieces.len().max(1));
        for piece in pieces {
            let piece = piece.map(|piece| Bytes::from_static(piece.as_bytes()));
            to.send(Ok(piece)).await.unwrap();
        }
        drop(to);
        let mut body = Body::of(announced, from);
        let is_whole = body.is_whole();
        let mut length = 0;
        while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
            match frame {
                Ok(frame) => length += frame.into_data().unwrap().len(),
                Err(error) => return (Err(error), is_whole.load(Ordering::Relaxed)),
            }
        }
        (Ok(length), is_whole.load(Ordering::Relaxed))
    }

    #[actix_web::test]
    async fn a_body_is_as_long_as_was_told_or_broken() {
        for (announced, pieces) in [
            (AnnouncedBody::Length(5), &[Some("hel"), Some("lo"), None][..]),
            (AnnouncedBody::Length(5), &[Some("hello")]),
            (AnnouncedBody::Chunked, &[Some("hel"), Some("lo"), None]),
        ] {
            let (length, is_whole) = sent(announced, pieces).await;
            assert_eq!((length.unwrap(), is_whole), (5, true), "{announced:?}");
        }
        for (announced, pieces) in [
            (AnnouncedBody::Length(5), &[Some("hell"), None][..]),
            (AnnouncedBody::Length(5), &[Some("hell")]),
            (AnnouncedBody::Length(5), &[Some("hello!")]),
            (AnnouncedBody::Length(5), &[]),
            // The sender was dropped before the end.
            (AnnouncedBody::Chunked, &[Some("hello")]),
        ] {
            let (length, is_whole) = sent(announced, pieces).await;
            assert!(length.is_err() && !is_whole, "{announced:?} {pieces:?}");
        }
    }
}
