//! Header names that mean something between us and the portal, and so must not come from a client.

use actix_web::http::header::HeaderName;

use crate::portal::forbidden_headers;
use crate::trace::{TRACEPARENT, TRACESTATE};

/// Headers that belong to one connection and not to the message (RFC 9110 §7.6.1), or were decided on here (`Expect`).
const OF_ONE_HOP: [&str; 12] = [
    "connection",
    "expect",
    "http2-settings",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "trailers",
    "transfer-encoding",
    "upgrade",
];

/// Whether a header concerns this connection alone.
pub(super) fn is_of_one_hop(name: &str) -> bool {
    OF_ONE_HOP.contains(&name)
}

/// The names that `Connection` lists. A client cannot have those removed that frame the body or name the host.
pub(super) fn listed<'a>(connection: impl Iterator<Item = &'a [u8]>) -> Vec<String> {
    connection
        .filter_map(|line| std::str::from_utf8(line).ok())
        .flat_map(|line| line.split(','))
        .map(|name| name.trim().to_ascii_lowercase())
        .filter(|name| !matches!(name.as_str(), "" | "host" | "content-length"))
        .collect()
}

/// Whether a name is, or could be taken for, one by which we or the operator's proxy tell the portal something. Servers
/// hand `-`, `_` and `.` to programs as the same character.
pub(super) fn is_ours(name: &HeaderName) -> bool {
    let name = name.as_str();
    // We give each request a new id, and name its trace anew.
    forbidden_headers::is_ours(name) || ["x-request-id", TRACEPARENT, TRACESTATE].contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> HeaderName {
        HeaderName::from_bytes(text.as_bytes()).unwrap()
    }

    #[test]
    fn sec_313_no_spelling_of_a_name_of_ours_is_a_clients_to_use() {
        for known in forbidden_headers::of_identity() {
            for text in [
                known.to_owned(),
                known.to_uppercase(),
                known.replace('-', "_"),
                known.replace('-', "."),
                known.replacen('-', "_", 1),
                known.replace('-', "~"),
            ] {
                assert!(is_ours(&name(&text)), "{text}");
            }
        }
        for text in [
            "X_Forwarded_For",
            "X-Forwarded-Anything",
            "X.Real.IP",
            "Forwarded",
            "Proxy",
            "GAP-Signature",
            "X-Original-URL",
            "x_rewrite_url",
            "Portico_Anything",
        ] {
            assert!(is_ours(&name(text)), "{text}");
        }
        for text in [
            "Accept",
            "Authorization",
            "Cookie",
            "X-Requested-With",
            "X-CSRF-Token",
            "Porticos",
            "Remoteness",
            "Forwarded-To",
        ] {
            assert!(!is_ours(&name(text)), "{text}");
        }
    }
}
