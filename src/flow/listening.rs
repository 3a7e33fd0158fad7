//! How many waits one visit may have open at once.
//!
//! A page that waits for a phone holds a connection. A browser has as many as it has tabs that wait; more are somebody who
//! wants to fill the table. The oldest gives way, since it is the one of which nobody may have noticed that it broke.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::{Flow, Visitor};
use crate::session::HashedId;

/// More than the tabs that one visit keeps.
const MOST: usize = 8;

type Waits = HashMap<HashedId, VecDeque<Arc<Notify>>>;

/// The waits of every visit.
#[derive(Debug, Default)]
pub(super) struct Listeners(Mutex<Waits>);

/// One wait. Dropped when it is over.
#[derive(Debug)]
pub struct Listening {
    listeners: Arc<Listeners>,
    visit: HashedId,
    end: Arc<Notify>,
}

impl Flow {
    /// Notes one more wait of this visit.
    pub fn listen(&self, visitor: &Visitor) -> Listening {
        let (visit, end) = (visitor.key(), Arc::new(Notify::new()));
        let listeners = Arc::clone(&self.listeners);
        let mut waits = listeners.waits();
        let of_visit = waits.entry(visit).or_default();
        if of_visit.len() >= MOST
            && let Some(oldest) = of_visit.pop_front()
        {
            oldest.notify_one();
        }
        of_visit.push_back(Arc::clone(&end));
        drop(waits);
        Listening {
            listeners,
            visit,
            end,
        }
    }
}

impl Listening {
    /// Completes when this one has to give way.
    pub async fn gives_way(&self) {
        self.end.notified().await;
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        let mut waits = self.listeners.waits();
        if let Some(of_visit) = waits.get_mut(&self.visit) {
            of_visit.retain(|end| !Arc::ptr_eq(end, &self.end));
            if of_visit.is_empty() {
                waits.remove(&self.visit);
            }
        }
    }
}

impl Listeners {
    fn waits(&self) -> MutexGuard<'_, Waits> {
        // No change is left half done by a panic elsewhere.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
