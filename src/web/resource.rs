//! How addresses are mounted: which methods each takes, and the answer to others.

use actix_web::{FromRequest, Handler, Resource, Responder, web};

use super::pages::not_found;

/// A page with a form: it is shown, and takes a post.
pub(super) fn page<F, Args>(path: &str, show: F) -> Resource
where
    F: Handler<Args>,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    readable(resource(path, "GET, HEAD, POST"), show)
}

/// A page that is only shown.
pub(super) fn shown<F, Args>(path: &str, show: F) -> Resource
where
    F: Handler<Args>,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    readable(resource(path, "GET, HEAD"), show)
}

/// A button of another page: it only takes a post.
pub(super) fn button(path: &str) -> Resource {
    resource(path, "POST")
}

/// Answers HEAD wherever it answers GET (RFC 9110 §9.1).
fn readable<F, Args>(resource: Resource, show: F) -> Resource
where
    F: Handler<Args>,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    resource.route(web::head().to(show.clone())).get(show)
}

/// Answers other methods with 405 and the allowed ones.
pub(super) fn resource(path: &str, allowed: &'static str) -> Resource {
    let refuse = move || std::future::ready(not_found::method(allowed));
    web::resource(path.to_owned()).default_service(web::to(refuse))
}
