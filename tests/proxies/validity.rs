//! What is printed is a configuration, whatever the settings: the proxies themselves read it.

use std::path::Path;
use std::process::Command;

use crate::programs::is_here;
use crate::recipe::{Kind, Recipe};

const HOSTS: [&str; 4] = [
    "signin.example.com",
    "portal.example.com",
    "apps.example.com",
    "other.example.com",
];

fn is_read(kind: Kind, settings: &[(&str, &str)], folder: &Path) {
    let recipe = Recipe {
        settings,
        portico: "127.0.0.1:8080",
        portal: "127.0.0.1:3000",
    };
    let looked = kind.command(&recipe, folder, true).output().unwrap();
    let said = String::from_utf8_lossy(&looked.stderr);
    assert!(
        looked.status.success(),
        "{} {settings:?}: {said}",
        kind.name()
    );
}

/// A certificate with its key, as each of them wants it.
fn certificate(folder: &Path, kind: Kind, host: &str) {
    let path = |ending: &str| folder.join(format!("certificates/{host}.{ending}"));
    let (pem, key) = (path("pem"), path("key"));
    let made = Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-days",
            "2",
        ])
        .args(["-subj", &format!("/CN={host}"), "-out"])
        .arg(&pem)
        .arg("-keyout")
        .arg(&key)
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
    if kind == Kind::Haproxy {
        let both = [std::fs::read(&pem).unwrap(), std::fs::read(&key).unwrap()].concat();
        std::fs::write(&pem, both).unwrap();
        std::fs::remove_file(&key).unwrap();
    }
}

#[test]
fn every_recipe_is_read_with_every_set_of_headers() {
    if !is_here("openssl", &["version"]) {
        return;
    }
    for kind in Kind::ALL
        .into_iter()
        .filter(|kind| is_here(kind.name(), &[kind.version()]))
    {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("certificates")).unwrap();
        for host in HOSTS {
            certificate(folder.path(), kind, host);
        }
        for headers in ["portico", "oauth2-proxy", "authelia", "authentik"] {
            // Ports that need no rights, and one that is the scheme's own in no recipe.
            let layouts: [&[(&str, &str)]; 3] = [
                &[
                    ("public_url", "https://portal.example.com:8443/auth"),
                    ("portal.headers", headers),
                ],
                &[
                    ("public_url", "https://portal.example.com:8443"),
                    ("portal.headers", headers),
                ],
                &[
                    ("public_url", "https://signin.example.com:8443"),
                    ("portal.home_url", "https://portal.example.com:8443/"),
                    (
                        "portal.allowed_hosts",
                        "*.apps.example.com:8443, other.example.com:8444",
                    ),
                    ("portal.headers", headers),
                ],
            ];
            for layout in layouts {
                is_read(kind, layout, folder.path());
            }
        }
    }
}
