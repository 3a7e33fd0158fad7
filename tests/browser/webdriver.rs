//! What the tests ask of chromedriver, in the words of the WebDriver protocol.

use std::fmt;
use std::time::Duration;

use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::{Value, json};

/// Longer than any command takes, page loads and waiting scripts included.
const PATIENCE: Duration = Duration::from_mins(2);

/// How long a page may load and a script may run, in milliseconds.
const MOST_MS: u32 = 60_000;

/// The member under which the protocol hands out an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// Keys that are no letters, as the protocol writes them.
pub(crate) const TAB: char = '\u{e004}';
pub(crate) const ENTER: char = '\u{e007}';
pub(crate) const ESCAPE: char = '\u{e00c}';

/// Why a command was refused, or how it went astray.
#[derive(Debug, Deserialize)]
pub(crate) struct Failure {
    error: String,
    message: String,
}

impl Failure {
    /// Whether nothing was done, because the element is gone or cannot be used yet.
    pub(crate) fn was_not_reached(&self) -> bool {
        let reasons = [
            "stale element reference",
            "no such element",
            "element not interactable",
            "element click intercepted",
        ];
        reasons.contains(&self.error.as_str())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.error, self.message)
    }
}

impl From<reqwest::Error> for Failure {
    fn from(error: reqwest::Error) -> Self {
        Self {
            error: "no answer".to_owned(),
            message: error.to_string(),
        }
    }
}

/// What came of a command.
pub(crate) type Outcome<T> = Result<T, Failure>;

/// How an element is looked up.
#[derive(Debug, Clone)]
pub(crate) enum By {
    Css(String),
    XPath(String),
}

/// A tab or window.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub(crate) struct Window(String);

/// A session, over connections of one test.
#[derive(Debug)]
pub(crate) struct Driver {
    client: reqwest::Client,
    address: String,
}

/// Begins a session at the chromedriver of this address, and gives the session's own.
pub(crate) async fn begin(chromedriver: &str, mut capabilities: Value) -> Outcome<String> {
    capabilities["timeouts"] = json!({"script": MOST_MS, "pageLoad": MOST_MS});
    let sessions = Driver::at(format!("{chromedriver}/session"));
    let begun: Value = sessions
        .posts("", &json!({"capabilities": {"alwaysMatch": capabilities}}))
        .await?;
    let id = begun["sessionId"].as_str().unwrap();
    Ok(format!("{}/{id}", sessions.address))
}

impl Driver {
    /// The session of this address.
    pub(crate) fn at(address: String) -> Self {
        let client = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build();
        Self {
            client: client.unwrap(),
            address,
        }
    }

    pub(crate) async fn goto(&self, url: &str) -> Outcome<()> {
        self.posts("/url", &json!({"url": url})).await
    }

    pub(crate) async fn back(&self) -> Outcome<()> {
        self.posts("/back", &json!({})).await
    }

    pub(crate) async fn forward(&self) -> Outcome<()> {
        self.posts("/forward", &json!({})).await
    }

    pub(crate) async fn refresh(&self) -> Outcome<()> {
        self.posts("/refresh", &json!({})).await
    }

    pub(crate) async fn current_url(&self) -> Outcome<String> {
        self.gets("/url").await
    }

    pub(crate) async fn title(&self) -> Outcome<String> {
        self.gets("/title").await
    }

    pub(crate) async fn source(&self) -> Outcome<String> {
        self.gets("/source").await
    }

    pub(crate) async fn delete_all_cookies(&self) -> Outcome<()> {
        self.sends(reqwest::Method::DELETE, "/cookie", None).await
    }

    pub(crate) async fn window(&self) -> Outcome<Window> {
        self.gets("/window").await
    }

    pub(crate) async fn windows(&self) -> Outcome<Vec<Window>> {
        self.gets("/window/handles").await
    }

    pub(crate) async fn new_tab(&self) -> Outcome<Window> {
        self.opens("tab").await
    }

    pub(crate) async fn new_window(&self) -> Outcome<Window> {
        self.opens("window").await
    }

    pub(crate) async fn switch_to_window(&self, Window(handle): &Window) -> Outcome<()> {
        self.posts("/window", &json!({"handle": handle})).await
    }

    /// Closes the window that is in front.
    pub(crate) async fn close_window(&self) -> Outcome<()> {
        let left: Outcome<IgnoredAny> = self.sends(reqwest::Method::DELETE, "/window", None).await;
        left.map(drop)
    }

    /// Puts the window in a corner, in this size.
    pub(crate) async fn set_window_size(&self, width: u32, height: u32) -> Outcome<()> {
        let place = json!({"x": 0, "y": 0, "width": width, "height": height});
        let placed: Outcome<IgnoredAny> = self.posts("/window/rect", &place).await;
        placed.map(drop)
    }

    /// Runs a script in the page.
    pub(crate) async fn execute(&self, script: &str, arguments: &[Value]) -> Outcome<Value> {
        self.posts("/execute/sync", &json!({"script": script, "args": arguments}))
            .await
    }

    /// The same for a script that calls its last argument when it is done.
    pub(crate) async fn execute_async(&self, script: &str, arguments: &[Value]) -> Outcome<Value> {
        self.posts("/execute/async", &json!({"script": script, "args": arguments}))
            .await
    }

    /// A command of the Chrome DevTools Protocol to the current page.
    pub(crate) async fn devtools(&self, command: &str, parameters: &Value) -> Outcome<Value> {
        self.posts("/goog/cdp/execute", &json!({"cmd": command, "params": parameters}))
            .await
    }

    /// The lines of one of chromedriver's logs since the last call.
    pub(crate) async fn log<T: DeserializeOwned>(&self, kind: &str) -> Outcome<Vec<T>> {
        self.posts("/se/log", &json!({"type": kind})).await
    }

    /// Presses and lets go one key after the other, wherever the focus is.
    pub(crate) async fn press(&self, keys: &str) -> Outcome<()> {
        let strokes: Vec<_> = keys
            .chars()
            .flat_map(|key| ["keyDown", "keyUp"].map(|way| json!({"type": way, "value": key})))
            .collect();
        let keyboard = json!({"type": "key", "id": "keyboard", "actions": strokes});
        self.posts("/actions", &json!({"actions": [keyboard]})).await
    }

    /// The first such element of the page.
    pub(crate) async fn find(&self, by: &By) -> Outcome<Element<'_>> {
        let (using, value) = match by {
            By::Css(selector) => ("css selector", selector),
            By::XPath(path) => ("xpath", path),
        };
        let found: Value = self.posts("/element", &json!({"using": using, "value": value})).await?;
        Ok(self.element(&found))
    }

    /// The element that a script has given.
    pub(crate) fn element(&self, found: &Value) -> Element<'_> {
        Element {
            driver: self,
            path: format!("/element/{}", found[ELEMENT].as_str().unwrap()),
        }
    }

    /// The first element of this selector.
    pub(crate) async fn find_css(&self, selector: &str) -> Outcome<Element<'_>> {
        self.find(&By::Css(selector.to_owned())).await
    }

    async fn opens(&self, kind: &str) -> Outcome<Window> {
        let opened: Value = self.posts("/window/new", &json!({"type": kind})).await?;
        Ok(Window(opened["handle"].as_str().unwrap().to_owned()))
    }

    async fn gets<T: DeserializeOwned>(&self, path: &str) -> Outcome<T> {
        self.sends(reqwest::Method::GET, path, None).await
    }

    async fn posts<T: DeserializeOwned>(&self, path: &str, body: &Value) -> Outcome<T> {
        self.sends(reqwest::Method::POST, path, Some(body)).await
    }

    async fn sends<T: DeserializeOwned>(
        &self,
        method: reqwest::Method,
        path: &str,
        body: Option<&Value>,
    ) -> Outcome<T> {
        #[derive(Deserialize)]
        struct Answer<T> {
            value: T,
        }
        let mut asking = self.client.request(method, format!("{}{path}", self.address));
        if let Some(body) = body {
            asking = asking.json(body);
        }
        let answer = asking.send().await?;
        if answer.status().is_success() {
            Ok(answer.json::<Answer<T>>().await?.value)
        } else {
            Err(answer.json::<Answer<Failure>>().await?.value)
        }
    }
}

/// An element of the page that was shown when it was looked up.
#[derive(Debug)]
pub(crate) struct Element<'a> {
    driver: &'a Driver,
    path: String,
}

impl Element<'_> {
    pub(crate) async fn click(&self) -> Outcome<()> {
        self.does("click", &json!({})).await
    }

    pub(crate) async fn clear(&self) -> Outcome<()> {
        self.does("clear", &json!({})).await
    }

    pub(crate) async fn send_keys(&self, text: &str) -> Outcome<()> {
        self.does("value", &json!({"text": text})).await
    }

    /// Its visible text.
    pub(crate) async fn text(&self) -> Outcome<String> {
        self.tells("text").await
    }

    pub(crate) async fn tag_name(&self) -> Outcome<String> {
        self.tells("name").await
    }

    pub(crate) async fn is_displayed(&self) -> Outcome<bool> {
        self.tells("displayed").await
    }

    async fn does(&self, what: &str, parameters: &Value) -> Outcome<()> {
        self.driver.posts(&format!("{}/{what}", self.path), parameters).await
    }

    async fn tells<T: DeserializeOwned>(&self, what: &str) -> Outcome<T> {
        self.driver.gets(&format!("{}/{what}", self.path)).await
    }
}
