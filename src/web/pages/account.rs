//! `/account`: who is signed in, how and since when, and in which other browsers.

use actix_web::http::StatusCode;
use actix_web::http::header::{ContentType, LOCATION};
use actix_web::{HttpResponse, web};
use jiff::Timestamp;
use portico_views::copy::Words;
use portico_views::{self as views, AccountNotice, AccountPage, Moment, Person, SessionRow, paths};
use serde::Deserialize;

use super::frame::Frame;
use super::step_pages::shown;
use crate::domain::browser::{App, Browser, System};
use crate::domain::ids::SessionId;
use crate::domain::session::{Live, until};
use crate::flow::OwnSession;
use crate::web::error::WebError;
use crate::web::request_context::RequestContext;
use crate::web::site::Site;

/// The result of the last button.
#[derive(Debug, Deserialize)]
pub(in crate::web) struct AccountQuery {
    /// `1`: one session ended; `0`: it had ended already.
    ended: Option<String>,
    /// How many others ended.
    others: Option<u32>,
}

#[derive(Debug)]
pub(in crate::web) struct AccountSession {
    pub(in crate::web) id: SessionId,
    pub(in crate::web) live: Live,
}

/// Shows the sessions; a browser without one is sent to the form and back.
pub(in crate::web) async fn show(
    query: web::Query<AccountQuery>,
    context: RequestContext,
) -> Result<HttpResponse, WebError> {
    let Some(id) = context.facts.session.clone() else {
        return Ok(to_sign_in(&context.site));
    };
    let Some(live) = context.flow.use_session(&id, &context.facts.requester()).await? else {
        return Ok(to_sign_in(&context.site));
    };
    let signed_in = AccountSession { id, live };
    page(&context, &signed_in, StatusCode::OK, query.notice()).await
}

pub(in crate::web) async fn page(
    context: &RequestContext,
    AccountSession { id, live }: &AccountSession,
    status: StatusCode,
    notice: Option<AccountNotice>,
) -> Result<HttpResponse, WebError> {
    let (site, flow, words) = (&context.site, &context.flow, context.facts.words);
    let session = &live.session;
    let csrf = flow.secrets().csrf.session_token(id);
    let login = session.identity.login().to_owned();
    let frame = Frame::of_session(site, &context.facts, csrf, Some(login));
    let factors: Vec<views::Factor> = session.factors.iter().copied().map(shown).collect();
    let (now, lifetimes) = (flow.now(), flow.settings().lifetimes);
    let end = session.ends(lifetimes);
    let (since, ends) = (session.started.to_string(), end.to_string());
    let others = flow.other_sessions(id, live).await?;
    let others: Vec<Other> = others.into_iter().map(|other| Other::new(other, words)).collect();
    let rows: Vec<SessionRow<'_>> = others.iter().map(|other| other.row(now)).collect();
    let markup = views::account(&AccountPage {
        chrome: &frame.chrome(),
        person: Person {
            name: session.identity.name(),
            login: session.identity.login(),
        },
        device: &device(session.browser, words),
        factors: &factors,
        is_hosted: session.is_hosted,
        since: Moment {
            iso: &since,
            seconds: until(session.started, now).as_secs(),
        },
        ends: Moment {
            iso: &ends,
            seconds: until(now, end).as_secs(),
        },
        idle_seconds: lifetimes.of(session.is_remembered).idle.as_secs(),
        portal_url: site.brand.home.as_deref(),
        others: Some(&rows),
        notice,
    });
    Ok(HttpResponse::build(status)
        .insert_header(ContentType::html())
        .body(markup.into_string()))
}

/// Redirects to the form, which leads back here.
pub(in crate::web) fn to_sign_in(site: &Site) -> HttpResponse {
    let address = format!("{}?return_to={}", site.path(paths::SIGN_IN), site.path(paths::ACCOUNT));
    HttpResponse::SeeOther().insert_header((LOCATION, address)).finish()
}

/// The session of this browser, if it is live.
pub(in crate::web) async fn signed_in(context: &RequestContext) -> Result<Option<AccountSession>, WebError> {
    let Some(id) = context.facts.session.clone() else {
        return Ok(None);
    };
    let live = context.flow.session(&id).await?;
    Ok(live.map(|live| AccountSession { id, live }))
}

impl AccountQuery {
    fn notice(&self) -> Option<AccountNotice> {
        match (self.ended.as_deref(), self.others) {
            (Some("1"), _) => Some(AccountNotice::Ended),
            (Some(_), _) => Some(AccountNotice::AlreadyEnded),
            (None, others) => others.map(|count| AccountNotice::OthersEnded { count }),
        }
    }
}

/// A row of the list.
struct Other {
    handle: String,
    device: String,
    since: (Timestamp, String),
    last_used: (Timestamp, String),
}

impl Other {
    fn new(other: OwnSession, words: &Words) -> Self {
        let moment = |moment: Timestamp| (moment, moment.to_string());
        Self {
            handle: other.handle,
            device: device(other.live.session.browser, words),
            since: moment(other.live.session.started),
            last_used: moment(other.live.last_used),
        }
    }

    fn row(&self, now: Timestamp) -> SessionRow<'_> {
        SessionRow {
            handle: &self.handle,
            device: &self.device,
            since: ago(&self.since, now),
            last_used: ago(&self.last_used, now),
        }
    }
}

fn ago((moment, iso): &(Timestamp, String), now: Timestamp) -> Moment<'_> {
    Moment {
        iso,
        seconds: until(*moment, now).as_secs(),
    }
}

/// "Firefox on Windows", as far as it is known.
fn device(browser: Browser, words: &Words) -> String {
    let (app, system) = (browser.app.map(App::name), browser.system.map(System::name));
    match (app, system) {
        (Some(app), Some(system)) => (words.account.device)(app, system),
        (app, system) => app.or(system).unwrap_or_default().to_owned(),
    }
}
