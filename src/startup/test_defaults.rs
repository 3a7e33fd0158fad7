//! The rooms' settings where an operator sets nothing, for their tests.

use std::sync::LazyLock;

use super::from_config;
use crate::config;
use crate::config::Config;
use crate::domain::attempt::AttemptRules;
use crate::limits::LimitSettings;

static CONFIG: LazyLock<Config> = LazyLock::new(config::least);

/// The limits of one attempt.
pub(crate) fn attempt_rules() -> AttemptRules {
    from_config::attempt_rules(&CONFIG)
}

/// The limits of this service.
pub(crate) fn limits() -> LimitSettings {
    from_config::limits(&CONFIG)
}
