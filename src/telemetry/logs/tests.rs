use std::error::Error as StdError;
use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use tracing_subscriber::fmt::MakeWriter;

use super::{LogError, LogFormat, subscriber};
use crate::clock::{Clock as _, SystemClock};

/// A writer that keeps what was logged.
#[derive(Debug, Clone, Default)]
pub(crate) struct Captured(Arc<Mutex<Vec<u8>>>);

impl Captured {
    /// All that was logged so far.
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Captured {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

fn logged(format: LogFormat, filter: &str, say: impl FnOnce()) -> String {
    let captured = Captured::default();
    let subscriber = subscriber(format, filter, captured.clone()).unwrap();
    tracing::subscriber::with_default(subscriber, say);
    captured.text()
}

#[test]
fn what_a_stranger_can_cause_is_no_error_and_all_else_is() {
    let log = logged(LogFormat::Json, "info", || {
        tracing::error!(target: "actix_http::h1::dispatcher", "stream error: {}", "request parse error: message head is too large");
        tracing::error!(target: "actix_http::h1::decoder", "MAX_BUFFER_SIZE unprocessed data reached, closing");
        tracing::error!(target: "actix_http::h1::dispatcher", "Response payload stream error: {:?}", "broken");
        tracing::error!("stream error: request parse error");
    });
    let lines: Vec<&str> = log.lines().collect();
    assert_eq!(lines.len(), 2, "{log}");
    assert!(lines[0].contains("Response payload stream error"), "{log}");
    assert!(lines[1].contains("portico::"), "ours: {log}");
}

const HOSTILE: &str = "a\r\nERROR forged\u{1b}[31m\u{9b}\u{2028}\u{202e}\"x\" \u{0}\u{8}b";

#[test]
fn sec_504_hostile_text_stays_on_its_line() {
    for format in [LogFormat::Json, LogFormat::Text] {
        let log = logged(format, "info", || {
            tracing::info!(agent = %HOSTILE, name = HOSTILE, "seen {HOSTILE}");
            tracing::info!("second");
        });
        assert_eq!(log.lines().count(), 2, "{format:?} {log}");
        let body = log.replace('\n', "");
        assert!(!body.contains(['\r', '\u{1b}', '\0', '\u{8}']), "{format:?} {log}");
        if format == LogFormat::Text {
            assert!(!body.contains(['\u{9b}', '\u{2028}', '\u{202e}']), "{log}");
        }
    }
}

#[test]
fn a_json_line_is_one_flat_object_with_its_span() {
    let log = logged(LogFormat::Json, "info", || {
        let _request = tracing::info_span!("request", request_id = "abc").entered();
        tracing::info!(status = 200, agent = %HOSTILE, "answered");
    });
    let line: serde_json::Value = serde_json::from_str(&log).unwrap();
    assert_eq!(line["message"], "answered");
    assert_eq!(line["status"], 200);
    assert_eq!(line["agent"], HOSTILE);
    assert_eq!(line["level"], "INFO");
    assert_eq!(line["span"]["request_id"], "abc");
}

#[test]
fn a_json_line_has_its_members_in_a_fixed_order() {
    let log = logged(LogFormat::Json, "info", || {
        let request = tracing::info_span!("a \"request\"", request_id = "a\"b", route = tracing::field::Empty);
        request.record("route", "/sign-in");
        let _request = request.entered();
        let nothing: Option<&str> = None;
        tracing::info!(
            count = -3,
            many = u64::MAX,
            ratio = 0.5,
            whole = 2.0,
            none = f64::NAN,
            yes = true,
            r#type = "t",
            absent = nothing,
            reason = ?Some("x"),
            "done {}\n",
            1
        );
    });
    let (time, rest) = log.split_at("{\"timestamp\":\"2026-11-30T15:00:00.000000Z\"".len());
    let time: jiff::Timestamp = time.split('"').nth(3).unwrap().parse().unwrap();
    assert!(SystemClock.now().duration_since(time).as_secs() < 60);
    assert_eq!(
        rest,
        concat!(
            r#","level":"INFO","message":"done 1\n","count":-3,"many":18446744073709551615,"ratio":0.5,"whole":2.0,"#,
            r#""none":null,"yes":true,"type":"t","reason":"Some(\"x\")","target":"portico::telemetry::logs::tests","#,
            r#""span":{"request_id":"a\"b","route":"/sign-in","name":"a \"request\""}}"#,
            "\n"
        )
    );
}

#[derive(Debug, thiserror::Error)]
#[error("the key set could not be fetched")]
struct NotFetched(#[source] io::Error);

#[test]
fn an_error_is_written_with_its_causes() {
    for format in [LogFormat::Json, LogFormat::Text] {
        let log = logged(format, "info", || {
            let error = NotFetched(io::Error::other("connection \"refused\""));
            tracing::warn!(error = &error as &dyn StdError, "not ready");
        });
        assert!(log.contains("the key set could not be fetched"), "{log}");
        assert!(log.contains("refused"), "{log}");
    }
}

#[test]
fn the_filter_decides_what_is_said() {
    let log = logged(LogFormat::Text, "warn", || {
        tracing::info!("quiet");
        tracing::warn!("loud");
    });
    assert!(!log.contains("quiet") && log.contains("loud"), "{log}");
}

#[test]
fn a_bad_filter_is_named() {
    let outcome = subscriber(LogFormat::Text, "portico=loudest", io::sink).err();
    assert!(matches!(outcome, Some(LogError::Filter { filter, .. }) if filter == "portico=loudest"));
}
