//! Where the system's few colours take the place of ours, no information is in colour alone (SEC-709).

use crate::customer::Customer;
use crate::emulation::Look;

/// What must be visible, in which sample, and a script that says whether it is.
const MARKS: [(&str, &str, &str); 7] = [
    (
        "a wrong field",
        "code-wrong",
        "return style('.is-wrong .input').borderTopWidth === '3px'",
    ),
    (
        "any other field",
        "code-sms",
        "return style('.input').borderTopWidth === '1px'",
    ),
    (
        "what went wrong",
        "sign-in-mismatch",
        "const {borderTopWidth, borderTopColor} = style('.summary');
         return borderTopWidth === '3px' && borderTopColor !== canvas",
    ),
    (
        "the way used last",
        "factor",
        "const {borderTopStyle, borderTopColor} = style('.badge');
         return borderTopStyle === 'solid' && borderTopColor !== canvas",
    ),
    (
        "the language that is spoken",
        "sign-in",
        "return style('.languages [aria-current]').textDecorationLine === 'none'
            && style('.languages a:not([aria-current])').textDecorationLine === 'underline'",
    ),
    (
        "the first of several buttons",
        "push-denied",
        "return style('main .button:not(.button-quiet)').borderTopWidth === '2px'
            && style('main .button-quiet').borderTopWidth === '1px'",
    ),
    (
        "a button that rests",
        "push",
        "const resting = style('.button[aria-disabled=true]'), other = style('.button:not([aria-disabled])');
         return resting.color !== other.color && resting.borderTopColor === resting.color",
    ),
];

/// Functions for the scripts of [`MARKS`].
const WORDS: &str = "const style = (selector) => getComputedStyle(document.querySelector(selector));
    const canvas = style(':root').backgroundColor;";

/// Whether the focused element has a ring outside its edge, in another colour than the page.
const RING: &str = "const ring = style(':focus');
    return ring.outlineStyle === 'solid' && ring.outlineColor !== canvas
        && parseFloat(ring.outlineWidth) >= 3 && Math.abs(parseFloat(ring.outlineOffset)) >= 2";

#[tokio::test]
async fn what_colours_tell_is_told_without_them() {
    let Some(customer) = arrives().await else {
        return;
    };
    for (what, sample, script) in MARKS {
        customer.opens(&format!("/dev/gallery/{sample}")).await;
        assert_true_in_page(&customer, what, script).await;
    }
    customer.leaves_after(&[404]).await;
}

#[tokio::test]
async fn the_focus_is_seen_without_our_colours() {
    let Some(customer) = arrives().await else {
        return;
    };
    for (sample, stop) in [
        ("sign-in", "input[name=password]"),
        ("sign-in", ".reveal"),
        ("sign-in", "#sign-in .button"),
        ("sign-in", ".languages a:last-child"),
        ("factor", "button[value=passkey]"),
        ("push", "main a.button"),
    ] {
        customer.opens(&format!("/dev/gallery/{sample}")).await;
        customer.tabs_to(stop).await;
        assert_true_in_page(&customer, stop, RING).await;
    }
    customer.opens("/dev/gallery/sign-in-mismatch").await;
    let has_focus = "return document.activeElement.matches('.summary')";
    customer.waits_until("the summary's focus", has_focus).await;
    assert_true_in_page(&customer, "the summary", RING).await;
    customer.leaves_after(&[404]).await;
}

/// A customer whose system has a contrast theme.
async fn arrives() -> Option<Customer> {
    let customer = Customer::arrives().await?;
    customer.prefers(Look::Forced).await;
    customer.opens_sign_in().await;
    let is_forced = "return matchMedia('(forced-colors: active)').matches";
    assert_true_in_page(&customer, "the theme", is_forced).await;
    Some(customer)
}

async fn assert_true_in_page(customer: &Customer, what: &str, script: &str) {
    let is_so = customer.evaluates(&format!("{WORDS} {script}"), &[]).await;
    assert_eq!(is_so, true, "{what} cannot be told");
}
