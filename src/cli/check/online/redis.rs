//! Whether Redis is there and set up to keep sessions.

use super::super::code::FindingCode;
use super::super::report::CheckReport;
use crate::clock::{Clock as _, Entropy as _, SystemClock, SystemEntropy};
use crate::config::{Config, StoreKind};
use crate::session::redis::{NoRedis, RedisFacts, Weakness, examine};
use crate::startup;

/// In seconds. Lives are counted by Redis's own clock, so a difference only confuses whoever compares logs.
const WORRYING_SKEW: u64 = 60;

pub(super) async fn check(config: &Config, report: &mut CheckReport) {
    let redis = config
        .store
        .redis
        .as_ref()
        .filter(|_| config.store.kind == StoreKind::Redis);
    let Some(redis) = redis else {
        return;
    };
    let mut scratch = [0; 8];
    SystemEntropy.fill(&mut scratch);
    let scratch = format!("{:016x}", u64::from_be_bytes(scratch));
    let address = startup::redis_address(redis);
    match examine(&address, &redis.prefix, &scratch, SystemClock.now()).await {
        Ok(facts) => tell(&facts, report),
        Err(NoRedis::Login(why)) => report.error(
            FindingCode::RedisLogin,
            format!("Redis does not accept the user or the password (store.url, store.password): {why}"),
        ),
        Err(NoRedis::Tls(why)) => report.error(
            FindingCode::RedisTls,
            format!("TLS with Redis fails (store.url, store.ca_file): {why}"),
        ),
        Err(NoRedis::Unreachable(why)) => report.error(
            FindingCode::RedisUnreachable,
            format!("Redis cannot be reached (store.url), so nobody can sign in: {why}"),
        ),
    }
}

fn tell(facts: &RedisFacts, report: &mut CheckReport) {
    let version = facts.version.as_deref().unwrap_or("Redis");
    if facts.is_too_old {
        report.error(
            FindingCode::RedisTooOld,
            format!("{version} is too old: Redis 6.2 or newer is needed, or Valkey"),
        );
    } else {
        report.fine(format!("{version} answers"));
    }
    for weakness in &facts.weaknesses {
        let code = match weakness {
            Weakness::Evicts(_) => FindingCode::RedisEvicts,
            Weakness::Forgets => FindingCode::RedisForgets,
            Weakness::CutOff => FindingCode::RedisCutOff,
        };
        report.warn(code, weakness.to_string());
    }
    if !facts.forbidden.is_empty() {
        let text = format!(
            "the Redis user may not use {} on the keys of this service (docs/production.md has the rights)",
            facts.forbidden.join(", ")
        );
        report.error(FindingCode::RedisRights, text);
    }
    if let Some(skew) = facts.clock_skew.filter(|skew| skew.unsigned_abs() > WORRYING_SKEW) {
        let side = if skew < 0 { "behind" } else { "ahead of" };
        let text = format!(
            "Redis's clock is {} s {side} this machine's; synchronise both (NTP)",
            skew.unsigned_abs()
        );
        report.warn(FindingCode::RedisClock, text);
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::code::FindingCode;
    use super::super::super::report::CheckReport;
    use super::tell;
    use crate::session::redis::RedisFacts;

    /// No server here is that old, or has another clock.
    #[test]
    fn an_old_version_and_another_clock_are_told() {
        for (skew, is_told) in [(-61, true), (61, true), (60, false), (-60, false)] {
            let facts = RedisFacts {
                version: Some("Redis 6.0.16".to_owned()),
                is_too_old: true,
                clock_skew: Some(skew),
                ..RedisFacts::default()
            };
            let mut report = CheckReport::default();
            tell(&facts, &mut report);
            assert!(report.has(FindingCode::RedisTooOld) && report.has_problem());
            assert_eq!(report.has(FindingCode::RedisClock), is_told, "{skew}");
        }
    }
}
