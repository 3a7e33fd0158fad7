//! Rows in which limits count are written together with an attempt or a session, or not at all.

use std::time::Duration;

use super::server::RedisServer;
use super::{Replica, server};
use crate::session::redis::RedisStore;
use crate::session::tests::{attempt, finished, secrets, start};
use crate::session::{AttemptStore as _, HashedId, RowChange, RowStore as _, SessionStore as _, Start};

fn row(name: &str, expected: Option<&str>, wanted: Option<&str>) -> RowChange {
    RowChange {
        name: name.to_owned(),
        expected: expected.map(|value| value.as_bytes().to_vec()),
        wanted: wanted.map(|value| value.as_bytes().to_vec()),
        keep_for: Duration::from_mins(1),
    }
}

/// Whether the rows have these values.
async fn are(store: &RedisStore, rows: &[(&str, Option<&str>)]) -> bool {
    let look: Vec<RowChange> = rows.iter().map(|(name, value)| row(name, *value, *value)).collect();
    store.write_rows(&look).await.unwrap().is_none()
}

#[tokio::test]
async fn rows_change_with_what_they_are_written_with() {
    if !server::is_here() {
        return;
    }
    let server = RedisServer::start().await;
    let (store, secrets) = (Replica::of_node(&server).opens(), secrets());
    let visit = HashedId::of_visit(&secrets.ids.new_visit());
    let (tab, other) = (secrets.ids.new_tab(), secrets.ids.new_tab());
    let open = |tab, rows| store.open_with_rows(visit, tab, attempt(), rows);

    let opened = open(&tab, vec![row("tries", None, Some("1")), row("hold", None, None)]).await;
    assert_eq!(opened.unwrap().unwrap().rows, None);
    assert!(are(&store, &[("tries", Some("1")), ("hold", None)]).await);
    // The same form once more counts nothing.
    let again = open(&tab, vec![row("tries", Some("1"), Some("2"))]).await;
    assert!(again.unwrap().is_none());
    assert!(are(&store, &[("tries", Some("1"))]).await);
    // A decision on outdated rows is to be repeated; the attempt is there.
    let outdated = open(&other, vec![row("hold", None, None), row("tries", None, Some("1"))]).await;
    assert_eq!(outdated.unwrap().unwrap().rows, Some(vec![None, Some(b"1".to_vec())]));
    assert!(store.load(visit, &other).await.unwrap().is_some());

    let (id, finished) = finished(&secrets);
    let start_at = |revision| Start {
        rows: vec![row("hold", None, None), row("tries", Some("1"), None)],
        ..start(visit, &tab, revision, &finished, &id, "token")
    };
    assert!(store.start(start_at(7)).await.unwrap().is_none());
    assert!(are(&store, &[("tries", Some("1"))]).await);
    let started = store.start(start_at(0)).await.unwrap().unwrap();
    assert_eq!(started.rows, None);
    assert!(are(&store, &[("tries", None), ("hold", None)]).await);
}
