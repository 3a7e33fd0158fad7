//! The frame around every page, owned while the page is rendered.

use portico_views::copy::{self, Words};
use portico_views::{Brand, Chrome, LanguageLink, Tokens, paths};

use crate::domain::attempt::Stage;
use crate::flow::Outcome;
use crate::web::request_facts::RequestFacts;
use crate::web::site::Site;

/// The data that [`Chrome`] borrows.
#[derive(Debug)]
pub(in crate::web) struct Frame<'a> {
    site: &'a Site,
    brand: Brand<'a>,
    csrf: String,
    attempt: Option<String>,
    return_to: Option<String>,
    signer: Option<String>,
    support_code: &'a str,
    words: &'static Words,
    languages: Vec<(&'static Words, String)>,
}

impl<'a> Frame<'a> {
    /// A frame for a page without an attempt.
    pub(in crate::web) fn plain(site: &'a Site, support_code: &'a str, words: &'static Words) -> Self {
        Self {
            site,
            brand: site.brand(),
            csrf: String::new(),
            attempt: None,
            return_to: None,
            signer: None,
            support_code,
            words,
            languages: Vec::new(),
        }
    }

    /// A frame for a step of an attempt.
    pub(in crate::web) fn of_outcome(
        site: &'a Site,
        facts: &'a RequestFacts,
        tokens: Tokens<'_>,
        outcome: &Outcome,
    ) -> Self {
        let about = &outcome.attempt.facts;
        Self {
            csrf: tokens.csrf.to_owned(),
            attempt: Some(tokens.attempt.to_owned()),
            return_to: Some(tokens.return_to.to_owned()),
            signer: about.login.as_ref().map(|login| login.as_str().to_owned()),
            ..Self::plain(site, &facts.request_id, spoken(facts, outcome))
        }
        .with_languages(outcome)
    }

    /// Offers the other languages on the first page, where nothing is lost by a fresh start.
    fn with_languages(mut self, outcome: &Outcome) -> Self {
        if let (Stage::Start, Some(attempt)) = (&outcome.attempt.stage, &self.attempt) {
            let form = self.site.path(paths::SIGN_IN);
            let address = |words: &Words| format!("{form}?{}={attempt}&ui_locales={}", paths::ATTEMPT, words.lang);
            self.languages = copy::ALL.iter().map(|words| (*words, address(words))).collect();
        }
        self
    }

    /// The language links, borrowed while the page is rendered.
    pub(in crate::web) fn language_links(&self) -> Vec<LanguageLink<'_>> {
        let links = self.languages.iter().map(|(words, url)| LanguageLink {
            tag: words.lang,
            name: words.name,
            url,
            is_current: words.lang == self.words.lang,
        });
        links.collect()
    }

    /// A frame for a page of a session, with the customer's login where it is known.
    pub(in crate::web) fn of_session(
        site: &'a Site,
        facts: &'a RequestFacts,
        csrf: String,
        signer: Option<String>,
    ) -> Self {
        Self {
            csrf,
            signer,
            ..Self::plain(site, &facts.request_id, facts.words)
        }
    }

    pub(in crate::web) fn chrome(&self) -> Chrome<'_> {
        self.chrome_with(&[])
    }

    /// The same with links to other languages.
    pub(in crate::web) fn chrome_with<'b>(&'b self, languages: &'b [LanguageLink<'b>]) -> Chrome<'b> {
        Chrome {
            brand: &self.brand,
            portal: &self.site.brand.portal,
            words: self.words,
            base: &self.site.base,
            assets: &self.site.assets,
            csrf: &self.csrf,
            attempt: self.attempt.as_deref(),
            return_to: self.return_to.as_deref(),
            signer: self.signer.as_deref(),
            support_code: Some(self.support_code).filter(|code| !code.is_empty()),
            languages,
        }
    }
}

/// The language that the URL asks for, else the one that the browser prefers.
pub(in crate::web) fn spoken(facts: &RequestFacts, outcome: &Outcome) -> &'static Words {
    let asked = outcome.attempt.facts.parameters.get().language.as_deref();
    let asked = asked.and_then(copy::find);
    asked.unwrap_or(facts.words)
}
