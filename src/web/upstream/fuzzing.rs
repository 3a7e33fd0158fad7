//! The reader of what portals answer, for tests/fuzz.

use actix_web::body::{BodySize, MessageBody as _, to_bytes_limited};
use actix_web::http::header::{CONNECTION, CONTENT_LENGTH, HeaderValue, SET_COOKIE, TRANSFER_ENCODING, UPGRADE};
use hyper::Method;
use hyper::client::conn::http1;
use hyper::http::Request;
use hyper_util::rt::TokioIo;
use tokio::io::AsyncWriteExt as _;

use super::incoming;
use super::message::{Body, Head};
use crate::web::cookies;

/// What a portal writes to a connection with one request; the first byte chooses its method.
pub fn upstream_answers(data: &[u8]) {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let (Ok(runtime), Some((method, written))) = (runtime, data.split_first()) else {
        return;
    };
    let is_to_head = *method == b'H';
    runtime.block_on(answered(is_to_head, written));
}

async fn answered(is_to_head: bool, written: &[u8]) {
    // As large as what is written, so that neither side waits for the other.
    let (ours, mut portal) = tokio::io::duplex(written.len() + 4096);
    let Ok((mut sender, connection)) = http1::handshake(TokioIo::new(ours)).await else {
        return;
    };
    let connection = tokio::spawn(connection);
    let method = if is_to_head { Method::HEAD } else { Method::GET };
    let Ok(request) = Request::builder().method(method).uri("/").body(()) else {
        return;
    };
    let asked = sender.send_request(Head::new(request.into_parts().0).with(Body::nothing()));
    let ((), answer) = tokio::join!(
        async {
            let _written = portal.write_all(written).await;
            let _ended = portal.shutdown().await;
        },
        asked
    );
    if let Ok(answer) = answer {
        let (head, body) = answer.into_parts();
        let _is_used_again = incoming::is_clear(&head, is_to_head);
        let never = None::<std::future::Ready<()>>;
        let answer = incoming::answer(&head, body, is_to_head, never);
        for name in [CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING, UPGRADE] {
            assert!(!answer.headers().contains_key(name), "it is of one hop");
        }
        let cookies = answer.headers().get_all(SET_COOKIE);
        assert!(!cookies.map(HeaderValue::as_bytes).any(cookies::is_ours));
        let length = match answer.body().size() {
            BodySize::Sized(length) => Some(length),
            _ => None,
        };
        let whole = to_bytes_limited(answer.into_body(), written.len() + 1).await;
        if let (Some(length), Ok(Ok(whole)), false) = (length, whole, is_to_head) {
            assert_eq!(length, whole.len() as u64, "as long as we said");
        }
    }
    connection.abort();
}
