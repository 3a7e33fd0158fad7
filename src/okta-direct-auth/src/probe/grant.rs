//! Whether the app may use a grant.

use std::sync::Arc;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};

use crate::{
    Client, Device, DpopKey, Error, ErrorKind, Grant,
    flow::Flow,
    transport::{Call, Purpose},
};

/// A token call with made-up content.
#[derive(Clone, Debug)]
pub struct GrantProbe {
    pub grant: Grant,
    /// `openid` must be among them. Not sent with a refresh token or a code, which have theirs already.
    pub scopes: Vec<String>,
    /// Sends a proof of possession along, by a key for this call alone.
    pub is_proving: bool,
}

impl Client {
    /// Whether Okta reads what such a call contains, as it does only after it has accepted the app, the grant and the
    /// scopes. The order is not documented, so success is an inference. The error says what was refused before.
    pub async fn probe_grant(&self, probe: &GrantProbe) -> Result<(), Error> {
        let metadata = self.metadata().await?;
        let (device, url) = (Device::default(), &metadata.token_endpoint);
        let key = if probe.is_proving {
            Some(DpopKey::generate(&*self.entropy).ok_or(Error::new(ErrorKind::Misconfigured, "no_dpop_key"))?)
        } else {
            None
        };
        let flow = Flow {
            scope: probe.scopes.join(" ").into(),
            acr_values: Arc::default(),
            rounds: 0,
            dpop: key,
        };
        let call = match probe.grant {
            Grant::RefreshToken | Grant::AuthorizationCode => Call::new(purpose(probe.grant), url, &device)
                .with("grant_type", probe.grant.as_str())
                .proving(flow.dpop.as_ref()),
            grant => Call::token(purpose(grant), grant, &flow, url, &device),
        };
        match self.call(&self.filled(call, probe.grant), |_, _| Ok(())).await {
            Err(error) if is_about_the_set_up(&error) => Err(error),
            Ok(_) | Err(_) => Ok(()),
        }
    }

    /// Adds what a user would supply.
    fn filled<'a>(&self, call: Call<'a>, grant: Grant) -> Call<'a> {
        let nobody = || format!("{}@nobody.invalid", self.made_up());
        let call = match grant {
            Grant::MfaOtp | Grant::MfaOob | Grant::MfaWebauthn => call.with("mfa_token", self.made_up()),
            _ => call,
        };
        match grant {
            Grant::Password => call.with("username", nobody()).with("password", self.made_up()),
            Grant::Otp => call.with("login_hint", nobody()).with("otp", "000000"),
            Grant::MfaOtp => call.with("otp", "000000"),
            Grant::Oob | Grant::MfaOob => call.with("oob_code", self.made_up()),
            Grant::Webauthn | Grant::MfaWebauthn => {
                let encoded = |text: &str| BASE64_URL_SAFE_NO_PAD.encode(text);
                let challenge = encoded(&self.made_up());
                let data =
                    format!(r#"{{"type":"webauthn.get","challenge":"{challenge}","origin":"https://nobody.invalid"}}"#);
                call.with("authenticatorData", encoded(&"0".repeat(37)))
                    .with("clientDataJSON", encoded(&data))
                    .with("signature", encoded(&self.made_up()))
            }
            Grant::RefreshToken => call.with("refresh_token", self.made_up()),
            Grant::AuthorizationCode => call
                .with("code", self.made_up())
                .with("redirect_uri", "https://nobody.invalid/")
                .with("code_verifier", format!("{}{}", self.made_up(), self.made_up())),
        }
    }
}

const fn purpose(grant: Grant) -> Purpose {
    match grant {
        Grant::Password => Purpose::Password,
        Grant::Otp => Purpose::PrimaryOtp,
        Grant::MfaOtp => Purpose::MfaOtp,
        Grant::Oob | Grant::MfaOob => Purpose::Poll,
        Grant::Webauthn | Grant::MfaWebauthn => Purpose::Passkey,
        Grant::RefreshToken => Purpose::Refresh,
        Grant::AuthorizationCode => Purpose::Redeem,
    }
}

/// Refusals of what is sent with every call, whoever signs in. Any other one is about the made-up content.
fn is_about_the_set_up(error: &Error) -> bool {
    match error.kind() {
        ErrorKind::Misconfigured => {
            let cause = error.cause();
            !cause.starts_with("direct_auth_") && cause != "missing_token_request_parameter"
        }
        // Anything that refuses a refresh counts as the end of its session.
        ErrorKind::SessionOver => ["no_matching_policy", "feature_not_enabled"].contains(&error.cause()),
        ErrorKind::RateLimited
        | ErrorKind::Unavailable
        | ErrorKind::Nonsense
        | ErrorKind::NetworkZoneDenied
        | ErrorKind::ConsentRequired => true,
        _ => false,
    }
}
