//! What happens to a change when it cannot be written.

/// What happens to changes that cannot be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::session::embedded) enum OnFailure {
    /// They are undone, and the caller gets an error.
    Drop,
    /// They take effect nevertheless, and can be read; they are written as soon as the disk allows.
    Keep,
}

/// Runs once the changes are on disk, or in the backlog, before the caller gets its answer.
pub(in crate::session::embedded) type Then = Box<dyn FnOnce() + Send>;
