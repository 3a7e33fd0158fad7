//! An answer before it is sent.

use serde_json::{Value, json};

use crate::{ids, misuse::Misuse};

#[derive(Debug)]
pub(crate) enum Body {
    Empty,
    Json(Value),
    Text(&'static str, String),
}

#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) body: Body,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) misuse: Option<Misuse>,
    /// The error code of an answer whose body is not JSON.
    pub(crate) error: Option<Box<str>>,
}

impl Reply {
    pub(crate) fn json(status: u16, body: Value) -> Self {
        Self {
            status,
            body: Body::Json(body),
            headers: Vec::new(),
            misuse: None,
            error: None,
        }
    }

    pub(crate) fn empty(status: u16) -> Self {
        Self {
            status,
            body: Body::Empty,
            headers: Vec::new(),
            misuse: None,
            error: None,
        }
    }

    pub(crate) fn text(status: u16, media_type: &'static str, text: String) -> Self {
        Self {
            status,
            body: Body::Text(media_type, text),
            headers: Vec::new(),
            misuse: None,
            error: None,
        }
    }

    /// `{"error", "error_description"}`.
    pub(crate) fn oauth(status: u16, error: &str, description: impl Into<String>) -> Self {
        Self::json(
            status,
            json!({ "error": error, "error_description": description.into() }),
        )
    }

    /// `{"errorCode", "errorSummary", …}`.
    pub(crate) fn core(status: u16, code: &str, summary: &str) -> Self {
        let body = json!({
            "errorCode": code,
            "errorSummary": summary,
            "errorLink": code,
            "errorId": format!("oae{}", ids::alphanumeric(22)),
            "errorCauses": [],
        });
        Self::json(status, body)
    }

    #[must_use]
    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Marks the request as one that a correct client never sends.
    #[must_use]
    pub(crate) fn misuse(mut self, misuse: Misuse) -> Self {
        self.misuse = Some(misuse);
        self
    }

    #[must_use]
    pub(crate) fn error(mut self, code: &str) -> Self {
        self.error = Some(code.into());
        self
    }

    pub(crate) fn error_code(&self) -> Option<String> {
        let told = self.error.as_deref().map(str::to_owned);
        told.or_else(|| self.member(["error", "errorCode"]))
    }

    /// What went wrong, in words.
    pub(crate) fn description(&self) -> Option<String> {
        self.member(["error_description", "errorSummary"])
    }

    fn member(&self, names: [&str; 2]) -> Option<String> {
        let Body::Json(body) = &self.body else {
            return None;
        };
        let found = names.iter().find_map(|name| body.get(name)?.as_str());
        found.map(str::to_owned)
    }
}
