//! The frame around every page, owned for as long as the page is drawn.

use portico_views::copy::Words;
use portico_views::{Brand, Chrome};

use super::guest::Guest;
use super::site::Site;
use crate::domain::ids::Place;
use crate::flow::Turn;

/// What [`Chrome`] borrows.
#[derive(Debug)]
pub(super) struct Frame<'a> {
    site: &'a Site,
    brand: Brand<'a>,
    csrf: String,
    attempt: Option<String>,
    signer: Option<String>,
    support_code: &'a str,
    words: &'static Words,
}

impl<'a> Frame<'a> {
    /// A frame for a page that belongs to no attempt.
    pub(super) fn plain(site: &'a Site, support_code: &'a str, words: &'static Words) -> Self {
        Self {
            site,
            brand: site.brand(),
            csrf: String::new(),
            attempt: None,
            signer: None,
            support_code,
            words,
        }
    }

    /// A frame for a step of an attempt.
    pub(super) fn of_turn(site: &'a Site, guest: &'a Guest, csrf: String, turn: &Turn) -> Self {
        let facts = &turn.attempt.facts;
        let place = Place {
            tab: turn.tab.clone(),
            serial: facts.serial,
        };
        Self {
            csrf,
            attempt: Some(place.to_string()),
            signer: facts.login.as_ref().map(|login| login.as_str().to_owned()),
            ..Self::plain(site, &guest.request_id, guest.words)
        }
    }

    /// A frame for a page of a session.
    pub(super) fn of_session(
        site: &'a Site,
        guest: &'a Guest,
        csrf: String,
        signer: String,
    ) -> Self {
        Self {
            csrf,
            signer: Some(signer),
            ..Self::plain(site, &guest.request_id, guest.words)
        }
    }

    pub(super) fn chrome(&self) -> Chrome<'_> {
        Chrome {
            brand: &self.brand,
            portal: &self.site.brand.portal,
            words: self.words,
            base: &self.site.base,
            assets: &self.site.assets,
            csrf: &self.csrf,
            attempt: self.attempt.as_deref(),
            signer: self.signer.as_deref(),
            support_code: Some(self.support_code).filter(|code| !code.is_empty()),
            languages: &[],
        }
    }
}
