//! Identity headers, rendered once per session and host, and kept while they are valid.

use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

use actix_web::http::header::{HeaderName, HeaderValue, InvalidHeaderValue};
use indexmap::Equivalent;
use jiff::Timestamp;

use crate::domain::session::{Lifetimes, after, until};
use crate::flow::{InUse, SessionKey};
use crate::portal::assertion::Signer;
use crate::portal::identity_headers::{Claim, HeaderSubject, Preset};

/// How long a rendered identity without an assertion is kept, at most.
const KEPT: Duration = Duration::from_mins(5);

/// Most identities kept at once. Beyond that all are dropped and made anew.
const MOST: usize = 200_000;

/// One identity header.
pub(in crate::web) type IdentityHeader = (HeaderName, HeaderValue);

/// The identity of a session, as headers for the portal.
#[derive(Debug)]
pub(in crate::web) struct RenderedIdentity {
    /// The session that it stands for.
    pub(in crate::web) session: SessionKey,
    pub(in crate::web) headers: Vec<IdentityHeader>,
    /// The session's version when this was rendered.
    version: u64,
    fresh_until: Timestamp,
}

/// All rendered identities of this process.
#[derive(Debug)]
pub(in crate::web) struct IdentityCache {
    preset: Preset,
    signer: Signer,
    lifetimes: Lifetimes,
    kept: papaya::HashMap<Key, Arc<RenderedIdentity>>,
    anonymous: Vec<IdentityHeader>,
}

#[derive(Debug, PartialEq, Eq)]
struct Key {
    session: SessionKey,
    audience: Box<str>,
}

/// A borrowed key, for look-ups.
struct KeyRef<'a>(SessionKey, &'a str);

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        KeyRef(self.session, &self.audience).hash(state);
    }
}

impl Hash for KeyRef<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
        self.1.hash(state);
    }
}

impl Equivalent<Key> for KeyRef<'_> {
    fn equivalent(&self, key: &Key) -> bool {
        self.0 == key.session && self.1 == &*key.audience
    }
}

/// Why an identity could not be rendered.
#[derive(Debug, thiserror::Error)]
pub(in crate::web) enum NotRendered {
    #[error("the assertion could not be signed")]
    Signature,
    #[error("a value is no header")]
    Value(#[from] InvalidHeaderValue),
}

impl IdentityCache {
    pub(in crate::web) fn new(preset: Preset, signer: Signer, lifetimes: Lifetimes) -> Self {
        let empty = |(name, _): &(&'static str, Claim)| (HeaderName::from_static(name), HeaderValue::from_static(""));
        Self {
            preset,
            signer,
            lifetimes,
            kept: papaya::HashMap::new(),
            anonymous: preset.headers().iter().map(empty).collect(),
        }
    }

    /// The keys of the assertions, as JSON.
    pub(in crate::web) fn key_set(&self) -> &str {
        self.signer.key_set()
    }

    /// The headers for the portal: every name, with empty values for anonymous requests.
    pub(in crate::web) fn headers<'a>(&'a self, who: Option<&'a Arc<RenderedIdentity>>) -> &'a [IdentityHeader] {
        who.map_or(&self.anonymous, |identity| &identity.headers)
    }

    /// The identity of a session for the portal at this host.
    pub(in crate::web) fn of(
        &self,
        session: &InUse,
        audience: &str,
        now: Timestamp,
    ) -> Result<Arc<RenderedIdentity>, NotRendered> {
        let is_true =
            |identity: &&Arc<RenderedIdentity>| identity.version == session.live.version && now < identity.fresh_until;
        let kept = self.kept.pin();
        if let Some(identity) = kept.get(&KeyRef(session.key, audience)).filter(is_true) {
            return Ok(Arc::clone(identity));
        }
        let identity = Arc::new(self.render(session, audience, now)?);
        if kept.len() >= MOST {
            kept.clear();
        }
        let key = Key {
            session: session.key,
            audience: audience.into(),
        };
        kept.insert(key, Arc::clone(&identity));
        Ok(identity)
    }

    pub(in crate::web) fn sweep(&self, now: Timestamp) {
        self.kept.pin().retain(|_, identity| now < identity.fresh_until);
    }

    fn render(&self, in_use: &InUse, audience: &str, now: Timestamp) -> Result<RenderedIdentity, NotRendered> {
        let session = &in_use.live.session;
        let (name, ends) = (in_use.key.to_text(), session.ends(self.lifetimes));
        let signed = if self.preset.has_assertion() {
            let signed = self.signer.sign(&session.identity, &name, ends, audience, now);
            Some(signed.ok_or(NotRendered::Signature)?)
        } else {
            None
        };
        let subject = HeaderSubject {
            identity: &session.identity,
            session: &name,
            expires: ends,
            assertion: signed.as_ref().map_or("", |signed| &signed.token),
        };
        let header = |(name, claim): &(&'static str, Claim)| {
            let value = HeaderValue::from_str(&claim.value(&subject))?;
            Ok((HeaderName::from_static(name), value))
        };
        Ok(RenderedIdentity {
            session: in_use.key,
            headers: self
                .preset
                .headers()
                .iter()
                .map(header)
                .collect::<Result<_, NotRendered>>()?,
            version: in_use.live.version,
            // A portal gets an assertion with at least half of its lifetime left.
            fresh_until: signed.map_or(after(now, KEPT), |signed| after(now, until(now, signed.expires) / 2)),
        })
    }
}
