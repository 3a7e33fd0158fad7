//! HTTP: the pages, the endpoints for programs and for proxies, the way to the portal, the private port, and what
//! surrounds every request.
//!
//! A handler parses, makes one call to `flow`, and hands the outcome to [`pages::reply`]. Neither an extractor nor
//! [`admission`] answers by itself: what it gives is an error. For a stale form [`pages::submitted`] draws a fresh one;
//! other failures come from [`error`], and their pages are drawn by [`pages::error_pages`], outside every handler.

mod admission;
pub mod api;
mod brand;
mod cookies;
mod error;
pub mod forward_auth;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzzing;
pub mod middleware;
mod outcome;
pub mod pages;
pub mod private;
mod request_context;
mod request_facts;
mod request_id;
mod resource;
mod site;
mod trace_headers;
pub mod upstream;

use actix_web::middleware::Compress;
use actix_web::web::{self, QueryConfig, ServiceConfig};
use portico_views::paths;

use pages::posted_form::BodyLimit;
use pages::submitted::submitted;
pub use private::admin_access::AdminAccess;
pub use private::ops::ALIVE;
use resource::{button, page, resource, shown};

pub use api::assets::{AssetFile, AssetFiles};
pub use api::policy_reports::begin_counts as begin_policy_report_counts;
pub use brand::{Brand, Picture};
pub use cookies::{Cookies, clear_doubled};
pub use forward_auth::verify::{Verify, VerifyParts};
pub use middleware::network_quota::NetworkQuota;
pub use site::Site;

/// Mounts every public page under the path of the public address. `startup` registers the data that handlers take.
pub fn configure(base: &str) -> impl Fn(&mut ServiceConfig) + Clone + use<> {
    let base = base.to_owned();
    move |cfg: &mut ServiceConfig| {
        cfg.app_data(BodyLimit(pages::posted_form::FORM_LIMIT))
            .app_data(QueryConfig::default().error_handler(error::bad_query))
            .configure(|cfg| below(&base, cfg))
            // Outside the path of the service; reached only where no portal is served.
            .service(shown("/", pages::root::show))
            .default_service(web::to(pages::not_found::page));
    }
}

/// The pages below a path. A scope costs every request to them a search of its own, so there is none where none is needed.
fn below(base: &str, cfg: &mut ServiceConfig) {
    if base.is_empty() {
        pages(cfg);
    } else {
        cfg.service(web::scope(base).configure(pages));
    }
}

fn pages(cfg: &mut ServiceConfig) {
    cfg.service(shown("", pages::root::show))
        .service(shown("/", pages::root::show))
        .service(page(paths::SIGN_IN, pages::sign_in::show).post(submitted(pages::sign_in::submit)))
        .service(page(paths::FACTOR, pages::factor::show).post(submitted(pages::factor::submit)))
        .service(page(paths::CODE, pages::code::show).post(submitted(pages::code::submit)))
        .service(button(paths::CODE_RESEND).post(submitted(pages::code_resends::submit)))
        .service(page(paths::PUSH, pages::push::show).post(submitted(pages::push::submit)))
        .service(resource(paths::PUSH_EVENTS, "GET").get(pages::push_events::show))
        .service(button(paths::PUSH_RESEND).post(submitted(pages::push_resends::submit)))
        .service(page(paths::PASSKEY, pages::passkey::show).post(submitted(pages::passkey::submit)))
        .service(button(paths::RESTART).post(submitted(pages::restart::submit)))
        .service(shown(paths::ACCOUNT, pages::account::show))
        .service(resource(paths::HOSTED, "GET").get(pages::okta::show))
        .service(resource(paths::HOSTED_CALLBACK, "GET").get(pages::okta_callback::show))
        .service(page(paths::SIGN_OUT, pages::sign_out::show).post(pages::sign_out::submit))
        .service(shown(paths::SIGNED_OUT, pages::signed_out::show))
        .service(button(paths::ACCOUNT_END).post(pages::account_ends::one))
        .service(button(paths::ACCOUNT_END_OTHERS).post(pages::account_ends::others))
        .service(shown(api::key_set::PATH, api::key_set::show))
        .service(shown(paths::SESSION, api::session::show))
        .service(button(paths::SESSION_EXTEND).post(api::session_extend::submit))
        .service(
            button(api::global_token_revocation::PATH)
                .app_data(BodyLimit(api::global_token_revocation::LIMIT))
                .post(api::global_token_revocation::submit),
        )
        .service(
            button(api::policy_reports::PATH)
                .app_data(BodyLimit(api::policy_reports::LIMIT))
                .post(api::policy_reports::submit),
        )
        .service(shown(paths::COMPANION, api::companion::show))
        .service(shown("/assets/{file}", api::assets::show).wrap(Compress::default()));
    #[cfg(debug_assertions)]
    {
        pages::gallery::configure(cfg);
        middleware::dev_panic::configure(cfg);
    }
}

#[cfg(test)]
mod tests {
    use actix_web::Handler;

    use super::*;
    use crate::flow::Flow;

    /// The size from which the image's allocator asks the kernel for memory, each time anew (docker/Dockerfile), less a
    /// little overhead.
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
            ("account::show", of(pages::account::show)),
            ("code::show", of(pages::code::show)),
            ("code::submit", of(submitted(pages::code::submit))),
            ("factor::show", of(pages::factor::show)),
            ("factor::submit", of(submitted(pages::factor::submit))),
            ("passkey::submit", of(submitted(pages::passkey::submit))),
            ("push::show", of(pages::push::show)),
            ("push::submit", of(submitted(pages::push::submit))),
            ("push_events::show", of(pages::push_events::show)),
            ("session::show", of(api::session::show)),
            ("sign_in::show", of(pages::sign_in::show)),
            ("sign_in::submit", of(submitted(pages::sign_in::submit))),
            ("sign_out::submit", of(pages::sign_out::submit)),
            ("upstream::forward", of(upstream::forward)),
            ("Flow::begin", of_verb(begin)),
        ] {
            assert!(size < MOST, "{name} takes {size} bytes");
        }
    }
}
