//! `/sign-in/push`: waiting for the phone.

use actix_web::{HttpRequest, HttpResponse, web};
use portico_views::paths;

use super::error::WebError;
use super::guard::{self, Admitted, AtQuery, Shared, Verdict, to_the_end};
use super::guest::{Guest, Known};
use super::push_resends::TokenForm;
use super::reply::Reply;
use super::sign_in;
use super::site::Site;
use crate::domain::ids::Tab;
use crate::domain::step::Step;
use crate::flow::Flow;

/// Shows the wait, or leads on when it is over.
pub(super) async fn show(
    query: web::Query<AtQuery>,
    guest: Guest,
    site: Shared<Site>,
    flow: Shared<Flow>,
) -> Result<HttpResponse, WebError> {
    show_at(&query, &guest, &site, &flow, paths::PUSH).await
}

/// "I have approved it": asks Okta once. This is the way without script.
pub(super) async fn submit(
    req: HttpRequest,
    form: web::Form<TokenForm>,
    guest: Guest,
    site: Shared<Site>,
    flow: Shared<Flow>,
) -> Result<HttpResponse, WebError> {
    let verdict = guard::admit(&req, &site, &flow, &guest, &form.csrf, &form.attempt).await?;
    let Admitted { visitor, place } = match verdict {
        Verdict::Admitted(admitted) => *admitted,
        Verdict::Stale(known) => return sign_in::stale(&site, &flow, &guest, *known, None).await,
    };
    let turn = to_the_end({
        let (flow, visitor) = (flow.get_ref().clone(), visitor.clone());
        async move { flow.check_push(visitor, place.tab).await }
    })
    .await?;
    let reply = Reply::new(&site, &flow, &guest, &visitor);
    let step = reply.step(&turn);
    let waits =
        turn.signed_in.is_none() && matches!(&step, Step::Push(push) if push.over.is_none());
    Ok(if waits {
        reply.to_step(&turn, &step, "&checked=1")
    } else {
        reply.posted(&turn, paths::PUSH)
    })
}

/// Shows the page at `path` for the attempt that the address names.
pub(super) async fn show_at(
    query: &AtQuery,
    guest: &Guest,
    site: &Site,
    flow: &Flow,
    path: &str,
) -> Result<HttpResponse, WebError> {
    let Known { visitor, is_new } = guest.known(flow).await?;
    let mut reply = Reply::new(site, flow, guest, &visitor);
    (reply.is_new, reply.view) = (is_new, query.view());
    look(&reply, query.place().map(|place| place.tab).as_ref(), path).await
}

/// Looks at an attempt from the page at `path`: claims an approval, and sends whoever has a session already on.
pub(super) async fn look(
    reply: &Reply<'_>,
    tab: Option<&Tab>,
    path: &str,
) -> Result<HttpResponse, WebError> {
    let flow = reply.flow;
    let turn = flow.look(reply.visitor, tab).await?;
    let mut turn = flow.complete(reply.visitor, turn.tab, turn.attempt).await?;
    if turn.signed_in.is_none() && reply.step(&turn) == Step::Finished {
        if let Some(id) = &reply.guest.session
            && flow.session(id).await?.is_some()
        {
            return Ok(reply.see_other(flow.destination_of(&turn.attempt).as_str()));
        }
        turn = flow.restart(reply.visitor, Some(&turn.tab)).await?;
    }
    Ok(reply.shown(&turn, path))
}
