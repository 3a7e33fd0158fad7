//! What takes place in a browser: `/authorize`, Okta's hosted page, and `/logout`.

mod after;
mod assets;
mod authorize;
mod code;
mod factor;
mod identify;
mod logout;
mod page;
mod request;
mod returning;
mod session;
mod sign_in;
mod sign_in_page;
mod step;
mod turn;

pub(crate) use assets::configure;
pub(super) use authorize::answer as authorize;
pub(super) use logout::answer as logout;
pub(super) use sign_in::answer as sign_in;
