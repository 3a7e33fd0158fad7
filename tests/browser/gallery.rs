//! Every page in every state: what axe says in light and dark, and how it stands on a narrow screen.

use serde_json::json;

use crate::axe;
use crate::customer::Customer;
use crate::programs;

/// Links to the samples.
const LINKS: &str =
    "return [...document.querySelectorAll('.gallery a')].map((link) => link.pathname)";

/// What does not fit into a narrow window, and what is too small to hit (SC 2.5.8; links within a sentence may be).
const MISFITS: &str = "
    const wide = document.documentElement;
    const misfits = wide.scrollWidth > wide.clientWidth ? [`scrolls sideways to ${wide.scrollWidth} px`] : [];
    for (const target of document.querySelectorAll('a, button, input:not([type=hidden])')) {
        if (!target.checkVisibility() || target.closest('[aria-hidden=true]')) continue;
        const isInText = getComputedStyle(target).display === 'inline'
            && target.parentElement.textContent.trim() !== target.textContent.trim();
        const {width, height} = target.getBoundingClientRect();
        if (!isInText && (width < 24 || height < 24))
            misfits.push(`${target.outerHTML.slice(0, 80)} is ${width} by ${height}`);
    }
    return misfits";

#[tokio::test]
async fn axe_finds_nothing_in_light() {
    axe_finds_nothing("light").await;
}

#[tokio::test]
async fn axe_finds_nothing_in_dark() {
    axe_finds_nothing("dark").await;
}

#[tokio::test]
async fn axe_is_awake() {
    let Some(source) = programs::axe() else {
        return;
    };
    let Some(customer) = Customer::arrives().await else {
        return;
    };
    axe::comes_along(&customer, &source).await;
    customer.opens("/dev/gallery/sign-in").await;
    let spoil = "document.documentElement.removeAttribute('lang');
                 document.querySelector('label').remove()";
    customer.evaluates(spoil, &[]).await;
    let found: Vec<String> = axe::violations(&customer)
        .await
        .iter()
        .map(ToString::to_string)
        .collect();
    for rule in ["html-has-lang at ", "label at "] {
        assert!(found.iter().any(|one| one.starts_with(rule)), "{found:?}");
    }
    customer.leaves().await;
}

#[tokio::test]
async fn everything_fits_a_narrow_screen() {
    let Some(customer) = Customer::arrives().await else {
        return;
    };
    let screen = json!({"width": 320, "height": 640, "deviceScaleFactor": 1, "mobile": false});
    let command = "Emulation.setDeviceMetricsOverride";
    customer.browser.devtools(command, screen).await;
    let mut misfits = Vec::new();
    for sample in samples(&customer).await {
        customer.opens(&sample).await;
        let found = customer.evaluates(MISFITS, &[]).await;
        let found = found.as_array().cloned().unwrap();
        misfits.extend(found.iter().map(|misfit| format!("{sample}: {misfit}")));
    }
    assert!(misfits.is_empty(), "{}", misfits.join("\n"));
    // The waiting samples ask for events of an attempt that there is not.
    customer.leaves_after(&[404]).await;
}

async fn axe_finds_nothing(scheme: &str) {
    let Some(source) = programs::axe() else {
        return;
    };
    let Some(customer) = Customer::arrives().await else {
        return;
    };
    prefers(&customer, scheme).await;
    axe::comes_along(&customer, &source).await;
    let mut violations = Vec::new();
    for sample in samples(&customer).await {
        customer.opens(&sample).await;
        let found = axe::violations(&customer).await;
        violations.extend(
            found
                .iter()
                .map(|violation| format!("{sample}: {violation}")),
        );
    }
    assert!(violations.is_empty(), "{}", violations.join("\n"));
    customer.leaves_after(&[404]).await;
}

/// A scheme of colours, and no motion: what moves is measured at a random moment otherwise.
pub(crate) async fn prefers(customer: &Customer, scheme: &str) {
    let features = json!([
        {"name": "prefers-color-scheme", "value": scheme},
        {"name": "prefers-reduced-motion", "value": "reduce"},
    ]);
    let command = "Emulation.setEmulatedMedia";
    let parameters = json!({"features": features});
    customer.browser.devtools(command, parameters).await;
}

/// The paths of all samples.
async fn samples(customer: &Customer) -> Vec<String> {
    customer.opens("/dev/gallery").await;
    customer.sees("Gallery").await;
    let links = customer.evaluates(LINKS, &[]).await;
    let links: Vec<String> = serde_json::from_value(links).unwrap();
    assert!(links.len() > 50, "only {} samples", links.len());
    links
}
