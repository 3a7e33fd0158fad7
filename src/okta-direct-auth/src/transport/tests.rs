//! Every reply that Okta is known to give, at every step where it can come, and how it is read.

mod fixtures;
mod refusals;

use std::time::{Duration, UNIX_EPOCH};

use proptest::prelude::*;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;
use url::Url;

use super::{Answer, Facts, Purpose, judge};
use crate::{
    Action, Error, ErrorKind,
    keys::KeySet,
    metadata::Document,
    wire::{Binding, IntrospectBody, OobBody, PasskeyBody, TokenBody, UserInfoBody},
};

/// The time at which every reply comes: `Thu, 01 Jan 2026 00:00:00 GMT`.
const NOW: Duration = Duration::from_hours(490_896);
const ORG: &str = "https://idp.example.test";

/// One reply, and how it must be read.
struct Row {
    name: &'static str,
    /// The steps at which it can come.
    at: &'static [Purpose],
    status: u16,
    /// Besides the media type.
    headers: &'static [(&'static str, &'static str)],
    body: String,
    verdict: Verdict,
}

#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    /// A success, summed up in this text.
    Good(String),
    MoreWanted {
        mfa_token: String,
        offers: Option<Vec<&'static str>>,
    },
    Refused {
        kind: ErrorKind,
        action: Action,
        cause: &'static str,
        wait_s: Option<u64>,
    },
}

impl Verdict {
    const fn refused(kind: ErrorKind, action: Action, cause: &'static str) -> Self {
        Self::Refused {
            kind,
            action,
            cause,
            wait_s: None,
        }
    }
}

impl From<Error> for Verdict {
    fn from(error: Error) -> Self {
        Self::Refused {
            kind: error.kind(),
            action: error.action(),
            cause: error.cause(),
            wait_s: error.retry_after().map(|wait| wait.as_secs()),
        }
    }
}

fn facts(row: &Row, media_type: &'static str) -> Facts {
    let mut headers: HeaderMap = row
        .headers
        .iter()
        .map(|(name, value)| {
            (
                HeaderName::from_bytes(name.as_bytes()).unwrap(),
                HeaderValue::from_static(value),
            )
        })
        .collect();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    Facts::read(row.status, &headers, UNIX_EPOCH + NOW)
}

fn verdict(purpose: Purpose, facts: &Facts, body: &str) -> Verdict {
    let body = body.as_bytes();
    match judge(purpose, facts, body, |body, facts| Ok((body.to_vec(), facts.clone()))) {
        Ok(Answer::Good((body, facts))) => match good(purpose, &body, &facts) {
            Ok(good) => Verdict::Good(good),
            Err(error) => error.into(),
        },
        Ok(Answer::MoreWanted(more)) => Verdict::MoreWanted {
            mfa_token: more.token.expose_secret().to_owned(),
            offers: more
                .offers
                .map(|grants| grants.iter().map(|grant| grant.as_str()).collect()),
        },
        Err(error) => error.into(),
    }
}

/// Sums up a good reply, read as each step reads it.
fn good(purpose: Purpose, body: &[u8], facts: &Facts) -> Result<String, Error> {
    Ok(match purpose {
        Purpose::Discovery => {
            let metadata = Document::read(body, facts)?.into_metadata()?;
            format!("endpoints of {}: {}", metadata.issuer, metadata.challenge_endpoint)
        }
        Purpose::Keys => {
            let keys = KeySet::read(body, facts)?;
            let is_one = keys.value.find(None).is_some();
            format!("one key: {is_one}, for {} s", keys.fresh_for.as_secs())
        }
        Purpose::PrimaryStart | Purpose::MfaStart => {
            let oob = OobBody::read(body, facts)?;
            let how = match oob.binding {
                Binding::None => "wait".to_owned(),
                Binding::Transfer(number) => format!("tap {number}"),
                Binding::Prompt => "type the code".to_owned(),
            };
            let (every, last) = (oob.interval.as_secs(), oob.expires_in.as_secs());
            format!("{:?}: {how}, every {every} s, for {last} s", oob.channel)
        }
        Purpose::PrimaryPasskeyStart | Purpose::MfaPasskeyStart => {
            let (options, rp_id) = PasskeyBody::read(body, facts)?.into_options(&Url::parse(ORG).unwrap());
            let options: Value = serde_json::from_str(&options).unwrap();
            format!("passkey of {rp_id}: {}", options["challenge"])
        }
        Purpose::Introspect => {
            let token = IntrospectBody::read(body, facts)?;
            format!("active: {}, uid {:?}", token.active, token.uid)
        }
        Purpose::UserInfo => {
            let claims = UserInfoBody::read(body, facts)?;
            format!("{}: {:?}", claims.sub, claims.name)
        }
        Purpose::Revoke => "revoked".to_owned(),
        Purpose::Password
        | Purpose::PrimaryOtp
        | Purpose::MfaOtp
        | Purpose::Poll
        | Purpose::SentCode
        | Purpose::Passkey
        | Purpose::Refresh
        | Purpose::Redeem => {
            let tokens = TokenBody::read(body, facts)?;
            let has = [
                ("access", tokens.access_token.is_some()),
                ("refresh", tokens.refresh_token.is_some()),
                ("id", tokens.id_token.is_some()),
            ];
            let names = has.iter().filter(|(_, is_there)| *is_there).map(|(name, _)| *name);
            format!(
                "{}, for {} s",
                names.collect::<Vec<_>>().join("+"),
                tokens.expires_in.as_secs()
            )
        }
    })
}

/// The same object with unknown members.
fn with_more_members(body: &str) -> Option<String> {
    let mut object: Value = serde_json::from_str(body).ok()?;
    let members = object.as_object_mut()?;
    members.insert("x_unheard_of".to_owned(), serde_json::json!([1, { "deep": null }]));
    Some(object.to_string())
}

#[test]
fn every_reply_that_okta_is_known_to_give_is_told_apart() {
    for row in fixtures::rows().chain(refusals::rows()) {
        assert!(!row.at.is_empty(), "{} comes nowhere", row.name);
        for purpose in row.at {
            for media_type in ["application/json", "application/json;charset=UTF-8"] {
                let facts = facts(&row, media_type);
                for body in [Some(row.body.clone()), with_more_members(&row.body)]
                    .into_iter()
                    .flatten()
                {
                    let found = verdict(*purpose, &facts, &body);
                    assert_eq!(found, row.verdict, "{} at {purpose:?}: {body}", row.name);
                }
            }
        }
    }
}

#[test]
fn a_nonce_for_proofs_is_kept_from_the_reply_that_demands_it() {
    let demand = fixtures::rows().find(|row| row.name == "A.13, nonce wanted").unwrap();
    let facts = facts(&demand, "application/json");
    assert_eq!(facts.dpop_nonce.as_deref(), Some("7b1xQw0sTnE3uKzV"));
}

proptest! {
    #[test]
    fn a_cut_or_edited_reply_makes_nothing_panic(
        row in 0_usize..200, cut in 0_usize..2000, place in 0_usize..2000, letter in any::<char>(),
    ) {
        let rows: Vec<_> = fixtures::rows().chain(refusals::rows()).collect();
        let row = &rows[row % rows.len()];
        let body: String = row.body.chars().take(cut).enumerate()
            .map(|(at, kept)| if at == place { letter } else { kept })
            .collect();
        for purpose in row.at {
            let _read = verdict(*purpose, &facts(row, "application/json"), &body);
        }
    }
}
