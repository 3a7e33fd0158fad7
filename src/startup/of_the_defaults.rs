//! What the rooms get where an operator sets nothing, for their tests.

use std::sync::LazyLock;

use super::parts;
use crate::config::{self, Config};
use crate::domain::attempt::AttemptRules;
use crate::limits::LimitSettings;

static CONFIG: LazyLock<Config> = LazyLock::new(config::least);

/// The limits of one attempt.
pub(crate) fn attempt_rules() -> AttemptRules {
    parts::attempt_rules(&CONFIG)
}

/// The limits of this service.
pub(crate) fn limits() -> LimitSettings {
    parts::limits(&CONFIG)
}
