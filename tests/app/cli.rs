//! The command line, as a process.

use crate::support::{portico, run};

#[test]
fn bad_settings_are_all_told_at_once_and_exit_with_2() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("portico.toml");
    std::fs::write(
        &file,
        "public_url = \"http://signin.example.com\"\n[okta]\norg_url = \"https://x-admin.okta.com/path\"\nclient_idd = \"x\"\n\
         client_secret = \"the-secret-itself\"\n[session]\nidle = \"forever\"\n",
    )
    .unwrap();
    for command in ["check", "serve", "healthcheck"] {
        let (code, out, complaints) = run(portico(&[command, "--config", file.to_str().unwrap()]));
        assert_eq!(code, 2, "{command}: {out}{complaints}");
        for key in [
            "public_url",
            "okta.org_url",
            "okta.client_id",
            "session.idle",
        ] {
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

#[test]
fn good_settings_are_fine_without_asking_anybody() {
    let mut command = portico(&["check"]);
    command.envs([
        ("PORTICO_PUBLIC_URL", "https://signin.example.com"),
        ("PORTICO_OKTA__ORG_URL", "https://org.invalid"),
        ("PORTICO_OKTA__CLIENT_ID", "0oa1"),
    ]);
    let (code, out, complaints) = run(command);
    assert_eq!(code, 0, "{complaints}");
    assert!(out.starts_with("ok: "), "{out}");
}

#[test]
fn a_settings_file_that_is_not_there_is_told() {
    let (code, _, complaints) = run(portico(&["check", "--config", "/nowhere/portico.toml"]));
    assert_eq!(code, 2);
    assert!(complaints.contains("/nowhere/portico.toml"), "{complaints}");
}

#[test]
fn the_reference_names_every_key_and_the_schema_is_json() {
    let (code, out, _) = run(portico(&["config", "reference"]));
    assert_eq!(code, 0);
    for key in [
        "public_url",
        "okta.client_id",
        "limits.account_burst",
        "session.idle",
    ] {
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
