//! A file to which nothing is written until its content is known to be good.
//!
//! The engine writes while it opens a file: it marks the file as in use, rolls back half-written changes, and grows the
//! file. If the file is refused in the end, these would be changes to data that the operator may still want to rescue.

use std::fs::File;
use std::io;
use std::ops::{Bound, Range};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use redb::backends::FileBackend;
use redb::{BackendError, DatabaseError, StorageBackend};

/// Clones share the file.
#[derive(Debug, Clone)]
pub(super) struct Staged(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    file: FileBackend,
    /// The deferred changes, in order; `None` once everything is written to the file directly.
    held: RwLock<Option<Vec<Change>>>,
}

#[derive(Debug)]
enum Change {
    Write(u64, Vec<u8>),
    Length(u64),
    Sync,
}

impl Change {
    /// Applies the change to a piece of the file as it will later be applied to the whole.
    fn apply(&self, offset: u64, piece: &mut [u8]) {
        match self {
            Self::Write(at, data) => {
                let length = piece.len();
                let (to, from) = (
                    place_in(offset, length, *at, *at + data.len() as u64),
                    place_in(*at, data.len(), offset, offset + length as u64),
                );
                if let (Some(to), Some(from)) = (piece.get_mut(to), data.get(from)) {
                    to.copy_from_slice(from);
                }
            }
            Self::Length(end) => {
                let kept = place_in(offset, piece.len(), 0, *end);
                piece.iter_mut().skip(kept.end).for_each(|byte| *byte = 0);
            }
            Self::Sync => {}
        }
    }
}

/// The range, within a piece of `length` bytes at `offset`, of the bytes from `start` to `end` of the file.
fn place_in(offset: u64, length: usize, start: u64, end: u64) -> Range<usize> {
    let place = |at: u64| usize::try_from(at.saturating_sub(offset)).map_or(length, |at| at.min(length));
    place(start)..place(end)
}

impl Staged {
    pub(super) fn new(file: File) -> Result<Self, DatabaseError> {
        Ok(Self(Arc::new(Inner {
            file: FileBackend::new(file)?,
            held: RwLock::new(Some(Vec::new())),
        })))
    }

    /// Writes the deferred changes, and from now on every change at once. Order and flushes are those of the engine, so
    /// that it can open the file after a crash in between.
    pub(super) fn release(&self) -> io::Result<()> {
        let mut held = self.0.held.write().unwrap_or_else(PoisonError::into_inner);
        for change in held.iter().flatten() {
            match change {
                Change::Write(offset, data) => self.0.file.write(*offset, data)?,
                Change::Length(length) => self.0.file.set_len(*length)?,
                Change::Sync => self.0.file.sync_data()?,
            }
        }
        *held = None;
        Ok(())
    }

    fn held(&self) -> RwLockReadGuard<'_, Option<Vec<Change>>> {
        // A list that is only pushed to is consistent at any time.
        self.0.held.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Defers a change; returns whether it did.
    fn hold(&self, change: impl FnOnce() -> Change) -> bool {
        if self.held().is_none() {
            return false;
        }
        let mut held = self.0.held.write().unwrap_or_else(PoisonError::into_inner);
        let Some(held) = held.as_mut() else {
            return false;
        };
        held.push(change());
        true
    }
}

impl StorageBackend for Staged {
    fn len(&self) -> io::Result<u64> {
        let held = self.held();
        let last = held.iter().flatten().rev().find_map(|change| match change {
            Change::Length(length) => Some(*length),
            Change::Write(..) | Change::Sync => None,
        });
        last.map_or_else(|| self.0.file.len(), Ok)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let held = self.held();
        match held.as_deref() {
            None | Some([]) => self.0.file.read(offset, out),
            Some(changes) => {
                out.fill(0);
                let there = place_in(offset, out.len(), 0, self.0.file.len()?);
                if let Some(out) = out.get_mut(there) {
                    self.0.file.read(offset, out)?;
                }
                for change in changes {
                    change.apply(offset, out);
                }
                Ok(())
            }
        }
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        if self.hold(|| Change::Length(len)) {
            return Ok(());
        }
        self.0.file.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        if self.hold(|| Change::Sync) {
            return Ok(());
        }
        self.0.file.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        if self.hold(|| Change::Write(offset, data.to_vec())) {
            return Ok(());
        }
        self.0.file.write(offset, data)
    }

    fn close(&self) -> io::Result<()> {
        self.0.file.close()
    }

    fn try_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.0.file.try_lock_range(start, end)
    }

    fn try_lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.0.file.try_lock_shared_range(start, end)
    }

    fn lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.0.file.lock_range(start, end)
    }

    fn lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.0.file.lock_shared_range(start, end)
    }

    fn unlock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.0.file.unlock_range(start, end)
    }

    fn query_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.0.file.query_lock_range(start, end)
    }
}
