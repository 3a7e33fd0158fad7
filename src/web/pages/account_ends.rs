//! `/account/end` and `/account/end-others`: a customer ends sessions in other browsers.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::LOCATION;
use portico_views::paths;
use serde::Deserialize;

use super::account;
use super::account::AccountSession;
use super::posted_form::PostedForm;
use crate::flow::{EndOwn, Flow, FlowError, Visitor};
use crate::web::admission::FormTokens;
use crate::web::error::WebError;
use crate::web::outcome;
use crate::web::outcome::note_outcome;
use crate::web::request_context::RequestContext;

/// What the button beside a session sends.
#[derive(Debug, Deserialize)]
pub(in crate::web) struct EndForm {
    /// The session's handle.
    #[serde(default)]
    session: String,
    #[serde(flatten)]
    tokens: FormTokens,
}

/// Ends the session beside the button.
pub(in crate::web) async fn one(
    PostedForm(form): PostedForm<EndForm>,
    context: RequestContext,
) -> Result<HttpResponse, WebError> {
    let EndForm { session, tokens } = form;
    let end = |flow: Flow, visitor: Visitor, this: AccountSession| async move {
        flow.end_own(&visitor, &this.id, &this.live, &session).await
    };
    act(&context, &tokens, end, |_| "?ended=1".to_owned()).await
}

/// Ends every session but this one.
pub(in crate::web) async fn others(
    PostedForm(tokens): PostedForm<FormTokens>,
    context: RequestContext,
) -> Result<HttpResponse, WebError> {
    let end = |flow: Flow, visitor: Visitor, this: AccountSession| async move {
        flow.end_others(&visitor, &this.id, &this.live).await
    };
    act(&context, &tokens, end, |count| format!("?others={count}")).await
}

/// Whether a post from the account page may act.
enum Admission {
    /// It may act for this session.
    Granted(AccountSession),
    /// It comes from a page of another session.
    OldPage(AccountSession),
    /// There is no live session any more.
    SignedOut,
}

async fn admit(context: &RequestContext, tokens: &FormTokens) -> Result<Admission, WebError> {
    context.same_origin()?;
    let Some(this) = account::signed_in(context).await? else {
        return Ok(Admission::SignedOut);
    };
    let csrf = &context.flow.secrets().csrf;
    Ok(if csrf.is_session_token(&this.id, &tokens.csrf) {
        Admission::Granted(this)
    } else {
        Admission::OldPage(this)
    })
}

/// Ends sessions if the post may act, and answers it. If the browser's own session has ended meanwhile, it is sent to
/// the form and back.
async fn act<F>(
    context: &RequestContext,
    tokens: &FormTokens,
    end: impl FnOnce(Flow, Visitor, AccountSession) -> F,
    ended: impl FnOnce(u32) -> String,
) -> Result<HttpResponse, WebError>
where
    F: Future<Output = Result<EndOwn, FlowError>> + Send + 'static,
{
    match admit(context, tokens).await? {
        Admission::Granted(this) => {
            let visitor = context.facts.visitor(context.flow.secrets().ids.new_visit());
            let done = context.to_the_end(|flow| end(flow, visitor, this)).await?;
            answer(context, done, ended)
        }
        Admission::OldPage(this) => {
            let mut page = account::page(context, &this, StatusCode::FORBIDDEN, None).await?;
            note_outcome(&mut page, outcome::OLD_PAGE);
            Ok(page)
        }
        Admission::SignedOut => Ok(account::to_sign_in(&context.site)),
    }
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
