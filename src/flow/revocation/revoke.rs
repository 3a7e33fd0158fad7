//! Revokes tokens at Okta: at once, and again until Okta has accepted the revocation.
//!
//! A revocation is in the store before Okta is asked, so that neither a crash nor an outage of Okta loses it.

use std::error::Error as StdError;
use std::time::Duration;

use okta_direct_auth::{Device, Error};

use crate::domain::attempt::Attempt;
use crate::domain::revocation::{PendingRevocation, Requester};
use crate::domain::session::{Tokens, after};
use crate::flow::Flow;
use crate::flow::of_this_request;
use crate::flow::okta_call::Outage;
use crate::limits::Share;
use crate::session::RevocationId;

/// The pause before storing a revocation is retried.
const KEEP_AGAIN: Duration = Duration::from_secs(30);

impl Flow {
    /// Revokes the refresh token, which also revokes its access token, or else the access token. A revocation that Okta
    /// does not accept stays in the store.
    pub(in crate::flow) async fn revoke(
        &self,
        id: RevocationId,
        revocation: &PendingRevocation,
    ) -> Result<(), Outage<Error>> {
        // Created and boxed only once a permit is available: many may wait.
        let call = async { Box::pin(self.revoke_at_okta(revocation)).await };
        let taken = self.call(Share::Revocation, call).await;
        match &taken {
            Ok(()) => {}
            // Okta was not asked.
            Err(Outage::Full | Outage::HeldBack(_)) => return taken,
            Err(Outage::Refused(error)) => {
                let okta_request_id = error.request_id().unwrap_or("");
                tracing::warn!(
                    error = error as &dyn StdError,
                    okta_request_id,
                    "Okta did not accept a revocation; it will be retried"
                );
                if !revocation.has_expired(self.now()) {
                    return taken;
                }
                tracing::error!("a revocation was given up: its tokens have expired");
            }
        }
        if let Err(error) = self.parts.store.forget_revocation(id).await {
            tracing::error!(
                error = &error as &dyn StdError,
                "a revocation that Okta took is tried once more"
            );
        }
        taken
    }

    async fn revoke_at_okta(&self, revocation: &PendingRevocation) -> Result<(), Error> {
        let (okta, device) = (&self.parts.okta, device(&revocation.requester));
        match (&revocation.tokens.refresh, &revocation.tokens.access) {
            (Some(refresh), _) => okta.revoke_refresh_token(refresh, &device).await,
            (None, Some(access)) => okta.revoke_access_token(access, &device).await,
            (None, None) => Ok(()),
        }
    }

    /// Like [`revoke`](Self::revoke), without making a request wait.
    pub(in crate::flow) fn revoke_later(&self, revocation: Option<(RevocationId, PendingRevocation)>) {
        if let Some(revocation) = revocation {
            self.revocation_queue.put(revocation);
        }
    }

    /// Revokes tokens that never became a session, without making a request wait.
    pub(in crate::flow) fn give_back(&self, tokens: Tokens, requester: &Requester) {
        let Some(revocation) = PendingRevocation::new(tokens, requester.clone(), self.now()) else {
            return;
        };
        let (flow, id) = (self.clone(), self.parts.secrets.ids.new_revocation());
        let keeping = async move { flow.keep_revocation(id, revocation).await };
        drop(tokio::spawn(of_this_request(keeping)));
    }

    /// Stores a pending revocation and tries it at once. It has one id, so storing it repeatedly makes only one; the
    /// store is therefore asked until it confirms, for as long as there is something to revoke.
    async fn keep_revocation(&self, id: RevocationId, revocation: PendingRevocation) {
        let mut is_logged = false;
        while !revocation.has_expired(self.now()) {
            let kept = self
                .parts
                .store
                .keep_revocation(id, revocation.clone(), self.now())
                .await;
            let Err(error) = kept else {
                return self.revoke_later(Some((id, revocation)));
            };
            if !is_logged {
                tracing::error!(
                    error = &error as &dyn StdError,
                    "tokens that nobody uses could not be stored for revocation; it is tried again"
                );
                is_logged = true;
            }
            // Okta may answer while the store does not. If the store has the revocation after all, it is carried out
            // twice, which Okta accepts.
            if self.revoke(id, &revocation).await.is_ok() {
                return;
            }
            let next = after(self.now(), KEEP_AGAIN);
            self.parts.clock.sleep_until(next).await;
        }
    }

    /// Revokes the tokens of attempts that were removed before their browser claimed them.
    pub(in crate::flow) fn give_back_unclaimed(&self, gone: Vec<Attempt>) {
        for tokens in gone.into_iter().filter_map(Attempt::into_tokens) {
            tracing::info!("nobody claimed the tokens of a sign-in; they are being revoked");
            self.give_back(tokens, &Requester::default());
        }
    }

    /// Deletes what has expired: old attempts, and sessions past their idle or absolute limit.
    pub async fn sweep(&self) {
        let now = self.now();
        match self.parts.store.sweep_attempts(now).await {
            Ok(gone) => self.give_back_unclaimed(gone),
            Err(error) => tracing::error!(
                error = &error as &dyn StdError,
                "expired attempts could not be removed from the store"
            ),
        }
        let lifetimes = self.parts.settings.lifetimes;
        let many = self.parts.store.sweep_sessions(lifetimes, now).await;
        self.conclude_all(many.ended, |ended| ended.live.limit(lifetimes)).await;
        if let Some(error) = many.failed {
            tracing::error!(
                error = &error as &dyn StdError,
                "some expired sessions could not be removed from the store"
            );
        }
        self.parts.limits.sweep();
    }
}

/// The client on whose behalf Okta is called.
pub(in crate::flow) fn device(requester: &Requester) -> Device {
    Device {
        address: requester.address,
        user_agent: requester.user_agent.clone(),
        accept_language: None,
    }
}
