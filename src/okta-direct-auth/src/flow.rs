//! What must stay the same from the first call of a sign-in to its last.

use std::{fmt, sync::Arc};

use crate::{DpopKey, MfaRequired};

/// Okta refuses a sign-in whose scope or context classes change half-way.
#[derive(Clone, Debug)]
pub(crate) struct Flow {
    pub(crate) scope: Arc<str>,
    pub(crate) acr_values: Arc<[String]>,
    /// How many times Okta has asked for one more factor.
    pub(crate) rounds: u8,
    /// Signs a proof for every token call.
    pub(crate) dpop: Option<DpopKey>,
}

impl Flow {
    /// The context classes as one parameter.
    pub(crate) fn acr(&self) -> Option<String> {
        (!self.acr_values.is_empty()).then(|| self.acr_values.join(" "))
    }
}

/// What an out-of-band or passkey transaction was started from.
#[derive(Clone)]
pub(crate) enum Origin {
    /// A first factor; the login is kept to start it again.
    Primary {
        flow: Flow,
        login: Option<Arc<str>>,
    },
    Mfa(MfaRequired),
}

impl Origin {
    pub(crate) fn mfa(&self) -> Option<&MfaRequired> {
        match self {
            Self::Primary { .. } => None,
            Self::Mfa(mfa) => Some(mfa),
        }
    }

    pub(crate) fn flow(&self) -> &Flow {
        match self {
            Self::Primary { flow, .. } => flow,
            Self::Mfa(mfa) => &mfa.flow,
        }
    }
}

impl fmt::Debug for Origin {
    /// Leaves out the login: people type passwords there.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Primary { flow, .. } => f.debug_struct("Primary").field("flow", flow).finish_non_exhaustive(),
            Self::Mfa(mfa) => mfa.fmt(f),
        }
    }
}
