//! How often anyone may try, and how many calls Okta gets at once.
//!
//! May name `clock` and `domain`; knows nothing of HTTP or Okta. Start reading at [`Limits`]; [`Bulkhead`] and [`Breaker`]
//! stand alone.
//!
//! Everything is counted in this process, under hashes that all replicas with one key ring make alike. Tables are bounded
//! (SEC-113): a sweep drops what says no more than a missing entry, and a full table gives up, of a few neighbours, the
//! entry that is missed least. Under a flood of fresh keys a key that is being held outlives keys that were seen once.

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

use crate::clock::Clock;
use crate::domain::device::DeviceId;
use crate::domain::factor::Factor;
use buckets::Buckets;
use failures::Failures;
use keys::{AccountKeys, host_of, network_of};
use ticks::Ticks;
use windows::Windows;

pub use breaker::{Breaker, BreakerSettings, End, HeldBack, Turned};
pub use bulkhead::{Bulkhead, BulkheadSettings, Busy, Permit, Share};
pub use keys::AccountKey;
pub use settings::{Allowance, FailureRules, LimitSettings, Rate};

/// A wait that time does not end.
const NEVER: Duration = Duration::MAX;

/// Refused for now. `wait` is exact: asked again after it, by nobody else meanwhile, the answer is yes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many tries by {scope}")]
pub struct Throttled {
    /// The limit that holds longest: a label for the metric and the log, not for the visitor.
    pub scope: &'static str,
    pub wait: Duration,
}

impl Throttled {
    /// Whether no wait helps: only a success elsewhere or an operator opens this again.
    pub fn is_closed(&self) -> bool {
        self.wait == NEVER
    }

    /// The wait for `Retry-After`: whole seconds, rounded up, at least one (SEC-116).
    pub fn retry_after_s(&self) -> u64 {
        let is_cut = self.wait.subsec_nanos() > 0;
        self.wait.as_secs().saturating_add(u64::from(is_cut)).max(1)
    }
}

/// Every limit on visitors. Shared as it is.
pub struct Limits {
    accounts: AccountKeys,
    by_account: Buckets<(AccountKey, Factor)>,
    by_host: Buckets<IpAddr>,
    by_network: Buckets<IpAddr>,
    by_pair: Buckets<(AccountKey, Factor, IpAddr)>,
    by_failing_host: Buckets<IpAddr>,
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
    /// Fresh tables. `names` is the key under which names are kept: they are never held in clear, and replicas that have
    /// the same key make the same of a name.
    pub fn new(settings: &LimitSettings, clock: Arc<dyn Clock>, names: &[u8; 32]) -> Self {
        let ticks = Ticks::new(clock);
        let most = settings.most_keys.max(1);
        let buckets = (&ticks, most);
        let windows = |allowance| Windows::new(allowance, ticks.clone(), most);
        Self {
            accounts: AccountKeys::new(names),
            by_account: Buckets::new(settings.account, buckets),
            by_host: Buckets::new(settings.address, buckets),
            by_network: Buckets::new(settings.network, buckets),
            by_pair: Buckets::new(settings.pair, buckets),
            by_failing_host: Buckets::new(settings.address_failures, buckets),
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
    pub fn account_on_device(&self, name: &str, device: &DeviceId) -> AccountKey {
        self.accounts.on_device(name, device)
    }
}

#[expect(
    clippy::unused_async,
    reason = "replicas will ask a store that they share; callers wait for the answer already"
)]
impl Limits {
    /// Before a password goes to Okta, or another factor comes first. A password that may go is under way until
    /// [`sign_in_failed`](Self::sign_in_failed) or [`sign_in_passed`](Self::sign_in_passed) says how it ended.
    pub async fn check_sign_in(
        &self,
        account: &AccountKey,
        factor: Factor,
        address: IpAddr,
    ) -> Result<(), Throttled> {
        let (host, network) = (host_of(address), network_of(address));
        let (who, pair) = ((*account, factor), (*account, factor, host));
        let is_stranger = !account.is_on_device();
        let service = self.by_service.as_ref().filter(|_| is_stranger);
        pass(&[
            ("failures", &|mode| {
                // Of a code nothing is offered yet: it is asked for first.
                let mode = if factor == Factor::Password {
                    mode
                } else {
                    Mode::Look
                };
                self.failures.ask(account, factor, mode)
            }),
            ("account", &|mode| self.by_account.ask(&who, mode)),
            ("pair", &|mode| self.by_pair.ask(&pair, mode)),
            ("address", &|mode| self.by_host.ask(&host, mode)),
            ("network", &|mode| {
                network.map_or(Duration::ZERO, |net| self.by_network.ask(&net, mode))
            }),
            ("address_failures", &|_| {
                let bucket = Some(&self.by_failing_host).filter(|_| is_stranger);
                bucket.map_or(Duration::ZERO, |bucket| bucket.ask(&host, Mode::Look))
            }),
            ("service", &|mode| {
                service.map_or(Duration::ZERO, |service| service.ask(&(), mode))
            }),
        ])
    }

    /// Okta refused a password or a code: the next wait grows, for the account (SEC-110, SEC-111) and, whatever the
    /// names, for the address (SEC-120).
    pub async fn sign_in_failed(&self, account: &AccountKey, factor: Factor, address: IpAddr) {
        self.failures.failed(account, factor);
        if account.is_anybody() {
            self.by_failing_host.ask(&host_of(address), Mode::Take);
        }
    }

    /// Okta answered a password or a code with something else than that it is wrong, or did not answer.
    pub async fn sign_in_passed(&self, account: &AccountKey, factor: Factor) {
        self.failures.passed(account, factor);
    }

    /// A sign-in was completed with these factors: what was counted against them, and against this visitor, is forgotten.
    /// Sends are not, since they cost money.
    pub async fn sign_in_succeeded(
        &self,
        account: &AccountKey,
        accepted: &[Factor],
        address: IpAddr,
    ) {
        self.failures.succeeded(account, accepted);
        let host = host_of(address);
        for factor in Factor::ALL {
            self.by_account.forget(&(*account, factor));
            self.by_pair.forget(&(*account, factor, host));
        }
        self.codes.forget(account);
        self.codes.forget(&account.confirmed());
        self.unanswered_pushes.forget(&account.of_anybody());
    }

    /// Before a typed code goes to Okta. Its end is told like that of a password.
    pub async fn check_code(&self, account: &AccountKey, factor: Factor) -> Result<(), Throttled> {
        pass(&[
            ("failures", &|mode| self.failures.ask(account, factor, mode)),
            ("code", &|mode| self.codes.ask(account, mode)),
        ])
    }

    /// Before Okta is asked to send a text, a call or an email.
    pub async fn check_send(&self, account: &AccountKey) -> Result<(), Throttled> {
        let who = account.of_anybody();
        pass(&[("send", &|mode| self.sends.ask(&who, mode))])
    }

    /// Before Okta is asked to send a push; Okta itself sets no limit to pushes that are denied (SEC-134).
    pub async fn check_push(&self, account: &AccountKey) -> Result<(), Throttled> {
        let who = account.of_anybody();
        pass(&[
            ("push", &|mode| self.pushes.ask(&who, mode)),
            ("push", &|mode| self.unanswered_pushes.ask(&who, mode)),
        ])
    }

    /// Forgets what is counted against an account, as an operator wishes. Waits of known devices and of addresses go on.
    pub async fn reset(&self, account: &AccountKey) {
        let who = account.of_anybody();
        self.failures.reset(&who);
        for factor in Factor::ALL {
            self.by_account.forget(&(who, factor));
        }
        for windows in self.windows() {
            windows.forget(&who);
            windows.forget(&who.confirmed());
        }
    }

    /// Drops every entry that says no more than a missing one.
    pub async fn sweep(&self) {
        self.by_account.sweep();
        self.by_host.sweep();
        self.by_network.sweep();
        self.by_pair.sweep();
        self.by_failing_host.sweep();
        self.failures.sweep();
        for windows in self.windows() {
            windows.sweep();
        }
    }
}

impl Limits {
    fn windows(&self) -> [&Windows; 4] {
        [
            &self.codes,
            &self.sends,
            &self.pushes,
            &self.unanswered_pushes,
        ]
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
            Some(throttled) if throttled.is_closed() => {
                let scope = "closed";
                return Err(Throttled { scope, ..throttled });
            }
            Some(throttled) if !throttled.wait.is_zero() => return Err(throttled),
            _ => {}
        }
    }
    Ok(())
}
