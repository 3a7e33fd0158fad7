//! The org itself: from a request to one of its endpoints to the answer.

mod acr;
mod admission;
mod assertion;
mod call;
mod challenge;
mod client_auth;
mod continuations;
mod discovery;
mod dispatch;
mod dpop;
mod finish;
mod hosted;
mod id_token;
mod incoming;
mod introspect;
mod issue;
mod known_client;
mod oob_start;
mod passkey_start;
mod pause;
mod primary;
mod refresh;
mod revoke;
mod route;
mod scope;
mod send;
mod token;
mod token_code;
mod token_oob;
mod token_otp;
mod token_passkey;
mod token_password;
mod userinfo;

use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, web};

use crate::{
    connection,
    fault::{Endpoint, FaultKind},
    form::Form,
    limits::Allowance,
    log::{RecordedRequest, harmless_headers, without_secrets},
    misuse::{Misuse, Unexpected},
    okta::{incoming::Incoming, pause::pause, route::Route},
    reply::Reply,
    world::World,
};

pub(crate) use hosted::configure;
pub(crate) use id_token::{seal, spoil};
pub use route::{CUSTOM_SERVER, SERVER_WITHOUT_POLICY};

/// Answers every request to an endpoint of the org or to an unknown path.
pub(crate) async fn answer(request: HttpRequest, body: web::Bytes, world: web::Data<World>) -> HttpResponse {
    let incoming = Incoming::read(&request, &body, &world);
    let route = Route::of(&incoming.path);
    let endpoint = route.as_ref().map_or(Endpoint::Any, |route| route.endpoint);
    let fault = world.lock().faults.take(endpoint);
    let poll = Poll::begin(&world, endpoint, &incoming);
    if let Some(FaultKind::Delay { ms }) = fault {
        pause(Duration::from_millis(ms)).await;
    }
    let allowance = limited(&world, route.as_ref());
    let mut reply = match fault.as_ref().and_then(send::instead) {
        Some(broken) => broken,
        None if allowance.is_some_and(|allowance| allowance.is_exceeded) => crate::errors::org_rate_limited(),
        None => processed(&world, &incoming, route.as_ref(), fault.as_ref()),
    };
    if poll.is_concurrent {
        reply.misuse = Some(Misuse::ConcurrentPoll);
    }
    record(&world, &incoming, endpoint, &reply, fault.as_ref());
    if matches!(fault, Some(FaultKind::ResetBefore | FaultKind::ResetAfter)) {
        connection::cut(&request);
    }
    drop(poll);
    send::response(&world, &incoming, reply, fault.as_ref(), allowance)
}

fn processed(world: &World, incoming: &Incoming, route: Option<&Route>, fault: Option<&FaultKind>) -> Reply {
    let Some(route) = route else {
        let summary = format!("Not found: Resource not found: {} (Endpoint)", incoming.path);
        return Reply::core(404, "E0000007", &summary).misuse(Misuse::UnknownPath);
    };
    if let Some(FaultKind::RotateKeys { withdraw }) = fault {
        // OK because the old key stays when no new one can be made, which the test that asked for it will notice.
        let _ = world.rotate_keys(*withdraw);
    }
    dispatch::dispatch(world, incoming, route, fault).unwrap_or_else(|refusal| refusal)
}

/// Counts the request; discovery, keys and unknown paths have no limit.
fn limited(world: &World, route: Option<&Route>) -> Option<Allowance> {
    let route = route.filter(|route| !matches!(route.endpoint, Endpoint::Discovery | Endpoint::Keys))?;
    let now = world.now();
    let mut state = world.lock();
    let (kind, limit) = match route.endpoint {
        Endpoint::Token => ("token", state.limits.token_per_minute),
        _ => ("other", state.limits.other_per_minute),
    };
    let key = format!("{}/{kind}", route.server.as_deref().unwrap_or("org"));
    Some(state.counters.bucket(&key, limit, now))
}

fn record(world: &World, incoming: &Incoming, endpoint: Endpoint, reply: &Reply, fault: Option<&FaultKind>) {
    let mut state = world.lock();
    state.log.count(endpoint);
    if let Some(misuse) = reply.misuse {
        state.expectations.record(Unexpected {
            misuse,
            method: incoming.method.clone(),
            path: incoming.path.clone(),
            request_id: incoming.request_id.clone(),
        });
    }
    if !state.switches.log_requests || state.keep_requests == 0 {
        return;
    }
    let recorded = RecordedRequest {
        at: crate::clock::timestamp(incoming.at).to_string(),
        method: incoming.method.clone(),
        path: incoming.path.clone(),
        endpoint,
        form: without_secrets(asked(incoming, endpoint).fields()),
        headers: harmless_headers(incoming.headers()),
        client_ip: incoming.client_ip.clone(),
        request_id: incoming.request_id.clone(),
        status: reply.status,
        error: reply.error_code(),
        fault: fault.map(send::name),
    };
    let keep = state.keep_requests;
    state.log.keep(recorded, keep);
}

/// The parameters of the request, which a browser may send in the query.
fn asked(incoming: &Incoming, endpoint: Endpoint) -> &Form {
    match endpoint {
        Endpoint::Authorize | Endpoint::SignIn | Endpoint::Logout => incoming.parameters(),
        _ => &incoming.form,
    }
}

/// Marks an `oob_code` as being polled until the answer is ready.
struct Poll<'a> {
    world: &'a World,
    code: Option<String>,
    is_concurrent: bool,
}

impl<'a> Poll<'a> {
    fn begin(world: &'a World, endpoint: Endpoint, incoming: &Incoming) -> Self {
        let code = incoming.form.get("oob_code").filter(|_| endpoint == Endpoint::Token);
        let is_concurrent = code.is_some_and(|code| !world.lock().in_flight.insert(code.to_owned()));
        let code = code.filter(|_| !is_concurrent).map(str::to_owned);
        Self {
            world,
            code,
            is_concurrent,
        }
    }
}

impl Drop for Poll<'_> {
    fn drop(&mut self) {
        if let Some(code) = &self.code {
            self.world.lock().in_flight.remove(code);
        }
    }
}
