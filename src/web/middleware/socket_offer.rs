//! Offers to turn a connection into a WebSocket.

use actix_web::http::header::{HeaderMap, UPGRADE};

/// Whether there is one. The library treats everything behind such a line as the socket's, whatever else is in the
/// head.
pub(in crate::web) fn has_socket_offer(headers: &HeaderMap) -> bool {
    headers.get_all(UPGRADE).any(|offer| {
        let offer = offer.as_bytes().trim_ascii();
        offer.eq_ignore_ascii_case(b"websocket")
    })
}
