//! A simulated Okta org: direct authentication, a hosted sign-in page, and a phone for each account.
#![doc = include_str!("../README.md")]

mod account;
mod account_patch;
mod accounts;
mod browsers;
mod client;
mod client_patch;
mod clock;
mod connection;
mod error;
mod errors;
mod fault;
mod form;
mod grant;
mod grants_issued;
mod ids;
mod json_object;
mod limits;
mod log;
mod misuse;
mod nonces;
mod okta;
mod phone;
mod policy;
mod reply;
mod server;
mod settings;
mod signing;
mod sim_api;
mod simulator;
mod state;
mod switches;
pub mod test_keys;
mod transactions;
mod universal_logout;
mod webauthn;
mod world;

pub use account::{AccountState, Factor, Message};
pub use account_patch::AccountPatch;
pub use accounts::PASSWORD;
pub use client::ClientKey;
pub use client_patch::ClientPatch;
pub use clock::ClockMode;
pub use error::Error;
pub use fault::{Endpoint, Fault, FaultKind};
pub use limits::Limits;
pub use log::RecordedRequest;
pub use misuse::{Misuse, Unexpected};
pub use okta::{CUSTOM_SERVER, SERVER_WITHOUT_POLICY};
pub use phone::{Answer, Phone, PromptView, Screen};
pub use settings::Settings;
pub use simulator::{Faults, Simulator};
pub use switches::{
    ContentTypes, DpopDemand, EmailCode, NumberChallenge, PasswordExpiry, RefreshMode, Switches, TokenFlaw,
    UnaskedProof, UnknownLogin, UnknownToken, WrongNumber,
};
pub use transactions::PromptState;
pub use universal_logout::{LogoutAnswer, LogoutOrder, SubjectFormat, UniversalLogout};
