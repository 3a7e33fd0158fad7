//! What the service has told its visitors.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};

use tokio::sync::watch;

use crate::support::{ATTEMPT, Browser, Page, SESSION, client};

/// It grows while visitors come and go: what was said in earlier rounds must hold in later ones.
#[derive(Debug)]
pub(crate) struct Ledger {
    record: Mutex<Record>,
    /// Requests in this round.
    sent: watch::Sender<u32>,
}

#[derive(Debug, Default)]
struct Record {
    /// By login.
    sessions: BTreeMap<String, Session>,
    pushes: Vec<Push>,
    cut_off: Vec<Browser>,
    /// How many of `cut_off` were looked at before.
    looked_at: usize,
}

#[derive(Debug, Clone)]
struct Session {
    cookie: String,
    state: State,
}

/// A page that waits for a phone.
#[derive(Debug, Clone)]
struct Push {
    cookie: String,
    path: String,
    heading: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Live,
    /// The sign-out was sent: the session may live or not.
    Ending,
    Ended,
}

/// How much happened.
#[derive(Debug)]
pub(crate) struct Counts {
    pub(crate) live: usize,
    pub(crate) ended: usize,
    pub(crate) pushes: usize,
    pub(crate) cut_off: usize,
}

impl Default for Ledger {
    fn default() -> Self {
        Self {
            record: Mutex::default(),
            sent: watch::Sender::new(0),
        }
    }
}

impl Ledger {
    pub(crate) fn sends(&self) {
        self.sent.send_modify(|sent| *sent += 1);
    }

    /// Waits for this many requests.
    pub(crate) async fn wait_for_requests(&self, requests: u32) {
        let mut sent = self.sent.subscribe();
        sent.wait_for(|sent| *sent >= requests).await.unwrap();
    }

    pub(crate) fn signed_in(&self, login: &str, browser: &Browser) {
        let session = Session {
            cookie: browser.cookie(SESSION).unwrap(),
            state: State::Live,
        };
        self.record().sessions.insert(login.to_owned(), session);
    }

    pub(crate) fn signs_out(&self, login: &str) {
        self.becomes(login, State::Ending);
    }

    pub(crate) fn signed_out(&self, login: &str) {
        self.becomes(login, State::Ended);
    }

    pub(crate) fn waits(&self, browser: &Browser, page: &Page) {
        let push = Push {
            cookie: browser.cookie(ATTEMPT).unwrap(),
            path: page.url.strip_prefix(browser.base()).unwrap().to_owned(),
            heading: page.heading(),
        };
        self.record().pushes.push(push);
    }

    pub(crate) fn cut_off(&self, browser: &Browser) {
        self.record().cut_off.push(browser.clone());
    }

    pub(crate) fn live(&self) -> Vec<String> {
        self.in_state(State::Live)
    }

    pub(crate) fn ended(&self) -> Vec<String> {
        self.in_state(State::Ended)
    }

    pub(crate) fn counts(&self) -> Counts {
        let (live, ended) = (self.live().len(), self.ended().len());
        let record = self.record();
        Counts {
            live,
            ended,
            pushes: record.pushes.len(),
            cut_off: record.cut_off.len(),
        }
    }

    /// Fails unless everything that was said still holds, and visitors who were cut off can go on.
    pub(crate) async fn holds(&self, base: &str) {
        self.sent.send_replace(0);
        let (sessions, pushes) = {
            let record = self.record();
            (record.sessions.clone(), record.pushes.clone())
        };
        let client = client();
        let with_cookie = |name, value: &str| {
            let browser = Browser::new(client.clone(), base);
            browser.plants_cookie(name, value);
            browser
        };
        for (login, session) in sessions {
            let browser = with_cookie(SESSION, &session.cookie);
            let is_live = browser.session().await["active"] == true;
            match session.state {
                State::Live => assert!(is_live, "{login} was signed in and is not"),
                State::Ended => assert!(!is_live, "{login} signed out and is signed in again"),
                State::Ending => {}
            }
        }
        for push in pushes {
            let again = with_cookie(ATTEMPT, &push.cookie).gets(&push.path).await;
            assert_eq!(again.expect(200).heading(), push.heading);
        }
        for browser in self.newly_cut_off() {
            let page = browser.gets("/sign-in").await;
            if page.status != 303 {
                page.expect(200);
            }
            browser.gets("/session").await.expect(200);
        }
    }

    /// The visitors who were cut off since the last call.
    fn newly_cut_off(&self) -> Vec<Browser> {
        let mut record = self.record();
        let new = record.cut_off[record.looked_at..].to_vec();
        record.looked_at = record.cut_off.len();
        new
    }

    fn becomes(&self, login: &str, state: State) {
        self.record().sessions.get_mut(login).unwrap().state = state;
    }

    fn in_state(&self, state: State) -> Vec<String> {
        let record = self.record();
        let found = record.sessions.iter().filter(|(_, session)| session.state == state);
        found.map(|(login, _)| login.clone()).collect()
    }

    fn record(&self) -> MutexGuard<'_, Record> {
        self.record.lock().unwrap()
    }
}
