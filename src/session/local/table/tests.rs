use std::sync::{Arc, Barrier};
use std::time::Duration;

use proptest::prelude::*;

use super::SessionTable;
use crate::domain::identity::Identity;
use crate::domain::session::{Live, Session, after};
use crate::session::HashedId;
use crate::session::local::lease::LeaseAnswer;
use crate::session::tests::{LIFETIMES, NOW, secrets, session};

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

/// Operations on sessions, by the position of each among those that exist.
#[derive(Debug, Clone)]
enum Step {
    SignsIn { called: Called, is_old: bool },
    IsRenewed(usize, Called),
    Ends(usize),
    Sweep,
}

/// Few names, so that customers share them, and one's email is another's login or `sub`.
#[derive(Debug, Clone)]
struct Called {
    subject: &'static str,
    login: &'static str,
    email: Option<&'static str>,
}

const NAMES: [&str; 5] = ["robin", "ROBIN", "ada@example.com", "Ada@Example.com", "äNNE"];

fn called() -> impl Strategy<Value = Called> {
    let name = || prop::sample::select(&NAMES[..]);
    (name(), name(), prop::option::of(name())).prop_map(|(subject, login, email)| Called { subject, login, email })
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (called(), any::<bool>()).prop_map(|(called, is_old)| Step::SignsIn { called, is_old }),
        3 => (any::<usize>(), called()).prop_map(|(at, called)| Step::IsRenewed(at, called)),
        2 => any::<usize>().prop_map(Step::Ends),
        1 => Just(Step::Sweep),
    ]
}

impl Called {
    fn session(&self) -> Session {
        let mut session = session(self.login);
        let mut person = session.identity.person();
        person.subject = self.subject.to_owned();
        person.email = self.email.map(str::to_owned);
        session.identity = Identity::from(person);
        session
    }
}

/// The ids of the matching sessions, by a full scan.
fn scanned(table: &SessionTable, is_meant: impl Fn(&Live) -> bool) -> Vec<HashedId> {
    in_order(table.each().into_iter().filter(|(_, live)| is_meant(live)).collect())
}

fn in_order(found: Vec<(HashedId, Live)>) -> Vec<HashedId> {
    let mut ids: Vec<HashedId> = found.into_iter().map(|(id, _)| id).collect();
    ids.sort_unstable();
    ids
}

proptest! {
    #[test]
    fn the_index_finds_whom_a_scan_finds(steps in prop::collection::vec(step(), 1..40)) {
        let (table, secrets) = (Arc::new(SessionTable::new(100)), secrets());
        let mut there: Vec<HashedId> = Vec::new();
        let later = after(NOW, LIFETIMES.usual.idle);
        for step in steps {
            match step {
                Step::SignsIn { called, is_old } => {
                    let id = HashedId::of_session(&secrets.ids.new_session());
                    let last_used = if is_old { NOW } else { later };
                    let live = Live { session: Arc::new(called.session()), version: 0, last_used };
                    table.insert(table.promise().unwrap(), id, live);
                    there.push(id);
                }
                Step::IsRenewed(at, called) if !there.is_empty() => {
                    let id = there[at % there.len()];
                    let version = table.get(id).unwrap().version;
                    let LeaseAnswer::Granted(lease) = table.lease(id, version, after(NOW, MINUTE), NOW) else {
                        panic!("the lease is free");
                    };
                    table.renew(id, lease, called.session());
                }
                Step::Ends(at) if !there.is_empty() => {
                    table.remove(there.swap_remove(at % there.len()), || ()).unwrap();
                }
                Step::Sweep => {
                    for id in table.ended(LIFETIMES, later) {
                        table.remove(id, || ()).unwrap();
                        there.retain(|other| *other != id);
                    }
                }
                Step::IsRenewed(..) | Step::Ends(_) => {}
            }
            for name in NAMES.iter().chain(&["Änne", "nobody"]) {
                let of_user = in_order(table.of_user(name));
                prop_assert_eq!(of_user, scanned(&table, |live| live.session.identity.is_called(name)));
                let of_subject = in_order(table.of_subject(name));
                prop_assert_eq!(of_subject, scanned(&table, |live| live.session.identity.subject() == *name));
            }
        }
        for id in there {
            table.remove(id, || ()).unwrap();
        }
        prop_assert!(table.cold().names.is_empty(), "nothing is left of sessions that are gone");
    }
}
