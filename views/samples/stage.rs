//! The setting of the samples: brands, names and tokens.

use crate::copy::Words;
use crate::{Assets, Brand, Chrome, Contact, LanguageLink, Links, copy};

/// The surroundings of the samples. The pictures are the demo's own, `assets/brand`.
#[derive(Clone, Copy, Debug)]
pub struct Stage<'a> {
    /// The language to show.
    pub words: &'static Words,
    /// Path of the public address.
    pub base: &'a str,
    /// Stylesheets and scripts.
    pub assets: &'a Assets,
    /// Address of `acme.svg`; empty if there is none.
    pub logo: &'a str,
    /// Address of `acme-dark.svg`.
    pub logo_dark: &'a str,
    /// Address of `favicon.svg`.
    pub favicon: &'a str,
}

/// The brand whose pages a sample shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cast {
    /// The demo's brand, with everything.
    Acme,
    /// Everything as long as it gets.
    Long,
    /// Mirrored, with right-to-left names.
    Mirrored,
    /// An emoji in the name, no logo.
    Emoji,
    /// A name and nothing else.
    Bare,
}

/// The choice of languages as it is shown on an English and on a German page.
const LANGUAGES: [[LanguageLink<'_>; 2]; 2] = [languages(true), languages(false)];

const fn languages(is_english: bool) -> [LanguageLink<'static>; 2] {
    [
        LanguageLink {
            tag: "en",
            name: "English",
            url: "/sign-in?ui_locales=en",
            is_current: is_english,
        },
        LanguageLink {
            tag: "de",
            name: "Deutsch",
            url: "/sign-in?ui_locales=de",
            is_current: !is_english,
        },
    ]
}

const DESK: Contact<'_> = Contact {
    name: "the Acme service desk",
    url: Some("mailto:desk@acme.example"),
};

const LINKS: Links<'_> = Links {
    home: Some("https://acme.example"),
    help: Some("https://acme.example/help"),
    privacy: Some("https://acme.example/privacy"),
    reset_password: Some("https://id.acme.example/reset"),
    change_password: Some("https://id.acme.example/password"),
    manage_factors: Some("https://id.acme.example/factors"),
};

impl<'a> Stage<'a> {
    pub(super) fn brand(&self, cast: Cast) -> Brand<'a> {
        let acme = Brand {
            name: "Acme",
            logo: present(self.logo),
            logo_dark: present(self.logo_dark),
            favicon: present(self.favicon),
            contact: Some(DESK),
            links: LINKS,
        };
        let plain = Brand {
            logo: None,
            logo_dark: None,
            ..acme
        };
        match cast {
            Cast::Acme => acme,
            Cast::Long => Brand {
                name: "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesellschaft of Llanfairpwllgwyngyll",
                ..acme
            },
            Cast::Mirrored => Brand {
                name: "شركة أكمي",
                ..plain
            },
            Cast::Emoji => Brand {
                name: "🌈 Bow & Sons 👩‍👩‍👧‍👦",
                ..plain
            },
            Cast::Bare => Brand {
                name: "Nimbus",
                favicon: None,
                contact: None,
                links: Links::default(),
                ..plain
            },
        }
    }

    pub(super) fn chrome<'b>(&self, brand: &'b Brand<'b>, cast: Cast) -> Chrome<'b>
    where
        'a: 'b,
    {
        static MIRRORED: Words = Words {
            direction: copy::Direction::Rtl,
            ..copy::EN
        };
        let is_long = cast == Cast::Long;
        Chrome {
            brand,
            portal: portal(cast),
            words: if cast == Cast::Mirrored { &MIRRORED } else { self.words },
            base: self.base,
            assets: self.assets,
            csrf: "csrf-of-the-sample",
            attempt: Some("attempt-of-the-sample"),
            return_to: Some("https://portal.example.com/orders"),
            signer: Some(if is_long { LONG_NAME } else { "robin@example.com" }),
            support_code: Some("7K3F-Q2ND-4M"),
            languages: match (cast, self.words.lang) {
                (Cast::Bare, _) => &[],
                (_, "en") => &LANGUAGES[0],
                _ => &LANGUAGES[1],
            },
        }
    }
}

/// An installation without pictures passes empty addresses.
fn present(url: &str) -> Option<&str> {
    Some(url).filter(|url| !url.is_empty())
}

fn portal(cast: Cast) -> &'static str {
    match cast {
        Cast::Acme => "Acme Portal",
        Cast::Long => "The Consolidated Supplier, Contractor and Subcontractor Self-Service Portal of Northern Europe",
        Cast::Mirrored => "بوابة أكمي",
        Cast::Emoji => "🌈 Portal",
        Cast::Bare => "Portal",
    }
}

/// More than 80 characters without a place to break.
pub(super) const LONG_NAME: &str =
    "wolfeschlegelsteinhausenbergerdorff.adolph.blaine.charles.david.earl.frederick@subdivision.example.com";
