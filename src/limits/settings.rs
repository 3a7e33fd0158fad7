//! The settings of the limits: those of the operator (`[limits]`, which has the defaults), and fixed ones.

use std::num::NonZeroU32;
use std::time::Duration;

/// `burst` at once, then one per `every`.
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

    /// This rate, multiplied by `number`: both the burst and the rate after it.
    #[must_use]
    pub fn times(self, number: NonZeroU32) -> Self {
        Self {
            burst: self.burst.saturating_mul(number),
            every: self.every / number.get(),
        }
    }
}

/// At most `most` in any period of length `within`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    pub most: NonZeroU32,
    pub within: Duration,
}

impl Allowance {
    /// `most` below one counts as one.
    pub const fn new(most: u32, within: Duration) -> Self {
        let most = match NonZeroU32::new(most) {
            Some(most) => most,
            None => NonZeroU32::MIN,
        };
        Self { most, within }
    }
}

/// The two parts of an allowance (0024).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Split {
    /// For known browsers, and for those in which another factor was just proved, together.
    pub proven: Allowance,
    /// For everybody else.
    pub strangers: Allowance,
}

/// The consequences of consecutive failures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FailureRules {
    /// This many failures before the first wait.
    pub free: u32,
    /// The first wait; each further failure doubles it.
    pub first_wait: Duration,
    pub longest_wait: Duration,
    /// Failures after which strangers may not try a password any more until a right one: two below Okta's lock-out
    /// threshold.
    pub outside_most: u32,
    /// How long strangers wait before the last of them, and between tries at a code from there on.
    pub hold: Duration,
    /// Failures of one factor after which nobody may try it any more (NIST SP 800-63B-4, 3.2.2).
    pub most: u32,
    /// An account that has not been tried for this long is forgotten.
    pub remembered: Duration,
    /// After this time Okta has answered a try, or never will.
    pub longest_call: Duration,
}

/// How many times the failures of one address its network may have. It grows more slowly than the network does: an
/// attacker with sixty /64s of one /48 gets four times the failures of one /64, not sixty times.
pub(super) const NETWORK_FAILURES: NonZeroU32 = NonZeroU32::MIN.saturating_add(3);

/// The same for the wider network, as a last line of defence: large providers share it among many customers.
pub(super) const WIDE_FAILURES: NonZeroU32 = NonZeroU32::MIN.saturating_add(15);

/// After its burst, an address may have one failed try per this time.
pub const FAILURE_PERIOD: Duration = Duration::from_secs(10);

/// Tries from one IPv6 /48.
pub const NETWORK_TRIES: Rate = Rate::new(40, Duration::from_millis(500));

/// Pushes to one account since the last that led to a sign-in: for strangers, and for visitors who have proved
/// something.
pub(super) const UNANSWERED_PUSHES: Split = {
    let five_a_day = Allowance::new(5, Duration::from_hours(24));
    Split {
        proven: five_a_day,
        strangers: five_a_day,
    }
};

/// How often one session is sent back to one URL of the portal automatically: one more is a redirect loop, which is
/// reported instead of repeated. If the return state is as old as this, a customer has opened an old page again.
pub const SENT_BACK: Allowance = Allowance::new(2, Duration::from_secs(30));

/// Reports of browsers from one network: an IPv4 /24 or an IPv6 /48.
pub(super) const REPORTS: Rate = Rate::new(20, Duration::from_secs(10));

/// Entries per table; a full one takes about ten megabytes.
pub const MOST_KEYS: usize = 65_536;

/// The settings of [`Limits`](super::Limits).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LimitSettings {
    /// Tries with one factor on one account (from one known device, or from everywhere else).
    pub account: Rate,
    /// Tries from one IPv4 address or IPv6 /64.
    pub address: Rate,
    /// Tries from one IPv6 /48: [`NETWORK_TRIES`].
    pub network: Rate,
    /// Tries with one factor on one account from one address.
    pub pair: Rate,
    /// Failed tries from one IPv4 address or IPv6 /64, whatever the accounts. The network around it, /24 or /48, may
    /// have `NETWORK_FAILURES` times as many, and the one around that, /16 or /32, `WIDE_FAILURES` times as many.
    pub address_failures: Rate,
    /// Tries from all browsers without a known device: 80 % of the Okta org's rate limit, if the operator knows it.
    pub service: Option<Rate>,
    pub failures: FailureRules,
    /// Codes typed for one account (from one known device, from everywhere else, or after another factor).
    pub codes: Allowance,
    /// Texts, calls and emails for one account.
    pub sends: Split,
    /// Texts, calls and emails in an hour, by all visitors.
    pub sends_in_all: Option<NonZeroU32>,
    /// The same for one network: an IPv4 /24 or an IPv6 /48.
    pub sends_per_network: Option<NonZeroU32>,
    /// Pushes to one account.
    pub pushes: Split,
    /// Entries per table: [`MOST_KEYS`].
    pub most_keys: usize,
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
