//! Sessions and limits through the private port.

use okta_sim::Settings;

use crate::support::{Served, TestApp, client, eventually, portico, run};

#[tokio::test]
async fn sec_210_operators_see_and_end_sessions_by_user_by_id_and_all() {
    let app = TestApp::spawn().await;
    let ask = async |method: reqwest::Method, query: &str| -> (u16, serde_json::Value) {
        let address = app.private(&format!("/admin/sessions{query}"));
        let answer = client().request(method, address).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap_or_default())
    };
    let (get, delete) = (reqwest::Method::GET, reqwest::Method::DELETE);
    let mut browsers = Vec::new();
    for _ in 0..3 {
        let browser = app.browser();
        browser.begins("password").await.leads_to(app.base());
        browsers.push(browser);
    }
    let other = app.browser();
    let form = other.begins_without_password("passwordless").await;
    let code = other.follows(&other.chooses(&form, "otp").await).await;
    let otp = app.phone("passwordless").otp().unwrap();
    other.enters_code(&code, &otp).await.leads_to(app.base());

    let (status, all) = ask(get.clone(), "").await;
    assert_eq!((status, &all["total"]), (200, &4.into()));
    assert!(!all.to_string().contains("@example.com"), "{all}");
    let (_, some) = ask(get.clone(), "?user=PASSWORD@example.com").await;
    assert_eq!(some["total"], 3);
    let (_, none) = ask(get.clone(), "?user=nobody@example.com").await;
    assert_eq!(none["total"], 0);

    for bad in ["", "?everyone=false", "?user=a&everyone=true", "?user=", "?who=a"] {
        assert_eq!(ask(delete.clone(), bad).await.0, 400, "{bad}");
    }
    let (_, dry) = ask(delete.clone(), "?user=password@example.com&dry_run=true").await;
    assert_eq!(dry, serde_json::json!({"ended": 3, "dry_run": true}));
    assert_eq!(browsers[0].session().await["active"], true);

    let id = some["sessions"][0]["id"].as_str().unwrap();
    let (_, one) = ask(delete.clone(), &format!("?id={id}")).await;
    assert_eq!(one["ended"], 1);
    let (_, again) = ask(delete.clone(), &format!("?id={id}")).await;
    assert_eq!(again["ended"], 0);
    let (_, rest) = ask(delete.clone(), "?user=password@example.com").await;
    assert_eq!(rest["ended"], 2);
    for browser in &browsers {
        assert_eq!(browser.session().await["active"], false);
    }
    assert_eq!(other.session().await["active"], true);
    app.revoked(3).await;
    let (_, everyone) = ask(delete, "?everyone=true").await;
    assert_eq!(everyone["ended"], 1);
    assert_eq!(other.session().await["active"], false);
    assert!(
        app.metrics()
            .await
            .contains("portico_session_ended_total{reason=\"operator\"} 4")
    );
    // Never on the public port.
    app.browser().gets("/admin/sessions").await.expect(404);
}

#[tokio::test]
async fn a_token_keeps_strangers_out_where_there_is_one() {
    let app = TestApp::builder()
        .set("ops.admin_token", "sixteen characters and more")
        .spawn()
        .await;
    let ask = async |token: Option<&str>| {
        let request = client().get(app.private("/admin/sessions"));
        let request = match token {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        request.send().await.unwrap().status().as_u16()
    };
    assert_eq!(ask(None).await, 401);
    assert_eq!(ask(Some("sixteen characters and mor")).await, 401);
    assert_eq!(ask(Some("sixteen characters and more")).await, 200);
}

#[tokio::test]
async fn where_others_reach_the_port_administration_needs_a_token() {
    let app = TestApp::builder().set("ops.listen", "0.0.0.0:0").spawn().await;
    let answer = client()
        .delete(app.private("/admin/sessions?everyone=true"))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status().as_u16(), 403);
    assert!(answer.text().await.unwrap().contains("ops.admin_token_file"));
}

#[tokio::test]
async fn the_commands_list_end_and_reset() {
    let served = Served::start_with(
        Settings::default(),
        &[("OPS__ADMIN_TOKEN", "sixteen characters and more")],
    )
    .await;
    let browser = served.browser();
    browser.begins("password@example.com").await;
    let sessions = |arguments: &[&str]| {
        let mut command = portico(&[&["sessions"], arguments].concat());
        command.envs(served.variables.clone());
        run(command)
    };
    let (code, out, complaints) = sessions(&["list"]);
    assert_eq!(code, 0, "{complaints}");
    assert!(out.contains("password") && out.ends_with("1 session\n"), "{out}");
    assert!(!out.contains("@example.com"), "{out}");
    let id = out.split_whitespace().next().unwrap();
    let (_, out, _) = sessions(&["end", "--id", id, "--dry-run"]);
    assert_eq!(out, "1 session would end\n");
    assert_eq!(browser.session().await["active"], true);
    for another in ["-id-like-one-in-64", "--everyone"] {
        let (code, out, complaints) = sessions(&["end", "--id", another]);
        assert_eq!((code, out.as_str()), (1, ""), "{another}: {complaints}");
        assert!(
            complaints.contains(&format!("no session has the id {another};")),
            "{complaints}"
        );
    }
    for dry_run in [&["--dry-run"][..], &[]] {
        let (code, out, complaints) = sessions(&[&["end", "--user", "nobody@example.com"], dry_run].concat());
        assert_eq!((code, out.as_str()), (1, ""), "{complaints}");
        assert!(complaints.contains("nobody@example.com has no session"), "{complaints}");
    }
    assert_eq!(browser.session().await["active"], true);
    let (_, out, _) = sessions(&["end", "--user", "password@example.com"]);
    assert_eq!(out, "1 session ended\n");
    assert_eq!(browser.session().await["active"], false);
    assert_eq!(sessions(&["end"]).0, 2, "whose must be said");
    let mut command = portico(&["limits", "reset", "--user", "password@example.com"]);
    command.envs(served.variables.clone());
    let (code, out, complaints) = run(command);
    assert_eq!(code, 0, "{complaints}");
    assert!(out.starts_with("nothing was counted against this name;"), "{out}");
    let (code, out, _) = sessions(&["end", "--everyone"]);
    assert_eq!(
        (code, out.as_str()),
        (0, "0 sessions ended\n"),
        "nobody is signed in, as was wanted"
    );
    assert_eq!(sessions(&["end", "--everyone", "--user", "a"]).0, 2);
    served.process.send_sigterm();
    eventually("the end of the service", async || {
        crate::support::status(&format!("{}/healthz", served.ops))
            .await
            .is_none()
    })
    .await;
    let (code, _, complaints) = sessions(&["list"]);
    assert_eq!(code, 1);
    assert!(complaints.contains("is the service running?"), "{complaints}");
}

#[tokio::test]
async fn a_reset_says_what_was_counted() {
    let served = Served::start().await;
    let browser = served.browser();
    let wrong = async |user: &str| {
        let form = browser.opens_sign_in(None).await;
        browser.submits_password(&form, user, "wrong").await;
    };
    let reset = |arguments: &[&str]| {
        let mut command = portico(&[&["limits", "reset", "--user"], arguments].concat());
        command.envs(served.variables.clone());
        let (code, out, complaints) = run(command);
        assert_eq!((code, complaints.as_str()), (0, ""));
        out
    };
    for _ in 0..2 {
        wrong("password").await;
    }
    let tries = "lifted: the limit on tries in a short time\n";
    let lifted = format!("lifted: 2 failures in a row (password)\n{tries}");
    assert_eq!(reset(&["password@example.com"]), lifted);
    assert!(reset(&["password@example.com"]).starts_with("nothing was counted against this name"));
    wrong("password").await;
    browser.reaches("push", "push").await;
    let json = |name: &str| -> serde_json::Value { serde_json::from_str(&reset(&[name, "--json"])).unwrap() };
    let lifted = serde_json::json!({
        "reset": true, "failures": {"password": 1}, "tries": true,
        "codes": 0, "sends": 0, "pushes": 0, "unanswered_pushes": 0,
    });
    assert_eq!(json("password@example.com"), lifted);
    let pushed = json("push@example.com");
    assert_eq!(
        (&pushed["pushes"], &pushed["unanswered_pushes"]),
        (&1.into(), &1.into()),
        "{pushed}"
    );
    assert_eq!(json("push@example.com")["reset"], false);
}

#[tokio::test]
async fn scripts_read_sessions_as_json() {
    let served = Served::start().await;
    let sessions = |arguments: &[&str]| {
        let mut command = portico(&[&["sessions"], arguments].concat());
        command.envs(served.variables.clone());
        let (code, out, _) = run(command);
        (code, serde_json::from_str::<serde_json::Value>(&out).unwrap())
    };
    let (_, none) = sessions(&["list", "--json"]);
    assert_eq!(none, serde_json::json!({"total": 0, "sessions": []}));
    served.browser().begins("password@example.com").await;
    let (code, listed) = sessions(&["list", "--json"]);
    assert_eq!((code, &listed["total"]), (0, &1.into()));
    let id = listed["sessions"][0]["id"].as_str().unwrap();
    assert_eq!(listed["sessions"][0]["factors"], serde_json::json!(["password"]));
    let would = serde_json::json!({"ended": 1, "dry_run": true});
    assert_eq!(sessions(&["end", "--id", id, "--json", "--dry-run"]), (0, would));
    let ended = serde_json::json!({"ended": 1, "dry_run": false});
    assert_eq!(sessions(&["end", "--everyone", "--json"]), (0, ended));
    let nothing = serde_json::json!({"ended": 0, "dry_run": false});
    let (code, failed) = sessions(&["end", "--id", id, "--json"]);
    assert_eq!((code, &failed["exit_code"]), (1, &1.into()));
    assert!(failed["error"].as_str().unwrap().contains(id), "{failed}");
    assert_eq!(sessions(&["end", "--everyone", "--json"]), (0, nothing));
}

#[tokio::test]
async fn sec_310_a_page_whose_name_leads_to_this_machine_administers_nothing() {
    let app = TestApp::spawn().await;
    let browser = app.browser();
    browser.begins("password").await.leads_to(app.base());
    let ask = async |method: &reqwest::Method, path: &str, host: &str| {
        let request = client().request(method.clone(), app.private(path));
        let answer = request.header("host", host).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    let (get, put, delete) = (reqwest::Method::GET, reqwest::Method::PUT, reqwest::Method::DELETE);
    let asked = [
        (&get, "/admin/sessions"),
        (&delete, "/admin/sessions?everyone=true"),
        (&delete, "/admin/limits?user=password@example.com"),
        (&get, "/admin/user?user=password@example.com"),
        (&delete, "/admin/user?user=password@example.com"),
        (&get, "/admin/limits"),
        (&put, "/admin/closed"),
    ];
    for host in [
        "evil.test",
        "evil.test:9464",
        "127.0.0.1.evil.test",
        "localhost.evil.test:9464",
        "portico.monitoring.svc:9464",
    ] {
        for (method, path) in asked {
            let (status, text) = ask(method, path, host).await;
            assert_eq!(status, 421, "{method} {path} at {host}: {text}");
            assert!(text.contains("ops.admin_token_file"), "{text}");
            assert!(!text.contains("sub"), "{text}");
        }
        // Probes and scrapers ask by any name of the service.
        for path in ["/healthz", "/readyz", "/metrics"] {
            assert_eq!(ask(&get, path, host).await.0, 200, "{path} at {host}");
        }
    }
    assert_eq!(browser.session().await["active"], true);
    for host in [
        "localhost",
        "LOCALHOST:9464",
        "127.0.0.1",
        "10.1.2.3:9090",
        "[::1]:9464",
    ] {
        let (status, text) = ask(&get, "/admin/sessions", host).await;
        assert_eq!(status, 200, "{host}: {text}");
    }
}

#[tokio::test]
async fn sec_104_a_page_of_another_origin_administers_nothing() {
    const TOKEN: &str = "sixteen characters and more";
    let open = TestApp::spawn().await;
    let guarded = TestApp::builder().set("ops.admin_token", TOKEN).spawn().await;
    for app in [&open, &guarded] {
        let browser = app.browser();
        browser.begins("password").await.leads_to(app.base());
        let ask = async |method: reqwest::Method, path: &str, sites: &[&str]| {
            let mut request = client().request(method, app.private(path)).bearer_auth(TOKEN);
            for site in sites {
                request = request.header("sec-fetch-site", *site);
            }
            request.send().await.unwrap().status().as_u16()
        };
        for sites in [
            &["cross-site"][..],
            &["same-site"],
            &["same-origin", "cross-site"],
            &["Cross-Site"],
        ] {
            for (method, path) in [
                (reqwest::Method::GET, "/admin/sessions"),
                (reqwest::Method::DELETE, "/admin/sessions?everyone=true"),
                (reqwest::Method::DELETE, "/admin/limits?user=password@example.com"),
                (reqwest::Method::GET, "/admin/user?user=password@example.com"),
                (reqwest::Method::DELETE, "/admin/user?user=password@example.com"),
                (reqwest::Method::PUT, "/admin/closed"),
            ] {
                let status = ask(method, path, sites).await;
                assert_eq!(status, 403, "{path} {sites:?}");
            }
        }
        assert_eq!(browser.session().await["active"], true);
        for sites in [&[][..], &["none"], &["same-origin"]] {
            let status = ask(reqwest::Method::GET, "/admin/sessions", sites).await;
            assert_eq!(status, 200, "{sites:?}");
        }
    }
}

#[tokio::test]
async fn with_an_admin_token_any_host_name_is_accepted() {
    let app = TestApp::builder()
        .set("ops.admin_token", "sixteen characters and more")
        .spawn()
        .await;
    let request = client()
        .get(app.private("/admin/sessions"))
        .header("host", "portico.monitoring.svc:9464")
        .bearer_auth("sixteen characters and more");
    assert_eq!(request.send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn sec_214_nothing_of_the_private_port_is_kept_on_the_way() {
    let app = TestApp::spawn().await;
    for (path, status) in [
        ("/healthz", 200),
        ("/readyz", 200),
        ("/metrics", 200),
        ("/admin/sessions", 200),
        ("/admin/limits", 200),
        ("/admin/user?user=a", 200),
        ("/admin/closed", 200),
        ("/admin/nothing", 404),
        ("/nothing", 404),
    ] {
        let answer = client().get(app.private(path)).send().await.unwrap();
        assert_eq!(answer.status(), status, "{path}");
        assert_eq!(answer.headers()["cache-control"], "no-store", "{path}");
    }
}
