//! The content security policy, as a browser and as Google's `csp_evaluator` see it.

use std::process::Command;

use serde_json::Value;

use crate::console;
use crate::customer::{CHOICES, Customer};
use crate::ports::free_port;
use crate::programs::csp_evaluator;
use crate::waiting::wait_for;
use crate::world::World;

/// Prints the findings for each policy.
const JUDGE: &str = "const {CspEvaluator} = require('csp_evaluator');
    const {CspParser} = require('csp_evaluator/dist/parser.js');
    const judged = (policy) => new CspEvaluator(new CspParser(policy).csp).evaluate();
    console.log(JSON.stringify(process.argv.slice(1).map(judged)));";

/// In the evaluator's own numbers, where less is worse: from here on it only names what might be wrong if something
/// else were. Of ours it says that `'self'` would be bad if we served uploads.
const GUESS: u64 = 50;

/// The worst finding for each policy; `None` where there is none.
fn judge(policies: &[String]) -> Option<Vec<Option<u64>>> {
    let (node, packages) = csp_evaluator()?;
    let mut command = Command::new(node);
    command.env("NODE_PATH", packages).args(["-e", JUDGE, "--"]);
    let said = command.args(policies).output().unwrap();
    assert!(said.status.success(), "{said:?}");
    let judged: Vec<Vec<Value>> = serde_json::from_slice(&said.stdout).unwrap();
    let worst = judged.iter().map(|findings| {
        let severities = findings.iter().map(|finding| finding["severity"].as_u64());
        severities.map(Option::unwrap).min()
    });
    Some(worst.collect())
}

/// Asks without a browser.
fn asks(address: &str) -> reqwest::RequestBuilder {
    let client = reqwest::Client::builder().no_proxy().build();
    client.unwrap().get(address)
}

#[tokio::test]
async fn sec_301_an_independent_judge_finds_nothing_in_our_policies() {
    // As customers have it: over https, which a proxy in front has ended.
    let changes = [
        ("PUBLIC_URL", "https://signin.example.com"),
        ("PORTAL__HOME_URL", "https://portal.example.com/"),
        ("PORTAL__ALLOWED_HOSTS", "*.example.com"),
    ];
    let world = World::start(&changes, |_| {}).await;
    let mut policies = Vec::new();
    for path in [
        "/sign-in",
        "/nothing",
        "/assets/app.css",
        // A refusal that a proxy hands on.
        "/verify/caddy",
    ] {
        let request = asks(&format!("{}{path}", world.service));
        let answer = request.header("host", "signin.example.com").send().await;
        let answer = answer.unwrap();
        let policy = &answer.headers()["content-security-policy"];
        policies.push(policy.to_str().unwrap().to_owned());
    }
    let ours = policies.len();
    policies.push("script-src *".to_owned());
    policies.push(policies[0].replace("script-src 'self'", "script-src 'self' 'unsafe-inline'"));
    let Some(worst) = judge(&policies) else {
        return;
    };
    assert_eq!(worst.len(), policies.len());
    for (policy, worst) in policies.iter().zip(&worst).take(ours) {
        assert!(worst.is_none_or(|worst| worst >= GUESS), "{policy}");
    }
    assert_eq!(worst[ours..], [Some(10), Some(10)], "what is bad is found");
}

#[tokio::test]
async fn sec_301_no_page_on_the_way_has_the_browser_complain() {
    let Some(customer) = Customer::arrives().await else {
        return;
    };
    customer.opens_sign_in().await;
    customer.tries_password("otp@example.com", "wrong").await;
    customer.tries_password("otp@example.com", okta_sim::PASSWORD).await;
    customer.sees(CHOICES).await;
    customer.chooses("otp").await;
    customer.enters_otp("otp").await;
    customer.waits_for_destination().await;
    customer.opens("/account").await;
    customer.sees("You’re signed in").await;
    let lines = console::lines(&customer.browser.driver).await;
    let complaints: Vec<_> = lines
        .iter()
        .filter(|line| line.is_a_complaint(&[403]))
        .map(ToString::to_string)
        .collect();
    assert_eq!(complaints, Vec::<String>::new());
    // The log has been on all the time: it has the answer to the wrong password.
    assert!(lines.iter().any(|line| line.to_string().contains("403")));
    customer.leaves().await;
}

#[tokio::test]
async fn sec_509_what_a_browser_refuses_is_counted() {
    let private = format!("127.0.0.1:{}", free_port());
    let Some(customer) = Customer::arrives_to(&[("OPS__LISTEN", &private)]).await else {
        return;
    };
    customer.opens_sign_in().await;
    let foreign = "const style = document.createElement('link');
                   style.rel = 'stylesheet';
                   style.href = 'http://127.0.0.1:9/style.css';
                   document.head.append(style);
                   const picture = document.createElement('img');
                   picture.src = 'http://127.0.0.1:9/picture.png';
                   document.body.append(picture);";
    customer.evaluates(foreign, &[]).await;
    for directive in ["style-src-elem", "img-src"] {
        let series = format!("portico_csp_reports_total{{directive=\"{directive}\"}} 1");
        let counted = wait_for(&series, async || {
            let metrics = asks(&format!("http://{private}/metrics")).send().await.ok()?;
            let metrics = metrics.text().await.ok()?;
            metrics.lines().any(|line| line == series).then_some(())
        });
        counted.await.unwrap();
    }
    // The refused requests must not fail the test when the customer leaves.
    console::lines(&customer.browser.driver).await;
    customer.network().await;
    customer.leaves().await;
}
