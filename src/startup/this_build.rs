//! What runs here.

use crate::telemetry::Build;

/// This build, for the metrics and the audit record.
pub(super) const THIS_BUILD: Build = Build {
    version: env!("CARGO_PKG_VERSION"),
    commit: env!("SOURCE_COMMIT"),
};
