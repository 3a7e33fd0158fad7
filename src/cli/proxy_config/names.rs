//! Headers that a client must not be able to send to the portal.

use crate::portal::forbidden_headers;
use crate::portal::identity_headers::Preset;

/// The headers in which proxies describe the request, besides those that a recipe sets itself.
pub(super) fn metadata() -> Vec<String> {
    forbidden_headers::METADATA.into_iter().map(in_capitals).collect()
}

/// The headers that keep the service's answers safe in a browser (SEC-302): every refusal has them, and a recipe hands
/// them on.
pub(super) const GUARDS: [&str; 8] = [
    "Content-Security-Policy",
    "Cross-Origin-Opener-Policy",
    "Cross-Origin-Resource-Policy",
    "Permissions-Policy",
    "Referrer-Policy",
    "Strict-Transport-Security",
    "X-Content-Type-Options",
    "X-Frame-Options",
];

/// The names of the set in use.
pub(super) fn of_set(preset: Preset) -> Vec<String> {
    let names = preset.headers().iter();
    names.map(|(name, _)| in_capitals(name)).collect()
}

/// The names of the sets that are not in use, and those of other gateways.
pub(super) fn of_others(preset: Preset) -> Vec<String> {
    let own = preset.headers();
    forbidden_headers::of_identity()
        .filter(|name| own.iter().all(|(mine, _)| mine != name))
        .map(in_capitals)
        .collect()
}

/// `portico-user` as `Portico-User`, the way people write it.
pub(super) fn in_capitals(name: &str) -> String {
    let mut is_first = true;
    let capital = |letter: char| {
        let letter = if is_first { letter.to_ascii_uppercase() } else { letter };
        is_first = letter == '-';
        letter
    };
    name.chars().map(capital).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use actix_web::http::header::{HeaderMap, HeaderName};

    use super::*;
    use crate::cli::proxy_config::haproxy;
    use crate::web::middleware::headers::{Hsts, SecurityHeaders};

    #[test]
    fn sec_302_every_guard_of_an_answer_is_handed_on() {
        let hsts = Hsts {
            max_age: Duration::from_secs(1),
            subdomains: false,
            preload: false,
        };
        let mut answer = HeaderMap::new();
        let headers = SecurityHeaders::new(Some(hsts), &[], "https://a.test").unwrap();
        headers.apply_to_bare(&mut answer);
        let mut guards: Vec<&str> = answer.keys().map(HeaderName::as_str).collect();
        guards.retain(|name| *name != "cache-control");
        guards.sort_unstable();
        assert_eq!(guards, GUARDS.map(str::to_ascii_lowercase));
        for name in guards {
            let listed = format!("\"{name}\"");
            assert!(haproxy::SCRIPT.contains(&listed), "{name} in the script");
        }
    }

    #[test]
    fn names_are_those_of_the_set_and_the_rest() {
        let (own, other) = (of_set(Preset::Authelia), of_others(Preset::Authelia));
        assert_eq!(own, ["Remote-User", "Remote-Groups", "Remote-Name", "Remote-Email"]);
        assert_eq!(own.len() + other.len(), forbidden_headers::of_identity().count());
        for name in ["Portico-Name-Encoded", "X-Forwarded-User", "Gap-Signature"] {
            assert!(other.contains(&name.to_owned()), "{name}");
        }
    }
}
