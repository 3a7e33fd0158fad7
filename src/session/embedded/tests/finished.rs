//! What is stored of an attempt that became a session.

use super::*;
use crate::domain::ids::SessionId;
use crate::session::Stored;
use crate::session::tests::{finished, proven, start};

/// A store, and a view of what a later process would find.
struct Scene {
    folder: tempfile::TempDir,
    ring: KeyRing,
    secrets: Secrets,
    store: EmbeddedStore,
}

impl Scene {
    fn new() -> Self {
        let (folder, ring) = (tempfile::tempdir().unwrap(), ring());
        let store = open(&folder.path().join("portico.redb"), &ring).unwrap();
        Self {
            folder,
            ring,
            secrets: secrets(),
            store,
        }
    }

    /// Posts a wrong password, then the right one.
    async fn signs_in(&self) -> (HashedId, Tab, SessionId) {
        let (visit, tab) = self.browser();
        self.store.open(visit, &tab, attempt()).await.unwrap();
        let mut again = attempt();
        again.facts.serial = 1;
        assert!(self.store.replace(visit, &tab, 0, again.into()).await.unwrap());
        let id = self.begins(visit, &tab, 1).await;
        (visit, tab, id)
    }

    fn browser(&self) -> (HashedId, Tab) {
        let visit = HashedId::of_visit(&self.secrets.ids.new_visit());
        (visit, self.secrets.ids.new_tab())
    }

    /// Turns the attempt at this revision into a session.
    async fn begins(&self, visit: HashedId, tab: &Tab, revision: u64) -> SessionId {
        let (id, mut finished) = finished(&self.secrets);
        finished.facts.serial = 2;
        let start = start(visit, tab, revision, &finished, &id, "refresh");
        assert!(self.store.start(start).await.unwrap().is_some());
        id
    }

    /// Completes when everything queued before is on disk.
    async fn settles(&self) {
        self.store.disk.write(Vec::new(), OnFailure::Keep, None).await.unwrap();
    }

    fn after_crash(&self) -> (tempfile::TempDir, EmbeddedStore) {
        let copy = snapshot(&self.folder.path().join("portico.redb"));
        let store = open(&copy.path().join("portico.redb"), &self.ring).unwrap();
        (copy, store)
    }

    async fn found(&self, visit: HashedId, tab: &Tab) -> Option<Stored> {
        self.after_crash().1.load(visit, tab).await.unwrap()
    }
}

#[tokio::test]
async fn what_became_a_session_leaves_the_file_with_the_next_sweep() {
    let scene = Scene::new();
    let (visit, tab, id) = scene.signs_in().await;
    let (_copy, store) = scene.after_crash();
    let id = HashedId::of_session(&id);
    assert!(store.session(id).await.unwrap().is_some());
    assert_eq!(store.count_revocations().await.unwrap(), 0);
    let left = scene.found(visit, &tab).await.unwrap().attempt;
    assert_eq!(left.facts.serial, 1, "the form before the password that was right");

    scene.store.sweep_attempts(NOW).await.unwrap();
    scene.settles().await;
    assert!(scene.found(visit, &tab).await.is_none());
    let known = scene.store.load(visit, &tab).await.unwrap().unwrap();
    assert!(
        matches!(known.attempt.stage, Stage::Finished { .. }),
        "the second half of a double submit still finds it"
    );
}

#[tokio::test]
async fn a_close_forgets_it_as_well() {
    let scene = Scene::new();
    let (visit, tab, _) = scene.signs_in().await;
    scene.store.close().await.unwrap();
    assert!(scene.found(visit, &tab).await.is_none());
}

#[tokio::test]
async fn what_was_begun_anew_in_its_place_stays() {
    let scene = Scene::new();
    let (visit, tab, _) = scene.signs_in().await;
    let mut anew = attempt();
    anew.facts.serial = 7;
    assert!(scene.store.replace(visit, &tab, 2, anew.into()).await.unwrap());
    scene.store.sweep_attempts(NOW).await.unwrap();
    scene.settles().await;
    let found = scene.found(visit, &tab).await.unwrap();
    assert_eq!(found.attempt.facts.serial, 7);
}

#[tokio::test]
async fn tokens_that_a_session_took_over_are_revoked_by_nobody_else() {
    tokio::task::spawn_blocking(states).await.unwrap();
    let scene = Scene::new();
    let (visit, tab) = scene.browser();
    open_approved(&scene.store, visit, &tab).await;
    scene.begins(visit, &tab, 1).await;
    let found = scene.found(visit, &tab).await.unwrap();
    assert!(matches!(found.attempt.stage, Stage::Finished { .. }));
}

#[tokio::test]
async fn what_was_proven_by_something_good_once_is_found_by_the_same_press_after_a_crash() {
    let scene = Scene::new();
    let (visit, tab) = scene.browser();
    scene.store.open(visit, &tab, proven()).await.unwrap();
    scene.begins(visit, &tab, 0).await;
    let found = scene.found(visit, &tab).await.unwrap().attempt;
    assert!(
        matches!(found.stage, Stage::Finished { session: Some(_) }),
        "{:?}",
        found.stage
    );
    scene.store.sweep_attempts(NOW).await.unwrap();
    scene.settles().await;
    assert!(scene.found(visit, &tab).await.is_some());
}

#[tokio::test]
async fn a_form_without_a_step_costs_the_file_nothing() {
    let scene = Scene::new();
    let (visit, tab) = scene.browser();
    scene.store.open(visit, &tab, attempt()).await.unwrap();
    scene.settles().await;
    assert!(scene.found(visit, &tab).await.is_none(), "its page has it");
    scene.begins(visit, &tab, 0).await;
    assert!(scene.found(visit, &tab).await.is_none());
}
