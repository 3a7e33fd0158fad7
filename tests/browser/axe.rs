//! axe-core in the page that is shown.

use serde::Deserialize;
use serde_json::json;

use crate::customer::Customer;

/// The rules: all of WCAG A and AA up to 2.2, and what axe calls good practice.
const RUN: &str = "const done = arguments[arguments.length - 1];
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
    axe.run(document, {runOnly: tags, preload: false, resultTypes: ['violations']}).then(
        ({violations}) => done(violations.flatMap(({id, nodes}) =>
            nodes.map(({target, failureSummary}) => ({rule: id, where: target.join(' '), why: failureSummary})))),
        (error) => done([{rule: 'axe itself', where: '', why: String(error)}]));";

/// A violation that axe found.
#[derive(Debug, Deserialize)]
pub(crate) struct Violation {
    rule: String,
    r#where: String,
    why: String,
}

impl std::fmt::Display for Violation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let why = self.why.split_whitespace().collect::<Vec<_>>().join(" ");
        write!(f, "{} at {}: {why}", self.rule, self.r#where)
    }
}

/// Loads axe into every page from now on, past the page's own policy.
pub(crate) async fn comes_along(customer: &Customer, source: &str) {
    let command = "Page.addScriptToEvaluateOnNewDocument";
    customer.browser.devtools(command, json!({"source": source})).await;
}

/// The violations in the page as it is now.
pub(crate) async fn violations(customer: &Customer) -> Vec<Violation> {
    let run = customer.browser.driver.execute_async(RUN, &[]).await;
    serde_json::from_value(run.unwrap()).unwrap()
}
