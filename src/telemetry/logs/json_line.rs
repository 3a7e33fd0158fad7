//! One event as one line of JSON: time, level, the fields of the event, target, and the current span.
//!
//! A page costs little more than its line in the log, so the line is written straight into the buffer of the layer. The
//! format of tracing-subscriber goes through a map of serde for each line, and reads the fields of the span again: that
//! was a sixth of the instructions of a page (docs/performance.md).

use std::error::Error;
use std::fmt::{self, Debug, Display, Write as _};
use std::iter::successors;

use tracing::field::{Field, Visit};
use tracing::span::Record;
use tracing::{Event, Subscriber};
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, FormattedFields};
use tracing_subscriber::registry::LookupSpan;

use crate::clock::{Clock as _, SystemClock};

/// The format of an event.
#[derive(Debug)]
pub(super) struct JsonLine;

/// The format of a span's fields: members of an object, without its braces.
#[derive(Debug)]
pub(super) struct JsonMembers;

impl<S> FormatEvent<S, JsonMembers> for JsonLine
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, JsonMembers>,
        mut line: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let about = event.metadata();
        write!(line, "{{\"timestamp\":\"{:.6}\",\"level\":\"", SystemClock.now())?;
        line.write_str(about.level().as_str())?;
        line.write_str("\"")?;
        let mut members = Members::after_others(line);
        event.record(&mut members);
        members.text("target", about.target());
        let mut line = members.finish()?;
        let span = event.parent().and_then(|id| context.span(id));
        if let Some(span) = span.or_else(|| context.lookup_current()) {
            line.write_str(",\"span\":{")?;
            if let Some(fields) = span.extensions().get::<FormattedFields<JsonMembers>>()
                && !fields.is_empty()
            {
                line.write_str(fields)?;
                line.write_str(",")?;
            }
            line.write_str("\"name\":")?;
            write_text(&mut line, span.name())?;
            line.write_str("}")?;
        }
        line.write_str("}\n")
    }
}

impl<'a> FormatFields<'a> for JsonMembers {
    fn format_fields<R: RecordFields>(&self, line: Writer<'a>, fields: R) -> fmt::Result {
        let mut members = Members::first(line);
        fields.record(&mut members);
        members.finish().map(drop)
    }

    fn add_fields(&self, current: &'a mut FormattedFields<Self>, fields: &Record<'_>) -> fmt::Result {
        let has_others = !current.is_empty();
        let line = current.as_writer();
        let mut members = if has_others {
            Members::after_others(line)
        } else {
            Members::first(line)
        };
        fields.record(&mut members);
        members.finish().map(drop)
    }
}

/// Writes fields as members of an object. The first error is kept: the visitor's methods return none.
struct Members<'a> {
    line: Writer<'a>,
    comma: &'static str,
    written: fmt::Result,
}

impl<'a> Members<'a> {
    fn first(line: Writer<'a>) -> Self {
        Self {
            line,
            comma: "",
            written: Ok(()),
        }
    }

    fn after_others(line: Writer<'a>) -> Self {
        Self {
            comma: ",",
            ..Self::first(line)
        }
    }

    fn finish(self) -> Result<Writer<'a>, fmt::Error> {
        self.written.map(|()| self.line)
    }

    fn text(&mut self, name: &str, value: &str) {
        self.member(name, |line| write_text(line, value));
    }

    fn plain(&mut self, name: &str, value: impl Display) {
        self.member(name, |line| write!(line, "{value}"));
    }

    fn member(&mut self, name: &str, write: impl FnOnce(&mut Writer<'a>) -> fmt::Result) {
        if self.written.is_ok() {
            self.written = self.try_member(name, write);
        }
    }

    fn try_member(&mut self, name: &str, write: impl FnOnce(&mut Writer<'a>) -> fmt::Result) -> fmt::Result {
        self.line.write_str(self.comma)?;
        self.comma = ",";
        // A field that is named like a keyword.
        write_text(&mut self.line, name.strip_prefix("r#").unwrap_or(name))?;
        self.line.write_str(":")?;
        write(&mut self.line)
    }
}

impl Visit for Members<'_> {
    fn record_f64(&mut self, field: &Field, value: f64) {
        // JSON has no word for what is no number.
        if value.is_finite() {
            self.plain(field.name(), format_args!("{value:?}"));
        } else {
            self.plain(field.name(), "null");
        }
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.plain(field.name(), value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.plain(field.name(), value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.plain(field.name(), value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.text(field.name(), value);
    }

    /// With its causes: the outermost error alone seldom says what to do.
    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.member(field.name(), |line| {
            quoted(line, |text| {
                write!(text, "{value}")?;
                successors(value.source(), |cause| (*cause).source()).try_for_each(|cause| write!(text, ": {cause}"))
            })
        });
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.member(field.name(), |line| quoted(line, |text| write!(text, "{value:?}")));
    }
}

fn write_text(line: &mut Writer<'_>, text: &str) -> fmt::Result {
    quoted(line, |inside| inside.write_str(text))
}

fn quoted(line: &mut Writer<'_>, write: impl FnOnce(&mut Escaped<'_, '_>) -> fmt::Result) -> fmt::Result {
    line.write_str("\"")?;
    write(&mut Escaped(&mut *line))?;
    line.write_str("\"")
}

/// What is inside the quotes of a JSON string.
struct Escaped<'a, 'b>(&'a mut Writer<'b>);

impl fmt::Write for Escaped<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        // Without a branch for each byte: the processor looks at many at once.
        let is_special = |found, byte| found | matches!(byte, 0..b' ' | b'"' | b'\\');
        if !text.bytes().fold(false, is_special) {
            return self.0.write_str(text);
        }
        let quoted = serde_json::to_string(text).map_err(|_| fmt::Error)?;
        self.0.write_str(quoted.get(1..quoted.len() - 1).unwrap_or_default())
    }
}
