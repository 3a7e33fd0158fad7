//! The process is killed in the middle of things, and a new one goes on with what it left.

use okta_sim::{ClientPatch, Endpoint, Fault, FaultKind, Limits, Settings};

use crate::support::{HOSTED, PASSWORD, SESSION, Served, portico, run};

fn org() -> Settings {
    Settings {
        limits: Limits {
            user_per_second: 0,
            ..Limits::default()
        },
        ..Settings::default()
    }
}

#[tokio::test]
async fn a_kill_loses_no_session_and_revives_none() {
    let mut served = Served::start().await;
    let (kept, ended) = (served.browser(), served.browser());
    for browser in [&kept, &ended] {
        browser.begins("password@example.com").await;
        assert!(browser.is_signed_in());
    }
    // Its cookie is tried again below: an ended session must not come back.
    let cookie = ended.cookie("portico-session").unwrap();
    ended.signs_out().await;
    served.kill_and_restart().await;
    assert_eq!(kept.session().await["active"], true);
    ended.plants_cookie("portico-session", &cookie);
    assert_eq!(ended.session().await["active"], false);
    // A form from before the kill still signs out: the keys of CSRF tokens are stored too.
    kept.signs_out().await.expect(303);
    assert_eq!(kept.session().await["active"], false);
}

#[tokio::test]
async fn sec_410_a_push_that_was_waiting_goes_on_after_a_kill() {
    let mut served = Served::start_with(org(), &[]).await;
    let browser = served.browser();
    let page = browser.reaches("number", "push").await;
    served.kill_and_restart().await;
    let again = browser.gets(&page.url).await;
    assert_eq!(again.expect(200).heading(), page.heading());
    let shown = served.okta.phone("number").pending().unwrap();
    // The rest of the page has other numbers, such as seconds.
    let right = shown
        .numbers
        .iter()
        .find(|number| again.heading().contains(number.as_str()))
        .expect("the number is shown");
    // Approved while no process runs.
    served.process.kill();
    served.okta.phone("number").tap(&shown.id, right).unwrap();
    served.kill_and_restart().await;
    let mut events = browser.waits(&again).await;
    assert_eq!(events.next().await, "approved");
    browser.says_approved(&page).await.expect(303);
    assert_eq!(browser.session().await["active"], true);
}

#[tokio::test]
async fn each_step_of_a_sign_in_outlives_a_kill() {
    let mut served = Served::start_with(org(), &[]).await;
    let browser = served.browser();
    // A form that nothing was posted to is in its page alone.
    let form = browser.opens_sign_in(None).await;
    served.kill_and_restart().await;
    let chosen = browser.submits_password(&form, "otp@example.com", "portico-demo").await;
    served.kill_and_restart().await;
    let ways = browser.follows(&chosen).await;
    let code = browser.follows(&browser.chooses(&ways, "otp").await).await;
    let otp = served.okta.phone("otp").otp().unwrap();
    served.kill_and_restart().await;
    browser.enters_code(&code, &otp).await.expect(303);
    assert_eq!(browser.session().await["active"], true);
}

#[tokio::test]
async fn sec_144_a_sign_in_whose_answer_was_lost_in_a_kill_is_answered_to_the_same_press() {
    let mut served = Served::start().await;
    let browser = served.browser();
    let ways = browser.follows(&browser.begins("all").await).await;
    let code = browser.follows(&browser.chooses(&ways, "otp").await).await;
    let cut_off = served.browser();
    cut_off.plants_cookies_of(&browser);
    let otp = served.okta.phone("all").otp().unwrap();
    browser.enters_code(&code, &otp).await.expect(303);
    served.kill_and_restart().await;
    // Okta takes no code twice.
    cut_off.enters_code(&code, &otp).await.expect(303);
    assert_eq!(cut_off.cookie(SESSION), browser.cookie(SESSION));
    assert_eq!(cut_off.session().await["email"], "all@example.com");
}

#[tokio::test]
async fn sec_410_whoever_is_at_oktas_page_comes_back_to_their_sign_in_after_a_kill() {
    let settings = [("SIGN_IN__OKTA_HOSTED", "true")];
    let mut served = Served::start_with(org(), &settings).await;
    let reachable = ClientPatch {
        redirect_uris: Some(vec![format!("{}/sign-in/okta/callback", served.base)]),
        post_logout_redirect_uris: Some(vec![format!("{}/signed-out", served.base)]),
        ..ClientPatch::default()
    };
    served.okta.set_client("portico-demo", reachable).unwrap();
    let browser = served.browser();
    let form = browser.opens_sign_in(Some("/account")).await;
    let leaves = browser.gets(&form.link(HOSTED).unwrap()).await;
    served.kill_and_restart().await;
    let okta = browser.arrives_at_okta(&leaves).await;
    let to = okta.signs_in("password").await;
    browser.gets(&to).await.leads_to(&format!("{}/account", served.base));
    served.kill_and_restart().await;
    let answer = browser.signs_out().await;
    answer.leads_to(&format!("{}/oauth2/v1/logout?", served.okta.issuer()));

    // SEC-215: the secrets in these addresses are stored sealed only.
    let path = served.folder.path().join("portico.redb");
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&path).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
    let file = std::fs::read(path).unwrap();
    let addresses = [leaves.location(), answer.location()];
    let sent = addresses.map(|address| url::Url::parse(address).unwrap());
    let pairs = sent.iter().flat_map(url::Url::query_pairs);
    let secrets: Vec<String> = pairs
        .filter(|(name, _)| ["state", "nonce", "id_token_hint"].contains(&&**name))
        .map(|(_, value)| value.into_owned())
        .collect();
    assert_eq!(secrets.len(), 4);
    for secret in secrets {
        let is_there = file.windows(24).any(|part| *part == secret.as_bytes()[..24]);
        assert!(!is_there, "a secret is in the file");
    }
}

#[tokio::test]
async fn a_revocation_that_okta_did_not_take_outlives_a_kill() {
    let mut served = Served::start().await;
    let browser = served.browser();
    browser.begins("password@example.com").await;
    let fault = Fault::new(Endpoint::Revoke, FaultKind::Maintenance);
    served.okta.faults().push(fault.times(100));
    let page = browser.signs_out().await;
    assert!(page.location().ends_with("okta=later"), "{}", page.location());
    let asked = served.okta.count(Endpoint::Revoke);
    served.kill_and_restart().await;
    let metrics = browser.gets(&format!("{}/metrics", served.ops)).await.text();
    assert!(metrics.contains("portico_revocations_owed 1"), "{metrics}");
    assert_eq!(served.okta.count(Endpoint::Revoke), asked);
}

#[tokio::test]
async fn sec_146_sec_206_a_customer_who_signed_in_again_has_one_session_after_a_kill() {
    let mut served = Served::start_with(org(), &[]).await;
    let browser = served.browser();
    browser.begins("password@example.com").await;
    let former = browser.cookie("portico-session").unwrap();
    let form = browser.gets("/sign-in?prompt=login").await;
    browser
        .submits_password(&form, "password@example.com", "portico-demo")
        .await;
    assert_ne!(browser.cookie("portico-session").unwrap(), former);
    served.kill_and_restart().await;
    assert_eq!(browser.session().await["active"], true);
    let replay = served.browser();
    replay.plants_cookie("portico-session", &former);
    assert_eq!(replay.session().await["active"], false);
    browser
        .gets("/account")
        .await
        .says("You’re not signed in anywhere else.");
}

#[tokio::test]
async fn sec_111_wrong_passwords_still_count_after_a_kill_until_an_operator_says_otherwise() {
    let mut served = Served::start_with(org(), &[]).await;
    let login = "password@example.com";
    let tries = async |served: &Served, password: &str| {
        let browser = served.browser();
        let form = browser.opens_sign_in(None).await;
        browser.submits_password(&form, login, password).await
    };
    for _ in 0..5 {
        tries(&served, "wrong").await.expect(403);
    }
    tries(&served, PASSWORD).await.expect(429);
    served.kill_and_restart().await;
    tries(&served, PASSWORD).await.expect(429);

    let mut reset = portico(&["limits", "reset", "--user", login]);
    reset.envs(served.variables.clone());
    let (code, _, complaints) = run(reset);
    assert_eq!(code, 0, "{complaints}");
    served.kill_and_restart().await;
    tries(&served, PASSWORD).await.expect(303);
}

#[tokio::test]
async fn a_second_process_and_a_lost_key_ring_are_reported_as_such() {
    let served = Served::start().await;
    let folder = served.folder.path().to_owned();
    let mut second = portico(&["serve"]);
    second
        .envs(served.variables.clone())
        .env("PORTICO_LISTEN", "127.0.0.1:0")
        .env("PORTICO_OPS__LISTEN", "127.0.0.1:0");
    let (code, _, complaints) = run(second);
    assert_eq!(code, 1);
    assert!(complaints.contains("is in use by another process"), "{complaints}");

    served.process.send_sigterm();
    let variables = served.variables.clone();
    assert_eq!(served.process.ends().await.0, Some(0));
    let keys = folder.join("portico.redb.keys");
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&keys).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
    std::fs::remove_file(&keys).unwrap();
    let mut without = portico(&["serve"]);
    without.envs(variables);
    let (code, _, complaints) = run(without);
    assert_eq!(code, 1);
    assert!(complaints.contains("put the key ring back"), "{complaints}");
}

#[tokio::test]
async fn sec_216_a_rotated_ring_signs_nobody_out() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("keys.toml");
    let keys = |arguments: &[&str]| {
        let (code, ring, complaints) = run(portico(arguments));
        assert_eq!(code, 0, "{complaints}");
        assert!(!complaints.contains("secret ="), "{complaints}");
        std::fs::write(&file, ring).unwrap();
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        std::fs::set_permissions(&file, mode).unwrap();
    };
    keys(&["keys", "new"]);
    let path = file.to_str().unwrap().to_owned();
    let mut served = Served::start_with(org(), &[("STORE__KEYS_FILE", &path)]).await;
    let browser = served.browser();
    browser.begins("password@example.com").await;
    let push = served.browser();
    let page = push.reaches("push", "push").await;
    for _ in 0..3 {
        keys(&["keys", "rotate", &path]);
        served.kill_and_restart().await;
        assert_eq!(browser.session().await["active"], true);
        push.gets(&page.url).await.expect(200);
    }
    browser.signs_out().await.expect(303);
}
