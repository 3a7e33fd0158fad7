//! Limits how often visitors may try, and how many concurrent calls Okta gets.
//!
//! May name `clock` and `domain`; knows nothing of HTTP or Okta. Start reading at [`Limits`]; [`Bulkhead`] and
//! [`Breaker`] stand alone.
//!
//! Everything is counted under hashes that are equal on all replicas with one key ring, in this process or in rows that
//! replicas share ([`shared`]). Failures outlive the process ([`kept`]). Tables are bounded (SEC-113): a sweep drops
//! entries that are equivalent to a missing one, and a full table evicts, among a few neighbours, the least important
//! entry. Under a flood of fresh keys a key that is being held outlives keys that came once.

mod breaker;
mod buckets;
mod budget;
mod bulkhead;
mod counters;
mod failures;
mod keys;
mod known_rows;
mod lifted;
mod look;
mod mode;
mod moved_failures;
mod other_factors;
pub(super) mod saved_failures;
mod settings;
pub(super) mod shared_counters;
mod table;
#[cfg(test)]
mod tests;
mod throttled;
mod ticks;
pub(super) mod two_part_allowance;
mod windows;

use std::fmt;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_lc_rs::hmac;

use crate::clock::Clock;
use crate::domain::device::DeviceId;
use crate::domain::factor::Factor;
use buckets::Buckets;
use counters::Counters;
use keys::{AccountKeys, levels_of};
use known_rows::KnownRows;
use mode::Mode;
use settings::REPORTS;
use shared_counters::{Page, TableHome, TableParts};
use ticks::Ticks;

pub use breaker::{Breaker, BreakerChange, BreakerSettings, End, HeldBack};
pub use budget::Left;
pub use bulkhead::{Bulkhead, BulkheadSettings, Busy, Permit, Share};
pub use keys::{AccountKey, WayKey};
pub use lifted::Lifted;
pub use look::{AccountCounts, FactorCount, LimitHold, Spent};
pub use moved_failures::as_shared;
pub use saved_failures::{KeptRow, KeptRows};
pub use settings::{
    Allowance, FAILURE_PERIOD, FailureRules, LimitSettings, MOST_KEYS, NETWORK_TRIES, Rate, SENT_BACK, Split,
};
pub use shared_counters::{CounterRowChange, CounterRows, SharedRows, Unavailable};
pub use throttled::{SCOPES, Throttled};

/// Every limit on visitors. It can be shared without a lock.
pub struct Limits {
    accounts: AccountKeys,
    settings: LimitSettings,
    ticks: Ticks,
    home: TableHome,
    /// The counts of this process alone.
    own: Counters,
    /// Browsers' reports, counted by network. Each replica counts by itself: only its own time is at stake.
    reports: Buckets<IpAddr>,
    /// The counts shared with other replicas; if they are unavailable, this process counts by itself.
    shared: Option<Together>,
    /// The store for the failures that this process counts by itself.
    kept: Option<Arc<Mutex<Arc<dyn KeptRows>>>>,
}

#[derive(Debug, Clone)]
struct Together {
    rows: Arc<dyn SharedRows>,
    /// The key under which the names of rows are hashed.
    names: hmac::Key,
    known: Arc<KnownRows>,
}

/// How often a decision is repeated because a cached row was outdated: usually once, and again when another replica
/// changed one meanwhile. That replica then succeeded, so only heavy contention on one row reaches this.
const TRIES: u8 = 20;

impl Limits {
    /// Creates empty tables. `names` is the key under which names are hashed: they are never stored in clear, and
    /// replicas with the same key hash a name to the same key.
    pub fn new(settings: &LimitSettings, clock: Arc<dyn Clock>, names: &[u8; 32]) -> Self {
        let home = TableHome::here(settings.most_keys.max(1));
        Self::counting_in(home, settings, Ticks::new(clock), AccountKeys::new(names))
    }

    /// The same counts under other settings, for the time from now on. What both sets of limits count, they count
    /// together.
    #[must_use]
    pub fn with_settings(&self, settings: &LimitSettings) -> Self {
        Self {
            shared: self.shared.clone(),
            kept: self.kept.clone(),
            ..Self::counting_in(self.home.clone(), settings, self.ticks.clone(), self.accounts.clone())
        }
    }

    fn counting_in(home: TableHome, settings: &LimitSettings, ticks: Ticks, accounts: AccountKeys) -> Self {
        let parts = TableParts {
            ticks: &ticks,
            home: &home,
        };
        Self {
            accounts,
            settings: *settings,
            own: Counters::new(settings, &ticks, &home),
            reports: Buckets::new(REPORTS, parts, "reports"),
            ticks,
            home,
            shared: None,
            kept: None,
        }
    }

    /// Restores the failures that an earlier process stored, and stores new ones from now on.
    #[must_use]
    pub fn keeping(mut self, rows: Arc<dyn KeptRows>, known: Vec<KeptRow>) -> Self {
        let stale = self.own.failures.restore(known);
        if !stale.is_empty() {
            // The write is in progress from the call on; nothing depends on when the stale rows are gone.
            drop(rows.keep(stale));
        }
        self.kept = Some(Arc::new(Mutex::new(rows)));
        self
    }

    /// Counts together with all processes that have the same rows and the same key for names (SEC-115).
    #[must_use]
    pub fn together(mut self, rows: Arc<dyn SharedRows>, names: &[u8; 32]) -> Self {
        let names = hmac::Key::new(hmac::HMAC_SHA256, names);
        self.shared = Some(Together {
            rows,
            names,
            known: Arc::default(),
        });
        self
    }

    /// The key of an account, for a browser that has not signed in to it before. Names that exist and names that do not
    /// are treated alike (SEC-109).
    pub fn account(&self, name: &str) -> AccountKey {
        self.accounts.of(name)
    }

    /// The key of an account for a browser that proved, by its device cookie, that it has signed in to it before: tries
    /// from other browsers do not delay it (SEC-112).
    pub fn account_on_device(&self, name: &str, device: &DeviceId) -> AccountKey {
        self.accounts.on_device(name, device)
    }

    /// To be called before a password goes to Okta, or before another factor that comes first. A permitted password is
    /// in progress until [`sign_in_failed`](Self::sign_in_failed) or [`sign_in_passed`](Self::sign_in_passed) reports
    /// how it ended.
    pub async fn check_sign_in(&self, account: &AccountKey, factor: Factor, address: IpAddr) -> Result<(), Throttled> {
        self.count(|counters| counters.check_sign_in(account, factor, address))
            .await
    }

    /// Like [`check_sign_in`](Self::check_sign_in), with all replicas or not at all. The counts are written by `rows`,
    /// which may write them in one step with something else.
    pub async fn check_sign_in_on(
        &self,
        rows: &dyn SharedRows,
        account: &AccountKey,
        factor: Factor,
        address: IpAddr,
    ) -> Result<Result<(), Throttled>, Unavailable> {
        self.count_on(rows, |counters| counters.check_sign_in(account, factor, address))
            .await
    }

    /// Okta refused a password or a code: the next wait grows, for the account (SEC-110, SEC-111) and, whatever the
    /// names, for the address (SEC-120).
    pub async fn sign_in_failed(&self, account: &AccountKey, factor: Factor, address: IpAddr) {
        self.count(|counters| counters.sign_in_failed(account, factor, address))
            .await;
    }

    /// A password or a code did not turn out wrong: Okta answered otherwise, or not at all.
    pub async fn sign_in_passed(&self, account: &AccountKey, factor: Factor) {
        self.count(|counters| counters.sign_in_passed(account, factor)).await;
    }

    /// A sign-in was completed with these factors: the counts against them, and against this visitor, are reset. Sends
    /// are not, since they cost money.
    pub async fn sign_in_succeeded(&self, account: &AccountKey, accepted: &[Factor], address: IpAddr) {
        self.count(|counters| counters.sign_in_succeeded(account, accepted, address))
            .await;
    }

    /// Like [`sign_in_succeeded`](Self::sign_in_succeeded), with all replicas or not at all, written by `rows`.
    pub async fn sign_in_succeeded_on(
        &self,
        rows: &dyn SharedRows,
        account: &AccountKey,
        accepted: &[Factor],
        address: IpAddr,
    ) -> Result<(), Unavailable> {
        self.count_on(rows, |counters| counters.sign_in_succeeded(account, accepted, address))
            .await
    }

    /// To be called before a call to Okta without a name.
    pub async fn check_address(&self, address: IpAddr) -> Result<(), Throttled> {
        self.count(|counters| counters.check_address(address)).await
    }

    /// To be called before a typed code goes to Okta. Its end is reported like that of a password.
    pub async fn check_code(&self, account: &AccountKey, factor: Factor) -> Result<(), Throttled> {
        self.count(|counters| counters.check_code(account, factor)).await
    }

    /// To be called before Okta is asked to send a text, a call or an email. Strangers and visitors who have proved
    /// something have an allowance each. There may also be a budget for all together and one for each network, half of
    /// which strangers cannot spend.
    pub async fn check_send(&self, account: &AccountKey, address: IpAddr) -> Result<(), Throttled> {
        self.count(|counters| counters.check_send(account, address)).await
    }

    /// The rest of the budget of all texts, calls and emails; `None` where there is none.
    pub async fn sends_left(&self) -> Option<Left> {
        self.count(Counters::sends_left).await
    }

    /// To be called before Okta is asked to send a push. Okta itself does not limit denied pushes (SEC-134). The
    /// allowance is split in two like that of sends.
    pub async fn check_push(&self, account: &AccountKey) -> Result<(), Throttled> {
        self.count(|counters| counters.check_push(account)).await
    }

    /// To be called before a signed-in customer is sent back to the portal that has just sent them here.
    pub async fn check_sent_back(&self, way: &WayKey) -> Result<(), Throttled> {
        self.count(|counters| counters.check_sent_back(way)).await
    }

    /// To be called before a browser's report is read. Reports do not count against sign-ins.
    pub fn check_report(&self, address: IpAddr) -> Result<(), Throttled> {
        let [_, network, _] = levels_of(address);
        match self.reports.ask(&network, Mode::Take) {
            Duration::ZERO => Ok(()),
            wait => Err(Throttled { scope: "reports", wait }),
        }
    }

    /// Resets the counts against an account, for an operator, and says which there were. Waits of known devices and of
    /// addresses continue.
    pub async fn reset(&self, account: &AccountKey) -> Lifted {
        self.count(|counters| counters.reset(account)).await
    }

    /// What is counted against an account in browsers that are unknown to it. Charges nothing.
    pub async fn look(&self, account: &AccountKey) -> AccountCounts {
        self.count(|counters| counters.look(account)).await
    }

    /// What holds back browsers in this network that are unknown to the account they try. Charges nothing.
    pub async fn look_at_network(&self, network: IpAddr) -> Option<LimitHold> {
        self.count(|counters| counters.look_at_network(network)).await
    }

    /// Drops every entry that is equivalent to a missing one. Shared rows expire by themselves.
    pub fn sweep(&self) {
        self.own.sweep();
        self.reports.sweep();
    }

    /// Decides by the counters: those that all replicas share if they can be reached, else this process's own.
    async fn count<T>(&self, ask: impl Fn(&Counters) -> T) -> T {
        if let Some(together) = &self.shared
            && let Ok(answer) = self.ask_together(together, &*together.rows, &ask).await
        {
            return answer;
        }
        // Each replica then counts by itself, which is weaker than a shared count, but never unlimited.
        let answer = ask(&self.own);
        self.keep().await;
        answer
    }

    async fn count_on<T>(&self, rows: &dyn SharedRows, ask: impl Fn(&Counters) -> T) -> Result<T, Unavailable> {
        let together = self.shared.as_ref().ok_or(Unavailable)?;
        self.ask_together(together, rows, ask).await
    }

    /// Stores the changes before the caller gets the answer.
    async fn keep(&self) {
        let Some(kept) = &self.kept else {
            return;
        };
        let written = {
            // Taken and submitted under one lock, so that the last change of a row is the last one written.
            let rows = kept.lock().unwrap_or_else(PoisonError::into_inner);
            let changed = self.own.failures.take_changed();
            (!changed.is_empty()).then(|| rows.keep(changed))
        };
        if let Some(written) = written {
            // OK because the store logs the failure once and writes the rows later.
            let _ = written.await;
        }
    }

    async fn ask_together<T>(
        &self,
        together: &Together,
        rows: &dyn SharedRows,
        ask: impl Fn(&Counters) -> T,
    ) -> Result<T, Unavailable> {
        let Together { names, known, .. } = together;
        for _ in 0..TRIES {
            let page = Arc::new(Page::new(names, known));
            let counters = Counters::new(&self.settings, &self.ticks, &TableHome::on(&page));
            let answer = ask(&counters);
            let changes = counters.changes();
            if changes.is_empty() {
                return Ok(answer);
            }
            for row in &changes {
                known.expects(&row.name, row.wanted.as_deref());
            }
            let written = rows.write(changes.clone()).await.inspect_err(|_| {
                for row in &changes {
                    known.forgets(&row.name);
                }
            });
            let Some(present) = written? else {
                return Ok(answer);
            };
            let corrections = page.take_corrections();
            for (row, present) in changes.into_iter().zip(present) {
                // Other decisions may already rely on the expected write, which was not made.
                if present != row.expected || row.wanted != row.expected {
                    let so_many = corrections.get(&row.name).copied().unwrap_or_default();
                    known.corrects(&row.name, present, so_many);
                }
            }
        }
        Err(Unavailable)
    }
}

impl fmt::Debug for Limits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Limits").finish_non_exhaustive()
    }
}
