//! Who asks, and what they get.

use std::net::IpAddr;
use std::time::Duration;

use jiff::Timestamp;
use okta_direct_auth::{Context, Device};

use crate::domain::attempt::Attempt;
use crate::domain::device::KnownDevice;
use crate::domain::factor::Factor;
use crate::domain::ids::{Press, PressMark, SessionId, Tab, VisitId};
use crate::domain::input::BadInput;
use crate::domain::revocation::Requester;
use crate::portal::ReturnTo;
use crate::session::HashedId;
use crate::session::secrets::Csrf;

/// One browser, as far as a request shows it.
#[derive(Debug, Clone)]
pub struct Visitor {
    /// The browser before it is signed in.
    pub visit: VisitId,
    /// Visits of its other tabs.
    pub others: Vec<VisitId>,
    /// The page that it posts; `None` where it only looks. Boxed, because thousands look at once, for as long as they
    /// wait.
    pub posted: Option<Box<Posted>>,
    /// Its session, if it holds a cookie of that name; not yet looked up.
    pub session: Option<SessionId>,
    /// What it keeps of earlier sign-ins; not yet checked.
    pub known_device: Option<KnownDevice>,
    /// The checked client address.
    pub address: IpAddr,
    /// The browser's name of itself.
    pub user_agent: Option<String>,
    /// The languages it asks for.
    pub accept_language: Option<String>,
}

/// A page of ours that was posted.
#[derive(Debug, Clone)]
pub struct Posted {
    /// The press of a button of it.
    pub press: Option<Press>,
    /// When it was made.
    pub made: Timestamp,
    /// Where it was going, unchecked.
    pub bound_for: Option<String>,
}

impl Visitor {
    pub(super) fn press(&self) -> Option<&Press> {
        self.posted.as_ref()?.press.as_ref()
    }

    /// What an attempt keeps of that press.
    pub(super) fn press_mark(&self) -> Option<PressMark> {
        self.press().map(Csrf::mark)
    }

    pub(super) fn bound_for(&self) -> Option<&str> {
        self.posted.as_ref()?.bound_for.as_deref()
    }

    pub(super) fn key(&self) -> HashedId {
        HashedId::of_visit(&self.visit)
    }

    /// How the store knows the session whose cookie this browser holds.
    pub(super) fn session_key(&self) -> Option<HashedId> {
        self.session.as_ref().map(HashedId::of_session)
    }

    /// For whom tokens are revoked.
    pub(super) fn requester(&self) -> Requester {
        Requester {
            address: Some(self.address),
            user_agent: self.user_agent.clone(),
        }
    }

    pub(super) fn device(&self) -> Device {
        Device {
            address: Some(self.address),
            user_agent: self.user_agent.clone(),
            accept_language: self.accept_language.clone(),
        }
    }

    pub(super) fn context(&self, attempt: &Attempt) -> Context {
        Context {
            device: self.device(),
            acr_values: attempt.facts.parameters.get().acr_values.clone(),
        }
    }
}

/// What a request led to: an attempt to show, and perhaps a session.
#[derive(Debug)]
pub struct Outcome {
    /// The attempt's reference.
    pub tab: Tab,
    /// The attempt as it stands now.
    pub attempt: Attempt,
    /// The visit under which it goes on: from now on this browser is known by that one.
    pub moved_to: Option<VisitId>,
    /// The session that has just started.
    pub signed_in: Option<SignedIn>,
    /// What was wrong with the input, when Okta was not even asked.
    pub bad_input: Option<BadInput>,
    /// Whether this request had a code or a push sent, as far as the customer may know (SEC-106).
    pub is_sent: bool,
}

impl Outcome {
    pub(super) fn new(tab: Tab, attempt: Attempt) -> Self {
        Self {
            tab,
            attempt,
            moved_to: None,
            signed_in: None,
            bad_input: None,
            is_sent: false,
        }
    }
}

/// A session that has just started.
#[derive(Debug)]
pub struct SignedIn {
    /// What the cookie gets.
    pub session: SessionId,
    /// How long the browser keeps the cookie; `None`: until it is closed.
    pub keep_for: Option<Duration>,
    /// Where the customer goes.
    pub destination: ReturnTo,
    /// What the browser keeps, so that tries from elsewhere do not hold it.
    pub known_device: Option<KnownDevice>,
    /// The factor to offer first next time.
    pub last_factor: Option<Factor>,
}
