//! The operations of a sign-in: begin, choose, answer, poll, resend, restart, finish and sign out.
//!
//! Only this room talks to Okta and to the stores. Every operation has the same shape: claim the attempt (so that no
//! other request acts on it), call Okta once, feed the answer to [`crate::domain::attempt::advance`], store the result.
//! What a customer can cause is reported in the [`Outcome`]; a [`FlowError`] is for an operator to look at.

mod audit;
mod auditing;
mod desk;
mod error;
mod finishes;
mod hosted;
mod observer;
pub(super) mod okta_call;
mod one_step;
mod portal_logout;
mod proof;
mod revocation;
mod session;
mod settings;
mod sign_in;
mod this_request;
mod visitor;

use std::error::Error as StdError;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::clock::Clock;
use crate::limits::{Breaker, Bulkhead, Left, LimitSettings, Limits};
use crate::portal::Destinations;
use crate::portal::back_channel::BackChannel;
use crate::session::secrets::Secrets;
use crate::session::{OpenedForms, Store, Tickets};

use desk::entrance::Entrance;
use portal_logout::PortalLogouts;
use revocation::queue::RevocationQueue;
use session::revalidate::hold::Hold;
use sign_in::answer_shapes::AnswerShapes;
use sign_in::open_waits::Listeners;
use sign_in::timing_floor::TimingFloors;

pub use audit::{AuditAct, AuditEvent, RequestOrigin};
pub use desk::counted::{CountedAccount, NetworkHold};
pub use desk::erase::{Erased, Erasure};
pub use desk::limited::HeldNow;
pub use desk::report::UserReport;
pub use error::FlowError;
pub use hosted::{Departure, OktaAddress, returned_to};
pub use observer::{FlowObserver, OKTA_PAGE_RESULTS, REVALIDATION_RESULTS, TRY_RESULTS, throttle_scopes};
pub(crate) use one_step::{row_change, unavailable};
pub use portal_logout::PORTAL_LOGOUT_RESULTS;
pub use revocation::universal_logout::{Logout, LogoutOrder, Subject};
pub use session::administer::{Listed, Whose};
pub use session::cached::{Counting, InUse, SessionKey};
pub use session::ended::EndedSession;
pub use session::hand_over::{HandedOver, bound_to};
pub use session::own::{EndOwn, OwnSession};
pub use session::redirect_loop::LoopCause;
pub use session::return_state::{NoSessionReason, ReturnState};
pub use session::sign_out::{AtOkta, Leaving, SignOut};
pub use settings::{HostedWay, Revalidation, Settings, WithoutRefreshToken};
pub use sign_in::first_form::FirstForm;
pub use sign_in::open::Ask;
pub use sign_in::open_waits::Listening;
pub use sign_in::passkey::PasskeyAnswer;
pub use sign_in::push::Signal;
pub(crate) use this_request::of_this_request;
pub use visitor::{OpenedForm, Outcome, Posted, SignedIn, Visitor};

/// Everything that the operations need. Built once at start-up.
#[derive(Debug)]
pub struct Parts {
    /// The client of the Okta org.
    pub okta: okta_direct_auth::Client,
    /// Attempts, sessions and pending revocations.
    pub store: Arc<dyn Store>,
    /// Ids and form tokens.
    pub secrets: Secrets,
    /// The limits of this service.
    pub limits: Limits,
    /// Bounds how many calls to Okta are made at once.
    pub bulkhead: Arc<Bulkhead>,
    /// Stops calls to Okta while it fails.
    pub breaker: Arc<Breaker>,
    /// The destinations that customers may go to after signing in.
    pub destinations: Destinations,
    /// Seals the return state of browsers that the portal sends to the form.
    pub targets: Tickets,
    /// Seals forms that nothing was posted to yet.
    pub opened_forms: OpenedForms,
    /// Seals tickets, which take a session to another host.
    pub tickets: Tickets,
    /// The portals that are told of ended sessions.
    pub back_channel: BackChannel,
    pub clock: Arc<dyn Clock>,
    pub observer: Arc<dyn FlowObserver>,
    pub settings: Settings,
}

/// The parts that can be others while the service runs.
#[derive(Debug)]
pub struct ChangedParts {
    /// Another client, if it differs.
    pub okta: Option<okta_direct_auth::Client>,
    /// Another bound, if it differs.
    pub bulkhead: Option<Bulkhead>,
    pub limits: LimitSettings,
    pub destinations: Destinations,
    pub settings: Settings,
}

/// The operations. Cheap to clone; clones share the same flow.
#[derive(Debug, Clone)]
pub struct Flow {
    parts: Arc<Parts>,
    timing_floors: Arc<TimingFloors>,
    shapes: Arc<AnswerShapes>,
    hold: Arc<Hold>,
    listeners: Arc<Listeners>,
    revocation_queue: Arc<RevocationQueue>,
    portal_logouts: Arc<PortalLogouts>,
    entrance: Arc<Entrance>,
    /// Whether the operator has been warned that Okta gives no refresh tokens although they are asked for.
    warned_of_no_refresh: Arc<AtomicBool>,
}

impl Flow {
    pub fn new(parts: Parts) -> Self {
        Self {
            parts: Arc::new(parts),
            timing_floors: Arc::default(),
            shapes: Arc::default(),
            hold: Arc::default(),
            listeners: Arc::default(),
            revocation_queue: Arc::default(),
            portal_logouts: Arc::default(),
            entrance: Arc::default(),
            warned_of_no_refresh: Arc::default(),
        }
    }

    /// The same flow with other settings. Operations that have begun go on with those that they began with.
    #[must_use]
    pub fn changed(&self, changed: ChangedParts) -> Self {
        let former = &self.parts;
        let parts = Parts {
            okta: changed.okta.unwrap_or_else(|| former.okta.clone()),
            store: Arc::clone(&former.store),
            secrets: former.secrets.clone(),
            limits: former.limits.with_settings(&changed.limits),
            bulkhead: changed.bulkhead.map_or_else(|| Arc::clone(&former.bulkhead), Arc::new),
            breaker: Arc::clone(&former.breaker),
            destinations: changed.destinations,
            targets: former.targets.clone(),
            opened_forms: former.opened_forms.clone(),
            tickets: former.tickets.clone(),
            back_channel: former.back_channel.clone(),
            clock: Arc::clone(&former.clock),
            observer: Arc::clone(&former.observer),
            settings: changed.settings,
        };
        Self {
            parts: Arc::new(parts),
            ..self.clone()
        }
    }

    pub fn settings(&self) -> &Settings {
        &self.parts.settings
    }

    pub fn now(&self) -> jiff::Timestamp {
        self.parts.clock.now()
    }

    /// The clock, for waits that belong to a page.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.parts.clock
    }

    /// The keys for ids and form tokens.
    pub fn secrets(&self) -> &Secrets {
        &self.parts.secrets
    }

    /// Fetches what Okta publishes about itself ahead of the first sign-in.
    pub async fn warm_up(&self) {
        if let Err(error) = self.parts.okta.metadata().await {
            tracing::warn!(
                error = &error as &dyn StdError,
                "Okta's metadata could not be fetched; this will be retried at the first sign-in"
            );
        }
    }

    /// Whether the store answers.
    pub async fn is_store_there(&self) -> Result<(), FlowError> {
        let asked = self.parts.store.count_sessions().await;
        asked.map(drop).map_err(FlowError::reading_session)
    }

    /// How many attempts, sessions, pending revocations and logout notices there are.
    pub async fn counts(&self) -> Result<Counts, FlowError> {
        let store = &self.parts.store;
        Ok(Counts {
            attempts: store
                .count_attempts(self.now())
                .await
                .map_err(FlowError::reading_attempt)?,
            sessions: store.count_sessions().await.map_err(FlowError::reading_session)?,
            revocations: store
                .count_revocations()
                .await
                .map_err(FlowError::reading_revocations)?,
            notices: store.count_notices().await.map_err(FlowError::reading_notices)?,
            are_closed: self.closed_since().await?.is_some(),
        })
    }

    /// The rest of the budget of texts, calls and emails; `None` when there is no budget.
    pub async fn sends_left(&self) -> Option<Left> {
        self.parts.limits.sends_left().await
    }

    /// Completes when the store can no longer save anything and this process must be restarted.
    pub fn store_breaks(&self) -> impl Future<Output = ()> + Send + use<> {
        self.parts.store.breaks()
    }

    /// Whether a report from a browser at this address is accepted.
    pub fn takes_report(&self, address: IpAddr) -> bool {
        let checked = self.parts.limits.check_report(address);
        checked
            .inspect_err(|throttled| self.parts.observer.throttled(throttled.scope))
            .is_ok()
    }

    /// Makes sure that everything read so far survives a crash and a fail-over.
    pub(in crate::flow) async fn wait_until_safe(&self) -> Result<(), FlowError> {
        let safe = self.parts.store.safe().await;
        safe.map_err(FlowError::storing_session)
    }

    /// Writes pending changes. Called last, before the process ends.
    pub async fn close(&self) {
        if let Err(error) = self.parts.store.close().await {
            tracing::error!(error = &error as &dyn StdError, "the store could not be closed cleanly");
        }
    }
}

/// How much the store holds.
#[derive(Debug, Clone, Copy)]
pub struct Counts {
    /// Sign-ins in progress.
    pub attempts: usize,
    /// Live sessions.
    pub sessions: usize,
    /// Revocations that Okta has not accepted yet.
    pub revocations: usize,
    /// Ended sessions that not every portal has been told of.
    pub notices: usize,
    /// Whether an operator has closed sign-ins.
    pub are_closed: bool,
}
