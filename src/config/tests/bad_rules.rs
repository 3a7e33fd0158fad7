//! Access rules that cannot be meant as they are written: each is refused (SEC-419).

use super::{Folder, LEAST};

#[test]
fn a_path_that_windows_reads_otherwise_is_no_rule_for_it() {
    let load = |matching: &str, path: &str| {
        let settings = format!(
            "{LEAST}[portal]\npath_matching = \"{matching}\"\n[[portal.rules]]\npath = \"{path}\"\nrequire = \"nobody\"\n"
        );
        Folder::with(&settings)
    };
    for path in ["/a:b", "/PROGRA~1", "/x/a~2.htm", "/..."] {
        let report = load("windows", path).report(&[]);
        assert!(
            report.contains("rule 1  (portico.toml, line 8)\n    path = "),
            "{path}: {report}"
        );
        assert!(load("exact", path).load(&[]).is_ok(), "{path}");
    }
    for path in ["/", "/Admin/v1.", "/a~b", "/~robin", "/*/x"] {
        assert!(load("windows", path).load(&[]).is_ok(), "{path}");
    }
}

#[test]
fn browsers_are_not_shipped_with_a_promise_that_their_list_refuses() {
    for settings in [
        "hsts_preload = true",
        "hsts_preload = true\nhsts_subdomains = true\nhsts = \"364d\"",
        "hsts_preload = true\nhsts_subdomains = true\nhsts = \"off\"",
    ] {
        let report = Folder::with(&format!("{LEAST}[headers]\n{settings}"))
            .load(&[])
            .unwrap_err();
        assert_eq!(report.problems.len(), 1, "{report}");
        assert_eq!(report.problems[0].key, "headers.hsts_preload");
    }
}

#[test]
fn a_rule_that_cannot_be_followed_stops_the_start_and_says_why() {
    for (rule, fault) in [
        ("require = \"public\"", "has no path"),
        ("path = \"/a\"", "asks for nothing"),
        ("path = \"/a\"\ngroups = []", "groups is empty"),
        ("path = \"/a\"\ngroups = [\"\"]", "groups holds an entry that is empty"),
        ("path = \"/a\"\nacr_values = [\"a b\"]", "which nobody can have"),
        ("path = \"/a\"\ngroup = [\"x\"]", "did you mean groups?"),
        ("path = \"/a\"\nrequire = \"publik\"", "did you mean \"public\"?"),
        (
            "path = \"/a\"\nrequire = \"public\"\ngroups = [\"x\"]",
            "fix: require = \"signed_in\"",
        ),
        ("path = \"a\"\nrequire = \"public\"", "must begin with a slash"),
        ("path = \"/a/../b\"\nrequire = \"public\"", "no empty or dot segment"),
        ("path = \"/a%2fb\"\nrequire = \"public\"", "nothing escaped"),
        ("path = \"/a*\"\nrequire = \"public\"", "* only as a whole segment"),
        ("path = \"//\"\nrequire = \"public\"", "no empty or dot segment"),
        ("path = \"/a\"\nmethods = []\nrequire = \"public\"", "methods is empty"),
        (
            "path = \"/a\"\nmethods = [\"get\"]\nrequire = \"public\"",
            "\"get\", which is no method",
        ),
        ("path = \"/a\"\nmax_age = \"2d\"", "must lie between 1s and 24h"),
        (
            "path = \"/a\"\nhost = \"other.example.com\"\nrequire = \"public\"",
            "is none of the portal's",
        ),
        (
            "path = \"/a\"\nhost = \"https://x\"\nrequire = \"public\"",
            "is an address",
        ),
    ] {
        let report = Folder::with(&format!("{LEAST}[[portal.rules]]\n{rule}\n")).report(&[]);
        assert!(report.contains("portal.rules"), "{report}");
        assert!(report.contains(fault), "{fault} is not in {report}");
    }
    let report = Folder::with(LEAST).report(&[("PORTICO_PORTAL__RULES", "/a=public")]);
    assert!(report.contains("is not a list of tables in TOML"), "{report}");
    let report = Folder::with(&format!("{LEAST}[portal]\nrules = 3\n")).report(&[]);
    assert!(report.contains("each under a line [[portal.rules]]"), "{report}");
}

#[test]
fn sec_203_a_cookie_is_shared_with_no_domain_that_is_not_the_operators_own() {
    for (domain, fault) in [
        ("com", "is a public suffix"),
        ("co.uk", "is not a domain of the host"),
        ("other.com", "is not a domain of the host"),
        ("xample.com", "is not a domain of the host"),
        ("app.example.com", "is not a domain of the host"),
        ("*.example.com", "without star and port"),
        ("example.com:8443", "without star and port"),
    ] {
        let settings = format!("{LEAST}[session]\ncookie_domain = \"{domain}\"\n");
        let report = Folder::with(&settings).report(&[]);
        assert!(report.contains(fault), "{domain}: {report}");
    }
    let github = LEAST.replace("signin.example.com", "acme.github.io");
    let settings = format!("{github}[session]\ncookie_domain = \"github.io\"\n");
    let report = Folder::with(&settings).report(&[]);
    assert!(report.contains("is a public suffix"), "{report}");
    let wrong = format!("{LEAST}[session]\ncookie_domain = \"other.com\"\n");
    let report = Folder::with(&wrong).report(&[]);
    assert!(
        report.contains("fix: cookie_domain = \"example.com\", or leave it out"),
        "{report}"
    );
    let good = format!("{LEAST}[session]\ncookie_domain = \"Example.com\"\n");
    let config = Folder::with(&good).load(&[]).unwrap();
    assert_eq!(config.session.cookie_domain.as_deref(), Some("example.com"));
}

#[test]
fn each_rule_is_reported_at_its_line_and_all_of_them_at_once() {
    let settings = format!(
        "{LEAST}[[portal.rules]]\npath = \"/a\"\nrequire = \"sign_in\"\n[[portal.rules]]\npth = \"/b\"\nrequire = \"public\"\n\
         [[portal.rules]]\npath = \"/c\"\nmax_age = 5\n[[portal.rules]]\nhost = \"other.example.com\"\npath = \"/d\"\ngroups = [\"x\"]\n"
    );
    let wanted = "\
the settings have 4 problems:

portal.rules, rule 1  (portico.toml, line 8)
    require = \"sign_in\" is not one of the choices; did you mean \"signed_in\"?
    fix: require = \"public\", \"signed_in\" or \"nobody\"

portal.rules, rule 2  (portico.toml, line 10)
    has the key pth, which no rule has
    fix: did you mean path?

portal.rules, rule 3  (portico.toml, line 14)
    max_age = 5 is not a duration: write a number with its unit, s, m, h or d, in quotes
    fix: max_age = \"15m\"

portal.rules, rule 4  (portico.toml, line 15)
    host = \"other.example.com\" is none of the portal's
    fix: the host in portal.allowed_hosts too";
    assert_eq!(Folder::with(&settings).report(&[]), wanted);
}
