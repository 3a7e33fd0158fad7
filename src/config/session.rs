//! How long a portal session lasts.

use std::time::Duration;

use super::key::{Key, Kind};
use super::reader::{Reader, Reported};

/// Lifetimes of a session.
#[derive(Debug, Clone)]
pub struct SessionConfig {
    /// Without a request for this long, it ends. Not longer than `absolute`.
    pub idle: Duration,
    /// It ends this long after the sign-in, whatever happens.
    pub absolute: Duration,
}

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;

pub(super) const KEYS: &[Key] = &[
    Key::with_default(
        "session.idle",
        Kind::Duration(MINUTE, HOUR),
        "30m",
        "A session without a request for this long ends. Not longer than `session.absolute`.",
    ),
    Key::with_default(
        "session.absolute",
        Kind::Duration(MINUTE, 24 * HOUR),
        "12h",
        "A session ends this long after the sign-in, however busy it is.",
    ),
];

impl SessionConfig {
    pub(super) fn read(reader: &mut Reader) -> Result<Self, Reported> {
        let idle = reader.get("session.idle");
        let absolute = reader.get("session.absolute");
        if let (Ok(idle), Ok(absolute)) = (idle, absolute)
            && idle > absolute
        {
            let rule = "is longer than session.absolute, so it could never take effect";
            reader.refuse(
                "session.idle",
                rule,
                "idle = \"30m\" and absolute = \"12h\"",
            );
        }
        Ok(Self {
            idle: idle?,
            absolute: absolute?,
        })
    }
}
