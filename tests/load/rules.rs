//! What access rules cost: a check of a service that has a few, and of one that has very many, where the last one fits.

use std::fmt::{self, Display};
use std::time::Duration;

use crate::parts::org;
use crate::process::Service;
use crate::run::ready;
use crate::traffic::{Load, ratio, rounds};
use crate::visitor::{Visitor, client};

const FEW: usize = 10;
const MANY: usize = 2_000;

/// Processor time of one request.
#[derive(Debug)]
pub(crate) struct Report {
    few: Duration,
    many: Duration,
}

/// Measures rounds of this many requests.
pub(crate) async fn run(requests: usize) -> Report {
    let (okta, visitors) = (org(2), client());
    let mut services = [FEW, MANY].map(|count| Service::start_with_rules(okta.port, &rules(count)));
    let mut cookies = Vec::new();
    for (number, service) in (0..).zip(&mut services) {
        ready(&visitors, service).await;
        let form = Visitor::new(&visitors, service.port, number).opens().await;
        cookies.push(form.signs_in_for_good().await);
    }
    let loads = [0, 1].map(|at| {
        let service = &services[at];
        Load::passes(&service.process, service.port, &cookies[at..=at])
    });
    for load in &loads {
        load.warms_up(requests).await;
    }
    let [few, many] = rounds(requests, &loads).await;
    Report { few, many }
}

/// This many rules of several kinds, in one line. The last is for the path that is asked about.
fn rules(count: usize) -> String {
    let rule = |number: usize| match number % 4 {
        _ if number + 1 == count => r#"{path="/orders",require="signed_in"}"#.to_owned(),
        0 => format!(r#"{{path="/{number}/*/edit",groups=["staff"]}}"#),
        1 => format!(r#"{{path="/orders/{number}",require="nobody"}}"#),
        2 => format!(r#"{{path="/a/{number}",methods=["PUT"],require="public"}}"#),
        _ => format!(r#"{{path="/a/{number}",exact=true,require="public"}}"#),
    };
    let rules: Vec<String> = (0..count).map(rule).collect();
    format!("[{}]", rules.join(","))
}

impl Report {
    /// The limit for a full-size run.
    pub(crate) fn keeps(&self, most: f64) {
        let ratio = ratio(self.many, self.few);
        assert!(ratio <= most, "{MANY} rules to {FEW}: {ratio:.2}, {most} at most");
    }
}

impl Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = format!("a check with {MANY} rules, ratio to {FEW}");
        let ratio = ratio(self.many, self.few);
        writeln!(f, "{name:<44} {ratio:.2} ({:.2?} to {:.2?})", self.many, self.few)
    }
}
