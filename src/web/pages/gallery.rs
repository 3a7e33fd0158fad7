//! `/dev/gallery`: every page in every state. Debug builds only; a test looks for it in release builds.

use actix_web::http::header::ContentType;
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use portico_views::{gallery, paths, samples};

use super::frame::Frame;
use crate::web::error::WebError;
use crate::web::request_facts::words;
use crate::web::request_id::RequestId;
use crate::web::site::Site;

pub(in crate::web) fn configure(cfg: &mut ServiceConfig) {
    cfg.route(paths::GALLERY, web::get().to(index))
        .route("/dev/gallery/{name}", web::get().to(show));
}

async fn index(req: HttpRequest, site: web::Data<Site>) -> HttpResponse {
    let request_id = RequestId::of(&req);
    let frame = Frame::plain(&site, request_id.as_str(), words(&req));
    html(gallery::index(&frame.chrome(), &on_stage(&req, &site, samples::all)))
}

async fn show(req: HttpRequest, name: web::Path<String>, site: web::Data<Site>) -> Result<HttpResponse, WebError> {
    let sample = on_stage(&req, &site, |stage| samples::find(stage, &name)).ok_or(WebError::NotFound)?;
    Ok(html(sample.html))
}

/// Renders the samples with this installation's brand and pictures, in the browser's language.
fn on_stage<T>(req: &HttpRequest, site: &Site, play: impl FnOnce(&samples::Stage<'_>) -> T) -> T {
    let picture = |url: &Option<String>| url.clone().unwrap_or_default();
    let (logo, logo_dark) = (picture(&site.logo_url), picture(&site.logo_dark_url));
    play(&samples::Stage {
        words: words(req),
        base: &site.base,
        assets: &site.assets,
        logo: &logo,
        logo_dark: &logo_dark,
        favicon: &picture(&site.favicon_url),
    })
}

fn html(markup: maud::Markup) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header(ContentType::html())
        .body(markup.into_string())
}
