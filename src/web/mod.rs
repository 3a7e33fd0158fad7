//! HTTP: one file per page, the middleware, and the mapping from outcomes to statuses.
//!
//! A handler parses, makes one call to `flow`, and hands the outcome to [`reply`]. Failure statuses that no page owns
//! come from [`error`]; their pages are drawn by [`error_pages`], outside every handler.

pub mod access_log;
mod account;
mod account_ends;
mod admin;
mod admin_access;
mod assets;
mod bounds;
#[cfg(debug_assertions)]
mod breaking;
pub mod client_address;
mod code;
mod code_resends;
mod companion;
pub mod connection;
mod cookies;
pub mod cross_host;
pub mod embedding;
mod error;
pub mod error_pages;
pub mod expect;
mod factor;
mod form_token;
mod frame;
mod fresh_form;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzzing;
#[cfg(debug_assertions)]
mod gallery;
mod global_token_revocation;
pub mod headers;
pub mod host_check;
mod json_errors;
mod key_set;
mod look;
mod network_quota;
mod not_found;
mod okta;
mod okta_callback;
pub mod ops;
pub mod origin_check;
mod outcome;
mod panicked;
mod passkey;
mod pipelining;
mod policy_reports;
mod posted;
mod problems;
mod push;
mod push_events;
mod push_resends;
mod redirect_loop;
mod reply;
mod request_context;
mod request_facts;
mod restart;
mod root;
mod session;
mod session_extend;
mod several_sessions;
mod sign_in;
mod sign_out;
mod signed_out;
mod site;
mod socket_offer;
mod steps;
pub mod unread;
pub mod upstream;
pub mod verify;

use actix_web::middleware::{Compress, from_fn};
use actix_web::web::{self, QueryConfig, ServiceConfig};
use actix_web::{FromRequest, Handler, Resource, Responder};
use portico_views::paths;

pub use admin_access::AdminAccess;
use posted::BodyLimit;

pub use assets::{AssetFile, AssetFiles};
pub use cookies::{Cookies, clear_doubled};
pub use network_quota::NetworkQuota;
pub use site::{Brand, Picture, Site};
pub use verify::{Verify, VerifyParts};

/// Largest form, in bytes (SEC-307): it brings the destination along, escaped twice.
const FORM_LIMIT: usize = 32 * 1024;

/// Mounts every public page under the path of the public address. The data that handlers take is put in by `startup`.
pub fn configure(base: &str) -> impl Fn(&mut ServiceConfig) + Clone + use<> {
    let base = base.to_owned();
    move |cfg: &mut ServiceConfig| {
        cfg.app_data(BodyLimit(FORM_LIMIT))
            .app_data(QueryConfig::default().error_handler(error::bad_query))
            .service(web::scope(&base).configure(pages))
            // Beside the path of the service; asked for here only where no portal stands there.
            .service(shown("/", root::show))
            .default_service(web::to(not_found::page));
    }
}

fn pages(cfg: &mut ServiceConfig) {
    cfg.service(shown("", root::show))
        .service(shown("/", root::show))
        .service(page(paths::SIGN_IN, sign_in::show).post(sign_in::submit))
        .service(page(paths::FACTOR, factor::show).post(factor::submit))
        .service(page(paths::CODE, code::show).post(code::submit))
        .service(button(paths::CODE_RESEND).post(code_resends::submit))
        .service(page(paths::PUSH, push::show).post(push::submit))
        .service(resource(paths::PUSH_EVENTS, "GET").get(push_events::show))
        .service(button(paths::PUSH_RESEND).post(push_resends::submit))
        .service(page(paths::PASSKEY, passkey::show).post(passkey::submit))
        .service(button(paths::RESTART).post(restart::submit))
        .service(shown(paths::ACCOUNT, account::show))
        .service(resource(paths::HOSTED, "GET").get(okta::show))
        .service(resource(paths::HOSTED_CALLBACK, "GET").get(okta_callback::show))
        .service(page(paths::SIGN_OUT, sign_out::show).post(sign_out::submit))
        .service(shown(paths::SIGNED_OUT, signed_out::show))
        .service(button(paths::ACCOUNT_END).post(account_ends::one))
        .service(button(paths::ACCOUNT_END_OTHERS).post(account_ends::others))
        .service(shown(key_set::PATH, key_set::show))
        .service(shown(paths::SESSION, session::show).wrap(from_fn(json_errors::write)))
        .service(
            button(paths::SESSION_EXTEND)
                .post(session_extend::submit)
                .wrap(from_fn(json_errors::write)),
        )
        .service(
            button(global_token_revocation::PATH)
                .app_data(BodyLimit(global_token_revocation::LIMIT))
                .post(global_token_revocation::submit),
        )
        .service(
            button(policy_reports::PATH)
                .app_data(BodyLimit(policy_reports::LIMIT))
                .post(policy_reports::submit),
        )
        .service(shown(paths::COMPANION, companion::show))
        .service(shown("/assets/{file}", assets::show).wrap(Compress::default()));
    #[cfg(debug_assertions)]
    {
        gallery::configure(cfg);
        breaking::configure(cfg);
    }
}

/// A page with a form: it is shown, and takes a post.
fn page<F, Args>(path: &str, show: F) -> Resource
where
    F: Handler<Args>,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    readable(resource(path, "GET, HEAD, POST"), show)
}

/// A page that is only shown.
fn shown<F, Args>(path: &str, show: F) -> Resource
where
    F: Handler<Args>,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    readable(resource(path, "GET, HEAD"), show)
}

/// A button of another page.
fn button(path: &str) -> Resource {
    resource(path, "POST")
}

/// HEAD wherever GET is (RFC 9110 §9.1).
fn readable<F, Args>(resource: Resource, show: F) -> Resource
where
    F: Handler<Args>,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    resource.route(web::head().to(show.clone())).get(show)
}

/// Answers other methods than its own with 405 and what is allowed.
fn resource(path: &str, allowed: &'static str) -> Resource {
    let refuse = move || std::future::ready(not_found::method(allowed));
    web::resource(path.to_owned()).default_service(web::to(refuse))
}

#[cfg(test)]
mod tests {
    use actix_web::Handler;

    use super::*;
    use crate::flow::Flow;

    /// What the allocator of the image asks the kernel for, each time anew (docker/Dockerfile), the little around it
    /// apart.
    const MOST: usize = 8 * 1024 - 64;

    fn of<A, H: Handler<A>>(_: H) -> usize {
        size_of::<H::Future>()
    }

    fn of_verb<A, B, C, D, E, F: Future>(_: impl Fn(A, B, C, D, E) -> F) -> usize {
        size_of::<F>()
    }

    #[test]
    fn no_request_is_so_large_that_the_kernel_is_asked_for_its_memory() {
        let begin = |flow: Flow, a, b, c, d| async move { flow.begin(a, b, c, d).await };
        for (name, size) in [
            ("account::show", of(account::show)),
            ("code::show", of(code::show)),
            ("code::submit", of(code::submit)),
            ("factor::show", of(factor::show)),
            ("factor::submit", of(factor::submit)),
            ("passkey::submit", of(passkey::submit)),
            ("push::show", of(push::show)),
            ("push::submit", of(push::submit)),
            ("push_events::show", of(push_events::show)),
            ("session::show", of(session::show)),
            ("sign_in::show", of(sign_in::show)),
            ("sign_in::submit", of(sign_in::submit)),
            ("sign_out::submit", of(sign_out::submit)),
            ("upstream::forward", of(upstream::forward)),
            ("Flow::begin", of_verb(begin)),
        ] {
            assert!(size < MOST, "{name} takes {size} bytes");
        }
    }
}
