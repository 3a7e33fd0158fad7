use std::collections::BTreeSet;

use futures_util::future::join_all;

use super::*;
use crate::session::Ended;

const SESSIONS: usize = 1_100;

/// A store with [`SESSIONS`] sessions.
async fn crowded(path: &Path, ring: &KeyRing) -> (EmbeddedStore, Vec<HashedId>) {
    let store = open_with(path, ring, ROOM).unwrap();
    let secrets = secrets();
    let names: Vec<String> = (0..SESSIONS).map(|number| number.to_string()).collect();
    let ids = join_all(names.iter().map(|name| sign_in(&store, &secrets, name))).await;
    (store, ids)
}

/// The refresh tokens that are to be revoked.
async fn pending(store: &EmbeddedStore) -> BTreeSet<String> {
    let (mut pending, later) = (BTreeSet::new(), after(NOW, Duration::from_secs(30)));
    loop {
        let due = store.due(later).await.unwrap();
        if due.is_empty() {
            return pending;
        }
        for (_, revocation) in due {
            let token = revocation.tokens.refresh.unwrap();
            assert!(pending.insert(token.expose_secret().to_owned()), "owed twice");
        }
    }
}

fn all() -> BTreeSet<String> {
    (0..SESSIONS).map(|number| number.to_string()).collect()
}

#[tokio::test]
async fn sec_210_many_end_in_few_commits_and_are_refused_before_the_first() {
    let (folder, ring) = (tempfile::tempdir().unwrap(), ring());
    let path = folder.path().join("portico.redb");
    let (store, ids) = crowded(&path, &ring).await;
    let before = store.disk.commits();
    let mut ending = store.end_all(ids.clone(), Requester::default(), NOW);
    assert!((&mut ending).now_or_never().is_none(), "the disk is waited for");
    for id in &ids {
        assert!(store.session(*id).await.unwrap().is_none());
    }
    let ended = ended_of(ending.await);
    assert_eq!(ended.len(), SESSIONS);
    // One for the ends, one for each five hundred pending revocations.
    assert!(store.disk.commits() - before <= 4);
    let notes = ended.iter().filter_map(|ended: &Ended| ended.revocation.as_ref());
    assert_eq!(notes.count(), SESSIONS);
    let after_crash = snapshot(&path);
    let store = open_with(&after_crash.path().join("portico.redb"), &ring, ROOM).unwrap();
    assert_eq!(store.count_sessions().await.unwrap(), 0);
    assert_eq!(pending(&store).await, all());
}

#[tokio::test]
async fn a_sweep_of_many_takes_few_commits() {
    let (folder, ring) = (tempfile::tempdir().unwrap(), ring());
    let (store, _) = crowded(&folder.path().join("portico.redb"), &ring).await;
    let before = store.disk.commits();
    let later = after(NOW, LIFETIMES.usual.absolute);
    let ended = ended_of(store.sweep_sessions(LIFETIMES, later).await);
    assert_eq!(ended.len(), SESSIONS);
    assert!(store.disk.commits() - before <= 4);
}

/// At any moment: a session still alive has no pending revocation; of any other the newest token is revoked.
#[tokio::test]
async fn a_kill_amid_the_end_of_many_loses_no_token() {
    let (folder, ring) = (tempfile::tempdir().unwrap(), ring());
    let path = folder.path().join("portico.redb");
    let (store, ids) = crowded(&path, &ring).await;
    let until = after(NOW, Duration::from_secs(30));
    let lease = granted(store.lease(ids[0], 0, until, NOW).await.unwrap());
    let renewed = session("robin@example.com");
    let mut renewal = store.renew(ids[0], lease.number, renewed, tokens("rotated"));
    assert!((&mut renewal).now_or_never().is_none(), "it is queued");
    let mut ending = store.end_all(ids, Requester::default(), NOW);
    let mut moments = vec![snapshot(&path)];
    // Each poll that makes progress has a commit behind it.
    let ended = std::future::poll_fn(|context| {
        let polled = ending.poll_unpin(context);
        moments.push(snapshot(&path));
        polled
    });
    assert_eq!(ended_of(ended.await).len(), SESSIONS);
    moments.push(snapshot(&path));
    let mut expected = all();
    expected.remove("0");
    expected.insert("rotated".to_owned());
    let mut was_amid = false;
    for moment in moments {
        let store = open_with(&moment.path().join("portico.redb"), &ring, ROOM).unwrap();
        let alive = store.count_sessions().await.unwrap();
        if alive == 0 {
            assert_eq!(pending(&store).await, expected);
        } else {
            was_amid = true;
            assert_eq!(alive, SESSIONS, "all of them end in one commit");
            assert_eq!(pending(&store).await, BTreeSet::new());
        }
    }
    assert!(was_amid);
}

#[tokio::test]
async fn who_gives_up_the_wait_leaves_nobody_signed_in_and_every_token_to_be_revoked() {
    let (folder, ring) = (tempfile::tempdir().unwrap(), ring());
    let path = folder.path().join("portico.redb");
    let (store, ids) = crowded(&path, &ring).await;
    let ending = store.end_all(ids, Requester::default(), NOW);
    assert!(ending.now_or_never().is_none());
    store.close().await.unwrap();
    drop(store);
    let store = open_with(&path, &ring, ROOM).unwrap();
    assert_eq!(store.count_sessions().await.unwrap(), 0);
    assert_eq!(pending(&store).await, all());
}
