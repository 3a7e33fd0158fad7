//! What the portal behind us relies on: where a visitor may be sent after signing in.
//!
//! May name `domain`, `session`, `clock` and `url`; knows nothing of HTTP, pages or Okta. Start reading at
//! [`return_to`].

pub mod return_to;

pub use return_to::{BadDestinations, Destinations, Refused, ReturnTo};
