//! The complaints of the browser, and the requests that it sent.

use serde::Deserialize;
use serde_json::Value;

use crate::webdriver::Driver;

/// A line of the console.
#[derive(Debug, Deserialize)]
pub(crate) struct Line {
    level: String,
    message: String,
}

/// A request that a page made.
#[derive(Debug, Clone)]
pub(crate) struct SentRequest {
    pub(crate) method: String,
    pub(crate) url: String,
    /// The body of a form.
    pub(crate) body: String,
    id: String,
}

/// One event of the network, as the Chrome DevTools Protocol has it.
#[derive(Debug)]
pub(crate) struct NetworkEvent {
    name: String,
    parameters: Value,
}

impl Line {
    /// Whether a test must fail for this: an error, or anything that a policy of ours blocked. `statuses` are failures
    /// that the test causes on purpose, which the console reports like any other.
    pub(crate) fn is_a_complaint(&self, statuses: &[u16]) -> bool {
        let is_meant = statuses.iter().any(|status| {
            self.message.contains(&format!(
                " - Failed to load resource: the server responded with a status of {status} "
            ))
        });
        let is_policy = self.message.contains("Policy") || self.message.contains("Trusted");
        !is_meant && (self.level == "SEVERE" || is_policy)
    }
}

impl std::fmt::Display for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.level, self.message)
    }
}

/// The lines since the last call.
pub(crate) async fn lines(driver: &Driver) -> Vec<Line> {
    driver.log("browser").await.unwrap()
}

/// The network's events since the last call.
pub(crate) async fn events(driver: &Driver) -> Vec<NetworkEvent> {
    let lines: Vec<Line> = driver.log("performance").await.unwrap();
    let events = lines.into_iter().filter_map(|line| {
        let event: Value = serde_json::from_str(&line.message).ok()?;
        let event = event.get("message")?;
        Some(NetworkEvent {
            name: event.get("method")?.as_str()?.to_owned(),
            parameters: event.get("params")?.clone(),
        })
    });
    events.collect()
}

/// The requests among them that left the browser: not its own first page, nor data addresses.
pub(crate) fn requests(events: &[NetworkEvent]) -> Vec<SentRequest> {
    let sent = events.iter().filter(|event| event.name == "Network.requestWillBeSent");
    let asked = sent.filter_map(|event| {
        let request = event.parameters.get("request")?;
        Some(SentRequest {
            method: request.get("method")?.as_str()?.to_owned(),
            url: request.get("url")?.as_str()?.to_owned(),
            body: request
                .get("postData")
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned(),
            id: event.parameters.get("requestId")?.as_str()?.to_owned(),
        })
    });
    let own = ["data:", "chrome:"];
    asked
        .filter(|asked| !own.iter().any(|scheme| asked.url.starts_with(scheme)))
        .collect()
}

/// How many bytes a request cost on the wire, headers included; `None` when it has not ended.
pub(crate) fn weight(events: &[NetworkEvent], asked: &SentRequest) -> Option<u64> {
    let ended = events.iter().find(|event| {
        let id = event.parameters.get("requestId").and_then(Value::as_str);
        event.name == "Network.loadingFinished" && id == Some(&asked.id)
    })?;
    // Written as a fraction, but Chromium counts whole bytes.
    let bytes = ended.parameters.get("encodedDataLength")?;
    bytes
        .as_u64()
        .or_else(|| format!("{:.0}", bytes.as_f64()?).parse().ok())
}
