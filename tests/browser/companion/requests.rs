//! Requests of the portal's scripts that the gate refuses.

use std::time::Duration;

use serde_json::{Value, json};

use super::visit::Operator;
use crate::customer::Customer;
use crate::webdriver::ESCAPE;

const ENDED: &str = "You have been signed out";

/// A customer whose session has ended, which the page does not know yet.
async fn arrives_and_is_ended() -> Option<Customer> {
    let operator = Operator::new();
    let customer = Customer::arrives_at_the_portal(&operator.settings()).await?;
    operator.ends_every_session().await;
    customer.listens().await;
    Some(customer)
}

fn body_of(answer: &Value) -> Value {
    serde_json::from_str(answer[1].as_str().unwrap()).unwrap()
}

#[tokio::test]
async fn a_refused_fetch_resolves_after_signing_in_again() {
    let Some(customer) = arrives_and_is_ended().await else {
        return;
    };
    customer.writes_a_note().await;
    customer.asks("/api/orders", json!({})).await;
    customer.waits_for_dialog(ENDED).await;
    customer.signs_in_beside("Sign in again").await;
    let answer = customer.hears().await;
    assert_eq!(answer[0], 200, "{answer}");
    assert_eq!(body_of(&answer)["method"], "GET");
    customer.waits_for_no_dialog().await;
    customer.still_has_the_note().await;
    customer.assert_events(&["portico:expired"]).await;
    customer.leaves_after(&[401]).await;
}

#[tokio::test]
async fn a_body_is_sent_again_whole() {
    let Some(customer) = arrives_and_is_ended().await else {
        return;
    };
    let order = json!({"boxes": 2}).to_string();
    let post = json!({"method": "POST", "body": order, "headers": {"Content-Type": "application/json"}});
    customer.asks("/api/orders", post.clone()).await;
    // Many libraries build a `Request` first.
    let request = "window.second = fetch(new Request(arguments[0], arguments[1])).then((answer) => answer.text())";
    customer.evaluates(request, &[json!("/api/orders"), post]).await;
    customer.waits_for_dialog(ENDED).await;
    customer.signs_in_beside("Sign in again").await;
    let answer = customer.hears().await;
    assert_eq!(answer[0], 200, "{answer}");
    let second = customer.evaluates("return window.second", &[]).await;
    for body in [
        body_of(&answer),
        serde_json::from_str(second.as_str().unwrap()).unwrap(),
    ] {
        assert_eq!(body["method"], "POST");
        assert_eq!(body["body"], order);
    }
    customer.leaves_after(&[401]).await;
}

#[tokio::test]
async fn closing_the_dialog_passes_the_refusal_to_the_script() {
    let Some(customer) = arrives_and_is_ended().await else {
        return;
    };
    customer.asks("/api/orders", json!({})).await;
    customer.waits_for_dialog(ENDED).await;
    customer.answers("Later").await;
    assert_eq!(customer.hears().await, json!([401, ""]));
    // And the next request asks again.
    customer.asks("/api/orders", json!({})).await;
    customer.waits_for_dialog(ENDED).await;
    customer.keys(ESCAPE.to_string()).await;
    assert_eq!(customer.hears().await, json!([401, ""]));
    customer.waits_for_no_dialog().await;
    customer.assert_events(&["portico:expired", "portico:expired"]).await;
    customer.leaves_after(&[401]).await;
}

#[tokio::test]
async fn every_other_answer_passes() {
    let Some(customer) = arrives_and_is_ended().await else {
        return;
    };
    customer.asks("/api/own", json!({})).await;
    assert_eq!(customer.hears().await, json!([401, ""]));
    customer.asks("/api/orders", json!({"method": "no method"})).await;
    let error = customer.hears().await;
    assert!(error[0].as_str().unwrap().starts_with("TypeError"), "{error}");
    let nothing = "return fetch().catch((error) => error.name)";
    assert_eq!(customer.evaluates(nothing, &[]).await, "TypeError");
    customer.waits_for_no_dialog().await;
    customer.assert_events(&[]).await;
    customer.leaves_after(&[401]).await;
}

/// The policy of the page keeps other origins away, so the test plays the network here.
#[tokio::test]
async fn a_refusal_of_another_origin_is_not_believed() {
    let operator = Operator::new();
    let Some(customer) = Customer::arrives_at_the_portal(&operator.settings()).await else {
        return;
    };
    let network = "{
        const real = window.fetch;
        window.fetch = async (input, init) => {
            if (input !== '/elsewhere') return real(input, init);
            const headers = { 'Portico-Sign-In': `${location.origin}.evil.test/sign-in` };
            const answer = new Response(null, { status: 401, headers });
            return Object.defineProperty(answer, 'url', { value: `${location.origin}.evil.test/api` });
        };
    }";
    customer.brings(network).await;
    customer.reloads().await;
    customer.knows_the_session().await;
    operator.ends_every_session().await;
    customer.asks("/elsewhere", json!({})).await;
    assert_eq!(customer.hears().await, json!([401, ""]));
    customer.waits_for_no_dialog().await;
    customer.leaves().await;
}

/// Chromium sends streams over HTTP/2 only, so the test plays the network here.
#[tokio::test]
async fn a_stream_is_not_sent_again() {
    let operator = Operator::new();
    let Some(customer) = Customer::arrives_at_the_portal(&operator.settings()).await else {
        return;
    };
    let network = "{
        const real = window.fetch;
        window.sent = 0;
        window.fetch = async (input, init) => {
            if (!init?.body?.getReader) return real(input, init);
            window.sent += 1;
            await new Response(init.body).text();
            return real('/api/orders');
        };
    }";
    customer.brings(network).await;
    customer.reloads().await;
    customer.knows_the_session().await;
    operator.ends_every_session().await;
    let stream = "window.came = null;
        fetch('/api/orders', { method: 'POST', duplex: 'half', body: new Response('two boxes').body })
            .then((answer) => (window.came = [answer.status]))";
    customer.evaluates(stream, &[]).await;
    assert_eq!(customer.hears().await, json!([401]));
    customer.waits_for_dialog(ENDED).await;
    customer.signs_in_beside("Sign in again").await;
    customer.waits_for_no_dialog().await;
    assert_eq!(customer.evaluates("return window.sent", &[]).await, 1);
    customer.leaves_after(&[401]).await;
}

#[tokio::test]
async fn an_xmlhttprequest_opens_the_dialog_too() {
    let Some(customer) = arrives_and_is_ended().await else {
        return;
    };
    let script = "window.came = null;
        const request = new XMLHttpRequest();
        request.open('GET', arguments[0]);
        request.onload = () => (window.came = [request.status]);
        request.send()";
    customer.evaluates(script, &[json!("/api/own")]).await;
    assert_eq!(customer.hears().await, json!([401]));
    customer.waits_for_no_dialog().await;
    customer.evaluates(script, &[json!("/api/orders")]).await;
    assert_eq!(customer.hears().await, json!([401]));
    customer.waits_for_dialog(ENDED).await;
    customer.assert_events(&["portico:expired"]).await;
    customer.leaves_after(&[401]).await;
}

#[tokio::test]
async fn a_live_session_that_is_not_enough_is_raised() {
    let Some(customer) = Customer::arrives_at_the_portal(&[]).await else {
        return;
    };
    customer.time_passes(Duration::from_mins(5)).await;
    customer.asks("/api/fresh", json!({})).await;
    customer.waits_for_dialog("Sign in again").await;
    // That the same session goes on is not announced.
    let first = customer.this_tab().await;
    customer.opens_a_second_tab().await;
    customer.browser.driver.close_window().await.unwrap();
    customer.turns_to(&first).await;
    customer.waits_for_dialog("Sign in again").await;
    assert_eq!(customer.evaluates("return window.came", &[]).await, Value::Null);
    customer.signs_in_beside("Sign in again").await;
    assert_eq!(customer.hears().await, json!([200, "\"fresh\""]));
    customer.waits_for_no_dialog().await;
    customer.leaves_after(&[401]).await;
}
