//! Every end of a session leaves a logout notice, however it ends.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::{LIFETIMES, NOW, ended_of, ring, secrets, sign_in, sign_in_over};
use crate::clock::SystemEntropy;
use crate::domain::logout_notice::LogoutNotice;
use crate::domain::revocation::Requester;
use crate::domain::session::after;
use crate::session::embedded::EmbeddedStore;
use crate::session::{Bounds, HashedId, LogoutNoticeStore as _, Sealer, SessionStore as _, Store};

async fn due(store: &dyn Store, now: Timestamp) -> Vec<(HashedId, LogoutNotice)> {
    let mut due = store.due_notices(100, now).await.unwrap();
    due.sort_by_key(|(id, _)| *id);
    due
}

fn ids(due: &[(HashedId, LogoutNotice)]) -> Vec<HashedId> {
    due.iter().map(|(id, _)| *id).collect()
}

async fn every_end_leaves_a_notice(store: &dyn Store) {
    let secrets = secrets();
    let former = sign_in(store, &secrets, "former").await;
    let (over, _) = sign_in_over(store, &secrets, former, "over").await;
    let alone = sign_in(store, &secrets, "alone").await;
    store.end(alone, Requester::default(), NOW).await.unwrap();
    store.end(alone, Requester::default(), NOW).await.unwrap();
    let many = sign_in(store, &secrets, "many").await;
    ended_of(store.end_all(vec![many], Requester::default(), NOW).await);
    let mut expected = vec![former, alone, many];
    expected.sort();
    assert_eq!(store.count_notices().await.unwrap(), 3);
    let first = due(store, NOW).await;
    assert_eq!(ids(&first), expected, "at once, and not the session that lives");
    assert!(
        first
            .iter()
            .all(|(_, notice)| notice.subject == "00u1" && notice.tries == 1)
    );

    let idle = after(NOW, LIFETIMES.usual.idle);
    ended_of(store.sweep_sessions(LIFETIMES, idle).await);
    assert!(ids(&due(store, idle).await).contains(&over));
    let (gone, kept) = (
        store.drop_notices(2).await.unwrap(),
        store.count_notices().await.unwrap(),
    );
    assert_eq!((gone, kept, store.drop_notices(2).await.unwrap()), (2, 2, 0));
}

async fn a_notice_is_handed_out_once_until_it_is_due_again(store: &dyn Store) {
    let secrets = secrets();
    for name in ["one", "two"] {
        let id = sign_in(store, &secrets, name).await;
        store.end(id, Requester::default(), NOW).await.unwrap();
    }
    let one_by_one = [store.due_notices(1, NOW).await, store.due_notices(5, NOW).await];
    let [first, second] = one_by_one.map(Result::unwrap);
    assert_eq!((first.len(), second.len()), (1, 1));
    assert!(due(store, NOW).await.is_empty(), "nobody else tries it meanwhile");

    let (id, mut notice) = first.into_iter().next().unwrap();
    notice.told.push("https://portal.example.com/logout".to_owned());
    store.keep_notice(id, &notice).await.unwrap();
    let later = after(NOW, Duration::from_secs(10));
    let again = due(store, later).await;
    assert_eq!(again.len(), 2);
    let (_, read) = again.iter().find(|(other, _)| *other == id).unwrap();
    assert_eq!((&read.told, read.tries, read.since), (&notice.told, 2, NOW));

    store.forget_notice(id).await.unwrap();
    store.keep_notice(id, &notice).await.unwrap();
    assert_eq!(store.count_notices().await.unwrap(), 1, "it does not come back");
    assert_eq!(due(store, after(later, Duration::from_mins(5))).await.len(), 1);
}

pub(super) async fn suite(make: impl Fn() -> Arc<dyn Store>) {
    every_end_leaves_a_notice(make().as_ref()).await;
    a_notice_is_handed_out_once_until_it_is_due_again(make().as_ref()).await;
}

#[tokio::test]
async fn a_notice_outlives_the_process_as_long_as_there_is_a_portal_to_tell() {
    let (folder, ring, secrets) = (tempfile::tempdir().unwrap(), ring(), secrets());
    let path = folder.path().join("portico.redb");
    let open = |keeps_notices| {
        let bounds = Bounds {
            keeps_notices,
            ..super::BOUNDS
        };
        let sealer = Sealer::new(ring.clone(), Arc::new(SystemEntropy));
        EmbeddedStore::open(&path, bounds, &sealer, Arc::new(SystemEntropy), NOW).unwrap()
    };
    let mut ends = Vec::new();
    for (is_many, keeps_notices) in [(false, true), (true, true), (false, false)] {
        let store = open(keeps_notices);
        let id = sign_in(&store, &secrets, "ends").await;
        if is_many {
            ended_of(store.end_all(vec![id], Requester::default(), NOW).await);
        } else {
            store.end(id, Requester::default(), NOW).await.unwrap();
        }
        ends.extend(keeps_notices.then_some(id));
        store.close().await.unwrap();
        if keeps_notices {
            let (store, mut expected) = (open(true), ends.clone());
            expected.sort();
            assert_eq!(
                ids(&due(&store, NOW).await),
                expected,
                "the pause between tries does not last"
            );
            store.close().await.unwrap();
        }
    }
    let store = open(true);
    assert_eq!(
        store.count_notices().await.unwrap(),
        0,
        "deleted while there was nobody to tell"
    );
}
