#![doc = include_str!("../README.md")]

mod assertion;
mod cache;
mod call_trace;
mod client;
mod config;
mod device;
mod dpop;
mod error;
mod exchange;
mod failed;
mod flow;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzzing;
mod global_revocation;
mod grant;
mod hosted;
mod id_token;
mod keys;
mod loopback;
mod metadata;
mod mfa;
mod oob;
mod optional_claims;
mod origin;
mod outcome;
mod pem;
mod ports;
mod primary;
mod private_key;
mod probe;
mod refusal;
mod saved;
mod secret;
mod session;
mod tokens;
mod transport;
mod uuid;
mod webauthn;
mod wire;

pub use self::{
    call_trace::{CallTrace, CallTracer},
    client::Client,
    config::{AuthorizationServer, ClientAuth, Config, DpopMode},
    device::{Context, Device},
    dpop::DpopKey,
    error::{Action, Error, ErrorKind, Issuers},
    failed::Failed,
    global_revocation::GlobalTokenRevocation,
    grant::{Channel, Grant},
    hosted::{Authorization, AuthorizationAnswer, AuthorizationRequest, HostedPending, Prompt},
    id_token::LARGEST_SKEW,
    metadata::Metadata,
    mfa::MfaRequired,
    oob::{Challenge, CodePending, Poll, PushPending},
    outcome::OutcomeClass,
    ports::{CallReport, Clock, Endpoint, Entropy, Observer},
    private_key::{PrivateKeyError, check_private_key},
    probe::{GrantProbe, RedirectAnswer},
    saved::{SavedCode, SavedDpopKey, SavedHosted, SavedMfa, SavedPasskey, SavedPush, SavedTokens},
    secret::{AccessToken, BrowserUrl, Code, IdToken, Password, RefreshToken},
    session::{ActiveToken, Introspection, TokenRef, UserInfo},
    tokens::{Claims, Step, TokenSet, Unjudged},
    transport::WORRYING_SKEW,
    webauthn::{Assertion, AssertionError, WebauthnPending},
};
