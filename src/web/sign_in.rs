//! `/sign-in`: the form.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use portico_views::{copy, paths};
use secrecy::SecretString;
use serde::Deserialize;

use super::error::WebError;
use super::guard::{self, Admitted, AtQuery, Shared, Verdict, to_the_end};
use super::guest::{Guest, Known};
use super::reply::Reply;
use super::site::Site;
use super::steps::BadFields;
use crate::domain::input::{Login, Password};
use crate::domain::problem::Problem;
use crate::flow::{Ask, Flow};

/// What the address of the form may say.
#[derive(Debug, Deserialize)]
pub(super) struct SignInQuery {
    return_to: Option<String>,
    login_hint: Option<String>,
    acr_values: Option<String>,
    ui_locales: Option<String>,
    #[serde(flatten)]
    at: AtQuery,
}

/// What the form sends.
#[derive(Debug, Deserialize)]
pub(super) struct SignInForm {
    username: String,
    password: Option<SecretString>,
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    attempt: String,
}

/// Shows the form: a new attempt, or the one that the address names. Whoever is signed in goes straight on, unless more
/// assurance is asked for.
pub(super) async fn show(
    query: web::Query<SignInQuery>,
    guest: Guest,
    site: Shared<Site>,
    flow: Shared<Flow>,
) -> Result<HttpResponse, WebError> {
    let query = query.into_inner();
    let Known { visitor, is_new } = guest.known(&flow).await?;
    let mut reply = Reply::new(&site, &flow, &guest, &visitor);
    (reply.is_new, reply.view) = (is_new, query.at.view());
    let language = query.ui_locales.as_deref().and_then(spoken);
    if let Some(place) = query.at.place() {
        if language.is_some() {
            return in_language(&reply, &place.tab, language).await;
        }
        return super::push::look(&reply, Some(&place.tab), paths::SIGN_IN).await;
    }
    let ask = Ask {
        return_to: query.return_to,
        login_hint: query.login_hint,
        acr_values: query.acr_values.as_deref().map(words).unwrap_or_default(),
        language,
    };
    if ask.acr_values.is_empty() && is_signed_in(&guest, &flow).await? {
        let destination = flow.destination(ask.return_to.as_deref());
        return Ok(Reply::new(&site, &flow, &guest, &visitor).see_other(destination.as_str()));
    }
    let turn = flow.open(&visitor, ask).await?;
    Ok(reply.shown(&turn, paths::SIGN_IN))
}

/// Takes name and password, or the name alone where no password comes first.
pub(super) async fn submit(
    req: HttpRequest,
    form: web::Form<SignInForm>,
    guest: Guest,
    site: Shared<Site>,
    flow: Shared<Flow>,
) -> Result<HttpResponse, WebError> {
    let form = form.into_inner();
    let verdict = guard::admit(&req, &site, &flow, &guest, &form.csrf, &form.attempt).await?;
    let Admitted { visitor, place } = match verdict {
        Verdict::Admitted(admitted) => *admitted,
        Verdict::Stale(known) => {
            return stale(&site, &flow, &guest, *known, Some(&form.username)).await;
        }
    };
    let wants_password = flow.settings().ways.password_first();
    let login = Login::parse(&form.username);
    let password = wants_password.then(|| Password::parse(form.password.unwrap_or_default()));
    let (login, password) = match (login, password.transpose()) {
        (Ok(login), Ok(password)) => (login, password),
        (login, password) => {
            let bad_fields = BadFields {
                username: login.as_ref().err().copied(),
                password: password.err(),
            };
            return unready(
                &site,
                &flow,
                &guest,
                (visitor, place),
                login.ok(),
                bad_fields,
            )
            .await;
        }
    };
    let turn = to_the_end({
        let (flow, visitor) = (flow.get_ref().clone(), visitor.clone());
        async move {
            match password {
                Some(password) => flow.begin(visitor, place, login, password).await,
                None => flow.name(visitor, place, login).await,
            }
        }
    })
    .await?;
    Ok(Reply::new(&site, &flow, &guest, &visitor).posted(&turn, paths::SIGN_IN))
}

/// The form again with the fields that could not be sent; nobody was asked.
pub(super) async fn unready(
    site: &Site,
    flow: &Flow,
    guest: &Guest,
    (visitor, place): (crate::flow::Visitor, crate::domain::ids::Place),
    login: Option<Login>,
    bad_fields: BadFields,
) -> Result<HttpResponse, WebError> {
    let mut turn = flow.look(&visitor, Some(&place.tab)).await?;
    turn.attempt.facts.login = login.or(turn.attempt.facts.login);
    turn.attempt.facts.problem = None;
    let mut reply = Reply::new(site, flow, guest, &visitor);
    reply.bad_fields = bad_fields;
    Ok(reply.page(
        &turn,
        &crate::domain::step::Step::SignIn,
        StatusCode::UNPROCESSABLE_ENTITY,
    ))
}

/// A fresh form for a page that was left open too long: the name is kept, the password never (SEC-105).
pub(super) async fn stale(
    site: &Site,
    flow: &Flow,
    guest: &Guest,
    known: Known,
    username: Option<&str>,
) -> Result<HttpResponse, WebError> {
    let Known { visitor, is_new } = known;
    let mut turn = flow.open(&visitor, Ask::default()).await?;
    turn.attempt.facts.login = username.and_then(|name| Login::parse(name).ok());
    turn.attempt.facts.problem = Some(if username.is_some() {
        Problem::OpenTooLong
    } else {
        Problem::StartAgain
    });
    let mut reply = Reply::new(site, flow, guest, &visitor);
    reply.is_new = is_new;
    Ok(reply.page(
        &turn,
        &crate::domain::step::Step::SignIn,
        StatusCode::FORBIDDEN,
    ))
}

/// The same form in another language: a fresh attempt with the same aim, since looking changes nothing.
async fn in_language(
    reply: &Reply<'_>,
    tab: &crate::domain::ids::Tab,
    language: Option<&'static str>,
) -> Result<HttpResponse, WebError> {
    let facts = reply
        .flow
        .look(reply.visitor, Some(tab))
        .await?
        .attempt
        .facts;
    let ask = Ask {
        return_to: Some(facts.destination.0),
        login_hint: facts.login.map(|login| login.as_str().to_owned()),
        acr_values: facts.acr_values,
        language,
    };
    let turn = reply.flow.open(reply.visitor, ask).await?;
    Ok(reply.shown(&turn, paths::SIGN_IN))
}

/// The first of the wanted languages that we speak.
fn spoken(locales: &str) -> Option<&'static str> {
    locales
        .split_ascii_whitespace()
        .take(8)
        .find_map(|tag| Some(copy::find(tag)?.lang))
}

async fn is_signed_in(guest: &Guest, flow: &Flow) -> Result<bool, WebError> {
    match &guest.session {
        Some(id) => Ok(flow.session(id).await?.is_some()),
        None => Ok(false),
    }
}

fn words(list: &str) -> Vec<String> {
    list.split_ascii_whitespace()
        .take(8)
        .map(str::to_owned)
        .collect()
}
