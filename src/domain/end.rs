//! Why sessions end.

/// Why a session no longer exists. The names are those of the metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndReason {
    /// Its own browser signed out.
    SignOut,
    /// It was not used for too long.
    Idle,
    /// It reached its absolute limit, however busy it was.
    Absolute,
    /// The customer ended it from another browser.
    OtherBrowser,
    /// Its browser signed in again.
    Replaced,
    /// The customer had too many sessions, and this was the oldest.
    TooMany,
    /// The operator ended it.
    Operator,
    /// Okta no longer vouches for the customer.
    Okta,
}

impl EndReason {
    /// Every reason.
    pub const ALL: [Self; 8] = [
        Self::SignOut,
        Self::Idle,
        Self::Absolute,
        Self::OtherBrowser,
        Self::Replaced,
        Self::TooMany,
        Self::Operator,
        Self::Okta,
    ];

    /// The name in logs, metrics and the store.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SignOut => "sign_out",
            Self::Idle => "idle",
            Self::Absolute => "absolute",
            Self::OtherBrowser => "elsewhere",
            Self::Replaced => "replaced",
            Self::TooMany => "too_many",
            Self::Operator => "operator",
            Self::Okta => "okta",
        }
    }

    /// The reason with this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.name() == name)
    }
}
