//! Logout notices that replicas share.

use super::server::RedisServer;
use super::{Replica, server};
use crate::domain::logout_notice::KEPT_FOR;
use crate::domain::revocation::Requester;
use crate::session::tests::{NOW, secrets, sign_in};
use crate::session::{Bounds, LogoutNoticeStore as _, SessionStore as _};

#[tokio::test]
async fn of_two_replicas_one_takes_each_notice_and_none_stays_for_ever() {
    if !server::is_here() {
        return;
    }
    let server = RedisServer::start().await;
    let mut replica = Replica::of_node(&server);
    replica.bounds = Bounds {
        sessions: 100,
        ..replica.bounds
    };
    let (one, two, secrets) = (replica.opens(), replica.opens(), secrets());
    let mut ended = Vec::new();
    for number in 0..40 {
        let id = sign_in(one.as_ref(), &secrets, &number.to_string()).await;
        one.end(id, Requester::default(), NOW).await.unwrap();
        ended.push(id);
    }
    let mut taken = Vec::new();
    while taken.len() < ended.len() {
        let (first, second) = tokio::join!(one.due_notices(16, NOW), two.due_notices(16, NOW));
        let both = [first.unwrap(), second.unwrap()].concat();
        assert!(!both.is_empty(), "{} of {} were taken", taken.len(), ended.len());
        taken.extend(both.into_iter().map(|(id, _)| id));
    }
    taken.sort();
    ended.sort();
    assert_eq!(taken, ended);

    // A replica without a portal to tell leaves nothing, and Redis deletes what nobody tells.
    replica.bounds.keeps_notices = false;
    let without = replica.opens();
    let id = sign_in(without.as_ref(), &secrets, "x").await;
    without.end(id, Requester::default(), NOW).await.unwrap();
    assert_eq!(without.count_notices().await.unwrap(), ended.len());
    for name in ["logout", "logouts"] {
        let mut command = redis::cmd("PTTL");
        command.arg(one.redis.name(name));
        let left: i64 = one.redis.ask(&command).await.unwrap();
        let kept_for = i64::try_from(KEPT_FOR.as_millis()).unwrap();
        assert!((kept_for - 60_000..=kept_for).contains(&left), "{name}: {left}");
    }
}
