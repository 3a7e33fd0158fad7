//! The one task of this process that tells portals of ended sessions.

use std::error::Error as StdError;
use std::time::Duration;

use futures_util::future::join_all;

use super::standing::{PortalNews, result_name};
use crate::domain::logout_notice::LogoutNotice;
use crate::domain::session::after;
use crate::flow::Flow;
use crate::portal::back_channel::{LogoutSubject, LogoutTarget, Untold};
use crate::session::HashedId;

/// How often, at least, the store is asked for notices that are due.
const EVERY: Duration = Duration::from_secs(5);

/// Notices told at once. No more are taken from the store than are sent at once: what is taken is not due for others
/// until its next try.
const AT_ONCE: usize = 16;

impl Flow {
    /// Tells portals of ended sessions for ever: as sessions end, and every few seconds what is due again.
    pub async fn run_logout_worker(&self) {
        loop {
            self.tell_due().await;
            let next = after(self.now(), EVERY);
            tokio::select! {
                () = self.portal_logouts.ended.notified() => {}
                () = self.parts.clock.sleep_until(next) => {}
            }
        }
    }

    async fn tell_due(&self) {
        let mut given_up = 0;
        // Taking a notice counts as a try, so none is taken while every portal rests.
        while self
            .parts
            .back_channel
            .targets()
            .iter()
            .any(|target| !self.rests(target))
        {
            let due = self.parts.store.due_notices(AT_ONCE, self.now()).await;
            let due = due.unwrap_or_else(|error| {
                if !error.is_logged {
                    tracing::error!(error = &error as &dyn StdError, "logout notices could not be read");
                }
                Vec::new()
            });
            if due.is_empty() {
                break;
            }
            let told = due.into_iter().map(|(id, notice)| self.tell_portals(id, notice));
            given_up += join_all(told).await.into_iter().filter(|is_late| *is_late).count();
            given_up += self.drop_surplus().await;
        }
        given_up += self.drop_surplus().await;
        for _ in 0..given_up {
            self.parts.observer.portal_told("given_up");
        }
        if given_up > 0 {
            tracing::error!(
                sessions = given_up,
                "a portal was not told of ended sessions: it did not take their logout tokens for too long"
            );
        }
    }

    /// Forgets what is beyond the bound; returns how many.
    async fn drop_surplus(&self) -> usize {
        if self.parts.back_channel.targets().is_empty() {
            return 0;
        }
        let most = self.parts.settings.most_notices;
        // OK because the next time comes soon.
        self.parts.store.drop_notices(most).await.unwrap_or(0)
    }

    fn rests(&self, target: &LogoutTarget) -> bool {
        let standings = self.portal_logouts.standings();
        let standing = standings.get(target.url.as_str());
        standing.is_some_and(|standing| standing.rests(self.now()))
    }

    /// Tells every portal that has not been told and does not rest. Returns whether it was too late for that.
    async fn tell_portals(&self, id: HashedId, mut notice: LogoutNotice) -> bool {
        let targets = self.parts.back_channel.targets().iter();
        let untold: Vec<&LogoutTarget> = targets.filter(|it| !is_told(&notice, it)).collect();
        if notice.has_expired(self.now()) && !untold.is_empty() {
            self.forget_notice(id).await;
            return true;
        }
        let session = id.to_text();
        let subject = LogoutSubject {
            subject: &notice.subject,
            session: &session,
        };
        let open = untold.iter().filter(|target| !self.rests(target));
        let tries = open.map(|target| async { (*target, self.tell_portal(target, subject).await) });
        let outcomes = join_all(tries).await;
        let is_final = |outcome: &Result<(), Untold>| matches!(outcome, Ok(()) | Err(Untold::Refused));
        let now_told = outcomes.iter().filter(|(_, outcome)| is_final(outcome));
        let now_told: Vec<String> = now_told.map(|(target, _)| target.url.to_string()).collect();
        if now_told.len() == untold.len() {
            self.forget_notice(id).await;
        } else if !now_told.is_empty() {
            notice.told.extend(now_told);
            if let Err(error) = self.parts.store.keep_notice(id, &notice).await {
                tracing::warn!(
                    error = &error as &dyn StdError,
                    "which portals were told of an ended session could not be stored; they are told once more"
                );
            }
        }
        false
    }

    async fn tell_portal(&self, target: &LogoutTarget, subject: LogoutSubject<'_>) -> Result<(), Untold> {
        let outcome = self.parts.back_channel.tell(target, subject, self.now()).await;
        self.parts.observer.portal_told(result_name(&outcome));
        let news = {
            let mut standings = self.portal_logouts.standings();
            let standing = standings.entry(target.url.to_string()).or_default();
            standing.note(outcome.as_ref().copied(), self.now())
        };
        let portal = target.audience.as_str();
        match (news, &outcome) {
            (Some(PortalNews::TakesAgain), _) => tracing::info!(portal, "a portal takes logout tokens again"),
            (Some(PortalNews::Refuses), Err(why)) => tracing::warn!(
                portal,
                error = why as &dyn StdError,
                "a portal refused a logout token, which is not sent again; further refusals are only counted"
            ),
            (Some(PortalNews::Fails), Err(why)) => tracing::warn!(
                portal,
                error = why as &dyn StdError,
                "a portal did not take a logout token; it is told later, and further failures are only counted"
            ),
            (None, _) | (Some(_), Ok(())) => {}
        }
        outcome
    }

    async fn forget_notice(&self, id: HashedId) {
        if let Err(error) = self.parts.store.forget_notice(id).await {
            tracing::warn!(
                error = &error as &dyn StdError,
                "that portals were told of an ended session could not be stored; they are told once more"
            );
        }
    }
}

fn is_told(notice: &LogoutNotice, target: &LogoutTarget) -> bool {
    notice.told.iter().any(|told| told == target.url.as_str())
}
