//! What a client says of its identity, or of the address that it asks for, counts for nothing.

use crate::portal::Request;
use crate::scene::Scene;

behind_each_proxy! {
    under_a_path:
    sec_313_identity_that_a_client_sends_never_arrives
    sec_311_metadata_that_a_client_sends_decides_nothing
    sec_311_the_host_that_is_asked_about_is_the_one_that_is_meant
    sec_311_a_path_with_two_meanings_never_arrives
}

/// Every name of every set of identity headers.
pub(crate) const NAMES: [&str; 27] = [
    "Portico-User",
    "Portico-Name",
    "Portico-Name-Encoded",
    "Portico-Email",
    "Portico-Groups",
    "Portico-Groups-Encoded",
    "Portico-Acr",
    "Portico-Auth-Time",
    "Portico-Session",
    "Portico-Expires",
    "Portico-Assertion",
    "X-Auth-Request-User",
    "X-Auth-Request-Email",
    "X-Auth-Request-Groups",
    "X-Auth-Request-Preferred-Username",
    "X-Auth-Request-Access-Token",
    "Remote-User",
    "Remote-Groups",
    "Remote-Name",
    "Remote-Email",
    "X-authentik-username",
    "X-authentik-groups",
    "X-authentik-entitlements",
    "X-authentik-email",
    "X-authentik-name",
    "X-authentik-uid",
    "X-authentik-jwt",
];

/// The spellings that a portal might take for this name.
fn spellings(name: &str) -> Vec<String> {
    let mixed = name.replacen('-', "_", 1);
    let swapped: String = name
        .chars()
        .map(|letter| {
            if letter.is_lowercase() {
                letter.to_ascii_uppercase()
            } else {
                letter.to_ascii_lowercase()
            }
        })
        .collect();
    let last = name.rsplit_once('-').map(|(before, after)| format!("{before}.{after}"));
    vec![
        name.to_owned(),
        name.to_lowercase(),
        swapped,
        name.replace('-', "_"),
        name.replace('-', "."),
        name.to_uppercase().replace('-', "_"),
        mixed,
        last.unwrap(),
    ]
}

pub(crate) async fn sec_313_identity_that_a_client_sends_never_arrives(scene: Scene) {
    let browser = scene.signed_in().await;
    let (cookie, sub) = (Scene::cookie(&browser), browser.session().await["sub"].clone());
    for name in NAMES {
        let spelled = spellings(name);
        let mut lines: Vec<String> = spelled.iter().map(|name| format!("{name}: forged")).collect();
        // Once more, before and after.
        lines.push(format!("{name}: forged too"));
        lines.insert(0, format!("{name}: forged first"));
        for connection in [
            "close".to_owned(),
            format!("close, {name}, Cookie"),
            format!("{name}\r\nConnection: close"),
        ] {
            let mut all = lines.clone();
            all.push(format!("Connection: {connection}"));
            let nobody = scene.says("GET /open", &all).await;
            assert_eq!(nobody.status, 200, "{name} {connection}");
            assert!(!nobody.body.contains("forged"), "{name} {connection}: {}", nobody.body);

            all.push(cookie.clone());
            let known = scene.says("GET /orders", &all).await;
            if connection.contains("Cookie") && known.status == 401 {
                continue;
            }
            assert_eq!(known.status, 200, "{name} {connection}: {}", known.body);
            assert!(!known.body.contains("forged"), "{name} {connection}: {}", known.body);
            assert_eq!(
                Request::of(&known.body).header("portico-user"),
                sub,
                "{name} {connection}"
            );
        }
    }
}

pub(crate) async fn sec_311_metadata_that_a_client_sends_decides_nothing(scene: Scene) {
    let browser = scene.signed_in().await;
    let cookie = Scene::cookie(&browser);
    let (origin, host) = (&scene.origin, format!("localhost:{}", scene.port));
    let pairs = [
        ("X-Original-URL", format!("{origin}/open")),
        ("X-Original-URI", "/open".to_owned()),
        ("X-Original-Method", "OPTIONS".to_owned()),
        ("X-Original-Host", "evil.test".to_owned()),
        ("X-Rewrite-URL", "/open".to_owned()),
        ("X-Forwarded-Uri", "/open".to_owned()),
        ("X-Forwarded-Method", "OPTIONS".to_owned()),
        ("X-Forwarded-Host", "evil.test".to_owned()),
        ("X-Forwarded-Proto", "https".to_owned()),
        ("X-Forwarded-Port", "1".to_owned()),
        ("X-Forwarded-Prefix", "/open".to_owned()),
        ("X-Forwarded-For", "10.9.8.7".to_owned()),
        ("X-Real-IP", "10.9.8.7".to_owned()),
        ("Forwarded", format!("for=10.9.8.7;host={host};proto=https")),
    ];
    let mut cases: Vec<Vec<String>> = Vec::new();
    for (name, value) in &pairs {
        cases.push(vec![format!("{name}: {value}")]);
        cases.push(vec![format!("{name}: {value}"), format!("{name}: {value}")]);
        cases.push(vec![
            format!("{}: {value}", name.replace('-', "_")),
            format!("{}: {value}", name.replace('-', ".")),
        ]);
        cases.push(vec![format!("{name}: {value}"), format!("Connection: close, {name}")]);
    }
    cases.push(pairs.iter().map(|(name, value)| format!("{name}: {value}")).collect());
    for lines in &cases {
        let nobody = scene.says("GET /secret", lines).await;
        assert_eq!(nobody.status, 401, "{lines:?}: {}", nobody.body);
        let mut with_session = lines.clone();
        with_session.push(cookie.clone());
        let shut = scene.says("GET /shut", &with_session).await;
        assert_eq!(shut.status, 403, "{lines:?}: {}", shut.body);
        assert_eq!(scene.portal.take_received(), Vec::<String>::new(), "{lines:?}");

        let passed = scene.says("GET /orders", &with_session).await;
        assert_eq!(passed.status, 200, "{lines:?}: {}", passed.body);
        let asked = Request::of(&passed.body);
        assert_eq!(asked.header("x-forwarded-for"), "127.0.0.1", "{lines:?}");
        assert_eq!(asked.header("x-forwarded-host"), host, "{lines:?}");
        assert_eq!(asked.header("x-forwarded-proto"), "http", "{lines:?}");
        for said in ["/open", "evil.test", "10.9.8.7", "OPTIONS"] {
            assert!(!passed.body.contains(said), "{lines:?}: {}", passed.body);
        }
        scene.portal.take_received();
    }
}

/// A client can name two hosts: one in the request line and one in `Host`.
pub(crate) async fn sec_311_the_host_that_is_asked_about_is_the_one_that_is_meant(scene: Scene) {
    let (here, other) = (
        format!("localhost:{}", scene.port),
        format!("other.localhost:{}", scene.port),
    );
    let open = scene.says("GET /shut", &[format!("Host: {other}")]).await;
    assert_eq!(open.status, 200, "{open:?}");
    assert_eq!(Request::of(&open.body).header("host"), other);
    for (line, host) in [(&here, &other), (&other, &here), (&here, &here)] {
        let answer = scene
            .says(&format!("GET http://{line}/shut"), &[format!("Host: {host}")])
            .await;
        if answer.status == 200 {
            let asked = Request::of(&answer.body);
            assert_eq!(
                (asked.header("host"), asked.header("x-forwarded-host")),
                (&*other, &*other)
            );
        } else {
            assert!((400..500).contains(&answer.status), "{line} {host}: {answer:?}");
        }
    }
    let twice = [format!("Host: {here}"), format!("Host: {other}")];
    let answer = scene.says("GET /shut", &twice).await;
    assert!((400..500).contains(&answer.status), "{answer:?}");
    scene.portal.take_received();
    for host in ["evil.test", "LOCALHOST.evil.test", "localhost", ""] {
        let answer = scene.says("GET /secret", &[format!("Host: {host}")]).await;
        assert!(!matches!(answer.status, 500..), "{host}: {answer:?}");
    }
    assert_eq!(scene.portal.take_received(), Vec::<String>::new());
}

pub(crate) async fn sec_311_a_path_with_two_meanings_never_arrives(scene: Scene) {
    let browser = scene.signed_in().await;
    let cookie = [Scene::cookie(&browser)];
    for path in [
        "/open/../secret",
        "/open/%2e%2e/secret",
        "/open/..%2fsecret",
        "/open%2f..%2fsecret",
        "/open/..;/secret",
        "/open;/../secret",
        "/open/.%00/secret",
        "/open//secret",
        "//secret",
        "//open",
        "/open/\\..\\secret",
        "/%2573ecret",
        "/auth/../secret",
        "/auth/%2e%2e/secret",
        "/auth/..%2fsecret",
        "/auth/..;/secret",
        "/auth//../../secret",
        "/%61uth/../secret",
        "/auth%2f..%2fsecret",
        "/./auth/.././secret",
    ] {
        for first in [format!("GET {path}"), format!("GET {}{path}", scene.origin)] {
            let nobody = scene.says(&first, &[]).await;
            assert!((400..500).contains(&nobody.status), "{first}: {nobody:?}");
            let known = scene.says(&first, &cookie).await;
            assert!((400..500).contains(&known.status), "{first}: {known:?}");
            assert_eq!(scene.portal.take_received(), Vec::<String>::new(), "{first}");
        }
    }
    let answer = scene.says("GET /secret/../open", &cookie).await;
    assert_eq!(answer.status, 400, "{answer:?}");
    assert_eq!(answer.header("portico-reason"), "ambiguous_path", "{answer:?}");
}
