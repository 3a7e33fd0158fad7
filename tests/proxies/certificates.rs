//! Certificates, where the recipes expect them.

use std::path::Path;
use std::process::Command;

use crate::recipe::Kind;

/// A certificate with its key, in the form that each proxy reads.
pub(crate) fn certificate(folder: &Path, kind: Kind, host: &str) {
    std::fs::create_dir_all(folder.join("certificates")).unwrap();
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
