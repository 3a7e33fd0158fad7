//! The portal behind real proxies, each started with what `portico proxy-config` prints: nginx, Caddy and `HAProxy` from Debian,
//! Traefik and Envoy from `PyPI`, the real service and the simulated Okta org behind them, and a portal that says what it was asked.
//!
//! A case is written once and run behind each proxy ([`behind_each_proxy`], [`behind_every_proxy`]). The rest of what Traefik and
//! Envoy do is met by their contracts, in `tests/app/verify.rs`. Where a program is missing the tests say so by name and do nothing; `tests/run` installs the programs and
//! makes their absence a failure.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that stops is a test that failed"
)]

/// Makes a test of each case for each proxy, with service and portal laid out like this.
macro_rules! behind_each_proxy {
    ($layout:ident: $($case:ident)*) => {
        mod $layout {
            $(mod $case {
                use crate::recipe::Kind;
                use crate::scene::{$layout as layout, plays};

                #[tokio::test]
                async fn nginx() {
                    plays(Kind::Nginx, layout, super::super::$case).await;
                }

                #[tokio::test]
                async fn caddy() {
                    plays(Kind::Caddy, layout, super::super::$case).await;
                }

                #[tokio::test]
                async fn haproxy() {
                    plays(Kind::Haproxy, layout, super::super::$case).await;
                }
            })*
        }
    };
}

/// The same with Traefik and Envoy besides, and with the service alone.
macro_rules! behind_every_proxy {
    ($layout:ident: $($case:ident)*) => {
        mod $layout {
            $(mod $case {
                use crate::recipe::Kind;
                use crate::scene::{$layout as layout, plays, plays_alone};

                #[tokio::test]
                async fn nginx() {
                    plays(Kind::Nginx, layout, super::super::$case).await;
                }

                #[tokio::test]
                async fn caddy() {
                    plays(Kind::Caddy, layout, super::super::$case).await;
                }

                #[tokio::test]
                async fn haproxy() {
                    plays(Kind::Haproxy, layout, super::super::$case).await;
                }

                #[tokio::test]
                async fn traefik() {
                    plays(Kind::Traefik, layout, super::super::$case).await;
                }

                #[tokio::test]
                async fn envoy() {
                    plays(Kind::Envoy, layout, super::super::$case).await;
                }

                #[tokio::test]
                async fn itself() {
                    plays_alone(layout, super::super::$case).await;
                }
            })*
        }
    };
}

mod certificates;
mod portal;
mod programs;
mod proxy;
mod raw;
mod recipe;
mod scene;

#[path = "../app/support/mod.rs"]
#[expect(
    dead_code,
    unused_imports,
    reason = "the black-box tests need more of it"
)]
mod support;

mod assertions;
mod balancer;
mod connections;
mod every_name;
mod forged;
mod itself;
mod large_heads;
mod layouts;
mod our_cookies;
mod preflights;
mod refusals;
mod signing_in;
mod tls;
mod trouble;
mod uploads;
mod validity;
