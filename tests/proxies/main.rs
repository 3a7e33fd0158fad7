//! The portal behind real proxies, each started with what `portico proxy-config` prints: nginx, Caddy and `HAProxy`
//! from Debian, Traefik and Envoy from `PyPI`, the real service and the simulated Okta org behind them, and a portal
//! that says what it was asked.
//!
//! A case is written once and run behind each proxy ([`behind_each_proxy`], [`behind_all_proxies`],
//! [`behind_every_proxy`]). The rest of what Traefik and Envoy do is met by their contracts, in
//! `tests/app/forward_auth/`. Where a program is missing the tests say so by name and do nothing; `tests/run` installs
//! the programs and makes their absence a failure.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that stops is a test that failed"
)]

/// Makes a test of a case behind each of these proxies.
macro_rules! plays {
    ($case:ident: $($name:ident $kind:ident)*) => {
        $(#[tokio::test]
        async fn $name() {
            plays(Kind::$kind, layout, super::super::$case).await;
        })*
    };
}

/// Hands all proxies to [`plays`], or to [`kinds`].
macro_rules! each_kind {
    ($then:ident $($case:ident)?) => {
        $then! { $($case)?: nginx Nginx caddy Caddy haproxy Haproxy traefik Traefik envoy Envoy }
    };
}

macro_rules! kinds {
    (: $($name:ident $kind:ident)*) => { [$(recipe::Kind::$kind),*] };
}

/// Makes a test of each case behind each of Debian's proxies, with service and portal laid out like this.
macro_rules! behind_each_proxy {
    ($layout:ident: $($case:ident)*) => {
        mod $layout {
            $(mod $case {
                use crate::recipe::Kind;
                use crate::scene::{$layout as layout, plays};

                plays!($case: nginx Nginx caddy Caddy haproxy Haproxy);
            })*
        }
    };
}

/// The same with Traefik and Envoy besides.
macro_rules! behind_all_proxies {
    ($layout:ident: $($case:ident)*) => {
        mod $layout {
            $(mod $case {
                use crate::recipe::Kind;
                use crate::scene::{$layout as layout, plays};

                each_kind! { plays $case }
            })*
        }
    };
}

/// The same without `HAProxy`, for what it does not do, in a module of its own.
macro_rules! behind_all_but_haproxy {
    ($module:ident $layout:ident: $($case:ident)*) => {
        mod $module {
            $(mod $case {
                use crate::recipe::Kind;
                use crate::scene::{$layout as layout, plays};

                plays!($case: nginx Nginx caddy Caddy traefik Traefik envoy Envoy);
            })*
        }
    };
}

/// The same for all proxies, and for the service alone.
macro_rules! behind_every_proxy {
    ($layout:ident: $($case:ident)*) => {
        mod $layout {
            $(mod $case {
                use crate::recipe::Kind;
                use crate::scene::{$layout as layout, plays, plays_alone};

                each_kind! { plays $case }

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
mod reports;
mod scene;

#[path = "../app/support/mod.rs"]
#[expect(dead_code, unused_imports, reason = "the black-box tests need more of it")]
mod support;

mod assertions;
mod balancer;
mod connections;
mod every_name;
mod forged;
mod frames;
mod itself;
mod large_heads;
mod layouts;
mod our_cookies;
mod passes_on;
mod preflights;
mod refusals;
mod signing_in;
mod tls;
mod trouble;
mod upgrades;
mod uploads;
mod validity;

/// A proxy that has a recipe is played here.
#[test]
fn every_proxy_is_tested() {
    let played = each_kind!(kinds);
    for kind in recipe::Kind::ALL {
        assert!(played.contains(&kind), "{kind:?} in each_kind!");
    }
}
