//! `/sign-out`: asks, then does.
//!
//! Nobody is kept from leaving by a store that does not answer: the form and its proof need none, the browser forgets
//! its session in any case, and the page says that nobody knows more (SEC-414).

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{ContentType, HeaderName, HeaderValue, LOCATION};
use maud::Markup;
use portico_views::{self as views, ForgottenPage, SignOutPage, paths};
use serde::Deserialize;

use super::access_log::note_outcome;
use super::account::{SignedIn, signed_in};
use super::desk::{Desk, Tokens};
use super::error::WebError;
use super::frame::Frame;
use super::outcome;
use super::posted::Posted;
use super::several_sessions;
use crate::domain::ids::SessionId;
use crate::flow::{AtOkta, Flow, FlowError, Leaving, OktaAddress, SignOut};

/// Wipes what this origin left in the browser. Not `"cookies"`: that would reach every host of the company's domain.
const CLEAR: (HeaderName, HeaderValue) = (
    HeaderName::from_static("clear-site-data"),
    HeaderValue::from_static("\"cache\", \"storage\""),
);

/// What the button sends.
#[derive(Debug, Deserialize)]
pub(super) struct SignOutForm {
    /// Names the session, for a browser that has forgotten it.
    #[serde(default)]
    session: String,
    #[serde(flatten)]
    tokens: Tokens,
}

/// Asks. A GET ends nothing.
pub(super) async fn show(desk: Desk) -> Result<HttpResponse, WebError> {
    ask(&desk, StatusCode::OK).await
}

/// Ends the session here, then its tokens at Okta, and tells the truth about both on the next page.
pub(super) async fn submit(Posted(form): Posted<SignOutForm>, desk: Desk) -> Result<HttpResponse, WebError> {
    desk.same_origin()?;
    let secrets = desk.flow.secrets();
    // Of several sessions the one that the page was made for.
    let mut shown = desk.guest.sessions.as_slice().iter();
    let leaving = match shown.find(|id| secrets.csrf.is_session_token(id, &form.tokens.csrf)) {
        Some(id) => Some(Flow::leaving(id)),
        None if desk.guest.session.is_some() => return ask(&desk, StatusCode::FORBIDDEN).await,
        None => desk.flow.leaving_by_form(&form.session),
    };
    let Some(leaving) = leaving else {
        return Ok(signed_out(&desk, None, ""));
    };
    let requester = desk.guest.requester();
    let sign_out = async move |flow: Flow| Ok::<_, FlowError>(flow.sign_out(requester, leaving).await);
    Ok(match desk.to_the_end(sign_out).await? {
        SignOut::Ended {
            okta_session: Some(address),
            ..
        } => by_okta(&desk, &address),
        SignOut::Ended { at_okta, .. } => ended(&desk, leaving, at_okta),
        SignOut::Unsure { why, idle, latest } => {
            let frame = Frame::plain(&desk.site, &desk.guest.request_id, desk.guest.words);
            let page = views::forgotten(&ForgottenPage {
                chrome: &frame.chrome(),
                session: &desk.flow.leaving_form(leaving),
                idle_seconds: idle.as_secs(),
                latest_seconds: latest.as_secs(),
            });
            forgetting(&desk, WebError::from(why).drawn_as(page))
        }
    })
}

fn ended(desk: &Desk, leaving: Leaving, at_okta: AtOkta) -> HttpResponse {
    let at_okta = match at_okta {
        AtOkta::Revoked => "&okta=ended".to_owned(),
        AtOkta::Pending => format!("&at={}&okta=later", desk.flow.now().as_second()),
        AtOkta::Nothing => String::new(),
    };
    let mut answer = signed_out(desk, Some(leaving), &at_okta);
    note_outcome(&mut answer, outcome::SIGNED_OUT);
    answer
}

/// To where Okta ends its own session; from there to the page that tells what ended.
fn by_okta(desk: &Desk, address: &OktaAddress) -> HttpResponse {
    let answer = HttpResponse::SeeOther()
        .insert_header((LOCATION, address.expose()))
        .finish();
    let mut answer = forgetting(desk, answer);
    note_outcome(&mut answer, outcome::SIGNED_OUT);
    answer
}

async fn ask(desk: &Desk, status: StatusCode) -> Result<HttpResponse, WebError> {
    if desk.guest.none_counts.is_some() {
        return Ok(several_sessions::page(desk, None));
    }
    let Some(id) = &desk.guest.session else {
        return Ok(signed_out(desk, None, ""));
    };
    Ok(match known(desk).await {
        Ok(Some(known)) => HttpResponse::build(status)
            .insert_header(ContentType::html())
            .body(question(desk, id, Some(known)).into_string()),
        Ok(None) => signed_out(desk, Some(Flow::leaving(id)), ""),
        Err(error) => error.drawn_as(question(desk, id, None)),
    })
}

/// What is known of the session that may end.
struct Known {
    login: String,
    others: usize,
    has_okta_session: bool,
}

/// Whose session it is, and how many others they have; `None` when it has ended.
async fn known(desk: &Desk) -> Result<Option<Known>, WebError> {
    let Some(SignedIn { id, live }) = signed_in(desk).await? else {
        return Ok(None);
    };
    let others = desk.flow.other_sessions(&id, &live).await?.len();
    let is_hosted_offered = desk.flow.settings().hosted.is_some();
    Ok(Some(Known {
        login: live.session.identity.login().to_owned(),
        others,
        has_okta_session: is_hosted_offered && live.session.is_hosted,
    }))
}

/// The page that asks. Its form works whether or not anything is known of the session.
fn question(desk: &Desk, id: &SessionId, known: Option<Known>) -> Markup {
    let (site, flow) = (&desk.site, &desk.flow);
    let others = known.as_ref().map(|known| known.others);
    let has_okta_session = known.as_ref().is_some_and(|known| known.has_okta_session);
    let login = known.map(|known| known.login);
    let csrf = flow.secrets().csrf.session_token(id);
    let frame = Frame::of_session(site, &desk.guest, csrf, login);
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

/// To the page that tells how the session ended; the browser forgets it.
fn signed_out(desk: &Desk, leaving: Option<Leaving>, at_okta: &str) -> HttpResponse {
    let page = desk.site.path(paths::SIGNED_OUT);
    let address = match leaving {
        Some(leaving) => format!("{page}?session={}{at_okta}", leaving.reference()),
        None => page,
    };
    let answer = HttpResponse::SeeOther().insert_header((LOCATION, address)).finish();
    forgetting(desk, answer)
}

/// The browser forgets its session.
fn forgetting(desk: &Desk, mut answer: HttpResponse) -> HttpResponse {
    let (name, value) = CLEAR;
    answer.headers_mut().insert(name, value);
    // OK to ignore: the cookie is one of ours, which can be written.
    let _ = answer.add_cookie(&desk.site.cookies.no_session());
    answer
}
