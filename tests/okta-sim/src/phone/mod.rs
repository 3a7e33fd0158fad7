//! The phone of each account: as a value for tests, as JSON for scripts, as a page for people.

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

/// Whether a browser's form was posted, rather than a script's JSON.
fn is_form(request: &HttpRequest) -> bool {
    let media_type = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    media_type.is_some_and(|media_type| media_type.starts_with("application/x-www-form-urlencoded"))
}
