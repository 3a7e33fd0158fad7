//! What one poll costs a program that does nothing else.

use std::time::Duration;

use crate::parts::pass_through::OKTA;
use crate::parts::{ACCOUNTS, INTERVAL};
use crate::process::Part;
use crate::run::{Calls, Plan};

/// Such a program, with as many pushes as the service and at its pace, in front of an org of its own.
pub(crate) struct BarePolls {
    okta: Part,
    client: Part,
}

/// Processor time so far, and the polls in it.
pub(crate) struct Polls {
    cpu: Duration,
    count: u64,
}

impl BarePolls {
    pub(crate) fn start(plan: &Plan, pushes: u64) -> Self {
        let interval = (INTERVAL, plan.interval.as_secs().to_string());
        let accounts = (ACCOUNTS, pushes.to_string());
        let okta = Part::start("simulator", &[accounts.clone(), interval.clone()]);
        let mut client = Part::start("poller::client", &[(OKTA, okta.port.to_string()), accounts, interval]);
        assert_eq!(client.answer(), "all");
        Self { okta, client }
    }

    pub(crate) fn so_far(&mut self) -> Polls {
        Polls::new(self.client.process.cpu(), Calls::of(&mut self.okta).tokens)
    }
}

impl Polls {
    pub(crate) fn new(cpu: Duration, count: u64) -> Self {
        Self { cpu, count }
    }

    /// The processor time of a poll since then.
    pub(crate) fn each_since(&self, then: &Self) -> Duration {
        let count = u32::try_from(self.count - then.count).expect("polls of a test");
        self.cpu.saturating_sub(then.cpu) / count.max(1)
    }
}
