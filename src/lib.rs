//! Portico: a company's own sign-in pages in front of Okta direct authentication.
//!
//! The rooms, from the outside in: [`cli`] and [`startup`] wire, [`web`] speaks HTTP, [`flow`] holds the verbs,
//! [`domain`] what a sign-in is. [`portal`] and [`session`] stand beside `flow`; [`config`], [`limits`], [`telemetry`],
//! [`clock`] and [`panics`] serve.

pub mod cli;
pub mod clock;
pub mod config;
pub mod domain;
pub mod flow;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzzing;
pub mod limits;
pub mod panics;
pub mod portal;
pub mod session;
pub mod startup;
pub mod telemetry;
pub mod web;

/// Why things are as they are.
#[cfg(doc)]
pub mod decisions {
    #[doc = include_str!("../docs/decisions/0001-attempts-are-values-behind-compare-and-set.md")]
    pub mod attempts_behind_compare_and_set {}
    #[doc = include_str!("../docs/decisions/0002-tabs-have-attempts-of-their-own.md")]
    pub mod tabs_have_attempts_of_their_own {}
    #[doc = include_str!("../docs/decisions/0003-statuses-of-refusals.md")]
    pub mod statuses_of_refusals {}
    #[doc = include_str!("../docs/decisions/0004-no-toolchain-file.md")]
    pub mod no_toolchain_file {}
    #[doc = include_str!("../docs/decisions/0005-what-waits-does-the-polling.md")]
    pub mod what_waits_does_the_polling {}
}
