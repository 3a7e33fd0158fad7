//! Who a line of the log is about.

use serde_json::Value;

use crate::support::{PASSWORD, Served, portico, run};

#[tokio::test]
async fn sec_503_the_log_has_no_names_and_the_key_ring_finds_the_lines_of_one() {
    let served = Served::start().await;
    let browser = served.browser();
    let form = browser.opens_sign_in(None).await;
    let again = browser.submits_password(&form, "password", "wrong").await;
    browser.submits_password(&again, "password", PASSWORD).await;
    assert!(browser.is_signed_in());
    browser.signs_out().await;

    let mut who = portico(&["audit", "who", "PASSWORD@example.com"]);
    who.envs(served.variables.iter().cloned());
    let (code, names, complaints) = run(who);
    assert_eq!(code, 0, "{complaints}");
    let user = names.lines().next().unwrap();

    served.process.send_sigterm();
    let (_, log) = served.process.ends().await;
    assert!(!log.to_lowercase().contains("password@example.com"), "{log}");
    let lines: Vec<Value> = log.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let about = |event: &str| {
        let found = lines.iter().find(|line| line["event"] == event);
        found.unwrap_or_else(|| panic!("no {event} in {log}"))
    };
    let (started, ended) = (about("session_started"), about("session_ended"));
    assert_eq!((&started["user"], &ended["user"]), (&user.into(), &user.into()));
    assert_eq!(started["session"], ended["session"]);
    assert!(
        started["session"].as_str().is_some_and(|name| name.len() > 20),
        "{started}"
    );
    let refused = lines.iter().find(|line| line["message"] == "Okta refused a factor");
    assert_eq!(refused.unwrap()["span"]["user"], user, "{log}");
}
