//! Forward-auth: the portal's proxy asks about each request before it lets it through.
//!
//! It is mounted outside the middleware of the pages: an answer that lets a request pass writes no log line and is the
//! most frequent answer of all. [`metadata`] describes what each proxy sends, [`answer`] what each understands;
//! [`crate::portal::gate`] decides.

mod answer;
mod asked_by;
mod check_span;
mod client_kind;
mod identity;
mod metadata;
mod per_host_cache;
mod preflight;
mod question;
pub(super) mod question_file;
mod refusal_log;
pub(super) mod request_session;
mod service;
pub(in crate::web) mod wanted_assurance;

use actix_web::guard::{self, Guard, GuardContext};
use actix_web::http::Method;
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, Resource};

use crate::flow::Flow;
use crate::portal::proxies::{AsksBy, Proxy};
use crate::web::pages::not_found;
use check_span::check;
use question::refuse;

pub(in crate::web) use question::{PassedRequest, Refused, admit, is_page};
pub use question_file::RawAuthRequest;
pub use service::{Verify, VerifyParts};

/// Path segment at which a proxy hands over a request that it refuses. The proxies that use it discard their own answer
/// while the request is still arriving; we read the request first (docs/decisions/0027).
pub(in crate::web) const REFUSED: &str = "refused";

/// Mounts the paths, one per proxy.
pub fn configure(base: &str) -> impl Fn(&mut ServiceConfig) + Clone + use<> {
    let base = base.to_owned();
    move |cfg: &mut ServiceConfig| {
        for proxy in Proxy::ALL {
            let path = format!("{base}/verify/{}", proxy.name());
            if proxy.traits().hands_over_refused {
                let path = format!("{path}/{REFUSED}");
                let refuse = move |req: HttpRequest, verify: Data<Verify>, flow: Data<Flow>| async move {
                    refuse(proxy, &req, &verify, &flow).await
                };
                cfg.service(literal(path).to(refuse));
            }
            let check = move |req: HttpRequest, verify: Data<Verify>, flow: Data<Flow>| async move {
                check(proxy, &req, &verify, &flow).await
            };
            if proxy.traits().asks_by == AsksBy::OwnPath {
                // The original path follows the prefix, and the method is the original one. A scope, because every other request
                // would be held against a pattern first.
                let below = web::scope(&path).default_service(web::to(check));
                cfg.service(below.guard(begins(path)));
            } else {
                let refuse = |verify: Data<Verify>| async move {
                    let mut answer = not_found::method("GET, HEAD");
                    verify.security.apply_to_bare(answer.headers_mut());
                    answer
                };
                cfg.service(
                    literal(path)
                        .route(web::route().guard(guard::fn_guard(asks)).to(check))
                        .default_service(web::to(refuse)),
                );
            }
        }
    }
}

/// Our own guard: the library's would record the allowed methods with each request.
fn asks(context: &GuardContext<'_>) -> bool {
    matches!(context.head().method, Method::GET | Method::HEAD)
}

/// Matches this path literally. Proxies block it for all other clients, and not every proxy decodes escapes first.
fn literal(path: String) -> Resource {
    web::resource(path.clone()).guard(begins(path))
}

fn begins(path: String) -> impl Guard {
    guard::fn_guard(move |context| context.head().uri.path().starts_with(&path))
}
