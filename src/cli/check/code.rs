//! What a check can find: a stable code for each, and the place in Okta's Admin Console where it is put right.

use serde::{Serialize, Serializer};

macro_rules! codes {
    ($($(#[$doc:meta])* $code:ident $name:literal $(at $place:expr)?;)+) => {
        /// One kind of finding. Scripts rely on the names.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum FindingCode { $($(#[$doc])* $code,)+ }

        impl FindingCode {
            #[cfg(test)]
            const ALL: &[Self] = &[$(Self::$code,)+];

            pub(super) const fn as_str(self) -> &'static str {
                match self { $(Self::$code => $name,)+ }
            }

            /// Where in the Admin Console it is put right, if it is there.
            pub(super) const fn place(self) -> Option<&'static str> {
                match self { $(Self::$code => codes!(@place $($place)?),)+ }
            }
        }
    };
    (@place) => { None };
    (@place $place:expr) => { Some($place) };
}

/// A tab or a setting of the app.
macro_rules! app {
    ($place:literal) => {
        concat!("Applications and Resources → Applications → your app → ", $place)
    };
}

codes! {
    /// `portico check --json` alone: a setting is wrong.
    Setting "setting-wrong";
    NameUnresolved "okta-name-unresolved";
    Unreachable "okta-unreachable";
    TlsUntrusted "okta-tls-untrusted";
    TlsFailed "okta-tls-failed";
    NoAnswer "okta-no-answer";
    NotAnOrg "okta-not-an-org";
    ServerUnknown "okta-authorization-server-unknown" at "Security → API → Authorization Servers";
    IssuerDiffers "okta-issuer-differs"
        at app!("Sign On → OpenID Connect ID Token → Issuer; of a custom authorization server: Security → API → Authorization Servers → your server → Issuer");
    EndpointsElsewhere "okta-endpoints-elsewhere";
    DiscoveryUnusable "okta-discovery-unusable";
    GrantUnlisted "okta-grant-unlisted";
    ClockDiffers "clock-differs";
    KeysEmpty "okta-keys-empty";
    KeysUnavailable "okta-keys-unavailable";
    ClientUnknown "okta-client-unknown" at app!("General → Client Credentials");
    SecretWrong "okta-client-secret-wrong" at app!("General → Client Credentials");
    MethodWrong "okta-client-method-wrong"
        at app!("General → Client Credentials → Edit → Client authentication");
    KeyWrong "okta-client-key-wrong" at app!("General → Client Credentials");
    KeyIdWrong "okta-client-key-id-wrong" at app!("General → Client Credentials");
    ClientRefused "okta-client-refused" at app!("General → Client Credentials");
    NetworkZone "okta-network-zone" at "Security → Networks";
    PolicyMissing "okta-access-policy-missing"
        at "Security → API → Authorization Servers → your server → Access Policies";
    PasswordGrant "okta-grant-password-missing"
        at app!("General → Grant type → Advanced → Resource Owner Password");
    OtpGrant "okta-grant-otp-missing" at app!("General → Grant type → Advanced → OTP");
    OobGrant "okta-grant-oob-missing" at app!("General → Grant type → Advanced → OOB");
    MfaOtpGrant "okta-grant-mfa-otp-missing" at app!("General → Grant type → Advanced → MFA OTP");
    MfaOobGrant "okta-grant-mfa-oob-missing" at app!("General → Grant type → Advanced → MFA OOB");
    WebauthnGrant "okta-grant-webauthn-missing" at app!("General → Grant type → Advanced");
    MfaWebauthnGrant "okta-grant-mfa-webauthn-missing" at app!("General → Grant type → Advanced");
    RefreshGrant "okta-grant-refresh-token-missing"
        at app!("General → Grant type → Refresh Token");
    CodeGrant "okta-grant-authorization-code-missing"
        at app!("General → Grant type → Authorization Code");
    ScopeRefused "okta-scope-refused"
        at "Security → API → Authorization Servers → your server → Scopes (the org's own server has none to add)";
    ConsentRequired "okta-consent-required" at app!("General → Require consent");
    DpopDemanded "okta-dpop-demanded"
        at app!("General → Require Demonstrating Proof of Possession (DPoP) header in token requests");
    DpopNotDemanded "okta-dpop-not-demanded"
        at app!("General → Require Demonstrating Proof of Possession (DPoP) header in token requests");
    RedirectUriMissing "okta-redirect-uri-missing"
        at app!("General → Sign-in redirect URIs");
    RateLimitLow "okta-rate-limit-low" at "Reports → Rate limits";
    RateLimited "okta-rate-limited" at "Reports → Rate limits";
    AnswerUnexpected "okta-answer-unexpected" at "Reports → System Log";
    PasskeyDomain "passkey-domain-differs";
    RedisUnreachable "redis-unreachable";
    RedisTls "redis-tls-failed";
    RedisLogin "redis-login-refused";
    RedisTooOld "redis-too-old";
    RedisEvicts "redis-evicts";
    RedisForgets "redis-not-persistent";
    RedisCutOff "redis-accepts-writes-alone";
    RedisRights "redis-rights-missing";
    RedisClock "redis-clock-differs";
    PortalUnreachable "portal-unreachable";
    PortalRedirects "portal-redirects";
}

impl Serialize for FindingCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::FindingCode;

    #[test]
    fn each_code_has_its_paragraph_and_each_paragraph_its_code() {
        let page = include_str!("../../../docs/check.md");
        let documented: Vec<&str> = page.lines().filter_map(|line| line.strip_prefix("### ")).collect();
        let codes: Vec<&str> = FindingCode::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(documented, codes);
        for section in page.split("\n### ").skip(1) {
            let (name, text) = section.split_once('\n').unwrap();
            assert!(text.trim().len() > 60, "{name} is not explained");
        }
    }
}
