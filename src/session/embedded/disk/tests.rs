use std::fs;
use std::io;
use std::sync::atomic::AtomicBool;

use futures_util::FutureExt as _;
use redb::StorageBackend;
use redb::backends::FileBackend;

use super::*;
use crate::session::embedded::open::{check_file, open_file};

const KEY: [u8; 1] = [7];

/// Makes every disk access fail until [`heals`] moves the file back.
async fn breaks(disk: &Disk) {
    let aside = disk.file.path.with_extension("aside");
    fs::rename(&disk.file.path, aside).unwrap();
    fs::create_dir(&disk.file.path).unwrap();
    disk.file.database.write().unwrap().take();
    let refused = disk.write(vec![put(b"dropped")], OnFailure::Drop, None);
    let refused = refused.await.unwrap_err();
    assert!(refused.is_logged());
    assert!(
        matches!(refused, ChangeError::NotDone(_)),
        "the disk was given nothing: {refused}"
    );
    assert!(disk.is_failing());
}

fn heals(disk: &Disk) {
    fs::remove_dir(&disk.file.path).unwrap();
    fs::rename(disk.file.path.with_extension("aside"), &disk.file.path).unwrap();
}

fn put(value: &[u8]) -> Write {
    Write::put(FileTable::Tokens, KEY, value)
}

async fn read(disk: &Disk) -> Option<Vec<u8>> {
    disk.read(FileTable::Tokens, KEY.to_vec()).await.unwrap()
}

#[tokio::test]
async fn sec_416_what_could_not_be_written_is_read_and_written_in_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("portico.redb");
    let (database, staged) = check_file(&path).unwrap();
    staged.release().unwrap();
    let disk = Disk::new(path.clone(), database, CommitPace::Crowd).unwrap();
    let first = disk.write(vec![put(b"first")], OnFailure::Keep, None);
    first.await.unwrap();
    breaks(&disk).await;
    let (tell, started) = oneshot::channel();
    let then: Then = Box::new(move || tell.send(()).unwrap());
    let kept = disk.write(vec![put(b"second")], OnFailure::Keep, Some(then));
    let kept = kept.await;
    assert!(
        matches!(kept, Err(ChangeError::Unknown(_))),
        "it is done, and a crash would undo it: {kept:?}"
    );
    started.await.unwrap();
    assert_eq!(read(&disk).await.unwrap(), b"second");
    let gone = Write::delete(FileTable::Tokens, KEY);
    assert!(disk.write(vec![gone], OnFailure::Keep, None).await.is_err());
    assert_eq!(read(&disk).await, None);
    let last = disk.write(vec![put(b"last")], OnFailure::Keep, None);
    assert!(last.await.is_err());

    heals(&disk);
    // Nothing else is written, and the recovery is noticed nevertheless.
    while disk.is_failing() {
        tokio::task::yield_now().await;
    }
    assert!(disk.file.backlog().is_empty());
    assert_eq!(read(&disk).await.unwrap(), b"last");
    disk.close().await.unwrap();
    let database = open_file(&path).unwrap();
    let value = tables::get(&database, FileTable::Tokens, &KEY).unwrap();
    assert_eq!(value.unwrap(), b"last");
}

fn new_disk(path: &std::path::Path) -> Disk {
    let (database, staged) = check_file(path).unwrap();
    staged.release().unwrap();
    Disk::new(path.to_owned(), database, CommitPace::Crowd).unwrap()
}

/// A file that accepts every write, but does not always confirm it.
#[derive(Debug)]
struct Unsure {
    file: FileBackend,
    fails: Arc<AtomicBool>,
}

impl StorageBackend for Unsure {
    fn len(&self) -> io::Result<u64> {
        self.file.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.file.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.file.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        if self.fails.load(Ordering::Acquire) {
            return Err(io::Error::other("the disk says nothing"));
        }
        self.file.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.file.write(offset, data)
    }

    fn close(&self) -> io::Result<()> {
        self.file.close()
    }
}

#[tokio::test]
async fn sec_416_a_commit_whose_end_the_disk_did_not_confirm_is_not_called_undone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("portico.redb");
    let fails = Arc::<AtomicBool>::default();
    let backend = Unsure {
        file: FileBackend::new(fs::File::create_new(&path).unwrap()).unwrap(),
        fails: Arc::clone(&fails),
    };
    let database = redb::Builder::new().create_with_backend(backend).unwrap();
    tables::create(&database).unwrap();
    let disk = Disk::new(path, database, CommitPace::Crowd).unwrap();
    let first = disk.write(vec![put(b"first")], OnFailure::Drop, None);
    first.await.unwrap();
    fails.store(true, Ordering::Release);
    let second = disk.write(vec![put(b"second")], OnFailure::Drop, None);
    let second = second.await;
    assert!(matches!(second, Err(ChangeError::Unknown(_))), "{second:?}");
}

/// Urgent changes and others come from many threads; they are written in the order in which they were submitted.
#[test]
fn changes_are_written_in_their_order_whether_they_may_wait_or_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("portico.redb");
    let disk = new_disk(&path);
    let last = Mutex::new(0_u32);
    std::thread::scope(|scope| {
        for thread in 0..4_u32 {
            let (disk, last) = (&disk, &last);
            scope.spawn(move || {
                for round in 0..2_000_u32 {
                    let mut last = last.lock().unwrap();
                    *last += 1;
                    let writes = vec![put(&last.to_be_bytes())];
                    if (thread + round).is_multiple_of(7) {
                        drop(disk.write(writes, OnFailure::Keep, None));
                    } else {
                        disk.write_later(writes, OnFailure::Keep);
                    }
                }
            });
        }
    });
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.unwrap().block_on(disk.close()).unwrap();
    let database = open_file(&path).unwrap();
    let value = tables::get(&database, FileTable::Tokens, &KEY).unwrap();
    assert_eq!(value.unwrap(), 8_000_u32.to_be_bytes());
}

/// More changes than fit into one commit, and no urgent one after them.
#[test]
fn what_may_wait_is_written_though_nothing_else_is() {
    let folder = tempfile::tempdir().unwrap();
    let disk = new_disk(&folder.path().join("portico.redb"));
    let many = u32::try_from(MOST).unwrap() * 2 + 1;
    let urgent = 1_000;
    for number in 0..many {
        let writes = vec![Write::put(FileTable::Tokens, number.to_be_bytes(), [])];
        if number < urgent {
            drop(disk.write(writes, OnFailure::Keep, None));
        } else {
            disk.write_later(writes, OnFailure::Keep);
        }
    }
    while disk.all(FileTable::Tokens).unwrap().len() < many as usize {
        std::thread::yield_now();
    }
}

#[test]
fn what_may_wait_is_written_also_when_nobody_closes_the_store() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("portico.redb");
    let disk = new_disk(&path);
    disk.write_later(vec![put(b"late")], OnFailure::Keep);
    let writer = disk.writer.lock().unwrap().take().unwrap();
    drop(disk);
    writer.join().unwrap();
    let database = open_file(&path).unwrap();
    let value = tables::get(&database, FileTable::Tokens, &KEY).unwrap();
    assert_eq!(value.unwrap(), b"late");
}

/// How much of the rest is on disk is unknown, so no change is reported as done, and the process must be restarted.
#[tokio::test]
async fn sec_418_a_writer_that_panics_tells_that_it_did_and_answers_everybody() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("portico.redb");
    let disk = new_disk(&path);
    let breaks = disk.breaks();
    let mut waits = Box::pin(disk.breaks());
    assert!((&mut waits).now_or_never().is_none(), "nothing is broken");
    let then: Then = Box::new(|| panic!("as it was typed"));
    let broken = disk.write(vec![put(b"broken")], OnFailure::Drop, Some(then));
    let beside = disk.write(vec![put(b"beside")], OnFailure::Drop, None);
    let broken = broken.await;
    assert!(matches!(broken, Err(ChangeError::Unknown(_))), "{broken:?}");
    let beside = beside.await;
    assert!(beside.is_err(), "{beside:?}");
    breaks.await;
    waits.await;
    let refused = disk.write(vec![put(b"later")], OnFailure::Drop, None).await;
    assert!(matches!(refused, Err(ChangeError::NotDone(_))), "{refused:?}");
    assert!(!format!("{broken:?} {refused:?}").contains("typed"));
    // A wait that begins later ends, too.
    disk.breaks().await;
}
