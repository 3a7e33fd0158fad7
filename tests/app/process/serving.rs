//! `portico serve` as a process: health, signals, the log.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};

use okta_sim::{ClientPatch, Endpoint, Fault, FaultKind, Settings};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::{PASSWORD, Served, eventually, free_port, portico, run, status};

#[tokio::test]
async fn the_health_check_tells_alive_from_dead() {
    let served = Served::start().await;
    let check = || {
        let mut command = portico(&["healthcheck"]);
        command.envs(served.variables.clone());
        run(command)
    };
    let (code, _, complaints) = check();
    assert_eq!(code, 0, "{complaints}");
    served.process.send_sigterm();
    let variables = served.variables.clone();
    let (code, complaints) = served.process.ends().await;
    assert_eq!(code, Some(0), "{complaints}");
    let mut command = portico(&["healthcheck"]);
    command.envs(variables);
    assert_eq!(run(command).0, 1);
}

#[test]
fn the_health_check_is_not_taken_in_by_another_service() {
    for answer in ["Content-Length: 3\r\n\r\nok\n", "Content-Length: 6\r\n\r\nhello\n"] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let ops = listener.local_addr().unwrap().to_string();
        let other = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let _ = stream.read(&mut [0; 4096]).unwrap();
            write!(stream, "HTTP/1.1 200 OK\r\n{answer}").unwrap();
        });
        let (code, _, complaints) = run(portico(&["healthcheck", "--ops", &ops]));
        assert_eq!(code, 1, "{complaints}");
        assert!(
            complaints.contains("is not the private port of this service"),
            "{complaints}"
        );
        other.join().unwrap();
    }
}

#[tokio::test]
async fn an_unreadable_request_is_not_logged_as_an_error() {
    let served = Served::start().await;
    let address = served.base.trim_start_matches("http://").to_owned();
    let host = format!("Host: {address}\r\n");
    let long = "a".repeat(140_000);
    for (sent, status) in [
        (format!("GET / HTTP/1.1\r\n{host}X-Long: {long}"), "431"),
        (format!("GET / HTTP/1.1\r\n{host}{}\r\n", "X: y\r\n".repeat(300)), "431"),
        (format!("GET /{long} HTTP/1.1\r\n{host}\r\n"), "4"),
        (
            format!(
                "GET /sign-in?{} HTTP/1.1\r\n{host}Connection: close\r\n\r\n",
                &long[..30_000]
            ),
            "414",
        ),
        ("nonsense\r\n\r\n".to_owned(), "400"),
    ] {
        let mut stream = TcpStream::connect(&address).await.unwrap();
        stream.write_all(sent.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        // OK to ignore because bytes that were not read reset the connection after the answer.
        let _ = stream.read_to_end(&mut answer).await;
        let answer = String::from_utf8_lossy(&answer);
        let expected = format!("HTTP/1.1 {status}");
        assert!(answer.starts_with(&expected), "{answer}");
    }
    served.process.send_sigterm();
    let (code, complaints) = served.process.ends().await;
    assert_eq!(code, Some(0), "{complaints}");
    assert!(
        complaints.contains("serving") && !complaints.contains("ERROR"),
        "{complaints}"
    );
}

/// An org that has got a custom domain: its server, or only the app, has another issuer than the settings say.
#[tokio::test]
async fn the_log_names_both_issuers_where_they_differ() {
    const OTHER: &str = "http://example.okta.test";
    let port = free_port();
    let org = format!("http://localhost:{port}");
    let expected = format!("expected {org}, received {OTHER}");
    let of_server = Settings {
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
        base_url: Some(OTHER.parse().unwrap()),
        ..Settings::default()
    };
    let served = Served::start_with(of_server, &[("OKTA__ORG_URL", &org)]).await;
    eventually("the failed discovery in the log", async || {
        served
            .process
            .complaints()
            .contains(&format!("(issuer_differs: {expected})"))
    })
    .await;
    drop(served);

    let issuer = ClientPatch {
        issuer: Some(OTHER.to_owned()),
        ..ClientPatch::default()
    };
    let of_app = Settings {
        clients: [("portico-demo".to_owned(), issuer)].into(),
        ..Settings::default()
    };
    let served = Served::start_with(of_app, &[]).await;
    let expected = format!("expected {}, received {OTHER}", served.okta.issuer());
    let browser = served.browser();
    let form = browser.opens_sign_in(None).await;
    browser.submits_password(&form, "password", PASSWORD).await;
    eventually("the refused token in the log", async || {
        served.process.complaints().contains(&format!("(iss: {expected})"))
    })
    .await;
}

#[tokio::test]
async fn sec_413_a_stop_is_told_to_the_balancer_and_lets_a_slow_sign_in_finish() {
    let served = Served::start().await;
    let browser = served.browser();
    let form = browser.opens_sign_in(None).await;
    served
        .okta
        .faults()
        .push(Fault::new(Endpoint::Token, FaultKind::Delay { ms: 3000 }));
    let slow = tokio::spawn({
        let browser = browser.clone();
        async move { browser.submits_password(&form, "password", PASSWORD).await }
    });
    eventually("the call to Okta", async || served.okta.faults().waiting().is_empty()).await;
    served.process.send_sigterm();
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
    let served = Served::start().await;
    let browser = served.browser();
    let page = browser.reaches("push", "push").await;
    let events = browser.waits(&page).await;
    served.process.send_sigterm();
    // The browser connects again by itself, to another replica or after the restart.
    assert!(events.has_ended().await);
    let (code, complaints) = served.process.ends().await;
    assert_eq!(code, Some(0), "{complaints}");
}

#[tokio::test]
async fn sec_413_while_the_balancer_hears_of_it_requests_are_served_and_a_second_signal_ends_at_once() {
    let served = Served::start_with(Settings::default(), &[("OPS__DRAIN_DELAY", "60s")]).await;
    served.process.send_sigterm();
    let ready = format!("{}/readyz", served.ops);
    eventually("not ready", async || status(&ready).await == Some(503)).await;
    let browser = served.browser();
    browser.begins("password").await.leads_to(&served.base);
    assert_eq!(status(&ready).await, Some(503));
    served.process.send_sigterm();
    // Without the second signal it would take a minute.
    let (code, complaints) = served.process.ends().await;
    assert_eq!(code, Some(0), "{complaints}");
}

#[tokio::test]
async fn sec_413_a_second_signal_waits_for_nobody() {
    let served = Served::start_with(
        Settings::default(),
        &[("OPS__DRAIN_DELAY", "0s"), ("OKTA__TIMEOUT", "60s")],
    )
    .await;
    let browser = served.browser();
    let form = browser.opens_sign_in(None).await;
    served
        .okta
        .faults()
        .push(Fault::new(Endpoint::Token, FaultKind::Delay { ms: 60_000 }));
    let cut_off = tokio::spawn(
        browser
            .request(reqwest::Method::POST, "/sign-in")
            .header(reqwest::header::ORIGIN, &served.base)
            .form(&{
                let mut fields = form.form("/sign-in");
                fields.push(("username".to_owned(), "password@example.com".to_owned()));
                fields.push(("password".to_owned(), PASSWORD.to_owned()));
                fields
            })
            .send(),
    );
    eventually("the call to Okta", async || served.okta.faults().waiting().is_empty()).await;
    served.process.send_sigterm();
    eventually("no new connections", async || status(&served.base).await.is_none()).await;
    assert!(!cut_off.is_finished(), "the first signal lets requests end");
    served.process.send_sigterm();
    let (code, complaints) = served.process.ends().await;
    assert_eq!(code, Some(0), "{complaints}");
    // The end of the runtime also ends the connection to Okta: either the calm page still gets out, or nothing does.
    let last_word = cut_off.await.unwrap().map(|answer| answer.status().as_u16());
    assert!(matches!(last_word, Err(_) | Ok(503)), "{last_word:?}");
}

#[tokio::test]
async fn the_log_tells_what_became_of_a_post() {
    let served = Served::start().await;
    let browser = served.browser();
    let form = browser.opens_sign_in(None).await;
    let form = browser.submits_password(&form, "password", "wrong").await;
    let form = browser.submits_password(&form, "password", "").await;
    browser.submits_password(&form, "password", PASSWORD).await;
    browser.signs_out().await;
    let page = browser.reaches("push", "push").await;
    browser.says_approved(&page).await;
    let stranger = browser.request(reqwest::Method::POST, "/sign-in");
    browser.sends(stranger.form(&[("username", "x")])).await;
    served.process.send_sigterm();
    let (_, log) = served.process.ends().await;
    let outcomes: Vec<String> = log
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter(|line| line["method"] == "POST")
        .map(|line| line["outcome"].as_str().unwrap_or("none").to_owned())
        .collect();
    let expected = [
        "wrong_credentials",
        "bad_input",
        "signed_in",
        "signed_out",
        "next_step",
        "next_step",
        "still_waiting",
        "cross_site",
    ];
    assert_eq!(outcomes, expected, "{log}");
}

#[tokio::test]
async fn sec_405_the_log_tells_once_when_okta_is_spared_and_once_when_it_answers_again() {
    let served = Served::start_with(
        Settings::default(),
        &[
            ("OPS__DRAIN_DELAY", "0s"),
            ("LIMITS__ACCOUNT_BURST", "1000"),
            ("LIMITS__PAIR_BURST", "1000"),
            ("LIMITS__ADDRESS_BURST", "1000"),
            // Without a line for each request: the pipe is not read before the end.
            ("OPS__LOG_LEVEL", "warn,portico::flow=info"),
        ],
    )
    .await;
    let browser = served.browser();
    served
        .okta
        .faults()
        .push(Fault::new(Endpoint::Token, FaultKind::ServerError).times(5));
    for _ in 0..8 {
        browser.begins("password").await.expect(503);
    }
    // By the machine's own clock: the pause takes five real seconds.
    eventually("a probe that is answered", async || {
        browser.begins("password").await.status == 303
    })
    .await;
    served.process.send_sigterm();
    let (_, log) = served.process.ends().await;
    let told = |words: &str| log.lines().filter(|line| line.contains(words)).count();
    assert_eq!(told("calls to it are suspended"), 1, "{log}");
    assert_eq!(told("calls to it are no longer suspended"), 1, "{log}");
}

#[tokio::test]
async fn a_port_in_use_is_reported_with_exit_code_1() {
    let served = Served::start().await;
    let mut command = portico(&["serve"]);
    command.envs(served.variables.clone());
    let (code, _, complaints) = run(command);
    assert_eq!(code, 1);
    assert!(complaints.contains("cannot listen on"), "{complaints}");
}

#[tokio::test]
async fn a_typo_in_the_settings_file_does_not_make_a_running_service_unhealthy() {
    let served = Served::start().await;
    let address = served.ops.strip_prefix("http://").unwrap();
    let file = served.folder.path().join("portico.toml");
    for (what, text) in [
        ("an unknown key", "lisen = 1\n"),
        ("a wrong value", "[session]\nidle = \"for ever\"\n"),
        ("no TOML", "[session]\nidle = = 30m\n"),
        ("nothing that is required", ""),
    ] {
        std::fs::write(&file, format!("{text}[ops]\nlisten = \"{address}\"\n")).unwrap();
        let config = file.to_str().unwrap();
        let (code, _, complaints) = run(portico(&["healthcheck", "--config", config]));
        assert_eq!(code, 0, "{what}: {complaints}");
        let list = ["sessions", "list", "--user", "00u-nobody", "--config", config];
        let (code, _, complaints) = run(portico(&list));
        assert_eq!(code, 0, "{what}: {complaints}");
    }
    // A mistake in a key that it does need is reported, with the flag that does without the file.
    std::fs::write(&file, "[ops]\nlisten = \"here\"\n").unwrap();
    let config = file.to_str().unwrap();
    let (code, _, complaints) = run(portico(&["healthcheck", "--config", config]));
    assert_eq!(code, 2, "{complaints}");
    assert!(
        complaints.contains("ops.listen") && complaints.contains("--ops ADDR"),
        "{complaints}"
    );
    let (code, out, complaints) = run(portico(&[
        "healthcheck",
        "--config",
        config,
        "--ops",
        address,
        "--json",
    ]));
    assert_eq!((code, complaints.as_str()), (0, ""));
    let health: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(health, serde_json::json!({"alive": true, "address": address}));
}

#[tokio::test]
async fn with_flags_or_variables_a_running_service_is_reached_without_a_settings_file() {
    let token = "sixteen characters and more";
    let served = Served::start_with(Settings::default(), &[("OPS__ADMIN_TOKEN", token)]).await;
    let address = served.ops.strip_prefix("http://").unwrap();
    let folder = served.folder.path();
    let (broken, secret) = (folder.join("portico.toml"), folder.join("token"));
    std::fs::write(&broken, "[ops]\nlisten = \"\"\"\n").unwrap();
    std::fs::write(&secret, token).unwrap();
    std::fs::set_permissions(&secret, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let asked = |settings: &[&str], variables: &[(&str, &str)]| {
        ["healthcheck", "sessions list", "limits reset --user nobody"].map(|command| {
            let mut arguments: Vec<&str> = command.split(' ').collect();
            // Health needs no token.
            let settings = if command == "healthcheck" {
                settings.get(..4).unwrap_or(settings)
            } else {
                settings
            };
            arguments.extend(settings);
            let mut command = portico(&arguments);
            command.current_dir(folder).envs(variables.iter().copied());
            run(command)
        })
    };
    let broken = broken.to_str().unwrap();
    let flags = ["--config", broken, "--ops", address, "--admin-token-file", "token"];
    let variables = [
        ("PORTICO_OPS__LISTEN", address),
        ("PORTICO_OPS__ADMIN_TOKEN_FILE", "token"),
    ];
    for (code, _, complaints) in asked(&flags, &[]).into_iter().chain(asked(&flags[..2], &variables)) {
        assert_eq!((code, complaints.as_str()), (0, ""));
    }
    // With neither, the default address is asked, and the reason is given. Nothing listens there in this test.
    let elsewhere = run(portico(&["healthcheck", "--config", broken]));
    assert_eq!(elsewhere.0, 1, "{elsewhere:?}");
    for words in [
        "portico.toml, line 3) is not valid TOML",
        "default address, 127.0.0.1:9464",
        "--ops ADDR",
    ] {
        assert!(elsewhere.2.contains(words), "{words}: {}", elsewhere.2);
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn sec_218_a_crash_of_the_service_leaves_no_copy_of_its_memory() {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let some = Rlimit {
        current: Some(1 << 20),
        maximum: Some(1 << 20),
    };
    // The limit that the service inherits. OK to ignore because a process that may not raise it has none already.
    let _ = setrlimit(Resource::Core, some);
    let served = Served::start().await;
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", served.process.id())).unwrap();
    let core = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max core file size"))
        .unwrap();
    let core: Vec<_> = core.split_whitespace().take(2).collect();
    assert_eq!(core, ["0", "0"]);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn sec_218_nobody_reads_the_memory_of_the_service() {
    let served = Served::start_through(unprivileged(), Settings::default(), &[]).await;
    let environment = |process: u32| {
        let file = format!("/proc/{process}/environ");
        let reader = [unprivileged(), vec!["cat".to_owned(), file]].concat();
        let [program, arguments @ ..] = &*reader else {
            panic!("there is a program");
        };
        let read = std::process::Command::new(program).args(arguments).output();
        read.unwrap().status.success()
    };
    let mut sleeper = [unprivileged(), ["sleep", "60"].map(str::to_owned).into()].concat();
    let program = sleeper.remove(0);
    let mut other = std::process::Command::new(program).args(sleeper).spawn().unwrap();
    // Another process of the same user can be read.
    eventually("what another process has", async || environment(other.id())).await;
    other.kill().unwrap();
    other.wait().unwrap();
    assert!(!environment(served.process.id()));
}

/// The words before a command that take the privileges of root from it, since no process can keep root from reading it.
#[cfg(target_os = "linux")]
fn unprivileged() -> Vec<String> {
    if rustix::process::geteuid().is_root() {
        ["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--"]
            .map(str::to_owned)
            .into()
    } else {
        ["env".to_owned()].into()
    }
}
