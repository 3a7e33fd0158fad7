//! One service for each fault, and what of it the alerts tell.

use std::any::Any;
use std::collections::BTreeSet;

use futures_util::FutureExt as _;
use futures_util::future::{LocalBoxFuture, join_all};
use okta_sim::{Endpoint, Fault, FaultKind};

use super::prometheus::Prometheus;
use super::service::{Watched, org};
use crate::process::SmallDisk;
use crate::support::{Certificates, file_limit, free_port};

/// As many as may try for one account at once: any of them could turn out wrong.
const AT_ONCE: usize = 4;

/// What a fault must raise, and what it may raise besides.
pub(super) struct Expected {
    pub(super) job: &'static str,
    pub(super) alert: &'static str,
    besides: &'static [&'static str],
    /// The service, which must not go away before the end: that would be a fault of its own.
    _alive: Box<dyn Any>,
}

fn expected(job: &'static str, alert: &'static str, besides: &'static [&'static str]) -> Expected {
    Expected {
        job,
        alert,
        besides,
        _alive: Box::new(()),
    }
}

impl Expected {
    fn keeps(self, service: impl Any) -> Self {
        Self {
            _alive: Box::new(service),
            ..self
        }
    }

    /// Nothing else has fired.
    pub(super) async fn is_all(&self, prometheus: &Prometheus) {
        let fired = prometheus.ever(self.job, "firing").await;
        let allowed: BTreeSet<&str> = self.besides.iter().copied().chain([self.alert]).collect();
        let surprising: Vec<&String> = fired.iter().filter(|alert| !allowed.contains(alert.as_str())).collect();
        assert!(surprising.is_empty(), "{}: {surprising:?}", self.job);
    }
}

/// All of them, at once.
pub(super) async fn all(prometheus: &Prometheus) -> Vec<Expected> {
    let each: [LocalBoxFuture<'_, Expected>; 16] = [
        nobody_listens(prometheus).boxed_local(),
        okta_is_down(prometheus).boxed_local(),
        a_part_of_the_calls_fails(prometheus).boxed_local(),
        okta_limits_us(prometheus).boxed_local(),
        the_limit_of_okta_comes_near(prometheus).boxed_local(),
        the_secret_is_wrong(prometheus).boxed_local(),
        the_clock_is_wrong(prometheus).boxed_local(),
        the_disk_is_full(prometheus).boxed_local(),
        revocations_stay_owed(prometheus).boxed_local(),
        a_portal_stays_untold(prometheus).boxed_local(),
        somebody_guesses(prometheus).boxed_local(),
        sessions_fill_the_store(prometheus).boxed_local(),
        messages_are_used_up(prometheus).boxed_local(),
        the_portal_is_away(prometheus).boxed_local(),
        the_audit_fails(prometheus).boxed_local(),
        the_certificate_is_not_renewed(prometheus).boxed_local(),
    ];
    join_all(each).await
}

fn breaks(service: &Watched, endpoint: Endpoint, kind: FaultKind) {
    let fault = Fault::new(endpoint, kind);
    service.served.okta.faults().push(fault.times(u32::MAX));
}

async fn nobody_listens(prometheus: &Prometheus) -> Expected {
    let expected = expected("portico-down", "PorticoDown", &[]);
    prometheus.watches(expected.job, &format!("127.0.0.1:{}", free_port()));
    prometheus.fires(expected.job, expected.alert, async || {}).await;
    expected
}

async fn okta_is_down(prometheus: &Prometheus) -> Expected {
    let expected = expected(
        "portico-okta-down",
        "PorticoOktaHeldBack",
        &["PorticoOktaTrouble", "PorticoNobodySignsIn"],
    );
    let service = Watched::start(org(), &[]).await;
    prometheus.watches(expected.job, service.ops());
    breaks(&service, Endpoint::Any, FaultKind::ServerError);
    prometheus
        .fires(expected.job, expected.alert, async || service.tries().await)
        .await;
    // Those who are told so at once have tried as well.
    prometheus
        .fires(expected.job, "PorticoNobodySignsIn", async || {
            join_all((0..AT_ONCE).map(|_| service.tries())).await;
        })
        .await;
    expected.keeps(service)
}

async fn a_part_of_the_calls_fails(prometheus: &Prometheus) -> Expected {
    let expected = expected("portico-okta-trouble", "PorticoOktaTrouble", &["PorticoOktaHeldBack"]);
    let service = Watched::start(org(), &[]).await;
    prometheus.watches(expected.job, service.ops());
    prometheus
        .fires(expected.job, expected.alert, async || {
            for kind in [FaultKind::GarbageJson, FaultKind::CutJson] {
                let faults = service.served.okta.faults();
                faults.push(Fault::new(Endpoint::Token, kind));
                service.tries().await;
                service.tries().await;
            }
        })
        .await;
    expected.keeps(service)
}

async fn okta_limits_us(prometheus: &Prometheus) -> Expected {
    let besides = &["PorticoOktaTrouble", "PorticoNobodySignsIn", "PorticoOktaLimitIsNear"];
    let expected = expected("portico-limited", "PorticoOktaLimitsUs", besides);
    let service = Watched::start(org(), &[]).await;
    prometheus.watches(expected.job, service.ops());
    breaks(&service, Endpoint::Token, FaultKind::RateLimited { reset_s: 1 });
    prometheus
        .fires(expected.job, expected.alert, async || {
            join_all((0..AT_ONCE).map(|_| service.tries())).await;
        })
        .await;
    expected.keeps(service)
}

async fn the_limit_of_okta_comes_near(prometheus: &Prometheus) -> Expected {
    let besides = &["PorticoOktaTrouble", "PorticoOktaLimitsUs", "PorticoNobodySignsIn"];
    let expected = expected("portico-near", "PorticoOktaLimitIsNear", besides);
    let mut org = org();
    org.limits.token_per_minute = 25;
    let service = Watched::start(org, &[]).await;
    prometheus.watches(expected.job, service.ops());
    prometheus
        .fires(expected.job, expected.alert, async || service.tries().await)
        .await;
    expected.keeps(service)
}

async fn the_secret_is_wrong(prometheus: &Prometheus) -> Expected {
    let besides = &["PorticoOktaTrouble", "PorticoNobodySignsIn"];
    let expected = expected("portico-secret", "PorticoOktaRefusesUs", besides);
    let settings = [
        ("OKTA__CLIENT_ID", "portico-basic"),
        ("OKTA__CLIENT_AUTH", "client_secret_basic"),
        ("OKTA__CLIENT_SECRET", "one-that-was-changed-at-okta-last-night"),
    ];
    let service = Watched::start(org(), &settings).await;
    prometheus.watches(expected.job, service.ops());
    prometheus
        .fires(expected.job, expected.alert, async || service.tries().await)
        .await;
    expected.keeps(service)
}

async fn the_clock_is_wrong(prometheus: &Prometheus) -> Expected {
    let expected = expected("portico-clock", "PorticoClockWrong", &[]);
    let service = Watched::start(org(), &[]).await;
    prometheus.watches(expected.job, service.ops());
    breaks(&service, Endpoint::Any, FaultKind::ClockSkew { seconds: 90 });
    prometheus
        .fires(expected.job, expected.alert, async || drop(service.signs_in().await))
        .await;
    expected.keeps(service)
}

async fn the_disk_is_full(prometheus: &Prometheus) -> Expected {
    let expected = expected("portico-store", "PorticoStoreFails", &["PorticoNobodySignsIn"]);
    let disk = SmallDisk::new().expect("a small disk");
    let store = disk.store();
    let settings = [("STORE__PATH", store.to_str().unwrap())];
    let service = Watched::start_through(disk.through(), org(), &settings).await;
    prometheus.watches(expected.job, service.ops());
    disk.fill();
    prometheus
        .fires(expected.job, expected.alert, async || {
            join_all((0..AT_ONCE).map(|_| service.tries())).await;
        })
        .await;
    expected.keeps((service, disk))
}

async fn the_audit_fails(prometheus: &Prometheus) -> Expected {
    let expected = expected("portico-audit", "PorticoAuditFails", &[]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("audit.jsonl");
    let settings = [("STORE__KIND", "memory"), ("OPS__AUDIT", file.to_str().unwrap())];
    let service = Watched::start_through(file_limit::through(), org(), &settings).await;
    prometheus.watches(expected.job, service.ops());
    file_limit::impose(&service.served.process);
    prometheus
        .fires(expected.job, expected.alert, async || drop(service.signs_in().await))
        .await;
    expected.keeps((service, folder))
}

async fn revocations_stay_owed(prometheus: &Prometheus) -> Expected {
    let expected = expected("portico-owed", "PorticoRevocationsOwed", &[]);
    let service = Watched::start(org(), &[]).await;
    prometheus.watches(expected.job, service.ops());
    breaks(&service, Endpoint::Revoke, FaultKind::Maintenance);
    service.signs_in().await.signs_out().await;
    prometheus.fires(expected.job, expected.alert, async || {}).await;
    expected.keeps(service)
}

async fn a_portal_stays_untold(prometheus: &Prometheus) -> Expected {
    let expected = expected("portico-untold", "PorticoPortalNotTold", &[]);
    let target = format!("portal.example.com=http://127.0.0.1:{}/logout", free_port());
    let settings = [
        ("PORTAL__HOME_URL", "https://portal.example.com/"),
        ("PORTAL__LOGOUT_URL", target.as_str()),
    ];
    let service = Watched::start(org(), &settings).await;
    prometheus.watches(expected.job, service.ops());
    service.signs_in().await.signs_out().await;
    prometheus.fires(expected.job, expected.alert, async || {}).await;
    expected.keeps(service)
}

async fn somebody_guesses(prometheus: &Prometheus) -> Expected {
    let expected = expected("portico-flood", "PorticoManyThrottled", &["PorticoNobodySignsIn"]);
    // With the limits that it ships with.
    let service = Watched::as_shipped(org()).await;
    prometheus.watches(expected.job, service.ops());
    prometheus
        .fires(expected.job, expected.alert, async || {
            join_all((0..6).map(async |_| {
                let stranger = service.browser();
                let form = stranger.opens_sign_in(None).await;
                stranger.submits_password(&form, "password", "a guess").await;
            }))
            .await;
        })
        .await;
    expected.keeps(service)
}

async fn sessions_fill_the_store(prometheus: &Prometheus) -> Expected {
    let expected = expected("portico-full", "PorticoSessionsNearlyFull", &[]);
    let service = Watched::start(org(), &[("STORE__MAX_SESSIONS", "100")]).await;
    prometheus.watches(expected.job, service.ops());
    for _ in 0..24 {
        join_all((0..AT_ONCE).map(|_| service.signs_in())).await;
    }
    prometheus.fires(expected.job, expected.alert, async || {}).await;
    expected.keeps(service)
}

async fn messages_are_used_up(prometheus: &Prometheus) -> Expected {
    let expected = expected("portico-sends", "PorticoSendsUsedUp", &[]);
    let service = Watched::start(org(), &[("LIMITS__SENDS_PER_HOUR_IN_ALL", "2")]).await;
    prometheus.watches(expected.job, service.ops());
    for _ in 0..2 {
        service.browser().reaches("phone", "sms").await;
    }
    prometheus.fires(expected.job, expected.alert, async || {}).await;
    expected.keeps(service)
}

async fn the_portal_is_away(prometheus: &Prometheus) -> Expected {
    let expected = expected("portico-portal", "PorticoPortalFails", &[]);
    let portal = format!("http://127.0.0.1:{}", free_port());
    let service = Watched::start(org(), &[("PORTAL__UPSTREAM", portal.as_str())]).await;
    prometheus.watches(expected.job, service.ops());
    let browser = service.signs_in().await;
    prometheus
        .fires(expected.job, expected.alert, async || {
            for _ in 0..3 {
                browser.gets("/orders").await.expect(502);
            }
        })
        .await;
    expected.keeps(service)
}

async fn the_certificate_is_not_renewed(prometheus: &Prometheus) -> Expected {
    let expected = expected("portico-certificate", "PorticoCertificateExpires", &[]);
    let certificates = Certificates::new().expect("openssl, beside Prometheus");
    let service = Watched::with_certificate(&certificates, "6").await;
    prometheus.watches(expected.job, service.ops());
    prometheus.fires(expected.job, expected.alert, async || {}).await;
    expected.keeps((service, certificates))
}
