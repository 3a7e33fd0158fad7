//! The customer's screen, colours and language.

use serde_json::{Value, json};

use crate::customer::Customer;

/// The colours that a customer prefers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Look {
    Light,
    Dark,
    /// The few colours of the system in place of ours, as in Windows' contrast themes.
    Forced,
}

impl Look {
    /// Its part of a file name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
            Self::Forced => "forced",
        }
    }

    fn features(self) -> Value {
        let (scheme, forced) = match self {
            Self::Light => ("light", "none"),
            Self::Dark => ("dark", "none"),
            Self::Forced => ("light", "active"),
        };
        // No motion: otherwise what moves would be measured at a random moment.
        json!([
            {"name": "prefers-color-scheme", "value": scheme},
            {"name": "forced-colors", "value": forced},
            {"name": "prefers-reduced-motion", "value": "reduce"},
        ])
    }
}

impl Customer {
    /// Has pages drawn in this look from now on.
    pub(crate) async fn prefers(&self, look: Look) {
        let features = json!({"features": look.features()});
        let command = "Emulation.setEmulatedMedia";
        self.browser.devtools(command, features).await;
    }

    /// Asks for pages in this language from now on.
    pub(crate) async fn speaks(&self, language: &str) {
        let headers = json!({"headers": {"Accept-Language": language}});
        let command = "Network.setExtraHTTPHeaders";
        self.browser.devtools(command, headers).await;
    }

    /// Has a window of this many CSS pixels.
    pub(crate) async fn looks_through(&self, (width, height): (u32, u32)) {
        let window = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        let command = "Emulation.setDeviceMetricsOverride";
        self.browser.devtools(command, window).await;
    }

    /// Switches script off from the next page on.
    pub(crate) async fn switches_script_off(&self) {
        let command = "Emulation.setScriptExecutionDisabled";
        self.browser.devtools(command, json!({"value": true})).await;
    }
}
