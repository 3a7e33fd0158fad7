//! `/admin/user`: why a customer cannot sign in, and erasing one. `/admin/limits`: who is held back now. `/admin/closed`:
//! closing sign-ins.
//!
//! Answers name customers by Okta's `sub` and by what the log calls them, never by the name that was asked for.

use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::web::{self, Data};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::session_list::{MOST, SessionResponse};
use crate::domain::factor::Factor;
use crate::domain::input::Login;
use crate::domain::network::network_name;
use crate::domain::past_try::PastTry;
use crate::domain::session::after;
use crate::flow::{CountedAccount, Erasure, Flow, NetworkHold};
use crate::web::api::json_errors::message;
use crate::web::error::WebError;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UserQuery {
    user: String,
    #[serde(default)]
    dry_run: bool,
}

#[derive(Debug, Serialize)]
struct UserResponse {
    user: String,
    now: Timestamp,
    closed_since: Option<Timestamp>,
    #[serde(flatten)]
    counts: CountsResponse,
    networks: Vec<NetworkResponse>,
    tries: Vec<TryResponse>,
    sessions_total: usize,
    sessions: Vec<SessionResponse>,
    revocations_pending: usize,
}

#[derive(Debug, Serialize)]
struct CountsResponse {
    factors: Vec<FactorResponse>,
    allowances: Vec<AllowanceResponse>,
}

#[derive(Debug, Serialize)]
struct FactorResponse {
    factor: &'static str,
    failures: u32,
    hold: Option<HoldResponse>,
}

#[derive(Debug, Serialize)]
struct AllowanceResponse {
    what: &'static str,
    /// `strangers`, or `proven`: known browsers and visitors who have proved another factor.
    of: &'static str,
    used: usize,
    most: u32,
    within_s: u64,
    /// If all is spent: when the next one is possible.
    until: Option<Timestamp>,
}

#[derive(Debug, Serialize)]
struct HoldResponse {
    limit: &'static str,
    /// `null` if time does not end it.
    until: Option<Timestamp>,
}

#[derive(Debug, Serialize)]
struct NetworkResponse {
    network: String,
    #[serde(flatten)]
    hold: HoldResponse,
}

#[derive(Debug, Serialize)]
struct TryResponse {
    at: Timestamp,
    factor: Option<&'static str>,
    outcome: String,
    limit: Option<String>,
    network: String,
    request_id: String,
}

#[derive(Debug, Serialize)]
struct HeldResponse {
    now: Timestamp,
    accounts: Vec<HeldAccountResponse>,
    networks: Vec<NetworkResponse>,
    looked_at: usize,
    has_more: bool,
}

#[derive(Debug, Serialize)]
struct HeldAccountResponse {
    user: String,
    #[serde(flatten)]
    counts: CountsResponse,
}

#[derive(Debug, Serialize)]
struct ErasedResponse {
    /// Whether there was anything to erase.
    erased: bool,
    dry_run: bool,
    sessions: usize,
    counts: usize,
    tries: usize,
    revocations_pending: usize,
}

#[derive(Debug, Serialize)]
struct ClosedResponse {
    closed: bool,
    since: Option<Timestamp>,
    now: Timestamp,
}

pub(super) async fn user(query: web::Query<UserQuery>, flow: Data<Flow>) -> Result<HttpResponse, WebError> {
    let Ok(name) = Login::parse(&query.user) else {
        return Ok(no_name());
    };
    let report = flow.report(&name).await?;
    let now = report.now;
    Ok(HttpResponse::Ok().json(UserResponse {
        counts: CountsResponse::of(&report.account, now),
        user: report.account.user,
        now,
        closed_since: report.closed_since,
        networks: networks(&report.networks, now),
        tries: report.tries.into_iter().map(TryResponse::from).collect(),
        sessions_total: report.sessions.len(),
        sessions: report.sessions.iter().take(MOST).map(SessionResponse::from).collect(),
        revocations_pending: report.pending_revocations,
    }))
}

pub(super) async fn erase(query: web::Query<UserQuery>, flow: Data<Flow>) -> Result<HttpResponse, WebError> {
    let Ok(name) = Login::parse(&query.user) else {
        return Ok(no_name());
    };
    let erasure = if query.dry_run { Erasure::DryRun } else { Erasure::Now };
    let erased = flow.erase(&name, erasure).await?;
    Ok(HttpResponse::Ok().json(ErasedResponse {
        erased: !erased.is_nothing(),
        dry_run: query.dry_run,
        sessions: erased.sessions,
        counts: erased.counts,
        tries: erased.tries,
        revocations_pending: erased.pending_revocations,
    }))
}

pub(super) async fn held(flow: Data<Flow>) -> Result<HttpResponse, WebError> {
    let held = flow.held_now().await?;
    let accounts = held.accounts.iter().map(|account| HeldAccountResponse {
        user: account.user.clone(),
        counts: CountsResponse::of(account, held.now),
    });
    Ok(HttpResponse::Ok().json(HeldResponse {
        now: held.now,
        accounts: accounts.collect(),
        networks: networks(&held.networks, held.now),
        looked_at: held.looked_at,
        has_more: held.has_more,
    }))
}

pub(super) async fn closed(flow: Data<Flow>) -> Result<HttpResponse, WebError> {
    Ok(closed_since(flow.closed_since().await?, flow.now()))
}

pub(super) async fn close(flow: Data<Flow>) -> Result<HttpResponse, WebError> {
    let since = flow.close_sign_ins().await?;
    Ok(closed_since(Some(since), flow.now()))
}

pub(super) async fn open(flow: Data<Flow>) -> Result<HttpResponse, WebError> {
    flow.open_sign_ins().await?;
    Ok(closed_since(None, flow.now()))
}

fn closed_since(since: Option<Timestamp>, now: Timestamp) -> HttpResponse {
    HttpResponse::Ok().json(ClosedResponse {
        closed: since.is_some(),
        since,
        now,
    })
}

fn no_name() -> HttpResponse {
    let text = "name the user as customers type it at the form: user=";
    message(HttpResponse::BadRequest(), text)
}

fn networks(holds: &[NetworkHold], now: Timestamp) -> Vec<NetworkResponse> {
    let response = |held: &NetworkHold| NetworkResponse {
        network: network_name(held.network),
        hold: HoldResponse::new(held.hold.limit, held.hold.wait, now),
    };
    holds.iter().map(response).collect()
}

impl CountsResponse {
    fn of(CountedAccount { counts, .. }: &CountedAccount, now: Timestamp) -> Self {
        let factors = counts.factors.iter().map(|count| FactorResponse {
            factor: count.factor.name(),
            failures: count.failures,
            hold: count.hold.map(|hold| HoldResponse::new(hold.limit, hold.wait, now)),
        });
        let allowances = counts.spent.iter().map(|spent| AllowanceResponse {
            what: spent.what,
            of: if spent.is_proven { "proven" } else { "strangers" },
            used: spent.used,
            most: spent.most,
            within_s: spent.within.as_secs(),
            until: (!spent.wait.is_zero()).then(|| end_of(spent.wait, now)),
        });
        Self {
            factors: factors.collect(),
            allowances: allowances.collect(),
        }
    }
}

impl HoldResponse {
    fn new(limit: &'static str, wait: Option<Duration>, now: Timestamp) -> Self {
        Self {
            limit,
            until: wait.map(|wait| end_of(wait, now)),
        }
    }
}

impl From<PastTry> for TryResponse {
    fn from(past: PastTry) -> Self {
        Self {
            at: past.at,
            factor: past.factor.map(Factor::name),
            outcome: past.result,
            limit: past.limit,
            network: network_name(past.network),
            request_id: past.support_code,
        }
    }
}

/// Rounded up to a whole second, so that a try at that moment is permitted.
fn end_of(wait: Duration, now: Timestamp) -> Timestamp {
    let end = after(now, wait);
    let whole = Timestamp::from_second(end.as_second()).unwrap_or(end);
    if whole < end {
        after(whole, Duration::from_secs(1))
    } else {
        whole
    }
}
