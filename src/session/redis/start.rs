//! Starts a session, and ends its attempt and the browser's former session, in one script.

use std::sync::Arc;

use super::RedisStore;
use super::attempts::add_attempt;
use super::rows::in_order_of;
use super::sessions::hashed;
use crate::domain::session::Live;
use crate::session::{ChangeError, RowValues, Start, Started, StoreError};

impl RedisStore {
    pub(super) async fn start_now(&self, start: Start<'_>) -> Result<Option<Started>, ChangeError> {
        let now = start.session.started;
        let sealed_attempt = self.records.seal_attempt(start.visit, start.tab, &start.attempt);
        let record = self.records.seal_session(start.id, &start.session);
        let tokens = self.records.seal_tokens(start.id, &start.tokens);
        let (as_of, session) = (self.as_of(start.id), Arc::new(start.session));
        let kind = if session.is_remembered { "remembered" } else { "usual" };
        loop {
            let leaving = match start.former {
                Some(former) => self
                    .leaving(former, start.requester.clone(), now)
                    .await
                    .map_err(ChangeError::NotDone)?,
                None => None,
            };
            let revocation = leaving.as_ref().and_then(|leaving| leaving.revocation.as_ref());
            let (revocation, sealed_revocation, due) = self.as_arguments(revocation, now);
            let former = leaving.as_ref().map(|leaving| (leaving.id, &leaving.live));
            let notice = self.notice_arguments(former, now);
            let outcome = self.redis.change_safely(&self.redis.scripts().start, |call| {
                call.arg(start.visit.to_text())
                    .arg(start.tab.as_str())
                    .arg(start.expected)
                    .arg(now.as_millisecond());
                add_attempt(call, &sealed_attempt, &start.attempt);
                call.arg(start.id.to_text())
                    .arg(&record)
                    .arg(&tokens)
                    .arg(kind)
                    .arg(session.expires.as_millisecond())
                    .arg(hashed("subject", session.identity.subject()))
                    .arg(self.bounds.sessions)
                    .arg(leaving.as_ref().map(|leaving| leaving.id.to_text()).unwrap_or_default())
                    .arg(leaving.as_ref().map_or(0, |leaving| leaving.changes))
                    .arg(leaving.as_ref().map_or("", |leaving| &leaving.ender))
                    .arg(&revocation)
                    .arg(&sealed_revocation)
                    .arg(due)
                    .arg(&notice.sealed)
                    .arg(notice.due)
                    .arg(notice.kept_for);
                self.add_rows(call, &start.rows);
            });
            let outcome: (String, usize, usize, Option<RowValues>) = outcome.await?;
            let (outcome, customers_sessions, tabs, present) = outcome;
            match outcome.as_str() {
                "started" => {
                    if let Some(leaving) = &leaving {
                        self.cache.forget(leaving.id);
                    }
                    // Redis has exactly this; nobody has to query it.
                    let live = Live {
                        session,
                        version: 0,
                        last_used: now,
                    };
                    self.cache.keep(start.id, &live, as_of, now);
                    return Ok(Some(Started {
                        former: leaving.map(super::ends::EndingRow::ended),
                        customers_sessions,
                        is_only_tab: tabs == 1,
                        rows: present.map(|present| in_order_of(&start.rows, &present)),
                    }));
                }
                // The former session was renewed or ended in the meantime: look again.
                "changed" => {}
                "full" => {
                    return Err(ChangeError::NotDone(StoreError::new(format!(
                        "{} sessions are kept, the most allowed (store.max_sessions)",
                        self.bounds.sessions
                    ))));
                }
                _ => return Ok(None),
            }
        }
    }
}
