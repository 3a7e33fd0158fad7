//! What is counted, and how the limits decide on it. Nothing waits in here.

use std::net::IpAddr;
use std::time::Duration;

use super::buckets::Buckets;
use super::failures::Failures;
use super::keys::{AccountKey, WayKey, host_of, network_of};
use super::settings::LimitSettings;
use super::shared::{Change, Place};
use super::ticks::Ticks;
use super::windows::Windows;
use super::{Mode, Throttled};
use crate::domain::factor::Factor;

/// Every table.
pub(super) struct Counters {
    by_account: Buckets<(AccountKey, Factor)>,
    by_host: Buckets<IpAddr>,
    by_network: Buckets<IpAddr>,
    by_pair: Buckets<(AccountKey, Factor, IpAddr)>,
    by_failing_host: Buckets<IpAddr>,
    by_service: Option<Buckets<()>>,
    pub(super) failures: Failures,
    codes: Windows<AccountKey>,
    sends: Windows<AccountKey>,
    pushes: Windows<AccountKey>,
    unanswered_pushes: Windows<AccountKey>,
    sent_back: Windows<WayKey>,
}

type Gate<'a> = (&'static str, &'a dyn Fn(Mode) -> Duration);

impl Counters {
    /// Fresh tables. The names are part of the names of shared rows.
    pub(super) fn new(settings: &LimitSettings, ticks: &Ticks, place: &Place) -> Self {
        let at = (ticks, place);
        Self {
            by_account: Buckets::new(settings.account, at, "account"),
            by_host: Buckets::new(settings.address, at, "address"),
            by_network: Buckets::new(settings.network, at, "network"),
            by_pair: Buckets::new(settings.pair, at, "pair"),
            by_failing_host: Buckets::new(settings.address_failures, at, "address_failures"),
            by_service: settings
                .service
                .map(|rate| Buckets::new(rate, at, "service")),
            failures: Failures::new(settings.failures, at),
            codes: Windows::new(settings.codes, at, "codes"),
            sends: Windows::new(settings.sends, at, "sends"),
            pushes: Windows::new(settings.pushes, at, "pushes"),
            unanswered_pushes: Windows::new(settings.unanswered_pushes, at, "unanswered_pushes"),
            sent_back: Windows::new(settings.sent_back, at, "sent_back"),
        }
    }

    /// What has become of the shared rows that were touched.
    pub(super) fn changes(&self) -> Vec<Change> {
        let buckets = [
            self.by_account.changes(),
            self.by_host.changes(),
            self.by_network.changes(),
            self.by_pair.changes(),
            self.by_failing_host.changes(),
            self.failures.changes(),
        ];
        let service = self.by_service.iter().flat_map(Buckets::changes);
        let windows = self.windows().into_iter().flat_map(Windows::changes);
        buckets
            .into_iter()
            .flatten()
            .chain(service)
            .chain(windows)
            .chain(self.sent_back.changes())
            .collect()
    }
}

impl Counters {
    /// Before a password goes to Okta, or another factor comes first. A password that may go is under way until
    /// [`sign_in_failed`](Self::sign_in_failed) or [`sign_in_passed`](Self::sign_in_passed) says how it ended.
    pub(super) fn check_sign_in(
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
    pub(super) fn sign_in_failed(&self, account: &AccountKey, factor: Factor, address: IpAddr) {
        self.failures.failed(account, factor);
        if account.is_anybody() {
            self.by_failing_host.ask(&host_of(address), Mode::Take);
        }
    }

    /// Okta answered a password or a code with something else than that it is wrong, or did not answer.
    pub(super) fn sign_in_passed(&self, account: &AccountKey, factor: Factor) {
        self.failures.passed(account, factor);
    }

    /// A sign-in was completed with these factors: what was counted against them, and against this visitor, is forgotten.
    /// Sends are not, since they cost money.
    pub(super) fn sign_in_succeeded(
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

    /// Before Okta is asked something for which no name was given.
    pub(super) fn check_address(&self, address: IpAddr) -> Result<(), Throttled> {
        let (host, network) = (host_of(address), network_of(address));
        pass(&[
            ("address", &|mode| self.by_host.ask(&host, mode)),
            ("network", &|mode| {
                network.map_or(Duration::ZERO, |net| self.by_network.ask(&net, mode))
            }),
        ])
    }

    /// Before a typed code goes to Okta. Its end is told like that of a password.
    pub(super) fn check_code(&self, account: &AccountKey, factor: Factor) -> Result<(), Throttled> {
        pass(&[
            ("failures", &|mode| self.failures.ask(account, factor, mode)),
            ("code", &|mode| self.codes.ask(account, mode)),
        ])
    }

    /// Before Okta is asked to send a text, a call or an email.
    pub(super) fn check_send(&self, account: &AccountKey) -> Result<(), Throttled> {
        let who = account.of_anybody();
        pass(&[("send", &|mode| self.sends.ask(&who, mode))])
    }

    /// Before Okta is asked to send a push; Okta itself sets no limit to pushes that are denied (SEC-134).
    pub(super) fn check_push(&self, account: &AccountKey) -> Result<(), Throttled> {
        let who = account.of_anybody();
        pass(&[
            ("push", &|mode| self.pushes.ask(&who, mode)),
            ("push", &|mode| self.unanswered_pushes.ask(&who, mode)),
        ])
    }

    /// Before somebody who is signed in is sent back to the portal that has just sent them here.
    pub(super) fn check_sent_back(&self, way: &WayKey) -> Result<(), Throttled> {
        pass(&[("sent_back", &|mode| self.sent_back.ask(way, mode))])
    }

    /// Forgets what is counted against an account, as an operator wishes. Waits of known devices and of addresses go on.
    pub(super) fn reset(&self, account: &AccountKey) {
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
    pub(super) fn sweep(&self) {
        self.by_account.sweep();
        self.by_host.sweep();
        self.by_network.sweep();
        self.by_pair.sweep();
        self.by_failing_host.sweep();
        self.failures.sweep();
        for windows in self.windows() {
            windows.sweep();
        }
        self.sent_back.sweep();
    }
}

impl Counters {
    fn windows(&self) -> [&Windows<AccountKey>; 4] {
        [
            &self.codes,
            &self.sends,
            &self.pushes,
            &self.unanswered_pushes,
        ]
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
