//! Universal Logout: Okta orders every session of a user to end.
//!
//! Only what Okta signed is trusted. Sign-ins in progress are not affected: they have to satisfy Okta anyway.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use futures_util::future::join_all;
use okta_direct_auth::{Error, ErrorKind};
use secrecy::{ExposeSecret as _, SecretString};

use crate::domain::identity::uncased;
use crate::domain::session::{Live, after, moment};
use crate::flow::{AuditAct, Flow, FlowError};
use crate::session::HashedId;

/// How long an order is remembered after it expires: longer than it is accepted, whatever the clock skew.
const MARGIN: Duration = Duration::from_mins(10);

/// Whose sessions are to end, in the formats that Okta uses (RFC 9493).
#[derive(Clone, PartialEq, Eq)]
pub enum Subject {
    /// By email address, in any case. Several users may share it.
    Email(String),
    /// By issuer and `sub`, as in ID tokens.
    IssSub {
        /// The issuer of the ID tokens.
        issuer: String,
        /// The user's `sub`.
        subject: String,
    },
    /// By `sub` alone.
    Opaque(String),
}

/// A logout order as received; nothing in it is trusted yet.
#[derive(Debug)]
pub struct LogoutOrder {
    /// The token that Okta signed.
    pub token: SecretString,
    /// The URL to which Okta was configured to send it.
    pub audience: String,
    /// The user whose sessions are to end.
    pub subject: Subject,
}

/// The outcome of a logout order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Logout {
    /// Every session of the subject has ended, so many.
    Done(usize),
    /// The order is not from Okta, or it is a replay.
    Refused,
    /// It concerns users of another issuer.
    NotAllowed,
    /// No session here belongs to that subject.
    Unknown,
    /// No session here is known to have that email address, but some sessions have none on record.
    Unclear,
    /// Okta's keys could not be fetched, so the order could not be checked.
    Unverified,
}

impl Logout {
    /// Its name in the audit record.
    const fn name(self) -> &'static str {
        match self {
            Self::Done(_) => "done",
            Self::Refused => "invalid_token",
            Self::NotAllowed => "another_issuer",
            Self::Unknown => "unknown_subject",
            Self::Unclear => "email_not_kept",
            Self::Unverified => "unverified",
        }
    }
}

impl Flow {
    /// Carries out a logout order: when this returns, the sessions are refused; their tokens are revoked afterwards.
    pub async fn universal_logout(&self, order: LogoutOrder) -> Result<Logout, FlowError> {
        let outcome = self.carry_out(order).await;
        self.audit(AuditAct::LogoutOrdered, |event| {
            event.outcome = Some(outcome.as_ref().map_or("failed", |logout| logout.name()));
            event.sessions = match outcome {
                Ok(Logout::Done(sessions)) => Some(sessions),
                _ => None,
            };
        });
        outcome
    }

    async fn carry_out(&self, order: LogoutOrder) -> Result<Logout, FlowError> {
        let okta = &self.parts.okta;
        let token = order.token.expose_secret();
        let verified = match okta.global_token_revocation(token, &order.audience).await {
            Ok(verified) => verified,
            Err(error) => return Ok(unverified(&error)),
        };
        let until = after(moment(verified.expires_at), MARGIN);
        let store = &self.parts.store;
        let is_new = match store.is_new(&verified.jti, until, self.now()).await {
            Ok(is_new) => is_new,
            Err(error) => {
                // The replay guard may have recorded the order although it was not carried out.
                self.forget_replay(&verified.jti).await;
                return Err(FlowError::storing_session(error));
            }
        };
        if !is_new {
            tracing::warn!("a Universal Logout request was refused: its token has been used before");
            return Ok(Logout::Refused);
        }
        let is_ours = match &order.subject {
            Subject::IssSub { issuer, .. } => *issuer == verified.issuer,
            Subject::Email(_) | Subject::Opaque(_) => true,
        };
        if !is_ours {
            tracing::warn!("a Universal Logout request was refused: its user belongs to another issuer");
            return Ok(Logout::NotAllowed);
        }
        let outcome = self.end_every(&order.subject).await;
        if outcome.is_err() {
            self.forget_replay(&verified.jti).await;
        }
        outcome
    }

    async fn forget_replay(&self, order: &str) {
        if let Err(error) = self.parts.store.forget_replay(order).await {
            tracing::warn!(
                error = &error as &dyn StdError,
                "a failed Universal Logout request cannot be repeated: the store kept its token"
            );
        }
    }

    async fn end_every(&self, subject: &Subject) -> Result<Logout, FlowError> {
        let (named_by, found) = (subject.format(), self.sessions_of(subject).await?);
        if found.sessions.is_empty() {
            // They may have been ended a moment ago by an earlier order whose answer was lost.
            self.wait_until_safe().await?;
            tracing::info!(named_by, "Universal Logout: the user has no sessions");
            return Ok(found.otherwise);
        }
        let sessions = found.sessions.len();
        // A session that cannot be ended does not keep the others alive.
        let ends = join_all(found.sessions.into_iter().map(|id| self.end_by_okta(id))).await;
        ends.into_iter().collect::<Result<(), _>>()?;
        tracing::info!(sessions, named_by, "Okta ended every session of a user");
        Ok(Logout::Done(sessions))
    }

    async fn sessions_of(&self, subject: &Subject) -> Result<Found, FlowError> {
        let store = &self.parts.store;
        let email = match subject {
            Subject::IssSub { subject, .. } | Subject::Opaque(subject) => {
                let sessions = store.of_subject(subject).await;
                let sessions = sessions.map_err(FlowError::reading_session)?;
                return Ok(Found {
                    sessions: sessions.into_iter().map(|(id, _)| id).collect(),
                    otherwise: Logout::Unknown,
                });
            }
            Subject::Email(email) => email,
        };
        let named = store.of_user(email).await.map_err(FlowError::reading_session)?;
        let sessions: Vec<HashedId> = named
            .into_iter()
            .filter(|(_, live)| {
                let address = live.session.identity.email();
                address.is_some_and(|address| uncased(address) == uncased(email))
            })
            .map(|(id, _)| id)
            .collect();
        let otherwise = if sessions.is_empty() {
            self.without_sessions().await?
        } else {
            Logout::Unknown
        };
        Ok(Found { sessions, otherwise })
    }

    /// The answer when no session has the email address: a session without one may be meant.
    async fn without_sessions(&self) -> Result<Logout, FlowError> {
        let each = self.parts.store.each_session().await;
        let has_none = |(_, live): &(HashedId, Live)| live.session.identity.email().is_none();
        let is_unclear = each.map_err(FlowError::reading_session)?.iter().any(has_none);
        Ok(if is_unclear { Logout::Unclear } else { Logout::Unknown })
    }
}

/// The sessions found for a subject.
struct Found {
    sessions: Vec<HashedId>,
    /// The answer when there are none.
    otherwise: Logout,
}

fn unverified(error: &Error) -> Logout {
    if error.kind() == ErrorKind::InvalidToken {
        let cause = error.cause();
        tracing::warn!(cause, "a Universal Logout request was refused: its token is not valid");
        return Logout::Refused;
    }
    // Any client can name a key that does not exist.
    if error.cause() == "kid_not_looked_for" {
        tracing::warn!(
            error = error as &dyn StdError,
            "an order to end sessions names a key that is not known here yet"
        );
    } else {
        tracing::error!(
            error = error as &dyn StdError,
            "a Universal Logout request could not be verified"
        );
    }
    Logout::Unverified
}

impl Subject {
    fn format(&self) -> &'static str {
        match self {
            Self::Email(_) => "email",
            Self::IssSub { .. } => "iss_sub",
            Self::Opaque(_) => "opaque",
        }
    }
}

impl fmt::Debug for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Never the subject itself.
        write!(f, "Subject({})", self.format())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sec_503_a_subject_prints_its_format_and_nobody_s_name() {
        let subject = Subject::Email("ada@example.com".to_owned());
        assert_eq!(format!("{subject:?}"), "Subject(email)");
        let order = LogoutOrder {
            token: SecretString::from("eyJ"),
            audience: "https://signin.example.com/global-token-revocation".to_owned(),
            subject,
        };
        let printed = format!("{order:?}");
        assert!(!printed.contains("ada") && !printed.contains("eyJ"), "{printed}");
    }
}
