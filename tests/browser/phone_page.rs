//! The simulator's phone in a second window, as in the demo: it rings by itself, and an answer there moves the first
//! window on.

use crate::customer::Customer;
use crate::webdriver::Window;

#[tokio::test]
async fn a_push_is_approved_in_a_second_window() {
    let Some((customer, windows)) = opens_two("push").await else {
        return;
    };
    waits_at_the_form(&customer, &windows, "push").await;
    customer.sees("Check your phone").await;
    windows.show_phone(&customer).await;
    customer.reads_until(".prompt h2", is_a_question).await;
    customer.presses("Approve").await;
    customer
        .reads_until("#live", |text| text.contains("Approved, asked at "))
        .await;
    assert_never_reloaded(&customer).await;
    windows.show_form(&customer).await;
    customer.waits_for_destination().await;
    customer.leaves_with_the_phone().await;
}

#[tokio::test]
async fn a_number_is_tapped_in_a_second_window() {
    let Some((customer, windows)) = opens_two("number").await else {
        return;
    };
    waits_at_the_form(&customer, &windows, "number").await;
    let number = customer.reads_number().await;
    windows.show_phone(&customer).await;
    customer.reads_until(".prompt h2", is_a_question).await;
    customer.presses(&number).await;
    customer
        .reads_until("#live", |text| text.contains("Approved, asked at "))
        .await;
    assert_never_reloaded(&customer).await;
    windows.show_form(&customer).await;
    customer.waits_for_destination().await;
    customer.leaves_with_the_phone().await;
}

struct Windows {
    form: Window,
    phone: Window,
}

impl Windows {
    async fn show_form(&self, customer: &Customer) {
        let shown = customer.browser.driver.switch_to_window(&self.form);
        shown.await.unwrap();
    }

    async fn show_phone(&self, customer: &Customer) {
        let shown = customer.browser.driver.switch_to_window(&self.phone);
        shown.await.unwrap();
    }
}

/// The form in one window, and a phone with nothing on it in the other, which is in front.
async fn opens_two(login: &str) -> Option<(Customer, Windows)> {
    let customer = Customer::arrives().await?;
    let driver = &customer.browser.driver;
    let form = driver.window().await.unwrap();
    let phone = driver.new_window().await.unwrap();
    let windows = Windows { form, phone };
    windows.show_phone(&customer).await;
    let phone = format!("{}phone/{login}@example.com", customer.world.okta.url());
    customer.goes_to(&phone).await;
    customer
        .reads_until("#live", |text| text == "Nothing has arrived yet.")
        .await;
    // Lost by a reload.
    customer.evaluates("window.isTheSame = true", &[]).await;
    Some((customer, windows))
}

async fn waits_at_the_form(customer: &Customer, windows: &Windows, login: &str) {
    windows.show_form(customer).await;
    customer.gives_password(&format!("{login}@example.com")).await;
    customer.chooses("push").await;
}

fn is_a_question(text: &str) -> bool {
    text == "Did you just try to sign in?"
}

async fn assert_never_reloaded(customer: &Customer) {
    let is_the_same = customer.evaluates("return window.isTheSame === true", &[]).await;
    assert_eq!(is_the_same, true);
}
