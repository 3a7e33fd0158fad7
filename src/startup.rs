//! Wiring: settings become running parts. Nothing is decided here that `config` could have checked.

mod connections;
mod error;
mod listening;
#[cfg(test)]
pub(crate) mod of_the_defaults;
mod okta;
mod parts;
mod portal;
mod server;
mod shared;
mod shared_rows;
mod stop;
mod store;
mod telemetry;

pub use error::StartError;
pub use parts::trusted;
pub use portal::gate;
pub(crate) use portal::preset;
pub use server::{Application, Overrides};
pub use stop::StopHandle;
