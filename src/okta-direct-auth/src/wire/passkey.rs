//! The start of a passkey ceremony; the only one of Okta's replies in camelCase.

use serde::Deserialize;
use serde_json::{Map, Value};
use url::Url;

use super::{json, nonsense};
use crate::{Error, transport::Facts};

#[derive(Clone)]
pub(crate) struct PasskeyBody {
    public_key: Map<String, Value>,
}

#[derive(Deserialize)]
struct Raw {
    #[serde(rename = "publicKey")]
    public_key: Map<String, Value>,
}

impl PasskeyBody {
    pub(crate) fn read(body: &[u8], facts: &Facts) -> Result<Self, Error> {
        let Raw { public_key } = json(body, facts)?;
        let challenge = public_key.get("challenge").and_then(Value::as_str).unwrap_or_default();
        if challenge.is_empty() {
            return Err(nonsense("webauthn_challenge_missing"));
        }
        Ok(Self { public_key })
    }

    /// The options for the browser and the relying party they are for. If Okta does not name the latter, it is the host
    /// of the old U2F app id, or else the org's own host.
    pub(crate) fn into_options(mut self, issuer: &Url) -> (String, String) {
        let rp_id = self
            .named_rp_id()
            .or_else(|| self.app_id_host())
            .or_else(|| issuer.host_str().map(str::to_owned))
            .unwrap_or_default();
        self.public_key.insert("rpId".to_owned(), Value::from(rp_id.clone()));
        (Value::Object(self.public_key).to_string(), rp_id)
    }

    fn named_rp_id(&self) -> Option<String> {
        let rp_id = self.public_key.get("rpId")?.as_str()?;
        (!rp_id.is_empty()).then(|| rp_id.to_owned())
    }

    fn app_id_host(&self) -> Option<String> {
        let app_id = self.public_key.get("extensions")?.get("appid")?.as_str()?;
        Some(Url::parse(app_id).ok()?.host_str()?.to_owned())
    }
}
