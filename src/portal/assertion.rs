//! The signed identity: a short-lived token that a portal can check by itself, with keys that this service publishes.
//!
//! JWT (RFC 7519) with ES256 (RFC 7518 section 3.4); a key is named by its thumbprint (RFC 7638).

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::Serialize;
use zeroize::Zeroizing;

use super::identity_headers::presentable_groups;
use crate::clock::Entropy;
use crate::domain::identity::Identity;
use crate::domain::session::after;
use crate::session::secrets::keys::{KeyRing, Role};

/// The longest lifetime of a token.
const LIFE: Duration = Duration::from_mins(5);

/// How far a portal's clock may be behind ours: a strict verifier refuses a token that was issued in its future.
const BACKDATED: Duration = Duration::from_secs(5);

/// Longest text of a claim, in bytes. A token travels in a header, and proxies have little room for those. The claims
/// that identify the customer were measured when the session began.
const LONGEST: usize = 256;

/// The most `amr` values in a token. Okta names five at most.
const MOST_METHODS: usize = 16;

/// The DER bytes before and after the number in a P-256 private key (RFC 5915) without its public half.
const EC_PRIVATE_KEY: (&[u8], &[u8]) = (
    &[0x30, 0x31, 0x02, 0x01, 0x01, 0x04, 0x20],
    &[0xa0, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07],
);

/// No key of the ring can sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no signing key can be made of the key ring")]
pub struct NoSigner;

/// Signs tokens and publishes the keys to verify them.
#[derive(Clone)]
pub struct Signer {
    issuer: Arc<str>,
    key: Arc<EcdsaKeyPair>,
    /// The first part of every token, base64url-encoded.
    header: Arc<str>,
    key_set: Arc<str>,
    entropy: Arc<dyn Entropy>,
}

/// A token and its expiry.
#[derive(Clone, PartialEq, Eq)]
pub struct Signed {
    /// `header.claims.signature`.
    pub token: String,
    /// When it expires.
    pub expires: Timestamp,
}

impl fmt::Debug for Signed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signed")
            .field("expires", &self.expires)
            .finish_non_exhaustive()
    }
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    aud: &'a str,
    sub: &'a str,
    name: &'a str,
    preferred_username: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<&'a str>,
    groups: Vec<&'a str>,
    sid: &'a str,
    auth_time: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    acr: Option<&'a str>,
    amr: Vec<&'a str>,
    iat: i64,
    nbf: i64,
    exp: i64,
    jti: String,
}

#[derive(Serialize)]
struct KeySet {
    keys: Vec<PublicKey>,
}

/// A JWK (RFC 7517). The members of the thumbprint are in the order that RFC 7638 wants.
#[derive(Serialize)]
struct PublicKey {
    kty: &'static str,
    crv: &'static str,
    x: String,
    y: String,
    kid: String,
    alg: &'static str,
    #[serde(rename = "use")]
    usage: &'static str,
}

impl Signer {
    /// Signs with the current key of the ring, and publishes the next and the old ones too.
    pub fn new(ring: &KeyRing, issuer: &str, entropy: Arc<dyn Entropy>) -> Result<Self, NoSigner> {
        let (mut current, mut keys) = (None, Vec::new());
        for (role, secret) in ring.signers() {
            let pair = pair(&secret).ok_or(NoSigner)?;
            let public = PublicKey::of(&pair).ok_or(NoSigner)?;
            if role == Role::Current {
                current = Some((pair, public.kid.clone()));
            }
            keys.push(public);
        }
        let (key, kid) = current.ok_or(NoSigner)?;
        let header = serde_json::json!({ "alg": "ES256", "kid": kid, "typ": "JWT" });
        let key_set = serde_json::to_string(&KeySet { keys }).map_err(|_| NoSigner)?;
        Ok(Self {
            issuer: issuer.into(),
            key: Arc::new(key),
            header: URL_SAFE_NO_PAD.encode(header.to_string()).into(),
            key_set: key_set.into(),
            entropy,
        })
    }

    /// The JWK set (RFC 7517), as JSON.
    pub fn key_set(&self) -> &str {
        &self.key_set
    }

    /// A token for one host of the portal. It is valid for five minutes, of which the first few seconds are past
    /// already, and never for longer than the session. `None` when it cannot be signed; the caller logs that.
    pub fn sign(
        &self,
        identity: &Identity,
        session: &str,
        ends: Timestamp,
        audience: &str,
        now: Timestamp,
    ) -> Option<Signed> {
        let issued = now.saturating_sub(BACKDATED).unwrap_or(now);
        let expires = after(issued, LIFE).min(ends);
        let mut jti = [0; 16];
        self.entropy.fill(&mut jti);
        let claims = serde_json::to_vec(&Claims {
            iss: &self.issuer,
            aud: audience,
            sub: identity.subject(),
            name: Some(identity.name()).filter(fits).unwrap_or_default(),
            preferred_username: Some(identity.login()).filter(fits).unwrap_or_default(),
            email: identity.email().filter(fits),
            groups: presentable_groups(identity).collect(),
            sid: session,
            auth_time: identity.auth_time().as_second(),
            acr: identity.acr().filter(fits),
            amr: identity.amr().filter(fits).take(MOST_METHODS).collect(),
            iat: issued.as_second(),
            nbf: issued.as_second(),
            exp: expires.as_second(),
            jti: URL_SAFE_NO_PAD.encode(jti),
        });
        let mut token = format!("{}.{}", self.header, URL_SAFE_NO_PAD.encode(claims.ok()?));
        let signature = self.key.sign(&SystemRandom::new(), token.as_bytes()).ok()?;
        token.push('.');
        token.push_str(&URL_SAFE_NO_PAD.encode(signature));
        Some(Signed { token, expires })
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer")
            .field("issuer", &self.issuer)
            .finish_non_exhaustive()
    }
}

impl PublicKey {
    fn of(pair: &EcdsaKeyPair) -> Option<Self> {
        // An uncompressed point: 4, x, y.
        let (x, y) = pair.public_key().as_ref().get(1..65)?.split_at(32);
        let (x, y) = (URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y));
        let members = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
        let thumbprint = digest(&SHA256, members.as_bytes());
        Some(Self {
            kty: "EC",
            crv: "P-256",
            x,
            y,
            kid: URL_SAFE_NO_PAD.encode(thumbprint),
            alg: "ES256",
            usage: "sig",
        })
    }
}

fn fits(text: &&str) -> bool {
    text.len() <= LONGEST
}

/// The key pair made from a secret. One secret in four billion is not a scalar of the curve; it is hashed until it is
/// one.
fn pair(secret: &[u8; 32]) -> Option<EcdsaKeyPair> {
    let mut number = Zeroizing::new(*secret);
    for _ in 0..3 {
        let (before, behind) = EC_PRIVATE_KEY;
        let der = Zeroizing::new([before, number.as_slice(), behind].concat());
        let pair = EcdsaKeyPair::from_private_key_der(&ECDSA_P256_SHA256_FIXED_SIGNING, &der);
        if let Ok(pair) = pair {
            return Some(pair);
        }
        let hashed = digest(&SHA256, number.as_slice());
        number.copy_from_slice(hashed.as_ref());
    }
    None
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::jwk::JwkSet;
    use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
    use serde_json::Value;

    use super::*;
    use crate::clock::SystemEntropy;
    use crate::domain::identity::Person;

    const ISSUER: &str = "https://signin.example.com";

    fn now() -> Timestamp {
        Timestamp::from_second(1_800_000_000).unwrap()
    }

    fn signer(ring: &KeyRing) -> Signer {
        Signer::new(ring, ISSUER, Arc::new(SystemEntropy)).unwrap()
    }

    fn identity() -> Identity {
        Identity::from(Person {
            subject: "00u1".to_owned(),
            name: "J\u{f6}rg".to_owned(),
            login: "joerg@example.com".to_owned(),
            email: Some("joerg@example.com".to_owned()),
            groups: vec!["staff".to_owned(), "a, b".to_owned()],
            acr: Some("urn:okta:loa:2fa:any".to_owned()),
            amr: vec!["pwd".to_owned(), "otp".to_owned()],
            auth_time: now(),
        })
    }

    fn sign(signer: &Signer, ends: Timestamp) -> Signed {
        let who = identity();
        signer.sign(&who, "sid", ends, "app.example.com", now()).unwrap()
    }

    fn read(token: &str, keys: &str, audience: &str) -> Option<Value> {
        let keys: JwkSet = serde_json::from_str(keys).unwrap();
        let kid = decode_header(token).unwrap().kid.unwrap();
        let key = DecodingKey::from_jwk(keys.find(&kid)?).unwrap();
        let mut rules = Validation::new(Algorithm::ES256);
        rules.set_audience(&[audience]);
        rules.set_issuer(&[ISSUER]);
        rules.validate_exp = false;
        decode(token, &key, &rules).ok().map(|data| data.claims)
    }

    #[test]
    fn a_portal_reads_who_came_and_another_host_does_not() {
        let signer = signer(&KeyRing::new(&SystemEntropy, now()));
        let whole = sign(&signer, after(now(), Duration::from_hours(1)));
        let claims = read(&whole.token, signer.key_set(), "app.example.com").unwrap();
        assert_eq!(claims["sub"], "00u1");
        assert_eq!(claims["name"], "J\u{f6}rg");
        assert_eq!(claims["groups"], serde_json::json!(["staff"]));
        assert_eq!(claims["amr"], serde_json::json!(["pwd", "otp"]));
        assert_eq!(claims["exp"], 1_800_000_295);
        assert_eq!(claims["jti"].as_str().unwrap().len(), 22);
        assert_eq!(read(&whole.token, signer.key_set(), "b.example.com"), None);
        let short = sign(&signer, after(now(), Duration::from_secs(10)));
        assert_eq!(short.expires, after(now(), Duration::from_secs(10)));
    }

    #[test]
    fn a_strict_portal_takes_a_fresh_token_although_its_clock_is_behind() {
        let signer = signer(&KeyRing::new(&SystemEntropy, now()));
        for session_s in [3600, 10, 1] {
            let ends = after(now(), Duration::from_secs(session_s));
            let made = sign(&signer, ends);
            let claims = read(&made.token, signer.key_set(), "app.example.com").unwrap();
            let time = |name: &str| claims[name].as_i64().unwrap();
            let here = now().as_second();
            let behind = here - 4;
            assert!(time("iat") < behind && time("nbf") < behind, "{claims}");
            assert!(time("exp") - time("iat") <= 300, "{claims}");
            assert!(here < time("exp") && time("exp") <= ends.as_second(), "{claims}");
            assert_eq!(made.expires.as_second(), time("exp"));
        }
    }

    #[test]
    fn sec_312_a_token_stays_small_whatever_okta_says_of_somebody() {
        let signer = signer(&KeyRing::new(&SystemEntropy, now()));
        let ends = after(now(), Duration::from_hours(1));
        let long = "x".repeat(1000);
        let person = Person {
            name: long.clone(),
            login: long.clone(),
            email: Some(long.clone()),
            groups: vec![long.clone(); 95],
            acr: Some(long.clone()),
            amr: vec![long; 95],
            ..identity().person()
        };
        let who = Identity::from(person);
        let made = signer.sign(&who, "sid", ends, "app.example.com", now());
        let token = made.unwrap().token;
        assert!(token.len() < 1024, "{}", token.len());
        let claims = read(&token, signer.key_set(), "app.example.com").unwrap();
        assert_eq!(claims["sub"], "00u1");
        assert_eq!(claims["groups"], serde_json::json!([]));
        assert_eq!(claims.get("acr"), None);
    }

    #[test]
    fn whoever_read_the_keys_before_a_rotation_can_check_what_is_signed_after_it() {
        let before = KeyRing::new(&SystemEntropy, now());
        let after_it = before.rotated(&SystemEntropy, now());
        let (old, new) = (signer(&before), signer(&after_it));
        let ends = after(now(), Duration::from_hours(1));
        for (signed, keys) in [(&new, &old), (&old, &new), (&new, &new)] {
            let token = sign(signed, ends).token;
            assert!(read(&token, keys.key_set(), "app.example.com").is_some());
        }
        let stranger = signer(&KeyRing::new(&SystemEntropy, now()));
        let token = sign(&stranger, ends).token;
        assert_eq!(read(&token, new.key_set(), "app.example.com"), None);
    }

    #[test]
    fn keys_come_from_the_ring_alone_and_never_print() {
        let ring = KeyRing::new(&SystemEntropy, now());
        assert_eq!(signer(&ring).key_set(), signer(&ring).key_set());
        let keys: Value = serde_json::from_str(signer(&ring).key_set()).unwrap();
        assert_eq!(keys["keys"].as_array().unwrap().len(), 2);
        assert!(keys["keys"][0].get("d").is_none());
        let signed = sign(&signer(&ring), Timestamp::MAX);
        let printed = format!("{:?} {signed:?}", signer(&ring));
        assert!(!printed.contains(&signed.token));
    }

    #[test]
    fn a_secret_that_is_no_number_of_the_curve_still_gives_a_key() {
        assert!(pair(&[0xff; 32]).is_some());
        assert!(pair(&[0; 32]).is_some());
    }
}
