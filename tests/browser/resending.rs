//! Having another code sent: the button is disabled at first, and says for how long.

use crate::customer::Customer;

const BUTTON: &str = "form.resend button";

#[tokio::test]
async fn the_button_counts_down_and_then_sends() {
    let Some(customer) = Customer::arrives_to(&[("LIMITS__SEND_COOLDOWN", "8s")]).await else {
        return;
    };
    customer.gives_password("phone@example.com").await;
    customer.chooses("sms").await;
    customer.sees("Enter the code").await;
    let resting = customer.reads(BUTTON).await;
    assert!(resting.starts_with("Send a new code in "), "{resting}");
    assert_eq!(customer.reads_property(BUTTON, "ariaDisabled").await, "true");
    customer.clicks(BUTTON).await;
    customer.reads_until(BUTTON, |text| text == "Send a new code").await;
    assert_eq!(customer.world.phone("phone").texts().len(), 1);
    customer.presses("Send a new code").await;
    let resent = "A new code is on its way. Older ones no longer work.";
    customer.reads_until(".notice", |text| text == resent).await;
    let texts = customer.world.phone("phone").texts();
    assert_eq!(texts.len(), 2);
    customer.enters_code(&texts[0].code).await;
    customer.waits_for_destination().await;
    customer.leaves().await;
}

#[tokio::test]
async fn without_script_a_line_tells_the_time_and_the_server_keeps_it() {
    let Some(customer) = Customer::arrives_without_script().await else {
        return;
    };
    customer.gives_password("phone@example.com").await;
    customer.chooses("sms").await;
    customer.sees("Enter the code").await;
    let hint = customer.reads("#resend-hint").await;
    assert!(hint.starts_with("A new code can be sent "), "{hint}");
    customer.presses("Send a new code").await;
    let problem = customer.reads_problem().await;
    assert_eq!(problem, "Wait a moment before trying again");
    let texts = customer.world.phone("phone").texts();
    assert_eq!(texts.len(), 1);
    customer.enters_code(&texts[0].code).await;
    customer.waits_for_destination().await;
    customer.leaves_after(&[429]).await;
}
