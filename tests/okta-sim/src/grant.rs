//! Grant types, by their names on the wire.

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum GrantType {
    AuthorizationCode,
    Password,
    Otp,
    Oob,
    MfaOtp,
    MfaOob,
    Webauthn,
    MfaWebauthn,
    Refresh,
}

impl GrantType {
    pub(crate) const ALL: [Self; 9] = [
        Self::AuthorizationCode,
        Self::Password,
        Self::Otp,
        Self::Oob,
        Self::MfaOtp,
        Self::MfaOob,
        Self::Webauthn,
        Self::MfaWebauthn,
        Self::Refresh,
    ];

    pub(crate) const WITHOUT_PASSKEYS: [Self; 7] = [
        Self::AuthorizationCode,
        Self::Password,
        Self::Otp,
        Self::Oob,
        Self::MfaOtp,
        Self::MfaOob,
        Self::Refresh,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "authorization_code",
            Self::Password => "password",
            Self::Otp => "urn:okta:params:oauth:grant-type:otp",
            Self::Oob => "urn:okta:params:oauth:grant-type:oob",
            Self::MfaOtp => "http://auth0.com/oauth/grant-type/mfa-otp",
            Self::MfaOob => "http://auth0.com/oauth/grant-type/mfa-oob",
            Self::Webauthn => "urn:okta:params:oauth:grant-type:webauthn",
            Self::MfaWebauthn => "urn:okta:params:oauth:grant-type:mfa-webauthn",
            Self::Refresh => "refresh_token",
        }
    }

    pub(crate) fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|grant| grant.name() == name)
    }

    /// Whether the grant continues a sign-in after `mfa_required`.
    pub(crate) const fn is_second(self) -> bool {
        matches!(self, Self::MfaOtp | Self::MfaOob | Self::MfaWebauthn)
    }
}

/// `[a, b, c]`, as error descriptions list grants.
pub(crate) fn listed(grants: &[GrantType]) -> String {
    let names: Vec<_> = grants.iter().map(|grant| grant.name()).collect();
    format!("[{}]", names.join(", "))
}
