#![doc = include_str!("../README.md")]

mod assertion;
mod cache;
mod client;
mod config;
mod device;
mod error;
mod exchange;
mod failed;
mod flow;
mod grant;
mod id_token;
mod keys;
mod metadata;
mod mfa;
mod oob;
mod pem;
mod ports;
mod primary;
mod refusal;
mod secret;
mod session;
mod tokens;
mod transport;
mod webauthn;
mod wire;

pub use self::{
    client::Client,
    config::{AuthorizationServer, ClientAuth, Config},
    device::{Context, Device},
    error::{Action, Error, ErrorKind},
    failed::Failed,
    grant::{Channel, Grant},
    metadata::Metadata,
    mfa::MfaRequired,
    oob::{Challenge, CodePending, Poll, PushPending},
    ports::{CallReport, Clock, Endpoint, Entropy, Observer},
    secret::{AccessToken, Code, IdToken, Password, RefreshToken},
    session::{ActiveToken, Introspection, TokenRef, UserInfo},
    tokens::{Claims, Step, TokenSet},
    webauthn::{Assertion, AssertionError, WebauthnPending},
};
