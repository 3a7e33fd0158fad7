use crate::copy::EN;
use crate::{Assets, Brand, Chrome, Factor, Links, SignInMode, SignInPage, sign_in};
use proptest::prelude::*;
use scraper::Html;

use super::all;

/// A page on which the customer, the company and the portal are all called `text`.
fn page(text: &str) -> String {
    let assets = Assets::new(|file| format!("/assets/{file}"));
    let brand = Brand {
        name: text,
        logo: None,
        logo_dark: None,
        favicon: None,
        contact: None,
        links: Links::default(),
    };
    let chrome = Chrome {
        brand: &brand,
        portal: text,
        words: &EN,
        base: "",
        assets: &assets,
        csrf: "csrf",
        attempt: Some(text),
        return_to: Some(text),
        signer: Some(text),
        support_code: None,
        languages: &[],
    };
    let page = |mode| SignInPage {
        chrome: &chrome,
        mode,
        username: text,
        passwordless: &Factor::ALL,
        remember: None,
        is_hosted_offered: true,
        problem: None,
        notice: None,
    };
    sign_in(&page(SignInMode::PasswordFirst)).0 + &sign_in(&page(SignInMode::NameFirst)).0
}

fn check(text: &str) -> Result<(), TestCaseError> {
    let harmless = all(&Html::parse_document(&page("x")), "*").len();
    let document = Html::parse_document(&page(text));
    // A name that does not begin with a letter has no monogram.
    let found = all(&document, "*:not(.monogram)").len();
    prop_assert!(
        found == harmless || found + 2 == harmless,
        "{found} elements instead of {harmless}"
    );
    for input in all(&document, "[name=username], [name=attempt]") {
        prop_assert_eq!(input.value().attr("value"), Some(text));
    }
    Ok(())
}

proptest! {
    /// Leaves out carriage returns and NUL, which HTML parsers replace.
    #[test]
    fn no_text_becomes_markup(text in "[^\r\0]{0,60}") {
        check(&text)?;
    }

    #[test]
    fn no_markup_becomes_markup(text in "[<>\"'&/=a-z ;!-]{0,40}") {
        check(&text)?;
    }
}

#[test]
fn common_injections_stay_text() {
    for text in [
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "</title><svg onload=x>",
        "' autofocus onfocus='x",
    ] {
        check(text).unwrap();
    }
}
