//! What is counted against an account or a network, for an operator who only looks: looking is no try.

use std::net::IpAddr;
use std::time::Duration;

use super::counters::Counters;
use super::keys::{AccountKey, levels_of};
use super::mode::Mode;
use super::throttled::NEVER;
use crate::domain::factor::Factor;

/// What is counted against an account in browsers that it has not signed in with before. Known browsers have counts of
/// their own, which nobody can look up without the browser.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccountCounts {
    /// The factors with failures in a row, or that have to wait.
    pub factors: Vec<FactorCount>,
    /// The allowances of which something is spent.
    pub spent: Vec<Spent>,
}

/// A factor of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FactorCount {
    pub factor: Factor,
    /// Failures in a row.
    pub failures: u32,
    /// What holds the next try back.
    pub hold: Option<LimitHold>,
}

/// A wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LimitHold {
    /// The limit that causes it, as the metric and the log call it.
    pub limit: &'static str,
    /// How long it lasts; `None` if time does not end it.
    pub wait: Option<Duration>,
}

/// An allowance of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spent {
    /// What is counted: `codes`, `sends`, `pushes` or `unanswered_pushes`.
    pub what: &'static str,
    /// Whether it is the allowance of visitors who have proved something.
    pub is_proven: bool,
    pub used: usize,
    pub most: u32,
    pub within: Duration,
    /// If all is spent: how long until the next one.
    pub wait: Duration,
}

impl AccountCounts {
    /// Whether nothing is counted.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether a try with some factor has to wait now.
    pub fn is_held(&self) -> bool {
        self.factors.iter().any(|factor| factor.hold.is_some()) || self.spent.iter().any(|spent| !spent.wait.is_zero())
    }
}

impl LimitHold {
    fn of(limit: &'static str, wait: Duration) -> Option<Self> {
        (!wait.is_zero()).then_some(Self {
            limit,
            wait: (wait != NEVER).then_some(wait),
        })
    }
}

impl Counters {
    /// What is counted against an account. Charges nothing.
    pub(super) fn look(&self, account: &AccountKey) -> AccountCounts {
        let who = account.of_anybody();
        let factor = |factor: Factor| {
            let (failures, wait) = self.failures.look(&who, factor);
            let tries = self.by_account.ask(&(who, factor), Mode::Look);
            let hold = match wait.max(tries) {
                wait if wait == NEVER => LimitHold::of("closed", wait),
                longest if longest == wait => LimitHold::of("failures", longest),
                longest => LimitHold::of("account", longest),
            };
            let is_counted = failures > 0 || hold.is_some();
            is_counted.then_some(FactorCount { factor, failures, hold })
        };
        let of_both = [who, who.confirmed()];
        let spent = of_both.iter().flat_map(|who| {
            let is_proven = !who.is_anybody();
            [
                ("codes", self.codes.look(who)),
                ("sends", self.sends.look(who)),
                ("pushes", self.pushes.look(who)),
                ("unanswered_pushes", self.unanswered_pushes.look(who)),
            ]
            .map(|(what, window)| {
                let window = window?;
                Some(Spent {
                    what,
                    is_proven,
                    used: window.used,
                    most: window.allowance.most.get(),
                    within: window.allowance.within,
                    wait: window.wait,
                })
            })
        });
        AccountCounts {
            factors: Factor::ALL.into_iter().filter_map(factor).collect(),
            spent: spent.flatten().collect(),
        }
    }

    /// What holds back browsers in this network, an IPv4 /24 or an IPv6 /48, that are unknown to the account. Charges
    /// nothing.
    pub(super) fn look_at_network(&self, network: IpAddr) -> Option<LimitHold> {
        let [_, failures, wide_failures] = &self.by_failing;
        let [_, network, wide] = levels_of(network);
        let tries = network.is_ipv6().then(|| self.by_network.ask(&network, Mode::Look));
        let waits = [
            ("network", tries.unwrap_or_default()),
            ("network_failures", failures.ask(&network, Mode::Look)),
            ("wide_failures", wide_failures.ask(&wide, Mode::Look)),
        ];
        let longest = waits.into_iter().max_by_key(|(_, wait)| *wait)?;
        LimitHold::of(longest.0, longest.1)
    }
}
