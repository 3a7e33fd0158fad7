//! Okta's names for grant types and channels.

/// A grant type, as registered for an app: those of Okta direct authentication, and the one behind Okta's hosted page.
///
/// The two names under `auth0.com` are identifiers that Okta really uses; nothing is fetched from there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Grant {
    Password,
    Otp,
    Oob,
    MfaOtp,
    MfaOob,
    Webauthn,
    MfaWebauthn,
    RefreshToken,
    AuthorizationCode,
}

impl Grant {
    const ALL: [Self; 9] = [
        Self::Password,
        Self::Otp,
        Self::Oob,
        Self::MfaOtp,
        Self::MfaOob,
        Self::Webauthn,
        Self::MfaWebauthn,
        Self::RefreshToken,
        Self::AuthorizationCode,
    ];

    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Otp => "urn:okta:params:oauth:grant-type:otp",
            Self::Oob => "urn:okta:params:oauth:grant-type:oob",
            Self::MfaOtp => "http://auth0.com/oauth/grant-type/mfa-otp",
            Self::MfaOob => "http://auth0.com/oauth/grant-type/mfa-oob",
            Self::Webauthn => "urn:okta:params:oauth:grant-type:webauthn",
            Self::MfaWebauthn => "urn:okta:params:oauth:grant-type:mfa-webauthn",
            Self::RefreshToken => "refresh_token",
            Self::AuthorizationCode => "authorization_code",
        }
    }

    pub(crate) const fn is_webauthn(self) -> bool {
        matches!(self, Self::Webauthn | Self::MfaWebauthn)
    }

    pub(crate) const fn is_second(self) -> bool {
        matches!(self, Self::MfaOtp | Self::MfaOob | Self::MfaWebauthn)
    }

    /// Reads a space-separated list. Names from a newer Okta are skipped.
    pub(crate) fn parse_list(list: &str) -> Vec<Self> {
        list.split_whitespace().filter_map(Self::parse).collect()
    }

    fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|grant| grant.as_str() == name)
    }
}

/// How an out-of-band factor reaches the user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Channel {
    /// A prompt in Okta Verify, answered there.
    Push,
    /// A text message with a code.
    Sms,
    /// A phone call that reads out a code.
    Voice,
    /// An email with a code.
    Email,
}

impl Channel {
    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Push => "push",
            Self::Sms => "sms",
            Self::Voice => "voice",
            Self::Email => "email",
        }
    }

    pub(crate) fn parse(name: &str) -> Option<Self> {
        [Self::Push, Self::Sms, Self::Voice, Self::Email]
            .into_iter()
            .find(|channel| channel.as_str() == name)
    }
}
