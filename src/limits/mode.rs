//! The two ways to ask a limit.

/// Whether a gate is only asked, or passed through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Look,
    Take,
}
