//! Counts of other factors are asked for only where there may be some.

use std::sync::{Arc, Mutex};

use futures_util::future::BoxFuture;

use super::{Rows, from, limits, passing};
use crate::domain::factor::Factor;
use crate::limits::{CounterRowChange, CounterRows, SharedRows, Unavailable};

/// Rows that note how many of them the last decision used.
#[derive(Debug, Default)]
struct Noting {
    rows: Rows,
    last: Mutex<usize>,
}

impl Noting {
    fn last(&self) -> usize {
        *self.last.lock().unwrap()
    }
}

impl SharedRows for Noting {
    fn write(&self, changes: Vec<CounterRowChange>) -> BoxFuture<'_, Result<Option<CounterRows>, Unavailable>> {
        *self.last.lock().unwrap() = changes.len();
        self.rows.write(changes)
    }
}

#[test]
fn after_a_password_alone_few_rows_are_asked_for_and_none_is_forgotten() {
    let rows = Arc::new(Noting::default());
    let replica = || limits().0.together(rows.clone(), &[7; 32]);
    let (one, other) = (replica(), replica());
    let who = one.account("robin@example.com");
    assert_eq!(one.tries(&who, from(0)), Ok(()));
    one.succeeds(&who, &[Factor::Password], from(0));
    assert!(rows.last() < 8, "{}", rows.last());
    // Another replica counts wrong codes.
    let proven = who.confirmed();
    let wrong = passing(|_| {
        other.types(&proven)?;
        other.fails_with(&proven, Factor::Otp, from(0));
        Ok(())
    });
    assert!(wrong > 0);
    assert!(one.types(&proven).is_err());
    // The next sign-in resets them, although the first replica has never seen such a row of this account.
    let fresh = replica();
    assert_eq!(fresh.tries(&who, from(0)), Ok(()));
    fresh.succeeds(&who, &[Factor::Password], from(0));
    assert!(rows.last() > 20, "{}", rows.last());
    assert_eq!(one.types(&proven), Ok(()));
}
