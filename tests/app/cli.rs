//! The command line, as a process.

use okta_sim::{Endpoint, Fault, FaultKind, Settings, Simulator};

use crate::support::{Browser, PASSWORD, Running, client, eventually, free_port, portico, run};

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

/// `portico serve` with a simulator behind it.
struct Served {
    okta: Simulator,
    process: Running,
    base: String,
    ops: String,
    variables: Vec<(String, String)>,
}

async fn serve() -> Served {
    let okta = Simulator::start(Settings::default()).await.unwrap();
    let (port, ops) = (free_port(), free_port());
    let base = format!("http://localhost:{port}");
    let variables: Vec<(String, String)> = [
        ("PUBLIC_URL", base.clone()),
        ("LISTEN", format!("127.0.0.1:{port}")),
        ("OPS__LISTEN", format!("127.0.0.1:{ops}")),
        ("OKTA__ORG_URL", okta.issuer()),
        ("OKTA__CLIENT_ID", "portico-demo".to_owned()),
    ]
    .into_iter()
    .map(|(name, value)| (format!("PORTICO_{name}"), value))
    .collect();
    let mut command = portico(&["serve"]);
    command.envs(variables.clone());
    let process = Running::start(command);
    let ops = format!("http://127.0.0.1:{ops}");
    eventually("a service that is ready", async || {
        status(&format!("{ops}/readyz")).await == Some(200)
    })
    .await;
    Served {
        okta,
        process,
        base,
        ops,
        variables,
    }
}

async fn status(address: &str) -> Option<u16> {
    client()
        .get(address)
        .send()
        .await
        .ok()
        .map(|answer| answer.status().as_u16())
}

#[tokio::test]
async fn the_health_check_tells_alive_from_dead() {
    let served = serve().await;
    let check = || {
        let mut command = portico(&["healthcheck"]);
        command.envs(served.variables.clone());
        run(command)
    };
    let (code, _, complaints) = check();
    assert_eq!(code, 0, "{complaints}");
    served.process.is_told_to_stop();
    let variables = served.variables.clone();
    let (code, complaints) = served.process.ends().await;
    assert_eq!(code, Some(0), "{complaints}");
    let mut command = portico(&["healthcheck"]);
    command.envs(variables);
    assert_eq!(run(command).0, 1);
}

#[tokio::test]
async fn sec_413_a_stop_is_told_to_the_balancer_and_lets_a_slow_sign_in_finish() {
    let served = serve().await;
    let browser = Browser::new(client(), &served.base);
    let form = browser.opens_sign_in(None).await;
    served
        .okta
        .faults()
        .push(Fault::new(Endpoint::Token, FaultKind::Delay { ms: 3000 }));
    let slow = tokio::spawn({
        let browser = browser.clone();
        async move { browser.submits_password(&form, "password", PASSWORD).await }
    });
    eventually("the call to Okta", async || {
        served.okta.faults().waiting().is_empty()
    })
    .await;
    served.process.is_told_to_stop();
    let ready = format!("{}/readyz", served.ops);
    eventually("not ready", async || status(&ready).await == Some(503)).await;
    assert!(!slow.is_finished(), "the request is still under way");
    let answer = slow.await.unwrap();
    answer.leads_to(&served.base);
    assert!(browser.is_signed_in());
    let (code, complaints) = served.process.ends().await;
    assert_eq!(code, Some(0), "{complaints}");
}

#[tokio::test]
async fn sec_413_a_waiting_push_does_not_hold_the_stop_up() {
    let served = serve().await;
    let browser = Browser::new(client(), &served.base);
    let page = browser.reaches("push", "push").await;
    let events = browser.waits(&page).await;
    served.process.is_told_to_stop();
    // A browser connects again by itself, and meets another replica or the next start.
    assert!(events.has_ended().await);
    let (code, complaints) = served.process.ends().await;
    assert_eq!(code, Some(0), "{complaints}");
}

#[tokio::test]
async fn a_port_that_is_taken_is_told_and_exits_with_1() {
    let served = serve().await;
    let mut command = portico(&["serve"]);
    command.envs(served.variables.clone());
    let (code, _, complaints) = run(command);
    assert_eq!(code, 1);
    assert!(complaints.contains("cannot listen on"), "{complaints}");
}
