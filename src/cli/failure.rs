//! How commands fail.

/// Why a command failed.
#[derive(Debug)]
pub(super) enum CommandFailure {
    /// Wrong usage or wrong settings; the text says what is wrong.
    Settings(String),
    /// The command has said what is wrong where its answers go.
    Reported,
    /// The same of wrong settings.
    ReportedSettings,
    /// Anything else.
    Failed(anyhow::Error),
}

impl From<anyhow::Error> for CommandFailure {
    fn from(error: anyhow::Error) -> Self {
        Self::Failed(error)
    }
}
