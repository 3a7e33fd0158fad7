//! What the operator sees: log lines, metrics, traces and the audit record.
//!
//! `web` reports requests here and `startup` passes it to the other rooms, so it must not name `web`. Start reading at
//! [`metrics`] for the series, at [`logs`] for the lines and at [`traces`] for the spans.

pub mod audit;
pub mod logs;
mod measured_store;
pub mod metrics;
pub mod panics;
pub mod support_code;
pub mod traces;

pub use measured_store::MeasuredStore;
pub use metrics::{Build, Format, Metrics, Passed};
pub use traces::Traces;
