//! What the form costs to load, and that the policy holds. When a customer leaves, all requests are checked.

use crate::console;
use crate::customer::Customer;
use crate::waiting::wait_for;

/// The first page with all its files, on the wire.
const MOST_BYTES: u64 = 50_000;

#[tokio::test]
async fn the_form_with_everything_on_it_is_small() {
    let Some(customer) = Customer::arrives().await else {
        return;
    };
    customer.network().await;
    customer.opens_sign_in().await;
    let mut events = Vec::new();
    let loaded = wait_for("the end of every request", async || {
        events.extend(customer.network().await);
        let asked = console::requests(&events);
        let weights: Option<Vec<u64>> = asked.iter().map(|asked| console::weight(&events, asked)).collect();
        weights.filter(|weights| weights.len() > 5)
    });
    let weights = loaded.await.unwrap();
    let total: u64 = weights.iter().sum();
    assert!(total < MOST_BYTES, "{total} bytes in {} answers", weights.len());
    customer.leaves().await;
}

#[tokio::test]
async fn what_the_policy_blocks_is_noticed() {
    let Some(customer) = Customer::arrives().await else {
        return;
    };
    customer.opens_sign_in().await;
    let foreign = "const style = document.createElement('link');
                   style.rel = 'stylesheet';
                   style.href = 'http://127.0.0.1:9/style.css';
                   document.head.append(style)";
    customer.evaluates(foreign, &[]).await;
    let driver = &customer.browser.driver;
    let noticed = wait_for("a complaint", async || {
        let lines = console::lines(driver).await;
        lines.into_iter().find(|line| line.is_a_complaint(&[]))
    });
    let line = noticed.await.unwrap().to_string();
    assert!(line.contains("Content Security Policy"), "{line}");
    // The log lists the blocked requests as if they had been sent; they must not fail the test when the customer
    // leaves.
    let asked = console::requests(&customer.network().await);
    assert!(asked.iter().any(|asked| asked.url.ends_with(":9/style.css")));
    customer.leaves().await;
}
