//! A customer on a page of the portal that has the companion: the actions of which these tests are composed.

use std::slice;
use std::time::Duration;

use serde_json::{Value, json};

use crate::chromium::Chromium;
use crate::customer::{Customer, PASSWORD};
use crate::ports::free_port;
use crate::programs::{self, Programs};
use crate::webdriver::{TAB, Window};
use crate::world::World;

pub(crate) const LOGIN: &str = "password@example.com";

/// A clock in the page that tests move, as they move the service's.
const CLOCK: &str = "{
    const { now } = Date, { setTimeout: wait, clearTimeout: give } = window, due = new Map();
    let ahead = 0;
    Date.now = () => now() + ahead;
    window.clearTimeout = (id) => (due.delete(id), give(id));
    window.setTimeout = (act, pause) => {
        const at = Date.now() + pause, run = () => (window.clearTimeout(id), act());
        const id = wait(run, pause);
        due.set(id, { at, run });
        return id;
    };
    window.isPlanned = () => due.size > 0;
    window.passes = (time) => {
        ahead += time;
        for (const { at, run } of [...due.values()]) if (at <= Date.now()) run();
    };
}";

/// Finds the companion's dialog where it is open.
pub(crate) const DIALOG: &str = "const dialog = [...document.documentElement.children].map(
    ({ shadowRoot }) => shadowRoot?.querySelector('dialog[open]')).find((dialog) => dialog); ";

/// How many answers the companion has had.
const ANSWERS: &str = "return performance.getEntriesByType('resource').filter(
    ({ name, responseEnd }) => name.endsWith('/auth/session') && responseEnd).length";

/// Sends a request as the portal's own scripts do, and keeps the result.
const ASK: &str = "window.came = null;
    fetch(arguments[0], arguments[1]).then(
        async (answer) => (window.came = [answer.status, await answer.text()]),
        (error) => (window.came = [String(error)]))";

impl Customer {
    /// Arrives where service and portal are one origin, signs in and opens the portal's page.
    pub(crate) async fn arrives_at_the_portal(settings: &[(&str, &str)]) -> Option<Self> {
        let programs = Programs::find()?;
        programs::haproxy()?;
        let browser = Chromium::start(&programs).await;
        let world = World::start_on_one_origin(settings).await;
        let customer = Self { browser, world };
        customer.brings(CLOCK).await;
        customer.gives_password(LOGIN).await;
        customer.waits_for_destination().await;
        customer.knows_the_session().await;
        Some(customer)
    }

    /// Runs a script before those of every page in this tab.
    pub(crate) async fn brings(&self, script: &str) {
        let command = "Page.addScriptToEvaluateOnNewDocument";
        let script = json!({"source": script});
        self.browser.devtools(command, script).await;
    }

    /// Waits until the companion knows the session, and so when to ask again.
    pub(crate) async fn knows_the_session(&self) {
        self.waits_until("a plan", "return window.isPlanned()").await;
    }

    /// Time passes for the service and in every tab.
    pub(crate) async fn time_passes(&self, by: Duration) {
        self.world.advance(by);
        let by = json!(u64::try_from(by.as_millis()).unwrap());
        let here = self.this_tab().await;
        for tab in self.browser.driver.windows().await.unwrap() {
            self.turns_to(&tab).await;
            let script = "window.passes?.(arguments[0])";
            self.evaluates(script, slice::from_ref(&by)).await;
        }
        self.turns_to(&here).await;
    }

    /// Waits until the dialog says this.
    pub(crate) async fn waits_for_dialog(&self, words: &str) {
        let script = format!("{DIALOG} return dialog?.innerText.includes({words:?}) ?? false");
        self.waits_until(words, &script).await;
    }

    /// Waits until there is no dialog.
    pub(crate) async fn waits_for_no_dialog(&self) {
        self.waits_until("no dialog", &format!("{DIALOG} return !dialog")).await;
    }

    /// Presses the button or link with this text in the dialog.
    pub(crate) async fn answers(&self, words: &str) {
        let script = format!(
            "{DIALOG} return [...dialog.querySelectorAll('a, button')].find(
                ({{ textContent }}) => textContent === {words:?})"
        );
        let found = self.browser.driver.execute(&script, &[]).await.unwrap();
        self.browser.driver.element(&found).click().await.unwrap();
    }

    /// Types a note into the portal's page, which must still be there in the end.
    pub(crate) async fn writes_a_note(&self) {
        self.types("note", "two boxes").await;
    }

    /// The note is still there, and so is the focus.
    pub(crate) async fn still_has_the_note(&self) {
        let script = "const note = document.querySelector('input');
            return note.value === 'two boxes' && document.activeElement === note";
        self.waits_until("the note", script).await;
    }

    pub(crate) async fn asks(&self, address: &str, how: Value) {
        self.evaluates(ASK, &[json!(address), how]).await;
    }

    /// The result of the request, once there is one.
    pub(crate) async fn hears(&self) -> Value {
        let driver = &self.browser.driver;
        self.waits("an answer", async || {
            let came = driver.execute("return window.came", &[]).await;
            came.ok().filter(Value::is_array)
        })
        .await
    }

    /// The session as the service sees it.
    pub(crate) async fn session(&self) -> Value {
        self.evaluates("return fetch('/auth/session').then((answer) => answer.json())", &[])
            .await
    }

    /// For how many seconds the session is still valid.
    pub(crate) async fn seconds_left(&self) -> i64 {
        let session = self.session().await;
        let [end, now] = ["idle_expires_at", "now"].map(|name| session[name].as_i64().unwrap());
        end - now
    }

    /// Presses Tab until the focus is on the control with this text in the dialog, where it can be seen.
    pub(crate) async fn tabs_on_to(&self, words: &str, focus: &str) {
        for _ in 0..5 {
            self.keys(TAB.to_string()).await;
            let at = self.evaluates(focus, &[]).await;
            if at[1] == words {
                assert_eq!(at[2], true, "no focus ring: {words}");
                return;
            }
        }
        panic!("Tab never came to {words}; {}", self.describes().await);
    }

    pub(crate) async fn tabs(&self) -> Vec<Window> {
        self.browser.driver.windows().await.unwrap()
    }

    pub(crate) async fn turns_to(&self, tab: &Window) {
        let turned = self.browser.driver.switch_to_window(tab);
        turned.await.unwrap();
    }

    /// The tab that is not `first`.
    pub(crate) async fn turns_to_the_other(&self, first: &Window) {
        let other = self
            .waits("another tab", async || {
                self.tabs().await.into_iter().find(|tab| tab != first)
            })
            .await;
        self.turns_to(&other).await;
    }

    pub(crate) async fn this_tab(&self) -> Window {
        self.browser.driver.window().await.unwrap()
    }

    /// Opens the portal's page in a second tab, and stays there.
    pub(crate) async fn opens_a_second_tab(&self) {
        let second = self.browser.driver.new_tab().await.unwrap();
        self.turns_to(&second).await;
        self.brings(CLOCK).await;
        self.goes_to(&self.world.destination()).await;
        self.knows_the_session().await;
    }

    pub(crate) async fn opens_the_german_page(&self) {
        let page = format!("{}/de/bestellungen", self.world.portal);
        self.goes_to(&page).await;
        self.knows_the_session().await;
    }

    /// Follows the dialog's link to the form, signs in there, in the tab that it opens, and comes back.
    pub(crate) async fn signs_in_beside(&self, link: &str) {
        let first = self.this_tab().await;
        self.answers(link).await;
        self.turns_to_the_other(&first).await;
        self.tries_password(LOGIN, PASSWORD).await;
        self.waits_for_destination().await;
        self.turns_to(&first).await;
    }

    /// Listens to the companion's events from now on.
    pub(crate) async fn listens(&self) {
        let script = "window.heard = [];
            for (const event of ['portico:extended', 'portico:expired'])
                document.addEventListener(event, ({ type }) => heard.push(type))";
        self.evaluates(script, &[]).await;
    }

    pub(crate) async fn assert_events(&self, events: &[&str]) {
        let heard = self.evaluates("return window.heard", &[]).await;
        assert_eq!(heard, json!(events));
    }

    /// How many answers the companion has had since the page was loaded.
    pub(crate) async fn answers_so_far(&self) -> u64 {
        self.evaluates(ANSWERS, &[]).await.as_u64().unwrap()
    }

    /// Waits for more answers than that.
    pub(crate) async fn gets_more_answers_than(&self, before: u64) {
        let driver = &self.browser.driver;
        self.waits("another answer", async || {
            let answers = driver.execute(ANSWERS, &[]).await.ok()?;
            (answers.as_u64()? > before).then_some(())
        })
        .await;
    }

    /// Makes the tab visible again, or hides it.
    pub(crate) async fn looks_at_the_tab(&self, is_seen: bool) {
        let script = "Object.defineProperty(document, 'hidden', { configurable: true, value: !arguments[0] });
            document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))";
        self.evaluates(script, &[json!(is_seen)]).await;
    }
}

/// The operator of the service.
#[derive(Debug)]
pub(crate) struct Operator {
    listen: String,
}

impl Operator {
    pub(crate) fn new() -> Self {
        let listen = format!("127.0.0.1:{}", free_port());
        Self { listen }
    }

    pub(crate) fn settings(&self) -> [(&str, &str); 1] {
        [("OPS__LISTEN", &self.listen)]
    }

    pub(crate) async fn ends_every_session(&self) {
        let address = format!("http://{}/admin/sessions?everyone=true", self.listen);
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let answer = client.delete(address).send().await.unwrap();
        assert!(answer.status().is_success(), "{answer:?}");
    }
}
