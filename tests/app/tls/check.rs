//! What `portico check` says of certificates and keys.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use jiff::Timestamp;
use portico::config;

use crate::support::{Certificates, portico, run};

/// What the check says with these two files: exit code, and everything it printed.
fn checked(certificates: &Certificates, cert: &str, key: &str) -> (i32, String) {
    let mut command = portico(&["check"]);
    command.envs(variables(certificates, cert, key));
    let (code, output, complaints) = run(command);
    (code, output + &complaints)
}

fn variables(certificates: &Certificates, cert: &str, key: &str) -> Vec<(String, String)> {
    let all = [
        ("PUBLIC_URL", "https://signin.example.com".to_owned()),
        ("OKTA__ORG_URL", "https://acme.okta.com".to_owned()),
        ("OKTA__CLIENT_ID", "0oa1b2c3".to_owned()),
        ("STORE__KIND", "memory".to_owned()),
        ("TLS__CERT_FILE", certificates.named(cert)),
        ("TLS__KEY_FILE", certificates.named(key)),
    ];
    all.map(|(name, value)| (format!("PORTICO_{name}"), value)).to_vec()
}

/// Puts these files together.
fn joins(certificates: &Certificates, parts: &[&str], whole: &str) {
    let parts = parts.iter().map(|part| fs::read(certificates.path(part)).unwrap());
    fs::write(certificates.path(whole), parts.collect::<Vec<_>>().concat()).unwrap();
}

/// Certificate, key, what is said, and the fix.
const MISTAKES: [(&str, &str, &str, &str); 14] = [
    (
        "b.pem",
        "a.key",
        "is not the certificate of the key",
        "the two files that were made together",
    ),
    (
        "wrong-order.pem",
        "a.key",
        "the key in tls.key_file in place 2",
        "put it first",
    ),
    (
        "a.key",
        "a.key",
        "a private key and no certificate",
        "the key belongs in tls.key_file",
    ),
    (
        "a.csr",
        "a.key",
        "a request for a certificate",
        "that the authority made of it",
    ),
    ("a.der", "a.key", "is in DER form", "openssl x509 -inform der"),
    ("cut.pem", "a.key", "cannot be read as PEM", "copy the file again"),
    (
        "empty.pem",
        "a.key",
        "names an empty file",
        "a file that this user may read",
    ),
    (
        "text.pem",
        "a.key",
        "holds no certificate in PEM form",
        "-----BEGIN CERTIFICATE-----",
    ),
    (
        "nowhere.pem",
        "a.key",
        "cannot be read",
        "a file that this user may read",
    ),
    (
        "a.pem",
        "locked.key",
        "is encrypted with a passphrase",
        "openssl pkey -in ",
    ),
    (
        "a.pem",
        "b.pem",
        "a certificate and no private key",
        "belongs in tls.cert_file",
    ),
    (
        "a.pem",
        "public.key",
        "holds a public key",
        "-----BEGIN PRIVATE KEY-----",
    ),
    (
        "a.pem",
        "short.key",
        "of no kind that TLS can use",
        "RSA with 2048 bits",
    ),
    ("a.pem", "open.key", "everyone on this machine may read", "chmod 440"),
];

#[test]
fn sec_419_each_mistake_with_certificate_and_key_is_named_with_its_fix() {
    let Some(certificates) = Certificates::new() else {
        return;
    };
    certificates.issue("a", "signin.example.com", "20");
    certificates.issue("b", "signin.example.com", "20");
    joins(&certificates, &["authority.pem", "a.pem"], "wrong-order.pem");
    let in_der = ["x509", "-in", "a.pem", "-outform", "der", "-out", "a.der"];
    certificates.openssl(&in_der);
    let locked = [
        "pkey",
        "-in",
        "a.key",
        "-aes128",
        "-passout",
        "pass:secret",
        "-out",
        "locked.key",
    ];
    certificates.openssl(&locked);
    certificates.openssl(&["pkey", "-in", "a.key", "-pubout", "-out", "public.key"]);
    certificates.openssl(&["genrsa", "-out", "short.key", "1024"]);
    let whole = fs::read_to_string(certificates.path("a.pem")).unwrap();
    fs::write(certificates.path("cut.pem"), &whole[..whole.len() / 2]).unwrap();
    fs::write(certificates.path("empty.pem"), "").unwrap();
    fs::write(certificates.path("text.pem"), "hello").unwrap();
    fs::copy(certificates.path("a.key"), certificates.path("open.key")).unwrap();
    fs::set_permissions(certificates.path("open.key"), fs::Permissions::from_mode(0o644)).unwrap();
    for name in ["public.key", "b.pem"] {
        fs::set_permissions(certificates.path(name), fs::Permissions::from_mode(0o600)).unwrap();
    }
    for (cert, key, rule, fix) in MISTAKES {
        let (code, said) = checked(&certificates, cert, key);
        assert_eq!(code, 2, "{cert} {key}: {said}");
        assert!(
            said.contains("the settings have a problem:"),
            "one: {cert} {key}: {said}"
        );
        assert!(said.contains(rule) && said.contains(fix), "{cert} {key}: {said}");
    }
    let (code, said) = checked(&certificates, "a.key", "b.pem");
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("the settings have 2 problems:"), "both swapped: {said}");
    let mut alone = portico(&["check"]);
    alone.envs(variables(&certificates, "a.pem", "a.key").into_iter().take(5));
    let (code, output, complaints) = run(alone);
    assert_eq!(code, 2, "{output}");
    assert!(complaints.contains("is set without tls.key_file"), "{complaints}");
}

#[test]
fn what_is_seldom_meant_is_a_warning_and_what_is_right_is_none() {
    let Some(certificates) = Certificates::new() else {
        return;
    };
    certificates.issue("a", "signin.example.com", "20");
    certificates.issue("b", "*.example.com", "20");
    certificates.issue("other", "other.example.com", "20");
    certificates.issue("cert", "signin.example.com", "20");
    joins(&certificates, &["cert.pem", "authority.pem"], "fullchain.pem");
    joins(&certificates, &["a.pem", "b.pem"], "strangers.pem");
    for (cert, key, warned) in [
        ("a.pem", "a.key", None),
        ("b.pem", "b.key", None),
        ("fullchain.pem", "cert.key", None),
        (
            "other.pem",
            "other.key",
            Some("is not for signin.example.com, the host of public_url"),
        ),
        ("strangers.pem", "a.key", Some("does not vouch for the one before it")),
        ("cert.pem", "cert.key", Some("lacks the certificates in between")),
    ] {
        let (code, said) = checked(&certificates, cert, key);
        assert_eq!(code, 0, "{cert}: {said}");
        assert!(said.contains("the public port speaks TLS"), "{cert}: {said}");
        let warnings: Vec<&str> = said.lines().filter(|line| line.starts_with("warning: tls.")).collect();
        assert_eq!(warnings.len(), warned.iter().len(), "{cert}: {said}");
        assert!(
            warned.is_none_or(|warned| warnings[0].contains(warned)),
            "{cert}: {said}"
        );
    }
}

#[test]
fn a_certificate_counts_from_its_first_to_its_last_day() {
    let Some(certificates) = Certificates::new() else {
        return;
    };
    certificates.issue("a", "signin.example.com", "20");
    let variables = variables(&certificates, "a.pem", "a.key");
    let now = config::from_env(variables.clone().into_iter())
        .unwrap()
        .tls
        .unwrap()
        .not_before;
    for (days, rule) in [
        (-1, Some("that is not valid before")),
        (0, None),
        (19, None),
        (21, Some("that expired at")),
    ] {
        let time: Timestamp = now + jiff::SignedDuration::from_hours(24 * days);
        let checked = config::check(None, variables.clone().into_iter(), time);
        let problems = checked.map_or_else(|errors| errors.problems, |_| Vec::new());
        assert_eq!(problems.len(), rule.iter().len(), "day {days}: {problems:?}");
        assert!(rule.is_none_or(|rule| problems[0].rule.contains(rule)), "{problems:?}");
    }
}

#[test]
fn the_proxy_protocol_needs_somebody_who_is_believed() {
    let mut command = portico(&["check"]);
    command.envs([
        ("PORTICO_PUBLIC_URL", "https://signin.example.com"),
        ("PORTICO_OKTA__ORG_URL", "https://acme.okta.com"),
        ("PORTICO_OKTA__CLIENT_ID", "0oa1b2c3"),
        ("PORTICO_STORE__KIND", "memory"),
        ("PORTICO_LIMITS__PROXY_PROTOCOL", "v2"),
    ]);
    let (code, _, complaints) = run(command);
    assert_eq!(code, 2);
    assert!(complaints.contains("limits.trusted_proxies is empty"), "{complaints}");
    assert!(
        complaints.contains("fix: trusted_proxies = [\"10.0.0.7\"]"),
        "{complaints}"
    );
}
