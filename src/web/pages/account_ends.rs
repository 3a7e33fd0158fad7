//! `/account/end` and `/account/end-others`: a customer ends sessions in other browsers.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::LOCATION;
use portico_views::paths;
use serde::Deserialize;

use super::account::{self, AccountSession};
use super::posted::PostedForm;
use crate::flow::EndOwn;
use crate::web::error::WebError;
use crate::web::outcome::{self, note_outcome};
use crate::web::request_context::{FormTokens, RequestContext};

/// What the button beside a session sends.
#[derive(Debug, Deserialize)]
pub(in crate::web) struct EndForm {
    /// The session's handle.
    #[serde(default)]
    session: String,
    #[serde(flatten)]
    tokens: FormTokens,
}

pub(in crate::web) async fn one(
    PostedForm(form): PostedForm<EndForm>,
    context: RequestContext,
) -> Result<HttpResponse, WebError> {
    let AccountSession { id, live } = match admit(&context, &form.tokens).await? {
        Ok(signed_in) => signed_in,
        Err(answer) => return Ok(answer),
    };
    let visitor = context.facts.visitor(context.flow.secrets().ids.new_visit());
    let end = async move |flow: crate::flow::Flow| flow.end_own(&visitor, &id, &live, &form.session).await;
    let done = context.to_the_end(end).await?;
    answer(&context, done, |_| "?ended=1".to_owned())
}

/// Ends every session but this one.
pub(in crate::web) async fn others(
    PostedForm(tokens): PostedForm<FormTokens>,
    context: RequestContext,
) -> Result<HttpResponse, WebError> {
    let AccountSession { id, live } = match admit(&context, &tokens).await? {
        Ok(signed_in) => signed_in,
        Err(answer) => return Ok(answer),
    };
    let visitor = context.facts.visitor(context.flow.secrets().ids.new_visit());
    let end = async move |flow: crate::flow::Flow| flow.end_others(&visitor, &id, &live).await;
    let done = context.to_the_end(end).await?;
    answer(&context, done, |count| format!("?others={count}"))
}

/// Lets a post act when it comes from the account page of a live session. If the session has ended meanwhile, the
/// browser is sent to the form and back.
async fn admit(
    context: &RequestContext,
    tokens: &FormTokens,
) -> Result<Result<AccountSession, HttpResponse>, WebError> {
    context.same_origin()?;
    let Some(signed_in) = account::signed_in(context).await? else {
        return Ok(Err(account::to_sign_in(&context.site)));
    };
    if context
        .flow
        .secrets()
        .csrf
        .is_session_token(&signed_in.id, &tokens.csrf)
    {
        return Ok(Ok(signed_in));
    }
    let mut page = account::page(context, &signed_in, StatusCode::FORBIDDEN, None).await?;
    note_outcome(&mut page, outcome::OLD_PAGE);
    Ok(Err(page))
}

fn answer(context: &RequestContext, done: EndOwn, ended: impl FnOnce(u32) -> String) -> Result<HttpResponse, WebError> {
    let site = &context.site;
    let account = |query: &str| format!("{}{query}", site.path(paths::ACCOUNT));
    let (address, outcome) = match done {
        EndOwn::Ended(count) => (account(&ended(count)), outcome::SESSIONS_ENDED),
        EndOwn::AlreadyEnded => (account("?ended=0"), outcome::SESSIONS_ENDED),
        EndOwn::ThisOne => (site.path(paths::SIGN_OUT), outcome::NEXT_STEP),
        EndOwn::ProofTooOld => {
            let form = site.path(paths::SIGN_IN);
            let address = format!("{form}?return_to={}&prompt=login", account(""));
            (address, outcome::PROOF_TOO_OLD)
        }
        EndOwn::NotTheirs => return Err(WebError::NotFound),
    };
    let mut answer = HttpResponse::SeeOther().insert_header((LOCATION, address)).finish();
    note_outcome(&mut answer, outcome);
    Ok(answer)
}
