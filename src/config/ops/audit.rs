//! The audit record.

use std::path::PathBuf;

use super::super::key::{Key, SettingKind};
use super::super::reader::{Reader, Reported};
use super::super::value::{Choice, FromSetting, Value};

/// The audit record.
#[derive(Debug, Clone)]
pub struct AuditConfig {
    pub place: AuditSetting,
    /// Whether sign-ins are refused while it cannot be written.
    pub full: AuditFull,
    pub address: AuditAddress,
}

/// Where it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuditSetting {
    Off,
    Stderr,
    File(PathBuf),
}

/// What happens while it cannot be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditFull {
    GoOn,
    Refuse,
}

/// How much of a client's address it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditAddress {
    Network,
    Full,
}

pub(in crate::config) const AUDIT_KEY: Key = Key::with_default(
    "ops.audit",
    SettingKind::File,
    "off",
    "Where the audit record is written ([audit.md](audit.md)): `off`, `stderr`, or the path of a file, which is made with \
     mode 0600 if it is not there. No link and no pipe.",
)
.such_as("/var/log/portico/audit.jsonl");

pub(in crate::config) const AUDIT_FULL_KEY: Key = Key::with_default(
    "ops.audit_full",
    SettingKind::Choice(&["go_on", "refuse"]),
    "go_on",
    "What happens while the audit record cannot be written. `go_on`: up to 10,000 events are kept in memory, and those \
     beyond are counted. `refuse`: in addition, sign-ins and step-ups get a page that asks to try again shortly. Sessions \
     and signing out always go on.",
);

pub(in crate::config) const AUDIT_ADDRESS_KEY: Key = Key::with_default(
    "ops.audit_address",
    SettingKind::Choice(&["network", "full"]),
    "network",
    "How much of a client's address the audit record holds: its `network` (/24 or /48), or the `full` address, which is \
     personal data and which fail2ban and CrowdSec need.",
);

impl AuditConfig {
    pub(super) fn read(reader: &mut Reader) -> Result<Self, Reported> {
        let (place, full) = (reader.get("ops.audit"), reader.get("ops.audit_full"));
        let address = reader.get("ops.audit_address");
        Ok(Self {
            place: place?,
            full: full?,
            address: address?,
        })
    }
}

impl FromSetting for AuditSetting {
    fn from_setting(value: &Value<'_>) -> Result<Self, String> {
        Ok(match value.text()? {
            "off" => Self::Off,
            "stderr" => Self::Stderr,
            _ => Self::File(PathBuf::from_setting(value)?),
        })
    }
}

impl Choice for AuditFull {
    const CHOICES: &'static [(&'static str, Self)] = &[("go_on", Self::GoOn), ("refuse", Self::Refuse)];
}

impl Choice for AuditAddress {
    const CHOICES: &'static [(&'static str, Self)] = &[("network", Self::Network), ("full", Self::Full)];
}
