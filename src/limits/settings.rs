//! The numbers, with their defaults.

use std::num::{NonZeroU8, NonZeroU32};
use std::time::Duration;

/// So many at once, then one per `every`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    pub burst: NonZeroU32,
    pub every: Duration,
}

impl Rate {
    /// `burst` below one counts as one: a limit that lets nothing through is an outage.
    pub const fn new(burst: u32, every: Duration) -> Self {
        let burst = match NonZeroU32::new(burst) {
            Some(burst) => burst,
            None => NonZeroU32::MIN,
        };
        Self { burst, every }
    }
}

/// At most so many in any stretch of time this long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    pub most: NonZeroU8,
    pub within: Duration,
}

impl Allowance {
    /// `most` below one counts as one.
    pub const fn new(most: u8, within: Duration) -> Self {
        let most = match NonZeroU8::new(most) {
            Some(most) => most,
            None => NonZeroU8::MIN,
        };
        Self { most, within }
    }
}

/// What failures in a row lead to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FailureRules {
    /// This many failures before the first wait.
    pub free: u32,
    /// The first wait; each further failure doubles it.
    pub first_wait: Duration,
    pub longest_wait: Duration,
    /// Failures after which strangers may not try a password any more until one was right: two below Okta's lock-out
    /// threshold.
    pub outside_most: u32,
    /// What strangers wait before the last of them, and between tries at a code from there on.
    pub hold: Duration,
    /// Failures of one factor after which nobody may try it any more (NIST SP 800-63B-4, 3.2.2).
    pub most: u32,
    /// An account that nobody has tried for so long is forgotten.
    pub remembered: Duration,
    /// Okta has answered a try by then, or it never will.
    pub longest_call: Duration,
}

/// Every number of [`Limits`](super::Limits).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LimitSettings {
    /// Tries with one factor on one account (from one known device, or from everywhere else).
    pub account: Rate,
    /// Tries from one IPv4 address or IPv6 /64.
    pub address: Rate,
    /// Tries from one IPv6 /48.
    pub network: Rate,
    /// Tries with one factor on one account from one address.
    pub pair: Rate,
    /// Failed tries from one IPv4 address or IPv6 /64, whatever the accounts.
    pub address_failures: Rate,
    /// Tries of everyone without a known device: 80 % of what the Okta org allows, when the operator knows it.
    pub service: Option<Rate>,
    pub failures: FailureRules,
    /// Codes typed for one account (from one known device, from everywhere else, or after another factor).
    pub codes: Allowance,
    /// Texts, calls and emails for one account.
    pub sends: Allowance,
    /// Pushes to one account.
    pub pushes: Allowance,
    /// Pushes to one account since the last that led to a sign-in.
    pub unanswered_pushes: Allowance,
    /// How often one session is sent back to one address of the portal by itself.
    pub sent_back: Allowance,
    /// Entries per table; a full one takes about ten megabytes.
    pub most_keys: usize,
}

impl Default for LimitSettings {
    fn default() -> Self {
        let every_30_s = Rate::new(5, Duration::from_secs(30));
        let hour = Duration::from_hours(1);
        Self {
            account: every_30_s,
            address: Rate::new(10, Duration::from_secs(2)),
            network: Rate::new(40, Duration::from_millis(500)),
            pair: every_30_s,
            address_failures: Rate::new(20, Duration::from_secs(10)),
            service: None,
            failures: FailureRules::default(),
            codes: Allowance::new(10, hour),
            sends: Allowance::new(5, hour),
            pushes: Allowance::new(3, Duration::from_mins(10)),
            unanswered_pushes: Allowance::new(5, Duration::from_hours(24)),
            sent_back: Allowance::new(2, Duration::from_secs(30)),
            most_keys: 65_536,
        }
    }
}

impl FailureRules {
    /// The rules that keep strangers two failures below Okta's lock-out threshold.
    pub fn below(okta_lockout_threshold: u32) -> Self {
        let outside_most = okta_lockout_threshold.saturating_sub(2).max(2);
        Self {
            free: (outside_most - 1).min(5),
            first_wait: Duration::from_secs(30),
            longest_wait: Duration::from_hours(1),
            outside_most,
            hold: Duration::from_hours(24),
            most: 100,
            remembered: Duration::from_hours(365 * 24),
            longest_call: Duration::from_secs(15),
        }
    }
}

impl Default for FailureRules {
    fn default() -> Self {
        Self::below(10)
    }
}
