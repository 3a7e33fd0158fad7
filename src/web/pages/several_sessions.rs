//! The page for a browser with several live sessions under one cookie name: which cookie that is, and what to do.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::ContentType;
use portico_views::{self as views, Trouble, TroublePage};

use super::frame::Frame;
use crate::web::outcome::note_outcome;
use crate::web::request_context::RequestContext;

/// Renders the page. `again` is the URL of the form with its destination.
pub(in crate::web) fn page(context: &RequestContext, again: Option<&str>) -> HttpResponse {
    let (site, facts) = (&context.site, &context.facts);
    let frame = Frame::plain(site, &facts.request_id, facts.words);
    let page = views::trouble(&TroublePage {
        chrome: &frame.chrome(),
        trouble: Trouble::SeveralSessions(site.cookies.session_name()),
        destination: None,
        retry_url: again,
        is_hosted_offered: false,
    });
    let mut answer = HttpResponse::build(StatusCode::CONFLICT)
        .insert_header(ContentType::html())
        .body(page.into_string());
    note_outcome(&mut answer, "several_sessions");
    answer
}
