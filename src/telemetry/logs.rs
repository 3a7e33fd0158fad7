//! Where log lines go, and their format.
//!
//! One event is one line, whatever a client put into it (SEC-504): JSON escapes by itself, and the text format is
//! escaped as it is written.

pub(super) mod bad_requests;
mod json_line;
mod one_line;
#[cfg(test)]
pub(crate) mod tests;

use std::io;

use tracing::Subscriber;
use tracing_subscriber::filter::{ParseError, Targets};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};
use tracing_subscriber::{Layer, Registry, fmt};

use bad_requests::NoStrangers;
use json_line::{JsonLine, JsonMembers};
use one_line::OneLine;

/// The format of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogFormat {
    #[default]
    Json,
    Text,
}

/// Why the log could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    #[error("cannot read the log filter {filter:?}")]
    Filter {
        filter: String,
        #[source]
        source: ParseError,
    },
    #[error("cannot set up the log")]
    Install(#[source] TryInitError),
}

/// Sends the program's log to standard error. Once per process. `filter` is a level, or levels by target such as
/// `info,portico=debug`.
pub fn init(format: LogFormat, filter: &str) -> Result<(), LogError> {
    subscriber(format, filter, io::stderr)?
        .try_init()
        .map_err(LogError::Install)
}

/// The same log, written to a writer of the caller's, for tests that read it.
pub fn subscriber<W>(
    format: LogFormat,
    filter: &str,
    writer: W,
) -> Result<impl Subscriber + Send + Sync + use<W>, LogError>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let filter: Targets = filter.parse().map_err(|source| LogError::Filter {
        filter: filter.to_owned(),
        source,
    })?;
    let layer = match format {
        LogFormat::Json => fmt::layer()
            .fmt_fields(JsonMembers)
            .event_format(JsonLine)
            .with_writer(writer)
            .boxed(),
        LogFormat::Text => fmt::layer().with_ansi(false).with_writer(OneLine(writer)).boxed(),
    };
    Ok(Registry::default().with(filter).with(NoStrangers).with(layer))
}
