//! Every factor but the passkey, with script and without.

use crate::customer::{CHOICES, Customer};

/// Declares each test twice: the same steps with script on and with script off.
macro_rules! both {
    ($($name:ident => $steps:path),* $(,)?) => {
        mod with_script {
            $(#[tokio::test]
            async fn $name() {
                let Some(customer) = super::Customer::arrives().await else { return };
                super::ends_well($steps(&customer, true).await, customer).await;
            })*
        }

        mod without_script {
            $(#[tokio::test]
            async fn $name() {
                let Some(customer) = super::Customer::arrives_without_script().await else { return };
                super::ends_well($steps(&customer, false).await, customer).await;
            })*
        }
    };
}

both! {
    a_password_is_enough => super::password,
    a_code_from_the_app => super::otp,
    a_code_by_text => super::sms,
    a_code_by_call => super::voice,
    a_code_by_email => super::email,
    an_approved_push => super::push,
    the_right_number => super::right_number,
    the_wrong_number_is_a_refusal => super::wrong_number,
    no_password_but_a_code => super::passwordless_otp,
    no_password_but_a_push => super::passwordless_push,
    no_password_but_an_email => super::passwordless_email,
    no_password_but_a_text => super::passwordless_sms,
    no_password_but_a_call => super::passwordless_voice,
}

/// How a sign-in must end.
enum End {
    AtTheDestination,
    /// On a page of ours that answered a post with this status.
    Refused(u16),
}

async fn ends_well(end: End, customer: Customer) {
    match end {
        End::AtTheDestination => {
            customer.waits_for_destination().await;
            customer.leaves().await;
        }
        End::Refused(status) => customer.leaves_after(&[status]).await,
    }
}

async fn password(customer: &Customer, _: bool) -> End {
    customer.gives_password("password@example.com").await;
    End::AtTheDestination
}

async fn otp(customer: &Customer, _: bool) -> End {
    customer.gives_password("otp@example.com").await;
    customer.chooses("otp").await;
    customer.enters_otp("otp").await;
    End::AtTheDestination
}

async fn sms(customer: &Customer, _: bool) -> End {
    customer.gives_password("phone@example.com").await;
    customer.chooses("sms").await;
    enters_texted_code(customer).await;
    End::AtTheDestination
}

async fn voice(customer: &Customer, _: bool) -> End {
    customer.gives_password("phone@example.com").await;
    customer.chooses("voice").await;
    enters_called_code(customer).await;
    End::AtTheDestination
}

async fn email(customer: &Customer, _: bool) -> End {
    customer.gives_password("email@example.com").await;
    customer.chooses("email").await;
    enters_emailed_code(customer, "email").await;
    End::AtTheDestination
}

async fn push(customer: &Customer, has_script: bool) -> End {
    customer.gives_password("push@example.com").await;
    customer.chooses("push").await;
    approves(customer, "push", has_script).await;
    End::AtTheDestination
}

async fn right_number(customer: &Customer, has_script: bool) -> End {
    let number = waits_with_a_number(customer).await;
    let prompt = customer.world.prompt("number").await;
    assert!(prompt.numbers.contains(&number), "{number} is not offered");
    let phone = customer.world.phone("number");
    phone.tap(&prompt.id, &number).unwrap();
    if !has_script {
        customer.presses("I have approved it").await;
    }
    End::AtTheDestination
}

async fn wrong_number(customer: &Customer, has_script: bool) -> End {
    let number = waits_with_a_number(customer).await;
    let prompt = customer.world.prompt("number").await;
    let wrong = prompt.numbers.iter().find(|other| **other != number);
    let phone = customer.world.phone("number");
    phone.tap(&prompt.id, wrong.unwrap()).unwrap();
    if !has_script {
        customer.presses("I have approved it").await;
    }
    let problem = customer.reads_problem().await;
    assert_eq!(problem, "You declined the request on your phone");
    customer.presses("Use another way").await;
    customer.sees(CHOICES).await;
    End::Refused(403)
}

async fn passwordless_otp(customer: &Customer, _: bool) -> End {
    customer.gives_name_alone("passwordless@example.com").await;
    customer.chooses("otp").await;
    customer.enters_otp("passwordless").await;
    End::AtTheDestination
}

async fn passwordless_push(customer: &Customer, has_script: bool) -> End {
    customer.gives_name_alone("passwordless@example.com").await;
    customer.chooses("push").await;
    approves(customer, "passwordless", has_script).await;
    End::AtTheDestination
}

async fn passwordless_email(customer: &Customer, _: bool) -> End {
    customer.gives_name_alone("passwordless@example.com").await;
    customer.chooses("email").await;
    enters_emailed_code(customer, "passwordless").await;
    End::AtTheDestination
}

async fn passwordless_sms(customer: &Customer, _: bool) -> End {
    customer.gives_name_alone("phone@example.com").await;
    customer.chooses("sms").await;
    enters_texted_code(customer).await;
    End::AtTheDestination
}

async fn passwordless_voice(customer: &Customer, _: bool) -> End {
    customer.gives_name_alone("phone@example.com").await;
    customer.chooses("voice").await;
    enters_called_code(customer).await;
    End::AtTheDestination
}

async fn enters_texted_code(customer: &Customer) {
    customer.sees("Enter the code").await;
    let texts = customer.world.phone("phone").texts();
    customer.enters_code(&texts[0].code).await;
}

async fn enters_called_code(customer: &Customer) {
    customer.sees("Enter the code").await;
    let calls = customer.world.phone("phone").calls();
    customer.enters_code(&calls[0].code).await;
}

async fn enters_emailed_code(customer: &Customer, login: &str) {
    customer.sees("Enter the code").await;
    let emails = customer.world.phone(login).emails();
    customer.enters_code(&emails[0].code).await;
}

/// Approves on the phone: with script the page goes on by itself, without it the customer presses the button.
async fn approves(customer: &Customer, login: &str, has_script: bool) {
    customer.sees("Check your phone").await;
    let is_seen = customer.can_see("form.scriptless button").await;
    assert_eq!(is_seen, !has_script);
    let prompt = customer.world.prompt(login).await;
    customer.world.phone(login).approve(&prompt.id).unwrap();
    if !has_script {
        customer.presses("I have approved it").await;
    }
}

async fn waits_with_a_number(customer: &Customer) -> String {
    customer.gives_password("number@example.com").await;
    customer.chooses("push").await;
    customer.reads_number().await
}
