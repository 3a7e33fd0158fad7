//! `portico serve`: runs the service.

use std::path::Path;

use anyhow::Context as _;

use super::failure::CommandFailure;
use super::reload::Reload;
use super::runtime::block_on;
use super::{settings, signals};
use crate::config::LogFormatSetting;
use crate::startup::{Application, Overrides, warnings};
use crate::telemetry::{logs, panics};

/// Serves until it is told to stop.
pub(super) fn run(path: Option<&Path>) -> Result<(), CommandFailure> {
    // Before the first secret is read.
    #[cfg(target_os = "linux")]
    super::core_dumps::switch_off()?;
    let config = settings::load(path)?;
    let format = match config.ops.log {
        LogFormatSetting::Json => logs::LogFormat::Json,
        LogFormatSetting::Text => logs::LogFormat::Text,
    };
    logs::init(format, &config.ops.log_level).context("setting up the log")?;
    panics::log_panics();
    for warning in warnings(&config) {
        tracing::warn!(%warning, "check this setting");
    }
    block_on(async {
        // A large store takes a while to open.
        let hangups = signals::catch_hangups()?;
        signals::outlive_user_signals()?;
        let application = Application::build(&config, Overrides::default()).context("starting the service")?;
        signals::stop_on_signals(application.stop_handle())?;
        tracing::info!(public_url = %config.public_url, listen = %config.listen, ops = %config.ops.listen, "listening");
        let reload = Reload {
            path: path.map(Path::to_owned),
            current: config,
            service: application.reload_handle(),
        };
        signals::reload_on(hangups, reload);
        application.run().await.context("serving")?;
        Ok(())
    })
}
