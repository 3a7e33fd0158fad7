//! Which posts of the sign-in pages may act.

use super::error::WebError;
use super::request_context::RequestContext;
use super::request_facts::Known;
use crate::domain::ids::{FormReference, Press};
use crate::domain::input::Login;
use crate::domain::problem::Problem;
use crate::flow::{FlowError, Posted, Visitor};

/// What every form carries beside its own fields.
#[derive(Debug, Default, serde::Deserialize)]
pub(super) struct FormTokens {
    #[serde(default)]
    pub(super) csrf: String,
    #[serde(default)]
    pub(super) attempt: String,
    /// The attempt's destination; used only when the attempt is no longer known.
    pub(super) return_to: Option<String>,
    /// A random value of the page's script, which no other client has; `None` without script.
    pub(super) nonce: Option<String>,
}

/// The fields that were filled in. They tell one press of a page's button from another.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Filled<'a> {
    /// Fields that others may know.
    pub(super) plain: &'a [&'a str],
    /// A field that nobody else knows: a password, a code, a signature.
    pub(super) secret: &'a str,
}

/// Fields of a first form that a fresh one keeps.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Typed<'a> {
    pub(super) username: Option<&'a str>,
    /// "Keep me signed in".
    pub(super) remember: bool,
}

/// A post that may act.
#[derive(Debug)]
pub(super) struct Admitted {
    pub(super) visitor: Visitor,
    pub(super) form_ref: FormReference,
    /// Whether the browser needs its visit cookie.
    pub(super) is_new: bool,
}

/// Why the handler of a post has no answer.
#[derive(Debug)]
pub(super) enum PostError {
    /// Its form is no longer good: the customer gets a fresh one.
    Stale(Box<StaleForm>),
    /// A failure that belongs to no page.
    Failed(WebError),
}

/// A form of ours that was left open too long, or whose cookie did not come along, with what a fresh one keeps of it.
#[derive(Debug)]
pub(super) struct StaleForm {
    pub(super) known: Known,
    /// What the customer is told.
    pub(super) problem: Problem,
    pub(super) return_to: Option<String>,
    pub(super) login: Option<Login>,
    pub(super) remember: bool,
}

impl From<WebError> for PostError {
    fn from(error: WebError) -> Self {
        Self::Failed(error)
    }
}

impl From<FlowError> for PostError {
    fn from(error: FlowError) -> Self {
        Self::Failed(error.into())
    }
}

impl RequestContext {
    /// Lets a post of a sign-in page act when it comes from our page, from the browser that the page was made for, with
    /// the page's own token. A form of ours whose token is no longer good is a [`StaleForm`].
    pub(super) async fn admit(
        &self,
        tokens: &FormTokens,
        typed: Option<Typed<'_>>,
        filled: Filled<'_>,
    ) -> Result<Admitted, PostError> {
        self.same_origin()?;
        if self.has_secret_in_query {
            return Err(WebError::Unreadable.into());
        }
        let sender = match self.facts.sender(&self.flow, &tokens.csrf) {
            Some((known, made)) if self.flow.takes(&known.visitor.visit, made).await? => Some((known, made)),
            _ => None,
        };
        let Some((known, made)) = sender else {
            let known = self.facts.known(&self.flow, None).await?;
            let stale = self.stale(known, tokens, typed.unwrap_or_default());
            return Err(PostError::Stale(Box::new(stale)));
        };
        let mut visitor = Visitor {
            posted: Some(Box::new(Posted {
                press: self.press(&known.visitor, tokens, filled),
                made,
                bound_for: tokens.return_to.clone(),
            })),
            ..known.visitor
        };
        let is_new = known.is_new;
        let form_ref = match FormReference::parse(&tokens.attempt) {
            Some(form_ref) => form_ref,
            None => match self.flow.opened_form(&visitor.visit, &tokens.attempt) {
                Some(opened) => {
                    let form_ref = opened.form_ref();
                    visitor.opened = Some(Box::new(opened));
                    form_ref
                }
                // Scripts that know only the contract's fields mean the form whose token they send,
                None if typed.is_some_and(|typed| typed.username.is_some()) => self.flow.form_of_page(&tokens.csrf),
                // and later the attempt that they are at.
                None => self.flow.newest(&visitor).await?,
            },
        };
        Ok(Admitted {
            visitor,
            form_ref,
            is_new,
        })
    }

    fn stale(&self, known: Known, tokens: &FormTokens, typed: Typed<'_>) -> StaleForm {
        let problem = match typed.username {
            Some(_) if self.has_lost_its_cookie(&tokens.csrf) => Problem::CookieNotKept,
            Some(_) => Problem::OpenTooLong,
            None if tokens.return_to.is_some() => Problem::StartAgain,
            None => Problem::Forgotten,
        };
        StaleForm {
            known,
            problem,
            return_to: tokens.return_to.clone(),
            login: typed.username.and_then(|name| Login::parse(name).ok()),
            remember: typed.remember,
        }
    }

    /// Whether a page that says it is new came without the cookie that comes with every new page.
    fn has_lost_its_cookie(&self, token: &str) -> bool {
        self.facts.shows_no_visit() && self.flow.says_it_is_new(token)
    }

    /// Identifies a press of a page's button. An attacker may have copied everything in the page; so where no secret
    /// was filled in, the script's nonce tells whose press it is, and without script where it came from.
    fn press(&self, visitor: &Visitor, tokens: &FormTokens, filled: Filled<'_>) -> Option<Press> {
        let address = visitor.address.to_string();
        let browser = visitor.user_agent.as_deref().unwrap_or_default();
        let nonce = tokens.nonce.as_deref().filter(|nonce| !nonce.is_empty());
        // With its kind, so that text typed into one form never passes for the identifier of another press.
        let (kind, own): (&str, &[&str]) = match (filled.secret, nonce) {
            ("", Some(nonce)) => ("nonce", &[nonce]),
            ("", None) => ("address", &[&address, browser]),
            (secret, _) => ("secret", &[secret]),
        };
        let parts: Vec<&[u8]> = [kind, tokens.attempt.as_str()]
            .iter()
            .chain(filled.plain)
            .chain(own)
            .map(|part| part.as_bytes())
            .collect();
        self.flow.secrets().csrf.press(&visitor.visit, &tokens.csrf, &parts)
    }
}
