//! How the dialog looks: in every window size, in every colour scheme, and to axe.

use std::time::Duration;

use serde_json::json;

use super::visit::DIALOG;
use crate::axe;
use crate::customer::Customer;
use crate::emulation::Look;
use crate::programs;

const MINUTE: Duration = Duration::from_mins(1);

/// The parts of it that do not fit.
const MISFITS: &str = "
    const misfits = [], { left, top, right, bottom } = dialog.getBoundingClientRect();
    if (left < 0 || top < 0 || right > innerWidth || bottom > innerHeight) misfits.push('the dialog leaves the window');
    for (const part of [dialog, ...dialog.children]) {
        const { width, height } = part.getBoundingClientRect();
        if (part.scrollWidth > part.clientWidth + 1) misfits.push(`${part.localName} is cut off`);
        if (part.matches('a, button') && (width < 24 || height < 44)) misfits.push(`${part.localName} is ${height} high`);
    }
    return misfits";

#[tokio::test]
async fn it_fits_and_axe_finds_nothing() {
    let Some(source) = programs::axe() else {
        return;
    };
    let Some(customer) = Customer::arrives_at_the_portal(&[("SESSION__ABSOLUTE", "30m")]).await else {
        return;
    };
    axe::comes_along(&customer, &source).await;
    customer.opens_the_german_page().await;
    // The longest of all headings, then another.
    for (by, words) in [(28 * MINUTE, "Diese Sitzung"), (3 * MINUTE, "Sie wurden abgemeldet")] {
        customer.time_passes(by).await;
        customer.waits_for_dialog(words).await;
        for look in [Look::Light, Look::Dark, Look::Forced] {
            customer.prefers(look).await;
            for window in [(320, 640), (568, 320), (1280, 900)] {
                customer.looks_through(window).await;
                let misfits = customer.evaluates(&format!("{DIALOG} {MISFITS}"), &[]).await;
                assert_eq!(misfits, json!([]), "{words} {look:?} {window:?}");
            }
            let found: Vec<String> = axe::violations(&customer)
                .await
                .iter()
                .map(ToString::to_string)
                .collect();
            assert!(found.is_empty(), "{words} {look:?}: {}", found.join("\n"));
        }
    }
    customer.leaves().await;
}
