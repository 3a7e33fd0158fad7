//! What operators need: the private port, the log and the audit record.

mod audit;

use std::net::SocketAddr;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use super::key::{Key, SettingKind, UrlRule};
use super::otlp::OtlpConfig;
use super::reader::{Reader, Reported};
use super::secret;
use super::value::Choice;
use audit::{AUDIT_ADDRESS_KEY, AUDIT_FULL_KEY, AUDIT_KEY};

pub use audit::{AuditAddress, AuditConfig, AuditFull, AuditSetting};

/// The private port, the log and the audit record.
#[derive(Debug, Clone)]
pub struct OpsConfig {
    /// Address of the private port; never that of the public one.
    pub listen: SocketAddr,
    pub log: LogFormatSetting,
    /// A filter like `info` or `info,portico=debug`.
    pub log_level: String,
    pub audit: AuditConfig,
    /// The bearer token of administrators; without it, administration is closed unless the private port is on loopback.
    pub admin_token: Option<SecretString>,
    /// How long to serve on, reporting not ready, after being told to stop.
    pub drain_delay: Duration,
    /// The collector of traces, if there is one.
    pub otlp: Option<OtlpConfig>,
}

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormatSetting {
    Json,
    Text,
}

/// Shortest token, in bytes.
const SHORTEST_TOKEN: usize = 16;

pub(super) const KEYS: &[Key] = &[
    Key::with_default(
        "ops.listen",
        SettingKind::Socket,
        "127.0.0.1:9464",
        "Address of the private port: health, readiness, metrics, administration. Customers must never be able to \
         reach it.",
    ),
    Key::optional(
        "ops.admin_token",
        SettingKind::Secret,
        "",
        "a long random text",
        "Token for `/admin/sessions`, `/admin/limits` and the commands that use them. Better kept in a file: \
         `ops.admin_token_file`.",
    ),
    Key::optional(
        "ops.admin_token_file",
        SettingKind::SecretFile,
        "administration is open on a loopback address, and closed on any other",
        "/run/secrets/portico-admin-token",
        "File that contains the token that administrators must send (`Authorization: Bearer …`), at least 16 \
         characters.",
    ),
    Key::with_default(
        "ops.log",
        SettingKind::Choice(&["json", "text"]),
        "json",
        "Format of the log lines on standard error: `json`, or `text` for reading.",
    ),
    Key::with_default(
        "ops.log_level",
        SettingKind::Filter,
        "info",
        "What is logged: `error`, `warn`, `info`, `debug` or `trace`, or levels per module: `info,portico=debug`. No \
         level logs secrets.",
    ),
    AUDIT_KEY,
    AUDIT_FULL_KEY,
    AUDIT_ADDRESS_KEY,
    Key::with_default(
        "ops.drain_delay",
        SettingKind::Duration(0, 60),
        "5s",
        "How long to keep serving after SIGTERM, with `/readyz` at 503, until load balancers send no more requests; \
         `0s` if none checks `/readyz`. Requests then get up to 25 s to end: give the container this and 30 s.",
    ),
    Key::optional(
        "ops.otlp_endpoint",
        SettingKind::Url(UrlRule::Collector),
        "no traces are exported",
        "http://collector:4318",
        "OpenTelemetry collector that gets traces, as OTLP over HTTP with protobuf. Portico appends `/v1/traces`. See \
         [traces](monitoring/traces.md).",
    ),
    Key::optional(
        "ops.otlp_headers",
        SettingKind::Secret,
        "",
        "authorization=Bearer%20…",
        "Headers that the collector wants, as `name=value,name=value`; `%20` stands for a blank and `%2C` for a comma. \
         Better kept in a file: `ops.otlp_headers_file`.",
    ),
    Key::optional(
        "ops.otlp_headers_file",
        SettingKind::SecretFile,
        "",
        "/run/secrets/portico-otlp-headers",
        "File that contains these headers.",
    ),
    Key::optional(
        "ops.otlp_ca_file",
        SettingKind::File,
        "",
        "/etc/portico/collector-ca.pem",
        "More certificates to trust for the collector, in PEM form.",
    ),
    Key::with_default(
        "ops.otlp_service_name",
        SettingKind::Word,
        "portico",
        "`service.name` of the traces.",
    ),
    Key::with_default(
        "ops.otlp_sample_percent",
        SettingKind::Count(0, 100),
        "100",
        "How many of the traces that begin here are exported. A trace that a trusted proxy began is exported if the proxy \
         says so.",
    ),
];

/// The token of administrators, if there is one.
pub(super) fn admin_token(reader: &mut Reader) -> Result<Option<SecretString>, Reported> {
    let admin_token = secret::read(reader, "ops.admin_token")?;
    let text = admin_token.as_ref().map(ExposeSecret::expose_secret);
    // It is sent in a header.
    let rule = if text.is_some_and(|token| !token.bytes().all(|byte| (b' '..=b'~').contains(&byte))) {
        "holds a second line, or a character that no header can have"
    } else if text.is_some_and(|token| token.len() < SHORTEST_TOKEN) {
        "holds a token that could be guessed"
    } else {
        return Ok(admin_token);
    };
    let fix = "16 characters or more in one line, as from `openssl rand -hex 32`";
    reader.refuse("ops.admin_token", rule, fix);
    Err(Reported)
}

impl OpsConfig {
    pub(super) fn read(reader: &mut Reader) -> Result<Self, Reported> {
        let listen = reader.get("ops.listen");
        let admin_token = admin_token(reader);
        let log = reader.get("ops.log");
        let log_level = reader.get("ops.log_level");
        let audit = AuditConfig::read(reader);
        let drain_delay = reader.get("ops.drain_delay");
        let otlp = OtlpConfig::read(reader);
        Ok(Self {
            listen: listen?,
            admin_token: admin_token?,
            log: log?,
            log_level: log_level?,
            audit: audit?,
            drain_delay: drain_delay?,
            otlp: otlp?,
        })
    }
}

impl Choice for LogFormatSetting {
    const CHOICES: &'static [(&'static str, Self)] = &[("json", Self::Json), ("text", Self::Text)];
}
