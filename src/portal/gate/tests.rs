use std::time::Duration;

use url::Url;

use super::*;
use crate::domain::identity::Person;
use crate::portal::PathPattern;
use crate::portal::path::PathMatching;
use crate::portal::rules::Rule;

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

fn gate(rules: Vec<Rule>) -> Gate {
    with_preflights(rules, Preflights::Rules)
}

fn with_preflights(rules: Vec<Rule>, preflights: Preflights) -> Gate {
    let public = Url::parse("https://app.example.com/auth").unwrap();
    let home = Url::parse("https://app.example.com/").unwrap();
    let hosts = ["other.example.com:8443".to_owned(), "*.apps.example".to_owned()];
    let destinations = Destinations::new(&public, Some(&home), &hosts).unwrap();
    Gate::new(destinations, Rules::new(rules, PathMatching::Exact), preflights)
}

fn rule(path: &str, requirement: Requirement) -> Rule {
    Rule {
        host: None,
        path: PathPattern::parse(path, false).unwrap(),
        methods: Vec::new(),
        requirement,
    }
}

fn asked<'a>(scheme: &'a str, host: &'a str, uri: &'a str) -> PortalRequest<'a> {
    PortalRequest {
        scheme,
        host,
        uri,
        method: "GET",
        is_preflight: false,
    }
}

fn person(groups: &[&str], acr: Option<&str>) -> Identity {
    Identity::from(Person {
        subject: "00u1".to_owned(),
        name: "Robin".to_owned(),
        login: "robin@example.com".to_owned(),
        email: None,
        groups: groups.iter().map(|group| (*group).to_owned()).collect(),
        acr: acr.map(str::to_owned),
        amr: Vec::new(),
        auth_time: NOW,
    })
}

#[test]
fn sec_311_only_the_portals_own_hosts_are_decided_on() {
    let gate = gate(Vec::new());
    for (scheme, host, why) in [
        ("https", "app.example.com", None),
        ("https", "APP.example.com:443", None),
        ("https", "other.example.com:8443", None),
        ("https", "a.apps.example", None),
        ("https", "other.example.com", Some(BadTarget::UnknownHost)),
        ("https", "a.b.apps.example", Some(BadTarget::UnknownHost)),
        ("https", "a_b-c.apps.example", None),
        ("https", "[a.apps.example", Some(BadTarget::UnknownHost)),
        ("https", "a:b]c.apps.example", Some(BadTarget::UnknownHost)),
        ("https", "apps.example", Some(BadTarget::UnknownHost)),
        ("https", "app.example.com.", Some(BadTarget::UnknownHost)),
        ("https", "app.example.com:444", Some(BadTarget::UnknownHost)),
        ("http", "app.example.com", Some(BadTarget::UnknownHost)),
        ("https", "evil.test", Some(BadTarget::UnknownHost)),
        ("wss", "app.example.com", Some(BadTarget::Host)),
        ("https", "", Some(BadTarget::Host)),
        ("https", "app.example.com:x", Some(BadTarget::Host)),
        ("https", "a@app.example.com", Some(BadTarget::Host)),
        ("https", "app.example.com/x", Some(BadTarget::Host)),
        ("https", "app.example.com,evil.test", Some(BadTarget::Host)),
    ] {
        let found = gate.examine(&asked(scheme, host, "/"));
        assert_eq!(found.err(), why, "{scheme} {host}");
    }
}

#[test]
fn sec_311_neither_query_nor_fragment_nor_own_pages_get_around_a_rule() {
    let gate = gate(vec![
        rule("/public", Requirement::Public),
        rule("/", Requirement::Nobody),
    ]);
    let decide = |uri| {
        gate.examine(&asked("https", "app.example.com", uri))
            .map(|found| found.admits(None, NOW))
    };
    assert_eq!(decide("/public?x"), Ok(Verdict::Allow));
    assert_eq!(decide("/secret?/public"), Ok(Verdict::Forbidden));
    assert_eq!(decide("/secret%3f/public"), Ok(Verdict::Forbidden));
    assert!(decide("/secret#/public").is_err());
    assert!(decide("/public/../secret").is_err());
    assert_eq!(decide("/auth/sign-in"), Err(BadTarget::OwnPage));
    assert_eq!(decide("/auth/%73ign-in/x"), Err(BadTarget::OwnPage));
    assert_eq!(decide("/auth/account"), Ok(Verdict::Forbidden));
    let elsewhere = gate.examine(&asked("https", "a.apps.example", "/auth/sign-in"));
    assert!(elsewhere.is_ok());
    assert_eq!(
        gate.examine(&PortalRequest {
            method: "get",
            ..asked("https", "app.example.com", "/")
        })
        .err(),
        Some(BadTarget::Method)
    );
}

#[test]
fn sec_311_a_preflight_passes_only_where_it_may_and_never_to_nobody_or_an_unknown_place() {
    let rules = || {
        vec![
            rule("/open", Requirement::Public),
            rule("/shut", Requirement::Nobody),
            Rule {
                methods: vec!["GET".to_owned()],
                ..rule("/read", Requirement::Nobody)
            },
        ]
    };
    for preflights in [Preflights::Rules, Preflights::Pass] {
        let gate = with_preflights(rules(), preflights);
        let decide = |host, uri, is_preflight| {
            let asked = PortalRequest {
                method: "OPTIONS",
                is_preflight,
                ..asked("https", host, uri)
            };
            gate.examine(&asked).map(|found| found.admits(None, NOW))
        };
        let app = "app.example.com";
        let lets = match preflights {
            Preflights::Rules => Verdict::SignIn,
            Preflights::Pass => Verdict::Allow,
        };
        for (uri, is_preflight, verdict) in [
            ("/orders", true, lets),
            ("/orders", false, Verdict::SignIn),
            ("/read", true, lets),
            ("/open", true, Verdict::Allow),
            ("/open", false, Verdict::Allow),
            ("/shut", true, Verdict::Forbidden),
            ("/shut/x", true, Verdict::Forbidden),
        ] {
            assert_eq!(decide(app, uri, is_preflight), Ok(verdict), "{uri}");
        }
        for (host, uri, why) in [
            ("evil.test", "/orders", BadTarget::UnknownHost),
            ("app.example.com.", "/orders", BadTarget::UnknownHost),
            ("a b", "/orders", BadTarget::Host),
            (app, "/auth/sign-in", BadTarget::OwnPage),
            (app, "/open;x/../shut", BadTarget::Path(Ambiguous::DotSegment)),
            (app, "/x/..%2fshut", BadTarget::Path(Ambiguous::EscapedSlash)),
            (app, "//shut", BadTarget::Path(Ambiguous::DoubleSlash)),
            (app, "/shut;x", BadTarget::Path(Ambiguous::Parameter)),
            (app, "*", BadTarget::Path(Ambiguous::NotAPath)),
        ] {
            assert_eq!(decide(host, uri, true), Err(why), "{host}{uri}");
        }
    }
}

#[test]
fn who_lacks_a_group_is_refused_and_who_lacks_proof_is_asked_for_more() {
    let wanted = Wanted {
        acr_values: vec!["urn:okta:loa:2fa:any".to_owned()],
        max_age: Some(Duration::from_mins(5)),
    };
    let gate = gate(vec![rule(
        "/admin",
        Requirement::SignedIn {
            groups: vec!["admins".to_owned(), "owners".to_owned()],
            wanted: wanted.clone(),
        },
    )]);
    let found = gate.examine(&asked("https", "app.example.com", "/admin/x")).unwrap();
    let two = Some("urn:okta:loa:2fa:any");
    assert_eq!(found.admits(None, NOW), Verdict::SignIn);
    assert_eq!(found.admits(Some(&person(&[], two)), NOW), Verdict::Forbidden);
    assert_eq!(
        found.admits(Some(&person(&["Admins", "admin"], two)), NOW),
        Verdict::Forbidden
    );
    assert_eq!(
        found.admits(Some(&person(&["owners"], None)), NOW),
        Verdict::StepUp(&wanted)
    );
    let admin = person(&["staff", "admins"], two);
    assert_eq!(found.admits(Some(&admin), NOW), Verdict::Allow);
    let later = NOW + Duration::from_secs(301);
    assert_eq!(found.admits(Some(&admin), later), Verdict::StepUp(&wanted));
}
