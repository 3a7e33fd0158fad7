//! The recipes in `docs/proxies/` are those of the command; `UPDATE_DOCS=1` writes them anew.

use std::path::Path;
use std::{env, fs};

use super::*;
use crate::portal::proxies::ProxyTraits;

const EXAMPLE: &[(&str, &str)] = &[
    ("PUBLIC_URL", "https://portal.example.com/auth"),
    ("PORTAL__HOME_URL", "https://portal.example.com/"),
];

fn config(changes: &[(&str, &str)]) -> Config {
    let usual = [
        ("OKTA__ORG_URL", "https://org.example.com"),
        ("OKTA__CLIENT_ID", "0oa1"),
        ("LIMITS__TRUSTED_PROXIES", "127.0.0.1"),
    ];
    let pairs = usual.iter().chain(changes);
    let pairs = pairs.map(|(name, value)| (format!("PORTICO_{name}"), (*value).to_owned()));
    crate::config::from_env(pairs).unwrap()
}

fn arguments(proxy: Proxy) -> ProxyConfigArgs {
    ProxyConfigArgs {
        proxy,
        portico: None,
        portal: "127.0.0.1:3000".to_owned(),
        listen: None,
        lua: false,
        lua_file: "/etc/haproxy/portico.lua".to_owned(),
        file: ConfigFile { config: None },
    }
}

fn printed(proxy: Proxy, changes: &[(&str, &str)]) -> (String, Vec<String>) {
    recipe(&config(changes), &arguments(proxy))
}

#[test]
fn the_recipes_in_the_docs_are_up_to_date() {
    let recipes = Proxy::ALL.map(|proxy| (proxy.traits().recipe, printed(proxy, EXAMPLE).0));
    let script = ("portico.lua", haproxy::SCRIPT.to_owned());
    for (name, wanted) in recipes.into_iter().chain([script]) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/proxies").join(name);
        if env::var_os("UPDATE_DOCS").is_some() {
            fs::write(&path, &wanted).unwrap();
        }
        let found = fs::read_to_string(&path).unwrap_or_default();
        assert!(
            found == wanted,
            "{} is stale: run the tests once with UPDATE_DOCS=1",
            path.display()
        );
    }
}

#[test]
fn no_place_is_left_open_whatever_the_settings() {
    let settings: [&[(&str, &str)]; 4] = [
        EXAMPLE,
        &[("PUBLIC_URL", "https://portal.example.com")],
        &[
            ("PUBLIC_URL", "https://signin.example.com"),
            ("PORTAL__HOME_URL", "https://portal.example.com/"),
            ("PORTAL__ALLOWED_HOSTS", "*.apps.example.com, other.example.com:8443"),
            ("PORTAL__HEADERS", "authelia"),
        ],
        &[
            ("PUBLIC_URL", "http://localhost:4000/auth"),
            ("PORTAL__ALLOWED_HOSTS", "localhost:4001"),
        ],
    ];
    for changes in settings {
        for proxy in Proxy::ALL {
            let (recipe, _) = printed(proxy, changes);
            assert!(!recipe.contains("<<") && !recipe.contains(">>"), "{recipe}");
            assert!(!recipe.lines().any(|line| line.trim_end() != line), "{recipe}");
        }
    }
}

#[test]
fn every_name_is_in_the_docs() {
    let docs = include_str!("../../../docs/forward-auth.md").to_ascii_lowercase();
    for name in crate::portal::identity_headers::Preset::all_names() {
        assert!(docs.contains(&format!("`{name}`")), "{name}");
    }
}

#[test]
fn hosts_are_those_of_the_settings() {
    let changes = [
        ("PUBLIC_URL", "https://signin.example.com"),
        ("PORTAL__HOME_URL", "https://portal.example.com/"),
        ("PORTAL__ALLOWED_HOSTS", "*.apps.example.com, other.example.com:8443"),
    ];
    let nginx = printed(Proxy::Nginx, &changes).0;
    for line in [
        "server_name signin.example.com;",
        "server_name portal.example.com;",
        "server_name *.apps.example.com;",
        "listen 8443 ssl;",
        "proxy_set_header X-Original-URL https://other.example.com:8443$request_uri;",
        "proxy_set_header X-Original-URL https://$host$request_uri;",
    ] {
        assert!(nginx.contains(line), "{line}\n{nginx}");
    }
    assert_eq!(nginx.matches("auth_request /.portico/verify;").count(), 3);
    let haproxy = printed(Proxy::Haproxy, &changes).0;
    assert!(haproxy.contains(r"acl portal_host req.fhdr(host),lower -m reg '^[^.:]+\.apps\.example\.com$'"));
    assert!(haproxy.contains("http-request lua.portico_verify unless sign_in_host or elsewhere_host elsewhere_page\n"));
}

#[test]
fn the_proxy_listens_where_it_is_told_to() {
    for (proxy, line) in [
        (Proxy::Nginx, "    listen [::1]:8443 ssl;\n"),
        (Proxy::Caddy, "https://portal.example.com:8443 {\n\tbind ::1\n"),
        (Proxy::Haproxy, "    bind [::1]:8443 ssl "),
        (Proxy::Envoy, "address: ::1, port_value: 8443 }"),
    ] {
        let arguments = ProxyConfigArgs {
            listen: Some("[::1]:8443".parse().unwrap()),
            ..arguments(proxy)
        };
        let recipe = recipe(&config(EXAMPLE), &arguments).0;
        assert!(recipe.contains(line), "{recipe}");
    }
    let local = [("PUBLIC_URL", "http://localhost:4000/auth")];
    for (proxy, line) in [
        (Proxy::Nginx, "    listen 127.0.0.1:4000;\n"),
        (Proxy::Caddy, "http://localhost:4000 {\n\tbind 127.0.0.1\n"),
        (Proxy::Haproxy, "    bind 127.0.0.1:4000\n"),
    ] {
        let recipe = printed(proxy, &local).0;
        assert!(recipe.contains(line), "{recipe}");
    }
}

#[test]
fn the_proxy_asks_where_portico_listens() {
    for (listen, expected) in [
        ("0.0.0.0:8081", "server 127.0.0.1:8081;"),
        ("[::]:8081", "server 127.0.0.1:8081;"),
        ("10.1.2.3:8081", "server 10.1.2.3:8081;"),
    ] {
        let changes = [EXAMPLE[0], ("LISTEN", listen)];
        let nginx = printed(Proxy::Nginx, &changes).0;
        assert!(nginx.contains(expected), "{listen}: {nginx}");
    }
}

#[test]
fn every_page_of_the_service_is_its_own() {
    use portico_views::paths;
    for page in [
        paths::SIGN_IN,
        paths::FACTOR,
        paths::CODE,
        paths::CODE_RESEND,
        paths::PUSH,
        paths::PUSH_EVENTS,
        paths::PUSH_RESEND,
        paths::PASSKEY,
        paths::RESTART,
        paths::HOSTED,
        paths::HOSTED_CALLBACK,
        paths::ACCOUNT,
        paths::ACCOUNT_END,
        paths::ACCOUNT_END_OTHERS,
        paths::SESSION,
        paths::SESSION_EXTEND,
        paths::SIGN_OUT,
        paths::SIGNED_OUT,
    ] {
        let covers = |own: &str| page == own || page.starts_with(&format!("{own}/"));
        assert!(plan::OWN_PATHS.iter().any(|own| covers(own)), "{page}");
    }
}

#[test]
fn what_would_let_nobody_in_is_said() {
    let changes = [
        ("PUBLIC_URL", "https://signin.example.com"),
        ("PORTAL__HOME_URL", "https://portal.example.com/"),
        ("LIMITS__TRUSTED_PROXIES", ""),
        ("LIMITS__FORWARDED_HEADER", "forwarded"),
    ];
    let notes = printed(Proxy::Nginx, &changes).1.join("\n");
    for words in ["trusted_proxies is empty", "X-Forwarded-For"] {
        assert!(notes.contains(words), "{notes}");
    }
    assert_eq!(printed(Proxy::Nginx, EXAMPLE).1, Vec::<String>::new());
}

#[test]
fn where_no_preflight_can_pass_that_is_said() {
    let is_noted = |proxy, preflight| {
        let notes = printed(
            proxy,
            &[
                ("PUBLIC_URL", "https://portal.example.com/auth"),
                ("PORTAL__PREFLIGHT", preflight),
            ],
        )
        .1;
        notes.join("\n").contains("lets nothing pass here")
    };
    for proxy in [Proxy::Caddy, Proxy::Traefik] {
        assert!(is_noted(proxy, "pass") && !is_noted(proxy, "rules"));
    }
    for proxy in [Proxy::Nginx, Proxy::Haproxy, Proxy::Envoy] {
        assert!(!is_noted(proxy, "pass"), "{proxy:?}");
    }
}

#[test]
fn hosts_that_the_cookie_does_not_reach_hand_our_paths_there_to_us() {
    let changes = [
        ("PUBLIC_URL", "https://signin.example.com"),
        ("PORTAL__HOME_URL", "https://portal.example.net/"),
    ];
    for (proxy, words) in [
        (Proxy::Nginx, "location ~ ^(/\\.portico)(/|$)"),
        (Proxy::Caddy, "@portico_pages path /.portico /.portico/*"),
        (Proxy::Traefik, "portico-elsewhere-1"),
        (Proxy::Haproxy, "unless sign_in_host or elsewhere_host elsewhere_page"),
        (Proxy::Envoy, "path_separated_prefix: /.portico"),
    ] {
        let recipe = printed(proxy, &changes).0;
        assert!(recipe.contains(words), "{recipe}");
        let siblings = [
            ("PUBLIC_URL", "https://signin.example.com"),
            ("PORTAL__HOME_URL", "https://portal.example.com/"),
            ("SESSION__COOKIE_DOMAIN", "example.com"),
        ];
        let recipe = printed(proxy, &siblings).0;
        assert!(!recipe.contains(words), "one cookie is enough: {recipe}");
    }
}

#[test]
fn an_address_can_stand_in_a_configuration() {
    for good in ["127.0.0.1:3000", "[::1]:80", "portal:3000", "portal.ns.svc:80"] {
        assert_eq!(address(good), Ok(good.to_owned()));
    }
    for bad in [
        "",
        "portal",
        "portal:",
        ":80",
        "portal:0",
        "portal:x",
        "a;b:80",
        "a b:80",
        "http://a:80",
        "a\n:80",
    ] {
        assert!(address(bad).is_err(), "{bad}");
    }
}

#[test]
fn the_warning_names_the_proxies_that_can_tell_a_body_and_those_that_cannot() {
    let changes = [
        ("PUBLIC_URL", "https://portal.example.com/auth"),
        ("PORTAL__PREFLIGHT", "pass"),
    ];
    let warnings = config(&changes).warnings();
    let warnings: Vec<String> = warnings.iter().map(ToString::to_string).collect();
    let warning = warnings
        .iter()
        .find_map(|text| text.split_once("print the configuration of "));
    let (able, unable) = warning.unwrap().1.split_once(" again; ").unwrap();
    for proxy in Proxy::ALL {
        let ProxyTraits { title, sees_bodies, .. } = proxy.traits();
        let names = |text: &str| text.split([' ', ',']).any(|word| word == title);
        assert_eq!((names(able), names(unable)), (sees_bodies, !sees_bodies), "{title}");
    }
}
