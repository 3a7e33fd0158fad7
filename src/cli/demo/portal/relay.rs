//! Does for the companion what the reverse proxy of a portal does (docs/portal.md): it leads three addresses of the
//! portal's own origin to the service.

use std::error::Error as StdError;

use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, COOKIE, ETAG, HeaderName, IF_NONE_MATCH};
use actix_web::http::{Method, StatusCode};
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};

use super::state::PortalState;

/// The path of the companion script on the portal.
pub(super) const COMPANION: &str = "/portico/companion.js";

const ASKED: [HeaderName; 4] = [
    COOKIE,
    IF_NONE_MATCH,
    HeaderName::from_static("sec-fetch-site"),
    HeaderName::from_static("x-csrf-token"),
];
const ANSWERED: [HeaderName; 3] = [CACHE_CONTROL, CONTENT_TYPE, ETAG];

pub(super) fn configure(cfg: &mut ServiceConfig) {
    cfg.route(COMPANION, web::get().to(pass_on))
        .route("/portico/session", web::get().to(pass_on))
        .route("/portico/session/extend", web::post().to(pass_on));
}

async fn pass_on(req: HttpRequest, state: Data<PortalState>) -> HttpResponse {
    match passed_on(&req, &state).await {
        Ok(answer) => answer,
        Err(error) => {
            tracing::warn!(
                error = AsRef::<dyn StdError>::as_ref(&error),
                "the sample portal could not pass a request on"
            );
            HttpResponse::BadGateway().finish()
        }
    }
}

async fn passed_on(req: &HttpRequest, state: &PortalState) -> anyhow::Result<HttpResponse> {
    let path = req.path().trim_start_matches("/portico/");
    let address = state.service.join(path)?;
    let mut question = if req.method() == Method::POST {
        state.client.post(address)
    } else {
        state.client.get(address)
    };
    for name in ASKED {
        if let Some(value) = req.headers().get(&name) {
            question = question.header(name.as_str(), value.as_bytes());
        }
    }
    let response = question.send().await?;
    let mut answer = HttpResponse::build(StatusCode::from_u16(response.status().as_u16())?);
    for name in ANSWERED {
        if let Some(value) = response.headers().get(name.as_str()) {
            answer.insert_header((name, value.as_bytes()));
        }
    }
    Ok(answer.body(response.bytes().await?))
}
