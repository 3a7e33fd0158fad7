//! What the form costs to load. Who is asked for it is checked when a customer leaves.

use crate::console;
use crate::customer::Customer;
use crate::waiting::wait_for;

/// Everything of the first page, as it comes over the wire.
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
        let weights: Option<Vec<u64>> = asked
            .iter()
            .map(|asked| console::weight(&events, asked))
            .collect();
        weights.filter(|weights| weights.len() > 5)
    });
    let weights = loaded.await.unwrap();
    let total: u64 = weights.iter().sum();
    assert!(
        total < MOST_BYTES,
        "{total} bytes in {} answers",
        weights.len()
    );
    customer.leaves().await;
}
