//! What the log and the metrics say of panics: where, and never what. The text of a panic may quote what a customer
//! typed, and so may a backtrace.

use std::panic::{Location, PanicHookInfo};
use std::sync::LazyLock;
use std::thread;

use prometheus_client::metrics::counter::Counter;

/// One for the whole process, as the hook is.
static PANICS: LazyLock<Counter> = LazyLock::new(Counter::default);

/// From now on a panic is counted and is one line of the log. What takes the place of the line of the standard library.
pub fn log_panics() {
    // Made now, not in the hook.
    LazyLock::force(&PANICS);
    std::panic::set_hook(Box::new(tell));
}

/// How many there were.
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
        "a bug of this service: what was under way broke off"
    );
}
