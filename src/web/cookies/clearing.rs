//! Where a cookie that came under one of our names may have been set: every path that leads to the page, and every
//! domain that the host is part of. A cookie is removed only where it was set.

use std::net::IpAddr;

/// Most removals in one answer: proxies keep all headers of an answer in a buffer of four KiB.
const MOST: usize = 20;

/// Where a cookie may have been set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::web) struct Spot {
    /// `None`: host-only.
    pub(in crate::web) domain: Option<String>,
    pub(in crate::web) path: String,
}

/// The spots of cookies that a browser sends to this path of this host, the likeliest first.
pub(in crate::web) fn spots(host: &str, path: &str) -> Vec<Spot> {
    let domains = domains(host);
    let mut paths = vec!["/".to_owned()];
    let segments = path.split('/').filter(|segment| !segment.is_empty());
    let mut so_far = String::new();
    // No cookie has such a path: these characters would end the attribute.
    for segment in segments.take_while(|segment| !segment.contains([';', ','])) {
        so_far.push('/');
        so_far.push_str(segment);
        paths.push(so_far.clone());
    }
    let with_slash: Vec<String> = paths.iter().skip(1).map(|path| format!("{path}/")).collect();
    let spots = paths.iter().chain(&with_slash).flat_map(|path| {
        domains.iter().map(|domain| Spot {
            domain: domain.clone(),
            path: path.clone(),
        })
    });
    spots.take(MOST).collect()
}

/// Host-only, the host with its subdomains, and its parent domains up to the registrable one.
fn domains(host: &str) -> Vec<Option<String>> {
    let mut domains = vec![None];
    let is_name = host
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte));
    if host.is_empty() || !is_name || host.parse::<IpAddr>().is_ok() {
        return domains;
    }
    domains.push(Some(host.to_owned()));
    let Some(owned) = public_suffix::registrable(host) else {
        return domains;
    };
    let mut rest = host;
    while rest.len() > owned.len() {
        let Some((_, parent)) = rest.split_once('.') else {
            break;
        };
        domains.push(Some(parent.to_owned()));
        rest = parent;
    }
    domains
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(host: &str, path: &str) -> Vec<String> {
        let text = |spot: &Spot| format!("{}{}", spot.domain.as_deref().unwrap_or("-"), spot.path);
        spots(host, path).iter().map(text).collect()
    }

    #[test]
    fn every_place_that_a_browser_would_send_from_is_named() {
        assert_eq!(
            named("signin.example.com", "/x/form"),
            [
                "-/",
                "signin.example.com/",
                "example.com/",
                "-/x",
                "signin.example.com/x",
                "example.com/x",
                "-/x/form",
                "signin.example.com/x/form",
                "example.com/x/form",
                "-/x/",
                "signin.example.com/x/",
                "example.com/x/",
                "-/x/form/",
                "signin.example.com/x/form/",
                "example.com/x/form/",
            ]
        );
        assert_eq!(named("127.0.0.1", "/"), ["-/"]);
        assert_eq!(named("[::1]", "/"), ["-/"]);
        assert_eq!(named("localhost", "/"), ["-/", "localhost/"]);
        assert_eq!(named("a;Domain=b", "/"), ["-/"]);
        assert_eq!(
            named("a.b.example.co.uk", "/"),
            ["-/", "a.b.example.co.uk/", "b.example.co.uk/", "example.co.uk/"],
            "not the public suffix"
        );
    }

    #[test]
    fn an_address_says_nothing_but_a_path_and_little_of_it() {
        assert_eq!(named("localhost", "//a;Domain=evil.test/b"), ["-/", "localhost/"]);
        assert!(named("a.b.c.example.com", &"/x".repeat(900)).len() <= MOST);
    }
}
