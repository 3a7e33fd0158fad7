//! Sends the browser back to the application, in the response mode that it asked for.

use url::form_urlencoded;

use crate::{
    browsers::{ResponseMode, Return},
    okta::hosted::page,
    reply::Reply,
};

impl Return {
    pub(super) fn with_code(&self, code: &str) -> Reply {
        self.answer(&[("code", code)])
    }

    /// Sends the browser back with the error of a refusal.
    pub(super) fn refuse(&self, refusal: &Reply) -> Reply {
        let error = refusal.error_code().unwrap_or_default();
        let description = refusal.description().unwrap_or_default();
        let told = [("error", &*error), ("error_description", &*description)];
        Reply {
            misuse: refusal.misuse,
            ..self.answer(&told).error(&error)
        }
    }

    fn answer(&self, told: &[(&str, &str)]) -> Reply {
        let state = self.state.as_deref().map(|state| ("state", state));
        let fields: Vec<_> = state.into_iter().chain(told.iter().copied()).collect();
        let separator = match self.mode {
            ResponseMode::FormPost => return page::form_post(&self.redirect_uri, &fields),
            ResponseMode::Fragment => '#',
            ResponseMode::Query if self.redirect_uri.contains('?') => '&',
            ResponseMode::Query => '?',
        };
        let fields = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        redirect(302, format!("{}{separator}{fields}", self.redirect_uri))
    }
}

pub(super) fn redirect(status: u16, to: String) -> Reply {
    Reply::empty(status)
        .header("Location", to)
        .header("Cache-Control", "no-cache, no-store")
        .header("Referrer-Policy", "strict-origin")
}
