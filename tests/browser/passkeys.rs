//! Signing in with a passkey that a virtual authenticator holds.

use crate::authenticator::{Verification, plugs_in};
use crate::customer::Customer;
use crate::webdriver::TAB;

/// What the page says when the browser's dialog ends without a passkey.
const CANCELLED: &str = "No passkey was used. You can try again or use another way.";

#[tokio::test]
async fn a_passkey_confirms_a_password() {
    let Some(customer) = Customer::arrives().await else {
        return;
    };
    plugs_in(&customer, "all@example.com", Verification::Passes).await;
    customer.gives_password("all@example.com").await;
    customer.chooses("passkey").await;
    customer.uses_passkey().await;
    customer.waits_for_destination().await;
    customer.leaves().await;
}

#[tokio::test]
async fn a_passkey_needs_no_password() {
    let Some(customer) = Customer::arrives().await else {
        return;
    };
    plugs_in(&customer, "passkey@example.com", Verification::Passes).await;
    customer.gives_name_alone("passkey@example.com").await;
    customer.chooses("passkey").await;
    customer.uses_passkey().await;
    customer.waits_for_destination().await;
    customer.leaves().await;
}

#[tokio::test]
async fn the_passkey_of_someone_else_leads_to_another_way() {
    let Some(customer) = Customer::arrives().await else {
        return;
    };
    // `all@` does not have this passkey. Without one that fits, the browser gives up or its owner cancels.
    plugs_in(&customer, "passkey@example.com", Verification::Passes).await;
    customer.gives_password("all@example.com").await;
    customer.chooses("passkey").await;
    customer.uses_passkey().await;
    goes_another_way_after(&customer, CANCELLED).await;
    customer.leaves().await;
}

/// Okta decides what such a passkey is worth (SEC-140); to the simulated org it is an ordinary second factor.
#[tokio::test]
async fn a_security_key_without_a_pin_confirms_a_password() {
    let Some(customer) = Customer::arrives().await else {
        return;
    };
    plugs_in(&customer, "all@example.com", Verification::Missing).await;
    customer.gives_password("all@example.com").await;
    customer.chooses("passkey").await;
    customer.uses_passkey().await;
    customer.waits_for_destination().await;
    customer.leaves().await;
}

#[tokio::test]
async fn a_passkey_that_does_not_know_its_owner_leads_to_another_way() {
    for verification in [Verification::Fails, Verification::Missing] {
        let Some(customer) = Customer::arrives().await else {
            return;
        };
        plugs_in(&customer, "all@example.com", verification).await;
        customer.gives_password("all@example.com").await;
        customer.chooses("passkey").await;
        customer.sees("Use your passkey").await;
        // As an org's policy may demand; the simulator has no such setting.
        let demand = "const {dataset} = document.querySelector('[data-options]');
             dataset.options = JSON.stringify({...JSON.parse(dataset.options), userVerification: 'required'})";
        customer.evaluates(demand, &[]).await;
        customer.uses_passkey().await;
        goes_another_way_after(&customer, CANCELLED).await;
        customer.leaves().await;
    }
}

/// The relying party is another host, so the browser refuses before it asks the user (SEC-138).
#[tokio::test]
async fn a_passkey_of_another_host_leads_to_another_way() {
    let elsewhere = |org: &mut okta_sim::Settings| "sign-in.example".clone_into(&mut org.rp_id);
    let Some(customer) = Customer::arrives_where(&[], elsewhere).await else {
        return;
    };
    plugs_in(&customer, "all@example.com", Verification::Passes).await;
    customer.gives_password("all@example.com").await;
    customer.chooses("passkey").await;
    customer.uses_passkey().await;
    let says = "Your browser couldn’t use a passkey here. Try again or use another way.";
    goes_another_way_after(&customer, says).await;
    customer.leaves().await;
}

/// Everything but a passkey works without script (SEC-707).
#[tokio::test]
async fn a_passkey_is_offered_with_script_alone() {
    let Some(customer) = Customer::arrives().await else {
        return;
    };
    customer.gives_password("all@example.com").await;
    let ways = ["push", "otp", "passkey", "email", "sms", "voice"];
    assert_eq!(customer.reads_ways().await, ways);
    assert_eq!(tabs_through(&customer).await, ways);
    customer.switches_script_off().await;
    customer.reloads().await;
    let ways = ["push", "otp", "email", "sms", "voice"];
    assert_eq!(customer.reads_ways().await, ways);
    assert_eq!(tabs_through(&customer).await, ways);
    customer.leaves().await;
}

#[tokio::test]
async fn without_script_an_only_passkey_is_explained() {
    let Some(customer) = Customer::arrives_to(&[("SIGN_IN__SECOND", "passkey")]).await else {
        return;
    };
    customer.gives_password("all@example.com").await;
    assert_eq!(customer.reads_ways().await, ["passkey"]);
    assert!(!customer.can_see("main p.scriptless").await);
    customer.switches_script_off().await;
    customer.reloads().await;
    assert!(customer.reads_ways().await.is_empty());
    let says = "Passkeys need JavaScript, and it is off in this browser. Turn it on and load this page again.";
    assert_eq!(customer.reads("main p.scriptless").await, says);
    customer.presses("Not you?").await;
    customer.sees("Sign in").await;
    customer.leaves().await;
}

#[tokio::test]
async fn without_script_a_passkey_is_no_reason_to_offer_more_than_the_password() {
    let Some(customer) = Customer::arrives_to(&[("SIGN_IN__FIRST", "password, passkey")]).await else {
        return;
    };
    customer.opens_sign_in().await;
    let button = "form#sign-in button[formaction]";
    assert!(customer.can_see(button).await);
    customer.switches_script_off().await;
    customer.opens_sign_in().await;
    assert!(!customer.can_see(button).await);
    customer.gives_password("password@example.com").await;
    customer.waits_for_destination().await;
    customer.leaves().await;
}

/// Without script no link leads to this page, but a customer on it can switch script off.
#[tokio::test]
async fn without_script_the_page_says_so_and_offers_another_way() {
    let Some(customer) = Customer::arrives().await else {
        return;
    };
    customer.gives_password("all@example.com").await;
    customer.chooses("passkey").await;
    customer.sees("Use your passkey").await;
    customer.switches_script_off().await;
    customer.reloads().await;
    assert!(!customer.can_see("form[data-enhance=passkey] button").await);
    let says = "Passkeys need JavaScript, and it is off in this browser. Please use another way.";
    goes_another_way_after(&customer, says).await;
    customer.leaves().await;
}

/// Waits until the page says this, and signs in with a code.
async fn goes_another_way_after(customer: &Customer, says: &str) {
    customer.reads_until("[data-state]", |text| text == says).await;
    customer.presses("Use another way").await;
    customer.chooses("otp").await;
    customer.enters_otp("all").await;
    customer.waits_for_destination().await;
}

/// The factors that Tab reaches, once around the page.
async fn tabs_through(customer: &Customer) -> Vec<String> {
    let mut ways = Vec::new();
    for _ in 0..20 {
        customer.keys(TAB.to_string()).await;
        let at = "const {name, value} = document.activeElement; return name === 'factor' ? value : ''";
        let way = customer.evaluates(at, &[]).await;
        let way = way.as_str().unwrap_or_default().to_owned();
        if !way.is_empty() && !ways.contains(&way) {
            ways.push(way);
        }
    }
    ways
}
