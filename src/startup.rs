//! Wiring: settings become running parts. Nothing is decided here that `config` could have checked.

mod accepting;
mod audit;
mod certificate;
mod connections;
mod copying;
mod error;
pub(super) mod from_config;
mod listening;
mod logo;
mod newest;
mod okta;
mod okta_spans;
mod portal;
mod reload;
mod server;
mod shared_rows;
mod stop;
mod store;
mod telemetry;
#[cfg(test)]
pub(crate) mod test_defaults;
mod this_build;
mod warnings;
pub(super) mod worker_state;

pub use copying::{CopyOrder, CopyReport, CopyTrouble, copy_store};
pub use error::StartError;
pub use from_config::trusted;
pub(crate) use okta::observed as observed_okta;
pub use portal::gate;
pub(crate) use portal::preset;
pub use reload::ReloadHandle;
pub use server::{Application, Overrides};
pub use stop::StopHandle;
pub(crate) use store::redis_address;
pub(crate) use warnings::warnings;
