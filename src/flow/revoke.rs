//! Tokens that are to be revoked at Okta: tried at once, and again until Okta took them.
//!
//! What is owed is kept in the memory of this process; a restart forgets it, and the tokens then live until they
//! expire by themselves.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use okta_direct_auth::{Device, Error};

use super::Flow;
use crate::domain::session::{Tokens, after};

/// The most that is owed at one time. Beyond it the oldest is given up, with a word in the log.
const MOST: usize = 10_000;

/// The first pause between two tries; it doubles with each.
const FIRST_PAUSE: Duration = Duration::from_secs(30);

/// After this long the access token has expired, and the refresh token is left to Okta's own limits.
const GIVE_UP: Duration = Duration::from_hours(24);

/// Revocations that Okta has not taken yet.
#[derive(Debug, Default)]
pub(super) struct Owed {
    queue: Mutex<VecDeque<Debt>>,
}

#[derive(Debug)]
struct Debt {
    tokens: Tokens,
    device: Device,
    since: Timestamp,
    next: Timestamp,
    pause: Duration,
}

impl Owed {
    fn push(&self, debt: Debt) {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        if queue.len() >= MOST {
            queue.pop_front();
            tracing::error!(
                "more than {MOST} revocations are owed to Okta; the oldest was given up"
            );
        }
        queue.push_back(debt);
    }

    fn due(&self, now: Timestamp) -> Vec<Debt> {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        let (due, later): (Vec<Debt>, Vec<Debt>) =
            queue.drain(..).partition(|debt| debt.next <= now);
        queue.extend(later);
        due
    }
}

impl Flow {
    /// Revokes now: the refresh token, which takes its access token along, else the access token.
    pub(super) async fn revoke(&self, tokens: &Tokens, device: &Device) -> Result<(), Error> {
        let okta = &self.parts.okta;
        match (&tokens.refresh, &tokens.access) {
            (Some(refresh), _) => okta.revoke_refresh_token(refresh, device).await,
            (None, Some(access)) => okta.revoke_access_token(access, device).await,
            (None, None) => Ok(()),
        }
    }

    /// Revokes without making anybody wait.
    pub(super) fn revoke_later(&self, tokens: Tokens, device: Device) {
        let flow = self.clone();
        drop(tokio::spawn(async move {
            if let Err(error) = flow.revoke(&tokens, &device).await {
                flow.owe(tokens, device, &error);
            }
        }));
    }

    /// Remembers a revocation that Okta did not take.
    pub(super) fn owe(&self, tokens: Tokens, device: Device, error: &Error) {
        let okta_request_id = error.request_id().unwrap_or("");
        tracing::warn!(%error, okta_request_id, "Okta did not take a revocation; it is tried again");
        let now = self.now();
        let next = after(now, FIRST_PAUSE);
        self.owed.push(Debt {
            tokens,
            device,
            since: now,
            next,
            pause: FIRST_PAUSE,
        });
    }

    /// Tries what is owed and due.
    pub async fn pay(&self) {
        for mut debt in self.owed.due(self.now()) {
            let Err(error) = self.revoke(&debt.tokens, &debt.device).await else {
                continue;
            };
            let now = self.now();
            if now >= after(debt.since, GIVE_UP) {
                tracing::error!(%error, "Okta has not taken a revocation for a day; it is given up");
                continue;
            }
            debt.pause = (debt.pause * 2).min(Duration::from_hours(1));
            debt.next = after(now, debt.pause);
            self.owed.push(debt);
        }
    }

    /// Forgets what has ended: old attempts, and sessions past their idle or absolute limit.
    pub async fn sweep(&self) {
        let now = self.now();
        if let Err(error) = self.parts.attempts.sweep(now).await {
            tracing::error!(%error, "ended attempts could not be swept");
        }
        let idle = self.parts.settings.lifetimes.idle;
        let idle_since = now.checked_sub(idle).unwrap_or(Timestamp::MIN);
        match self.parts.sessions.sweep(now, idle_since).await {
            Ok(ended) => {
                for session in ended {
                    self.parts.witness.session_ended("expired");
                    self.revoke_later(session.tokens, Device::default());
                }
            }
            Err(error) => tracing::error!(%error, "ended sessions could not be swept"),
        }
        self.parts.limits.sweep();
        self.pay().await;
    }
}
