//! Customers who sign in, come back and sign out all the time, also while the service is away.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use reqwest::Method;
use tokio::task::JoinHandle;
use tokio::time::interval;

use crate::support::{Browser, PASSWORD, Page, SESSION, Served, eventually, full};

/// Customers at a time.
const CUSTOMERS: usize = 4;

#[derive(Debug, Default)]
struct Known {
    /// Browsers that are signed in.
    live: Vec<Browser>,
    /// Browsers with the cookie of a session that has ended.
    ended: Vec<Browser>,
}

pub(super) struct Load {
    known: Arc<Mutex<Known>>,
    is_over: Arc<AtomicBool>,
    customers: Vec<JoinHandle<()>>,
}

impl Load {
    pub(super) fn begin(served: &Served) -> Self {
        let (known, is_over) = (Arc::<Mutex<Known>>::default(), Arc::<AtomicBool>::default());
        let customers = (0..CUSTOMERS).map(|number| {
            let (known, is_over) = (Arc::clone(&known), Arc::clone(&is_over));
            let fresh = served.browser();
            tokio::spawn(async move {
                let mut beat = interval(Duration::from_millis(5));
                for round in number.. {
                    if is_over.load(Ordering::Relaxed) {
                        return;
                    }
                    beat.tick().await;
                    visit(&fresh.another(), &known, round % 2 == 0).await;
                    look_back(&known, round).await;
                }
            })
        });
        Self {
            customers: customers.collect(),
            known,
            is_over,
        }
    }

    /// Waits until this many more sessions have begun, and some have ended.
    pub(super) async fn grows_by(&self, number: usize) {
        let (live, ended) = self.sizes();
        eventually("more sessions", async || {
            let now = self.sizes();
            now.0 >= live + number && now.1 >= ended + number / 2
        })
        .await;
    }

    fn sizes(&self) -> (usize, usize) {
        let known = self.known.lock().unwrap();
        (known.live.len(), known.ended.len())
    }

    /// Ends the load, and looks at every browser once more.
    pub(super) async fn ends(self) {
        self.is_over.store(true, Ordering::Relaxed);
        for customer in self.customers {
            customer.await.unwrap();
        }
        let known = std::mem::take(&mut *self.known.lock().unwrap());
        assert!(
            known.live.len() >= 60 && known.ended.len() >= 30,
            "{}",
            known.live.len()
        );
        for browser in &known.live {
            assert_eq!(browser.session().await["active"], true);
        }
        for browser in &known.ended {
            assert_eq!(browser.session().await["active"], false);
        }
    }
}

/// Signs in, and perhaps out. What is not answered leaves a browser of which nothing is known.
async fn visit(browser: &Browser, known: &Mutex<Known>, stays: bool) {
    let form = browser.tries(browser.request(Method::GET, "/sign-in")).await;
    let Some(form) = answered(form, 200) else { return };
    let fields = [("username", full("password")), ("password", PASSWORD.to_owned())];
    let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
    let begun = browser.tries(browser.press(&form, "/sign-in", &fields)).await;
    if answered(begun, 303).is_none() || !browser.is_signed_in() {
        return;
    }
    if stays {
        known.lock().unwrap().live.push(browser.clone());
        return;
    }
    let cookie = browser.cookie(SESSION).unwrap();
    let asks = browser.tries(browser.request(Method::GET, "/sign-out")).await;
    let Some(asks) = answered(asks, 200) else { return };
    let ended = browser.tries(browser.press(&asks, "/sign-out", &[])).await;
    if answered(ended, 303).is_some() {
        browser.plants_cookie(SESSION, &cookie);
        known.lock().unwrap().ended.push(browser.clone());
    }
}

/// Comes back with two browsers.
async fn look_back(known: &Mutex<Known>, round: usize) {
    let (live, ended) = {
        let known = known.lock().unwrap();
        let one = |of: &[Browser]| of.get(round % of.len().max(1)).cloned();
        (one(&known.live), one(&known.ended))
    };
    for (browser, is_active) in [(live, true), (ended, false)] {
        let Some(browser) = browser else { continue };
        let cookie = browser.cookie(SESSION).unwrap_or_default();
        let page = browser.tries(browser.request(Method::GET, "/session")).await;
        if let Some(page) = answered(page, 200) {
            let session: serde_json::Value = serde_json::from_str(&page.body).unwrap();
            assert_eq!(session["active"], is_active, "{session}");
        }
        // The answer removes the cookie of a session that has ended.
        browser.plants_cookie(SESSION, &cookie);
    }
}

/// The page, if the service was there.
fn answered(page: Result<Page, reqwest::Error>, status: u16) -> Option<Page> {
    let page = page.ok()?;
    if page.status == 503 {
        return None;
    }
    assert_eq!(page.status, status, "{}: {}", page.url, page.text());
    Some(page)
}
