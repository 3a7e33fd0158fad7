//! What a change asks of the writer besides being written.

/// What happens to changes that cannot be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::session::embedded) enum OnFailure {
    /// They never happened, and the caller gets an error.
    Drop,
    /// They happened all the same, and can be read; they are written as soon as the disk allows.
    Keep,
}

/// Runs once the changes are on disk, or in the backlog, before the caller gets its answer.
pub(in crate::session::embedded) type Then = Box<dyn FnOnce() + Send>;
