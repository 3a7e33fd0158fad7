//! Headers that a client must not be able to send to the portal.

use crate::portal::identity::Preset;

/// What all names of headers begin with that say who somebody is, or what was asked for.
pub(super) const FAMILIES: &[&str] = &[
    "portico",
    "remote",
    "x-auth-request",
    "x-authentik",
    "x-forwarded",
    "x-original",
    "x-rewrite",
    "x-real",
];

/// Names by which proxies tell what was asked for, besides those that a recipe sets itself.
pub(super) const METADATA: &[&str] = &[
    "Forwarded",
    "Portico-Head-Only",
    "X-Forwarded-Method",
    "X-Forwarded-Port",
    "X-Forwarded-Prefix",
    "X-Forwarded-Server",
    "X-Forwarded-Uri",
    "X-Original-Host",
    "X-Original-Method",
    "X-Original-URI",
    "X-Original-URL",
    "X-Real-IP",
    "X-Rewrite-URL",
];

/// What keeps an answer of ours safe in a browser (SEC-302): every refusal has them, and a recipe hands them on.
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

/// The names in use.
pub(super) fn of_set(preset: Preset) -> Vec<String> {
    let names = preset.headers().iter();
    names.map(|(name, _)| in_capitals(name)).collect()
}

/// The names of the sets that are not in use.
pub(super) fn of_other_sets(preset: Preset) -> Vec<String> {
    let own = preset.headers();
    Preset::all_names()
        .filter(|name| own.iter().all(|(mine, _)| mine != name))
        .map(in_capitals)
        .collect()
}

/// `portico-user` as `Portico-User`, as people write it.
pub(super) fn in_capitals(name: &str) -> String {
    let mut is_first = true;
    let capital = |letter: char| {
        let letter = if is_first {
            letter.to_ascii_uppercase()
        } else {
            letter
        };
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
    use crate::web::headers::{Hsts, SecurityHeaders};

    #[test]
    fn sec_313_every_name_belongs_to_a_family() {
        let metadata = METADATA.iter().map(|name| name.to_ascii_lowercase());
        let all = Preset::all_names().map(str::to_owned).chain(metadata);
        for name in all.filter(|name| name != "forwarded") {
            let has = |family: &&&str| {
                let rest = name.strip_prefix(**family);
                rest.is_some_and(|rest| rest.starts_with('-'))
            };
            assert!(FAMILIES.iter().any(|family| has(&family)), "{name}");
        }
    }

    #[test]
    fn sec_302_every_guard_of_an_answer_is_handed_on() {
        let hsts = Hsts {
            max_age: Duration::from_secs(1),
            subdomains: false,
            preload: false,
        };
        let mut answer = HeaderMap::new();
        let headers = SecurityHeaders::new(Some(hsts), &[]).unwrap();
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
        let (own, other) = (of_set(Preset::Authelia), of_other_sets(Preset::Authelia));
        assert_eq!(
            own,
            [
                "Remote-User",
                "Remote-Groups",
                "Remote-Name",
                "Remote-Email"
            ]
        );
        assert_eq!(own.len() + other.len(), Preset::all_names().count());
        assert!(other.contains(&"Portico-Name-Encoded".to_owned()));
    }
}
