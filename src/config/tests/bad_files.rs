//! Bad settings: each is refused with words that lead to the fix (SEC-419).

use super::{Folder, LEAST};

/// What is appended to [`LEAST`] (whose last section is `[okta]`), and what the report must then say.
const BAD: &[(&str, &[&str])] = &[
    // Not TOML at all.
    ("client_auth = none", &["settings file", "line 6", "is not valid TOML"]),
    (
        "client_id = \"again\"",
        &["line 6", "is not valid TOML", "duplicate key"],
    ),
    ("[okta]", &["line 6", "is not valid TOML"]),
    // Unknown or misplaced.
    (
        "clientid = \"x\"",
        &[
            "okta.clientid  (portico.toml, line 6)",
            "is not a setting",
            "did you mean okta.client_id?",
        ],
    ),
    ("idle = \"30m\"", &["okta.idle", "did you mean session.idle?"]),
    ("qqq = 1", &["okta.qqq", "`portico config reference` lists every key"]),
    (
        "[sesion]\nidle = \"1m\"",
        &[
            "sesion  (portico.toml, line 6)",
            "is not a section",
            "did you mean [session]?",
        ],
    ),
    (
        "[[store]]\nkind = \"memory\"",
        &["store", "is a section, not a value", "a line [store]"],
    ),
    (
        "[sign_in]\nlinks = \"x\"",
        &["sign_in.links", "is a section, not a value"],
    ),
    // Wrong type.
    (
        "webauthn = \"true\"",
        &[
            "okta.webauthn = \"true\"",
            "must be true or false",
            "fix: webauthn = true, or webauthn = false",
        ],
    ),
    (
        "private_key_id = 7",
        &["okta.private_key_id = 7", "must be text in double quotes"],
    ),
    (
        "scopes = \"openid\"",
        &["okta.scopes", "must be a list in brackets", "fix: scopes = [\"openid\""],
    ),
    (
        "private_key_id = [\"a\"]",
        &["okta.private_key_id", "takes one value, not a list"],
    ),
    ("ca_file = 2026-01-01", &["okta.ca_file", "cannot be a date"]),
    ("private_key_id = {}", &["okta.private_key_id", "cannot be a table"]),
    // Okta.
    (
        "client_auth = \"basic\"",
        &[
            "okta.client_auth = \"basic\"",
            "is not one of \"none\", \"client_secret_basic\"",
        ],
    ),
    (
        "client_auth = \"private_key_jtw\"",
        &["did you mean \"private_key_jwt\"?"],
    ),
    (
        "client_auth = \"client_secret_post\"",
        &["needs the client secret", "client_secret_file ="],
    ),
    (
        "client_auth = \"private_key_jwt\"",
        &["needs the private key", "private_key_file ="],
    ),
    (
        "client_secret = \"x\"",
        &[
            "okta.client_secret  (portico.toml, line 6)",
            "okta.client_auth does not use it",
        ],
    ),
    (
        "client_auth = \"client_secret_jwt\"\nclient_secret = \"short\"",
        &["shorter than the 32 characters"],
    ),
    (
        "client_auth = \"client_secret_basic\"\nclient_secret = \"\"",
        &["okta.client_secret", "is empty"],
    ),
    (
        "client_secret_file = \"no/such\"",
        &["okta.client_secret_file", "cannot be read: No such file"],
    ),
    ("scopes = [\"email\"]", &["okta.scopes", "must hold \"openid\""]),
    ("scopes = [\"openid\", \"openid\"]", &["holds \"openid\" twice"]),
    (
        "authorization_server = \"a/b\"",
        &["okta.authorization_server = \"a/b\"", "may hold only letters"],
    ),
    (
        "timeout = \"2s\"",
        &["okta.timeout = \"2s\"", "must be longer than okta.connect_timeout"],
    ),
    (
        "timeout = \"5m\"",
        &["okta.timeout = \"5m\"", "must lie between 1s and 1m"],
    ),
    (
        "ca_file = \"portico.toml\"",
        &["okta.ca_file", "holds no certificate in PEM form"],
    ),
    // Sign-in.
    (
        "[sign_in]\nfirst = []",
        &[
            "sign_in.first",
            "is empty: nobody could begin",
            "first = [\"password\"]",
        ],
    ),
    (
        "[sign_in]\nfirst = [\"passkey\"]",
        &[
            "sign_in.first",
            "okta.webauthn is false",
            "webauthn = true under [okta]",
        ],
    ),
    (
        "[sign_in]\nsecond = [\"passkey\"]",
        &["sign_in.second", "okta.webauthn is false"],
    ),
    (
        "[sign_in]\nsecond = [\"password\"]",
        &["holds \"password\", which is not one of", "\"otp\""],
    ),
    (
        "[sign_in.links]\nhelp = \"www.example.com\"",
        &["sign_in.links.help = \"www.example.com\"", "has no scheme"],
    ),
    (
        "[sign_in.links]\nhelp = \"javascript://x\"",
        &["sign_in.links.help", "must be https"],
    ),
    (
        "[sign_in.links]\ncontact = \"a\\nb\"",
        &["sign_in.links.contact", "line break"],
    ),
    // Session and store.
    (
        "[session]\nidle = 30",
        &[
            "session.idle = 30",
            "is not a duration",
            "s, m, h or d",
            "fix: idle = \"30m\"",
        ],
    ),
    (
        "[session]\nidle = \"30\"",
        &["session.idle = \"30\"", "is not a duration"],
    ),
    ("[session]\nidle = \"-5m\"", &["must lie between 1m and 1h"]),
    (
        "[session]\nabsolute = \"48h\"",
        &["session.absolute = \"48h\"", "must lie between 1m and 24h"],
    ),
    (
        "[session]\nidle = \"1h\"\nabsolute = \"30m\"",
        &["session.idle = \"1h\"", "is longer than session.absolute"],
    ),
    (
        "[session]\nremember = \"yes\"",
        &["session.remember = \"yes\"", "or \"off\"", "s, m, h or d"],
    ),
    ("[session]\nremember = \"91d\"", &["must lie between 1h and 90d"]),
    (
        "[session]\nremember = \"6h\"",
        &["session.remember = \"6h\"", "is shorter than session.absolute"],
    ),
    (
        "[session]\nremember = \"30d\"\nremember_idle = \"31d\"",
        &["session.remember_idle", "is longer than session.remember"],
    ),
    (
        "[session]\nremember = \"30d\"\nremember_idle = \"10m\"",
        &["session.remember_idle", "is shorter than session.idle"],
    ),
    (
        "[session]\nmax_per_user = 0",
        &["session.max_per_user = 0", "must lie between 1 and 1000"],
    ),
    (
        "[store]\nkind = \"redis\"\nurl = \"redis://localhost\"",
        &[
            "store.kind = \"redis\"",
            "there is no key ring: every replica needs the same one",
        ],
    ),
    (
        "[store]\nkind = \"radis\"",
        &["store.kind = \"radis\"", "did you mean \"redis\"?"],
    ),
    (
        "[store]\nurl = \"redis://redis.example.com:port\"",
        &["store.url", "has a host or a port that cannot be"],
    ),
    (
        "[store]\nurl = \"redis://portico:canary@redis.example.com\"",
        &["store.url", "put it into store.password_file"],
    ),
    (
        "[store]\nreplicas = 11",
        &["store.replicas = 11", "must lie between 0 and 10"],
    ),
    (
        "[store]\ngrace = \"2h\"",
        &["store.grace = \"2h\"", "must lie between 0s and 1h"],
    ),
    (
        "[store]\nmax_sessions = 1",
        &["store.max_sessions = 1", "must lie between 100 and 100000000"],
    ),
    (
        "[store]\nmax_attempts = 1.5",
        &["store.max_attempts = 1.5", "must be a whole number"],
    ),
    (
        "[store]\nmax_attempts = -1",
        &["store.max_attempts = -1", "must lie between"],
    ),
    (
        "[store]\nmax_attempts = 0x10",
        &["store.max_attempts", "without quotes"],
    ),
    // Portal.
    (
        "[portal]\nhome_url = \"http://portal.example.com\"",
        &["portal.home_url", "plain http is only for a loopback"],
    ),
    (
        "[portal]\nallowed_hosts = [\"https://a.test\"]",
        &["holds \"https://a.test\"", "write the host alone"],
    ),
    (
        "[portal]\nallowed_hosts = [\"*\"]",
        &["holds \"*\"", "whole first label"],
    ),
    (
        "[portal]\nallowed_hosts = [\"*.com\"]",
        &["holds \"*.com\"", "whole top-level domain"],
    ),
    (
        "[portal]\nallowed_hosts = [\"a.*.test\"]",
        &["holds \"a.*.test\"", "whole first label"],
    ),
    (
        "[portal]\nallowed_hosts = [\"a@b.test\"]",
        &["holds \"a@b.test\"", "is not a host name"],
    ),
    // Limits.
    (
        "[limits]\naccount_burst = 0",
        &["limits.account_burst = 0", "must lie between 1 and 1000"],
    ),
    (
        "[limits]\naccount_burst = \"5\"",
        &["limits.account_burst = \"5\"", "without quotes"],
    ),
    (
        "[limits]\ntrusted_proxies = [\"proxy\"]",
        &["holds \"proxy\"", "is not an address or network like 10.0.0.0/8"],
    ),
    (
        "[limits]\ntrusted_proxies = [\"10.0.0.0/33\"]",
        &["holds \"10.0.0.0/33\""],
    ),
    (
        "[limits]\nforwarded_header = \"x-real-ip\"",
        &["is not one of \"x-forwarded-for\", \"forwarded\""],
    ),
    // Brand.
    (
        "[brand]\ncolour = \"blue\"",
        &["brand.colour = \"blue\"", "# and six hex digits"],
    ),
    ("[brand]\ncolour = \"#12345é\"", &["# and six hex digits"]),
    (
        "[brand]\nradius = \"2em\"",
        &["brand.radius = \"2em\"", "a number of rem (0 to 2)"],
    ),
    ("[brand]\nradius = \"infrem\"", &["brand.radius", "is not a length"]),
    (
        "[brand]\nlogo = \"missing.svg\"",
        &["brand.logo = \"missing.svg\"", "cannot be read"],
    ),
    ("[brand]\nlogo = \".\"", &["brand.logo", "it is not a file"]),
    (
        "[brand]\nlogo = \"portico.toml\"",
        &["is not a picture of these kinds: svg, png, webp"],
    ),
    (
        "[brand]\nfont = [\"x; } body { display: none\"]",
        &["brand.font", "may hold only letters"],
    ),
    (
        "[brand]\nname = \"\"",
        &["brand.name = \"\"", "is empty", "fix: name = \"Portico\""],
    ),
    ("[brand]\nname = \" x\"", &["begins or ends with a blank"]),
    // Operations.
    (
        "[ops]\nlisten = \"localhost:9464\"",
        &["ops.listen = \"localhost:9464\"", "a name will not do"],
    ),
    (
        "[ops]\nlisten = \"127.0.0.1:8080\"",
        &["ops.listen", "is the port of `listen` too"],
    ),
    (
        "[ops]\nlog = \"xml\"",
        &["ops.log = \"xml\"", "is not one of \"json\", \"text\""],
    ),
    (
        "[ops]\nlog_level = \"loud\"",
        &["ops.log_level = \"loud\"", "is not a log filter"],
    ),
    ("[ops]\nlog_level = \"info,portico=\"", &["is not a log filter"]),
    (
        "[ops]\notlp_endpoint = \"grpc://collector:4317\"",
        &["ops.otlp_endpoint", "must be http or https"],
    ),
    (
        "[ops]\notlp_endpoint = \"http://collector:4318?x\"",
        &["ops.otlp_endpoint", "no ? and no #"],
    ),
    ("[ops]\notlp_sample_percent = 101", &["ops.otlp_sample_percent", "100"]),
];

#[test]
fn each_bad_file_is_refused_with_the_reason_and_the_fix() {
    for (lines, wanted) in BAD {
        let settings = format!("{LEAST}{lines}\n");
        let folder = Folder::with(&settings);
        for problem in folder.load(&[]).unwrap_err().problems {
            assert!(!problem.fix.is_empty(), "{lines}\n--- no fix: {problem}");
            let is_there = settings.lines().any(|line| line == problem.fix);
            assert!(!is_there, "{lines}\n--- the fix is what is there already: {problem}");
        }
        let report = folder.report(&[]);
        for text in *wanted {
            assert!(report.contains(text), "{lines}\n--- lacks: {text}\n{report}");
        }
        assert!(
            report.starts_with("the settings have a problem:"),
            "{lines}\n--- more than one:\n{report}"
        );
    }
}

#[test]
fn everything_is_reported_at_once_and_reads_like_this() {
    let settings =
        "listen = \"8080\"\ncolour = \"red\"\n[okta]\norg_url = \"http://acme.okta.com\"\n[session]\nidle = 5\n";
    let report = Folder::with(settings).report(&[("PORTICO_OKTA__TIMEOUT", "soon"), ("PORTICO_BRAND_NAME", "Acme")]);
    let wanted = "\
the settings have 8 problems:

colour  (portico.toml, line 2)
    is not a setting
    fix: did you mean brand.colour?

PORTICO_BRAND_NAME
    is not a setting
    fix: did you mean PORTICO_BRAND__NAME?

public_url
    is required and not set
    fix: public_url = \"https://signin.example.com\", or PORTICO_PUBLIC_URL

listen = \"8080\"  (portico.toml, line 1)
    is not an address with a port: a name will not do, an IPv6 address needs brackets
    fix: listen = \"0.0.0.0:8080\"

okta.org_url = \"http://acme.okta.com\"  (portico.toml, line 4)
    must be https: plain http is only for a loopback host such as localhost
    fix: org_url = \"https://acme.okta.com\"

okta.client_id
    is required and not set
    fix: client_id = \"0oa1example2client3id\" under [okta], or PORTICO_OKTA__CLIENT_ID

okta.timeout = \"soon\"  (environment variable PORTICO_OKTA__TIMEOUT)
    is not a duration: write a number with its unit, s, m, h or d, in quotes
    fix: PORTICO_OKTA__TIMEOUT=10s

session.idle = 5  (portico.toml, line 6)
    is not a duration: write a number with its unit, s, m, h or d, in quotes
    fix: idle = \"30m\"";
    assert_eq!(report, wanted);
}

#[test]
fn each_entry_of_a_list_is_reported_at_its_own_line() {
    let settings = format!(
        "{LEAST}scopes = [\n  \"openid\",\n  \"bad scope\",\n]\n[sign_in]\nfirst = [\n  \"passwort\",\n  \"sns\"\n]\n\
         [limits]\ntrusted_proxies = [\"10.0.0.7\",\n\"10.0.0.300\"]\n"
    );
    let wanted = "\
the settings have 4 problems:

okta.scopes  (portico.toml, line 8)
    holds \"bad scope\", which may hold only letters, digits and _ . - :
    fix: correct this entry, or leave it out

sign_in.first  (portico.toml, line 12)
    holds \"passwort\", which is not one of the choices; did you mean \"password\"?
    fix: write \"password\" there

sign_in.first  (portico.toml, line 13)
    holds \"sns\", which is not one of the choices; did you mean \"sms\"?
    fix: write \"sms\" there

limits.trusted_proxies  (portico.toml, line 17)
    holds \"10.0.0.300\", which is not an address or network like 10.0.0.0/8
    fix: write an address such as \"10.0.0.7\" there, or a network such as \"10.0.0.0/8\"";
    assert_eq!(Folder::with(&settings).report(&[]), wanted);
}

#[test]
fn no_fix_takes_away_the_protection_that_was_meant() {
    for (lines, fix) in [
        (
            "[limits]\ntrusted_proxies = \"10.0.0.7\"",
            "fix: trusted_proxies = [\"10.0.0.7\"]",
        ),
        (
            "[portal]\nallowed_hosts = true",
            "fix: allowed_hosts = [\"app.example.com\"]",
        ),
        (
            "[portal]\nrules = true",
            "fix: rules = [{ path = \"/admin\", groups = [\"admins\"] }]",
        ),
        ("client_auth = \"secret\"", "fix: client_auth = \"private_key_jwt\""),
        (
            "[sign_in]\nrequire_number_challenge = 1",
            "fix: require_number_challenge = true, or require_number_challenge = false",
        ),
    ] {
        let report = Folder::with(&format!("{LEAST}{lines}\n")).report(&[]);
        assert!(report.contains(fix), "{report}");
    }
}

#[test]
fn an_address_is_mended_where_a_small_change_does() {
    for (written, mended) in [
        ("http://acme.okta.com", "https://acme.okta.com"),
        ("acme.okta.com", "https://acme.okta.com"),
        ("https://acme-admin.okta.com/", "https://acme.okta.com"),
        ("https://acme.okta.com/oauth2/default", "https://acme.okta.com"),
        ("https://acme.okta.com?x=1", "https://acme.okta.com"),
        ("https:// acme.okta.com", "https://acme.okta.com"),
        ("https://", "https://your-org.okta.com"),
        ("https://user:canary@acme.okta.com", "https://your-org.okta.com"),
    ] {
        let report = Folder::with(&LEAST.replace("https://acme.okta.com", written)).report(&[]);
        assert!(report.contains(&format!("fix: org_url = \"{mended}\"")), "{report}");
        assert!(!report.contains("canary"), "{report}");
    }
}

#[test]
fn a_named_file_must_exist() {
    let folder = Folder::with("");
    std::fs::remove_file(folder.0.path().join("portico.toml")).unwrap();
    let report = folder.report(&[]);
    assert!(
        report.contains("settings file  (portico.toml)\n    cannot be read: No such file"),
        "{report}"
    );
}

#[test]
fn a_file_that_is_too_large_is_refused_and_not_cut_off() {
    let most = 1024 * 1024;
    let of_length = |length: usize| {
        let mut settings = LEAST.to_owned();
        settings.push('#');
        settings.extend(std::iter::repeat_n('x', length - settings.len()));
        Folder::with(&settings)
    };
    assert!(of_length(most).load(&[]).is_ok());
    let report = of_length(most + 1).report(&[]);
    assert!(
        report.contains("settings file  (portico.toml)\n    is larger than 1024 KiB"),
        "{report}"
    );
}

#[test]
fn a_pipe_is_no_settings_file_and_nobody_waits_for_it() {
    let folder = Folder::with("");
    let path = folder.0.path().join("portico.toml");
    std::fs::remove_file(&path).unwrap();
    let made = std::process::Command::new("mkfifo").arg(&path).status().unwrap();
    assert!(made.success());
    let report = folder.report(&[]);
    assert!(report.contains("cannot be read: it is not a file"), "{report}");
    let naming = Folder::with(&format!("{LEAST}[brand]\nlogo = {:?}\n", path.display().to_string()));
    let report = naming.report(&[]);
    assert!(report.contains("cannot be read: it is not a file"), "{report}");
}

#[test]
fn a_file_that_is_not_utf_8_is_told_so() {
    let folder = Folder::with("");
    folder.put("portico.toml", b"name = \"\xe9\"\n", 0o600);
    let report = folder.report(&[]);
    assert!(report.contains("is not text in UTF-8"), "{report}");
    assert!(report.contains("fix: the file saved once more"), "{report}");
}
