//! The document around every page: head, card with the brand, foot.

use maud::{DOCTYPE, Markup, html};

use super::{field, icon};
use crate::{Brand, Chrome, Script, paths};

/// What a page passes to [`Layout::page`].
#[derive(Debug)]
pub(crate) struct Layout<'a> {
    pub(crate) chrome: &'a Chrome<'a>,
    /// The step's own name; the portal's is added.
    pub(crate) title: &'a str,
    /// Whether something went wrong, which the title then says first.
    pub(crate) is_error: bool,
    /// What the page needs besides [`Script::Refresh`] and [`Script::SubmitOnce`].
    pub(crate) scripts: &'a [Script],
    /// Whether the card is the wide one, for lists.
    pub(crate) is_wide: bool,
}

impl Layout<'_> {
    /// The whole document.
    pub(crate) fn page(&self, main: &Markup) -> Markup {
        let chrome = self.chrome;
        let words = chrome.words;
        html! {
            (DOCTYPE)
            html lang=(words.lang) dir=(words.direction.value()) {
                (self.head())
                body {
                    div.page {
                        div.card.card-wide[self.is_wide] {
                            header.masthead { (brand(chrome.brand)) }
                            main { (main) }
                        }
                        (foot(chrome))
                    }
                }
            }
        }
    }

    fn head(&self) -> Markup {
        let chrome = self.chrome;
        let title = format!("{} – {}", self.title, chrome.portal);
        html! {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title {
                    @if self.is_error { ((chrome.words.shared.error_title)(&title)) } @else { (title) }
                }
                meta name="color-scheme" content="light dark";
                meta name="robots" content="noindex";
                link rel="stylesheet" href=(chrome.assets.stylesheet());
                link rel="stylesheet" href=(chrome.assets.brand_stylesheet());
                @if let Some(favicon) = chrome.brand.favicon { link rel="icon" href=(favicon); }
                @for script in [Script::Refresh, Script::SubmitOnce].iter().chain(self.scripts) {
                    script type="module" src=(chrome.assets.script(*script)) {}
                }
            }
        }
    }
}

/// Logo and name, linked to the home page if there is one.
fn brand(brand: &Brand<'_>) -> Markup {
    let inside = html! {
        (logo(brand))
        span.brand-name { (brand.name) }
    };
    html! {
        @match brand.links.home {
            Some(home) => a.brand href=(home) { (inside) },
            None => div.brand { (inside) },
        }
    }
}

/// The picture says nothing that the name beside it does not, hence the empty alternative text.
fn logo(brand: &Brand<'_>) -> Markup {
    html! {
        @match brand.logo {
            Some(logo) => picture.logo {
                @if let Some(dark) = brand.logo_dark {
                    source media="(prefers-color-scheme: dark)" srcset=(dark);
                }
                img src=(logo) alt="" width="32" height="32";
            },
            None => @if let Some(letter) = brand.name.chars().next().filter(|letter| letter.is_alphanumeric()) {
                span.monogram aria-hidden="true" { (letter) }
            }
        }
    }
}

fn foot(chrome: &Chrome<'_>) -> Markup {
    let words = &chrome.words.shared;
    let links = &chrome.brand.links;
    html! {
        footer.foot {
            @if let Some(help) = links.help { a href=(help) { (words.help) } }
            @if let Some(privacy) = links.privacy { a href=(privacy) { (words.privacy) } }
            @if chrome.languages.len() > 1 {
                nav.languages aria-label=(words.languages) {
                    @for language in chrome.languages {
                        a href=(language.url) lang=(language.tag) hreflang=(language.tag)
                            aria-current=[language.is_current.then_some("true")] { (language.name) }
                    }
                }
            }
        }
    }
}

/// Heading and the line under it.
pub(crate) fn heading(title: &str, below: &str) -> Markup {
    html! {
        div.heading {
            h1 { (title) }
            @if !below.is_empty() { p.lead { (below) } }
        }
    }
}

/// The same in the middle, above a picture.
pub(crate) fn heading_centred(title: &str, below: &str) -> Markup {
    html! {
        div.heading.heading-centred {
            h1 { (title) }
            p.lead { (below) }
        }
    }
}

/// Who is signing in, and the button to start again.
pub(crate) fn signer(chrome: &Chrome<'_>) -> Markup {
    let words = &chrome.words.shared;
    html! {
        form.signer method="post" action=(chrome.path(paths::RESTART)) data-enhance="submit-once" {
            (chrome.tokens())
            @if let Some(signer) = chrome.signer {
                span.unseen { (words.signing_in_as) " " }
                bdi translate="no" { (signer) }
                (dot())
                button.link type="submit" { (words.not_you) }
            } @else {
                button.link type="submit" { (words.start_again) }
            }
        }
    }
}

/// A space between two things on a line, drawn as a dot; gone where the line ends.
pub(crate) fn dot() -> Markup {
    html! { span.dot { " " } }
}

/// "Use another way", as wide as the button above it.
pub(crate) fn another_way(chrome: &Chrome<'_>, is_offered: bool, is_main: bool) -> Markup {
    html! {
        @if is_offered {
            a.button.button-quiet[!is_main] href=(chrome.step(paths::FACTOR)) { (chrome.words.shared.another_way) }
        }
    }
}

/// The hidden fields of a form that no longer asks for the customer's name.
pub(crate) fn step_fields(chrome: &Chrome<'_>) -> Markup {
    html! {
        (chrome.tokens())
        (field::signer_field(chrome.signer))
    }
}

/// A picture in a tinted square, under a centred heading. It says nothing that the heading does not.
pub(crate) fn emblem(icon: icon::Icon) -> Markup {
    html! { div.emblem { (icon.draw()) } }
}
