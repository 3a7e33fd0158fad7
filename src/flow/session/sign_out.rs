//! Sessions in use, and signing out.

use std::error::Error as StdError;
use std::time::Duration;

use okta_direct_auth::IdToken;

use crate::domain::end::EndReason;
use crate::domain::ids::SessionId;
use crate::domain::revocation::{PendingRevocation, Requester};
use crate::domain::session::{Live, after, until};
use crate::flow::hosted::OktaAddress;
use crate::flow::{AuditAct, Flow, FlowError, of_this_request};
use crate::session::{HashedId, RevocationId};

/// The longest that a sign-out waits for Okta.
const PATIENCE: Duration = Duration::from_secs(2);

/// The purposes of the tickets. They contain a blank, which no `sub` of Okta's does.
const LEAVING: &str = "leaving by form";
const BACK_FROM_OKTA: &str = "back from okta";

/// A session that the request may end: it carries the session's cookie, or a form that was made for the holder of that
/// cookie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leaving(HashedId);

/// What a sign-out did.
#[derive(Debug)]
pub enum SignOut {
    /// The session has ended, now or earlier.
    Ended {
        at_okta: AtOkta,
        /// Where the browser ends its own session at Okta, if it has one; it comes back from there.
        okta_session: Option<OktaAddress>,
    },
    /// It is unknown whether the session has ended.
    Unsure {
        /// What failed.
        why: FlowError,
        /// If it has not ended, it ends after this long without use.
        idle: Duration,
        /// If it is used, it ends after this long at the latest.
        latest: Duration,
    },
}

/// Whether the tokens were revoked at Okta.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AtOkta {
    /// Okta accepted the revocation.
    Revoked,
    /// Okta has not accepted it yet; it will be retried.
    Pending,
    /// There was nothing to revoke.
    Nothing,
}

impl Flow {
    /// The live session with this id. Looking does not count as use.
    pub async fn session(&self, id: &SessionId) -> Result<Option<Live>, FlowError> {
        self.live(HashedId::of_session(id)).await
    }

    pub(in crate::flow) async fn live(&self, id: HashedId) -> Result<Option<Live>, FlowError> {
        let session = self.parts.store.session(id).await.map_err(FlowError::reading_session)?;
        let (lifetimes, now) = (self.parts.settings.lifetimes, self.now());
        Ok(session.filter(|session| session.is_live(lifetimes, now)))
    }

    /// The live session with this id; records the use, and asks Okta when its last answer has become too old.
    pub async fn use_session(&self, id: &SessionId, requester: &Requester) -> Result<Option<Live>, FlowError> {
        self.use_live(HashedId::of_session(id), requester).await
    }

    pub(in crate::flow) async fn use_live(
        &self,
        id: HashedId,
        requester: &Requester,
    ) -> Result<Option<Live>, FlowError> {
        let Some(live) = self.live(id).await? else {
            return Ok(None);
        };
        let touched = self.parts.store.touch(id, self.now()).await;
        touched.map_err(FlowError::NoteUse)?;
        self.revalidated(id, live, requester).await
    }

    /// The session of this cookie.
    pub fn leaving(id: &SessionId) -> Leaving {
        Leaving(HashedId::of_session(id))
    }

    /// A form value by which this session can be ended without its cookie. It is valid for nothing else.
    pub fn leaving_form(&self, Leaving(id): Leaving) -> String {
        self.proof(LEAVING, id)
    }

    /// The session that [`leaving_form`](Self::leaving_form) was made for; `None` for any other text.
    pub fn leaving_by_form(&self, text: &str) -> Option<Leaving> {
        self.proven(LEAVING, text).map(Leaving)
    }

    /// The ended session whose browser Okta redirected back after ending its own session; `None` for any other text.
    pub fn back_from_sign_out(&self, state: &str) -> Option<Leaving> {
        self.proven(BACK_FROM_OKTA, state).map(Leaving)
    }

    fn proof(&self, purpose: &str, id: HashedId) -> String {
        format!("{}.{}", id.to_text(), self.parts.secrets.ids.handle(purpose, id))
    }

    fn proven(&self, purpose: &str, text: &str) -> Option<HashedId> {
        let (id, proof) = text.split_once('.')?;
        let id = HashedId::parse(id)?;
        let proven = self.parts.secrets.ids.open_handle(purpose, proof)?;
        proven.is(id).then_some(id)
    }

    /// Ends the session here first, then revokes its tokens at Okta; trouble there keeps no customer signed in. The
    /// browser itself has to end its session at Okta: the result contains that URL.
    pub async fn sign_out(&self, requester: Requester, Leaving(id): Leaving) -> SignOut {
        let hint = self.okta_session(id).await;
        let done = match self.end(id, EndReason::SignOut, requester).await {
            Ok(ended) => {
                let at_okta = match ended.and_then(|ended| ended.revocation) {
                    None => AtOkta::Nothing,
                    Some((id, revocation)) => self.revoke_within(id, revocation).await,
                };
                let okta_session = match hint {
                    Some(hint) => self.okta_sign_out(id, &hint).await,
                    None => None,
                };
                SignOut::Ended { at_okta, okta_session }
            }
            Err(why) => self.unsure(id, why).await,
        };
        self.audit(AuditAct::SignedOut, |event| {
            event.session = Some(id.to_text());
            event.outcome = Some(done.name());
        });
        done
    }

    /// The ID token with which the browser's session at Okta can be ended. Read while the session still exists.
    async fn okta_session(&self, id: HashedId) -> Option<IdToken> {
        let store = &self.parts.store;
        // OK because if the store does not answer now, ending the session will report it.
        let live = store.session(id).await.ok().flatten()?;
        if !live.session.is_hosted {
            return None;
        }
        store.tokens(id).await.ok().flatten()?.okta_session
    }

    /// The URL where the browser's session at Okta ends. The wait is short: the customer is already signed out here.
    async fn okta_sign_out(&self, id: HashedId, hint: &IdToken) -> Option<OktaAddress> {
        let way = self.parts.settings.hosted.as_ref()?;
        let state = self.proof(BACK_FROM_OKTA, id);
        let address = self.parts.okta.end_session(hint, &way.signed_out, &state);
        let over = after(self.now(), PATIENCE);
        tokio::select! {
            address = Box::pin(address) => match address {
                Ok(address) => Some(OktaAddress(address)),
                Err(error) => {
                    tracing::warn!(error = &error as &dyn StdError, "the browser's Okta session could not be ended");
                    None
                }
            },
            () = self.parts.clock.sleep_until(over) => None,
        }
    }

    /// Describes a session that could not be ended. A store that cannot write may still be able to read.
    async fn unsure(&self, id: HashedId, why: FlowError) -> SignOut {
        let (lifetimes, now) = (self.parts.settings.lifetimes, self.now());
        let live = self.live(id).await.ok().flatten();
        // Remembered sessions live longer than usual ones.
        let is_remembered = live.as_ref().is_none_or(|live| live.session.is_remembered);
        let longest = lifetimes.of(is_remembered);
        SignOut::Unsure {
            why,
            idle: longest.idle,
            latest: live.map_or(longest.absolute, |live| until(now, live.session.ends(lifetimes))),
        }
    }

    /// Waits a moment for Okta's answer. A later answer is still recorded.
    async fn revoke_within(&self, id: RevocationId, revocation: PendingRevocation) -> AtOkta {
        let revoking = {
            let flow = self.clone();
            tokio::spawn(of_this_request(async move { flow.revoke(id, &revocation).await }))
        };
        let over = after(self.now(), PATIENCE);
        tokio::select! {
            revoked = revoking => match revoked {
                Ok(Ok(())) => AtOkta::Revoked,
                // OK because the failure was logged, and the revocation is still in the store.
                Ok(Err(_)) | Err(_) => AtOkta::Pending,
            },
            () = self.parts.clock.sleep_until(over) => AtOkta::Pending,
        }
    }
}

impl SignOut {
    /// Its name in the audit record: what became of the tokens at Okta.
    fn name(&self) -> &'static str {
        match self {
            Self::Ended { at_okta, .. } => match at_okta {
                AtOkta::Revoked => "revoked",
                AtOkta::Pending => "pending",
                AtOkta::Nothing => "nothing_to_revoke",
            },
            Self::Unsure { .. } => "unsure",
        }
    }
}

impl Leaving {
    /// The name of the session in a URL.
    pub fn reference(self) -> String {
        self.0.to_text()
    }
}
