//! The signed identity: a short-lived token that a portal can check by itself, with keys that this service publishes.
//!
//! JWT (RFC 7519) with ES256 (RFC 7518 section 3.4); a key is named by its thumbprint (RFC 7638).

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::{Serialize, Serializer};
use zeroize::Zeroizing;

use super::identity_headers::presentable_groups;
use crate::clock::Entropy;
use crate::domain::identity::Identity;
use crate::domain::session::after;
use crate::session::secrets::keys::{KeyRing, Role};

/// The longest lifetime of a token.
const LIFE: Duration = Duration::from_mins(5);

/// How far a portal's clock may be behind ours: a strict verifier refuses a token that was issued in its future.
pub(super) const BACKDATED: Duration = Duration::from_secs(5);

/// The longest text of a claim, in bytes. A token travels in a header, and proxies have little room for those. The
/// claims that identify the customer were checked when the session began.
const LONGEST: usize = 256;

/// The most `amr` values in a token. Okta names five at most.
const MOST_METHODS: usize = 16;

/// The initial capacity for a typical customer's claims, in bytes.
const USUAL: usize = 512;

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
    pub(super) issuer: Arc<str>,
    key: Arc<EcdsaKeyPair>,
    pub(super) kid: Arc<str>,
    /// The first part of every token, base64url-encoded.
    header: Arc<str>,
    key_set: Arc<str>,
    pub(super) entropy: Arc<dyn Entropy>,
}

/// The subject and the audience of a token.
#[derive(Debug, Clone, Copy)]
pub struct TokenSubject<'a> {
    /// The customer.
    pub identity: &'a Identity,
    /// The name of the session in logs.
    pub session: &'a str,
    /// The end of the session.
    pub ends: Timestamp,
    /// The host of the portal.
    pub audience: &'a str,
}

/// The parts, besides its subject, from which a signed token can be rebuilt: an eighth of its size.
#[derive(Clone)]
pub struct Signature {
    issued: Timestamp,
    id: [u8; 16],
    value: [u8; 64],
}

impl Signature {
    /// When the token expires.
    pub fn expires(&self, subject: &TokenSubject<'_>) -> Timestamp {
        expires(self.issued, subject)
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signature")
            .field("issued", &self.issued)
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
    groups: Groups<'a>,
    sid: &'a str,
    auth_time: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    acr: Option<&'a str>,
    amr: Methods<'a>,
    iat: i64,
    nbf: i64,
    exp: i64,
    jti: &'a str,
}

/// The groups of a customer, as a list.
struct Groups<'a>(&'a Identity);

impl Serialize for Groups<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(presentable_groups(self.0))
    }
}

/// How a customer authenticated, as a list.
struct Methods<'a>(&'a Identity);

impl Serialize for Methods<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.amr().filter(fits).take(MOST_METHODS))
    }
}

fn expires(issued: Timestamp, subject: &TokenSubject<'_>) -> Timestamp {
    after(issued, LIFE).min(subject.ends)
}

#[derive(Serialize)]
struct KeySet {
    keys: Vec<PublicKey>,
}

/// A JWK (RFC 7517). The members of the thumbprint are in the order that RFC 7638 requires.
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
            kid: kid.into(),
            header: URL_SAFE_NO_PAD.encode(header.to_string()).into(),
            key_set: key_set.into(),
            entropy,
        })
    }

    /// The JWK set (RFC 7517), as JSON.
    pub fn key_set(&self) -> &str {
        &self.key_set
    }

    /// Signs a token for one host of the portal. It is valid for five minutes, the first few seconds of which have
    /// already passed, and never for longer than the session. `None` when it cannot be signed; the caller logs that.
    pub fn sign(&self, subject: &TokenSubject<'_>, now: Timestamp) -> Option<Signature> {
        let issued = now.saturating_sub(BACKDATED).unwrap_or(now);
        let mut id = [0; 16];
        self.entropy.fill(&mut id);
        let claims = self.claims(subject, issued, &id)?;
        Some(Signature {
            issued,
            id,
            value: self.sign_part(&claims)?,
        })
    }

    /// The signature of the part of a token that is signed: `header.claims`.
    pub(super) fn sign_part(&self, part: &str) -> Option<[u8; 64]> {
        let signed = self.key.sign(&SystemRandom::new(), part.as_bytes()).ok()?;
        signed.as_ref().try_into().ok()
    }

    /// Rebuilds a signed token: `header.claims.signature`. With another subject than the signed one, the result is a
    /// token that no portal accepts.
    pub fn token(&self, subject: &TokenSubject<'_>, signature: &Signature) -> Option<String> {
        let mut token = self.claims(subject, signature.issued, &signature.id)?;
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature.value, &mut token);
        Some(token)
    }

    /// The part of a token that is signed: `header.claims`.
    fn claims(&self, subject: &TokenSubject<'_>, issued: Timestamp, id: &[u8; 16]) -> Option<String> {
        let identity = subject.identity;
        let mut jti = [0; 22];
        URL_SAFE_NO_PAD.encode_slice(id, &mut jti).ok()?;
        let mut claims = Vec::with_capacity(USUAL);
        serde_json::to_writer(
            &mut claims,
            &Claims {
                iss: &self.issuer,
                aud: subject.audience,
                sub: identity.subject(),
                name: Some(identity.name()).filter(fits).unwrap_or_default(),
                preferred_username: Some(identity.login()).filter(fits).unwrap_or_default(),
                email: identity.email().filter(fits),
                groups: Groups(identity),
                sid: subject.session,
                auth_time: identity.auth_time().as_second(),
                acr: identity.acr().filter(fits),
                amr: Methods(identity),
                iat: issued.as_second(),
                nbf: issued.as_second(),
                exp: expires(issued, subject).as_second(),
                jti: std::str::from_utf8(&jti).ok()?,
            },
        )
        .ok()?;
        let mut text = String::with_capacity(2 * USUAL);
        text.push_str(&self.header);
        text.push('.');
        URL_SAFE_NO_PAD.encode_string(claims, &mut text);
        Some(text)
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

/// The key pair derived from a secret. One secret in four billion is not a scalar of the curve; it is hashed until it
/// is.
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
