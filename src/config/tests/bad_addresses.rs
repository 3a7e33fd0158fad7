//! Addresses in the settings that will not do: each is refused with the rule that it breaks (SEC-419).

use super::{Folder, LEAST};

#[test]
fn bad_addresses_are_refused() {
    for (url, rule) in [
        ("http://signin.example.com", "must be https"),
        ("ftp://signin.example.com", "must be https"),
        ("signin.example.com", "has no scheme"),
        ("https://", "is not an address"),
        ("https://a b.example.com", "has a blank in it"),
        (
            "https://u:canary@signin.example.com",
            "must not hold a user name or password",
        ),
        ("https://signin.example.com/?a=b", "no ? and no #"),
        ("https://signin.example.com/#a", "no ? and no #"),
        ("https://signin.example.com/a//b", "may hold only letters"),
        ("https://signin.example.com/{id}", "may hold only letters"),
        ("http://127.0.0.1.evil.test", "must be https"),
    ] {
        let report = Folder::with(&LEAST.replace("https://signin.example.com", url)).report(&[]);
        assert!(
            report.contains("public_url") && report.contains(rule),
            "{url}: {report}"
        );
        assert!(!report.contains("canary"), "{report}");
    }
}

#[test]
fn the_usual_mistakes_with_the_org_are_named() {
    for (url, rule) in [
        ("https://acme-admin.okta.com", "leave out -admin"),
        (
            "https://acme.okta.com/oauth2/default",
            "belongs in okta.authorization_server",
        ),
        ("https://acme.okta.com/app", "only the root of the org"),
        ("http://acme.okta.com", "must be https"),
    ] {
        let report = Folder::with(&LEAST.replace("https://acme.okta.com", url)).report(&[]);
        assert!(report.contains(rule), "{url}: {report}");
    }
}

#[test]
fn an_address_of_the_portal_that_requests_cannot_be_handed_on_to_is_refused() {
    for (url, rule) in [
        ("https://127.0.0.1:3000", "forwarded over plain http only"),
        ("ws://127.0.0.1:3000", "must be http"),
        ("127.0.0.1:3000", "has no scheme"),
        ("http://", "is not an address"),
        ("http://127.0.0.1:3000/app", "must end with the host or port"),
        ("http://127.0.0.1:3000/?a", "must end with the host or port"),
        ("http://127.0.0.1:3000/#a", "must end with the host or port"),
        (
            "http://u:canary@127.0.0.1:3000",
            "must not hold a user name or password",
        ),
        ("http://u@127.0.0.1:3000", "must not hold a user name or password"),
    ] {
        let settings = format!("{LEAST}[portal]\nupstream = \"{url}\"\n");
        let report = Folder::with(&settings).report(&[]);
        assert!(
            report.contains("portal.upstream") && report.contains(rule),
            "{url}: {report}"
        );
        assert!(!report.contains("canary"), "{report}");
    }
    for url in ["http://portal:3000", "http://10.0.0.7", "http://[::1]:3000/"] {
        let settings = format!("{LEAST}[portal]\nupstream = \"{url}\"\n");
        let config = Folder::with(&settings).load(&[]).unwrap();
        assert!(config.portal.upstream.is_some(), "{url}");
    }
}
