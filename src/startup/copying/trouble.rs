//! Why a store cannot be copied. Each text says what to do.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use crate::session::StoreError;
use crate::session::copying::CopyError;
use crate::startup::store::StoreTrouble;

/// Why nothing was copied, or not all.
#[derive(Debug, Error)]
pub enum CopyTrouble {
    /// A store is in the memory of a process.
    #[error("a store in memory cannot be copied: set store.kind in both settings")]
    Memory,
    /// Both are one.
    #[error("both settings name the same store")]
    Same,
    /// A store cannot be opened.
    #[error("{0}")]
    Open(&'static str, #[source] StoreTrouble),
    /// The new store's ring lacks keys.
    #[error(
        "the key ring of --to lacks a key of --from: sessions would be unreadable, and browsers unknown; give both the same \
         key ring (store.keys_file)"
    )]
    OtherKeys,
    /// A service is using it.
    #[error(
        "a service is using the store of {0}: stop every replica first, or sessions that end meanwhile would live again"
    )]
    InUse(&'static str),
    /// The other store holds something.
    #[error(
        "the store of --to holds {0}; nothing was copied. With --replace, what it holds is deleted, and whoever is signed in \
         only there is signed out"
    )]
    NotEmpty(String),
    /// The store to copy is no longer the one in use.
    #[error(
        "the store of --from was copied elsewhere, or holds a copy that is not finished; copying it again would bring back \
         sessions that have ended since"
    )]
    Stale,
    /// More than the other one may hold.
    #[error("the store of --to may hold {most} {what}, and there are {there}: raise {key}")]
    Bound {
        /// What there are too many of.
        what: &'static str,
        /// How many there are.
        there: usize,
        /// How many there may be.
        most: usize,
        /// The key of the bound.
        key: &'static str,
    },
    /// A store does not answer.
    #[error("the store of {0}")]
    Store(&'static str, #[source] StoreError),
    /// Copying failed.
    #[error(transparent)]
    Copy(#[from] CopyError),
    /// A file cannot be changed.
    #[error("{0}")]
    Files(PathBuf, #[source] io::Error),
}
