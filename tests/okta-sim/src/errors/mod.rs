//! Refusals, worded as in the published error catalogue.

mod client;
mod dpop;
mod flow;
mod hosted;
mod people;
mod request;

pub(crate) use client::*;
pub(crate) use dpop::*;
pub(crate) use flow::*;
pub(crate) use hosted::*;
pub(crate) use people::*;
pub(crate) use request::*;
