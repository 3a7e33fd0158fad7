//! Key rotation, and what a stranger's token can make us do.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use okta_direct_auth::{Client, Context, ErrorKind, Password, Step};
use serde_json::json;

use crate::scripted::{NOW, Okta, Reply, TestClock, id_token, key_set, tokens};

async fn sign_in(client: &Client) -> Result<Step, ErrorKind> {
    let step = client.password("robin", &Password::new("x"), &Context::default()).await;
    step.map_err(|error| error.kind())
}

/// Signs with the key `kid`; the published key set is scripted separately. `elapsed` keeps tokens fresh.
fn okta(kid: &'static str, elapsed: Arc<AtomicUsize>, keys: impl Fn(usize) -> Reply + Send + Sync + 'static) -> Okta {
    Okta::start(move |seen, before| match seen.path.as_str() {
        "/oauth2/v1/keys" => Some(keys(before)),
        "/oauth2/v1/token" => {
            let url = format!("http://{}", seen.headers["host"]).parse().unwrap();
            let now = NOW + i64::try_from(elapsed.load(Ordering::SeqCst)).unwrap();
            let token = id_token(&url, kid, &json!({"iat": now, "auth_time": now, "exp": now + 3600}));
            Some(Reply::Json(200, tokens(&token)))
        }
        _ => None,
    })
}

fn pass(clock: &TestClock, elapsed: &AtomicUsize, seconds: usize) {
    clock.advance(Duration::from_secs(seconds as u64));
    elapsed.fetch_add(seconds, Ordering::SeqCst);
}

#[tokio::test]
async fn a_new_key_is_fetched_at_once() {
    let elapsed = Arc::default();
    let okta = okta("two", Arc::clone(&elapsed), |before| {
        Reply::Json(200, key_set(&["one", "two"][..=before.min(1)]))
    });
    let (client, _) = okta.client();
    assert!(sign_in(&client).await.is_ok());
    assert_eq!(okta.seen("/keys").len(), 2);
    assert!(sign_in(&client).await.is_ok());
    assert_eq!(okta.seen("/keys").len(), 2);
}

#[tokio::test]
async fn sec_225_a_key_that_okta_never_publishes_is_looked_for_ever_more_seldom() {
    let elapsed = Arc::default();
    let okta = okta("two", Arc::clone(&elapsed), |_| Reply::Json(200, key_set(&["one"])));
    let (client, clock) = okta.client();
    for _ in 0..20 {
        assert_eq!(sign_in(&client).await.unwrap_err(), ErrorKind::InvalidToken);
    }
    assert_eq!(okta.seen("/keys").len(), 2);
    for (number, pause) in [2, 4, 8, 16, 30, 30, 30].into_iter().enumerate() {
        for seconds in [pause - 1, 1] {
            assert_eq!(okta.seen("/keys").len(), number + 2, "{pause} s");
            pass(&clock, &elapsed, seconds);
            assert_eq!(sign_in(&client).await.unwrap_err(), ErrorKind::InvalidToken);
        }
        assert_eq!(okta.seen("/keys").len(), number + 3, "{pause} s");
    }
}

/// An org whose published keys and signing key can be changed while it runs.
struct Rotating {
    okta: Okta,
    state: Arc<Mutex<(&'static [&'static str], &'static str)>>,
}

impl Rotating {
    fn start() -> Self {
        let state: Arc<Mutex<(&'static [&'static str], &'static str)>> = Arc::new(Mutex::new((&["one"], "one")));
        let now = Arc::clone(&state);
        let okta = Okta::start(move |seen, _| {
            let (published, signing) = *now.lock().unwrap();
            match seen.path.as_str() {
                "/oauth2/v1/keys" => Some(Reply::Json(200, key_set(published))),
                "/oauth2/v1/token" => {
                    let url = format!("http://{}", seen.headers["host"]).parse().unwrap();
                    let token = id_token(&url, signing, &json!({}));
                    Some(Reply::Json(200, tokens(&token)))
                }
                _ => None,
            }
        });
        Self { okta, state }
    }

    fn becomes(&self, published: &'static [&'static str], signing: &'static str) {
        *self.state.lock().unwrap() = (published, signing);
    }
}

/// A token that nobody signed, in the name of the key `kid`.
fn order(typ: &str, kid: &str) -> String {
    let header = format!(r#"{{"typ":"{typ}","alg":"RS256","kid":"{kid}"}}"#);
    format!("{}.e30.AAAA", BASE64.encode(header))
}

async fn ordered(client: &Client, order: &str) -> (ErrorKind, &'static str) {
    let answer = client.global_token_revocation(order, "https://a.test/x");
    let error = answer.await.unwrap_err();
    (error.kind(), error.cause())
}

const ORDER: &str = "global-token-revocation+jwt";
const NOT_OKTAS: (ErrorKind, &str) = (ErrorKind::InvalidToken, "kid_unknown");
const NOBODY_LOOKED: (ErrorKind, &str) = (ErrorKind::Unavailable, "kid_not_looked_for");

/// Anybody can post such an order to the endpoint of Universal Logout.
#[tokio::test]
async fn sec_225_orders_by_unknown_keys_cause_one_fetch_per_30_seconds() {
    let okta = Rotating::start().okta;
    let (client, clock) = okta.client();
    for _ in 0..20 {
        let (_, cause) = ordered(&client, &order("at+jwt", "two")).await;
        assert_eq!(cause, "typ_not_global_token_revocation");
    }
    assert!(okta.seen("/keys").is_empty(), "refused at sight");
    assert_eq!(ordered(&client, &order(ORDER, "two")).await, NOT_OKTAS);
    for number in 0..1000 {
        let order = order(ORDER, &number.to_string());
        assert_eq!(ordered(&client, &order).await, NOBODY_LOOKED);
    }
    assert_eq!(okta.seen("/keys").len(), 2);
    clock.advance(Duration::from_secs(31));
    assert_eq!(ordered(&client, &order(ORDER, "two")).await, NOT_OKTAS);
    assert_eq!(okta.seen("/keys").len(), 3);
}

#[tokio::test]
async fn sec_225_strangers_hold_up_no_sign_in_by_a_new_key() {
    let rotating = Rotating::start();
    let (client, _) = rotating.okta.client();
    assert!(sign_in(&client).await.is_ok());
    assert_eq!(ordered(&client, &order(ORDER, "x")).await, NOT_OKTAS);
    rotating.becomes(&["two"], "two");
    // Nor do they while they go on sending orders.
    assert_eq!(ordered(&client, &order(ORDER, "y")).await, NOBODY_LOOKED);
    assert!(sign_in(&client).await.is_ok());
    assert_eq!(rotating.okta.seen("/keys").len(), 3);
}

#[tokio::test]
async fn sec_225_keys_that_change_twice_within_seconds_are_found_both_times() {
    let rotating = Rotating::start();
    let (client, _) = rotating.okta.client();
    assert!(sign_in(&client).await.is_ok());
    rotating.becomes(&["one", "two"], "two");
    assert!(sign_in(&client).await.is_ok());
    rotating.becomes(&["two", "three"], "three");
    assert!(sign_in(&client).await.is_ok());
    // A key that was withdrawn and came back counts as newly missing.
    rotating.becomes(&["one"], "one");
    assert!(sign_in(&client).await.is_ok());
    rotating.becomes(&["two"], "two");
    assert!(sign_in(&client).await.is_ok());
    assert_eq!(rotating.okta.seen("/keys").len(), 5);
}

#[tokio::test]
async fn sec_225_a_key_that_signs_before_it_is_published_is_found_once_it_is() {
    let rotating = Rotating::start();
    let (client, clock) = rotating.okta.client();
    assert!(sign_in(&client).await.is_ok());
    rotating.becomes(&["one"], "two");
    assert_eq!(sign_in(&client).await.unwrap_err(), ErrorKind::InvalidToken);
    rotating.becomes(&["one", "two"], "two");
    clock.advance(Duration::from_secs(2));
    assert!(sign_in(&client).await.is_ok());
}

#[tokio::test]
async fn sec_225_whoever_waits_for_a_fetch_of_keys_makes_none_of_their_own() {
    let rotating = Rotating::start();
    let (client, _) = rotating.okta.client();
    assert!(sign_in(&client).await.is_ok());
    rotating.becomes(&["two"], "two");
    let all = (0..8).map(|_| {
        let client = client.clone();
        tokio::spawn(async move { sign_in(&client).await.is_ok() })
    });
    for one in all.collect::<Vec<_>>() {
        assert!(one.await.unwrap());
    }
    assert_eq!(rotating.okta.seen("/keys").len(), 2);
}

#[tokio::test]
async fn the_last_good_keys_last_a_day() {
    let elapsed = Arc::default();
    let is_down = Arc::new(AtomicBool::new(false));
    let down = Arc::clone(&is_down);
    let okta = okta("one", Arc::clone(&elapsed), move |_| {
        let status = if down.load(Ordering::SeqCst) { 503 } else { 200 };
        Reply::Json(status, key_set(&["one"]))
    });
    let (client, clock) = okta.client();
    assert!(sign_in(&client).await.is_ok());
    is_down.store(true, Ordering::SeqCst);
    pass(&clock, &elapsed, 23 * 3600);
    for _ in 0..5 {
        assert!(sign_in(&client).await.is_ok());
    }
    assert_eq!(okta.seen("/keys").len(), 3, "one renewal, tried twice");
    pass(&clock, &elapsed, 2 * 3600);
    assert_eq!(sign_in(&client).await.unwrap_err(), ErrorKind::Unavailable);
    is_down.store(false, Ordering::SeqCst);
    pass(&clock, &elapsed, 2);
    assert!(sign_in(&client).await.is_ok());
}

#[tokio::test]
async fn many_at_once_fetch_once() {
    let okta = Okta::start(|_, _| None);
    let (client, _) = okta.client();
    let sign_ins: Vec<_> = (0..8)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { sign_in(&client).await })
        })
        .collect();
    for one in sign_ins {
        assert!(one.await.unwrap().is_ok());
    }
    assert_eq!(okta.seen("openid-configuration").len(), 1);
    assert_eq!(okta.seen("/keys").len(), 1);
}

#[tokio::test]
async fn discovery_lasts_a_day_and_longer_if_it_must() {
    let okta = Okta::start(|seen, before| {
        (seen.path.ends_with("openid-configuration") && before > 0).then(|| Reply::With(503, vec![], String::new()))
    });
    let (client, clock) = okta.client();
    client.metadata().await.unwrap();
    clock.advance(Duration::from_hours(23));
    client.metadata().await.unwrap();
    assert_eq!(okta.seen("openid-configuration").len(), 1);
    clock.advance(Duration::from_hours(48));
    client.metadata().await.unwrap();
    client.metadata().await.unwrap();
    assert_eq!(okta.seen("openid-configuration").len(), 3);
}

#[tokio::test]
async fn those_who_wait_for_a_fetch_that_fails_do_not_try_it_again() {
    let okta = Okta::start(|_, before| {
        std::thread::sleep(Duration::from_millis(100));
        (before < 2).then(|| Reply::With(503, vec![], String::new()))
    });
    let (client, _) = okta.client();
    let calls: Vec<_> = (0..8)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.metadata().await.map(drop) })
        })
        .collect();
    for call in calls {
        assert_eq!(call.await.unwrap().unwrap_err().kind(), ErrorKind::Unavailable);
    }
    assert_eq!(okta.seen("openid-configuration").len(), 2, "one fetch, tried twice");
    assert!(client.metadata().await.is_ok());
}
