//! Who may administer, through the private port.

use std::net::IpAddr;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{AUTHORIZATION, HOST, HeaderMap};
use actix_web::http::uri::Authority;
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpResponse};
use secrecy::{ExposeSecret as _, SecretString};

use crate::flow::RequestOrigin;
use crate::web::api::json_errors::message;
use crate::web::middleware::client_address::peer_address;

/// Which clients may administer.
#[derive(Debug, Clone)]
pub enum AdminAccess {
    /// Every client that reaches the port: none from another machine does.
    Loopback,
    /// Every client with this token.
    Token(SecretString),
    /// Nobody: the port can be reached from outside and there is no token.
    Closed,
}

/// Middleware: lets in only clients that may administer.
pub(in crate::web) async fn guard(
    access: Data<AdminAccess>,
    req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    if is_sent_by_a_page_elsewhere(req.headers()) {
        let text = "a page of another origin has no business here";
        return Ok(req.into_response(message(HttpResponse::Forbidden(), text)));
    }
    if let Some(refused) = access.refuses(req.headers()) {
        return Ok(req.into_response(refused));
    }
    let origin = RequestOrigin::without_code(peer_address(req.peer_addr()));
    let answer = origin.scope(next.call(req)).await?;
    Ok(answer.map_into_boxed_body())
}

impl AdminAccess {
    fn refuses(&self, headers: &HeaderMap) -> Option<HttpResponse> {
        match self {
            Self::Loopback if is_asked_by_address(headers) => None,
            Self::Loopback => Some(message(
                HttpResponse::MisdirectedRequest(),
                "ask by IP address or as localhost, or set ops.admin_token_file and bring the token",
            )),
            Self::Token(token) if brings(headers, token) => None,
            Self::Token(_) => Some(message(
                HttpResponse::Unauthorized(),
                "bring the token of ops.admin_token_file: Authorization: Bearer …",
            )),
            Self::Closed => Some(message(
                HttpResponse::Forbidden(),
                "the private port can be reached from other machines: set ops.admin_token_file, or let ops.listen be a \
                 loopback address",
            )),
        }
    }
}

/// Whether `Host` is an IP address or `localhost`. A page on the web can point a name of its own at this machine and so
/// be same-origin in a browser here (DNS rebinding), but it cannot do so with an IP address. With a token the name does
/// not matter, because the page does not have the token.
fn is_asked_by_address(headers: &HeaderMap) -> bool {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let Some(host) = host.and_then(|host| host.parse::<Authority>().ok()) else {
        return false;
    };
    let host = host.host();
    let is_address = host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok();
    is_address || host.eq_ignore_ascii_case("localhost")
}

/// Whether a browser says that a page of another origin asks (SEC-104). Programs send no such header, and for a typed
/// address it is `none`.
fn is_sent_by_a_page_elsewhere(headers: &HeaderMap) -> bool {
    let mut said = headers.get_all("sec-fetch-site");
    said.any(|site| site != "same-origin" && site != "none")
}

fn brings(headers: &HeaderMap, token: &SecretString) -> bool {
    let brought = headers
        .get(AUTHORIZATION)
        .and_then(|value| value.as_bytes().strip_prefix(b"Bearer "));
    brought.is_some_and(|brought| {
        aws_lc_rs::constant_time::verify_slices_are_equal(brought, token.expose_secret().as_bytes()).is_ok()
    })
}
