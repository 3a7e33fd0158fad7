//! The phone of each account: a value for tests, JSON for scripts, a page for people.

mod assets;
mod events;
mod handle;
mod json_view;
mod page;
mod passkeys;
mod prompts;
mod routes;

pub use handle::Phone;
pub use json_view::{Answer, PromptView, Screen};

pub(crate) use assets::served;
pub(crate) use routes::configure;

use actix_web::{HttpRequest, http::header};

/// Whether this is a form from a browser, rather than JSON from a script.
fn is_form(request: &HttpRequest) -> bool {
    let media_type = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    media_type.is_some_and(|media_type| media_type.starts_with("application/x-www-form-urlencoded"))
}
