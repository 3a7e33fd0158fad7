//! Pages of the service itself, which are not destinations.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;
use smallvec::SmallVec;
use url::Url;

/// Below the path of `public_url` these are never a destination: they would loop, end the session that was just begun,
/// or show data instead of a page. `/account` is a page like any other.
const OWN_PATHS: [&[&str]; 9] = [
    &["sign-in"],
    &["sign-out"],
    &["signed-out"],
    &["session"],
    &["verify"],
    &["global-token-revocation"],
    // All other well-known paths are the portal's.
    &[".well-known", "jwks.json"],
    &["assets"],
    &["companion.js"],
];

const ACCOUNT: &[&str] = &["account"];

/// Recognises the service's own pages on its own origin.
#[derive(Debug, Clone)]
pub(super) struct OwnPages {
    base: Vec<Vec<u8>>,
}

impl OwnPages {
    pub(super) fn below(public_url: &Url) -> Self {
        Self {
            base: resolved_segments(&decoded(public_url))
                .into_iter()
                .map(<[u8]>::to_vec)
                .collect(),
        }
    }

    /// Whether a URL on our origin is one of these pages, or below one of them.
    pub(super) fn contains(&self, url: &Url) -> bool {
        let decoded = decoded(url);
        self.past_base(&resolved_segments(&decoded)).is_some_and(is_own)
    }

    /// The same for a normalised path.
    pub(super) fn has(&self, path: &str) -> bool {
        self.past_base(&plain_segments(path)).is_some_and(is_own)
    }

    /// The same for every page that we serve, including the account page.
    pub(super) fn serves(&self, path: &str) -> bool {
        self.past_base(&plain_segments(path))
            .is_some_and(|rest| is_own(rest) || begins_with(rest, ACCOUNT))
    }

    /// The segments after the path of `public_url`.
    fn past_base<'a, 'b>(&self, segments: &'b [&'a [u8]]) -> Option<&'b [&'a [u8]]> {
        let (base, rest) = segments.split_at_checked(self.base.len())?;
        (base == self.base).then_some(rest)
    }
}

/// Few paths have more segments.
type Segments<'a> = SmallVec<[&'a [u8]; 8]>;

fn plain_segments(path: &str) -> Segments<'_> {
    let segments = path.split('/').filter(|segment| !segment.is_empty());
    segments.map(str::as_bytes).collect()
}

fn is_own(segments: &[&[u8]]) -> bool {
    OWN_PATHS.iter().any(|own| begins_with(segments, own))
}

fn begins_with(segments: &[&[u8]], own: &[&str]) -> bool {
    let first = segments.get(..own.len());
    first.is_some_and(|first| first.iter().zip(own).all(|(has, own)| *has == own.as_bytes()))
}

/// The path as the most forgiving router or proxy would read it: decoded, with empty and dot segments resolved.
/// Otherwise `/%73ign-in` or `//sign-in` would get around the list of own pages.
fn resolved_segments(decoded: &[u8]) -> Segments<'_> {
    let mut segments = Segments::new();
    for segment in decoded.split(|byte| *byte == b'/') {
        match segment {
            b"" | b"." => {}
            b".." => drop(segments.pop()),
            _ => segments.push(segment),
        }
    }
    segments
}

fn decoded(url: &Url) -> Cow<'_, [u8]> {
    percent_decode_str(url.path()).into()
}
