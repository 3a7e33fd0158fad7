//! What an operator sees of the counts, and that looking changes none.

use super::*;
use crate::limits::look::{AccountCounts, FactorCount, LimitHold, Spent};

fn look(limits: &Limits, account: &AccountKey) -> AccountCounts {
    limits.look(account).now_or_never().unwrap()
}

fn network(limits: &Limits, number: u32) -> Option<LimitHold> {
    limits.look_at_network(from(number)).now_or_never().unwrap()
}

/// A process that counts by itself, and one of two replicas that count together.
fn both(settings: &LimitSettings) -> [(Limits, ManualClock); 2] {
    let (shared, clock) = limits_of(settings);
    [
        limits_of(settings),
        (shared.together(Arc::new(Rows::default()), &[7; 32]), clock),
    ]
}

#[test]
fn a_look_tells_what_holds_an_account_and_is_no_try() {
    for (limits, clock) in both(&test_defaults::limits()) {
        let (ada, others) = (limits.account("ada"), limits.account("others"));
        assert!(look(&limits, &ada).is_empty());
        for _ in 0..5 {
            assert!(limits.tries(&ada, from(1)).is_ok());
            limits.fails(&ada);
        }
        let held = |seconds: u32, failures| FactorCount {
            factor: Factor::Password,
            failures,
            hold: Some(LimitHold {
                limit: "failures",
                wait: Some(seconds * SECOND),
            }),
        };
        for _ in 0..1_000 {
            assert_eq!(look(&limits, &ada).factors, [held(30, 5)]);
        }
        assert!(look(&limits, &ada).is_held());
        assert!(look(&limits, &others).is_empty());
        // The account as it is listed, by its hash alone.
        assert_eq!(look(&limits, &AccountKey::of_hash(ada.hash())).factors, [held(30, 5)]);
        clock.advance(30 * SECOND);
        let counts = look(&limits, &ada);
        assert_eq!((counts.factors[0].hold, counts.factors[0].failures), (None, 5));
        assert!(!counts.is_held());
        assert!(limits.tries(&ada, from(1)).is_ok(), "the looks have spent nothing");
        let lifted = limits.reset(&ada).now_or_never().unwrap();
        assert_eq!(lifted.failures, [(Factor::Password, 5)]);
        assert!(look(&limits, &ada).is_empty());
    }
}

#[test]
fn a_look_tells_of_a_lock_that_time_does_not_end() {
    for (limits, clock) in both(&test_defaults::limits()) {
        let ada = limits.account("ada");
        let closed = |counts: &AccountCounts| {
            counts.factors.first().and_then(|factor| factor.hold)
                == Some(LimitHold {
                    limit: "closed",
                    wait: None,
                })
        };
        for _ in 0..10 {
            clock.advance(DAY);
            if limits.tries(&ada, from(1)).is_ok() {
                limits.fails(&ada);
            }
        }
        assert!(closed(&look(&limits, &ada)), "{:?}", look(&limits, &ada));
        clock.advance(30 * DAY);
        assert!(closed(&look(&limits, &ada)));
    }
}

#[test]
fn a_look_tells_what_is_spent_of_each_allowance() {
    let settings = test_defaults::limits();
    for (limits, _) in both(&settings) {
        let ada = limits.account("ada");
        let most = settings.sends.strangers.most.get();
        let send = |who: &AccountKey| limits.check_send(who, from(1)).now_or_never().unwrap();
        for _ in 0..most {
            send(&ada).unwrap();
        }
        send(&ada.confirmed()).unwrap();
        let expected = |is_proven, used, allowance: crate::limits::Allowance, wait| Spent {
            what: "sends",
            is_proven,
            used,
            most: allowance.most.get(),
            within: allowance.within,
            wait,
        };
        let all = usize::try_from(most).unwrap();
        let counts = look(&limits, &ada);
        assert_eq!(
            counts.spent,
            [
                expected(false, all, settings.sends.strangers, settings.sends.strangers.within),
                expected(true, 1, settings.sends.proven, Duration::ZERO),
            ]
        );
        assert!(counts.is_held());
    }
}

#[test]
fn a_look_tells_of_a_network_with_too_many_failures() {
    for (limits, clock) in both(&test_defaults::limits()) {
        assert_eq!(network(&limits, 1), None);
        let mut number = 0;
        while network(&limits, 1).is_none() {
            limits.fails_with(&limits.account(&number.to_string()), Factor::Password, from(1));
            number += 1;
            assert!(number < 1_000);
        }
        let hold = network(&limits, 1).unwrap();
        assert_eq!(hold.limit, "network_failures");
        let wait = hold.wait.unwrap();
        assert_eq!(network(&limits, 1), Some(hold), "looking is no failure");
        clock.advance(wait);
        assert_eq!(network(&limits, 1), None);
    }
}
