use crate::{Factor, paths};

use super::{all, documents, english, parsed, within};

#[test]
fn every_form_posts_to_us_with_its_tokens() {
    for (name, document) in documents() {
        for form in all(&document, "form") {
            assert_eq!(form.value().attr("method"), Some("post"), "{name}");
            let action = form.value().attr("action").unwrap();
            assert!(action.starts_with("/auth/"), "{name}: {action}");
            assert_eq!(
                within(form, "input[type=hidden][name=csrf]").len(),
                1,
                "{name}: {action}"
            );
            let attempts = within(form, "input[type=hidden][name=attempt]").len();
            assert_eq!(attempts, 1, "{name}: {action}");
            let aims = within(form, "input[type=hidden][name=return_to]").len();
            assert_eq!(aims, 1, "{name}: {action}");
            assert!(!within(form, "button[type=submit]").is_empty(), "{name}: {action}");
        }
    }
}

#[test]
fn every_field_has_a_label_and_every_mistake_is_tied_to_it() {
    for (name, document) in documents() {
        for input in all(&document, "input:not([type=hidden]):not([aria-hidden])") {
            let id = input.value().attr("id").unwrap();
            assert_eq!(all(&document, &format!("label[for={id}]")).len(), 1, "{name}: {id}");
            let is_typed = input.value().attr("type") != Some("checkbox");
            assert!(
                !is_typed || input.value().attr("autocomplete").is_some(),
                "{name}: {id}"
            );
            assert!(input.value().attr("placeholder").is_none(), "{name}: {id}");
            let is_wrong = !all(&document, &format!("#{id}-error")).is_empty();
            let described_by = input.value().attr("aria-describedby").unwrap_or_default();
            assert_eq!(is_wrong, described_by == format!("{id}-error"), "{name}: {id}");
            assert!(
                !is_wrong || input.value().attr("aria-invalid") == Some("true"),
                "{name}: {id}"
            );
        }
        assert!(all(&document, "[autofocus]").len() <= 1, "{name}");
    }
}

#[test]
fn secrets_are_asked_for_and_never_filled_in() {
    for (name, document) in documents() {
        for input in all(&document, "[name=password], [name=code]") {
            for forbidden in ["value", "maxlength", "pattern", "minlength"] {
                assert!(input.value().attr(forbidden).is_none(), "{name}: {forbidden}");
            }
        }
    }
}

#[test]
fn fields_are_what_password_managers_look_for() {
    let expected = [
        ("sign-in", "username", "username webauthn"),
        ("sign-in", "password", "current-password"),
        ("code-otp", "code", "one-time-code"),
        ("code-otp", "username", "username"),
    ];
    for (page, field, autocomplete) in expected {
        let sample = english().into_iter().find(|sample| sample.name == page).unwrap();
        let document = parsed(&sample);
        let found = all(&document, &format!("form input[name={field}]"));
        assert_eq!(
            found.first().unwrap().value().attr("autocomplete"),
            Some(autocomplete),
            "{page}: {field}"
        );
    }
}

#[test]
fn sec_122_a_password_may_be_pasted_and_have_any_length() {
    for sample in english() {
        let document = parsed(&sample);
        for field in all(&document, "input[name=password]") {
            let has = |name: &str| field.value().attr(name).is_some();
            assert_eq!(field.value().attr("type"), Some("password"), "{}", sample.name);
            let bounds = ["maxlength", "pattern", "readonly", "onpaste", "ondrop"];
            assert!(!bounds.into_iter().any(has), "{}", sample.name);
        }
    }
}

#[test]
fn the_name_goes_along_to_the_other_ways_without_script() {
    let sample = english()
        .into_iter()
        .find(|sample| sample.name == "sign-in-filled")
        .unwrap();
    let document = parsed(&sample);
    let action = format!("/auth{}", paths::FACTOR);
    let button = all(
        &document,
        &format!("form:has([name=username]) button[formaction='{action}'][formnovalidate]"),
    );
    assert_eq!(button.len(), 1);
    let first = all(&document, "form#sign-in button[type=submit]");
    assert!(
        first.first().unwrap().value().attr("formaction").is_none(),
        "return must sign in"
    );
}

#[test]
fn the_way_used_last_comes_first_and_the_others_keep_their_order() {
    let sample = english().into_iter().find(|sample| sample.name == "factor").unwrap();
    let document = parsed(&sample);
    let values: Vec<_> = all(&document, "button[name=factor]")
        .iter()
        .filter_map(|way| way.value().attr("value"))
        .collect();
    assert_eq!(values, ["otp", "sms", "voice", "push", "email", "passkey", "password"]);
    assert_eq!(Factor::ALL.len(), values.len());
}

#[test]
fn a_passkey_button_waits_for_script() {
    let sample = english().into_iter().find(|sample| sample.name == "passkey").unwrap();
    let document = parsed(&sample);
    assert_eq!(all(&document, "form[data-enhance=passkey] button[hidden]").len(), 1);
    for name in ["authenticator_data", "client_data", "signature", "user_handle"] {
        assert_eq!(
            all(&document, &format!("input[type=hidden][name={name}]")).len(),
            1,
            "{name}"
        );
    }
}
