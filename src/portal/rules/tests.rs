use proptest::prelude::*;

use super::*;

fn pattern(text: &str) -> PathPattern {
    PathPattern::parse(text, false).unwrap()
}

#[test]
fn the_first_rule_that_fits_decides() {
    let rule = |path: &str, methods: &[&str], requirement| Rule {
        host: None,
        path: pattern(path),
        methods: methods.iter().map(|method| (*method).to_owned()).collect(),
        requirement,
    };
    let rules = Vec::from([
        rule("/api/health", &["GET"], Requirement::Public),
        rule("/api", &[], Requirement::Nobody),
        rule("/", &["OPTIONS"], Requirement::Public),
    ]);
    let rules = Rules::new(rules, PathMatching::Exact);
    let authority = Authority::parse("https", "app.example.com").unwrap();
    for (path, method, number) in [
        ("/api/health", "GET", Some(1)),
        ("/api/health", "POST", Some(2)),
        ("/api/x", "GET", Some(2)),
        ("/", "OPTIONS", Some(3)),
        ("/", "GET", None),
    ] {
        let decided = rules.decide(&authority, path, method).unwrap();
        assert_eq!(decided.number, number, "{method} {path}");
    }
    // One server reads /api/health here, another something below /api.
    assert_eq!(
        rules.decide(&authority, "/api;x/health", "GET"),
        Err(Ambiguous::Parameter)
    );
    assert_eq!(rules.decide(&authority, "/x;/api", "GET").map(|d| d.number), Ok(None));
}

#[test]
fn sec_311_on_windows_a_rule_holds_for_every_name_of_a_file() {
    let rule = |path: &str, requirement| Rule {
        host: None,
        path: pattern(path),
        methods: Vec::new(),
        requirement,
    };
    let rules = || {
        vec![
            rule("/Admin/v1.", Requirement::Nobody),
            rule("/admin", Requirement::Public),
        ]
    };
    let authority = Authority::parse("https", "app.example.com").unwrap();
    let decide = |matching, path| {
        let rules = Rules::new(rules(), matching);
        rules.decide(&authority, path, "GET").map(|d| d.number)
    };
    for (path, exact, windows) in [
        ("/Admin/v1./x", Ok(Some(1)), Ok(Some(1))),
        ("/admin/v1", Ok(Some(2)), Ok(Some(1))),
        ("/ADMIN/V1.. /x", Ok(None), Ok(Some(1))),
        ("/admin. ", Ok(None), Ok(Some(2))),
        ("/Admin/V1~1", Ok(None), Err(Ambiguous::Windows)),
        ("/admin::$INDEX_ALLOCATION", Ok(None), Err(Ambiguous::Windows)),
        ("/admin/v1.;x", Err(Ambiguous::Parameter), Err(Ambiguous::Parameter)),
    ] {
        if !path.contains(';') {
            assert_eq!(decide(PathMatching::Exact, path), exact, "{path}");
        }
        assert_eq!(decide(PathMatching::Windows, path), windows, "{path}");
    }
}

/// The rule that is found by trying all of them.
fn one_by_one(rules: &Rules, authority: &Authority<'_>, path: &str, method: &str) -> Option<usize> {
    let fits = |rule: &Rule| {
        rule.host.as_ref().is_none_or(|host| host.matches_authority(authority))
            && rule.path.covers(path)
            && (rule.methods.is_empty() || rule.methods.iter().any(|known| known == method))
    };
    rules.iter().find(|(_, rule)| fits(rule)).map(|(number, _)| number)
}

/// Few names, so that rules and requests often match.
fn some_rule() -> impl Strategy<Value = Rule> {
    let host = prop::option::of(prop::sample::select(vec![
        "app.example.com",
        "*.example.com",
        "example.com",
        "app.example.com:8443",
        "app.example.com:443",
        "*.example.com:8443",
        "localhost",
        "localhost:80",
        "localhost:443",
        "*.localhost",
        "[::1]:3000",
        "127.0.0.1",
    ]));
    let path = prop::collection::vec(prop::sample::select(vec!["a", "A", "b.", "*"]), 0..4);
    let methods = prop::collection::vec(prop::sample::select(vec!["GET", "POST"]), 0..2);
    (host, path, any::<bool>(), methods).prop_map(|(host, path, is_exact, methods)| Rule {
        host: host.map(|host| HostPattern::parse(host).unwrap()),
        path: PathPattern::parse(&format!("/{}", path.join("/")), is_exact).unwrap(),
        methods: methods.into_iter().map(str::to_owned).collect(),
        requirement: Requirement::Public,
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn sec_311_the_first_rule_is_found_as_if_each_was_tried(
        rules in prop::collection::vec(some_rule(), 0..40),
        is_windows in any::<bool>(),
        asked in prop::collection::vec((
            prop::sample::select(vec!["https", "http"]),
            prop::sample::select(vec![
                "app.example.com", "APP.example.com", "app.example.com:8443", "example.com", "x.app.example.com",
                "a..example.com", ".example.com", "localhost", "localhost:443", "a.localhost", "[::1]:3000", "127.0.0.1",
            ]),
            prop::collection::vec(prop::sample::select(vec!["a", "A", "b.", "b", "*", ""]), 0..5),
            prop::sample::select(vec!["GET", "POST", "PUT"]),
        ), 1..20),
    ) {
        let matching = if is_windows { PathMatching::Windows } else { PathMatching::Exact };
        let rules = Rules::new(rules, matching);
        for (scheme, host, path, method) in asked {
            let authority = Authority::parse(scheme, host).unwrap();
            let path = format!("/{}", path.join("/"));
            let path = rules.read(&path).unwrap();
            let number = rules.first(&authority, &path, method).number;
            let expected = one_by_one(&rules, &authority, &path, method);
            prop_assert_eq!(number, expected, "{} {}://{}{}", method, scheme, host, path);
        }
    }
}
