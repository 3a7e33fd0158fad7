//! Settings that are accepted, and how they are read.

use std::time::Duration;

use url::Url;

use super::{Folder, LEAST, pairs};
use crate::config::{
    AuthorizationServer, ClientAuthMethod, Config, ForwardedHeaderSetting, HostPatternSetting, HstsConfig,
    LogFormatSetting, Preflight, RedisSetup, Require, StoreKind, Way, from_env,
};

fn loaded(settings: &str) -> Config {
    Folder::with(settings)
        .load(&[])
        .unwrap_or_else(|errors| panic!("{errors}"))
}

#[test]
fn the_least_gives_the_documented_defaults() {
    let config = loaded(LEAST);
    assert_eq!(config.listen.to_string(), "0.0.0.0:8080");
    assert_eq!(config.okta.authorization_server, AuthorizationServer::Org);
    assert_eq!(config.okta.client_auth, ClientAuthMethod::None);
    assert_eq!(config.okta.scopes, ["openid", "profile", "email", "offline_access"]);
    assert_eq!(config.okta.connect_timeout, Duration::from_secs(3));
    assert_eq!(config.okta.timeout, Duration::from_secs(10));
    assert_eq!(config.sign_in.first, [Way::Password]);
    assert_eq!(
        config.sign_in.second,
        [Way::Push, Way::Otp, Way::Sms, Way::Voice, Way::Email]
    );
    assert_eq!(config.session.idle, Duration::from_mins(30));
    assert_eq!(config.session.absolute, Duration::from_hours(12));
    assert!(config.session.remember.is_none());
    assert!(!config.session.follow_token_life);
    assert_eq!(config.session.max_per_user.get(), 10);
    assert_eq!(config.store.kind, StoreKind::Embedded);
    assert_eq!(config.store.path.to_str(), Some("/var/lib/portico/portico.redb"));
    assert_eq!(config.portal.home_url, None);
    assert_eq!(config.portal.name, config.brand.name);
    assert!(config.limits.trusted_proxies.is_empty());
    assert_eq!(config.limits.forwarded_header, ForwardedHeaderSetting::XForwardedFor);
    assert_eq!(config.limits.attempt_lifetime, Duration::from_mins(10));
    assert_eq!(config.ops.listen.to_string(), "127.0.0.1:9464");
    assert_eq!(config.ops.log, LogFormatSetting::Json);
}

#[test]
fn a_home_that_is_a_page_of_ours_is_the_account() {
    let home = |settings: &[(&str, &str)]| {
        let mut given = vec![
            ("PORTICO_PUBLIC_URL", "https://portal.example.com/auth"),
            ("PORTICO_OKTA__ORG_URL", "https://example.okta.com"),
            ("PORTICO_OKTA__CLIENT_ID", "0oa1"),
        ];
        given.extend(settings);
        let config = from_env(pairs(&given)).unwrap();
        config.portal.home_url.map(String::from)
    };
    let of = |url: &str| home(&[("PORTICO_PORTAL__HOME_URL", url)]);
    for ours in [
        "https://portal.example.com/auth",
        "https://portal.example.com/auth/",
        "https://portal.example.com/auth/account",
        "https://portal.example.com/auth/account/",
    ] {
        assert_eq!(of(ours), None, "{ours}");
    }
    for theirs in [
        "https://portal.example.com/",
        "https://portal.example.com/authors",
        "https://portal.example.com/auth/shop",
        "https://app.example.com/auth",
    ] {
        assert_eq!(of(theirs).as_deref(), Some(theirs));
    }
    // With `portal.upstream` the portal has all of the host but the service's own pages.
    let upstream = ("PORTICO_PORTAL__UPSTREAM", "http://portal:3000");
    let root = Some("https://portal.example.com/");
    assert_eq!(home(&[upstream]).as_deref(), root);
    let at_root = ("PORTICO_PUBLIC_URL", "https://portal.example.com");
    let own = ("PORTICO_PORTAL__HOME_URL", "https://portal.example.com/");
    assert_eq!(home(&[upstream, at_root, own]).as_deref(), root);
    assert_eq!(home(&[at_root, own]), None);
}

#[test]
fn the_environment_alone_is_enough() {
    let config = from_env(pairs(&[
        ("PORTICO_PUBLIC_URL", "http://localhost:8080"),
        ("PORTICO_OKTA__ORG_URL", "http://127.0.0.1:8081"),
        ("PORTICO_OKTA__CLIENT_ID", "0oa1"),
        ("PORTICO_OKTA__WEBAUTHN", "true"),
        ("PORTICO_SIGN_IN__FIRST", "passkey, password"),
        ("PORTICO_SIGN_IN__LINKS__CONTACT", "the service desk, 020 7946 0000"),
        ("PORTICO_LIMITS__TRUSTED_PROXIES", ""),
        ("PORTICO_LIMITS__ACCOUNT_BURST", "7"),
        ("HOME", "/"),
    ]))
    .unwrap();
    assert_eq!(config.sign_in.first, [Way::Passkey, Way::Password]);
    assert_eq!(
        config.sign_in.links.contact.as_deref(),
        Some("the service desk, 020 7946 0000")
    );
    assert!(config.sign_in.second.contains(&Way::Passkey));
    assert_eq!(config.limits.account_burst.get(), 7);
}

#[test]
fn those_who_ask_to_be_kept_signed_in_have_limits_of_their_own() {
    let days = |days: u64| Duration::from_hours(days * 24);
    for (settings, idle, absolute) in [
        ("remember = \"30d\"", days(7), days(30)),
        ("remember = \"72h\"", days(3), days(3)),
        ("remember = \"30d\"\nremember_idle = \"2d\"", days(2), days(30)),
    ] {
        let folder = Folder::with(&format!("{LEAST}\n[session]\n{settings}"));
        let remember = folder.load(&[]).unwrap().session.remember.unwrap();
        assert_eq!((remember.idle, remember.absolute), (idle, absolute), "{settings}");
    }
    let folder = Folder::with(&format!("{LEAST}\n[session]\nremember = \"30d\""));
    let off = folder.load(&[("PORTICO_SESSION__REMEMBER", "off")]).unwrap();
    assert!(off.session.remember.is_none());
}

#[test]
fn the_environment_wins_over_the_file() {
    let folder = Folder::with(LEAST);
    let config = folder.load(&[("PORTICO_OKTA__CLIENT_ID", "0oa2")]).unwrap();
    assert_eq!(config.okta.client_id, "0oa2");
}

#[test]
fn the_path_of_the_public_url_loses_its_last_slash() {
    for (text, url, mount_path) in [
        ("https://a.example.com", "https://a.example.com/", ""),
        ("https://a.example.com/", "https://a.example.com/", ""),
        ("https://a.example.com/auth", "https://a.example.com/auth", "/auth"),
        ("https://a.example.com/auth/", "https://a.example.com/auth", "/auth"),
        ("https://A.Example.com:443/x/y/", "https://a.example.com/x/y", "/x/y"),
        ("http://[::1]:8080/", "http://[::1]:8080/", ""),
    ] {
        let config = loaded(&LEAST.replace("https://signin.example.com", text));
        assert_eq!(config.public_url.as_str(), url);
        assert_eq!(config.mount_path(), mount_path);
    }
}

#[test]
fn host_patterns_match_whole_labels_https_and_the_port() {
    let settings = format!(
        "{LEAST}[portal]\nallowed_hosts = [\"app.example.com\", \"x.test:8443\", \"*.apps.example.com\", \"localhost:3000\"]"
    );
    let patterns = loaded(&settings).portal.allowed_hosts;
    let is_allowed = |url: &str| {
        let url = Url::parse(url).unwrap();
        patterns
            .iter()
            .any(|pattern: &HostPatternSetting| pattern.matches(&url))
    };
    for url in [
        "https://app.example.com/x",
        "https://app.example.com:443/",
        "https://x.test:8443/",
        "https://one.apps.example.com/",
        "http://localhost:3000/",
    ] {
        assert!(is_allowed(url), "{url}");
    }
    for url in [
        "http://app.example.com/",
        "https://app.example.com:8443/",
        "https://x.test/",
        "https://apps.example.com/",
        "https://x.y.apps.example.com/",
        "https://.apps.example.com/",
        "https://evilapps.example.com/",
        "https://app.example.com.evil.test/",
        "http://localhost:3001/",
        "ftp://app.example.com/",
    ] {
        assert!(!is_allowed(url), "{url}");
    }
}

#[test]
fn pictures_are_read_and_their_content_must_fit_their_ending() {
    let folder = Folder::with(&format!("{LEAST}[brand]\nlogo = \"logo.svg\"\nfavicon = \"icon.png\""));
    folder.put("logo.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", 0o644);
    folder.put("icon.png", b"\x89PNG\r\n\x1a\nrest", 0o644);
    let brand = folder.load(&[]).unwrap().brand;
    assert_eq!(brand.logo.unwrap().media_type, "image/svg+xml");
    assert_eq!(brand.favicon.unwrap().media_type, "image/png");
    folder.put("icon.png", b"GIF89a", 0o644);
    assert!(folder.report(&[]).contains("brand.favicon = \"icon.png\""));
}

#[test]
fn colours_and_lengths_show_as_css() {
    let brand = loaded(&format!("{LEAST}[brand]\ncolour = \"#FFA07a\"\nradius = \"0.5rem\"")).brand;
    assert_eq!(brand.colour.to_string(), "#ffa07a");
    assert_eq!(brand.radius.to_string(), "0.5rem");
}

#[test]
fn what_deserves_a_second_look_is_a_warning() {
    let folder = Folder::with(LEAST);
    let config = folder.load(&[
        ("PORTICO_OPS__LISTEN", "0.0.0.0:9464"),
        ("PORTICO_SIGN_IN__FIRST", "push,password"),
    ]);
    let keys: Vec<String> = config
        .unwrap()
        .warnings()
        .into_iter()
        .map(|warning| warning.key)
        .collect();
    assert_eq!(
        keys,
        [
            "sign_in.require_number_challenge",
            "sign_in.first",
            "sign_in.links.forgot_password",
            "okta.client_auth",
            "limits.sends_per_hour_in_all",
            "limits.trusted_proxies",
            "ops.listen",
            "store.keys_file",
        ]
    );
}

#[test]
fn oktas_own_page_is_a_way_on_for_who_forgot_the_password() {
    for (is_offered, is_warned) in [("false", true), ("true", false)] {
        let config = loaded(&format!("{LEAST}[sign_in]\nokta_hosted = {is_offered}"));
        let mut warnings = config.warnings().into_iter();
        let found = warnings.any(|warning| warning.key == "sign_in.links.forgot_password");
        assert_eq!(found, is_warned, "{is_offered}");
    }
}

#[test]
fn redis_is_read_with_its_secrets_apart() {
    let settings = "[store]\nkind = \"redis\"\nurl = \"rediss+sentinel://portico@a,b:26380/main/2\"\n\
                    password_file = \"password\"\nkeys_file = \"keys\"\nca_file = \"ca.pem\"\nreplicas = 1\n\
                    grace = \"30s\"\ntimeout = \"2s\"\nprefix = \"stage\"";
    let folder = Folder::with(&format!("{LEAST}{settings}"));
    folder.put("password", b"canary\n", 0o440);
    folder.put("keys", b"[[key]]", 0o440);
    folder.put("ca.pem", b"-----BEGIN CERTIFICATE-----", 0o444);
    let config = folder.load(&[]).unwrap_or_else(|errors| panic!("{errors}"));
    assert_eq!(config.store.kind, StoreKind::Redis);
    assert_eq!(config.store.grace, Duration::from_secs(30));
    let redis = config.store.redis.as_ref().unwrap();
    assert_eq!(redis.url.hosts, [("a".to_owned(), 26379), ("b".to_owned(), 26380)]);
    assert_eq!(redis.url.setup, RedisSetup::Sentinel("main".to_owned(), 2));
    assert_eq!((redis.replicas, redis.timeout), (1, Duration::from_secs(2)));
    assert!(redis.password.is_some() && redis.ca.is_some());
    assert!(!format!("{config:?}").contains("canary"));
}

#[test]
fn redis_without_its_address_is_refused() {
    let folder = Folder::with(&format!("{LEAST}[store]\nkind = \"redis\"\nkeys_file = \"keys\""));
    folder.put("keys", b"[[key]]", 0o440);
    let report = folder.report(&[]);
    assert!(report.contains("is not set, and store.kind is redis"), "{report}");
}

#[test]
fn rules_are_read_from_the_file_and_from_a_variable_alike() {
    let tables = r#"
[portal]
allowed_hosts = ["app.example.com", "*.apps.example.com"]
[[portal.rules]]
path = "/health"
exact = true
methods = ["GET"]
require = "public"
[[portal.rules]]
host = "one.apps.example.com"
path = "/admin/*/users"
groups = ["admins"]
max_age = "10m"
"#;
    let line = r#"[
        { path = "/health", exact = true, methods = ["GET"], require = "public" },
        { host = "one.apps.example.com", path = "/admin/*/users", groups = ["admins"], max_age = "10m" },
    ]"#;
    let of_file = Folder::with(&format!("{LEAST}{tables}")).load(&[]).unwrap();
    let of_variable = Folder::with(LEAST)
        .load(&[
            ("PORTICO_PORTAL__ALLOWED_HOSTS", "app.example.com, *.apps.example.com"),
            ("PORTICO_PORTAL__RULES", line),
        ])
        .unwrap();
    assert_eq!(of_file.portal.rules, of_variable.portal.rules);
    let [health, admin] = &of_file.portal.rules[..] else {
        panic!("two rules");
    };
    assert_eq!(health.methods, ["GET", "HEAD"], "HEAD goes with GET");
    assert_eq!(health.require, Require::Public);
    assert_eq!(admin.require, Require::SignedIn, "groups ask for a session");
    assert_eq!(admin.max_age, Some(Duration::from_mins(10)));
}

#[test]
fn https_is_promised_for_a_year_and_for_the_host_alone_unless_more_is_set() {
    let of = |settings: &str| loaded(&format!("{LEAST}[headers]\n{settings}")).headers.hsts;
    let day = Duration::from_hours(24);
    let least = HstsConfig {
        max_age: 365 * day,
        subdomains: false,
        preload: false,
    };
    assert_eq!(of(""), Some(least));
    assert_eq!(of("hsts = \"off\""), None);
    let none = of("hsts = \"0s\"").unwrap();
    assert_eq!(none.max_age, Duration::ZERO);
    let most = "hsts = \"730d\"\nhsts_subdomains = true\nhsts_preload = true";
    let expected = HstsConfig {
        max_age: 730 * day,
        subdomains: true,
        preload: true,
    };
    assert_eq!(of(most), Some(expected));
}

#[test]
fn who_may_ask_beside_the_upstream_is_warned_of() {
    let of = |settings: &str| {
        let upstream = "[portal]\nupstream = \"http://127.0.0.1:3000\"\n";
        let config = loaded(&format!("{LEAST}{upstream}{settings}"));
        let keys = config.warnings().into_iter().map(|warning| warning.key);
        let is_warned = keys.into_iter().any(|key| key == "portal.verify_with_upstream");
        (config.portal.upstream.unwrap().verify, is_warned)
    };
    assert_eq!(of(""), (false, false));
    assert_eq!(of("verify_with_upstream = true"), (true, true));
}

#[test]
fn preflights_pass_on_purpose_and_not_by_a_rule_for_every_path() {
    let of = |settings: &str| {
        let config = loaded(&format!("{LEAST}{settings}"));
        let warnings = config.warnings().into_iter();
        let about = warnings.map(|warning| warning.key);
        let about = about.filter(|key| key.starts_with("portal."));
        (config.portal.preflight, about.collect::<Vec<_>>())
    };
    assert_eq!(of(""), (Preflight::Rules, vec![]));
    let pass = "[portal]\npreflight = \"pass\"\n";
    let warned = vec!["portal.preflight".to_owned()];
    assert_eq!(of(pass), (Preflight::Pass, warned), "not every proxy can");
    let alone = of(&format!("{pass}upstream = \"http://127.0.0.1:3000\"\n"));
    assert_eq!(alone, (Preflight::Pass, vec![]));
    for (path, is_warned) in [("/", true), ("/api", false)] {
        let rule = format!("[[portal.rules]]\npath = \"{path}\"\nmethods = [\"OPTIONS\"]\nrequire = \"public\"\n");
        let (_, warned) = of(&rule);
        assert_eq!(warned == ["portal.rules"], is_warned, "{path}: {warned:?}");
    }
}

#[test]
fn a_rule_that_is_never_reached_and_groups_that_nobody_has_are_warned_of() {
    let rules = r#"
[[portal.rules]]
path = "/"
require = "signed_in"
[[portal.rules]]
path = "/admin"
groups = ["admins"]
"#;
    let config = Folder::with(&format!("{LEAST}{rules}")).load(&[]).unwrap();
    let said: Vec<String> = config.warnings().iter().map(ToString::to_string).collect();
    let said = said.join("\n");
    assert!(
        said.contains("rule 2, which is never reached: rule 1 decides first"),
        "{said}"
    );
    assert!(said.contains("okta.scopes does not contain \"groups\""), "{said}");
}
