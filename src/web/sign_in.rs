//! `/sign-in`: the form.

use actix_web::{HttpResponse, web};
use portico_views::{copy, paths};
use secrecy::SecretString;
use serde::Deserialize;

use super::desk::{Admitted, Desk, Tokens};
use super::error::WebError;
use super::fresh_form;
use super::guest::Known;
use super::look::{self, AtQuery};
use super::posted::Posted;
use super::reply::Reply;
use super::steps::BadFields;
use crate::domain::ids::Tab;
use crate::domain::input::{Login, Password};
use crate::flow::Ask;

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
    #[serde(flatten)]
    tokens: Tokens,
}

/// Shows the form: a new attempt, or the one that the address names. Whoever is signed in goes straight on, unless more
/// assurance is asked for.
pub(super) async fn show(
    query: web::Query<SignInQuery>,
    desk: Desk,
) -> Result<HttpResponse, WebError> {
    let query = query.into_inner();
    let Known { visitor, is_new } = desk.guest.known(&desk.flow).await?;
    let mut reply = desk.reply(&visitor);
    (reply.is_new, reply.view) = (is_new, query.at.view());
    let language = query.ui_locales.as_deref().and_then(spoken);
    if let Some(place) = query.at.place() {
        if language.is_some() {
            return in_language(&reply, &place.tab, language).await;
        }
        return look::at(&reply, Some(&place.tab), paths::SIGN_IN).await;
    }
    let ask = Ask {
        return_to: query.return_to,
        login_hint: query.login_hint,
        acr_values: query.acr_values.as_deref().map(words).unwrap_or_default(),
        language,
    };
    if ask.acr_values.is_empty() && is_signed_in(&desk).await? {
        let destination = desk.flow.destination(ask.return_to.as_deref());
        return Ok(desk.reply(&visitor).see_other(destination.as_str()));
    }
    let turn = desk.flow.open(&visitor, ask).await?;
    Ok(reply.shown(&turn, paths::SIGN_IN))
}

/// Takes name and password, or the name alone where no password comes first.
pub(super) async fn submit(
    Posted(form): Posted<SignInForm>,
    desk: Desk,
) -> Result<HttpResponse, WebError> {
    let admitted = match desk.admit(&form.tokens, Some(&form.username)).await? {
        Ok(admitted) => admitted,
        Err(fresh) => return Ok(fresh),
    };
    let wants_password = desk.flow.settings().ways.password_first();
    let login = Login::parse(&form.username);
    let password = wants_password.then(|| Password::parse(form.password.unwrap_or_default()));
    let (login, password) = match (login, password.transpose()) {
        (Ok(login), Ok(password)) => (login, password),
        (login, password) => {
            let bad_fields = BadFields {
                username: login.as_ref().err().copied(),
                password: password.err(),
            };
            return fresh_form::unready(&desk, admitted, login.ok(), bad_fields).await;
        }
    };
    let Admitted { visitor, place } = admitted;
    let asked = visitor.clone();
    let turn = desk
        .to_the_end(|flow| async move {
            match password {
                Some(password) => flow.begin(asked, place, login, password).await,
                None => flow.name(asked, place, login).await,
            }
        })
        .await?;
    Ok(desk.reply(&visitor).posted(&turn, paths::SIGN_IN))
}

/// The same form in another language: a fresh attempt with the same aim, since looking changes nothing.
async fn in_language(
    reply: &Reply<'_>,
    tab: &Tab,
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

async fn is_signed_in(desk: &Desk) -> Result<bool, WebError> {
    match &desk.guest.session {
        Some(id) => Ok(desk.flow.session(id).await?.is_some()),
        None => Ok(false),
    }
}

fn words(list: &str) -> Vec<String> {
    list.split_ascii_whitespace()
        .take(8)
        .map(str::to_owned)
        .collect()
}
