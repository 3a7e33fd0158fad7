//! Style sheet and script of the phone's page, as files: this allows a strict content security policy.

use actix_web::{HttpResponse, http::header};

const STYLE: &str = include_str!("../../assets/phone.css");
const SCRIPT: &str = include_str!("../../assets/phone.js");

pub(super) async fn style() -> HttpResponse {
    served("text/css; charset=utf-8", STYLE)
}

pub(super) async fn script() -> HttpResponse {
    served("text/javascript; charset=utf-8", SCRIPT)
}

pub(crate) fn served(media_type: &'static str, text: &'static str) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, media_type))
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .body(text)
}
