//! The decisions that the portal behind us relies on: where a customer may be sent, which requests may pass, and the
//! identity headers.
//!
//! May name `domain`, `session`, `clock` and `url`; knows nothing of pages or Okta, and of HTTP only what [`back_channel`]
//! sends to the portal. Start reading at [`gate`].

pub mod assertion;
pub mod back_channel;
pub mod explain;
pub mod forbidden_headers;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzzing;
pub mod gate;
mod hosts;
pub mod identity_headers;
mod path;
mod path_pattern;
pub mod proxies;
pub mod return_to;
mod rule_index;
pub mod rules;

pub use hosts::{Authority, HostPattern};
pub use path::PathMatching;
pub use path_pattern::PathPattern;
pub use return_to::{BadDestinations, Destinations, ReturnTo, ReturnToError};
