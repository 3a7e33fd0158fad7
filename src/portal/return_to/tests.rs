use proptest::prelude::*;
use url::{Url, form_urlencoded};

use super::{BadDestinations, Destinations, ReturnToError};

/// As sent in the query, separated by blanks. All of them must lead to the default page.
const REFUSED_IN_QUERY: &str = r"
https://evil.test  http://app.example.com/  //evil.test  ///evil.test  ////evil.test//  /\evil.test
\/evil.test  \\evil.test  /\/evil.test  /%09/evil.test  /%0d/evil.test  /%0a/evil.test
%09//evil.test  %20//evil.test  %00//evil.test  /%5cevil.test  %2f%2fevil.test  /%2fevil.test
/..//evil.test  /.//evil.test  /x/..//evil.test  /x/../..//evil.test  https:evil.test  https:/evil.test
https:///evil.test  https:\\evil.test  HtTpS://evil.test  javascript:alert(1)  java%09script:alert(1)
javascript://app.example.com/%0aalert(1)  data:text/html,x  vbscript:x  blob:https://app.example.com/1
file:///etc/passwd  view-source:https://evil.test  ftp://app.example.com/  https://app.example.com@evil.test/
https://app.example.com:pw@evil.test/  https://u:p@app.example.com/  https://evil.test%23@app.example.com/
https://evil.test?app.example.com  https://evil.test\@app.example.com  https://evil.test%5c@app.example.com
https://app.example.com.evil.test/  https://app.example.comevil.test/  https://evilapp.example.com/
https://app.example.com:8443/  https://app.example.com./  https://app.example.com%2eevil.test/
https://app.example.com%252eevil.test/  https://app.example.com%00.evil.test/  https://apps.example.com.evil.test/
https://x.y.apps.example.com/  https://.apps.example.com/  https://%D0%B0pp.example.com/
https://evil%E3%80%82test  //evil%E3%80%82test  https://evil%EF%BC%8Etest  https://[::ffff:203.0.113.9]/
https://0xcb007109/  https://3405803785/  @evil.test  .evil.test  :443@evil.test  %40evil.test  null  undefined
?next=//evil.test  /%0d%0aLocation:%20https://evil.test  /sign-out  /sign-in?return_to=/sign-in
";

fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

fn destinations_of(public_url: &str, home_url: Option<&str>, allowed: &[&str]) -> Destinations {
    let allowed: Vec<String> = allowed.iter().map(|host| (*host).to_owned()).collect();
    Destinations::new(&url(public_url), home_url.map(url).as_ref(), &allowed).unwrap()
}

fn destinations() -> Destinations {
    destinations_of(
        "https://login.example.com",
        Some("https://app.example.com/home"),
        &["app.example.com", "*.apps.example.com"],
    )
}

/// The value as the query parser returns it.
fn from_query(value: &str) -> String {
    let query = format!("return_to={value}");
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    pairs.next().unwrap().1.into_owned()
}

fn is_harmless(destinations: &Destinations, text: &str) -> bool {
    let Ok(accepted) = destinations.parse(text) else {
        return true;
    };
    let again = url(accepted.as_str());
    let host = again.host_str().unwrap_or_default();
    let label = host.strip_suffix(".apps.example.com").unwrap_or(".");
    let is_allowed_host =
        host == "login.example.com" || host == "app.example.com" || (!label.is_empty() && !label.contains('.'));
    again.scheme() == "https"
        && again.port().is_none()
        && is_allowed_host
        && !again.path().starts_with("//")
        && again.username().is_empty()
        && again.password().is_none()
        && again.as_str() == accepted.as_str()
        && accepted.as_str().bytes().all(|byte| byte.is_ascii_graphic())
}

#[test]
fn sec_147_the_corpus_is_refused_as_the_query_parser_delivers_it() {
    let destinations = destinations();
    let values: Vec<_> = REFUSED_IN_QUERY.split_whitespace().collect();
    assert_eq!(values.len(), 71);
    for value in values {
        let outcome = destinations.parse(&from_query(value));
        assert!(outcome.is_err(), "{value}: {outcome:?}");
    }
}

#[test]
fn sec_147_the_corpus_is_harmless_when_it_arrives_still_encoded() {
    let destinations = destinations();
    for value in REFUSED_IN_QUERY.split_whitespace() {
        assert!(is_harmless(&destinations, value), "{value}");
    }
}

#[test]
fn sec_147_good_destinations_pass_unchanged_in_meaning() {
    let cases = [
        ("/", "https://login.example.com/"),
        ("/a?b=c&d=//x#e", "https://login.example.com/a?b=c&d=//x#e"),
        ("/users/@me", "https://login.example.com/users/@me"),
        ("/%E2%9C%93", "https://login.example.com/%E2%9C%93"),
        ("/a%20b", "https://login.example.com/a%20b"),
        ("https://app.example.com/x?y=1", "https://app.example.com/x?y=1"),
        ("https://one.apps.example.com/", "https://one.apps.example.com/"),
        ("https://login.example.com/a", "https://login.example.com/a"),
        ("https://app.example.com:443/", "https://app.example.com/"),
        ("HTTPS://APP.example.com/", "https://app.example.com/"),
        ("/account", "https://login.example.com/account"),
        ("/sessions", "https://login.example.com/sessions"),
    ];
    let destinations = destinations();
    for (raw, expected) in cases {
        let direct = destinations.parse(raw).unwrap();
        assert_eq!(direct.as_str(), expected, "{raw}");
        let sent: String = form_urlencoded::byte_serialize(raw.as_bytes()).collect();
        let decoded = destinations.parse(&from_query(&sent)).unwrap();
        assert_eq!(decoded, direct, "{raw}");
    }
    // The query parser decodes them if they are sent unescaped; the accepted URL is escaped again.
    for raw in ["/%E2%9C%93", "/a%20b"] {
        let decoded = destinations.parse(&from_query(raw)).unwrap();
        assert_eq!(decoded.as_str(), format!("https://login.example.com{raw}"));
    }
}

#[test]
fn sec_148_unicode_that_narrows_to_a_line_break_stays_encoded() {
    let destinations = destinations();
    let accepted = destinations
        .parse(&from_query("/%E5%98%8A%E5%98%8DLocation:x"))
        .unwrap();
    assert_eq!(
        accepted.as_str(),
        "https://login.example.com/%E5%98%8A%E5%98%8DLocation:x"
    );
}

#[test]
fn sec_149_pages_of_the_service_are_never_a_destination() {
    let below_auth = destinations_of("https://portal.example.com/auth", None, &[]);
    let at_root = destinations_of("https://portal.example.com", None, &[]);
    for page in [
        "/sign-in",
        "/sign-in/",
        "/sign-in?x=y",
        "/sign-in/code",
        "/sign-out",
        "/signed-out",
        "/session",
        "/session/extend",
        "/verify/nginx",
        "/global-token-revocation",
        "/.well-known/jwks.json",
        "/assets/app.css",
        "/companion.js",
        "/%73ign-in",
        "/x/../sign-out",
        "/x/%2e%2e/sign-out",
        "/x%2f..%2fsign-out",
    ] {
        let path = format!("/auth{page}");
        assert_eq!(below_auth.parse(&path), Err(ReturnToError::OwnPage), "{path}");
        let absolute = format!("https://portal.example.com{path}");
        assert_eq!(below_auth.parse(&absolute), Err(ReturnToError::OwnPage), "{path}");
        assert_eq!(at_root.parse(page), Err(ReturnToError::OwnPage), "{page}");
    }
    assert_eq!(below_auth.parse("/auth//sign-out"), Err(ReturnToError::OwnPage));
    for fine in ["/sign-in", "/session", "/auth/account", "/auth", "/authority/sign-in"] {
        assert!(below_auth.parse(fine).is_ok(), "{fine}");
    }
}

#[test]
fn sec_149_a_destination_is_refused_once_its_host_is_no_longer_allowed() {
    let before = destinations();
    let kept = before.parse("https://one.apps.example.com/x").unwrap();
    assert_eq!(before.recheck(&kept), Ok(()));
    let after = destinations_of("https://login.example.com", None, &["app.example.com"]);
    assert_eq!(after.recheck(&kept), Err(ReturnToError::Origin));
    assert_eq!(after.restore(kept.as_str()), Err(ReturnToError::Origin));
}

#[test]
fn sec_147_length_is_counted_with_escapes_read_and_emptiness_is_refused() {
    let destinations = destinations();
    assert_eq!(destinations.parse(""), Err(ReturnToError::Empty));
    assert_eq!(destinations.parse(&"a".repeat(10_000)), Err(ReturnToError::TooLong));
    let longest = format!("/{}", "ü".repeat(2047));
    let accepted = destinations.parse(&longest).unwrap();
    assert_eq!(destinations.restore(accepted.as_str()), Ok(accepted.clone()));
    assert_eq!(destinations.parse(&format!("{longest}ü")), Err(ReturnToError::TooLong));
    // A form sends it back in its escaped form, with three bytes for each byte.
    let written = accepted.as_str();
    assert!(written.len() > 12_000);
    assert_eq!(destinations.parse(written), Ok(accepted.clone()));
    let plain = format!("/?q={}", "a".repeat(4092));
    assert!(destinations.parse(&plain).is_ok());
    assert_eq!(destinations.parse(&format!("{plain}a")), Err(ReturnToError::TooLong));
}

#[test]
fn sec_147_a_backslash_in_the_query_is_a_letter_and_anywhere_else_no_address() {
    let destinations = destinations();
    for (text, kept) in [
        ("/find?q=a\\b", "/find?q=a%5Cb"),
        ("/find?q=\\\\evil.test\\", "/find?q=%5C%5Cevil.test%5C"),
        ("/find?q=a\\b#c", "/find?q=a%5Cb#c"),
        ("/find?a?b\\c", "/find?a?b%5Cc"),
        ("/?\\@evil.test/", "/?%5C@evil.test/"),
    ] {
        let home = destinations.parse("/").unwrap();
        let url = url::Url::parse(home.as_str()).unwrap();
        let accepted = destinations.parse(text).unwrap();
        assert_eq!(accepted.as_str(), url.join(kept).unwrap().as_str(), "{text}");
        assert!(accepted.as_str().ends_with(kept), "{text}: {accepted}");
        assert_eq!(accepted.host(), url.host_str().unwrap());
        assert_eq!(destinations.restore(accepted.as_str()), Ok(accepted));
    }
    for text in [
        "/a\\b?q=1",
        "\\?q=a\\b",
        "/\\evil.test?\\",
        "/a#\\",
        "/a#b?c\\d",
        "/a?b\\#\\",
    ] {
        assert_eq!(destinations.parse(text), Err(ReturnToError::Characters), "{text}");
    }
}

#[test]
fn http_is_for_loopback_hosts_only() {
    let demo = destinations_of(
        "http://localhost:8080",
        Some("http://localhost:8082/"),
        &[
            "127.0.0.1:3000",
            "[::1]:3000",
            "app.example.com:8443",
            "*.localhost:9000",
        ],
    );
    for fine in [
        "http://localhost:8080/a",
        "http://localhost:8082/b",
        "http://127.0.0.1:3000/",
        "https://127.0.0.1:3000/",
        "http://[::1]:3000/",
        "http://one.localhost:9000/",
        "https://app.example.com:8443/",
    ] {
        assert!(demo.parse(fine).is_ok(), "{fine}");
    }
    for refused in [
        "http://app.example.com:8443/",
        "https://app.example.com/",
        "http://localhost:3000/",
        "http://127.0.0.1/",
        "http://127.0.0.1:3001/",
    ] {
        assert_eq!(demo.parse(refused), Err(ReturnToError::Origin), "{refused}");
    }
}

#[test]
fn the_default_is_the_home_page_or_the_account_page() {
    assert_eq!(destinations().default().as_str(), "https://app.example.com/home");
    let without_home = destinations_of("https://portal.example.com/auth", None, &[]);
    assert_eq!(
        without_home.default().as_str(),
        "https://portal.example.com/auth/account"
    );
}

#[test]
fn settings_that_allow_too_much_are_refused() {
    let public = url("https://login.example.com");
    for pattern in [
        "",
        "*",
        "*.",
        "*.com",
        "**.example.com",
        "*.*.example.com",
        "a.*.example.com",
        "app.example.com:",
        "app.example.com:99999",
        "app.example.com:+1",
        "https://app.example.com",
        "app.example.com/x",
        "u@app.example.com",
        ".example.com",
        "example.com.",
        "*.127.0.0.1",
        "a b",
        "[::1",
    ] {
        let outcome = Destinations::new(&public, None, &[pattern.to_owned()]);
        let expected = BadDestinations::HostPattern(pattern.to_owned());
        assert_eq!(outcome.err(), Some(expected), "{pattern}");
    }
    let plain = Destinations::new(&url("http://login.example.com"), None, &[]);
    assert_eq!(plain.err(), Some(BadDestinations::PublicUrl));
    for home in [
        "http://app.example.com/",
        "https://login.example.com/sign-in",
        "ftp://x.test/",
    ] {
        let outcome = Destinations::new(&public, Some(&url(home)), &[]);
        assert!(matches!(outcome, Err(BadDestinations::HomeUrl(_))), "{home}");
    }
}

#[test]
fn sec_150_form_action_sources_name_every_allowed_origin_once() {
    assert_eq!(
        destinations().form_action_sources(),
        ["https://*.apps.example.com", "https://app.example.com"]
    );
    let demo = destinations_of("http://localhost:8080", Some("http://localhost:8082/"), &[]);
    assert_eq!(
        demo.form_action_sources(),
        ["http://localhost:8082", "https://localhost:8082"]
    );
}

fn hostile_text() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "/",
        "//",
        "\\",
        "https:",
        "http:",
        "https://",
        "app.example.com",
        "login.example.com",
        ".apps.example.com",
        "one",
        "evil.test",
        "@",
        ":",
        ":443",
        "?",
        "#",
        "..",
        ".",
        "%2f",
        "%5c",
        "%00",
        "\t",
        "\n",
        "\u{3002}",
        "\u{ff0f}",
        " ",
        "a",
        "sign-in",
        "javascript:",
        "[::1]",
        "%2e",
        "é",
    ]);
    prop_oneof![
        4 => prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat()),
        1 => any::<String>(),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn sec_147_parse_never_yields_an_origin_that_is_not_allowed(text in hostile_text()) {
        prop_assert!(is_harmless(&destinations(), &text));
    }

    #[test]
    fn sec_148_what_was_accepted_is_accepted_again_unchanged(text in hostile_text()) {
        let destinations = destinations();
        if let Ok(accepted) = destinations.parse(&text) {
            prop_assert_eq!(destinations.restore(accepted.as_str()), Ok(accepted));
        }
    }
}
