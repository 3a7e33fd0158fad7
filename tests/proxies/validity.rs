//! Whatever the settings, what is printed is a valid configuration: the proxies themselves read it.

use std::path::Path;
use std::process::Command;

use crate::certificates::certificate;
use crate::programs::is_here;
use crate::recipe::{Kind, Program as _, Recipe, THAT_LOOK};

const HOSTS: [&str; 4] = [
    "signin.example.com",
    "portal.example.com",
    "apps.example.com",
    "other.example.com",
];

const HEADERS: [&str; 4] = ["portico", "oauth2-proxy", "authelia", "authentik"];

/// Debian's Python, which finds the packages of apt.
const PYTHON: &str = "/usr/bin/python3";

type Pairs<'a> = Vec<(&'a str, &'a str)>;

/// Service and portal in every layout, with this set of headers, on ports that need no privileges.
fn layouts(headers: &str) -> Vec<Pairs<'_>> {
    let set = ("portal.headers", headers);
    vec![
        vec![("public_url", "https://portal.example.com:8443/auth"), set],
        vec![("public_url", "https://portal.example.com:8443"), set],
        vec![
            ("public_url", "https://signin.example.com:8443"),
            ("portal.home_url", "https://portal.example.com:8443/"),
            (
                "portal.allowed_hosts",
                "*.apps.example.com:8443, other.example.com:8444",
            ),
            set,
        ],
    ]
}

fn recipe<'a>(settings: &'a [(&'a str, &'a str)]) -> Recipe<'a> {
    Recipe {
        settings,
        portico: "127.0.0.1:8080",
        portal: "127.0.0.1:3000",
        is_behind_balancer: false,
        is_hasty: false,
    }
}

fn assert_readable(kind: Kind, settings: &[(&str, &str)], folder: &Path) {
    let looked = kind.command(&recipe(settings), folder, true).output().unwrap();
    let said = String::from_utf8_lossy(&looked.stderr);
    assert!(looked.status.success(), "{} {settings:?}: {said}", kind.name());
}

/// Reads YAML as strictly as Go does: a key that is there twice is a mistake.
const READS_YAML: &str = r#"
import sys, yaml

class Strict(yaml.SafeLoader):
    pass

def mapping(loader, node):
    keys = [loader.construct_object(key) for key, _ in node.value]
    assert len(keys) == len(set(keys)), keys
    return yaml.SafeLoader.construct_mapping(loader, node, deep=True)

Strict.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, mapping)
read = yaml.load(open(sys.argv[1]), Strict)
for path in sys.argv[2:]:
    at = read
    for step in path.split("/"):
        at = at[int(step)] if isinstance(at, list) else at[step]
    print(at)
"#;

/// The value at a path of a YAML file; fails when the file is no YAML.
fn reads(file: &Path, path: &str) -> String {
    let read = Command::new(PYTHON)
        .args(["-c", READS_YAML])
        .arg(file)
        .arg(path)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&read.stderr);
    assert!(read.status.success(), "{said}");
    String::from_utf8(read.stdout).unwrap()
}

const LISTENER: &str = "static_resources/listeners/0/filter_chains/0/filters/0/typed_config";

#[test]
fn the_recipes_of_traefik_and_envoy_are_yaml() {
    if !is_here(PYTHON, &["-c", "import yaml"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("recipe.yml");
    for headers in HEADERS {
        for settings in layouts(headers) {
            for (proxy, path, expected) in [
                (
                    "traefik",
                    "http/middlewares/portico/forwardAuth/trustForwardHeader",
                    "False",
                ),
                (
                    "traefik",
                    "http/routers/portal-1/middlewares",
                    "['portico-unsaid', 'portico']",
                ),
                (
                    "envoy",
                    &format!("{LISTENER}/http_filters/1/typed_config/failure_mode_allow"),
                    "False",
                ),
            ] {
                std::fs::write(&file, recipe(&settings).printed(proxy, &[])).unwrap();
                assert_eq!(reads(&file, path).trim(), expected, "{proxy} {settings:?}");
            }
        }
    }
}

/// Envoy's script is Lua. The Lua of `HAProxy` runs it on headers like Envoy's, in more shapes than a client can send.
#[test]
fn sec_313_the_script_of_envoy_removes_what_a_client_says() {
    const TRIED: &str = r#"
local function asks(sent, body)
    local headers = setmetatable({
        get = function(_, name) return sent[name] end,
        remove = function(_, name) sent[name] = nil end,
        replace = function(_, name, value) sent[name] = value end,
    }, { __pairs = function() return next, sent, nil end })
    envoy_on_request({
        headers = function() return headers end,
        body = function() return body and { length = function() return #body end } end,
    })
    return sent
end
local sent = asks({
    [":path"] = "/", ["x-forwarded-for"] = "10.0.0.1", ["cookie"] = "kept",
    ["portico-user"] = "forged", ["portico.user"] = "forged", ["Remote-User"] = "forged", ["x-auth.request-user"] = "forged",
    ["x-forwarded-host"] = "forged", ["x-original-url"] = "forged", ["x-forwarded-proto"] = "forged",
})
local left = {}
for name, value in pairs(sent) do
    left[#left + 1] = name .. "=" .. value
end
table.sort(left)
local expected = ":path=/ cookie=kept portico-head-only=no x-forwarded-for=10.0.0.1 x-forwarded-proto=https"
assert(table.concat(left, " ") == expected, table.concat(left, " "))
local function is_head_only(name, value, body)
    local sent = { [":method"] = "OPTIONS", ["access-control-request-method"] = "PUT", ["portico-head-only"] = "forged" }
    sent[name] = value
    return asks(sent, body)["portico-head-only"]
end
assert(is_head_only("content-length", "0") == "yes")
assert(is_head_only("content-length", "5") == "no")
assert(is_head_only("content-length", "0", "") == "yes")
assert(is_head_only("accept", "*/*", "body of no told length") == "no")
assert(is_head_only(":method", "GET") == "no")
assert(is_head_only("upgrade", "websocket") == "no")
assert(is_head_only("x-http-method-override", "DELETE") == "no")
assert(is_head_only("x.method.override", "DELETE") == "no")
"#;
    if !is_here("haproxy", &["-v"]) || !is_here(PYTHON, &["-c", "import yaml"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let settings = layouts("portico").swap_remove(0);
    std::fs::write(path("envoy.yml"), recipe(&settings).printed("envoy", &[])).unwrap();
    let script = format!("{LISTENER}/http_filters/0/typed_config/default_source_code/inline_string");
    std::fs::write(path("tried.lua"), reads(&path("envoy.yml"), &script) + TRIED).unwrap();
    let around = "defaults\n mode http\n timeout connect 1s\n timeout client 1s\n timeout server 1s\nfrontend f\n bind 127.0.0.1:1\n";
    let load = format!("global\n lua-load {}\n{around}", path("tried.lua").display());
    std::fs::write(path("haproxy.cfg"), load).unwrap();
    let loaded = Command::new("haproxy")
        .args(["-c", "-f"])
        .arg(path("haproxy.cfg"))
        .output()
        .unwrap();
    assert!(loaded.status.success(), "{}", String::from_utf8_lossy(&loaded.stderr));
}

#[test]
fn every_recipe_is_read_with_every_set_of_headers() {
    if !is_here("openssl", &["version"]) {
        return;
    }
    for kind in THAT_LOOK
        .into_iter()
        .filter(|kind| is_here(kind.name(), &[kind.version()]))
    {
        let folder = tempfile::tempdir().unwrap();
        for host in HOSTS {
            certificate(folder.path(), kind, host);
        }
        for headers in HEADERS {
            for settings in layouts(headers) {
                assert_readable(kind, &settings, folder.path());
            }
        }
    }
}
