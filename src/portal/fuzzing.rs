//! Readers of URLs as fuzz targets, for tests/fuzz.

#![expect(clippy::missing_panics_doc, reason = "to panic is how a finding is told")]

use std::sync::LazyLock;

use percent_encoding::percent_decode_str;
use url::Url;

use super::path;
use super::path::PathMatching;
use super::return_to::{Destinations, ReturnTo};

const PUBLIC: &str = "https://login.example.com/auth";

/// The destinations that customers may be sent to after signing in.
pub(crate) static DESTINATIONS: LazyLock<Option<Destinations>> = LazyLock::new(|| {
    let (public, home) = (Url::parse(PUBLIC), Url::parse("https://app.example.com/"));
    let hosts = ["app.example.com", "*.apps.example.com"].map(str::to_owned);
    Destinations::new(&public.ok()?, home.ok().as_ref(), &hosts).ok()
});

/// Whether a URL, as another parser reads it, is one that [`DESTINATIONS`] allows.
pub(crate) fn is_allowed(address: &Url) -> bool {
    let host = address.host_str().unwrap_or_default();
    let below = host.strip_suffix(".apps.example.com");
    address.scheme() == "https"
        && address.port().is_none()
        && address.username().is_empty()
        && address.password().is_none()
        && (matches!(host, "login.example.com" | "app.example.com")
            || below.is_some_and(|label| !label.is_empty() && !label.contains('.')))
}

/// Reads the path of a request.
pub fn paths(data: &[u8]) {
    let Ok(raw) = std::str::from_utf8(data) else {
        return;
    };
    let Ok(path) = path::normal(raw) else {
        return;
    };
    let resolved = Url::parse(&format!("https://x{raw}"));
    let resolved = resolved.as_ref().map(Url::path).unwrap_or_default();
    let again = percent_decode_str(resolved).decode_utf8();
    assert_eq!(again.ok(), Some(path.clone()), "others come to another path");
    assert!(!path.chars().any(char::is_control));
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    assert!(!segments.iter().any(|one| matches!(*one, "." | "..")));
    assert!(!path.contains("//") && !path.contains('\\'));
    if let Ok(windows) = PathMatching::Windows.reads(path.clone()) {
        let again = PathMatching::Windows.reads(windows.clone());
        assert_eq!(again.as_ref(), Ok(&windows), "one name has one reading");
        assert!(!windows.chars().any(|letter| letter.is_ascii_uppercase()));
    }
}

/// Reads a destination.
pub fn return_to(data: &[u8]) {
    let (Ok(raw), Some(destinations)) = (std::str::from_utf8(data), &*DESTINATIONS) else {
        assert!(DESTINATIONS.is_some());
        return;
    };
    let Ok(accepted) = destinations.parse(raw) else {
        return;
    };
    let text = accepted.as_str();
    assert!(text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\'));
    let address = Url::parse(text);
    assert!(address.as_ref().is_ok_and(is_allowed), "{text}");
    let base = Url::parse("https://elsewhere.test/").and_then(|base| base.join(text));
    assert_eq!(base, address, "a browser goes where we think");
    assert!(destinations.recheck(&accepted).is_ok());
    let restored = destinations.restore(text);
    assert_eq!(restored.as_ref().map(ReturnTo::as_str), Ok(text));
}
