//! The keys of the counts: accounts by a keyed hash, addresses by their network.

use std::fmt;
use std::net::IpAddr;

use aws_lc_rs::{digest, hmac};

use crate::domain::device::DeviceId;
use crate::domain::factor::Factor;
use crate::domain::input::folded;
use crate::domain::network::{PrefixLength, cut, host_of, network_of};

/// What a provider may have, and an attacker rent.
const WIDE: PrefixLength = PrefixLength { v4: 16, v6: 32 };

/// A hash, truncated to a length at which collisions do not occur in practice.
type Digest = [u8; 16];

/// An account, and how far the browser that tries it can be trusted. Reveals nothing about the name.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct AccountKey {
    account: Digest,
    standing: Standing,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Standing {
    /// All unknown browsers, together.
    Anybody,
    /// All browsers in which another factor of the account has just been proved.
    Confirmed,
    /// One browser that has signed in to the account before.
    Device(Digest),
}

impl AccountKey {
    /// The account as strangers try it.
    pub(super) fn of_anybody(self) -> Self {
        Self {
            standing: Standing::Anybody,
            ..self
        }
    }

    /// The same visitor after another factor of the account was proved. No stranger gets that far, so strangers' tries
    /// are not counted against them; a known device is trusted already.
    #[must_use]
    pub fn confirmed(self) -> Self {
        match self.standing {
            Standing::Device(_) => self,
            Standing::Anybody | Standing::Confirmed => Self {
                standing: Standing::Confirmed,
                ..self
            },
        }
    }

    /// One key for all who have proved something, where they share an allowance: the phone is the same, whichever
    /// browser requests it.
    pub(super) fn pooled(self) -> Self {
        match self.standing {
            Standing::Anybody => self,
            Standing::Confirmed | Standing::Device(_) => Self {
                standing: Standing::Confirmed,
                ..self
            },
        }
    }

    /// The account under this hash, as strangers try it.
    pub fn of_hash(account: [u8; 16]) -> Self {
        Self {
            account,
            standing: Standing::Anybody,
        }
    }

    /// The keyed hash of the name alone: the same for every browser, and on every replica with this key ring.
    pub fn hash(&self) -> [u8; 16] {
        self.account
    }

    pub(super) fn is_anybody(&self) -> bool {
        self.standing == Standing::Anybody
    }

    pub(super) fn is_on_device(&self) -> bool {
        matches!(self.standing, Standing::Device(_))
    }
}

/// A session on its way to one URL of the portal, as a hash that reveals neither.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct WayKey(Digest);

impl WayKey {
    /// Made from an identifier of the session and the URL.
    pub fn new(session: &str, address: &str) -> Self {
        let text = [session.as_bytes(), address.as_bytes()].join(&b"\0"[..]);
        let mut key = Digest::default();
        let hash = digest::digest(&digest::SHA256, &text);
        // Half of the hash is more than enough to tell a few thousand apart.
        for (byte, hashed) in key.iter_mut().zip(hash.as_ref()) {
            *byte = *hashed;
        }
        Self(key)
    }
}

impl Named for WayKey {
    fn name(&self, into: &mut Vec<u8>) {
        into.extend(self.0);
    }
}

impl fmt::Debug for WayKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WayKey(..)")
    }
}

/// A key as bytes, to be hashed into the name of a shared row. No two keys of one table have the same bytes.
pub(super) trait Named: Send + 'static {
    fn name(&self, into: &mut Vec<u8>);
}

impl Named for AccountKey {
    fn name(&self, into: &mut Vec<u8>) {
        into.extend(self.account);
        match &self.standing {
            Standing::Anybody => into.push(0),
            Standing::Confirmed => into.push(1),
            Standing::Device(device) => {
                into.push(2);
                into.extend(device);
            }
        }
    }
}

impl Named for IpAddr {
    fn name(&self, into: &mut Vec<u8>) {
        match self {
            Self::V4(address) => into.extend(address.octets()),
            Self::V6(address) => into.extend(address.octets()),
        }
    }
}

impl Named for Factor {
    fn name(&self, into: &mut Vec<u8>) {
        into.extend(Self::name(*self).as_bytes());
        into.push(0);
    }
}

impl Named for () {
    fn name(&self, _into: &mut Vec<u8>) {}
}

impl Named for (AccountKey, Factor) {
    fn name(&self, into: &mut Vec<u8>) {
        self.0.name(into);
        Named::name(&self.1, into);
    }
}

impl AccountKey {
    /// Parses the output of [`Named`]; returns the bytes that follow it too.
    fn split_from(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let (account, rest) = bytes.split_first_chunk()?;
        let (standing, rest) = match rest.split_first()? {
            (0, rest) => (Standing::Anybody, rest),
            (1, rest) => (Standing::Confirmed, rest),
            (2, rest) => {
                let (device, rest) = rest.split_first_chunk()?;
                (Standing::Device(*device), rest)
            }
            _ => return None,
        };
        let account = *account;
        Some((Self { account, standing }, rest))
    }
}

/// The key with this name; `None` for a name that another version wrote.
pub(super) fn account_and_factor(name: &[u8]) -> Option<(AccountKey, Factor)> {
    let (account, rest) = AccountKey::split_from(name)?;
    let factor = std::str::from_utf8(rest.strip_suffix(&[0])?).ok()?;
    Some((account, Factor::parse(factor)?))
}

impl Named for (AccountKey, Factor, IpAddr) {
    fn name(&self, into: &mut Vec<u8>) {
        (self.0, self.1).name(into);
        self.2.name(into);
    }
}

impl fmt::Debug for AccountKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccountKey")
            .field("is_on_device", &self.is_on_device())
            .finish_non_exhaustive()
    }
}

/// Creates account keys, under a secret of the key ring: an attacker who reads the memory cannot test names, and
/// replicas agree.
#[derive(Clone)]
pub(super) struct AccountKeys {
    secret: hmac::Key,
}

impl AccountKeys {
    pub(super) fn new(secret: &[u8; 32]) -> Self {
        Self {
            secret: hmac::Key::new(hmac::HMAC_SHA256, secret),
        }
    }

    pub(super) fn of(&self, name: &str) -> AccountKey {
        AccountKey {
            account: self.digest(&[b"account", folded(name).as_bytes()]),
            standing: Standing::Anybody,
        }
    }

    pub(super) fn on_device(&self, name: &str, device: &DeviceId) -> AccountKey {
        let name = folded(name);
        AccountKey {
            account: self.digest(&[b"account", name.as_bytes()]),
            standing: Standing::Device(self.digest(&[b"device", name.as_bytes(), device])),
        }
    }

    /// Hashes the lengths too, so that no two lists of parts are the same text.
    fn digest(&self, parts: &[&[u8]]) -> Digest {
        let mut context = hmac::Context::with_key(&self.secret);
        for part in parts {
            context.update(&part.len().to_be_bytes());
            context.update(part);
        }
        let tag = context.sign();
        let mut digest = Digest::default();
        for (to, from) in digest.iter_mut().zip(tag.as_ref()) {
            *to = *from;
        }
        digest
    }
}

/// The /48 that one site may have; `None` for IPv4.
pub(super) fn ipv6_site_of(address: IpAddr) -> Option<IpAddr> {
    Some(network_of(address)).filter(IpAddr::is_ipv6)
}

/// The address space of one customer and the networks around it, the smallest first: the address, its /24 and its /16
/// for IPv4; the /64, its /48 and its /32 for IPv6. An attacker who has one of them often has all of it, so failures
/// are counted for each.
pub(super) fn levels_of(address: IpAddr) -> [IpAddr; 3] {
    [host_of(address), network_of(address), cut(address, WIDE)]
}
