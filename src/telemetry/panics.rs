//! What the log and the metrics say about panics: where one happened, and never its message. The message may quote what
//! a customer typed, and so may a backtrace.

use std::panic::{Location, PanicHookInfo};
use std::sync::LazyLock;
use std::thread;

use prometheus_client::metrics::counter::Counter;

/// One counter for the whole process, like the hook.
static PANICS: LazyLock<Counter> = LazyLock::new(Counter::default);

/// From now on a panic is counted and logged as one line, in place of the message of the standard library.
pub fn log_panics() {
    // Initialised now, not in the hook.
    LazyLock::force(&PANICS);
    std::panic::set_hook(Box::new(tell));
}

/// The counter of panics.
pub(super) fn counter() -> Counter {
    PANICS.clone()
}

fn tell(panic: &PanicHookInfo<'_>) {
    PANICS.inc();
    let place = panic.location().map(Location::to_string);
    tracing::error!(
        event = "panic",
        place = place.as_deref().unwrap_or("unknown"),
        thread = thread::current().name().unwrap_or("unnamed"),
        "a bug in this service: the operation in progress was aborted"
    );
}
