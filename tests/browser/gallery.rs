//! Every page in every state: what axe says (SEC-709, SEC-723).

use crate::axe;
use crate::customer::Customer;
use crate::emulation::Look;
use crate::programs;

/// Links to the samples.
const LINKS: &str = "return [...document.querySelectorAll('.gallery a')].map((link) => link.pathname)";

// No rule depends on both words and colours, so that not every language is checked in every look.

#[tokio::test]
async fn axe_finds_nothing_in_english() {
    axe_finds_nothing([Look::Light, Look::Dark], "en").await;
}

#[tokio::test]
async fn axe_finds_nothing_in_german() {
    axe_finds_nothing([Look::Light, Look::Forced], "de").await;
}

#[tokio::test]
async fn axe_finds_what_is_broken_on_purpose() {
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

async fn axe_finds_nothing(looks: [Look; 2], language: &str) {
    let Some(source) = programs::axe() else {
        return;
    };
    let Some(customer) = Customer::arrives().await else {
        return;
    };
    customer.speaks(language).await;
    axe::comes_along(&customer, &source).await;
    customer.opens("/dev/gallery/sign-in").await;
    let lang = customer.evaluates("return document.documentElement.lang", &[]);
    assert_eq!(lang.await, language);
    let mut violations = Vec::new();
    for sample in samples(&customer).await {
        customer.opens(&sample).await;
        for look in looks {
            customer.prefers(look).await;
            let found = axe::violations(&customer).await;
            violations.extend(
                found
                    .iter()
                    .map(|violation| format!("{sample} in {}: {violation}", look.name())),
            );
        }
    }
    assert!(violations.is_empty(), "{}", violations.join("\n"));
    customer.leaves_after(&[404]).await;
}

/// The paths of all samples.
pub(crate) async fn samples(customer: &Customer) -> Vec<String> {
    customer.opens("/dev/gallery").await;
    customer.sees("Gallery").await;
    let links = customer.evaluates(LINKS, &[]).await;
    let links: Vec<String> = serde_json::from_value(links).unwrap();
    assert!(links.len() > 50, "only {} samples", links.len());
    links
}
