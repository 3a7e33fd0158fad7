//! Where an out-of-band or passkey transaction began.

use std::{fmt, sync::Arc};

use crate::{MfaRequired, flow::Flow};

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
