use std::sync::Arc;

use jiff::Timestamp;
use okta_direct_auth::{AccessToken, IdToken, RefreshToken};
use proptest::prelude::*;

use super::attempt::AttemptRecord;
use super::{BadRecord, Records};
use crate::clock::SystemEntropy;
use crate::domain::assurance::Wanted;
use crate::domain::attempt::tests::{event, play, states};
use crate::domain::attempt::{Hosted, Parameters};
use crate::domain::browser::{App, Browser, System};
use crate::domain::factor::Factor;
use crate::domain::identity::{Identity, Person};
use crate::domain::ids::Tab;
use crate::domain::input::Login;
use crate::domain::revocation::{PendingRevocation, Requester};
use crate::domain::session::{Session, Tokens};
use crate::session::secrets::keys::KeyRing;
use crate::session::{HashedId, RevocationId, Sealer};

const NOW: Timestamp = Timestamp::UNIX_EPOCH;
const ID: HashedId = HashedId([7; 32]);

fn records() -> Records {
    let ring = KeyRing::new(&SystemEntropy, NOW);
    Records::new(Sealer::new(ring, Arc::new(SystemEntropy)))
}

fn tokens() -> Tokens {
    Tokens {
        access: Some(AccessToken::new("an access token")),
        refresh: Some(RefreshToken::new("a refresh token")),
        access_expires: NOW,
        dpop: None,
        okta_session: Some(IdToken::new("an id token")),
    }
}

fn exposed(tokens: &Tokens) -> Vec<&str> {
    let access = tokens.access.iter().map(AccessToken::expose_secret);
    let refresh = tokens.refresh.iter().map(RefreshToken::expose_secret);
    let id = tokens.okta_session.iter().map(IdToken::expose_secret);
    access.chain(refresh).chain(id).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// For every stage that an attempt reaches, with states that a real client got from a real (simulated) org.
    #[test]
    fn an_attempt_survives_its_record(events in prop::collection::vec(event(), 0..16)) {
        let (records, tab) = (records(), Tab::from_random([1; 12]));
        for (_, _, attempt) in play(events) {
            let sealed = records.seal_attempt(ID, &tab, &attempt);
            let read = records.open_attempt(ID, &tab, &sealed).unwrap();
            let json = |attempt| serde_json::to_string(&AttemptRecord::from(attempt)).unwrap();
            prop_assert_eq!(json(&read), json(&attempt));
        }
    }
}

#[test]
fn marks_of_requests_under_way_are_kept_for_other_replicas() {
    let records = records();
    let tab = Tab::from_random([1; 12]);
    let mut attempt = crate::domain::attempt::Attempt::new(
        crate::domain::attempt::Destination("https://portal.example.com/".to_owned()),
        Parameters::default(),
        NOW,
        &crate::startup::test_defaults::attempt_rules(),
    );
    attempt.facts.busy_until = Some(NOW);
    let sealed = records.seal_attempt(ID, &tab, &attempt);
    let read = records.open_attempt(ID, &tab, &sealed).unwrap();
    assert_eq!(read.facts.busy_until, Some(NOW));
    assert_eq!(read.unmarked().facts.busy_until, None);
}

/// An anonymous visitor decides how large a fresh attempt is, and the store holds as many as `store.max_attempts`.
#[test]
fn the_largest_attempt_that_a_stranger_can_open_is_bounded() {
    let word = "\\".repeat(128);
    let mut attempt = crate::domain::attempt::Attempt::new(
        // 2048 characters, each of which takes twelve in a URL.
        crate::domain::attempt::Destination("%F0%9F%94%91".repeat(2048)),
        Parameters {
            acr_values: Wanted::classes(&vec![word; 100].join(" ")),
            raises: Some("s".repeat(255)),
            language: Some("en".to_owned()),
            ..Parameters::default()
        },
        NOW,
        &crate::startup::test_defaults::attempt_rules(),
    );
    // The longest form of a name: each character takes six in JSON.
    let name = format!("a{}a", "\u{1}".repeat(Login::MAX - 2));
    attempt.facts.login = Some(Login::parse(&name).unwrap());
    attempt.facts.hosted = Hosted::Away(states().away.clone());
    let (records, tab) = (records(), Tab::from_random([1; 12]));
    let sealed = records.seal_attempt(ID, &tab, &attempt);
    assert!(sealed.len() < 32 * 1024, "{} bytes", sealed.len());
    let read = records.open_attempt(ID, &tab, &sealed).unwrap();
    assert_eq!(read.facts.parameters, attempt.facts.parameters);
    assert_eq!(read.facts.parameters.get().acr_values.len(), 8);
}

#[test]
fn a_session_its_tokens_and_a_revocation_survive_their_records() {
    let records = records();
    let session = Session {
        identity: Identity::from(Person {
            subject: "00u1".to_owned(),
            name: "Robin Ünïcode".to_owned(),
            login: "robin@example.com".to_owned(),
            email: Some("robin@example.com".to_owned()),
            groups: vec!["a,b".to_owned(), "\"c\"".to_owned()],
            acr: Some("urn:x".to_owned()),
            amr: vec!["pwd".to_owned()],
            auth_time: NOW,
        }),
        factors: Factor::ALL.to_vec().into(),
        started: NOW,
        expires: Timestamp::MAX,
        checked: NOW,
        is_remembered: true,
        is_hosted: true,
        browser: Browser {
            app: Some(App::Chrome),
            system: Some(System::Windows),
        },
    };
    let sealed = records.seal_session(ID, &session);
    assert_eq!(records.open_session(ID, &sealed).unwrap(), session);

    let sealed = records.seal_tokens(ID, &tokens());
    let read = records.open_tokens(ID, &sealed).unwrap();
    assert_eq!(exposed(&read), exposed(&tokens()));

    let requester = Requester {
        address: Some([192, 0, 2, 1].into()),
        user_agent: Some("a browser".to_owned()),
    };
    let mut revocation = PendingRevocation::new(tokens(), requester, NOW).unwrap();
    revocation.tries = 3;
    let sealed = records.seal_revocation(RevocationId([1; 16]), &revocation);
    let read = records.open_revocation(RevocationId([1; 16]), &sealed).unwrap();
    assert_eq!(
        (read.requester, read.since, read.tries),
        (revocation.requester, revocation.since, revocation.tries)
    );
    assert_eq!(exposed(&read.tokens), ["an access token", "a refresh token"]);
}

#[test]
fn sec_215_a_record_that_was_moved_or_swapped_does_not_open() {
    let records = records();
    let sealed = records.seal_tokens(ID, &tokens());
    let elsewhere = records.open_tokens(HashedId([8; 32]), &sealed);
    assert!(matches!(elsewhere, Err(BadRecord::Sealed(_))));
    assert!(records.open_session(ID, &sealed).is_err());
    let (one, two) = (Tab::from_random([1; 12]), Tab::from_random([2; 12]));
    for (_, _, attempt) in play(Vec::new()).into_iter().take(1) {
        let sealed = records.seal_attempt(ID, &one, &attempt);
        assert!(records.open_attempt(ID, &two, &sealed).is_err());
    }
}

#[test]
fn a_record_that_grew_is_read_and_one_that_shrank_is_refused() {
    let grown =
        r#"{"access":"a","refresh":null,"access_expires":"2026-01-01T00:00:00Z","of_a_later_version":{"x":[1]}}"#;
    let read: super::session::TokensRecord = serde_json::from_str(grown).unwrap();
    assert_eq!(exposed(&read.restore()), ["a"]);
    // As the first version wrote it.
    let old = r#"{"sub":"00u1","name":"R","login":"r","email":null,"acr":null,"auth_time":"2026-01-15T10:24:00Z",
        "factors":["password"],"started":"2026-01-15T10:24:00Z","expires":"2026-01-15T22:24:00Z",
        "checked":"2026-01-15T10:24:00Z"}"#;
    let read: super::session::SessionRecord = serde_json::from_str(old).unwrap();
    let session = read.restore();
    assert!(!session.is_remembered && !session.is_hosted);
    assert_eq!(session.browser, Browser::default());
    let shrunk = r#"{"sub":"00u1"}"#;
    assert!(serde_json::from_str::<super::session::SessionRecord>(shrunk).is_err());
}
