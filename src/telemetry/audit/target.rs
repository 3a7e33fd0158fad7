//! Where the lines go: standard error, or a file that only grows.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

use super::record::{BEGIN, hash};

/// Of a file that is there already, this much of its end is read, in bytes: more than any line.
const TAIL: u64 = 64 * 1024;

/// A new file can be read by the user of the service alone. An existing one keeps its mode.
const MODE: u32 = 0o600;

/// Where the audit record is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuditPlace {
    Stderr,
    File(PathBuf),
}

/// An open place.
#[derive(Debug)]
pub(super) enum Target {
    Stderr,
    File {
        path: PathBuf,
        file: File,
        /// Whether the last line has no end: a write stopped half-way.
        is_torn: bool,
    },
}

/// What stood in a file when it was opened.
#[derive(Debug, Default)]
pub(super) struct FoundEnd {
    /// The hash of its last record.
    pub(super) last: Option<String>,
    /// Bytes of a record that was broken off, at its end.
    pub(super) torn_bytes: Option<u64>,
}

/// Whether the file that is open is still the one under its path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PathState {
    InPlace,
    /// It has another name now, and keeps what is written.
    Moved,
    /// It has no name any more: whatever is written is gone with it.
    Deleted,
}

impl Target {
    /// Looks at the path.
    pub(super) fn path_state(&self) -> io::Result<PathState> {
        let Self::File { path, file, .. } = self else {
            return Ok(PathState::InPlace);
        };
        let ours = file.metadata()?;
        // What cannot be looked at cannot be told from what is gone.
        let is_ours = path
            .symlink_metadata()
            .is_ok_and(|found| (found.dev(), found.ino()) == (ours.dev(), ours.ino()));
        Ok(match ours.nlink() {
            _ if is_ours => PathState::InPlace,
            0 => PathState::Deleted,
            _ => PathState::Moved,
        })
    }

    pub(super) fn open(place: &AuditPlace) -> io::Result<(Self, FoundEnd)> {
        let AuditPlace::File(path) = place else {
            return Ok((Self::Stderr, FoundEnd::default()));
        };
        let mut file = open_file(path)?;
        let found = read_end(&mut file)?;
        let target = Self::File {
            path: path.clone(),
            file,
            is_torn: found.torn_bytes.is_some(),
        };
        Ok((target, found))
    }

    /// Appends a line in one write.
    pub(super) fn append(&mut self, line: &[u8]) -> io::Result<()> {
        match self {
            Self::Stderr => io::stderr().lock().write_all(line),
            Self::File { file, is_torn, .. } => {
                let whole: Vec<u8>;
                let bytes = if *is_torn {
                    whole = [b"\n", line].concat();
                    &whole
                } else {
                    line
                };
                let written = write(file, bytes)?;
                if written == bytes.len() {
                    *is_torn = false;
                    return Ok(());
                }
                *is_torn = written > usize::from(*is_torn);
                Err(io::Error::new(
                    ErrorKind::StorageFull,
                    "only a part of a line was written",
                ))
            }
        }
    }

    /// Makes what was written outlive a crash of the machine.
    pub(super) fn sync(&self) -> io::Result<()> {
        match self {
            Self::Stderr => Ok(()),
            Self::File { file, .. } => file.sync_data(),
        }
    }

    /// The file that is there under the path now, if it is another one than the one that is open.
    pub(super) fn successor(&self) -> io::Result<Option<(Self, FoundEnd)>> {
        let Self::File { path, file, .. } = self else {
            return Ok(None);
        };
        let of = |file: &File| file.metadata().map(|it| (it.dev(), it.ino()));
        let (next, found) = Self::open(&AuditPlace::File(path.clone()))?;
        match &next {
            Self::File { file: other, .. } if of(file)? != of(other)? => Ok(Some((next, found))),
            _ => Ok(None),
        }
    }
}

fn write(file: &mut File, bytes: &[u8]) -> io::Result<usize> {
    loop {
        match file.write(bytes) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}

fn open_file(path: &Path) -> io::Result<File> {
    // Without a reader, a pipe would hold the start, and later every line.
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let flags = i32::try_from(flags.bits()).unwrap_or_default();
    let opened = OpenOptions::new()
        .read(true)
        .append(true)
        .create(true)
        .mode(MODE)
        .custom_flags(flags)
        .open(path);
    let file = match opened {
        Err(_) if path.is_symlink() => return Err(refused("it is a symbolic link: name the file itself")),
        opened => opened?,
    };
    if !file.metadata()?.is_file() {
        return Err(refused(
            "it is no regular file: name one, or take \"stderr\" to hand the lines to another program",
        ));
    }
    Ok(file)
}

fn refused(why: &'static str) -> io::Error {
    io::Error::new(ErrorKind::InvalidInput, why)
}

fn read_end(file: &mut File) -> io::Result<FoundEnd> {
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL)))?;
    let mut end = Vec::new();
    file.take(TAIL).read_to_end(&mut end)?;
    let whole = end.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let torn = end.len() - whole;
    let lines = end.get(..whole).unwrap_or_default().split(|byte| *byte == b'\n');
    Ok(FoundEnd {
        last: lines.rev().find(|line| line.starts_with(BEGIN)).map(hash),
        torn_bytes: (torn > 0).then_some(torn as u64),
    })
}
