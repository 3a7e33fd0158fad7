//! `/sign-out`: asks, then signs out.
//!
//! A store that does not answer keeps no customer from signing out: the form and its CSRF token need no store, the
//! browser's session cookie is removed in any case, and the page says that more is not known (SEC-414).

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{ContentType, HeaderName, HeaderValue, LOCATION};
use maud::Markup;
use portico_views::{self as views, ForgottenPage, SignOutPage, paths};
use serde::Deserialize;

use super::account::{AccountSession, signed_in};
use super::frame::Frame;
use super::posted_form::PostedForm;
use super::several_sessions;
use crate::domain::ids::SessionId;
use crate::flow::{AtOkta, Flow, FlowError, Leaving, OktaAddress, SignOut};
use crate::web::admission::FormTokens;
use crate::web::error::WebError;
use crate::web::outcome;
use crate::web::outcome::note_outcome;
use crate::web::request_context::RequestContext;

/// Clears what this origin stored in the browser. Not `"cookies"`: that would affect every host of the company's
/// domain.
const CLEAR: (HeaderName, HeaderValue) = (
    HeaderName::from_static("clear-site-data"),
    HeaderValue::from_static("\"cache\", \"storage\""),
);

/// The fields of the form.
#[derive(Debug, Deserialize)]
pub(in crate::web) struct SignOutForm {
    /// Identifies the session when the browser no longer has its cookie.
    #[serde(default)]
    session: String,
    #[serde(flatten)]
    tokens: FormTokens,
}

/// Shows the confirmation page. A GET ends nothing.
pub(in crate::web) async fn show(context: RequestContext) -> Result<HttpResponse, WebError> {
    ask(&context, StatusCode::OK).await
}

/// Ends the session here, then revokes its tokens at Okta; the next page reports both.
pub(in crate::web) async fn submit(
    PostedForm(form): PostedForm<SignOutForm>,
    context: RequestContext,
) -> Result<HttpResponse, WebError> {
    context.same_origin()?;
    let secrets = context.flow.secrets();
    // Of several sessions, the one that the page was made for counts.
    let mut shown = context.facts.sessions.as_slice().iter();
    let leaving = match shown.find(|id| secrets.csrf.is_session_token(id, &form.tokens.csrf)) {
        Some(id) => Some(Flow::leaving(id)),
        None if context.facts.session.is_some() => return ask(&context, StatusCode::FORBIDDEN).await,
        None => context.flow.leaving_by_form(&form.session),
    };
    let Some(leaving) = leaving else {
        return Ok(signed_out(&context, None, ""));
    };
    let requester = context.facts.requester();
    let sign_out = async move |flow: Flow| Ok::<_, FlowError>(flow.sign_out(requester, leaving).await);
    Ok(match context.to_the_end(sign_out).await? {
        SignOut::Ended {
            okta_session: Some(address),
            ..
        } => by_okta(&context, &address),
        SignOut::Ended { at_okta, .. } => ended(&context, leaving, at_okta),
        SignOut::Unsure { why, idle, latest } => {
            let frame = Frame::plain(&context.site, &context.facts.request_id, context.facts.words);
            let page = views::forgotten(&ForgottenPage {
                chrome: &frame.chrome(),
                session: &context.flow.leaving_form(leaving),
                idle_seconds: idle.as_secs(),
                latest_seconds: latest.as_secs(),
            });
            forgetting(&context, WebError::from(why).drawn_as(page))
        }
    })
}

fn ended(context: &RequestContext, leaving: Leaving, at_okta: AtOkta) -> HttpResponse {
    let at_okta = match at_okta {
        AtOkta::Revoked => "&okta=ended".to_owned(),
        AtOkta::Pending => format!("&at={}&okta=later", context.flow.now().as_second()),
        AtOkta::Nothing => String::new(),
    };
    let mut answer = signed_out(context, Some(leaving), &at_okta);
    note_outcome(&mut answer, outcome::SIGNED_OUT);
    answer
}

/// Redirects to where Okta ends its own session; from there to the page that reports what ended.
fn by_okta(context: &RequestContext, address: &OktaAddress) -> HttpResponse {
    let answer = HttpResponse::SeeOther()
        .insert_header((LOCATION, address.expose()))
        .finish();
    let mut answer = forgetting(context, answer);
    note_outcome(&mut answer, outcome::SIGNED_OUT);
    answer
}

async fn ask(context: &RequestContext, status: StatusCode) -> Result<HttpResponse, WebError> {
    if context.facts.none_counts.is_some() {
        return Ok(several_sessions::page(context, None));
    }
    let Some(id) = &context.facts.session else {
        return Ok(signed_out(context, None, ""));
    };
    Ok(match known(context).await {
        Ok(Some(known)) => HttpResponse::build(status)
            .insert_header(ContentType::html())
            .body(question(context, id, Some(known)).into_string()),
        Ok(None) => signed_out(context, Some(Flow::leaving(id)), ""),
        Err(error) => error.drawn_as(question(context, id, None)),
    })
}

/// Details of the session that is about to end.
struct LeavingSession {
    login: String,
    others: usize,
    has_okta_session: bool,
}

/// The customer's login, and how many other sessions they have; `None` when this one has ended.
async fn known(context: &RequestContext) -> Result<Option<LeavingSession>, WebError> {
    let Some(AccountSession { id, live }) = signed_in(context).await? else {
        return Ok(None);
    };
    let others = context.flow.other_sessions(&id, &live).await?.len();
    let is_hosted_offered = context.flow.settings().hosted.is_some();
    Ok(Some(LeavingSession {
        login: live.session.identity.login().to_owned(),
        others,
        has_okta_session: is_hosted_offered && live.session.is_hosted,
    }))
}

/// The confirmation page. Its form works whether or not anything is known of the session.
fn question(context: &RequestContext, id: &SessionId, known: Option<LeavingSession>) -> Markup {
    let (site, flow) = (&context.site, &context.flow);
    let others = known.as_ref().map(|known| known.others);
    let has_okta_session = known.as_ref().is_some_and(|known| known.has_okta_session);
    let login = known.map(|known| known.login);
    let csrf = flow.secrets().csrf.session_token(id);
    let frame = Frame::of_session(site, &context.facts, csrf, login);
    let account = site.path(paths::ACCOUNT);
    views::sign_out(&SignOutPage {
        chrome: &frame.chrome(),
        stay_url: site.brand.home.as_deref().unwrap_or(&account),
        others: u32::try_from(others.unwrap_or_default()).unwrap_or(u32::MAX),
        has_okta_session,
        is_store_away: others.is_none(),
        session: &flow.leaving_form(Flow::leaving(id)),
    })
}

/// Redirects to the page that reports how the session ended, and removes the session cookie.
fn signed_out(context: &RequestContext, leaving: Option<Leaving>, at_okta: &str) -> HttpResponse {
    let page = context.site.path(paths::SIGNED_OUT);
    let address = match leaving {
        Some(leaving) => format!("{page}?session={}{at_okta}", leaving.reference()),
        None => page,
    };
    let answer = HttpResponse::SeeOther().insert_header((LOCATION, address)).finish();
    forgetting(context, answer)
}

/// Removes the session cookie.
fn forgetting(context: &RequestContext, mut answer: HttpResponse) -> HttpResponse {
    let (name, value) = CLEAR;
    answer.headers_mut().insert(name, value);
    // OK to ignore: our own cookie is valid header text.
    let _ = answer.add_cookie(&context.site.cookies.no_session());
    answer
}
