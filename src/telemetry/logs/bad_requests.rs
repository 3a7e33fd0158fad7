//! Filters what the HTTP library logs about requests that it cannot read. It calls them errors, but anybody can send
//! such requests, and they are answered: in the log they would wake the operator on call.

use std::fmt::Debug;

use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

/// The targets under which the library logs them.
const PLACES: [&str; 2] = ["actix_http::h1::decoder", "actix_http::h1::dispatcher"];

/// How these messages begin. The library's other errors are ours, or the portal's.
const SAID: [&str; 3] = [
    "MAX_BUFFER_SIZE unprocessed data reached",
    "stream error: request parse error",
    "stream error: request did not complete",
];

/// Keeps these messages out of the log.
#[derive(Debug, Clone, Copy)]
pub(super) struct NoStrangers;

impl<S: Subscriber> Layer<S> for NoStrangers {
    fn event_enabled(&self, event: &Event<'_>, _: Context<'_, S>) -> bool {
        if !PLACES.contains(&event.metadata().target()) {
            return true;
        }
        let mut message = Message(String::new());
        event.record(&mut message);
        !SAID.iter().any(|begins| message.0.starts_with(begins))
    }
}

struct Message(String);

impl Visit for Message {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "message" {
            self.0 = format!("{value:?}");
        }
    }
}
