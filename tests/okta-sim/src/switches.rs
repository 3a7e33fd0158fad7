//! Choices that the protocol leaves open. The defaults are the most likely behaviour of a real org; a test changes
//! one to prove that its client copes with the other.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

#[expect(
    clippy::struct_excessive_bools,
    reason = "a list of independent switches, each named for what it turns on"
)]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Switches {
    /// `mfa_required` as 400 instead of 403.
    pub mfa_required_as_400: bool,
    /// Adds `supported_challenge_types` to `mfa_required`.
    pub list_challenge_types: bool,
    /// Older error names: `direct_auth_authorization_pending`, `invalid_otp`, `oob_rejected`, `expired_token`.
    pub legacy_error_names: bool,
    pub oob_expires_in_s: u64,
    pub mfa_token_expires_in_s: u64,
    pub interval_s: u64,
    pub push_without_interval: bool,
    /// Answers a challenge with a channel that does not exist.
    pub unknown_channel: bool,
    /// A number challenge whose number is missing from the answer.
    pub transfer_without_code: bool,
    /// Adds unknown members to every JSON answer.
    pub extra_members: bool,
    /// Off: a wrong code ends the `mfa_token`.
    pub keep_mfa_token_after_wrong_code: bool,
    /// Off: a wrong code ends the `oob_code`.
    pub keep_oob_code_after_wrong_code: bool,
    /// Off: a refused push ends the `mfa_token`.
    pub keep_mfa_token_after_rejection: bool,
    /// A refused `oob_code` answers "rejected" again instead of "expired".
    pub rejected_stays_rejected: bool,
    /// Off: several `oob_code`s of one `mfa_token` are valid side by side.
    pub challenge_kills_previous: bool,
    pub slow_down_on_fast_polls: bool,
    pub unknown_mfa_token: UnknownToken,
    pub refuse_totp_replay: bool,
    pub wrong_number: WrongNumber,
    pub number_challenge: NumberChallenge,
    pub www_authenticate_on_401: bool,
    /// `nonce`, `max_age` and `prompt` on `/token` are refused instead of ignored.
    pub refuse_ignored_parameters: bool,
    pub unknown_login: UnknownLogin,
    pub password_expiry: PasswordExpiry,
    pub email_code: EmailCode,
    pub content_type: ContentTypes,
    /// Added to the `Date` header only.
    pub date_skew_s: i64,
    pub refresh: RefreshMode,
    pub refresh_grace_s: u64,
    /// Off: no refresh token is returned even when the scope asks for one.
    pub issue_refresh_tokens: bool,
    /// The second use of an authorization code revokes the tokens of the first (RFC 6749, 4.1.2).
    pub code_reuse_revokes: bool,
    pub token_flaw: TokenFlaw,
    /// Replaces claims of ID tokens and `/userinfo` by any JSON: an org's administrators write claims as expressions.
    pub odd_claims: BTreeMap<String, Value>,
    /// Claims that ID tokens and `/userinfo` lack.
    pub missing_claims: BTreeSet<String>,
    /// Scopes that no authorization server has: an administrator may not have defined or may have removed them.
    pub missing_scopes: BTreeSet<String>,
    /// Grants that discovery does not list, as in older orgs. They work all the same.
    pub unlisted_grants: BTreeSet<String>,
    /// The key set is empty.
    pub publish_no_keys: bool,
    /// Off: no client may use passkeys.
    pub webauthn: bool,
    pub dpop: DpopDemand,
    /// Off: proofs of possession need no nonce.
    pub dpop_nonces: bool,
    pub unasked_dpop_proof: UnaskedProof,
    pub log_requests: bool,
    /// Off: polling faster than the interval does not count as misuse.
    pub check_poll_pace: bool,
}

impl Switches {
    /// Applies `odd_claims` and `missing_claims`.
    pub(crate) fn bend(&self, claims: &mut Value) {
        if let Some(claims) = claims.as_object_mut() {
            claims.extend(self.odd_claims.clone());
            claims.retain(|name, _| !self.missing_claims.contains(name));
        }
    }
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            mfa_required_as_400: false,
            list_challenge_types: false,
            legacy_error_names: false,
            oob_expires_in_s: 300,
            mfa_token_expires_in_s: 300,
            interval_s: 5,
            push_without_interval: false,
            unknown_channel: false,
            transfer_without_code: false,
            extra_members: false,
            keep_mfa_token_after_wrong_code: true,
            keep_oob_code_after_wrong_code: true,
            keep_mfa_token_after_rejection: true,
            rejected_stays_rejected: false,
            challenge_kills_previous: true,
            slow_down_on_fast_polls: false,
            unknown_mfa_token: UnknownToken::Expired,
            refuse_totp_replay: true,
            wrong_number: WrongNumber::Rejects,
            number_challenge: NumberChallenge::PerAccount,
            www_authenticate_on_401: false,
            refuse_ignored_parameters: false,
            unknown_login: UnknownLogin::Refused,
            password_expiry: PasswordExpiry::InvalidGrant,
            email_code: EmailCode::Digits,
            content_type: ContentTypes::Mixed,
            date_skew_s: 0,
            refresh: RefreshMode::Rotate,
            refresh_grace_s: 30,
            issue_refresh_tokens: true,
            code_reuse_revokes: false,
            token_flaw: TokenFlaw::None,
            odd_claims: BTreeMap::new(),
            missing_claims: BTreeSet::new(),
            missing_scopes: BTreeSet::new(),
            unlisted_grants: BTreeSet::new(),
            publish_no_keys: false,
            webauthn: true,
            dpop: DpopDemand::PerClient,
            dpop_nonces: true,
            unasked_dpop_proof: UnaskedProof::Ignored,
            log_requests: true,
            check_poll_pace: true,
        }
    }
}

macro_rules! choice {
    ($(#[$doc:meta])* $name:ident { $first:ident $(, $rest:ident)* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { #[default] $first $(, $rest)* }
    };
}

choice!(/// How an `mfa_token` that was never issued is refused.
    UnknownToken { Expired, InvalidGrant });
choice!(/// What tapping a wrong number does.
    WrongNumber { Rejects, StaysPending });
choice!(/// Which pushes ask for a number.
    NumberChallenge { PerAccount, Never, Always });
choice!(/// How the start of a challenge for an unknown login is answered.
    UnknownLogin { Refused, Pretended });
choice!(/// How an expired password is reported.
    PasswordExpiry { InvalidGrant, AccessDenied });
choice!(/// The alphabet of emailed codes.
    EmailCode { Digits, Letters });
choice!(/// The `Content-Type` of JSON answers.
    ContentTypes { Mixed, Plain, Charset });
choice!(/// Which clients must send a proof of possession.
    DpopDemand { PerClient, Never, Always });
choice!(/// What a proof of possession does that was not demanded.
    UnaskedProof { Ignored, Binds });
choice!(/// What a refresh does to the refresh token.
    RefreshMode { Rotate, Static });
choice!(/// What is wrong with every ID token and logout order from now on.
TokenFlaw {
    None, WrongIssuer, WrongAudience, Expired, FutureIat, AlgNone, Hs256, WrongKey, MissingKid, WrongAtHash,
    EmptySub, Nonce, CutShort,
});
