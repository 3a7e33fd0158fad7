//! The path of a request in the one normal form that rules are applied to.
//!
//! The proxy forwards the path as it was sent. A path that a portal might read differently is therefore refused instead
//! of interpreted; otherwise `/x/..%2fadmin` would get around a rule for `/admin`.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

/// Why a path has no single meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Ambiguous {
    #[error("the path does not begin with a slash")]
    NotAPath,
    #[error("the path has a character that must be escaped, or a backslash")]
    Characters,
    #[error("the path has a broken escape, or one that is not UTF-8")]
    Escape,
    #[error("the path has an escaped slash or backslash")]
    EscapedSlash,
    #[error("the path is escaped twice")]
    EscapedTwice,
    #[error("the path has two slashes in a row")]
    DoubleSlash,
    #[error("the path has a dot segment")]
    DotSegment,
    #[error("a parameter in the path could be read in two ways")]
    Parameter,
    #[error("Windows reads the path as another: it has a colon, a short name or a name of dots and blanks")]
    Windows,
}

/// How paths are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PathMatching {
    /// Exactly.
    Exact,
    /// As Windows looks up files (docs/forward-auth.md).
    Windows,
}

impl PathMatching {
    /// A path in its normal form, as it is compared; two equal results are the same to the portal.
    pub(super) fn reads(self, path: Cow<'_, str>) -> Result<Cow<'_, str>, Ambiguous> {
        match self {
            Self::Exact => Ok(path),
            Self::Windows => {
                let segments: Result<Vec<String>, _> = path.split('/').map(as_windows).collect();
                Ok(Cow::Owned(segments?.join("/")))
            }
        }
    }

    /// The same for a segment of a rule, which `config` has checked.
    pub(super) fn reads_segment(self, segment: String) -> String {
        match self {
            Self::Exact => segment,
            Self::Windows => as_windows(&segment).unwrap_or(segment),
        }
    }
}

fn as_windows(segment: &str) -> Result<String, Ambiguous> {
    let name = segment.trim_end_matches(['.', ' ']);
    // A colon names a stream of a file, or a drive.
    let has_colon = segment.contains(':');
    // `PROGRA~1` is another name of `Program Files`.
    let is_short = segment
        .split('~')
        .skip(1)
        .any(|rest| rest.starts_with(|letter: char| letter.is_ascii_digit()));
    let is_blank = name.is_empty() && !segment.is_empty();
    if has_colon || is_short || is_blank {
        return Err(Ambiguous::Windows);
    }
    // Windows compares capitals, and several letters can have the same capital.
    Ok(name.to_uppercase().to_lowercase())
}

/// The path, decoded once. Most paths need no decoding and are returned as they are.
pub(super) fn normal(raw: &str) -> Result<Cow<'_, str>, Ambiguous> {
    if !raw.starts_with('/') {
        return Err(Ambiguous::NotAPath);
    }
    let is_plain = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'\\' | b'#' | b'?');
    if !raw.bytes().all(is_plain) {
        return Err(Ambiguous::Characters);
    }
    let path = if raw.contains('%') {
        decoded(raw)?
    } else {
        Cow::Borrowed(raw)
    };
    let mut segments = path.split('/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        if segment.is_empty() && segments.peek().is_some() {
            return Err(Ambiguous::DoubleSlash);
        }
        // Some servers treat the text after a semicolon as a parameter of the segment.
        if matches!(without_parameter(segment), "." | "..") {
            return Err(Ambiguous::DotSegment);
        }
    }
    Ok(path)
}

/// The path as servers read it that treat `;…` as parameters of a segment.
pub(super) fn without_parameters(path: &str) -> Cow<'_, str> {
    if !path.contains(';') {
        return Cow::Borrowed(path);
    }
    let segments: Vec<&str> = path.split('/').map(without_parameter).collect();
    Cow::Owned(segments.join("/"))
}

fn without_parameter(segment: &str) -> &str {
    segment.split(';').next().unwrap_or(segment)
}

fn decoded(raw: &str) -> Result<Cow<'_, str>, Ambiguous> {
    for escape in raw.split('%').skip(1) {
        match escape.get(..2).map(str::as_bytes) {
            Some(b"2f" | b"2F" | b"5c" | b"5C") => return Err(Ambiguous::EscapedSlash),
            Some(digits) if digits.iter().all(u8::is_ascii_hexdigit) => {}
            _ => return Err(Ambiguous::Escape),
        }
    }
    let path = percent_decode_str(raw).decode_utf8().map_err(|_| Ambiguous::Escape)?;
    if path.chars().any(char::is_control) {
        return Err(Ambiguous::Characters);
    }
    let is_escape = |text: &str| {
        text.get(..2)
            .is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
    };
    if path.split('%').skip(1).any(is_escape) {
        return Err(Ambiguous::EscapedTwice);
    }
    Ok(path)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Ambiguous, PathMatching, normal, without_parameters};

    #[test]
    fn sec_311_a_path_with_one_meaning_is_decoded_once() {
        for (raw, expected) in [
            ("/", "/"),
            ("/a/b/", "/a/b/"),
            ("/%61dmin", "/admin"),
            ("/a%20b", "/a b"),
            ("/%E2%9C%93", "/✓"),
            ("/a;v=1/b", "/a;v=1/b"),
            ("/100%25", "/100%"),
            ("/.well-known/x", "/.well-known/x"),
            ("/...", "/..."),
            ("/a:b@c", "/a:b@c"),
        ] {
            assert_eq!(normal(raw).as_deref(), Ok(expected), "{raw}");
        }
        assert_eq!(without_parameters("/a;v=1/b;c"), "/a/b");
    }

    #[test]
    fn sec_311_a_path_that_a_portal_could_read_otherwise_is_refused() {
        use Ambiguous::{Characters, DotSegment, DoubleSlash, Escape, EscapedSlash, EscapedTwice, NotAPath};
        for (raw, why) in [
            ("", NotAPath),
            ("admin", NotAPath),
            ("https://x/", NotAPath),
            ("//admin", DoubleSlash),
            ("/a//b", DoubleSlash),
            ("/a/../admin", DotSegment),
            ("/./admin", DotSegment),
            ("/a/%2e%2E/admin", DotSegment),
            ("/a/.%2e", DotSegment),
            ("/a/..;/admin", DotSegment),
            ("/a/..%3bx/admin", DotSegment),
            ("/a/..%2fadmin", EscapedSlash),
            ("/a%5Cadmin", EscapedSlash),
            ("/a\\admin", Characters),
            ("/a b", Characters),
            ("/a\u{e9}", Characters),
            ("/a#b", Characters),
            ("/a%00", Characters),
            ("/a%0d%0aX", Characters),
            ("/a%7f", Characters),
            ("/a%", Escape),
            ("/a%2", Escape),
            ("/a%zz", Escape),
            ("/a%ff", Escape),
            ("/%2561dmin", EscapedTwice),
            ("/a%252fadmin", EscapedTwice),
        ] {
            assert_eq!(normal(raw), Err(why), "{raw}");
        }
    }

    #[test]
    fn sec_311_windows_has_one_file_under_many_names() {
        let reads = |path: &str| {
            let path = PathMatching::Windows.reads(path.into());
            path.map(std::borrow::Cow::into_owned)
        };
        for (path, read) in [
            ("/", "/"),
            ("/a/b/", "/a/b/"),
            ("/Admin/USERS", "/admin/users"),
            ("/admin./users . .", "/admin/users"),
            ("/admin /x", "/admin/x"),
            ("/.well-known/x", "/.well-known/x"),
            ("/a.b", "/a.b"),
            ("/\u{c4}RZTE", "/\u{e4}rzte"),
            ("/\u{17f}hut", "/shut"),
            ("/~robin", "/~robin"),
            ("/a~b", "/a~b"),
        ] {
            assert_eq!(reads(path).as_deref(), Ok(read), "{path}");
            let exact = PathMatching::Exact.reads(path.into());
            assert_eq!(exact.as_deref(), Ok(path), "to the letter");
        }
        for path in [
            "/admin::$DATA",
            "/a/b:c",
            "/C:/x",
            "/ADMIN~1",
            "/x/PROGRA~1/y",
            "/ad~2.htm",
            "/...",
            "/a/. ./b",
            "/ /a",
        ] {
            assert_eq!(reads(path), Err(Ambiguous::Windows), "{path}");
        }
    }

    proptest! {
        /// However a portal resolves the rest, it arrives at the same path.
        #[test]
        fn sec_311_what_passes_is_the_same_to_the_most_forgiving_reader(raw in "/[ -~]{0,24}") {
            if let Ok(path) = normal(&raw) {
                let resolved = url::Url::parse(&format!("https://x{raw}")).unwrap();
                let again = percent_encoding::percent_decode_str(resolved.path());
                prop_assert_eq!(again.decode_utf8().unwrap(), path);
            }
        }
    }
}
