//! The two ways to query a limit.

/// Whether a limit is only queried, or also charged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Look,
    Take,
}
