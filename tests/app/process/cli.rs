//! The command line, as a process.

use crate::support::{portico, run};

#[test]
fn bad_settings_are_all_reported_at_once_with_exit_code_2() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("portico.toml");
    std::fs::write(
        &file,
        "public_url = \"http://signin.example.com\"\n[okta]\norg_url = \"https://x-admin.okta.com/path\"\nclient_idd = \"x\"\n\
         client_secret = \"the-secret-itself\"\n[session]\nidle = \"forever\"\n",
    )
    .unwrap();
    for command in ["check", "serve"] {
        let (code, out, complaints) = run(portico(&[command, "--config", file.to_str().unwrap()]));
        assert_eq!(code, 2, "{command}: {out}{complaints}");
        for key in ["public_url", "okta.org_url", "okta.client_id", "session.idle"] {
            assert!(
                complaints.contains(key),
                "{command}: {key} is not told of:\n{complaints}"
            );
        }
        assert!(complaints.contains("did you mean"), "{complaints}");
        assert!(
            !complaints.contains("the-secret-itself"),
            "SEC-419: no secret is printed"
        );
        assert_eq!(out, "");
    }
}

/// A file with twenty mistakes, and of each the line, the key and the fix.
const TWENTY: &str = r#"public_url = "http://signin.example.com"
[okta]
org_url = "https://your-org.okta.com"
client_id = "0oa 1"
client_auth = "private_key"
scopes = ["openid",
  "e mail"]
[sign_in]
first = ["passwort"]
[session]
idle = "3 hours"
cookie_domain = "com"
[portal]
allowed_hosts = ["https://app.example.com"]
upstream = "https://portal:3000"
[[portal.rules]]
path = "admin"
groups = ["admins"]
[[portal.rules]]
path = "/open"
require = "publik"
[limits]
trusted_proxies = ["10.0.0.300"]
account_burst = 0
accounts_period = "1h"
[ops]
listen = "0.0.0.0:8080"
log = "jsn"
[brand]
colour = "blue"
logo = "missing.svg"
font = ["x;y"]
[store]
path = "no/such/folder/portico.redb"
[headers]
hsts_preload = true
"#;

const NAMED: [(usize, &str, &str); 20] = [
    (1, "public_url", "public_url = \"https://signin.example.com\""),
    (3, "okta.org_url", "docs/okta-setup.md"),
    (4, "okta.client_id", "client_id = "),
    (5, "okta.client_auth", "client_auth = \"private_key_jwt\""),
    (7, "okta.scopes", "correct this entry"),
    (9, "sign_in.first", "write \"password\" there"),
    (11, "session.idle", "idle = \"30m\""),
    (12, "session.cookie_domain", "leave it out"),
    (14, "portal.allowed_hosts", "such as \"app.example.com\""),
    (15, "portal.upstream", "upstream = \"http://portal:3000\""),
    (17, "portal.rules, rule 1", "path = \"/admin\""),
    (21, "portal.rules, rule 2", "require = \"public\""),
    (23, "limits.trusted_proxies", "such as \"10.0.0.7\""),
    (24, "limits.account_burst", "account_burst = 5"),
    (25, "limits.accounts_period", "did you mean limits.account_period?"),
    (28, "ops.log", "log = \"json\""),
    (30, "brand.colour", "colour = \"#2456c8\""),
    (31, "brand.logo", "the path of a file"),
    (34, "store.path", "create "),
    (36, "headers.hsts_preload", "hsts_preload = false"),
];

#[test]
fn sec_419_twenty_mistakes_are_named_at_once_each_at_its_line_with_a_fix() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("portico.toml");
    std::fs::write(&file, TWENTY).unwrap();
    let (code, _, complaints) = run(portico(&["check", "--config", file.to_str().unwrap()]));
    assert_eq!(code, 2, "{complaints}");
    let problems: Vec<&str> = complaints.split("\n\n").skip(1).collect();
    for (line, key, fix) in NAMED {
        let place = format!(", line {line})\n");
        let named = problems.iter().filter(|problem| problem.starts_with(key));
        let here: Vec<_> = named.filter(|problem| problem.contains(&place)).collect();
        assert_eq!(here.len(), 1, "{key} at line {line}:\n{complaints}");
        let told = here[0].split("\n    fix: ").nth(1).unwrap_or_default();
        assert!(told.contains(fix), "{key}: {fix}:\n{complaints}");
    }
    // Two more are in the file: the family name of the font, and the port that `listen` has by default.
    assert_eq!(problems.len(), NAMED.len() + 2, "{complaints}");
}

#[test]
fn bad_settings_are_one_document_if_wanted() {
    let mut command = portico(&["check", "--json"]);
    command.envs([
        ("PORTICO_PUBLIC_URL", "http://signin.example.com"),
        ("PORTICO_OKTA__CLIENT_ID", "0oa1"),
    ]);
    let (code, out, complaints) = run(command);
    assert_eq!((code, complaints.as_str()), (2, ""));
    let document: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(
        (&document["version"], &document["outcome"]),
        (&1.into(), &"settings".into())
    );
    let findings = document["findings"].as_array().unwrap();
    let texts: Vec<_> = findings
        .iter()
        .map(|finding| finding["text"].as_str().unwrap())
        .collect();
    for (text, key) in texts.iter().zip(["public_url", "okta.org_url"]) {
        assert!(text.starts_with(key) && text.contains("fix: "), "{text}");
    }
    assert!(
        findings.iter().all(|finding| finding["code"] == "setting-wrong"),
        "{out}"
    );
}

#[test]
fn good_settings_are_fine_without_asking_anybody() {
    let mut command = portico(&["check"]);
    command.envs([
        ("PORTICO_PUBLIC_URL", "https://signin.example.com"),
        ("PORTICO_OKTA__ORG_URL", "https://org.invalid"),
        ("PORTICO_OKTA__CLIENT_ID", "0oa1"),
        ("PORTICO_STORE__KIND", "memory"),
    ]);
    let (code, out, complaints) = run(command);
    assert_eq!(code, 0, "{complaints}");
    assert!(out.starts_with("ok: "), "{out}");
}

#[test]
fn a_missing_settings_file_is_reported() {
    let (code, _, complaints) = run(portico(&["check", "--config", "/nowhere/portico.toml"]));
    assert_eq!(code, 2);
    assert!(complaints.contains("/nowhere/portico.toml"), "{complaints}");
}

#[test]
fn the_reference_names_every_key_and_the_schema_is_json() {
    let (code, out, _) = run(portico(&["config", "reference"]));
    assert_eq!(code, 0);
    for key in ["public_url", "okta.client_id", "limits.account_burst", "session.idle"] {
        assert!(out.contains(key.rsplit('.').next().unwrap()), "{key}");
    }
    let (code, out, _) = run(portico(&["config", "reference", "--json-schema"]));
    assert_eq!(code, 0);
    let schema: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert!(schema["properties"]["okta"].is_object());
}

#[test]
fn wrong_usage_exits_with_2_and_help_with_0() {
    for arguments in [&["nonsense"][..], &[], &["serve", "--nope"]] {
        assert_eq!(run(portico(arguments)).0, 2, "{arguments:?}");
    }
    let (code, out, _) = run(portico(&["--help"]));
    assert_eq!(code, 0);
    for command in ["serve", "check", "healthcheck", "config"] {
        assert!(out.contains(command), "{out}");
    }
}

type Pairs<'a> = &'a [(&'a str, &'a str)];

/// What `check` prints with these settings, and its warnings.
fn checked(settings: Pairs<'_>) -> (String, String) {
    let mut command = portico(&["check"]);
    command.envs([
        ("PORTICO_PUBLIC_URL", "https://signin.example.com"),
        ("PORTICO_OKTA__ORG_URL", "https://org.invalid"),
        ("PORTICO_OKTA__CLIENT_ID", "0oa1"),
        ("PORTICO_STORE__KIND", "memory"),
    ]);
    command.envs(settings.iter().copied());
    let (code, out, complaints) = run(command);
    assert_eq!(code, 0, "{complaints}");
    (out, complaints)
}

#[test]
fn check_warns_of_a_logo_that_nobody_sees() {
    let folder = tempfile::tempdir().unwrap();
    let logo = folder.path().join("logo.svg");
    let warned = |fill: &str| {
        let text = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 9 9\"><path d=\"M0 0h9v9z\" fill=\"{fill}\"/></svg>"
        );
        std::fs::write(&logo, text).unwrap();
        let (_, complaints) = checked(&[("PORTICO_BRAND__LOGO", logo.to_str().unwrap())]);
        let about_logo = |key: &str| complaints.contains(&format!("warning: {key} is "));
        (about_logo("brand.logo"), about_logo("brand.logo_dark"))
    };
    assert_eq!(warned("#fff"), (true, false));
    assert_eq!(warned("#101010"), (false, true));
    assert_eq!(warned("#2159c9"), (false, false));
}

#[test]
fn check_names_what_is_to_be_registered_for_oktas_page() {
    let switched_on = ("PORTICO_SIGN_IN__OKTA_HOSTED", "true");
    let rows: [(Pairs<'_>, Option<&str>); 3] = [
        (&[], None),
        (&[switched_on], Some("https://signin.example.com")),
        (
            &[switched_on, ("PORTICO_PUBLIC_URL", "https://portal.example.com/auth/")],
            Some("https://portal.example.com/auth"),
        ),
    ];
    for (settings, base) in rows {
        let (out, _) = checked(settings);
        let line = out.lines().find(|line| line.contains("okta_hosted"));
        assert_eq!(line.is_some(), base.is_some(), "{out}");
        if let (Some(line), Some(base)) = (line, base) {
            let [back, out] = ["sign-in/okta/callback", "signed-out"].map(|page| format!("{base}/{page}"));
            assert!(line.contains(&format!("sign-in redirect URI {back} ")), "{line}");
            assert!(line.ends_with(&format!("sign-out redirect URI {out}")), "{line}");
        }
    }
}

#[test]
fn sec_211_check_says_how_sessions_are_revalidated_and_warns_where_they_cannot_be() {
    const SCOPES: (&str, &str) = ("PORTICO_OKTA__SCOPES", "openid, profile");
    const BY: &str = "PORTICO_SESSION__REVALIDATE_WITHOUT_REFRESH_TOKEN";
    let cases: [(Pairs<'_>, &[&str], Option<&str>); 7] = [
        (
            &[],
            &[
                "at least every 10m, with the refresh token; where Okta issued none, at the user-info \
                 endpoint while the access token lives;",
                "every session is over after 12h\n",
                "ok: Okta's tokens are not bound to a key",
            ],
            None,
        ),
        (
            &[
                ("PORTICO_SESSION__REVALIDATE", "90s"),
                ("PORTICO_SESSION__REMEMBER", "30d"),
                ("PORTICO_OKTA__DPOP", "on"),
            ],
            &[
                "at least every 1m 30s, with the refresh token",
                "over after 30d\n",
                "the app must demand DPoP\n",
            ],
            None,
        ),
        (
            &[SCOPES],
            &["every 10m, at the user-info endpoint while the access token lives;"],
            Some("only while the access token lives"),
        ),
        (
            &[SCOPES, (BY, "introspection")],
            &["every 10m, by introspection while the access token lives;"],
            Some("only while the access token lives"),
        ),
        (
            &[SCOPES, (BY, "none")],
            &["Okta is never asked again about a session (session.revalidate_without_refresh_token = \"none\");"],
            Some("it is never asked again about a customer"),
        ),
        (
            &[SCOPES, ("PORTICO_SESSION__FOLLOW_TOKEN_LIFE", "true")],
            &["a session without a refresh token ends with its access token; every session is over after 12h\n"],
            Some("a session ends with its access token"),
        ),
        (
            &[SCOPES, ("PORTICO_SESSION__REVALIDATE", "0s")],
            &["Okta is never asked again about a session (session.revalidate = \"0s\");"],
            None,
        ),
    ];
    for (settings, said, warned) in cases {
        let (out, complaints) = checked(settings);
        assert!(out.lines().all(|line| line.starts_with("ok: ")), "{out}");
        for words in said {
            assert!(out.contains(words), "{settings:?}: {words}\n{out}");
        }
        let warning = complaints
            .lines()
            .find(|line| line.starts_with("warning: okta.scopes "));
        assert_eq!(warning.is_some(), warned.is_some(), "{settings:?}");
        if let (Some(warning), Some(words)) = (warning, warned) {
            assert!(warning.contains(words), "{warning}");
            assert!(warning.contains("so Okta gives no refresh token"), "{warning}");
        }
    }
}

/// What `portico explain` prints about a portal with a few rules.
fn explained(arguments: &[&str]) -> (i32, String, String) {
    let mut command = portico(&["explain"]);
    command.args(arguments);
    for (name, value) in [
        ("PUBLIC_URL", "https://app.example.com/auth"),
        ("OKTA__ORG_URL", "https://acme.okta.com"),
        ("OKTA__CLIENT_ID", "0oa1"),
        ("LIMITS__TRUSTED_PROXIES", "10.0.0.0/8"),
        (
            "PORTAL__RULES",
            r#"[
                { path = "/health", exact = true, methods = ["GET"], require = "public" },
                { path = "/admin", groups = ["admins"], max_age = "10m" },
                { path = "/admin", require = "nobody" },
            ]"#,
        ),
    ] {
        command.env(format!("PORTICO_{name}"), value);
    }
    run(command)
}

#[test]
fn explain_names_the_rule_that_decides_and_why_the_others_do_not() {
    let admin = "https://app.example.com/%61dmin/users?x=1";
    let (code, said, _) = explained(&["--url", admin, "--user", "robin", "--group", "staff"]);
    assert_eq!(code, 0);
    assert_eq!(
        said,
        "request   GET https://app.example.com/%61dmin/users?x=1\n\
         host      app.example.com is one of the portal's\n\
         path      /admin/users, the query left out\n\
         rule 1    /health alone GET/HEAD is public: is about another path\n\
         rule 2    /admin and below asks for a session in one of [\"admins\"], proved within 600 s: decides\n\
         rule 3    /admin and below is for nobody: is not reached\n\
         who       robin, groups [\"staff\"], no acr, proved 0 s ago\n\
         verdict   403: refused, whatever is proved\n"
    );
    let verdict = |arguments: &[&str]| {
        let (code, said, complaint) = explained(arguments);
        let last = said.lines().last().unwrap_or_default().to_owned();
        (code, last.trim_start_matches("verdict").trim().to_owned() + &complaint)
    };
    let passes = verdict(&["--url", admin, "--user", "r", "--group", "admins"]);
    assert_eq!(passes, (0, "200: passes".to_owned()));
    let old = verdict(&["--url", admin, "--user", "r", "--group", "admins", "--age", "11m"]);
    assert!(
        old.1.starts_with("more has to be proved (proved within 600 s)"),
        "{old:?}"
    );
    let nobody = verdict(&["--url", "https://app.example.com/x"]);
    assert!(nobody.1.starts_with("a page is sent to the form"), "{nobody:?}");
    let odd = verdict(&["--url", "https://app.example.com/x/../admin"]);
    assert_eq!(odd.1, "400 ambiguous_path (nginx: 401), whoever asks");
    let strange = verdict(&["--url", "https://evil.test/"]);
    assert_eq!(strange.1, "400 unknown_host (nginx: 401), whoever asks");
    assert_eq!(verdict(&["--url", "x"]).0, 1);
    assert_eq!(verdict(&[]).0, 2);
}

#[test]
fn explain_says_to_scripts_what_becomes_of_a_request() {
    let explained = |arguments: &[&str]| -> serde_json::Value {
        let (code, said, _) = explained(&[arguments, &["--json"]].concat());
        assert_eq!(code, 0);
        serde_json::from_str(&said).unwrap()
    };
    let admin = "https://app.example.com/admin";
    let robin = ["--url", admin, "--user", "robin"];
    for (arguments, outcome) in [
        (&["--url", "https://app.example.com/health"][..], "allowed"),
        (&["--url", admin], "sign_in"),
        (&robin, "forbidden"),
        (&[&robin[..], &["--group", "admins"]].concat(), "allowed"),
        (
            &[&robin[..], &["--group", "admins", "--age", "11m"]].concat(),
            "step_up",
        ),
        (&["--url", "https://evil.test/"], "malformed"),
    ] {
        let said = explained(arguments);
        assert_eq!(said["outcome"], outcome, "{said}");
        assert_eq!(said["shadow"], false);
        let last = said["lines"].as_array().unwrap().last().unwrap();
        assert_eq!(last["about"], "verdict", "{said}");
    }
}

#[test]
fn explain_says_of_a_preflight_what_the_gate_would() {
    let said = |settings: &[(&str, &str)], path: &str| {
        let mut command = portico(&["explain", "--preflight", "--url"]);
        command.arg(format!("https://app.example.com{path}"));
        for (name, value) in [
            ("PUBLIC_URL", "https://app.example.com/auth"),
            ("OKTA__ORG_URL", "https://acme.okta.com"),
            ("OKTA__CLIENT_ID", "0oa1"),
            ("PORTAL__RULES", r#"[{ path = "/shut", require = "nobody" }]"#),
        ]
        .iter()
        .chain(settings)
        {
            command.env(format!("PORTICO_{name}"), value);
        }
        let (code, said, _) = run(command);
        assert_eq!(code, 0);
        assert!(said.starts_with("request   OPTIONS https://"), "{said}");
        said
    };
    let pass = [("PORTAL__PREFLIGHT", "pass")];
    let by_rules = said(&[], "/orders");
    assert!(by_rules.contains("preflight portal.preflight is \"rules\""));
    assert!(by_rules.contains("verdict   a page is sent to the form"));
    let passes = said(&pass, "/orders");
    assert!(
        passes.ends_with("verdict   200: passes, and names nobody\n"),
        "{passes}"
    );
    assert!(said(&pass, "/shut").ends_with("verdict   403: refused, whatever is proved\n"));
    assert!(said(&pass, "/x/../shut").contains("400 ambiguous_path"));
}

#[test]
fn explain_reads_the_question_of_a_proxy() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("question.http");
    let ask = |text: &str, peer: &str| {
        std::fs::write(&file, text).unwrap();
        explained(&["--request", file.to_str().unwrap(), "--peer", peer])
    };
    let nginx = "GET /auth/verify/nginx HTTP/1.1\nHost: portico\nX-Original-URL: https://app.example.com/health\n\
                 X-Original-Method: GET\nX-Forwarded-For: 198.51.100.7\n";
    let (code, said, _) = ask(nginx, "10.0.0.1");
    assert_eq!(code, 0);
    assert!(said.starts_with("from      198.51.100.7 by nginx\n"), "{said}");
    assert!(said.ends_with("verdict   200: passes\n"), "{said}");
    // Unless the proxy vouches for it, it is an OPTIONS like any other.
    let preflight = nginx.replace("Method: GET", "Method: OPTIONS").replace("/health", "/x")
        + "Origin: https://shop.example\nAccess-Control-Request-Method: PUT\n";
    let (_, said, _) = ask(&preflight, "10.0.0.1");
    assert!(!said.contains("preflight"), "{said}");
    let (_, said, _) = ask(&format!("{preflight}Portico-Head-Only: yes\n"), "10.0.0.1");
    assert!(said.contains("portal.preflight is \"rules\""), "{said}");
    for (text, peer, fault) in [
        (nginx.to_owned(), "192.0.2.1", "is not in limits.trusted_proxies"),
        (
            format!("{nginx}X-Forwarded-Uri: /admin\n"),
            "10.0.0.1",
            "contradict each other",
        ),
        (format!("{nginx}X-Original-URL: https://x/\n"), "10.0.0.1", "came twice"),
        (
            nginx.replace("/verify/nginx", "/sign-in"),
            "10.0.0.1",
            "none of the paths",
        ),
        ("nonsense".to_owned(), "10.0.0.1", "no HTTP request"),
    ] {
        let (code, _, complaint) = ask(&text, peer);
        assert_eq!(code, 1, "{fault}");
        assert!(complaint.contains(fault), "{complaint}");
    }
}

#[test]
fn proxy_config_prints_the_recipe_and_notes_what_would_keep_it_from_working() {
    let print = |arguments: &[&str]| {
        let mut command = portico(arguments);
        command.envs([
            ("PORTICO_PUBLIC_URL", "https://signin.example.com"),
            ("PORTICO_PORTAL__HOME_URL", "https://portal.example.com/"),
            ("PORTICO_OKTA__ORG_URL", "https://org.invalid"),
            ("PORTICO_OKTA__CLIENT_ID", "0oa1"),
        ]);
        run(command)
    };
    let (code, out, notes) = print(&["proxy-config", "nginx", "--portal", "portal:80"]);
    assert_eq!(code, 0, "{notes}");
    assert!(out.contains("server portal:80;") && out.contains("server 127.0.0.1:8080;"));
    assert!(notes.contains("limits.trusted_proxies is empty"), "{notes}");
    let (code, out, _) = print(&["proxy-config", "haproxy", "--lua"]);
    assert_eq!(code, 0);
    assert!(out.contains("portico_verify"));
    for wrong in [
        &["proxy-config", "nginx", "--lua"][..],
        &["proxy-config", "apache"],
        &["proxy-config", "nginx", "--portal", "a;b:80"],
        &["proxy-config"],
    ] {
        let (code, out, _) = print(wrong);
        assert_eq!((code, out.as_str()), (2, ""), "{wrong:?}");
    }
}

#[test]
fn a_support_code_is_found_however_it_is_typed() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("portico.log");
    let lines = "{\"request_id\":\"7K3F-Q2ND-4M\",\"status\":503}\n{\"request_id\":\"01AB-Q2ND-4M\"}\n\
                 {\"span\":{\"request_id\":\"7K3F-Q2ND-4M\"}}\n";
    std::fs::write(&file, lines).unwrap();
    let file = file.to_str().unwrap();
    for typed in ["7K3F-Q2ND-4M", "7k3fq2nd4m", "7K3F Q2ND 4M"] {
        let (code, out, complaints) = run(portico(&["lookup", typed, file]));
        assert_eq!((code, out.lines().count()), (0, 2), "{typed}: {complaints}");
    }
    let (code, out, _) = run(portico(&["lookup", "oiab-q2nd-4m", file]));
    assert_eq!((code, out.lines().count()), (0, 1));
    let (code, out, complaints) = run(portico(&["lookup", "0000-0000-00", file]));
    assert_eq!((code, out.as_str()), (1, ""));
    assert!(complaints.contains("no line has the code 0000-0000-00"), "{complaints}");
    let (code, _, complaints) = run(portico(&["lookup", "7K3F", file]));
    assert_eq!(code, 2);
    assert!(complaints.contains("is no support code"), "{complaints}");
}
