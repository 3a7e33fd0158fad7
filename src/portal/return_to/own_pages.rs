//! Pages of the service itself, which no one is sent to.

use url::Url;

/// Below the path of `public_url`, these are never a destination: they would loop, end the
/// session that was just begun, or show data instead of a page. `/account` is a page like any other.
const OWN_PATHS: [&str; 8] = [
    "sign-in",
    "sign-out",
    "signed-out",
    "session",
    "verify",
    "global-token-revocation",
    ".well-known",
    "assets",
];

/// Knows the service's own pages on its own origin.
#[derive(Debug, Clone)]
pub(super) struct OwnPages {
    base: Vec<Vec<u8>>,
}

impl OwnPages {
    pub(super) fn below(public_url: &Url) -> Self {
        Self {
            base: resolved_segments(public_url),
        }
    }

    /// Whether a URL on our origin is one of them, or below one of them.
    pub(super) fn contains(&self, url: &Url) -> bool {
        let segments = resolved_segments(url);
        let below = segments.strip_prefix(self.base.as_slice());
        let first = below.and_then(|below| below.first());
        first.is_some_and(|first| {
            OWN_PATHS
                .iter()
                .any(|own| own.as_bytes() == first.as_slice())
        })
    }
}

/// The path as the most forgiving router or proxy would read it: decoded, empty and dot segments resolved. Otherwise
/// `/%73ign-in` or `//sign-in` would get around the list of own pages.
fn resolved_segments(url: &Url) -> Vec<Vec<u8>> {
    let decoded = percent_decode(url.path());
    let mut segments: Vec<Vec<u8>> = Vec::new();
    for segment in decoded.split(|byte| *byte == b'/') {
        match segment {
            b"" | b"." => {}
            b".." => drop(segments.pop()),
            _ => segments.push(segment.to_vec()),
        }
    }
    segments
}

/// Percent-decoding that keeps bytes as they are; the url crate offers none for a path.
fn percent_decode(text: &str) -> Vec<u8> {
    let mut rest = text.as_bytes();
    let mut decoded = Vec::with_capacity(rest.len());
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        match (first, after) {
            (b'%', [high, low, tail @ ..]) => {
                if let (Some(high), Some(low)) = (hex(*high), hex(*low)) {
                    decoded.push(high * 16 + low);
                    rest = tail;
                } else {
                    decoded.push(b'%');
                }
            }
            _ => decoded.push(*first),
        }
    }
    decoded
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|value| u8::try_from(value).ok())
}
