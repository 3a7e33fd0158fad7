//! Files that the settings consist of or name: read whole, up to a bound.

use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::Path;

/// The content of a file, one byte more than `limit` at most, which shows that it is larger. What is no file is not
/// opened: opening a pipe waits until somebody writes to it.
pub(super) fn read_up_to(path: &Path, limit: u64) -> io::Result<(Metadata, Vec<u8>)> {
    let metadata = fs::metadata(path)?;
    if !metadata.is_file() {
        return Err(io::Error::other("it is not a file"));
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(limit + 1).read_to_end(&mut bytes)?;
    Ok((metadata, bytes))
}
