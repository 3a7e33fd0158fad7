//! Faults on demand: which request to break, how, and how often.

use serde::{Deserialize, Serialize};

/// The endpoints, as faults, expectations and the log name them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Endpoint {
    /// In a fault: the next request. In a count: every request. In the log: a path that does not exist.
    #[default]
    Any,
    Discovery,
    Keys,
    Token,
    Challenge,
    /// Includes its older name, `/oob-authenticate`.
    PrimaryAuthenticate,
    Introspect,
    Revoke,
    Userinfo,
    Authorize,
    /// Okta's hosted page, `/signin`.
    SignIn,
    Logout,
}

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum FaultKind {
    /// The request is processed after this time, in real time.
    Delay {
        ms: u64,
    },
    /// The org's rate limit is used up: 429 with an error of the core API, nothing processed.
    RateLimited {
        reset_s: u64,
    },
    /// The user's own rate limit is used up: 429 with `invalid_grant`, nothing processed.
    UserRateLimited,
    /// Too many requests at once: 429 with limit and remaining 0.
    Concurrency,
    /// 500 with an error of the core API, nothing processed.
    ServerError,
    /// 503 with an error of the core API, nothing processed.
    Maintenance,
    /// 500 `server_error`: the message could not be sent.
    OobFailure,
    /// 502 with the HTML of a proxy, nothing processed.
    BadGateway,
    /// The connection is closed and nothing is processed.
    ResetBefore,
    /// The request is processed, then the connection is closed.
    ResetAfter,
    EmptyBody,
    CutJson,
    GarbageJson,
    WrongContentType,
    UnknownMembers,
    HugeBody {
        bytes: usize,
    },
    /// The body arrives in pieces, with a pause before each.
    SlowBody {
        ms_per_piece: u64,
    },
    /// 302 to a path that does not exist, nothing processed.
    Redirect,
    SlowDown,
    /// The code, challenge, `mfa_token` or `state_token` of this request counts as expired.
    ExpireNow,
    /// The signing key changes before this request is answered; the old one stays published unless `withdraw`.
    RotateKeys {
        #[serde(default)]
        withdraw: bool,
    },
    /// The `Date` header is off by this much.
    ClockSkew {
        seconds: i64,
    },
    /// Any OAuth error, nothing processed.
    Oauth {
        status: u16,
        error: String,
        #[serde(default)]
        description: Option<String>,
    },
    /// Any error of the core API, nothing processed. An unknown client id gets one, with an OAuth code.
    Core {
        status: u16,
        code: String,
        #[serde(default)]
        summary: String,
    },
}

/// One fault, waiting for its request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    #[serde(default)]
    pub endpoint: Endpoint,
    #[serde(flatten)]
    pub kind: FaultKind,
    /// How many requests it breaks.
    #[serde(default = "once")]
    pub times: u32,
}

impl Fault {
    /// A fault that breaks the next request to `endpoint`.
    pub fn new(endpoint: Endpoint, kind: FaultKind) -> Self {
        Self {
            endpoint,
            kind,
            times: 1,
        }
    }

    #[must_use]
    pub fn times(self, times: u32) -> Self {
        Self { times, ..self }
    }
}

const fn once() -> u32 {
    1
}

impl FaultKind {
    /// Whether the client is sure to get a readable answer; it may give up on a slow one.
    pub(crate) fn answer_arrives(&self) -> bool {
        !matches!(
            self,
            Self::ResetAfter
                | Self::ResetBefore
                | Self::EmptyBody
                | Self::CutJson
                | Self::GarbageJson
                | Self::WrongContentType
                | Self::HugeBody { .. }
                | Self::SlowBody { .. }
                | Self::Delay { .. }
        )
    }
}

/// Faults in the order they were pushed.
#[derive(Debug, Default)]
pub(crate) struct FaultQueue(Vec<Fault>);

impl FaultQueue {
    pub(crate) fn push(&mut self, fault: Fault) {
        if fault.times > 0 {
            self.0.push(fault);
        }
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    pub(crate) fn waiting(&self) -> Vec<Fault> {
        self.0.clone()
    }

    pub(crate) fn take(&mut self, endpoint: Endpoint) -> Option<FaultKind> {
        let position = self
            .0
            .iter()
            .position(|fault| fault.endpoint == Endpoint::Any || fault.endpoint == endpoint)?;
        let fault = self.0.get_mut(position)?;
        let kind = fault.kind.clone();
        fault.times -= 1;
        if fault.times == 0 {
            self.0.remove(position);
        }
        Some(kind)
    }
}
