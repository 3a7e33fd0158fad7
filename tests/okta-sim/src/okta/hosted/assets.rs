//! Style and script beside the pages: files, so that a strict content security policy holds.

use actix_web::web;

use crate::phone::served;

const STYLE: &str = include_str!("../../../assets/sign-in.css");
const SCRIPT: &str = include_str!("../../../assets/form-post.js");

pub(crate) fn configure(config: &mut web::ServiceConfig) {
    let style = || async { served("text/css; charset=utf-8", STYLE) };
    let script = || async { served("text/javascript; charset=utf-8", SCRIPT) };
    config
        .route("/signin/assets/sign-in.css", web::get().to(style))
        .route("/signin/assets/form-post.js", web::get().to(script));
}
