//! What the help desk asks about.

use std::sync::Arc;

use super::{BOUNDS, NOW, ring};
use crate::clock::SystemEntropy;
use crate::domain::factor::Factor;
use crate::domain::past_try::PastTry;
use crate::domain::session::after;
use crate::session::desk::{TRIES_KEPT, TRIES_KEPT_FOR};
use crate::session::embedded::EmbeddedStore;
use crate::session::{AccountHash, Sealer, Store};

const ROBIN: AccountHash = [1; 16];
const ALEX: AccountHash = [2; 16];

fn past(second: u64) -> PastTry {
    PastTry {
        at: after(NOW, std::time::Duration::from_secs(second)),
        user: "0123456789abcdef".to_owned(),
        factor: Some(Factor::Password),
        result: "wrong_credentials".to_owned(),
        limit: Some("pair".to_owned()),
        network: [192, 0, 2, 0].into(),
        support_code: format!("CODE-{second}"),
    }
}

pub(super) async fn suite(make: &impl Fn() -> Arc<dyn Store>) {
    tries_are_remembered_and_forgotten(make().as_ref()).await;
    sign_ins_are_closed_until_they_are_opened(make().as_ref()).await;
}

async fn tries_are_remembered_and_forgotten(store: &dyn Store) {
    let most = u64::try_from(TRIES_KEPT).unwrap() + 3;
    for second in 0..most {
        store.note_try(ROBIN, past(second)).await.unwrap();
    }
    store.note_try(ALEX, past(most)).await.unwrap();
    let tries = store.tries(ROBIN, NOW).await.unwrap();
    let expected: Vec<_> = (3..most).rev().map(past).collect();
    assert_eq!(tries, expected);
    assert_eq!(store.tried_accounts(9, NOW).await.unwrap(), [ALEX, ROBIN]);
    assert_eq!(store.tried_accounts(1, NOW).await.unwrap(), [ALEX]);
    let later = after(past(most).at, TRIES_KEPT_FOR);
    assert_eq!(store.tries(ROBIN, later).await.unwrap(), []);
    store.forget_tries(ROBIN).await.unwrap();
    store.forget_tries(ROBIN).await.unwrap();
    assert_eq!(store.tries(ROBIN, NOW).await.unwrap(), []);
    assert_eq!(store.tries(ALEX, NOW).await.unwrap(), [past(most)]);
    assert_eq!(store.tried_accounts(9, NOW).await.unwrap(), [ALEX]);
}

async fn sign_ins_are_closed_until_they_are_opened(store: &dyn Store) {
    assert_eq!(store.closed_since().await.unwrap(), None);
    store.set_closed(Some(NOW)).await.unwrap();
    assert_eq!(store.closed_since().await.unwrap(), Some(NOW));
    store.set_closed(None).await.unwrap();
    store.set_closed(None).await.unwrap();
    assert_eq!(store.closed_since().await.unwrap(), None);
}

#[tokio::test]
async fn the_file_remembers_tries_sealed_and_that_sign_ins_are_closed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("portico.redb");
    let sealer = Sealer::new(ring(), Arc::new(SystemEntropy));
    let open = |now| EmbeddedStore::open(&path, BOUNDS, &sealer, Arc::new(SystemEntropy), now).unwrap();
    let store: Box<dyn Store> = Box::new(open(NOW));
    store.note_try(ROBIN, past(1)).await.unwrap();
    store.note_try(ROBIN, past(2)).await.unwrap();
    store.note_try(ALEX, past(3)).await.unwrap();
    store.set_closed(Some(NOW)).await.unwrap();
    store.close().await.unwrap();
    drop(store);
    let bytes = std::fs::read(&path).unwrap();
    assert!(!bytes.windows(5).any(|part| part == b"CODE-"), "a try is in clear");

    let store: Box<dyn Store> = Box::new(open(NOW));
    assert_eq!(store.tries(ROBIN, NOW).await.unwrap(), [past(2), past(1)]);
    assert_eq!(store.tried_accounts(9, NOW).await.unwrap(), [ALEX, ROBIN]);
    assert_eq!(store.closed_since().await.unwrap(), Some(NOW));
    store.set_closed(None).await.unwrap();
    store.forget_tries(ALEX).await.unwrap();
    store.close().await.unwrap();
    drop(store);

    let store: Box<dyn Store> = Box::new(open(after(past(2).at, TRIES_KEPT_FOR)));
    assert_eq!(store.closed_since().await.unwrap(), None);
    let tried = store.tried_accounts(9, NOW).await.unwrap();
    assert!(tried.is_empty(), "too old, or forgotten");
}
