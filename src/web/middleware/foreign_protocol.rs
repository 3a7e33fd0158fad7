//! Says once what a connection seems to be that is not understood: the sign of a setting that does not fit what stands
//! in front.

use std::sync::atomic::{AtomicBool, Ordering};

/// How a TLS handshake begins.
const TLS: &[u8] = &[0x16, 0x03];
/// How a PROXY protocol header begins, by version.
const PROXY: [&[u8]; 2] = [b"PROXY ", b"\r\n\r\n\0\r\nQUIT\n"];

static TLS_TOLD: AtomicBool = AtomicBool::new(false);
static PROXY_TOLD: AtomicBool = AtomicBool::new(false);

/// Looks at the first bytes that a connection has where HTTP should begin.
pub(super) fn notices(first: &[u8], is_plain: bool) {
    let is_first = |told: &AtomicBool| !told.swap(true, Ordering::Relaxed);
    if is_plain && first.starts_with(TLS) {
        if is_first(&TLS_TOLD) {
            tracing::info!(
                "a client spoke TLS on a port that speaks plain HTTP: set tls.cert_file, or let the proxy in front \
                 connect by http; this is said only once"
            );
        }
    } else if PROXY.iter().any(|header| first.starts_with(header)) && is_first(&PROXY_TOLD) {
        tracing::info!(
            "a connection began with a PROXY protocol header that is not expected from there: see \
             limits.proxy_protocol and limits.trusted_proxies; this is said only once"
        );
    }
}
