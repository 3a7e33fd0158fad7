//! The counts, and the decisions of the limits on them. Nothing here waits.

use std::net::IpAddr;
use std::time::Duration;

use super::buckets::Buckets;
use super::budget::{Budget, Left};
use super::failures::Failures;
use super::keys::{AccountKey, WayKey, ipv6_site_of, levels_of};
use super::lifted::Lifted;
use super::mode::Mode;
use super::other_factors::OtherFactors;
use super::settings::{LimitSettings, NETWORK_FAILURES, SENT_BACK, UNANSWERED_PUSHES, WIDE_FAILURES};
use super::shared_counters::{CounterRowChange, TableHome, TableParts};
use super::throttled::Throttled;
use super::ticks::Ticks;
use super::two_part_allowance::SplitWindows;
use super::windows::Windows;
use crate::domain::factor::Factor;
use crate::domain::network::host_of;

/// Every table of counts.
pub(super) struct Counters {
    pub(super) by_account: Buckets<(AccountKey, Factor)>,
    by_host: Buckets<IpAddr>,
    pub(super) by_network: Buckets<IpAddr>,
    by_pair: Buckets<(AccountKey, Factor, IpAddr)>,
    /// By the address, its network and the network around that, as in [`levels_of`].
    pub(super) by_failing: [Buckets<IpAddr>; 3],
    by_service: Option<Buckets<()>>,
    pub(super) failures: Failures,
    other_factors: OtherFactors,
    pub(super) codes: Windows<AccountKey>,
    pub(super) sends: SplitWindows,
    sends_in_all: Option<Budget<()>>,
    sends_per_network: Option<Budget<IpAddr>>,
    pub(super) pushes: SplitWindows,
    pub(super) unanswered_pushes: SplitWindows,
    sent_back: Windows<WayKey>,
}

type Gate<'a> = (&'static str, &'a dyn Fn(Mode) -> Duration);

impl Counters {
    /// Creates empty tables. Their names are part of the names of shared rows.
    pub(super) fn new(settings: &LimitSettings, ticks: &Ticks, home: &TableHome) -> Self {
        let (at, failures) = (TableParts { ticks, home }, settings.address_failures);
        Self {
            by_account: Buckets::new(settings.account, at, "account"),
            by_host: Buckets::new(settings.address, at, "address"),
            by_network: Buckets::new(settings.network, at, "network"),
            by_pair: Buckets::new(settings.pair, at, "pair"),
            by_failing: [
                Buckets::new(failures, at, "address_failures"),
                Buckets::new(failures.times(NETWORK_FAILURES), at, "network_failures"),
                Buckets::new(failures.times(WIDE_FAILURES), at, "wide_failures"),
            ],
            by_service: settings.service.map(|rate| Buckets::new(rate, at, "service")),
            failures: Failures::new(settings.failures, at),
            other_factors: OtherFactors::new(at),
            codes: Windows::new(settings.codes, at, "codes"),
            sends: SplitWindows::new(settings.sends, at, ["sends", "stranger_sends"]),
            sends_in_all: settings
                .sends_in_all
                .map(|most| Budget::new(most, at, ["all_sends", "all_stranger_sends"])),
            sends_per_network: settings
                .sends_per_network
                .map(|most| Budget::new(most, at, ["network_sends", "network_stranger_sends"])),
            pushes: SplitWindows::new(settings.pushes, at, ["pushes", "stranger_pushes"]),
            unanswered_pushes: SplitWindows::new(
                UNANSWERED_PUSHES,
                at,
                ["unanswered_pushes", "stranger_unanswered_pushes"],
            ),
            sent_back: Windows::new(SENT_BACK, at, "sent_back"),
        }
    }

    /// The shared rows that were used, whether or not they change.
    pub(super) fn changes(&self) -> Vec<CounterRowChange> {
        let failing = self.by_failing.iter().flat_map(Buckets::changes);
        let buckets = [
            self.by_account.changes(),
            self.by_host.changes(),
            self.by_network.changes(),
            self.by_pair.changes(),
            self.failures.changes(),
        ];
        let service = self.by_service.iter().flat_map(Buckets::changes);
        let parts = self.parts().into_iter().flat_map(SplitWindows::changes);
        buckets
            .into_iter()
            .flatten()
            .chain(failing)
            .chain(service)
            .chain(self.other_factors.changes())
            .chain(self.codes.changes())
            .chain(parts)
            .chain(self.sends_in_all.iter().flat_map(Budget::changes))
            .chain(self.sends_per_network.iter().flat_map(Budget::changes))
            .chain(self.sent_back.changes())
            .collect()
    }
}

impl Counters {
    /// To be called before a password goes to Okta, or before another factor that comes first. A permitted password is
    /// in progress until [`sign_in_failed`](Self::sign_in_failed) or [`sign_in_passed`](Self::sign_in_passed) reports
    /// how it ended.
    pub(super) fn check_sign_in(&self, account: &AccountKey, factor: Factor, address: IpAddr) -> Result<(), Throttled> {
        if factor != Factor::Password {
            self.other_factors.note(account);
        }
        let (host, network) = (host_of(address), ipv6_site_of(address));
        let (who, pair) = ((*account, factor), (*account, factor, host));
        let is_stranger = !account.is_on_device();
        // Tries by its neighbours do not delay a known browser: no limit that is wider than its own address applies to
        // it.
        let network = network.filter(|_| is_stranger);
        let service = self.by_service.as_ref().filter(|_| is_stranger);
        let failing = |level: usize| {
            let bucket = self.by_failing.get(level).filter(|_| is_stranger);
            let wait = bucket.zip(levels_of(address).get(level).copied());
            wait.map_or(Duration::ZERO, |(bucket, net)| bucket.ask(&net, Mode::Look))
        };
        check_all(&[
            ("failures", &|mode| {
                // With a code there is no guess yet: it has to be requested first.
                let mode = if factor == Factor::Password { mode } else { Mode::Look };
                self.failures.ask(account, factor, mode)
            }),
            ("account", &|mode| self.by_account.ask(&who, mode)),
            ("pair", &|mode| self.by_pair.ask(&pair, mode)),
            ("address", &|mode| self.by_host.ask(&host, mode)),
            ("network", &|mode| {
                network.map_or(Duration::ZERO, |net| self.by_network.ask(&net, mode))
            }),
            ("address_failures", &|_| failing(0)),
            ("network_failures", &|_| failing(1)),
            ("wide_failures", &|_| failing(2)),
            ("service", &|mode| {
                service.map_or(Duration::ZERO, |service| service.ask(&(), mode))
            }),
        ])
    }

    /// Okta refused a password or a code: the next wait grows, for the account (SEC-110, SEC-111) and, whatever the
    /// names, for the address and the networks around it (SEC-120).
    pub(super) fn sign_in_failed(&self, account: &AccountKey, factor: Factor, address: IpAddr) {
        if factor != Factor::Password {
            self.other_factors.note(account);
        }
        self.failures.failed(account, factor);
        if account.is_anybody() {
            for (bucket, network) in self.by_failing.iter().zip(levels_of(address)) {
                bucket.ask(&network, Mode::Take);
            }
        }
    }

    /// A password or a code did not turn out wrong: Okta answered otherwise, or not at all.
    pub(super) fn sign_in_passed(&self, account: &AccountKey, factor: Factor) {
        self.failures.passed(account, factor);
    }

    /// A sign-in was completed with these factors: the counts against them, and against this visitor, are reset. Sends
    /// are not, since they cost money.
    pub(super) fn sign_in_succeeded(&self, account: &AccountKey, accepted: &[Factor], address: IpAddr) {
        let has_others = accepted != [Factor::Password] || self.other_factors.may_count(account);
        let factors = if has_others { &Factor::ALL[..] } else { accepted };
        self.failures.succeeded(account, accepted, factors);
        let host = host_of(address);
        for factor in factors {
            self.by_account.forget(&(*account, *factor));
            self.by_pair.forget(&(*account, *factor, host));
        }
        if !has_others {
            return;
        }
        self.codes.forget(account);
        self.codes.forget(&account.confirmed());
        self.unanswered_pushes.forget(account);
        if accepted.len() > 1 {
            self.unanswered_pushes.forget(&account.confirmed());
        }
    }

    /// To be called before a call to Okta without a name.
    pub(super) fn check_address(&self, address: IpAddr) -> Result<(), Throttled> {
        let (host, network) = (host_of(address), ipv6_site_of(address));
        check_all(&[
            ("address", &|mode| self.by_host.ask(&host, mode)),
            ("network", &|mode| {
                network.map_or(Duration::ZERO, |net| self.by_network.ask(&net, mode))
            }),
        ])
    }

    /// To be called before a typed code goes to Okta. Its end is reported like that of a password.
    pub(super) fn check_code(&self, account: &AccountKey, factor: Factor) -> Result<(), Throttled> {
        self.other_factors.note(account);
        check_all(&[
            ("failures", &|mode| self.failures.ask(account, factor, mode)),
            ("code", &|mode| self.codes.ask(account, mode)),
        ])
    }

    /// To be called before Okta is asked to send a text, a call or an email.
    pub(super) fn check_send(&self, account: &AccountKey, address: IpAddr) -> Result<(), Throttled> {
        let (is_stranger, [_, network, _]) = (account.is_anybody(), levels_of(address));
        let budget = |wait: Option<Duration>| wait.unwrap_or_default();
        check_all(&[
            ("send", &|mode| self.sends.ask(account, mode)),
            ("sends_in_all", &|mode| {
                let all = self.sends_in_all.as_ref();
                budget(all.map(|all| all.ask(&(), is_stranger, mode)))
            }),
            ("sends_per_network", &|mode| {
                let by_network = self.sends_per_network.as_ref();
                budget(by_network.map(|it| it.ask(&network, is_stranger, mode)))
            }),
        ])
    }

    /// The rest of the budget of all sends.
    pub(super) fn sends_left(&self) -> Option<Left> {
        self.sends_in_all.as_ref().map(|all| all.left(&()))
    }

    /// To be called before Okta is asked to send a push. Okta itself does not limit denied pushes (SEC-134).
    pub(super) fn check_push(&self, account: &AccountKey) -> Result<(), Throttled> {
        self.other_factors.note(account);
        check_all(&[
            ("push", &|mode| self.pushes.ask(account, mode)),
            ("push", &|mode| self.unanswered_pushes.ask(account, mode)),
        ])
    }

    /// To be called before a signed-in customer is sent back to the portal that has just sent them here.
    pub(super) fn check_sent_back(&self, way: &WayKey) -> Result<(), Throttled> {
        check_all(&[("sent_back", &|mode| self.sent_back.ask(way, mode))])
    }

    /// Resets the counts against an account, for an operator, and says which there were. Waits of known devices and of
    /// addresses continue.
    pub(super) fn reset(&self, account: &AccountKey) -> Lifted {
        let who = account.of_anybody();
        let mut lifted = Lifted {
            failures: self.failures.reset(&who),
            ..Lifted::default()
        };
        for factor in Factor::ALL {
            lifted.tries |= self.by_account.forget(&(who, factor));
        }
        for who in [who, who.confirmed()] {
            lifted.codes += self.codes.forget(&who);
            lifted.sends += self.sends.forget(&who);
            lifted.pushes += self.pushes.forget(&who);
            lifted.unanswered_pushes += self.unanswered_pushes.forget(&who);
        }
        lifted
    }

    /// Drops every entry that is equivalent to a missing one.
    pub(super) fn sweep(&self) {
        self.by_account.sweep();
        self.by_host.sweep();
        self.by_network.sweep();
        self.by_pair.sweep();
        for bucket in &self.by_failing {
            bucket.sweep();
        }
        self.failures.sweep();
        self.codes.sweep();
        for parts in self.parts() {
            parts.sweep();
        }
        if let Some(all) = &self.sends_in_all {
            all.sweep();
        }
        if let Some(by_network) = &self.sends_per_network {
            by_network.sweep();
        }
        self.sent_back.sweep();
    }
}

impl Counters {
    fn parts(&self) -> [&SplitWindows; 3] {
        [&self.sends, &self.pushes, &self.unanswered_pushes]
    }
}

/// Queries every limit before charging any: a try that one limit refuses costs nothing at the others. Returns the
/// longest wait.
fn check_all(gates: &[Gate<'_>]) -> Result<(), Throttled> {
    for mode in [Mode::Look, Mode::Take] {
        let waits = gates.iter().map(|(scope, ask)| Throttled { scope, wait: ask(mode) });
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
