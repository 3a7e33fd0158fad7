//! The browser of a request, and the outcome that it gets back.

use std::net::IpAddr;
use std::time::Duration;

use jiff::Timestamp;
use okta_direct_auth::{Context, Device};

use crate::domain::attempt::Attempt;
use crate::domain::device::KnownDevice;
use crate::domain::factor::Factor;
use crate::domain::ids::{FormReference, Press, PressMark, SessionId, Tab, VisitId};
use crate::domain::input::BadInput;
use crate::domain::revocation::Requester;
use crate::portal::ReturnTo;
use crate::session::HashedId;
use crate::session::secrets::Csrf;

/// What a request reveals of its browser.
#[derive(Debug, Clone)]
pub struct Visitor {
    /// The browser before it is signed in.
    pub visit: VisitId,
    /// The visits of its other tabs.
    pub others: Vec<VisitId>,
    /// The page that it posts; `None` for a request that only looks. Boxed, because thousands of such requests wait at
    /// the same time.
    pub posted: Option<Box<Posted>>,
    /// The form that its page carries, not posted before; `None` where the attempt is stored. Boxed for the same
    /// reason.
    pub opened: Option<Box<OpenedForm>>,
    /// The session id from its cookie, if it has one; not yet looked up.
    pub session: Option<SessionId>,
    /// The device cookie of earlier sign-ins; not yet checked.
    pub known_device: Option<KnownDevice>,
    /// The client address, already checked.
    pub address: IpAddr,
    /// The `User-Agent` header.
    pub user_agent: Option<String>,
    /// The `Accept-Language` header.
    pub accept_language: Option<String>,
    /// The support code of the request.
    pub support_code: String,
}

/// A form that was opened but not posted yet. Its attempt is in no store: its page carries it.
#[derive(Debug, Clone)]
pub struct OpenedForm {
    /// The reference that the attempt will be stored under.
    pub tab: Tab,
    /// The attempt.
    pub attempt: Attempt,
}

impl OpenedForm {
    /// The step that its page shows.
    pub fn form_ref(&self) -> FormReference {
        self.attempt.form_ref(self.tab)
    }
}

/// A page of this service that was posted.
#[derive(Debug, Clone)]
pub struct Posted {
    /// The press of one of its buttons.
    pub press: Option<Press>,
    /// When the page was made.
    pub made: Timestamp,
    /// The destination, unchecked.
    pub bound_for: Option<String>,
}

impl Visitor {
    pub(super) fn press(&self) -> Option<&Press> {
        self.posted.as_ref()?.press.as_ref()
    }

    /// The part of a press that an attempt keeps.
    pub(super) fn press_mark(&self) -> Option<PressMark> {
        self.press().map(Csrf::mark)
    }

    /// The attempt that its page carries, if it is the one of this tab.
    pub(super) fn opened(&self, tab: &Tab) -> Option<&Attempt> {
        let opened = self.opened.as_ref().filter(|opened| opened.tab == *tab);
        opened.map(|opened| &opened.attempt)
    }

    pub(super) fn bound_for(&self) -> Option<&str> {
        self.posted.as_ref()?.bound_for.as_deref()
    }

    pub(super) fn key(&self) -> HashedId {
        HashedId::of_visit(&self.visit)
    }

    /// The store's name for the session whose cookie this browser holds.
    pub(super) fn session_key(&self) -> Option<HashedId> {
        self.session.as_ref().map(HashedId::of_session)
    }

    /// On whose behalf tokens are revoked.
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

/// The outcome of a request: an attempt to show, and perhaps a session.
#[derive(Debug)]
pub struct Outcome {
    /// The attempt's reference.
    pub tab: Tab,
    /// The attempt as it stands now.
    pub attempt: Attempt,
    /// Whether it is stored; if not, its page carries it (see [`OpenedForm`]).
    pub is_stored: bool,
    /// The visit in which the attempt continues: from now on the browser's attempt cookie holds its id.
    pub moved_to: Option<VisitId>,
    /// The session that has just started.
    pub signed_in: Option<SignedIn>,
    /// What was wrong with the input, so that Okta was not asked.
    pub bad_input: Option<BadInput>,
    /// Whether this request sent a code or a push, as far as the customer may know (SEC-106).
    pub is_sent: bool,
}

impl Outcome {
    /// A form to which nothing was posted yet.
    pub(super) fn opened(tab: Tab, attempt: Attempt) -> Self {
        Self {
            is_stored: false,
            ..Self::new(tab, attempt)
        }
    }

    pub(super) fn new(tab: Tab, attempt: Attempt) -> Self {
        Self {
            tab,
            attempt,
            is_stored: true,
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
    /// The value of the session cookie.
    pub session: SessionId,
    /// How long the browser keeps the cookie; `None`: until the browser is closed.
    pub keep_for: Option<Duration>,
    /// Where the customer goes.
    pub destination: ReturnTo,
    /// The new device cookie, so that tries from other browsers do not block this one.
    pub known_device: Option<KnownDevice>,
    /// The factor to offer first next time.
    pub last_factor: Option<Factor>,
}
