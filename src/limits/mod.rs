//! How often anyone may try, and how many calls Okta gets at once.
//!
//! May name `clock` and `domain`; knows nothing of HTTP or Okta. Start reading at [`Limits`]; [`Bulkhead`] and [`Breaker`]
//! stand alone.
//!
//! Everything is counted in this process. Tables are bounded (SEC-113): a sweep drops what says no more than a missing
//! entry, and a full table gives up, of a few neighbours, the entry that is nearest to saying nothing. Under a flood of
//! fresh keys a key that is being held outlives keys that were seen once.

mod breaker;
mod buckets;
mod bulkhead;
mod failures;
mod keys;
mod settings;
mod table;
#[cfg(test)]
mod tests;
mod ticks;
mod windows;

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::clock::{Clock, Entropy};
use buckets::Buckets;
use failures::Failures;
use keys::{AccountKeys, Digest, host_of, network_of};
use ticks::Ticks;
use windows::Windows;

pub use breaker::{Breaker, BreakerSettings, End, HeldBack, Turned};
pub use bulkhead::{Bulkhead, BulkheadSettings, Busy, Permit, Share};
pub use keys::AccountKey;
pub use settings::{Allowance, FailureRules, LimitSettings, Rate};

/// Refused for now. `wait` is exact: asked again after it, by nobody else meanwhile, the answer is yes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many tries by {scope}")]
pub struct Throttled {
    /// The limit that holds longest: a label for the metric and the log, not for the visitor.
    pub scope: &'static str,
    pub wait: Duration,
}

impl Throttled {
    /// The wait for `Retry-After`: whole seconds, rounded up, at least one (SEC-116).
    pub fn retry_after_s(&self) -> u64 {
        let is_cut = self.wait.subsec_nanos() > 0;
        self.wait.as_secs().saturating_add(u64::from(is_cut)).max(1)
    }
}

/// Every limit on visitors. Shared as it is; nothing waits in here.
pub struct Limits {
    accounts: AccountKeys,
    by_account: Buckets<Digest>,
    by_host: Buckets<IpAddr>,
    by_network: Buckets<IpAddr>,
    by_pair: Buckets<(Digest, IpAddr)>,
    by_service: Option<Buckets<()>>,
    failures: Failures,
    codes: Windows,
    sends: Windows,
    pushes: Windows,
    unanswered_pushes: Windows,
}

/// Whether a gate is only asked, or passed through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Look,
    Take,
}

type Gate<'a> = (&'static str, &'a dyn Fn(Mode) -> Duration);

impl Limits {
    /// Fresh tables. `entropy` makes the key under which names are kept: they are never held in clear.
    pub fn new(settings: &LimitSettings, clock: Arc<dyn Clock>, entropy: &dyn Entropy) -> Self {
        let ticks = Ticks::new(clock);
        let most = settings.most_keys.max(1);
        let buckets = (&ticks, most);
        let windows = |allowance| Windows::new(allowance, ticks.clone(), most);
        Self {
            accounts: AccountKeys::new(entropy),
            by_account: Buckets::new(settings.account, buckets),
            by_host: Buckets::new(settings.address, buckets),
            by_network: Buckets::new(settings.network, buckets),
            by_pair: Buckets::new(settings.pair, buckets),
            by_service: settings.service.map(|rate| Buckets::new(rate, buckets)),
            failures: Failures::new(settings.failures, ticks.clone(), most),
            codes: windows(settings.codes),
            sends: windows(settings.sends),
            pushes: windows(settings.pushes),
            unanswered_pushes: windows(settings.unanswered_pushes),
        }
    }

    /// The key of an account, for a browser that has not signed in to it before. Names that exist and names that do
    /// not are alike (SEC-109).
    pub fn account(&self, name: &str) -> AccountKey {
        self.accounts.of(name)
    }

    /// The key of an account for a browser that proved, by its device cookie, to have signed in to it before: tries
    /// from elsewhere do not hold it (SEC-112).
    pub fn account_on_device(&self, name: &str, device_id: &str) -> AccountKey {
        self.accounts.on_device(name, device_id)
    }

    /// Before a password or another first factor goes to Okta.
    pub fn check_sign_in(&self, account: &AccountKey, address: IpAddr) -> Result<(), Throttled> {
        let (host, network) = (host_of(address), network_of(address));
        let who = account.visitor();
        let pair = (who, host);
        let service = self.by_service.as_ref().filter(|_| !account.is_on_device());
        pass(&[
            ("failures", &|_| self.failures.wait(&who)),
            ("account", &|mode| self.by_account.ask(&who, mode)),
            ("pair", &|mode| self.by_pair.ask(&pair, mode)),
            ("address", &|mode| self.by_host.ask(&host, mode)),
            ("network", &|mode| {
                network.map_or(Duration::ZERO, |net| self.by_network.ask(&net, mode))
            }),
            ("service", &|mode| {
                service.map_or(Duration::ZERO, |service| service.ask(&(), mode))
            }),
        ])
    }

    /// Okta refused a first factor: the next wait grows (SEC-110, SEC-111).
    pub fn sign_in_failed(&self, account: &AccountKey) {
        self.failures
            .note(&account.visitor(), account.is_on_device());
    }

    /// A sign-in was completed: what was counted against this visitor is forgotten. Sends are not, since they cost money.
    pub fn sign_in_succeeded(&self, account: &AccountKey, address: IpAddr) {
        let who = account.visitor();
        self.failures.forget(&who);
        self.by_account.forget(&who);
        self.by_pair.forget(&(who, host_of(address)));
        self.codes.forget(&account.account());
        self.unanswered_pushes.forget(&account.account());
    }

    /// Before a typed code goes to Okta.
    pub fn check_code(&self, account: &AccountKey) -> Result<(), Throttled> {
        let who = account.account();
        pass(&[("code", &|mode| self.codes.ask(&who, mode))])
    }

    /// Before Okta is asked to send a text, a call or an email.
    pub fn check_send(&self, account: &AccountKey) -> Result<(), Throttled> {
        let who = account.account();
        pass(&[("send", &|mode| self.sends.ask(&who, mode))])
    }

    /// Before Okta is asked to send a push; Okta itself sets no limit to pushes that are denied (SEC-134).
    pub fn check_push(&self, account: &AccountKey) -> Result<(), Throttled> {
        let who = account.account();
        pass(&[
            ("push", &|mode| self.pushes.ask(&who, mode)),
            ("push", &|mode| self.unanswered_pushes.ask(&who, mode)),
        ])
    }

    /// Drops every entry that says no more than a missing one.
    pub fn sweep(&self) {
        self.by_account.sweep();
        self.by_host.sweep();
        self.by_network.sweep();
        self.by_pair.sweep();
        self.failures.sweep();
        for windows in [
            &self.codes,
            &self.sends,
            &self.pushes,
            &self.unanswered_pushes,
        ] {
            windows.sweep();
        }
    }
}

impl fmt::Debug for Limits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Limits").finish_non_exhaustive()
    }
}

/// Asks every gate before any is passed: a try that one limit refuses costs nothing with the others, and the wait it is
/// told is the longest of them.
fn pass(gates: &[Gate<'_>]) -> Result<(), Throttled> {
    for mode in [Mode::Look, Mode::Take] {
        let waits = gates.iter().map(|(scope, ask)| Throttled {
            scope,
            wait: ask(mode),
        });
        match waits.max_by_key(|throttled| throttled.wait) {
            Some(throttled) if !throttled.wait.is_zero() => return Err(throttled),
            _ => {}
        }
    }
    Ok(())
}
