//! Whether the app may use each grant that these settings need.

use okta_direct_auth::{Client, Error, ErrorKind, Grant, GrantProbe};

use super::super::code::FindingCode;
use super::super::report::{CheckReport, Finding, Severity};
use super::{dpop, refusal, scopes};
use crate::config::{Config, Way};

/// A grant, and the setting that needs it.
#[derive(Debug, Clone, Copy)]
struct Need {
    grant: Grant,
    setting: &'static str,
}

/// Whether the probes can go on.
pub(super) async fn check(okta: &Client, config: &Config, report: &mut CheckReport) -> bool {
    let needs = needs(config);
    let Some(first) = needs.first() else {
        return true;
    };
    let mut probe = GrantProbe {
        grant: first.grant,
        scopes: config.okta.scopes.clone(),
        is_proving: false,
    };
    let answer = okta.probe_grant(&probe).await;
    probe.is_proving = dpop::is_demanded(&answer);
    if answer.as_ref().err().is_none_or(is_about_the_app) {
        dpop::check(probe.is_proving, config.okta.dpop, report);
    }
    let mut first_answer = Some(answer).filter(|_| !probe.is_proving);
    let mut usable = Vec::new();
    for need in needs {
        probe.grant = need.grant;
        let mut answer = match first_answer.take() {
            Some(answer) => answer,
            None => okta.probe_grant(&probe).await,
        };
        if answer.as_ref().is_err_and(scopes::are_refused) {
            probe.scopes = scopes::accepted(okta, &probe, report).await;
            answer = okta.probe_grant(&probe).await;
        }
        match answer {
            Ok(()) => usable.push(need.grant.as_str()),
            Err(error) if is_not_ticked(&error) => report.add(missing(need, &error)),
            Err(error) if error.kind() == ErrorKind::ConsentRequired => {
                report.error(
                    FindingCode::ConsentRequired,
                    "the app requires consent, which these pages cannot ask for",
                );
                return false;
            }
            Err(error) => {
                refusal::tell(&error, &format!("the grant {}", need.grant.as_str()), report);
                return false;
            }
        }
    }
    if !usable.is_empty() {
        let grants = usable.join(", ");
        report.fine(format!(
            "the app may use the grants {grants} (inferred from Okta's answers)"
        ));
    }
    true
}

/// Refusals that come after the proof has been looked at.
fn is_about_the_app(error: &Error) -> bool {
    is_not_ticked(error) || scopes::are_refused(error) || dpop::is_demanded_by(error)
}

fn is_not_ticked(error: &Error) -> bool {
    matches!(error.cause(), "unauthorized_client" | "unsupported_grant_type")
}

fn missing(need: Need, error: &Error) -> Finding {
    let (name, setting) = (need.grant.as_str(), need.setting);
    let text = if error.cause() == "unauthorized_client" {
        format!("the app may not use the grant {name}, which {setting} needs: tick it, or change the setting")
    } else {
        format!("the authorization server does not know the grant {name}, which {setting} needs: change the setting")
    };
    Finding::new(code(need.grant), Severity::Error, text)
}

const fn code(grant: Grant) -> FindingCode {
    match grant {
        Grant::Password => FindingCode::PasswordGrant,
        Grant::Otp => FindingCode::OtpGrant,
        Grant::Oob => FindingCode::OobGrant,
        Grant::MfaOtp => FindingCode::MfaOtpGrant,
        Grant::MfaOob => FindingCode::MfaOobGrant,
        Grant::Webauthn => FindingCode::WebauthnGrant,
        Grant::MfaWebauthn => FindingCode::MfaWebauthnGrant,
        Grant::RefreshToken => FindingCode::RefreshGrant,
        Grant::AuthorizationCode => FindingCode::CodeGrant,
        // The enum may grow; a new grant is none that the settings need.
        _ => FindingCode::AnswerUnexpected,
    }
}

fn needs(config: &Config) -> Vec<Need> {
    let (first, second) = (&config.sign_in.first, &config.sign_in.second);
    let is_sent = |way: &Way| matches!(way, Way::Push | Way::Sms | Way::Voice | Way::Email);
    let rows = [
        (first.contains(&Way::Password), Grant::Password, "sign_in.first"),
        (first.contains(&Way::Otp), Grant::Otp, "sign_in.first"),
        (first.iter().any(is_sent), Grant::Oob, "sign_in.first"),
        (first.contains(&Way::Passkey), Grant::Webauthn, "sign_in.first"),
        (second.contains(&Way::Otp), Grant::MfaOtp, "sign_in.second"),
        (second.iter().any(is_sent), Grant::MfaOob, "sign_in.second"),
        (second.contains(&Way::Passkey), Grant::MfaWebauthn, "sign_in.second"),
        (
            config.okta.asks_for_refresh_token(),
            Grant::RefreshToken,
            "offline_access in okta.scopes",
        ),
        (
            config.sign_in.okta_hosted,
            Grant::AuthorizationCode,
            "sign_in.okta_hosted",
        ),
    ];
    let needed = rows.into_iter().filter(|(is_needed, ..)| *is_needed);
    needed.map(|(_, grant, setting)| Need { grant, setting }).collect()
}

/// The grants that these settings need.
pub(super) fn needed(config: &Config) -> impl Iterator<Item = Grant> {
    needs(config).into_iter().map(|need| need.grant)
}
