//! `/sign-in`: the form.

use std::time::Duration;

use actix_web::cookie::Cookie;
use actix_web::http::uri::PathAndQuery;
use actix_web::{HttpRequest, HttpResponse, web};
use jiff::Timestamp;
use portico_views::{SignInNotice, copy, paths};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;

use super::account::AccountSession;
use super::posted_form::PostedForm;
use super::reply::Reply;
use super::show_attempt;
use super::show_attempt::AtQuery;
use super::step_pages::BadFields;
use super::{account, fresh_form, redirect_loop, several_sessions};
use crate::domain::assurance::Wanted;
use crate::domain::attempt::Parameters;
use crate::domain::ids::Tab;
use crate::domain::input::{Login, Password};
use crate::flow::{Ask, FirstForm, NoSessionReason, ReturnState, SessionKey, Visitor};
use crate::web::admission::{Admitted, Filled, FormTokens, PostError, Typed};
use crate::web::error::WebError;
use crate::web::forward_auth::cross_host;
use crate::web::request_context::RequestContext;
use crate::web::request_facts::Known;

/// The query of the form.
#[derive(Debug, Deserialize)]
pub(in crate::web) struct SignInQuery {
    /// Other gateways call it `rd`.
    #[serde(alias = "rd")]
    return_to: Option<String>,
    /// The return state, sealed by forward-auth; it contains the destination and more.
    to: Option<String>,
    login_hint: Option<String>,
    acr_values: Option<String>,
    /// Seconds, as in OpenID Connect.
    max_age: Option<u32>,
    ui_locales: Option<String>,
    /// `login`: ask again although signed in (as in OpenID Connect).
    prompt: Option<String>,
    #[serde(flatten)]
    at: AtQuery,
}

/// The fields of the form.
#[derive(Debug, Deserialize)]
pub(in crate::web) struct SignInForm {
    username: String,
    password: Option<SecretString>,
    /// "Keep me signed in"; absent when it is not ticked.
    remember: Option<String>,
    #[serde(flatten)]
    tokens: FormTokens,
}

/// Shows the form: a new attempt, or the one in the query. A customer who is signed in is redirected at once, unless
/// more assurance is requested.
pub(in crate::web) async fn show(
    query: web::Query<SignInQuery>,
    req: HttpRequest,
    context: RequestContext,
) -> Result<HttpResponse, WebError> {
    let query = query.into_inner();
    context.flow.is_closed_as_far_as_known().await;
    let (known, tab) = context
        .facts
        .known_by_address(&context.flow, query.at.attempt())
        .await?;
    let Known { visitor, is_new } = known;
    let mut reply = context.reply(&visitor);
    (reply.is_new, reply.view) = (is_new, query.at.view());
    let language = query.ui_locales.as_deref().and_then(spoken);
    if let Some(tab) = &tab {
        if language.is_some() {
            return Box::pin(in_language(&reply, tab, language)).await;
        }
        return Box::pin(show_attempt::at(&reply, Some(tab), paths::SIGN_IN)).await;
    }
    if context
        .facts
        .none_counts
        .is_some_and(|none| none.comes_back(context.flow.now()))
    {
        let again = req.uri().path_and_query().map(PathAndQuery::as_str);
        return Ok(several_sessions::page(&context, again));
    }
    let mut asked = AskedFor::of(&context, query, language);
    match account::signed_in(&context).await? {
        Some(signed_in) if asked.is_met_by(&signed_in, context.flow.now()) => {
            return signed_in_already(&context, &reply, &signed_in, asked).await;
        }
        Some(signed_in) => {
            let identity = &signed_in.live.session.identity;
            asked.ask.parameters.raises = Some(identity.subject().to_owned());
            // From the session: no URL has to carry it.
            asked.ask.login_hint = Some(identity.login().to_owned());
        }
        None if has_ended(&context).await? => reply.view.notice = Some(SignInNotice::SessionEnded),
        None => {}
    }
    let outcome = context.flow.open(asked.ask);
    Ok(reply.shown(&outcome, paths::SIGN_IN))
}

/// What the query of the form asks for.
struct AskedFor {
    ask: Ask,
    /// The return state, if the portal sent the browser here.
    state: Option<ReturnState>,
    /// Whether a new proof is required in any case.
    again: bool,
}

impl AskedFor {
    fn of(context: &RequestContext, query: SignInQuery, language: Option<String>) -> Self {
        let state = query.to.as_deref().and_then(|to| context.flow.open_return_state(to));
        let target = state.as_ref().map(|state| state.target.as_str().to_owned());
        Self {
            ask: Ask {
                return_to: target.or(query.return_to),
                login_hint: query.login_hint,
                parameters: Parameters {
                    acr_values: query.acr_values.as_deref().map(Wanted::classes).unwrap_or_default(),
                    max_age: query.max_age.map(|seconds| Duration::from_secs(seconds.into())),
                    raises: None,
                    language,
                },
            },
            state,
            again: query.prompt.as_deref() == Some("login"),
        }
    }

    fn is_met_by(&self, signed_in: &AccountSession, now: Timestamp) -> bool {
        let wanted = Wanted {
            acr_values: self.ask.parameters.acr_values.clone(),
            max_age: self.ask.parameters.max_age,
        };
        !self.again && wanted.is_met_by(&signed_in.live.session.identity, now)
    }
}

/// Redirects a browser to its destination if it needs no form: its session meets what is asked for.
async fn signed_in_already(
    context: &RequestContext,
    reply: &Reply<'_>,
    signed_in: &AccountSession,
    asked: AskedFor,
) -> Result<HttpResponse, WebError> {
    let state = &asked.state;
    if let Some(state) = state
        && let Some(page) = Box::pin(redirect_loop::stopped(context, signed_in, state)).await
    {
        return Ok(page);
    }
    if let Some(ReturnState {
        target,
        hand_off: Some(hand_off),
        ..
    }) = state
    {
        let ticket = context.flow.ticket(&signed_in.id, target, hand_off);
        let enter = format!("{}{}/enter?ticket={ticket}", target.origin(), cross_host::PREFIX);
        return Ok(reply.see_other(&enter));
    }
    let destination = context.flow.destination(asked.ask.return_to.as_deref());
    let mut answer = reply.see_other(destination.as_str());
    for other in state.iter().flat_map(|state| other_sessions(context, state)) {
        // OK to ignore: these are always valid header text.
        let _ = answer.add_cookie(&other);
    }
    Ok(answer)
}

/// Whether the session of this browser's cookie has ended.
async fn has_ended(context: &RequestContext) -> Result<bool, WebError> {
    let Some(id) = &context.facts.session else {
        return Ok(false);
    };
    Ok(context.flow.why_ended(SessionKey::of(id)).await?.is_some())
}

/// Accepts name and password, or the name alone where no password comes first.
pub(in crate::web) async fn submit(
    PostedForm(form): PostedForm<SignInForm>,
    context: &RequestContext,
) -> Result<HttpResponse, PostError> {
    let typed = Typed {
        username: Some(&form.username),
        remember: form.remember.is_some(),
    };
    let password = form.password.as_ref().map_or("", |password| password.expose_secret());
    let filled = Filled {
        plain: &[&form.username],
        secret: password,
    };
    let admitted = context.admit(&form.tokens, Some(typed), filled).await?;
    let remember = typed.remember;
    let wants_password = context.flow.settings().ways.password_first();
    let login = Login::parse(&form.username);
    let password = wants_password.then(|| Password::parse(form.password.unwrap_or_default()));
    let (login, password) = match (login, password.transpose()) {
        (Ok(login), Ok(password)) => (login, password),
        (login, password) => {
            let bad_fields = BadFields {
                username: login.as_ref().err().copied(),
                password: password.err(),
            };
            return Ok(fresh_form::unready(context, admitted, login.ok(), remember, bad_fields).await?);
        }
    };
    let Admitted {
        visitor,
        form_ref,
        is_new,
    } = admitted;
    if context.flow.is_closed().await {
        return Ok(closed(context, &visitor, is_new, &form_ref.tab).await?);
    }
    let (asked, first) = (visitor.clone(), FirstForm { login, remember });
    let outcome = context
        .to_the_end(|flow| async move {
            match password {
                Some(password) => flow.begin(asked, form_ref, first, password).await,
                None => flow.name(asked, form_ref, first).await,
            }
        })
        .await?;
    Ok(context.reply_to(&visitor, is_new).posted(&outcome, paths::SIGN_IN))
}

/// The answer to a first form while sign-ins are closed: nothing is asked of Okta, and nothing is counted.
pub(super) async fn closed(
    context: &RequestContext,
    visitor: &Visitor,
    is_new: bool,
    tab: &Tab,
) -> Result<HttpResponse, WebError> {
    let outcome = context.flow.look(visitor, Some(tab)).await?;
    Ok(context.reply_to(visitor, is_new).closed(&outcome))
}

/// Removals of session cookies that forward-auth saw beside ours. They have another path, so this page gets none.
fn other_sessions(context: &RequestContext, state: &ReturnState) -> Vec<Cookie<'static>> {
    if state.reason != NoSessionReason::Ambiguous {
        return Vec::new();
    }
    let (host, path) = (context.site.host(), state.target.path());
    context.site.cookies.no_other_session(host, path)
}

/// The same form in another language: a fresh attempt with the same destination, since a GET changes no attempt.
async fn in_language(reply: &Reply<'_>, tab: &Tab, language: Option<String>) -> Result<HttpResponse, WebError> {
    let attempt = reply.flow.look(reply.visitor, Some(tab)).await?.attempt;
    // A URL alone must not reveal who signed in there.
    let is_over = attempt.stage.is_over();
    let facts = attempt.facts;
    let login = facts.login.filter(|_| !is_over);
    let ask = Ask {
        return_to: Some(facts.destination.0),
        login_hint: login.map(|login| login.as_str().to_owned()),
        parameters: Parameters {
            language,
            ..facts.parameters.get().clone()
        },
    };
    let outcome = reply.flow.open(ask);
    Ok(reply.shown(&outcome, paths::SIGN_IN))
}

/// The first of the requested languages that we have.
fn spoken(locales: &str) -> Option<String> {
    locales
        .split_ascii_whitespace()
        .take(8)
        .find_map(|tag| Some(copy::find(tag)?.lang.to_owned()))
}
