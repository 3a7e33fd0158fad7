//! What the help desk asks: why a customer cannot sign in, and who is held back; and erasing a customer.

use okta_sim::Settings;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{PASSWORD, Served, TestApp, builder_behind_proxy, client, portico, run, secs};

async fn ask(app: &TestApp, method: Method, address: &str) -> (u16, Value) {
    let asked = client().request(method, app.private(address)).send().await.unwrap();
    (asked.status().as_u16(), asked.json().await.unwrap_or_default())
}

async fn report(app: &TestApp, user: &str) -> Value {
    let (status, report) = ask(app, Method::GET, &format!("/admin/user?user={user}")).await;
    assert_eq!(status, 200, "{report}");
    report
}

fn outcomes(report: &Value) -> Vec<&str> {
    let tries = report["tries"].as_array().unwrap().iter();
    tries.map(|one| one["outcome"].as_str().unwrap()).collect()
}

async fn fails(app: &TestApp, user: &str) -> u16 {
    let browser = app.browser();
    let form = browser.opens_sign_in(None).await;
    browser.submits_password(&form, user, "wrong").await.status
}

#[tokio::test]
async fn the_help_desk_is_told_what_holds_a_customer_back_and_looking_is_no_try() {
    let app = TestApp::builder()
        .unset("limits.account_burst")
        .unset("limits.pair_burst")
        .spawn()
        .await;
    let nothing = report(&app, "password@example.com").await;
    assert_eq!((&nothing["factors"], &nothing["tries"]), (&json!([]), &json!([])));
    for _ in 0..5 {
        assert_eq!(fails(&app, "password").await, 403);
    }
    assert_eq!(fails(&app, "password").await, 429);
    for _ in 0..20 {
        report(&app, "password@example.com").await;
    }
    // In other letters it is the same name.
    let held = report(&app, "PassWord@Example.com").await;
    let factor = &held["factors"][0];
    assert_eq!(
        (&factor["factor"], &factor["failures"]),
        (&json!("password"), &json!(5)),
        "{held}"
    );
    assert_eq!(factor["hold"]["limit"], "failures");
    let until: jiff::Timestamp = factor["hold"]["until"].as_str().unwrap().parse().unwrap();
    let wait = until.duration_since(app.now()).as_secs();
    assert!((1..=31).contains(&wait), "{held}");
    let mut words = vec!["throttled"];
    words.extend(["wrong_credentials"; 5]);
    assert_eq!(outcomes(&held), words);
    let newest = &held["tries"][0];
    assert_eq!(
        (&newest["factor"], &newest["network"]),
        (&json!("password"), &json!("127.0.0.0/24"))
    );
    assert_eq!(newest["request_id"].as_str().map(str::len), Some(12), "{newest}");
    assert_eq!(
        (&held["sessions_total"], &held["closed_since"]),
        (&json!(0), &Value::Null)
    );
    assert!(!held.to_string().to_lowercase().contains("password@"), "{held}");

    app.advance(secs(31));
    assert_eq!(
        report(&app, "password@example.com").await["factors"][0]["hold"],
        Value::Null
    );
    app.browser().begins("password").await.leads_to(app.base());
    let after = report(&app, "password@example.com").await;
    assert_eq!((&after["factors"], &after["sessions_total"]), (&json!([]), &json!(1)));
    assert_eq!(outcomes(&after)[0], "signed_in");
}

#[tokio::test]
async fn each_step_of_a_sign_in_is_told() {
    let app = TestApp::spawn().await;
    let browser = app.browser();
    let code = browser.reaches("otp", "otp").await;
    let wrong = crate::support::other_than(&app.phone("otp").otp().unwrap());
    let again = browser.enters_code(&code, &wrong).await;
    let right = app.phone("otp").otp().unwrap();
    browser.enters_code(&again, &right).await.leads_to(app.base());
    assert_eq!(
        outcomes(&report(&app, "otp@example.com").await),
        ["signed_in", "wrong_code", "next_step"]
    );

    let browser = app.browser();
    let push = browser.reaches("push", "push").await;
    let sent = report(&app, "push@example.com").await;
    assert_eq!(outcomes(&sent), ["sent", "next_step"]);
    let allowance = |what: &str, report: &Value| {
        let all = report["allowances"].as_array().unwrap().clone();
        all.into_iter().find(|one| one["what"] == what && one["of"] == "proven")
    };
    assert_eq!(allowance("pushes", &sent).unwrap()["used"], 1, "{sent}");
    app.phone("push").deny(&app.prompt("push").id).unwrap();
    app.advance(secs(10));
    browser.says_approved(&push).await;
    assert_eq!(outcomes(&report(&app, "push@example.com").await)[0], "push_declined");
    for (user, outcome) in [("expired", "password_expired"), ("unassigned", "not_assigned")] {
        app.browser().begins(user).await;
        assert_eq!(outcomes(&report(&app, &format!("{user}@example.com")).await), [outcome]);
    }
}

#[tokio::test]
async fn who_is_held_is_listed_under_what_the_log_calls_them() {
    let app = TestApp::builder()
        .unset("limits.account_burst")
        .unset("limits.pair_burst")
        .spawn()
        .await;
    fails(&app, "otp").await;
    for _ in 0..5 {
        fails(&app, "password").await;
    }
    let (status, listed) = ask(&app, Method::GET, "/admin/limits").await;
    assert_eq!(
        (status, &listed["looked_at"], &listed["has_more"]),
        (200, &json!(2), &json!(false))
    );
    let accounts = listed["accounts"].as_array().unwrap();
    assert_eq!(accounts.len(), 1, "{listed}");
    let user = report(&app, "password@example.com").await["user"].clone();
    assert_eq!(accounts[0]["user"], user);
    assert_eq!(accounts[0]["factors"][0]["hold"]["limit"], "failures");
    assert!(!listed.to_string().contains("example.com"), "{listed}");
    app.advance(secs(31));
    let (_, listed) = ask(&app, Method::GET, "/admin/limits").await;
    assert_eq!(listed["accounts"], json!([]));
}

#[tokio::test]
async fn a_network_that_fails_too_often_is_told() {
    let app = builder_behind_proxy().set("limits.address_failures", "1").spawn().await;
    // A network may fail four times as often as an address.
    let fails_from = async |address: &str, user: &str| {
        let browser = app.browser().with_header("x-forwarded-for", address);
        let form = browser.opens_sign_in(None).await;
        browser.submits_password(&form, user, "wrong").await.status
    };
    for number in 1..=4 {
        let status = fails_from(&format!("203.0.113.{number}"), &format!("nobody-{number}")).await;
        assert_eq!(status, 403);
    }
    assert_eq!(fails_from("203.0.113.9", "password").await, 429);
    let (_, listed) = ask(&app, Method::GET, "/admin/limits").await;
    let networks = listed["networks"].as_array().unwrap();
    assert_eq!(networks.len(), 1, "{listed}");
    assert_eq!(
        (&networks[0]["network"], &networks[0]["limit"]),
        (&json!("203.0.113.0/24"), &json!("network_failures"))
    );
    let told = report(&app, "password@example.com").await;
    assert_eq!(told["networks"].as_array().unwrap().len(), 1, "{told}");
    assert_eq!(told["factors"], json!([]), "nothing is counted against the name");
    assert_eq!(outcomes(&told), ["throttled"]);
    assert_eq!(told["tries"][0]["limit"], "network_failures");
}

#[tokio::test]
async fn erasing_ends_sessions_and_forgets_what_is_counted_and_remembered() {
    let app = TestApp::spawn().await;
    let browser = app.browser();
    browser.begins("password").await.leads_to(app.base());
    for _ in 0..2 {
        fails(&app, "password").await;
    }
    fails(&app, "otp").await;
    let address = "/admin/user?user=password@example.com";
    let expected = |dry_run: bool| json!({"erased": true, "dry_run": dry_run, "sessions": 1, "counts": 1, "tries": 3});
    let without_pending = |mut answer: Value| {
        answer.as_object_mut().unwrap().remove("revocations_pending").unwrap();
        answer
    };
    let (status, would) = ask(&app, Method::DELETE, &format!("{address}&dry_run=true")).await;
    assert_eq!((status, without_pending(would)), (200, expected(true)));
    assert_eq!(browser.session().await["active"], true);
    assert_eq!(report(&app, "password@example.com").await["factors"][0]["failures"], 2);

    let (status, erased) = ask(&app, Method::DELETE, address).await;
    assert_eq!((status, without_pending(erased)), (200, expected(false)));
    assert_eq!(browser.session().await["active"], false);
    app.revoked(1).await;
    let after = report(&app, "password@example.com").await;
    assert_eq!(
        (&after["factors"], &after["tries"], &after["sessions"]),
        (&json!([]), &json!([]), &json!([]))
    );
    assert_eq!(
        outcomes(&report(&app, "otp@example.com").await),
        ["wrong_credentials"],
        "others stay"
    );
    let (_, again) = ask(&app, Method::DELETE, address).await;
    assert_eq!(again["erased"], false);
}

#[tokio::test]
async fn hostile_questions_are_refused_and_change_nothing() {
    let app = TestApp::spawn().await;
    let long = "a".repeat(10_000);
    for (method, address, status) in [
        (Method::GET, "/admin/user", 400),
        (Method::GET, "/admin/user?user=", 400),
        (Method::GET, "/admin/user?user=%20%20", 400),
        (Method::GET, &format!("/admin/user?user={long}"), 400),
        (Method::GET, "/admin/user?user=a&other=b", 400),
        (Method::DELETE, "/admin/user", 400),
        (Method::DELETE, "/admin/user?user=", 400),
        (Method::DELETE, "/admin/user?user=a&dry_run=perhaps", 400),
        (Method::POST, "/admin/user?user=a", 405),
        (Method::POST, "/admin/closed", 405),
        (Method::GET, "/admin/user?user=%00%1b%5b31m", 200),
    ] {
        assert_eq!(ask(&app, method.clone(), address).await.0, status, "{method} {address}");
    }
    assert_eq!(ask(&app, Method::GET, "/admin/closed").await.1["closed"], false);
    app.browser().gets("/admin/user?user=a").await.expect(404);
    app.browser().gets("/admin/closed").await.expect(404);
}

#[tokio::test]
async fn the_help_desk_needs_the_token_where_there_is_one() {
    const TOKEN: &str = "sixteen characters and more";
    let app = TestApp::builder().set("ops.admin_token", TOKEN).spawn().await;
    for (method, address) in [
        (Method::GET, "/admin/user?user=a"),
        (Method::DELETE, "/admin/user?user=a"),
        (Method::GET, "/admin/limits"),
        (Method::GET, "/admin/closed"),
        (Method::PUT, "/admin/closed"),
        (Method::DELETE, "/admin/closed"),
    ] {
        for token in ["", "sixteen characters and mor"] {
            let request = client()
                .request(method.clone(), app.private(address))
                .bearer_auth(token);
            assert_eq!(
                request.send().await.unwrap().status(),
                401,
                "{method} {address} {token}"
            );
        }
    }
    let request = client().get(app.private("/admin/closed")).bearer_auth(TOKEN);
    let closed: Value = request.send().await.unwrap().json().await.unwrap();
    assert_eq!(closed["closed"], false);
}

#[tokio::test]
async fn the_commands_say_it_in_sentences_and_print_hostile_names_safely() {
    let served = Served::start_with(
        Settings::default(),
        &[("OPS__ADMIN_TOKEN", "sixteen characters and more")],
    )
    .await;
    let types = |arguments: &[&str]| {
        let mut command = portico(arguments);
        command.envs(served.variables.clone());
        run(command)
    };
    let (code, said, complaints) = types(&["user", "show", "nobody@example.com"]);
    assert_eq!((code, complaints.as_str()), (0, ""));
    assert!(
        said.contains("Nobody tried to sign in with this name in the last 7 days"),
        "{said}"
    );
    assert!(said.contains("No limit holds this name back now\n"), "{said}");

    let hostile = "a\u{1b}]0;owned\u{7}\u{202e}'; rm -rf /";
    for arguments in [&["user", "show", hostile][..], &["user", "erase", hostile]] {
        let (_, said, complaints) = types(arguments);
        let all = said + &complaints;
        assert!(all.contains("a\\u{1b}]0;owned\\u{7}\\u{202e}"), "{all}");
        assert!(!all.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{all:?}");
    }
    let (code, said, complaints) = types(&["user", "erase", "nobody@example.com", "--dry-run"]);
    assert_eq!((code, said.as_str()), (1, ""));
    assert!(
        complaints.contains("nothing is stored under nobody@example.com;"),
        "{complaints}"
    );

    let browser = served.browser();
    for password in ["wrong", PASSWORD] {
        let form = browser.opens_sign_in(None).await;
        browser.submits_password(&form, "password", password).await;
    }
    let (_, said, _) = types(&["user", "show", "password@example.com"]);
    assert!(
        said.contains("signed_in (password), from 127.0.0.0/24, support code "),
        "{said}"
    );
    assert!(said.contains("wrong_credentials (password)"), "{said}");
    assert!(said.contains("1 session:\n  "), "{said}");
    let user = said
        .lines()
        .next()
        .unwrap()
        .strip_prefix("password@example.com, ")
        .unwrap();
    let (_, who, _) = types(&["audit", "who", "password@example.com"]);
    assert_eq!(user, format!("{} in the log", who.lines().next().unwrap()));
    let (_, json, _) = types(&["user", "show", "password@example.com", "--json"]);
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(outcomes(&json), ["signed_in", "wrong_credentials"]);
    let (code, listed, _) = types(&["limits", "list"]);
    assert_eq!(
        (code, listed.as_str()),
        (0, "0 accounts and 0 networks held, of 1 account tried lately\n")
    );

    let (code, said, _) = types(&["user", "erase", "password@example.com"]);
    assert_eq!(code, 0);
    assert!(
        said.contains("  1 session ended\n") && said.contains("  2 past tries forgotten\n"),
        "{said}"
    );
    assert_eq!(browser.session().await["active"], false);
    assert_eq!(types(&["user", "erase", "password@example.com"]).0, 1);

    for wrong in [&["--admin-token-file", "/dev/null"][..], &["--ops", "127.0.0.1:1"]] {
        let (code, said, complaints) = types(&[&["user", "show", "a"], wrong].concat());
        assert_ne!(code, 0, "{said}");
        assert!(said.is_empty() && !complaints.is_empty(), "{said} {complaints}");
    }
}
