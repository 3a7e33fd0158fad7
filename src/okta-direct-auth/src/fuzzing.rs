//! The readers of network data, for tests/fuzz. Each takes any bytes, must not panic, and checks that what it accepts
//! is as it should be.

#![expect(
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "to panic is how a finding is told"
)]

use std::{sync::LazyLock, time::SystemTime};

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;
use url::Url;

use crate::{
    Client, Config, global_revocation,
    id_token::{self, ExpectedClaims, Jws, JwtType, Proof, TokenOrigin},
    keys::KeySet,
    metadata::Document,
    transport::{Facts, Purpose, judge},
    wire::{IntrospectBody, OobBody, PasskeyBody, TokenBody, UserInfoBody},
};

const NOW: i64 = 1_767_225_600;
const ORG: &str = "https://idp.example.test";
const CLIENT: &str = "0oaSIMclient0001b5d7";
const AUDIENCE: &str = "https://signin.example.test/global-token-revocation";
/// Nobody has the private half any more.
const KEYS: &[u8] = include_bytes!("../tests/data/keys.json");

/// Statuses that Okta sends, and some that only other servers send.
const STATUSES: [u16; 16] = [
    200, 200, 200, 200, 204, 302, 400, 400, 400, 401, 401, 403, 404, 429, 500, 503,
];

/// Each purpose with the reader of its replies.
type Reads = fn(Purpose, &Facts, &[u8]);
const READERS: [(Purpose, Reads); 16] = [
    (Purpose::Keys, |purpose, facts, body| {
        read(purpose, facts, body, KeySet::read);
    }),
    (Purpose::Password, tokens),
    (Purpose::PrimaryOtp, tokens),
    (Purpose::PrimaryStart, challenge),
    (Purpose::PrimaryPasskeyStart, passkey),
    (Purpose::MfaOtp, tokens),
    (Purpose::MfaStart, challenge),
    (Purpose::MfaPasskeyStart, passkey),
    (Purpose::Poll, tokens),
    (Purpose::SentCode, tokens),
    (Purpose::Passkey, tokens),
    (Purpose::Refresh, tokens),
    (Purpose::Redeem, tokens),
    (Purpose::Discovery, |purpose, facts, body| {
        read(purpose, facts, body, Document::read);
    }),
    (Purpose::Introspect, |purpose, facts, body| {
        read(purpose, facts, body, IntrospectBody::read);
    }),
    (Purpose::UserInfo, |purpose, facts, body| {
        read(purpose, facts, body, UserInfoBody::read);
    }),
];

fn tokens(purpose: Purpose, facts: &Facts, body: &[u8]) {
    read(purpose, facts, body, TokenBody::read);
}

fn challenge(purpose: Purpose, facts: &Facts, body: &[u8]) {
    read(purpose, facts, body, OobBody::read);
}

fn passkey(purpose: Purpose, facts: &Facts, body: &[u8]) {
    let org = Url::parse(ORG).ok();
    read(purpose, facts, body, PasskeyBody::read);
    if let (Ok(body), Some(org)) = (PasskeyBody::read(body, facts), org) {
        let (options, rp_id) = body.into_options(&org);
        assert!(!rp_id.is_empty());
        assert!(serde_json::from_str::<Value>(&options).is_ok());
    }
}

fn read<T>(purpose: Purpose, facts: &Facts, body: &[u8], reader: fn(&[u8], &Facts) -> Result<T, crate::Error>) {
    match judge(purpose, facts, body, reader) {
        Ok(_) => assert!(!(300..400).contains(&facts.status)),
        Err(error) => assert!(!error.cause().is_empty() && !error.to_string().is_empty()),
    }
}

fn good() -> Facts {
    Facts {
        status: 200,
        is_json: true,
        ..Facts::default()
    }
}

/// A discovery document.
pub fn discovery(data: &[u8]) {
    static CLIENT_OF_ORG: LazyLock<Option<(Client, Url)>> = LazyLock::new(|| {
        let org = Url::parse(ORG).ok()?;
        Some((Client::new(Config::new(org.clone(), CLIENT)).ok()?, org))
    });
    let (Some((client, org)), Ok(document)) = (&*CLIENT_OF_ORG, Document::read(data, &good())) else {
        assert!(CLIENT_OF_ORG.is_some());
        return;
    };
    let Ok(metadata) = client.check(document) else {
        return;
    };
    assert_eq!(metadata.issuer, ORG);
    for endpoint in [
        &metadata.token_endpoint,
        &metadata.primary_authenticate_endpoint,
        &metadata.challenge_endpoint,
        &metadata.jwks_uri,
        &metadata.revocation_endpoint,
        &metadata.introspection_endpoint,
        &metadata.userinfo_endpoint,
    ] {
        assert_eq!(endpoint.origin(), org.origin(), "passwords go to the org");
    }
}

/// A reply of an endpoint: a byte for the purpose, a byte for the status, headers, an empty line, the body.
pub fn token_answers(data: &[u8]) {
    let [asked, status, rest @ ..] = data else {
        return;
    };
    let (head, body) = match rest.windows(2).position(|two| two == b"\n\n") {
        Some(at) => rest.split_at(at),
        None => (&b"content-type: application/json"[..], rest),
    };
    let mut headers = HeaderMap::new();
    for line in head.split(|byte| *byte == b'\n') {
        let mut parts = line.splitn(2, |byte| *byte == b':');
        let (Some(name), Some(value)) = (parts.next(), parts.next()) else {
            continue;
        };
        if let (Ok(name), Ok(value)) = (
            HeaderName::from_bytes(name.trim_ascii()),
            HeaderValue::from_bytes(value.trim_ascii()),
        ) {
            headers.append(name, value);
        }
    }
    let status = STATUSES.get(usize::from(*status) % STATUSES.len());
    let reader = READERS.get(usize::from(*asked) % READERS.len());
    if let (Some(status), Some((purpose, reads))) = (status, reader) {
        let facts = Facts::read(*status, &headers, SystemTime::UNIX_EPOCH);
        reads(*purpose, &facts, body.trim_ascii_start());
    }
}

/// `t` and a token, `c` and the claims of a token whose signature was valid, or `k` and a key set.
pub fn id_tokens(data: &[u8]) {
    match data.split_first() {
        Some((b't', token)) => unsigned(token, JwtType::IdToken),
        Some((b'c', claims)) => id_claims(claims),
        Some((b'k', keys)) => {
            if let Ok(read) = KeySet::read(keys, &good()) {
                assert!(read.value.find(Some("a key that no set has")).is_none());
                assert!(read.fresh_for.as_secs() >= 60, "it is not asked for each time");
            }
        }
        _ => {}
    }
}

/// `t` and the token of a logout order, or `c` and the claims of one whose signature was valid.
pub fn universal_logout(data: &[u8]) {
    match data.split_first() {
        Some((b't', token)) => unsigned(token, JwtType::GlobalTokenRevocation),
        Some((b'c', claims)) => {
            let expected = global_revocation::ExpectedOrder {
                issuer: ORG,
                client_id: CLIENT,
                audience: AUDIENCE,
            };
            let Ok(order) = global_revocation::check(claims, &expected, NOW) else {
                return;
            };
            let said = object(claims);
            assert_eq!(said["iss"], ORG);
            assert_eq!(said["sub"], CLIENT);
            assert_eq!(order.issuer, ORG);
            assert!((1..=255).contains(&order.jti.len()));
        }
        _ => {}
    }
}

/// Checks that no key verifies it: whatever its form, nobody signed it.
fn unsigned(token: &[u8], kind: JwtType) {
    static OURS: LazyLock<Option<KeySet>> = LazyLock::new(|| Some(KeySet::read(KEYS, &good()).ok()?.value));
    let (Ok(token), Some(keys)) = (std::str::from_utf8(token), &*OURS) else {
        assert!(OURS.is_some());
        return;
    };
    let Ok(jws) = Jws::parse(token, kind) else {
        return;
    };
    let key = keys.find(jws.key_id()).or_else(|| keys.find(None));
    if let Some(key) = key {
        assert!(jws.verified_by(key).is_err(), "nobody signed it");
    }
}

fn id_claims(claims: &[u8]) {
    let proof = Proof {
        nonce: "n",
        not_before: Some(NOW),
    };
    for origin in [
        TokenOrigin::Direct,
        TokenOrigin::Hosted(proof),
        TokenOrigin::Refresh("00uSIMuser000001b5d7"),
    ] {
        let expected = ExpectedClaims {
            issuer: ORG,
            client_id: CLIENT,
            access_token: None,
            acr_values: &[],
            origin,
        };
        let Ok((read, _)) = id_token::check(claims, &expected, NOW) else {
            continue;
        };
        let said = object(claims);
        assert_eq!(said["iss"], ORG);
        assert_eq!(said["sub"].as_str(), Some(&*read.sub));
        assert!((1..=255).contains(&read.sub.len()));
        let ends = said["exp"].as_f64().unwrap_or_default();
        let now: f64 = 1_767_225_600.0;
        assert!(ends > now - 120.0, "it has not run out");
        match origin {
            TokenOrigin::Hosted(proof) => assert_eq!(said["nonce"], proof.nonce),
            TokenOrigin::Refresh(of) => assert_eq!(read.sub, of),
            TokenOrigin::Direct => assert!(said.get("nonce").is_none()),
        }
    }
}

/// The claims as `serde_json` alone reads them.
fn object(claims: &[u8]) -> Value {
    serde_json::from_slice(claims).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    /// Reads nothing, and everything that the fuzzer has kept.
    fn replays(name: &str, read: fn(&[u8])) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fuzz/corpora");
        let inputs: Vec<_> = fs::read_dir(folder.join(name))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        assert!(inputs.len() >= 5, "a corpus of {} inputs", inputs.len());
        read(b"");
        for input in inputs {
            println!("{}", input.display());
            read(&fs::read(input).unwrap());
        }
    }

    #[test]
    fn sec_608_discovery() {
        replays("discovery", super::discovery);
    }

    #[test]
    fn sec_608_id_tokens() {
        replays("id_tokens", super::id_tokens);
    }

    #[test]
    fn sec_608_token_answers() {
        replays("token_answers", super::token_answers);
    }

    #[test]
    fn sec_608_universal_logout() {
        replays("universal_logout", super::universal_logout);
    }
}
