//! Pages of the service itself, which no one is sent to.

use percent_encoding::percent_decode_str;
use url::Url;

/// Below the path of `public_url`, these are never a destination: they would loop, end the
/// session that was just begun, or show data instead of a page. `/account` is a page like any other.
const OWN_PATHS: [&str; 9] = [
    "sign-in",
    "sign-out",
    "signed-out",
    "session",
    "verify",
    "global-token-revocation",
    ".well-known",
    "assets",
    "companion.js",
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
        self.is_first_own(resolved_segments(url).iter().map(Vec::as_slice))
    }

    /// The same of a path without anything to resolve.
    pub(super) fn has(&self, path: &str) -> bool {
        let segments = path.split('/').filter(|segment| !segment.is_empty());
        self.is_first_own(segments.map(str::as_bytes))
    }

    fn is_first_own<'a>(&self, mut segments: impl Iterator<Item = &'a [u8]>) -> bool {
        let is_below = self
            .base
            .iter()
            .all(|wanted| segments.next() == Some(wanted.as_slice()));
        let first = segments.next().filter(|_| is_below);
        first.is_some_and(|first| OWN_PATHS.iter().any(|own| own.as_bytes() == first))
    }
}

/// The path as the most forgiving router or proxy would read it: decoded, empty and dot segments resolved. Otherwise
/// `/%73ign-in` or `//sign-in` would get around the list of own pages.
fn resolved_segments(url: &Url) -> Vec<Vec<u8>> {
    let decoded: Vec<u8> = percent_decode_str(url.path()).collect();
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
