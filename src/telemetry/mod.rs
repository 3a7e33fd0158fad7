//! What the operator sees: log lines and metrics.
//!
//! `web` reports requests here and `startup` passes it to the other rooms, so it must not name `web`. Start reading at
//! [`metrics`] for the series and at [`logs`] for the lines.

pub mod logs;
mod measured_store;
pub mod metrics;
pub mod panics;
pub mod support_code;

pub use measured_store::MeasuredStore;
pub use metrics::{Build, Format, Metrics, Passed};
