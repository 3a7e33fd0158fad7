//! What the HTTP library says of requests that it cannot read. It calls them errors, but anybody can send them, and
//! they are answered: in the log they would wake whoever is on call.

use std::fmt::Debug;

use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

/// Where the library says it.
const PLACES: [&str; 2] = ["actix_http::h1::decoder", "actix_http::h1::dispatcher"];

/// How that begins. Its other errors are ours, or the portal's.
const SAID: [&str; 3] = [
    "MAX_BUFFER_SIZE unprocessed data reached",
    "stream error: request parse error",
    "stream error: request did not complete",
];

/// Keeps it out of the log.
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
