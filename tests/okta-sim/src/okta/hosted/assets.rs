//! Style sheet and script of the hosted pages, as files: this allows a strict content security policy.

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
