//! What is counted: accounts by a keyed hash, addresses by their network.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

use aws_lc_rs::hmac;
use unicode_normalization::UnicodeNormalization;

use crate::clock::Entropy;

/// A keyed hash, cut to what makes a collision a matter of chance no one will see.
pub(super) type Digest = [u8; 16];

/// An account, and the browser it is tried from. Tells nothing about the name.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct AccountKey {
    account: Digest,
    device: Option<Digest>,
}

impl AccountKey {
    /// Whom tries are counted against: a known device by itself, all other browsers together.
    pub(super) fn visitor(&self) -> Digest {
        self.device.unwrap_or(self.account)
    }

    /// The account, wherever it is tried from.
    pub(super) fn account(&self) -> Digest {
        self.account
    }

    pub(super) fn is_on_device(&self) -> bool {
        self.device.is_some()
    }
}

impl fmt::Debug for AccountKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccountKey")
            .field("is_on_device", &self.is_on_device())
            .finish_non_exhaustive()
    }
}

/// Makes account keys, under a secret of this process: someone who reads the memory later cannot try names.
pub(super) struct AccountKeys {
    secret: hmac::Key,
}

impl AccountKeys {
    pub(super) fn new(entropy: &dyn Entropy) -> Self {
        let mut secret = [0; 32];
        entropy.fill(&mut secret);
        Self {
            secret: hmac::Key::new(hmac::HMAC_SHA256, &secret),
        }
    }

    pub(super) fn of(&self, name: &str) -> AccountKey {
        AccountKey {
            account: self.digest(&["account", &folded(name)]),
            device: None,
        }
    }

    pub(super) fn on_device(&self, name: &str, device_id: &str) -> AccountKey {
        let name = folded(name);
        AccountKey {
            account: self.digest(&["account", &name]),
            device: Some(self.digest(&["device", &name, device_id])),
        }
    }

    /// Lengths go in as well, so that no two lists of parts are one text.
    fn digest(&self, parts: &[&str]) -> Digest {
        let mut context = hmac::Context::with_key(&self.secret);
        for part in parts {
            context.update(&part.len().to_be_bytes());
            context.update(part.as_bytes());
        }
        let tag = context.sign();
        let mut digest = Digest::default();
        for (to, from) in digest.iter_mut().zip(tag.as_ref()) {
            *to = *from;
        }
        digest
    }
}

/// One spelling for every way to write a name that Okta may take for the same (SEC-109). Upper and then lower case folds
/// more than lower case alone: `ß` and `SS`, `ς` and `Σ`.
fn folded(name: &str) -> String {
    let composed: String = name.trim().nfkc().collect();
    let cased = composed.to_uppercase().to_lowercase();
    // A sigma at the end of a word is lowered to its own form.
    cased
        .nfkc()
        .map(|c| if c == 'ς' { 'σ' } else { c })
        .collect()
}

/// An IPv4 address (also inside IPv6), or the /64 that one customer of a provider has (SEC-113).
pub(super) fn host_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(cut(address, 64)),
        address @ IpAddr::V4(_) => address,
    }
}

/// The /48 that one site may have; nothing for IPv4.
pub(super) fn network_of(address: IpAddr) -> Option<IpAddr> {
    match address.to_canonical() {
        IpAddr::V6(address) => Some(IpAddr::V6(cut(address, 48))),
        IpAddr::V4(_) => None,
    }
}

fn cut(address: Ipv6Addr, bits: u32) -> Ipv6Addr {
    let mask = u128::MAX.checked_shl(128 - bits).unwrap_or_default();
    Ipv6Addr::from_bits(address.to_bits() & mask)
}
