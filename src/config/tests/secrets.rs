//! Secrets come in safely and never come out (SEC-603, SEC-419).

use secrecy::ExposeSecret;

use super::{Folder, LEAST};

const SECRET: &str = "canary-0123456789-0123456789-0123456789";
const BASIC: &str = "client_auth = \"client_secret_basic\"\n";

#[test]
fn a_secret_file_is_read_without_its_last_line_break() {
    let folder = Folder::with(&format!("{LEAST}{BASIC}client_secret_file = \"secret\""));
    folder.put("secret", format!("{SECRET}\r\n").as_bytes(), 0o440);
    let config = folder.load(&[]).unwrap();
    assert_eq!(config.okta.client_secret.as_ref().unwrap().expose_secret(), SECRET);
    assert!(!format!("{config:?}").contains("canary"));
}

#[test]
fn a_secret_file_that_everyone_may_read_is_refused() {
    let folder = Folder::with(&format!("{LEAST}{BASIC}client_secret_file = \"secret\""));
    folder.put("secret", SECRET.as_bytes(), 0o444);
    let report = folder.report(&[]);
    assert!(report.contains("okta.client_secret_file"), "{report}");
    assert!(report.contains("everyone on this machine may read"), "{report}");
    assert!(!report.contains("canary"), "{report}");
}

#[test]
fn a_secret_in_clear_needs_a_private_settings_file() {
    let settings = format!("{LEAST}{BASIC}client_secret = \"{SECRET}\"");
    let folder = Folder::with(&settings);
    assert!(folder.load(&[]).is_ok());
    folder.put("portico.toml", settings.as_bytes(), 0o644);
    let report = folder.report(&[]);
    assert!(
        report.contains("settings file that everyone on this machine may read"),
        "{report}"
    );
    assert!(!report.contains("canary"), "{report}");
}

#[test]
fn a_secret_from_the_environment_is_a_warning() {
    let folder = Folder::with(&format!("{LEAST}{BASIC}"));
    let config = folder.load(&[("PORTICO_OKTA__CLIENT_SECRET", SECRET)]).unwrap();
    let warnings: Vec<String> = config.warnings().iter().map(ToString::to_string).collect();
    assert!(
        warnings
            .iter()
            .any(|warning| warning.starts_with("okta.client_secret comes from")),
        "{warnings:?}"
    );
    assert!(!warnings.concat().contains("canary"));
}

#[test]
fn value_and_file_together_are_refused_wherever_they_stand() {
    let folder = Folder::with(&format!("{LEAST}{BASIC}client_secret = \"{SECRET}\""));
    let report = folder.report(&[("PORTICO_OKTA__CLIENT_SECRET_FILE", "/run/secrets/x")]);
    assert!(report.contains("okta.client_secret_file too"), "{report}");
    assert!(!report.contains("canary"), "{report}");
}

#[test]
fn no_report_shows_a_secret() {
    for line in [
        format!("client_secret = [\"{SECRET}\"]"),
        format!("client_secret = \"{SECRET}\"\nclient_auth = \"private_key_jwt\"\nprivate_key = \"{SECRET}\""),
        format!("client_secret = \"{SECRET}"),
        format!("client_secret = {SECRET}"),
        format!("client_secrt = \"{SECRET}\""),
        format!("client_secret = \"{SECRET}\"\nclient_secret = \"{SECRET}\""),
        format!("client_secret = \"{SECRET}\\q\""),
        format!("[sign_in.links]\nhelp = \"https://user:{SECRET}@example.com/\""),
        format!("[okta.client_secret]\n\"{SECRET}\" = 1"),
    ] {
        let report = Folder::with(&format!("{LEAST}{line}\n")).report(&[]);
        assert!(!report.contains("canary"), "{line}: {report}");
    }
}

#[test]
fn a_key_file_that_is_no_private_key_is_told_apart() {
    for (pem, rule) in [
        ("-----BEGIN PUBLIC KEY-----", "is a public key or a certificate"),
        (
            "-----BEGIN ENCRYPTED PRIVATE KEY-----",
            "is encrypted with a passphrase",
        ),
        ("{\"kty\":\"RSA\"}", "is not a private key in PEM form"),
        ("\n", "names a file that holds no text"),
    ] {
        let settings = "client_auth = \"private_key_jwt\"\nprivate_key_file = \"key.pem\"";
        let folder = Folder::with(&format!("{LEAST}{settings}"));
        folder.put("key.pem", pem.as_bytes(), 0o400);
        let report = folder.report(&[]);
        assert!(report.contains(rule), "{report}");
    }
}

#[test]
fn sec_419_what_stands_where_a_secret_should_not_is_not_shown() {
    for lines in [
        "[store]\nurl = \"redis://portico:canary@redis.example.com\"",
        "[store]\nurl = \"http://portico:canary@redis.example.com\"",
        "[store]\nurl = \"portico:canary@redis.example.com:1\"",
        "[store]\nurl = \"redis://redis.example.com?password=canary\"",
        "[portal]\nhome_url = \"ftp://u:canary@portal.example.com/\"",
        "client_auth = \"client_secret_basic\"\nclient_secret_file = \"canary\"",
        "client_auth = \"client_secret_basic\"\nclient_secret_file = \"canary/with+slash\"",
        "[ops]\nadmin_token_file = \"canary\"",
    ] {
        let report = Folder::with(&format!("{LEAST}{lines}\n")).report(&[]);
        assert!(!report.contains("canary"), "{lines}:\n{report}");
    }
}

#[test]
fn a_token_is_one_word() {
    let folder = Folder::with(&format!("{LEAST}[ops]\nadmin_token_file = \"token\"\n"));
    folder.put("token", b"0123456789abcdef\n0123456789abcdef\n", 0o600);
    let report = folder.report(&[]);
    assert!(
        report.contains("ops.admin_token_file") && report.contains("a second line"),
        "{report}"
    );
    folder.put("token", b"0123456789abcdef\n", 0o600);
    assert!(folder.load(&[]).is_ok());
}

#[test]
fn headers_for_a_collector_go_only_where_nobody_listens() {
    for (endpoint, headers, rule) in [
        ("", "a=canary", "is set, and ops.otlp_endpoint is not"),
        (
            "otlp_endpoint = \"http://collector:4318\"\n",
            "a=canary",
            "would be sent in clear",
        ),
        (
            "otlp_endpoint = \"https://collector\"\n",
            "a canary",
            "holds something else than headers",
        ),
    ] {
        let folder = Folder::with(&format!("{LEAST}[ops]\n{endpoint}otlp_headers_file = \"headers\"\n"));
        folder.put("headers", headers.as_bytes(), 0o600);
        let report = folder.report(&[]);
        assert!(
            report.contains("ops.otlp_headers_file") && report.contains(rule),
            "{report}"
        );
        assert!(!report.contains("canary"), "{report}");
    }
    for endpoint in ["https://collector/otlp/", "http://127.0.0.1:4318/otlp"] {
        let folder = Folder::with(&format!(
            "{LEAST}[ops]\notlp_endpoint = \"{endpoint}\"\notlp_headers_file = \"headers\"\n"
        ));
        folder.put("headers", b"a=canary\n", 0o600);
        let config = folder.load(&[]).unwrap();
        assert!(!format!("{config:?}").contains("canary"));
        let otlp = config.ops.otlp.unwrap();
        assert_eq!((otlp.address.path(), otlp.headers.len()), ("/otlp/v1/traces", 1));
    }
}
