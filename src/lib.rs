//! Portico: a company's own sign-in pages in front of Okta direct authentication.
//!
//! The rooms, from the outside in: [`cli`] and [`startup`] wire the parts together, [`web`] speaks HTTP, [`flow`] holds
//! the use cases, [`domain`] defines what a sign-in is. [`portal`] and [`session`] stand beside `flow`; [`config`],
//! [`limits`], [`telemetry`], [`trace`], [`clock`], [`http_client`] and [`panics`] support all of them.
//! docs/architecture.md has the picture, docs/decisions/ says why things are as they are.

pub mod cli;
pub mod clock;
pub mod config;
pub mod domain;
pub mod flow;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzzing;
pub mod http_client;
pub mod limits;
pub mod panics;
pub mod portal;
pub mod session;
pub mod startup;
pub mod telemetry;
pub mod trace;
pub mod web;
