//! `portal.logout_url`: which addresses will do, and for which host their tokens are.

use super::{Folder, LEAST};

const HOSTS: &str = "[portal]\nhome_url = \"https://portal.example.com/\"\nallowed_hosts = [\"*.apps.example.com\"]\n";

fn with(targets: &str) -> Folder {
    Folder::with(&format!(
        "listen = \"0.0.0.0:8443\"\n{LEAST}{HOSTS}logout_url = [{targets}]\n"
    ))
}

#[test]
fn the_token_is_for_the_host_of_the_address_or_the_one_before_it() {
    for (target, audience, url) in [
        (
            "https://portal.example.com/logout",
            "portal.example.com",
            "https://portal.example.com/logout",
        ),
        (
            "https://shop.apps.example.com/out?a=b",
            "shop.apps.example.com",
            "https://shop.apps.example.com/out?a=b",
        ),
        (
            "portal.example.com=http://portal:3000/logout",
            "portal.example.com",
            "http://portal:3000/logout",
        ),
        (
            "Portal.Example.com=http://10.0.0.7/a=b",
            "portal.example.com",
            "http://10.0.0.7/a=b",
        ),
        // It is where customers sign in, and another page of that host.
        (
            "signin.example.com=https://inner.example.com/",
            "signin.example.com",
            "https://inner.example.com/",
        ),
    ] {
        let config = with(&format!("\"{target}\"")).load(&[]).unwrap();
        let [read] = &config.portal.logout.targets[..] else {
            panic!("{target}");
        };
        assert_eq!((read.audience.as_str(), read.url.as_str()), (audience, url));
    }
    assert!(Folder::with(LEAST).load(&[]).unwrap().portal.logout.targets.is_empty());
    let variable = [(
        "PORTICO_PORTAL__LOGOUT_URL",
        "portal.example.com=http://a/,https://x.apps.example.com/",
    )];
    let config = Folder::with(&format!("{LEAST}{HOSTS}")).load(&variable).unwrap();
    assert_eq!(config.portal.logout.targets.len(), 2);
}

#[test]
fn an_address_that_cannot_be_right_is_refused() {
    for (target, rule) in [
        (
            "http://portal:3000/logout",
            "\"portal:3000\", for which its token would be, is no host of the portal",
        ),
        ("https://other.example.com/?key=canary", "is no host of the portal"),
        ("a.b.apps.example.com=http://portal/", "is no host of the portal"),
        ("*.apps.example.com=http://portal/", "names several hosts"),
        ("portal.example.com/a=http://portal/", "is not an address"),
        ("ftp://portal.example.com/", "must be https, or http"),
        ("portal.example.com/logout", "has no scheme"),
        ("https://portal.example.com/#a", "has a #"),
        (
            "https://u:canary@portal.example.com/",
            "must not hold a user name or password",
        ),
        (
            "https://signin.example.com/logout",
            "is an address of this service (public_url)",
        ),
        (
            "portal.example.com=http://127.0.0.1:8443/logout",
            "is an address of this service (listen)",
        ),
        (
            "portal.example.com=http://localhost:9464/",
            "is an address of this service (ops.listen)",
        ),
    ] {
        let report = with(&format!("\"{target}\"")).report(&[]);
        assert!(
            report.contains("portal.logout_url") && report.contains(rule),
            "{target}: {report}"
        );
        assert!(!report.contains("canary"), "{report}");
    }
    let report = with("\"http://portal:3000/logout\"").report(&[]);
    assert!(
        report.contains("\"portal.example.com=http://portal:3000/logout\""),
        "{report}"
    );
}
