//! The identity of a session as headers for the portal: rendered once per session and host, and kept in one allocation.

use std::time::Duration;

use actix_web::http::header::{HeaderName, HeaderValue, InvalidHeaderValue};
use actix_web::web::Bytes;
use jiff::Timestamp;

use super::per_host_cache::{Fresh, PerHostCache};
use crate::domain::session::{Lifetimes, after, until};
use crate::flow::{InUse, SessionKey};
use crate::portal::assertion::{Signature, Signer, TokenSubject};
use crate::portal::identity_headers::{Claim, HeaderSubject, MOST_HEADERS, Preset};

/// How long a rendered identity without an assertion is kept, at most.
const KEPT: Duration = Duration::from_mins(5);

const EMPTY: HeaderValue = HeaderValue::from_static("");

/// The identity of a session.
#[derive(Debug, Clone)]
pub(in crate::web) struct RenderedIdentity {
    /// The session that it belongs to.
    pub(in crate::web) session: SessionKey,
    /// In the order of the names. They share one allocation.
    values: Vec<HeaderValue>,
}

/// The values of all headers, concatenated.
#[derive(Debug)]
struct Block {
    text: Box<str>,
    /// The end of each. No block is larger than a head may be, 64 KiB.
    ends: [u16; MOST_HEADERS],
}

/// Renders identities. A session's block is rendered anew when anything about the session changes, and after a while.
/// Its signature, which costs more than the rest, is cached separately: many more of them fit.
#[derive(Debug)]
pub(in crate::web) struct Identities {
    headers: Vec<(HeaderName, Claim)>,
    has_assertion: bool,
    signer: Signer,
    lifetimes: Lifetimes,
    blocks: PerHostCache<Block>,
    signatures: PerHostCache<Signature>,
}

/// Why an identity could not be rendered.
#[derive(Debug, thiserror::Error)]
pub(in crate::web) enum NotRendered {
    #[error("the assertion could not be signed")]
    Signature,
    #[error("the values are longer than a head may be")]
    TooLong,
    #[error("a value is no header")]
    Value(#[from] InvalidHeaderValue),
}

impl Identities {
    /// Without `has_assertion` no assertion is made, and its header is empty.
    pub(in crate::web) fn new(preset: Preset, has_assertion: bool, signer: Signer, lifetimes: Lifetimes) -> Self {
        let named = |(name, claim): &(&'static str, Claim)| (HeaderName::from_static(name), *claim);
        Self {
            headers: preset.headers().iter().map(named).collect(),
            has_assertion: has_assertion && preset.has_assertion(),
            signer,
            lifetimes,
            blocks: PerHostCache::default(),
            signatures: PerHostCache::default(),
        }
    }

    /// The keys of the assertions, as JSON.
    pub(in crate::web) fn key_set(&self) -> &str {
        self.signer.key_set()
    }

    /// The headers for the portal: every name, with empty values for anonymous requests.
    pub(in crate::web) fn headers(
        &self,
        who: Option<RenderedIdentity>,
    ) -> impl Iterator<Item = (&HeaderName, HeaderValue)> {
        let values = who.map_or_else(Vec::new, |who| who.values);
        let names = self.headers.iter().map(|(name, _)| name);
        names.zip(values.into_iter().chain(std::iter::repeat(EMPTY)))
    }

    /// The identity of a session for the portal at this host.
    pub(in crate::web) fn of(
        &self,
        session: &InUse,
        host: &str,
        now: Timestamp,
    ) -> Result<RenderedIdentity, NotRendered> {
        let values = |made: &Fresh<Block>| made.value.values(self.headers.len());
        let values = if let Some(values) = self.blocks.read(session, host, now, values) {
            values?
        } else {
            let made = self.render(session, host, now)?;
            let values = values(&made)?;
            self.blocks.keep(session, host, made);
            values
        };
        Ok(RenderedIdentity {
            session: session.key,
            values,
        })
    }

    fn render(&self, in_use: &InUse, host: &str, now: Timestamp) -> Result<Fresh<Block>, NotRendered> {
        let session = &in_use.live.session;
        let (name, ends) = (in_use.key.to_text(), session.ends(self.lifetimes));
        let (assertion, until) = if self.has_assertion {
            let subject = TokenSubject {
                identity: &session.identity,
                session: &name,
                ends,
                audience: host,
            };
            self.assertion(in_use, &subject, now).ok_or(NotRendered::Signature)?
        } else {
            (String::new(), after(now, KEPT))
        };
        let subject = HeaderSubject {
            identity: &session.identity,
            session: &name,
            expires: ends,
            assertion: &assertion,
        };
        let claims = self.headers.iter().map(|(_, claim)| *claim);
        let block = Block::of(claims, &subject).ok_or(NotRendered::TooLong)?;
        Ok(Fresh {
            bytes: block.text.len(),
            value: block,
            until,
        })
    }

    /// The assertion for a session, and the time until which it may be sent.
    fn assertion(&self, session: &InUse, subject: &TokenSubject<'_>, now: Timestamp) -> Option<(String, Timestamp)> {
        let token = |made: &Fresh<Signature>| Some((self.signer.token(subject, &made.value)?, made.until));
        if let Some(token) = self.signatures.read(session, subject.audience, now, token) {
            return token;
        }
        let signature = self.signer.sign(subject, now)?;
        let made = Fresh {
            bytes: 0,
            // A portal gets an assertion with at least half of its lifetime left.
            until: after(now, until(now, signature.expires(subject)) / 2),
            value: signature,
        };
        let token = token(&made);
        self.signatures.keep(session, subject.audience, made);
        token
    }

    /// Drops expired entries.
    pub(in crate::web) fn sweep(&self, now: Timestamp) {
        self.blocks.sweep(now);
        self.signatures.sweep(now);
    }
}

impl Block {
    /// `None` if the values are too long for a head.
    fn of(claims: impl Iterator<Item = Claim>, subject: &HeaderSubject<'_>) -> Option<Self> {
        let (mut text, mut ends) = (String::new(), [0; MOST_HEADERS]);
        for (claim, end) in claims.zip(&mut ends) {
            text.push_str(&claim.value(subject));
            *end = u16::try_from(text.len()).ok()?;
        }
        Some(Self {
            text: text.into_boxed_str(),
            ends,
        })
    }

    /// The values of the first `count` headers, in a copy of the block.
    fn values(&self, count: usize) -> Result<Vec<HeaderValue>, NotRendered> {
        let block = Bytes::copy_from_slice(self.text.as_bytes());
        let mut start = 0;
        let mut values = Vec::with_capacity(count);
        for end in self.ends.iter().take(count) {
            let end = usize::from(*end);
            values.push(if start == end {
                EMPTY
            } else {
                HeaderValue::from_maybe_shared(block.slice(start..end))?
            });
            start = end;
        }
        Ok(values)
    }
}
