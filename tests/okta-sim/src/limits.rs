//! Rate limits of the org and of each user, and the pause between messages to one phone or mailbox.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::clock::{Millis, millis};

/// How much is allowed. Zero turns a limit off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Requests to `/token` per authorization server and minute.
    pub token_per_minute: u32,
    /// All other requests per authorization server and minute.
    pub other_per_minute: u32,
    pub user_per_second: u32,
    pub otp_per_window: u32,
    pub otp_window_s: u64,
    pub phone_pause_s: u64,
    pub email_pause_s: u64,
    /// How many wrong passwords lock an account.
    pub wrong_passwords: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            token_per_minute: 2000,
            other_per_minute: 2000,
            user_per_second: 4,
            otp_per_window: 5,
            otp_window_s: 300,
            phone_pause_s: 30,
            email_pause_s: 5,
            wrong_passwords: 10,
        }
    }
}

/// What the three `X-Rate-Limit` headers say.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Allowance {
    pub(crate) limit: u32,
    pub(crate) remaining: u32,
    pub(crate) reset: Millis,
    pub(crate) is_exceeded: bool,
}

#[derive(Debug, Default)]
pub(crate) struct Windows {
    used: HashMap<String, (Millis, u32)>,
    sweep_at: usize,
}

impl Windows {
    /// Counts one use of `key` in a window of `length` that opens with its first use.
    pub(crate) fn count(&mut self, key: &str, limit: u32, length: Millis, now: Millis) -> Allowance {
        self.sweep(length, now);
        let (opened, used) = match self.used.get(key) {
            Some(&(opened, used)) if now < opened + length => (opened, used),
            _ => (now, 0),
        };
        let is_exceeded = limit > 0 && used >= limit;
        let used = if is_exceeded { used } else { used + 1 };
        self.used.insert(key.to_owned(), (opened, used));
        Allowance {
            limit,
            remaining: limit.saturating_sub(used),
            reset: opened + length,
            is_exceeded,
        }
    }

    fn knows(&self, key: &str) -> bool {
        self.used.contains_key(key)
    }

    /// Forgets closed windows whenever the table has doubled in size.
    fn sweep(&mut self, length: Millis, now: Millis) {
        if self.used.len() >= self.sweep_at {
            self.used.retain(|_, (opened, _)| now < *opened + length);
            self.sweep_at = (self.used.len() * 2).max(1024);
        }
    }
}

/// The counters behind [`Limits`].
#[derive(Debug, Default)]
pub(crate) struct Counters {
    buckets: Windows,
    users: Windows,
    otps: Windows,
    messages: Windows,
}

impl Counters {
    pub(crate) fn bucket(&mut self, key: &str, limit: u32, now: Millis) -> Allowance {
        self.buckets.count(key, limit, 60_000, now)
    }

    /// Whether a try, a code or a message has been counted for this login.
    pub(crate) fn has_counted(&self, login: &str) -> bool {
        let messages = [format!("phone {login}"), format!("mailbox {login}")];
        self.users.knows(login) || self.otps.knows(login) || messages.iter().any(|key| self.messages.knows(key))
    }

    /// Whether this user may try once more this second.
    pub(crate) fn user(&mut self, login: &str, limits: &Limits, now: Millis) -> bool {
        !self.users.count(login, limits.user_per_second, 1000, now).is_exceeded
    }

    /// Whether this user may submit one more code.
    pub(crate) fn otp(&mut self, login: &str, limits: &Limits, now: Millis) -> bool {
        let length = millis(limits.otp_window_s);
        !self.otps.count(login, limits.otp_per_window, length, now).is_exceeded
    }

    /// Whether a message may go out to this phone or mailbox again.
    pub(crate) fn message(&mut self, key: &str, pause_s: u64, now: Millis) -> bool {
        pause_s == 0 || !self.messages.count(key, 1, millis(pause_s), now).is_exceeded
    }
}
