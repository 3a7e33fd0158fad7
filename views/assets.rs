//! The addresses of stylesheets and scripts.

/// One script module: one behaviour, in one file under `assets/js`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Script {
    /// Says when caps lock is on while a password is typed.
    CapsLock,
    /// Counts down a cool-down or a time limit.
    Countdown,
    /// Moves the focus to the summary of what went wrong.
    FocusSummary,
    /// Asks the browser for a passkey and submits the answer.
    Passkey,
    /// Listens for the answer to a push.
    PushWait,
    /// Reloads the page when the browser shows a stored copy of it.
    Refresh,
    /// Shows a password for as long as the customer wants.
    RevealPassword,
    /// Lets a form be submitted only once.
    SubmitOnce,
}

impl Script {
    /// Every script, in the order of declaration.
    pub const ALL: [Self; 8] = [
        Self::CapsLock,
        Self::Countdown,
        Self::FocusSummary,
        Self::Passkey,
        Self::PushWait,
        Self::Refresh,
        Self::RevealPassword,
        Self::SubmitOnce,
    ];

    /// Its file under `assets/js`.
    pub const fn file(self) -> &'static str {
        match self {
            Self::CapsLock => "caps-lock.js",
            Self::Countdown => "countdown.js",
            Self::FocusSummary => "focus-summary.js",
            Self::Passkey => "passkey.js",
            Self::PushWait => "push-wait.js",
            Self::Refresh => "refresh.js",
            Self::RevealPassword => "reveal-password.js",
            Self::SubmitOnce => "submit-once.js",
        }
    }
}

/// Where the browser fetches stylesheets and scripts. Built once at start, prefix and hash included.
#[derive(Clone, Debug)]
pub struct Assets {
    stylesheet: String,
    brand_stylesheet: String,
    scripts: Vec<(Script, String)>,
}

impl Assets {
    /// Calls `url` once per file: `app.css`, `brand.css`, then every [`Script::file`].
    pub fn new(url: impl Fn(&str) -> String) -> Self {
        Self {
            stylesheet: url("app.css"),
            brand_stylesheet: url("brand.css"),
            scripts: Script::ALL.map(|script| (script, url(script.file()))).into(),
        }
    }

    pub(crate) fn stylesheet(&self) -> &str {
        &self.stylesheet
    }

    pub(crate) fn brand_stylesheet(&self) -> &str {
        &self.brand_stylesheet
    }

    pub(crate) fn script(&self, wanted: Script) -> &str {
        let found = self.scripts.iter().find(|(script, _)| *script == wanted);
        found.map_or("", |(_, url)| url)
    }
}
