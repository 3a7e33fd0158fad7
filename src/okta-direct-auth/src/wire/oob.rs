//! The start of an out-of-band transaction.

use std::time::Duration;

use serde::Deserialize;

use super::{json, nonsense};
use crate::{Channel, Error, secret::OobCode, transport::Facts};

const USUAL_INTERVAL: u64 = 5;

/// How the user's answer is tied to this browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Binding {
    /// Not at all: just wait.
    None,
    /// The user picks this number in Okta Verify.
    Transfer(String),
    /// The user types the code that was sent.
    Prompt,
}

#[derive(Clone, Debug)]
pub(crate) struct OobBody {
    pub(crate) oob_code: OobCode,
    pub(crate) expires_in: Duration,
    pub(crate) interval: Duration,
    pub(crate) channel: Channel,
    pub(crate) binding: Binding,
}

#[derive(Deserialize)]
struct Raw {
    oob_code: String,
    expires_in: u64,
    interval: Option<u64>,
    channel: String,
    binding_method: String,
    binding_code: Option<String>,
}

impl OobBody {
    pub(crate) fn read(body: &[u8], facts: &Facts) -> Result<Self, Error> {
        let raw: Raw = json(body, facts)?;
        if raw.oob_code.is_empty() {
            return Err(nonsense("oob_code_empty"));
        }
        let channel = Channel::parse(&raw.channel).ok_or(nonsense("unknown_channel"))?;
        let binding = match (raw.binding_method.as_str(), channel) {
            ("none", Channel::Push) => Binding::None,
            ("transfer", Channel::Push) => {
                let number = raw.binding_code.filter(|number| !number.is_empty());
                Binding::Transfer(number.ok_or(nonsense("binding_code_missing"))?)
            }
            ("prompt", Channel::Sms | Channel::Voice | Channel::Email) => Binding::Prompt,
            _ => return Err(nonsense("unknown_binding_method")),
        };
        Ok(Self {
            oob_code: OobCode::new(raw.oob_code),
            expires_in: Duration::from_secs(raw.expires_in.min(24 * 3600)),
            interval: Duration::from_secs(raw.interval.unwrap_or(USUAL_INTERVAL).clamp(1, 60)),
            channel,
            binding,
        })
    }
}
