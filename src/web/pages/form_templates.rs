//! The first form as nearly every visitor sees it, rendered once for each language.

use std::sync::OnceLock;

use maud::Markup;
use portico_views::copy::{self, Words};
use portico_views::{Template, Tokens};

/// The templates, created on first use.
#[derive(Debug)]
pub(in crate::web) struct FormTemplates([OnceLock<Option<Template>>; copy::ALL.len()]);

impl FormTemplates {
    pub(in crate::web) const fn new() -> Self {
        Self([const { OnceLock::new() }; copy::ALL.len()])
    }

    /// The form in this language with these tokens. `draw` renders it from scratch.
    pub(in crate::web) fn filled(
        &self,
        words: &Words,
        tokens: Tokens<'_>,
        draw: impl Fn(Tokens<'_>) -> Markup,
    ) -> String {
        let languages = copy::ALL.iter().zip(&self.0);
        let template = languages
            .filter(|(other, _)| other.lang == words.lang)
            .map(|(_, it)| it)
            .next();
        let template = template.and_then(|template| template.get_or_init(|| Template::new(&draw)).as_ref());
        let Some(template) = template else {
            return draw(tokens).into_string();
        };
        let page = template.fill(tokens);
        debug_assert_eq!(page, draw(tokens).into_string(), "the template is the page");
        page
    }
}
