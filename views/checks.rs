//! Checks of every state of every page, parsed as a browser parses it.

mod assets;
mod copy;
mod documents;
mod escaping;
mod forms;
mod snapshots;

use crate::copy::{ALL, EN, Words};
use crate::samples::{Sample, Stage};
use crate::{Assets, samples};
use scraper::{ElementRef, Html, Selector};

/// Every sample in one language.
fn samples_in(words: &'static Words) -> Vec<Sample> {
    let assets = Assets::new(|file| format!("/assets/{file}"));
    samples::all(&Stage {
        words,
        base: "/auth",
        assets: &assets,
        logo: "/assets/acme.svg",
        logo_dark: "/assets/acme-dark.svg",
        favicon: "/assets/favicon.svg",
    })
}

fn english() -> Vec<Sample> {
    samples_in(&EN)
}

/// Every sample in every language, parsed.
fn documents() -> impl Iterator<Item = (String, Html)> {
    ALL.into_iter().flat_map(|words| {
        let named = move |sample: Sample| (format!("{} {}", words.lang, sample.name), parsed(&sample));
        samples_in(words).into_iter().map(named)
    })
}

fn parsed(sample: &Sample) -> Html {
    Html::parse_document(&sample.html.0)
}

fn all<'a>(document: &'a Html, selector: &str) -> Vec<ElementRef<'a>> {
    document.select(&Selector::parse(selector).unwrap()).collect()
}

fn within<'a>(element: ElementRef<'a>, selector: &str) -> Vec<ElementRef<'a>> {
    element.select(&Selector::parse(selector).unwrap()).collect()
}

fn text(element: ElementRef<'_>) -> String {
    element
        .text()
        .collect::<String>()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

fn title(document: &Html) -> String {
    all(document, "title").into_iter().map(text).collect()
}
