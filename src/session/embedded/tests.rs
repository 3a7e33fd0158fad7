mod damage;
mod finished;
mod many;

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use redb::ReadableDatabase as _;

use super::disk::OnFailure;
use super::open::open_file;
use super::tables;
use super::tables::{FileTable, Write};
use super::{EmbeddedStore, OpenError};
use crate::clock::SystemEntropy;
use crate::domain::attempt::tests::states;
use crate::domain::attempt::{Origin, Stage};
use crate::domain::ids::Tab;
use crate::domain::revocation::Requester;
use crate::domain::session::after;
use crate::session::secrets::Secrets;
use crate::session::secrets::keys::KeyRing;
use crate::session::tests::{
    BOUNDS, LIFETIMES, NOW, attempt, ended_of, granted, open_approved, ring, secrets, session, sign_in, sign_in_over,
    tokens,
};
use crate::session::{
    AttemptStore as _, Bounds, HashedId, Leasing, LogoutNoticeStore as _, Renewed, RevocationStore as _, Sealer,
    SessionStore as _, Store as _,
};

/// More than any test here needs.
const ROOM: Bounds = Bounds {
    attempts: 2000,
    sessions: 2000,
    keeps_notices: true,
};

fn open(path: &Path, ring: &KeyRing) -> Result<EmbeddedStore, OpenError> {
    open_with(path, ring, BOUNDS)
}

fn open_with(path: &Path, ring: &KeyRing, bounds: Bounds) -> Result<EmbeddedStore, OpenError> {
    let entropy = Arc::new(SystemEntropy);
    let sealer = Sealer::new(ring.clone(), entropy.clone());
    EmbeddedStore::open(path, bounds, &sealer, entropy, NOW)
}

/// A copy of the current file on disk: what a killed process would leave.
fn snapshot(path: &Path) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::copy(path, folder.path().join("portico.redb")).unwrap();
    folder
}

#[tokio::test]
async fn what_was_answered_is_there_after_a_crash() {
    let (folder, ring, secrets) = (tempfile::tempdir().unwrap(), ring(), secrets());
    let path = folder.path().join("portico.redb");
    let store = open(&path, &ring).unwrap();
    let kept = sign_in(&store, &secrets, "kept").await;
    let ended = sign_in(&store, &secrets, "ended").await;
    let revocation = store.end(ended, Requester::default(), NOW).await.unwrap();
    let (visit, tab) = (HashedId::of_visit(&secrets.ids.new_visit()), secrets.ids.new_tab());
    store.open(visit, &tab, attempt()).await.unwrap();
    let mut choosing = attempt();
    choosing.facts.serial = 1;
    choosing.stage = Stage::Choose { origin: Origin::Name };
    assert!(store.replace(visit, &tab, 0, choosing.into()).await.unwrap());

    // Not closed: as after a kill, the former writer finished nothing.
    let after_crash = snapshot(&path);
    let store = open(&after_crash.path().join("portico.redb"), &ring).unwrap();
    assert!(store.session(kept).await.unwrap().is_some());
    assert!(store.tokens(kept).await.unwrap().is_some());
    assert!(store.session(ended).await.unwrap().is_none());
    let due = store.due(after(NOW, Duration::from_secs(30))).await.unwrap();
    assert_eq!(due.len(), 1);
    assert_eq!(due[0].0, revocation.unwrap().revocation.unwrap().0);
    let read = store.load(visit, &tab).await.unwrap().unwrap().attempt;
    assert!(matches!(read.stage, Stage::Choose { .. }));
}

#[tokio::test]
async fn sec_146_a_former_session_is_dead_on_disk_once_the_new_one_was_answered() {
    // A renewal in progress at that moment neither brings it back nor leaves its new token unrevoked.
    for renewal_comes_first in [true, false] {
        let (folder, ring, secrets) = (tempfile::tempdir().unwrap(), ring(), secrets());
        let path = folder.path().join("portico.redb");
        let store = open(&path, &ring).unwrap();
        let former = sign_in(&store, &secrets, "former").await;
        let until = after(NOW, Duration::from_secs(30));
        let number = granted(store.lease(former, 0, until, NOW).await.unwrap());
        let renewed = session("robin@example.com");
        let renewal = store.renew(former, number.number, renewed, tokens("rotated"));
        let start = sign_in_over(&store, &secrets, former, "new");
        // Polled in this order, so that the first one's writes are queued first.
        let (is_renewed, (new, started)) = if renewal_comes_first {
            tokio::join!(biased; renewal, start)
        } else {
            let (start, renewal) = tokio::join!(biased; start, renewal);
            (renewal, start)
        };
        assert_eq!(is_renewed.unwrap() == Renewed::Done, renewal_comes_first);
        let after_crash = snapshot(&path);
        let store = open(&after_crash.path().join("portico.redb"), &ring).unwrap();
        assert!(store.session(former).await.unwrap().is_none());
        assert!(store.tokens(former).await.unwrap().is_none());
        assert!(store.session(new).await.unwrap().is_some());
        let due = store.due(until).await.unwrap();
        assert_eq!(due.len(), 1);
        assert_eq!(due[0].0, started.former.unwrap().revocation.unwrap().0);
        let revocation = due[0].1.tokens.refresh.as_ref().unwrap();
        let expected = if renewal_comes_first { "rotated" } else { "former" };
        assert_eq!(revocation.expose_secret(), expected);
    }
}

#[tokio::test]
async fn an_end_that_meets_a_renewal_owes_the_newest_token() {
    let (folder, ring, secrets) = (tempfile::tempdir().unwrap(), ring(), secrets());
    let store = open(&folder.path().join("portico.redb"), &ring).unwrap();
    let id = sign_in(&store, &secrets, "first").await;
    let until = after(NOW, Duration::from_secs(30));
    let number = granted(store.lease(id, 0, until, NOW).await.unwrap()).number;
    let renewed = session("robin@example.com");
    let renewal = store.renew(id, number, renewed, tokens("rotated"));
    let end = store.end(id, Requester::default(), NOW);
    let (is_renewed, ended) = tokio::join!(biased; renewal, end);
    assert_eq!(is_renewed.unwrap(), Renewed::Done);
    let (_, revocation) = ended.unwrap().unwrap().revocation.unwrap();
    assert_eq!(revocation.tokens.refresh.unwrap().expose_secret(), "rotated");
    assert!(store.session(id).await.unwrap().is_none());
}

#[tokio::test]
async fn a_session_that_did_not_go_after_all_can_be_renewed() {
    let (folder, ring, secrets) = (tempfile::tempdir().unwrap(), ring(), secrets());
    let store = open(&folder.path().join("portico.redb"), &ring).unwrap();
    let id = sign_in(&store, &secrets, "stays").await;
    let until = after(NOW, Duration::from_secs(30));
    let leave = || store.leaving(id, Requester::default(), NOW);
    let (one, two) = (leave().await.unwrap(), leave().await.unwrap());
    let asked = store.lease(id, 0, until, NOW).await.unwrap();
    assert!(matches!(asked, Leasing::Busy));
    drop(one);
    let asked = store.lease(id, 0, until, NOW).await.unwrap();
    assert!(matches!(asked, Leasing::Busy), "the other may still end it");
    drop(two);
    granted(store.lease(id, 0, until, NOW).await.unwrap());
}

#[tokio::test]
async fn a_renewal_waits_for_an_end_that_is_under_way_and_may_not_come_to_be() {
    let (folder, ring, secrets) = (tempfile::tempdir().unwrap(), ring(), secrets());
    let store = open(&folder.path().join("portico.redb"), &ring).unwrap();
    let id = sign_in(&store, &secrets, "first").await;
    let until = after(NOW, Duration::from_secs(30));
    let lease = granted(store.lease(id, 0, until, NOW).await.unwrap());
    let leaving = store.leaving(id, Requester::default(), NOW).await.unwrap();
    let renewed = session("robin@example.com");
    let mut renewal = store.renew(id, lease.number, renewed, tokens("rotated"));
    assert!((&mut renewal).now_or_never().is_none());
    // The commit that was to end it failed, as on a full disk.
    drop(leaving);
    assert_eq!(renewal.await.unwrap(), Renewed::Done);
    let kept = store.tokens(id).await.unwrap().unwrap().refresh.unwrap();
    assert_eq!(kept.expose_secret(), "rotated");
}

#[tokio::test]
async fn a_session_whose_time_passed_while_nobody_served_is_still_paid() {
    let (folder, ring, secrets) = (tempfile::tempdir().unwrap(), ring(), secrets());
    let path = folder.path().join("portico.redb");
    let store = open(&path, &ring).unwrap();
    let id = sign_in(&store, &secrets, "owed").await;
    store.close().await.unwrap();
    let later = after(NOW, LIFETIMES.usual.absolute);
    let entropy = Arc::new(SystemEntropy);
    let sealer = Sealer::new(ring.clone(), entropy.clone());
    let store = EmbeddedStore::open(&path, BOUNDS, &sealer, entropy, later).unwrap();
    let live = store.session(id).await.unwrap();
    assert!(live.is_none_or(|live| !live.is_live(LIFETIMES, later)));
    let ended = ended_of(store.sweep_sessions(LIFETIMES, later).await);
    assert_eq!(ended.len(), 1);
    assert!(ended[0].revocation.is_some());
    assert_eq!(store.count_revocations().await.unwrap(), 1);
}

#[tokio::test]
async fn a_close_writes_the_uses_that_were_not_yet_written() {
    let (folder, ring, secrets) = (tempfile::tempdir().unwrap(), ring(), secrets());
    let path = folder.path().join("portico.redb");
    let store = open(&path, &ring).unwrap();
    let id = sign_in(&store, &secrets, "r").await;
    let used = after(NOW, Duration::from_secs(59));
    store.touch(id, used).await.unwrap();
    store.close().await.unwrap();
    assert!(
        store.end(id, Requester::default(), NOW).await.is_err(),
        "a closed store takes nothing any more"
    );
    let store = open(&path, &ring).unwrap();
    assert_eq!(store.session(id).await.unwrap().unwrap().last_used, used);
}

#[tokio::test]
async fn a_use_reaches_the_disk_once_a_minute_and_no_sooner() {
    let (folder, ring, secrets) = (tempfile::tempdir().unwrap(), ring(), secrets());
    let path = folder.path().join("portico.redb");
    let store = open(&path, &ring).unwrap();
    let id = sign_in(&store, &secrets, "r").await;
    let other = sign_in(&store, &secrets, "other").await;
    let ended = store.end(other, Requester::default(), NOW).await.unwrap();
    let (_, revocation) = ended.unwrap().revocation.unwrap();
    for (second, on_disk) in [(30, 0), (59, 0), (60, 60), (61, 60), (119, 60), (120, 120)] {
        let used = |second| after(NOW, Duration::from_secs(second));
        store.touch(id, used(second)).await.unwrap();
        // Changes that wait are written together with one that may not.
        store
            .keep_revocation(secrets.ids.new_revocation(), revocation.clone(), NOW)
            .await
            .unwrap();
        let crashed = snapshot(&path);
        let found = open(&crashed.path().join("portico.redb"), &ring).unwrap();
        let live = found.session(id).await.unwrap().unwrap();
        assert_eq!(live.last_used, used(on_disk), "after {second} s");
    }
}

#[tokio::test]
async fn a_second_process_is_refused_by_name() {
    let (folder, ring) = (tempfile::tempdir().unwrap(), ring());
    let path = folder.path().join("portico.redb");
    let _first = open(&path, &ring).unwrap();
    let error = open(&path, &ring).unwrap_err();
    assert!(matches!(error, OpenError::InUse(_)), "{error}");
    assert!(error.to_string().contains("store.kind = \"redis\""));
}

#[tokio::test]
async fn another_key_ring_is_refused_and_leaves_the_file_as_it_is() {
    let (folder, ours, secrets) = (tempfile::tempdir().unwrap(), ring(), secrets());
    let path = folder.path().join("portico.redb");
    let store = open(&path, &ours).unwrap();
    let id = sign_in(&store, &secrets, "r").await;
    store.close().await.unwrap();
    let before = fs::read(&path).unwrap();
    let error = open(&path, &ring()).unwrap_err();
    assert!(matches!(error, OpenError::OtherKeys(..)), "{error}");
    assert!(fs::read(&path).unwrap() == before, "the file was changed");
    // A rotated ring opens it, as does the former one, which can also open what the rotated one seals.
    let rotated = ours.rotated(&SystemEntropy, NOW);
    for ring in [&rotated, &ours] {
        let store = open(&path, ring).unwrap();
        assert!(store.session(id).await.unwrap().is_some());
        store.close().await.unwrap();
    }
}

#[tokio::test]
async fn sec_611_a_file_of_a_newer_version_is_refused() {
    let (folder, ring, secrets) = (tempfile::tempdir().unwrap(), ring(), secrets());
    for (name, change) in [
        ("layout", Write::put(FileTable::Meta, *b"format", 2_u32.to_be_bytes())),
        ("witness", Write::put(FileTable::Meta, *b"witness", [2; 80])),
        (
            "attempt",
            Write::put(FileTable::Attempts, [[1; 32].as_slice(), &[b'A'; 16]].concat(), [2; 80]),
        ),
        ("session", Write::put(FileTable::Sessions, [1; 32], [2; 80])),
        ("tokens", Write::put(FileTable::Tokens, [1; 32], [2; 80])),
        (
            "debt",
            Write::put(FileTable::Revocations, [1; 16], [[0; 8].as_slice(), &[2; 80]].concat()),
        ),
    ] {
        let path = folder.path().join(name);
        let store = open(&path, &ring).unwrap();
        sign_in(&store, &secrets, "r").await;
        store.close().await.unwrap();
        drop(store);
        let database = open_file(&path).unwrap();
        tables::commit(&database, [change].iter()).unwrap();
        drop(database);
        let before = fs::read(&path).unwrap();
        let error = open(&path, &ring).unwrap_err();
        assert!(matches!(error, OpenError::Newer(..)), "{name}: {error}");
        assert!(error.to_string().contains("start that version"), "{error}");
        assert!(fs::read(&path).unwrap() == before, "{name} was changed");
    }
}

#[tokio::test]
async fn a_lowered_bound_signs_nobody_out_and_refuses_sign_ins_until_there_is_room() {
    let (folder, ring, secrets) = (tempfile::tempdir().unwrap(), ring(), secrets());
    let path = folder.path().join("portico.redb");
    let store = open(&path, &ring).unwrap();
    let mut ids = Vec::new();
    for number in 0..3 {
        ids.push(sign_in(&store, &secrets, &number.to_string()).await);
    }
    store.close().await.unwrap();
    drop(store);
    let lower = Bounds { sessions: 2, ..BOUNDS };
    let store = open_with(&path, &ring, lower).unwrap();
    assert_eq!(store.count_sessions().await.unwrap(), 3);
    for left in [2, 1] {
        let is_full = store.sessions.promise().unwrap_err();
        assert!(is_full.reason.contains("store.max_sessions"), "{is_full}");
        let id = ids.pop().unwrap();
        store.end(id, Requester::default(), NOW).await.unwrap();
        assert_eq!(store.count_sessions().await.unwrap(), left);
    }
    sign_in(&store, &secrets, "there is room").await;
}

#[tokio::test]
async fn tokens_without_a_session_are_revoked_after_the_next_start() {
    let (folder, ring, secrets) = (tempfile::tempdir().unwrap(), ring(), secrets());
    let path = folder.path().join("portico.redb");
    let store = open(&path, &ring).unwrap();
    let gone = sign_in(&store, &secrets, "gone").await;
    let damaged = sign_in(&store, &secrets, "damaged").await;
    let lost = sign_in(&store, &secrets, "lost with its tokens").await;
    store.close().await.unwrap();
    drop(store);
    let database = open_file(&path).unwrap();
    let changes = [
        Write::delete(FileTable::Sessions, gone.as_bytes()),
        Write::put(FileTable::Sessions, damaged.as_bytes(), [1; 80]),
        Write::delete(FileTable::Sessions, lost.as_bytes()),
        Write::put(FileTable::Tokens, lost.as_bytes(), [1; 80]),
        Write::put(FileTable::Tokens, *b"no id", [1; 80]),
        Write::put(FileTable::Revocations, *b"no id", [1; 80]),
    ];
    tables::commit(&database, changes.iter()).unwrap();
    drop(database);
    let store = open(&path, &ring).unwrap();
    assert_eq!(store.count_sessions().await.unwrap(), 0);
    let due = store.due(NOW).await.unwrap();
    let mut revocation: Vec<_> = due
        .iter()
        .map(|(_, revocation)| revocation.tokens.refresh.as_ref().unwrap().expose_secret())
        .collect();
    revocation.sort_unstable();
    assert_eq!(revocation, ["damaged", "gone"]);
    store.close().await.unwrap();
    drop(store);
    let database = open_file(&path).unwrap();
    let transaction = database.begin_read().unwrap();
    for (table, expected) in [(FileTable::Tokens, 0), (FileTable::Revocations, 2)] {
        let mut left = 0;
        let count = |_: &[u8], _: &[u8]| {
            left += 1;
            Ok(())
        };
        tables::each(&transaction, table, count).unwrap();
        assert_eq!(left, expected, "{table:?}");
    }
}

#[tokio::test]
async fn sec_415_a_damaged_record_ends_only_what_it_stands_for() {
    let (folder, ring, secrets) = (tempfile::tempdir().unwrap(), ring(), secrets());
    let path = folder.path().join("portico.redb");
    let store = open(&path, &ring).unwrap();
    let (good, bad, swapped) = (
        sign_in(&store, &secrets, "good").await,
        sign_in(&store, &secrets, "bad").await,
        sign_in(&store, &secrets, "swapped").await,
    );
    store.close().await.unwrap();
    drop(store);
    let database = open_file(&path).unwrap();
    let read = |id: HashedId| {
        tables::get(&database, FileTable::Sessions, id.as_bytes())
            .unwrap()
            .unwrap()
    };
    let mut damaged = read(bad);
    let last = damaged.len() - 1;
    damaged[last] ^= 1;
    let changes = [
        Write::put(FileTable::Sessions, bad.as_bytes(), damaged),
        Write::put(FileTable::Sessions, swapped.as_bytes(), read(good)),
    ];
    tables::commit(&database, changes.iter()).unwrap();
    drop(database);
    let store = open(&path, &ring).unwrap();
    assert!(store.session(good).await.unwrap().is_some());
    assert!(store.session(bad).await.unwrap().is_none());
    assert!(store.session(swapped).await.unwrap().is_none());
}

#[tokio::test]
async fn sec_415_a_damaged_file_is_refused_and_left_as_it_is() {
    let (folder, ring, secrets) = (tempfile::tempdir().unwrap(), ring(), secrets());
    let path = folder.path().join("portico.redb");
    let store = open(&path, &ring).unwrap();
    sign_in(&store, &secrets, "r").await;
    store.close().await.unwrap();
    drop(store);
    let good = fs::read(&path).unwrap();
    let cases: [(&str, Vec<u8>); 3] = [
        ("text", b"this is no store, and never was".repeat(400)),
        ("half", good[..good.len() / 2].to_vec()),
        ("head", [&[0xff; 512], &good[512..]].concat()),
    ];
    for (name, bytes) in cases {
        let path = folder.path().join(name);
        fs::write(&path, &bytes).unwrap();
        let error = open(&path, &ring).expect_err(name);
        assert!(matches!(error, OpenError::Damaged(..)), "{name}: {error}");
        assert!(error.to_string().contains("move it away"), "{name}");
        assert_eq!(fs::read(&path).unwrap(), bytes, "{name} was changed");
    }
}

#[tokio::test]
async fn sec_201_sec_215_a_dump_holds_no_token_no_name_and_no_usable_id() {
    // The first call starts a runtime for them, which needs a thread without one.
    tokio::task::spawn_blocking(states).await.unwrap();
    let (folder, ring, secrets) = (tempfile::tempdir().unwrap(), ring(), secrets());
    let path = folder.path().join("portico.redb");
    let store = open(&path, &ring).unwrap();
    let visit = secrets.ids.new_visit();
    let (key, tab) = (HashedId::of_visit(&visit), secrets.ids.new_tab());
    store.open(key, &tab, attempt()).await.unwrap();
    let session = secrets.ids.new_session();
    let mut approved = attempt();
    approved.facts.serial = 1;
    approved.facts.login = Some(crate::domain::input::Login::parse("someone@example.com").unwrap());
    approved.stage = Stage::Approved {
        tokens: states().tokens.clone(),
    };
    assert!(store.replace(key, &tab, 0, approved.clone().into()).await.unwrap());
    let finished = crate::domain::attempt::Attempt {
        stage: Stage::Finished {
            session: Some(crate::session::tests::masked_id(&secrets, &session)),
        },
        facts: approved.facts.clone(),
    };
    let tokens = crate::domain::session::Tokens::from(states().tokens.clone());
    let start = crate::session::Start {
        visit: key,
        tab: &tab,
        expected: 1,
        attempt: finished,
        id: HashedId::of_session(&session),
        session: crate::session::tests::session("someone@example.com"),
        tokens: tokens.clone(),
        former: None,
        requester: Requester::default(),
        rows: Vec::new(),
    };
    assert!(store.start(start).await.unwrap().is_some());
    let ended = sign_in(&store, &secrets, "a-refresh-token-that-is-owed").await;
    store.end(ended, Requester::default(), NOW).await.unwrap();
    store.close().await.unwrap();

    let dump = fs::read(&path).unwrap();
    let holds = |text: &[u8]| dump.windows(text.len()).any(|window| window == text);
    let set = &states().tokens;
    let secrets = [
        ("access token", tokens.access.as_ref().unwrap().expose_secret()),
        ("ID token", set.id_token.expose_secret()),
        ("owed token", "a-refresh-token-that-is-owed"),
        ("user name", "someone@example.com"),
        ("destination", "portal.example.com"),
        ("session cookie", &session.expose()),
        ("visit cookie", &visit.expose()),
    ];
    for (name, secret) in secrets {
        assert!(!holds(secret.as_bytes()), "the {name} stands in the file");
    }
    assert!(!holds(session.expose_bytes()), "the session id stands in the file");
    assert!(!holds(visit.expose_bytes()), "the visit id stands in the file");
    assert!(
        holds(HashedId::of_session(&session).as_bytes()),
        "the search finds what is there"
    );
}

#[tokio::test]
async fn sec_229_what_has_ended_leaves_the_file() {
    let (folder, ring, secrets) = (tempfile::tempdir().unwrap(), ring(), secrets());
    let path = folder.path().join("portico.redb");
    let store = open(&path, &ring).unwrap();
    let id = sign_in(&store, &secrets, "r").await;
    let ended = store.end(id, Requester::default(), NOW).await.unwrap();
    store
        .forget_revocation(ended.unwrap().revocation.unwrap().0)
        .await
        .unwrap();
    store.forget_notice(id).await.unwrap();
    store.sweep_attempts(after(NOW, Duration::from_hours(2))).await.unwrap();
    store.close().await.unwrap();
    let database = open_file(&path).unwrap();
    let transaction = database.begin_read().unwrap();
    for table in FileTable::ALL.into_iter().filter(|table| *table != FileTable::Meta) {
        let mut entries = 0;
        tables::each(&transaction, table, |_, _| {
            entries += 1;
            Ok(())
        })
        .unwrap();
        assert_eq!(entries, 0, "{table:?}");
    }
}

#[tokio::test]
async fn an_approval_that_nobody_claimed_is_revoked_after_a_restart() {
    tokio::task::spawn_blocking(states).await.unwrap();
    let (folder, ring, secrets) = (tempfile::tempdir().unwrap(), ring(), secrets());
    let path = folder.path().join("portico.redb");
    let store = open(&path, &ring).unwrap();
    for _ in 0..2 {
        let visit = HashedId::of_visit(&secrets.ids.new_visit());
        open_approved(&store, visit, &secrets.ids.new_tab()).await;
    }
    store.close().await.unwrap();
    drop(store);
    let sealer = Sealer::new(ring.clone(), Arc::new(SystemEntropy));
    let open = |now| {
        let entropy = Arc::new(SystemEntropy);
        EmbeddedStore::open(&path, BOUNDS, &sealer, entropy, now).unwrap()
    };
    // Before it expires, it still waits for its browser.
    let store = open(after(NOW, Duration::from_mins(9)));
    assert_eq!(store.count_attempts(NOW).await.unwrap(), 2);
    assert_eq!(store.count_revocations().await.unwrap(), 0);
    store.close().await.unwrap();
    drop(store);
    let later = after(NOW, Duration::from_mins(10));
    for _ in 0..2 {
        let store = open(later);
        assert_eq!(store.count_attempts(NOW).await.unwrap(), 0);
        assert_eq!(store.count_revocations().await.unwrap(), 2, "once each");
        store.close().await.unwrap();
    }
    let store = open(later);
    let due = store.due(later).await.unwrap();
    let expected = states().tokens.access_token.as_ref().unwrap();
    assert_eq!(due.len(), 2);
    for (_, revocation) in due {
        let access = revocation.tokens.access.unwrap();
        assert_eq!(access.expose_secret(), expected.expose_secret());
    }
}

#[tokio::test]
async fn tokens_that_were_handed_out_stay_on_disk_until_their_revocation_is_stored() {
    tokio::task::spawn_blocking(states).await.unwrap();
    let (folder, ring, secrets) = (tempfile::tempdir().unwrap(), ring(), secrets());
    let path = folder.path().join("portico.redb");
    let store = open(&path, &ring).unwrap();
    let visit = HashedId::of_visit(&secrets.ids.new_visit());
    open_approved(&store, visit, &secrets.ids.new_tab()).await;
    let later = after(NOW, Duration::from_hours(2));
    assert_eq!(store.sweep_attempts(later).await.unwrap().len(), 1);
    // Everything queued earlier is on disk before this answers.
    let id = sign_in(&store, &secrets, "r").await;
    let sealer = Sealer::new(ring.clone(), Arc::new(SystemEntropy));
    let after_crash = || {
        let folder = snapshot(&path);
        let path = folder.path().join("portico.redb");
        EmbeddedStore::open(&path, BOUNDS, &sealer, Arc::new(SystemEntropy), later).unwrap()
    };
    assert_eq!(after_crash().count_revocations().await.unwrap(), 1);
    store.sweep_attempts(later).await.unwrap();
    store.end(id, Requester::default(), NOW).await.unwrap();
    let revocations = after_crash().count_revocations().await.unwrap();
    assert_eq!(revocations, 1, "that of the session alone");
}

#[test]
fn a_key_of_an_attempt_is_read_as_it_was_written() {
    let (visit, tab) = (HashedId([3; 32]), Tab::from_random([9; 12]));
    let key = super::attempts::key(visit, &tab);
    assert_eq!(super::attempts::parse_key(&key), Some((visit, tab)));
    assert_eq!(super::attempts::parse_key(&key[..40]), None);
    assert_eq!(super::attempts::parse_key(b""), None);
}
