//! The screen, the colours and the language that somebody has.

use serde_json::{Value, json};

use crate::customer::Customer;

/// How somebody wants colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Look {
    Light,
    Dark,
    /// The system's few colours in place of ours, as Windows' contrast themes have it.
    Forced,
}

impl Look {
    /// Its part of a file's name.
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
        // No motion: what moves is measured at a random moment otherwise.
        json!([
            {"name": "prefers-color-scheme", "value": scheme},
            {"name": "forced-colors", "value": forced},
            {"name": "prefers-reduced-motion", "value": "reduce"},
        ])
    }
}

impl Customer {
    /// Has pages drawn that way from now on.
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

    /// Has a window of that many CSS pixels.
    pub(crate) async fn looks_through(&self, (width, height): (u32, u32)) {
        let window = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        let command = "Emulation.setDeviceMetricsOverride";
        self.browser.devtools(command, window).await;
    }

    /// Switches script off; what stands there already goes on until the next page.
    pub(crate) async fn switches_script_off(&self) {
        let command = "Emulation.setScriptExecutionDisabled";
        self.browser.devtools(command, json!({"value": true})).await;
    }
}
