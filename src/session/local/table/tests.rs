use std::sync::{Arc, Barrier};
use std::time::Duration;

use super::SessionTable;
use crate::domain::session::{Live, after};
use crate::session::HashedId;
use crate::session::tests::{NOW, secrets, session};

const MINUTE: Duration = Duration::from_mins(1);

fn signed_in(table: &Arc<SessionTable>) -> HashedId {
    let id = HashedId::of_session(&secrets().ids.new_session());
    let live = Live {
        session: Arc::new(session("robin@example.com")),
        version: 0,
        last_used: NOW,
    };
    table.insert(table.promise().unwrap(), id, live);
    id
}

#[test]
fn a_session_in_use_is_written_down_once_a_minute_however_often_it_is_used() {
    let table = Arc::new(SessionTable::new(10));
    let sessions = [signed_in(&table), signed_in(&table)];
    let mut writes = [0, 0];
    for second in 1..=300 {
        let now = after(NOW, Duration::from_secs(second));
        for (id, count) in sessions.iter().zip(&mut writes) {
            for _ in 0..10 {
                let due = table.touch(*id, now, MINUTE);
                assert!(due.is_none_or(|moment| moment == now), "{second}");
                *count += usize::from(due.is_some());
            }
            assert_eq!(table.get(*id).unwrap().last_used, now, "each use counts");
        }
    }
    assert_eq!(writes, [5, 5]);
}

#[test]
fn of_many_who_use_a_session_at_one_moment_one_writes_it_down() {
    let table = Arc::new(SessionTable::new(10));
    let id = signed_in(&table);
    let together = Arc::new(Barrier::new(8));
    for minute in 1..=20 {
        let now = after(NOW, MINUTE * minute);
        let threads: Vec<_> = (0..8)
            .map(|_| {
                let (table, together) = (Arc::clone(&table), Arc::clone(&together));
                std::thread::spawn(move || {
                    together.wait();
                    usize::from(table.touch(id, now, MINUTE).is_some())
                })
            })
            .collect();
        let writes = threads.into_iter().map(|thread| thread.join().unwrap());
        assert_eq!(writes.sum::<usize>(), 1);
    }
}

#[test]
fn a_clock_that_goes_back_takes_no_use_back_and_writes_nothing() {
    let table = Arc::new(SessionTable::new(10));
    let id = signed_in(&table);
    let late = after(NOW, MINUTE * 3);
    assert_eq!(table.touch(id, late, MINUTE), Some(late));
    assert_eq!(table.touch(id, after(NOW, MINUTE), MINUTE), None);
    assert_eq!(table.get(id).unwrap().last_used, late);
}
