//! What the audit record is told: who did what, from where, and what came of it.
//!
//! An event holds pseudonyms and names of sessions, never the name of a person, and no text that a client sent.

use std::cell::RefCell;
use std::net::IpAddr;

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditAct {
    /// The first post of a form: a name, with a password or without.
    SignInBegun,
    /// Okta accepted a factor, and may want another.
    FactorAccepted,
    /// A factor was refused, by Okta or by a limit here.
    FactorRefused,
    /// The last factor was accepted, and the session is stored.
    SessionStarted,
    /// A session ended, for whatever reason.
    SessionEnded,
    /// A browser signed out.
    SignedOut,
    /// Okta ordered the sessions of a user to end (Universal Logout).
    LogoutOrdered,
    /// An administrator ended sessions.
    OperatorEndedSessions,
    /// An administrator reset the limits of an account.
    OperatorResetLimits,
    /// An administrator erased what is stored about a user.
    OperatorErasedUser,
    /// An administrator closed sign-ins.
    OperatorClosedSignIns,
    /// An administrator opened them again.
    OperatorOpenedSignIns,
    /// The service uses other settings.
    SettingsReloaded,
}

impl AuditAct {
    /// Its name in the record.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SignInBegun => "sign_in_begun",
            Self::FactorAccepted => "factor_accepted",
            Self::FactorRefused => "factor_refused",
            Self::SessionStarted => "session_started",
            Self::SessionEnded => "session_ended",
            Self::SignedOut => "signed_out",
            Self::LogoutOrdered => "logout_ordered",
            Self::OperatorEndedSessions => "operator_ended_sessions",
            Self::OperatorResetLimits => "operator_reset_limits",
            Self::OperatorErasedUser => "operator_erased_user",
            Self::OperatorClosedSignIns => "operator_closed_sign_ins",
            Self::OperatorOpenedSignIns => "operator_opened_sign_ins",
            Self::SettingsReloaded => "settings_reloaded",
        }
    }
}

/// An event for the audit record. What does not apply is left out.
#[derive(Debug, Clone)]
pub struct AuditEvent {
    pub act: AuditAct,
    /// The session by the name in `Portico-Session`.
    pub session: Option<String>,
    /// A pseudonym.
    pub user: Option<String>,
    /// The factor; several with `+` between them.
    pub factor: Option<String>,
    pub outcome: Option<&'static str>,
    pub reason: Option<&'static str>,
    /// How many sessions.
    pub sessions: Option<usize>,
    /// Whether a session is being stepped up.
    pub is_step_up: bool,
    /// Keys of settings.
    pub settings: Vec<&'static str>,
    pub okta_request_id: Option<String>,
    pub origin: RequestOrigin,
}

impl AuditEvent {
    /// An event of the request that is being answered.
    pub fn new(act: AuditAct) -> Self {
        let origin = RequestOrigin::current();
        Self {
            act,
            session: None,
            user: origin.user.clone(),
            factor: None,
            outcome: None,
            reason: None,
            sessions: None,
            is_step_up: false,
            settings: Vec::new(),
            okta_request_id: None,
            origin,
        }
    }
}

/// Where a request came from. Like the log's span, it is known to whatever happens while the request is answered.
#[derive(Debug, Clone, Default)]
pub struct RequestOrigin {
    /// The client's address, already checked.
    pub address: Option<IpAddr>,
    pub support_code: Option<String>,
    /// The pseudonym of the user whom the request is about, once that is known.
    user: Option<String>,
}

tokio::task_local! {
    static ORIGIN: RefCell<RequestOrigin>;
}

impl RequestOrigin {
    pub fn new(address: IpAddr, support_code: &str) -> Self {
        Self {
            support_code: Some(support_code.to_owned()),
            ..Self::without_code(address)
        }
    }

    /// A request that has no support code.
    pub fn without_code(address: IpAddr) -> Self {
        Self {
            address: Some(address),
            support_code: None,
            user: None,
        }
    }

    /// Runs what answers this request.
    pub fn scope<F: Future>(self, answering: F) -> impl Future<Output = F::Output> {
        ORIGIN.scope(RefCell::new(self), answering)
    }

    /// The request that is being answered here; nothing in a background task.
    pub fn current() -> Self {
        ORIGIN.try_with(|origin| origin.borrow().clone()).unwrap_or_default()
    }

    /// From here on, the request is about this user.
    pub(in crate::flow) fn is_about(user: &str) {
        // OK to ignore: in a background task there is no request.
        let _ = ORIGIN.try_with(|origin| origin.borrow_mut().user = Some(user.to_owned()));
    }
}
