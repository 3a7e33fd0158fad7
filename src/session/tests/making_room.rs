//! Which attempts are evicted when there are too many.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;

use super::{BOUNDS, NOW, attempt, proven, secrets};
use crate::domain::attempt::{Attempt, Stage};
use crate::domain::ids::{MaskedId, Network, Tab};
use crate::domain::session::after;
use crate::session::secrets::Secrets;
use crate::session::{HashedId, Move, Store};

/// Browsers of many networks, each with one attempt.
struct Browsers<'a> {
    store: &'a dyn Store,
    secrets: Secrets,
    tab: Tab,
}

impl<'a> Browsers<'a> {
    fn of(store: &'a dyn Store) -> Self {
        let secrets = secrets();
        Self {
            store,
            tab: secrets.ids.new_tab(),
            secrets,
        }
    }

    fn visit(&self) -> HashedId {
        HashedId::of_visit(&self.secrets.ids.new_visit())
    }

    async fn begins_with(&self, network: u8, mut attempt: Attempt) -> HashedId {
        let visit = self.visit();
        attempt.facts.network = Network([network; 8]);
        self.store.open(visit, &self.tab, attempt).await.unwrap();
        visit
    }

    async fn opens(&self, network: u8) -> HashedId {
        self.begins_with(network, attempt()).await
    }

    /// Stores the next step of the attempt.
    async fn goes_on(&self, visit: HashedId, change: impl FnOnce(&mut Attempt)) {
        let mut stored = self.store.load(visit, &self.tab).await.unwrap().unwrap();
        change(Arc::make_mut(&mut stored.attempt));
        let replaced = self.store.replace(visit, &self.tab, stored.revision, stored.attempt);
        assert!(replaced.await.unwrap());
    }

    /// Opens the form and enters a name, without a password.
    async fn types_a_name(&self, network: u8) {
        let visit = self.opens(network).await;
        let mut there = attempt();
        there.facts.network = Network([network; 8]);
        there.facts.serial = 1;
        let moved = self.store.move_on(Move {
            visit,
            tab: &self.tab,
            expected: 0,
            left: there.clone().left_behind(None, NOW),
            to: self.visit(),
            attempt: there,
        });
        assert!(moved.await.unwrap().is_some());
    }

    async fn is_known(&self, visit: HashedId) -> bool {
        let stored = self.store.load(visit, &self.tab).await;
        stored.unwrap().is_some()
    }

    async fn count(&self) -> usize {
        self.store.count_attempts(NOW).await.unwrap()
    }
}

fn asks_okta(attempt: &mut Attempt) {
    attempt.facts.busy_until = Some(after(NOW, Duration::from_secs(10)));
}

fn is_refused(attempt: &mut Attempt) {
    attempt.facts.busy_until = None;
    attempt.facts.serial += 1;
}

async fn page_views_of_one_network_push_out_its_own_alone(store: &dyn Store) {
    let browsers = Browsers::of(store);
    let (first, second) = (browsers.opens(1).await, browsers.opens(2).await);
    let mut flood = Vec::new();
    for _ in 0..20 {
        flood.push(browsers.opens(3).await);
    }
    for visit in [first, second] {
        assert!(browsers.is_known(visit).await);
    }
    assert_eq!(browsers.count().await, BOUNDS.attempts);
    let newest = flood.last().copied().unwrap();
    assert!(browsers.is_known(newest).await);
    // A visit that is signing in is no longer idle, and a forgotten one is not counted.
    browsers.goes_on(newest, asks_okta).await;
    store.sweep_attempts(after(NOW, Duration::from_mins(71))).await.unwrap();
    assert_eq!(browsers.count().await, 0);
    let again = browsers.opens(3).await;
    for network in 4..8 {
        browsers.opens(network).await;
    }
    browsers.opens(8).await;
    // Every network has one: the oldest is evicted.
    assert!(!browsers.is_known(again).await);
}

async fn names_that_anybody_can_type_push_nobody_out_who_signs_in(store: &dyn Store) {
    let browsers = Browsers::of(store);
    let proven = browsers.begins_with(1, proven()).await;
    for network in 10..30 {
        browsers.types_a_name(network).await;
    }
    let form = browsers.opens(2).await;
    browsers.goes_on(form, asks_okta).await;
    for _ in 0..20 {
        browsers.types_a_name(3).await;
    }
    assert!(browsers.is_known(proven).await);
    assert!(browsers.is_known(form).await);
    assert_eq!(browsers.count().await, BOUNDS.attempts);
}

async fn what_was_refused_gives_way_to_others_again(store: &dyn Store) {
    let browsers = Browsers::of(store);
    let refused = browsers.opens(1).await;
    browsers.goes_on(refused, asks_okta).await;
    browsers.goes_on(refused, is_refused).await;
    let mut others = Vec::new();
    for network in 2..=5 {
        others.push(browsers.opens(network).await);
    }
    // It counts for its network again, which now has one more than its share.
    let beside = browsers.opens(1).await;
    assert!(!browsers.is_known(refused).await);
    for visit in others.into_iter().chain([beside]) {
        assert!(browsers.is_known(visit).await);
    }
}

async fn however_many_are_signing_in_another_can_begin(store: &dyn Store) {
    let browsers = Browsers::of(store);
    let mut signing_in = Vec::new();
    for network in 0..5 {
        signing_in.push(browsers.begins_with(network, proven()).await);
    }
    let form = browsers.opens(7).await;
    browsers.goes_on(form, asks_okta).await;
    browsers.goes_on(form, is_refused).await;
    assert!(browsers.is_known(form).await);
    assert_eq!(browsers.count().await, BOUNDS.attempts);
    assert!(!browsers.is_known(signing_in[0]).await, "the oldest");
    for visit in &signing_in[1..] {
        assert!(browsers.is_known(*visit).await);
    }
}

async fn sign_ins_of_one_network_push_out_its_own_alone(store: &dyn Store) {
    let browsers = Browsers::of(store);
    let mut others = Vec::new();
    for network in 1..=2 {
        others.push(browsers.begins_with(network, proven()).await);
    }
    for _ in 0..20 {
        browsers.begins_with(3, proven()).await;
    }
    for visit in others {
        assert!(browsers.is_known(visit).await);
    }
    assert_eq!(browsers.count().await, BOUNDS.attempts);
}

async fn many_open_forms_of_a_browser_end_nothing_that_it_signs_in_with(store: &dyn Store) {
    let browsers = Browsers::of(store);
    let visit = browsers.begins_with(1, proven()).await;
    for _ in 0..BOUNDS.attempts {
        let tab = browsers.secrets.ids.new_tab();
        store.open(visit, &tab, attempt()).await.unwrap();
    }
    assert!(browsers.is_known(visit).await);
    assert_eq!(store.tabs(visit).await.unwrap().len(), BOUNDS.attempts);
    assert_eq!(browsers.count().await, BOUNDS.attempts);
}

async fn what_has_ended_gives_way_first(store: &dyn Store) {
    let browsers = Browsers::of(store);
    let form = browsers.opens(1).await;
    let mut ended = proven();
    ended.facts.expires = NOW - SignedDuration::from_secs(31);
    let ended = browsers.begins_with(2, ended).await;
    let gone = store.sweep_attempts(NOW).await.unwrap();
    assert!(gone.is_empty());
    assert!(browsers.is_known(ended).await, "its page can say so");
    assert_eq!(browsers.count().await, 1, "nobody is signing in with it");
    for network in 3..=6 {
        browsers.opens(network).await;
    }
    assert!(!browsers.is_known(ended).await);
    assert!(browsers.is_known(form).await);
}

/// A browser that has signed in: half a minute later nothing is answered from its attempt any more.
async fn signs_in(browsers: &Browsers<'_>, network: u8, ago: SignedDuration) -> HashedId {
    let visit = browsers.begins_with(network, proven()).await;
    let finished = |attempt: &mut Attempt| {
        attempt.stage = Stage::Finished {
            session: Some(MaskedId {
                nonce: [7; 16],
                masked: [7; 32],
            }),
        };
        attempt.facts.serial += 1;
        attempt.facts.changed = NOW - ago;
    };
    browsers.goes_on(visit, finished).await;
    visit
}

async fn who_has_signed_in_takes_no_room_from_who_has_not(store: &dyn Store) {
    let browsers = Browsers::of(store);
    let crowded = browsers.opens(1).await;
    let signing_in = browsers.begins_with(2, proven()).await;
    let mut signed_in = Vec::new();
    for _ in 0..3 {
        signed_in.push(signs_in(&browsers, 1, SignedDuration::from_secs(31)).await);
    }
    assert_eq!(browsers.count().await, 2, "those in progress");
    store.sweep_attempts(NOW).await.unwrap();
    for visit in &signed_in {
        assert!(browsers.is_known(*visit).await, "remembered while there is room");
    }
    for network in 3..=5 {
        browsers.opens(network).await;
    }
    for visit in signed_in {
        assert!(!browsers.is_known(visit).await);
    }
    for visit in [crowded, signing_in] {
        assert!(browsers.is_known(visit).await, "although their networks have many");
    }
    assert_eq!(browsers.count().await, BOUNDS.attempts);
}

async fn a_press_that_ended_a_sign_in_is_answered_again_however_many_come(store: &dyn Store) {
    let browsers = Browsers::of(store);
    let just_now = signs_in(&browsers, 1, SignedDuration::from_secs(29)).await;
    assert_eq!(browsers.count().await, 0);
    store.sweep_attempts(NOW).await.unwrap();
    for network in 10..30 {
        browsers.opens(network).await;
    }
    assert!(browsers.is_known(just_now).await);
}

async fn a_tab_that_is_done_gives_way_to_a_new_one_before_an_open_form(store: &dyn Store) {
    let browsers = Browsers::of(store);
    let done = signs_in(&browsers, 1, SignedDuration::from_mins(5)).await;
    let form = browsers.secrets.ids.new_tab();
    store.open(done, &form, attempt()).await.unwrap();
    for _ in 0..4 {
        let tab = browsers.secrets.ids.new_tab();
        store.open(done, &tab, attempt()).await.unwrap();
    }
    assert!(!browsers.is_known(done).await);
    let kept = store.load(done, &form).await.unwrap();
    assert!(kept.is_some(), "a customer may have typed into it");
}

pub(super) async fn suite(make: &impl Fn() -> Arc<dyn Store>) {
    page_views_of_one_network_push_out_its_own_alone(make().as_ref()).await;
    names_that_anybody_can_type_push_nobody_out_who_signs_in(make().as_ref()).await;
    what_was_refused_gives_way_to_others_again(make().as_ref()).await;
    however_many_are_signing_in_another_can_begin(make().as_ref()).await;
    sign_ins_of_one_network_push_out_its_own_alone(make().as_ref()).await;
    many_open_forms_of_a_browser_end_nothing_that_it_signs_in_with(make().as_ref()).await;
    what_has_ended_gives_way_first(make().as_ref()).await;
    who_has_signed_in_takes_no_room_from_who_has_not(make().as_ref()).await;
    a_press_that_ended_a_sign_in_is_answered_again_however_many_come(make().as_ref()).await;
    a_tab_that_is_done_gives_way_to_a_new_one_before_an_open_form(make().as_ref()).await;
}
