//! Where sessions and attempts are kept.

use std::num::NonZeroU32;

use super::key::{Key, Kind};
use super::reader::{Reader, Reported};
use super::value::Choice;

/// The store and its bounds.
#[derive(Debug, Clone)]
pub struct StoreConfig {
    pub kind: StoreKind,
    /// Sign-ins in progress at once; the oldest gives way.
    pub max_attempts: NonZeroU32,
    /// Sessions at once.
    pub max_sessions: NonZeroU32,
}

/// What keeps the sessions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreKind {
    /// This process: a restart signs everybody out.
    Memory,
}

pub(super) const KEYS: &[Key] = &[
    Key::with_default(
        "store.kind",
        Kind::Choice(&["memory"]),
        "memory",
        "Where sessions are kept. `memory` is this process: one replica only, and a restart signs everybody out.",
    ),
    Key::with_default(
        "store.max_attempts",
        Kind::Count(100, 10_000_000),
        "100000",
        "Sign-ins in progress at once. Beyond it the oldest gives way.",
    ),
    Key::with_default(
        "store.max_sessions",
        Kind::Count(100, 100_000_000),
        "1000000",
        "Sessions at once.",
    ),
];

impl StoreConfig {
    pub(super) fn read(reader: &mut Reader) -> Result<Self, Reported> {
        let kind = reader.get("store.kind");
        let max_attempts = reader.get("store.max_attempts");
        let max_sessions = reader.get("store.max_sessions");
        Ok(Self {
            kind: kind?,
            max_attempts: max_attempts?,
            max_sessions: max_sessions?,
        })
    }
}

impl Choice for StoreKind {
    const CHOICES: &'static [(&'static str, Self)] = &[("memory", Self::Memory)];
}
