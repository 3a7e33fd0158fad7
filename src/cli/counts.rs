//! What the limits count, as the private port says it, in sentences.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::moments::{ahead, length_of};
use super::terminal::counted;

/// What is counted against an account.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct CountedTries {
    factors: Vec<FactorCount>,
    allowances: Vec<Allowance>,
}

#[derive(Debug, Deserialize, Serialize)]
struct FactorCount {
    factor: String,
    failures: usize,
    hold: Option<Hold>,
}

#[derive(Debug, Deserialize, Serialize)]
struct Allowance {
    what: String,
    of: String,
    used: u64,
    most: u64,
    within_s: u64,
    until: Option<Timestamp>,
}

#[derive(Debug, Deserialize, Serialize)]
struct Hold {
    limit: String,
    until: Option<Timestamp>,
}

/// A network whose browsers have to wait.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Network {
    pub(super) network: String,
    #[serde(flatten)]
    hold: Hold,
}

impl CountedTries {
    /// One sentence for each thing that holds the customer back.
    pub(super) fn holds(&self, now: Timestamp) -> Vec<String> {
        let factors = self.factors.iter().filter_map(|factor| factor.hold(now));
        let spent = self.allowances.iter().filter_map(|allowance| allowance.hold(now));
        factors.chain(spent).collect()
    }

    /// One sentence for each thing that is counted and does not hold the customer back yet.
    pub(super) fn others(&self) -> Vec<String> {
        let factors = self.factors.iter().filter(|factor| factor.hold.is_none());
        let factors = factors.map(|factor| format!("{} in a row, no wait yet", factor.failed()));
        let spent = self.allowances.iter().filter(|allowance| allowance.until.is_none());
        factors.chain(spent.map(Allowance::spent)).collect()
    }
}

impl FactorCount {
    fn hold(&self, now: Timestamp) -> Option<String> {
        let hold = self.hold.as_ref()?;
        Some(match (hold.until, hold.limit.as_str()) {
            (None, _) => format!("Locked ({}) after {}: time does not end it", self.factor, self.failed()),
            (Some(until), "account") => {
                let until = ahead(until, now);
                let tries = match self.failures {
                    0 => String::new(),
                    _ => format!(", {} among them", self.failed()),
                };
                format!(
                    "Held until {until} ({}): too many tries in a short time{tries}",
                    self.factor
                )
            }
            (Some(until), _) if self.failures == 0 => {
                let until = ahead(until, now);
                format!("Held until {until} ({}): a try is in progress", self.factor)
            }
            (Some(until), _) => format!("Held until {} after {}", ahead(until, now), self.failed()),
        })
    }

    /// "5 wrong passwords".
    fn failed(&self) -> String {
        match self.factor.as_str() {
            "password" => counted(self.failures, "wrong password", "wrong passwords"),
            factor => {
                let failures = counted(self.failures, "wrong code", "wrong codes");
                format!("{failures} ({factor})")
            }
        }
    }
}

impl Allowance {
    fn hold(&self, now: Timestamp) -> Option<String> {
        Some(format!("{}; the next at {}", self.spent(), ahead(self.until?, now)))
    }

    /// "3 of 4 codes sent in 1 hour (browsers that the account does not know)".
    fn spent(&self) -> String {
        let what = match self.what.as_str() {
            "codes" => "codes typed",
            "sends" => "codes sent",
            "pushes" => "pushes sent",
            "unanswered_pushes" => "pushes not approved",
            other => other,
        };
        let of = match self.of.as_str() {
            "proven" => "after another factor, or in known browsers",
            _ => "in other browsers",
        };
        let within = length_of(self.within_s);
        format!("{} of {} {what} within {within} ({of})", self.used, self.most)
    }
}

impl Network {
    /// "Held until …: browsers in 192.0.2.0/24 that the account does not know, after …".
    pub(super) fn hold(&self, now: Timestamp) -> String {
        let why = match self.hold.limit.as_str() {
            "network" => "too many tries from there",
            _ => "too many failures from there or from the networks around it, whatever the names",
        };
        let until = self
            .hold
            .until
            .map_or_else(|| "further notice".to_owned(), |until| ahead(until, now));
        format!(
            "Held until {until}: browsers in {} that the account does not know; {why}",
            self.network
        )
    }
}
