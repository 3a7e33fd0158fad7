//! Opaque values that a browser holds: truncated, with one bit changed, or used in place of another value, each is
//! rejected.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use reqwest::Method;
use reqwest::header::ORIGIN;

use crate::support::{ATTEMPT, Browser, PASSWORD, Page, SESSION, TestApp};

/// Where one of those values is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    /// The cookie of a session.
    Session,
    /// The cookie of a browser that is signing in.
    Attempt,
    /// The CSRF token of a form of a sign-in.
    AttemptToken,
    /// The CSRF token of a signed-in session.
    SessionToken,
    /// The handle of another session on the account page.
    Handle,
    /// The tab in the address of a sign-in.
    Tab,
    /// The reference to an ended session in the address of the last page.
    Ending,
}

const PLACES: [Place; 7] = [
    Place::Session,
    Place::Attempt,
    Place::AttemptToken,
    Place::SessionToken,
    Place::Handle,
    Place::Tab,
    Place::Ending,
];

/// Browsers that hold one value of each kind.
struct World {
    app: TestApp,
    /// Signed in; its account page lists `other`.
    here: Browser,
    other: Browser,
    /// At the choice of factors, with a newer tab at the form.
    signing: Browser,
    choice: Page,
    values: BTreeMap<Place, String>,
}

impl World {
    async fn new() -> Self {
        let app = TestApp::builder().standing_still().spawn().await;
        let [here, other, gone] = [app.browser(), app.browser(), app.browser()];
        gone.begins("password").await.leads_to(app.base());
        here.begins("password").await.leads_to(app.base());
        let account = here.gets("/account").await;
        here.presses(&account, "/account/end-others", &[])
            .await
            .leads_to("/account?others=1");
        let signed_out = gone.gets("/sign-out").await;
        other.begins("password").await.leads_to(app.base());
        let account = here.gets("/account").await;
        let signing = app.browser();
        let choice = at_the_choice(&signing).await;
        let reference = signed_out.leads_to("/signed-out?session=").location();
        let handle = field(&account, "/account/end", "session");
        let values = [
            (Place::Session, here.cookie(SESSION).unwrap()),
            (Place::Attempt, signing.cookie(ATTEMPT).unwrap()),
            (Place::AttemptToken, choice.value("csrf")),
            (Place::SessionToken, field(&account, "/account/end", "csrf")),
            (Place::Handle, handle),
            (Place::Tab, tab_of(&choice)),
            (Place::Ending, reference.rsplit_once('=').unwrap().1.to_owned()),
        ];
        Self {
            app,
            here,
            other,
            signing,
            choice,
            values: values.into(),
        }
    }

    /// Whether the value works in this place as the one does that belongs there.
    async fn is_good(&self, place: Place, value: &str) -> bool {
        match place {
            Place::Session => {
                let browser = self.app.browser();
                browser.plants_cookie(SESSION, value);
                browser.session().await["active"] == true
            }
            Place::Attempt => {
                let browser = self.app.browser();
                browser.plants_cookie(ATTEMPT, value);
                is_shown(&browser, &self.choice.url).await
            }
            Place::AttemptToken => {
                // No factor is chosen: the post sends nothing and leaves the attempt as it is.
                let fields = [("csrf", value), ("attempt", &self.choice.value("attempt"))];
                let page = self.signing.posts("/sign-in/factor", &fields).await;
                assert!([403, 303].contains(&page.status), "{}", page.status);
                page.status == 303
            }
            Place::SessionToken => {
                let request = self.here.request(Method::POST, "/session/extend");
                let request = request.header(ORIGIN, self.app.base()).header("x-csrf-token", value);
                let page = self.here.sends(request).await;
                assert!([403, 200].contains(&page.status), "{}", page.status);
                page.status == 200
            }
            Place::Handle => {
                let account = [("session", value), ("csrf", &self.values[&Place::SessionToken])];
                let page = self.here.posts("/account/end", &account).await;
                assert!([404, 303].contains(&page.status), "{}", page.status);
                page.status == 303
            }
            Place::Tab => {
                let (before, after) = self.choice.url.split_once("attempt=").unwrap();
                let (_, serial) = after.split_once('.').unwrap();
                is_shown(&self.signing, &format!("{before}attempt={value}.{serial}")).await
            }
            Place::Ending => {
                let address = format!("/signed-out?session={value}");
                let page = self.app.browser().gets(&address).await;
                page.expect(200).is_headed("You’re signed out");
                page.text().contains("You ended the session of this browser")
            }
        }
    }
}

/// Signs in up to the choice of factors, and opens the form in another tab.
async fn at_the_choice(browser: &Browser) -> Page {
    let form = browser.opens_sign_in(Some("/account")).await;
    let answer = browser.submits_password(&form, "all", PASSWORD).await;
    let choice = browser.follows(&answer).await;
    browser.opens_sign_in(Some("/account?newer=1")).await;
    choice
}

/// Whether the choice of factors is shown, for the account that it belongs to.
async fn is_shown(browser: &Browser, address: &str) -> bool {
    let page = browser.gets(address).await;
    assert!([200, 303].contains(&page.status), "{}", page.status);
    page.text().contains("all@example.com")
}

fn field(page: &Page, action: &str, name: &str) -> String {
    let mut fields = page.form(action).into_iter();
    fields.find(|(field, _)| field == name).unwrap().1
}

fn tab_of(page: &Page) -> String {
    page.value("attempt").split_once('.').unwrap().0.to_owned()
}

/// The same bytes with one bit changed, for each bit.
fn flipped(value: &str) -> impl Iterator<Item = String> {
    let bytes = BASE64.decode(value).unwrap();
    (0..bytes.len() * 8).map(move |bit| {
        let mut bytes = bytes.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        BASE64.encode(bytes)
    })
}

/// Cut short, made longer, or spelled in another way that a careless reader takes for the same.
fn misshapen(value: &str) -> Vec<String> {
    let mut all: Vec<String> = (0..value.len()).map(|end| value[..end].to_owned()).collect();
    all.extend((1..value.len()).map(|start| value[start..].to_owned()));
    for more in ["A", "AA", "=", "==", ".", "%00", value] {
        all.push(format!("{value}{more}"));
    }
    all.extend([
        value.to_uppercase(),
        value.to_lowercase(),
        value.chars().rev().collect(),
    ]);
    // The unused bits of the last letter: other letters that decode to the same bytes.
    let (rest, last) = value.split_at(value.len() - 1);
    let letters = ('A'..='Z').chain('a'..='z').chain('0'..='9').chain(['-', '_']);
    all.extend(
        letters
            .filter(|letter| !last.contains(*letter))
            .map(|letter| format!("{rest}{letter}")),
    );
    all.retain(|other| other != value);
    all
}

#[tokio::test]
async fn sec_102_sec_145_sec_208_every_value_is_good_as_it_is_and_in_no_other_shape() {
    let world = World::new().await;
    for place in PLACES {
        let value = &world.values[&place];
        let mut shapes = misshapen(value);
        // Each unknown tab opens a new one, and a browser keeps five: the next test has one browser for each.
        if place == Place::Tab {
            shapes.retain(|shape| shape.len() != value.len());
        } else {
            shapes.extend(flipped(value));
        }
        assert!(shapes.len() > 30, "{place:?}");
        let asked = world.app.okta().requests().len();
        for shape in shapes {
            assert!(
                !world.is_good(place, &shape).await,
                "{place:?}: {shape:?} is as good as {value:?}"
            );
        }
        assert_eq!(world.app.okta().requests().len(), asked, "{place:?}: Okta was asked");
    }
    assert_eq!(world.other.session().await["active"], true);
    for place in PLACES {
        assert!(world.is_good(place, &world.values[&place]).await, "{place:?}");
    }
    assert_eq!(world.other.session().await["active"], false);
}

#[tokio::test]
async fn a_tab_with_one_bit_changed_is_no_tab_of_this_browser() {
    let app = TestApp::builder().standing_still().spawn().await;
    let bits = 12 * 8;
    for first in (0..bits).step_by(3) {
        let browser = app.browser();
        let choice = at_the_choice(&browser).await;
        let (tab, reference) = (tab_of(&choice), choice.value("attempt"));
        for bit in first..first + 3 {
            let other = flipped(&tab).nth(bit).unwrap();
            let address = choice.url.replace(&tab, &other);
            assert!(!is_shown(&browser, &address).await, "bit {bit} of {tab}");
        }
        let address = choice.url.split_once("attempt=").unwrap().0.to_owned();
        assert!(is_shown(&browser, &format!("{address}attempt={reference}")).await);
    }
}

#[tokio::test]
async fn sec_102_sec_145_sec_208_no_value_is_good_in_the_place_of_another() {
    let world = World::new().await;
    for place in PLACES {
        for (belongs, value) in &world.values {
            if *belongs == place {
                continue;
            }
            assert!(
                !world.is_good(place, value).await,
                "{belongs:?} is good in the place of {place:?}"
            );
        }
    }
    // Tokens and handles of another service or another browser, each in its own place.
    let theirs = World::new().await;
    for place in PLACES {
        assert!(
            !world.is_good(place, &theirs.values[&place]).await,
            "{place:?} of another service"
        );
    }
    let stranger = world.app.browser();
    let choice = at_the_choice(&stranger).await;
    for (place, value) in [
        (Place::AttemptToken, choice.value("csrf")),
        (Place::Tab, tab_of(&choice)),
    ] {
        assert!(!world.is_good(place, &value).await, "{place:?} of another browser");
    }
    world.other.gets("/account").await.expect(200);
    let foreign = field(&world.other.gets("/account").await, "/account/end", "csrf");
    assert!(!world.is_good(Place::SessionToken, &foreign).await);
    for place in PLACES {
        assert!(world.is_good(place, &world.values[&place]).await, "{place:?}");
    }
}
