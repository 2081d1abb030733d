//! The log on disk, in a folder. This is the one file that knows sled.
//!
//! sled's own flush does not reach the disk, and its background thread hides failures: so there
//! is no such thread, and every write is synced here, through a second descriptor of its file.
//! Pages too large for a segment would go to files that sled never syncs: blocks are small enough.

use std::fs::{self, File};
use std::io;
use std::mem;
use std::ops::Deref;
use std::panic::{self, AssertUnwindSafe};
use std::path::Path;

use sled::IVec;

use crate::folder::Folder;
use crate::{Block, Error, Journal, Position, RESERVE_BYTES, Store, block};

/// Fixed for the life of a database.
const SEGMENT_BYTES: usize = 8 << 20;

/// What sled keeps of what it has read, once it gets to letting go.
const CACHE_BYTES: u64 = 64 << 20;

/// sled lets go of pages only every 16,384 reads, however large they are. A large block is read
/// several times, so that no more than this, times 16,384, times the blocks of a page, piles up.
const BYTES_PER_READ: usize = 2048;

/// sled splits a page that has more blocks, joins one that has fewer to the page before it, and
/// moves one over a quarter of a segment elsewhere.
const PAGE_BLOCKS: usize = 16;
const JOINED_BELOW: usize = 4;
const PAGE_SLACK_BYTES: usize = 1024;
const _: () = assert!(
    (PAGE_BLOCKS + JOINED_BELOW) * (block::BODY_LIMIT + PAGE_SLACK_BYTES) < SEGMENT_BYTES / 4
);

/// The log on disk.
pub type Disk = Journal<Database>;

/// How a log on disk is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Appends are refused while they would leave less free disk than this.
    pub reserve_bytes: u64,
    /// So many entries are known to be there, because they were signed for: opening the log does
    /// not look for each of them again. Where one is missing, whoever reads it is told.
    pub known: Position,
}

impl Default for Options {
    fn default() -> Options {
        Options { reserve_bytes: RESERVE_BYTES, known: 0 }
    }
}

impl Disk {
    /// Opens the log in the folder `dir`, making both if they are missing.
    ///
    /// # Errors
    /// `InUse` while another process, or another log in this one, holds the folder.
    pub fn open(dir: &Path, options: Options) -> Result<Disk, Error> {
        Journal::over_known(Database::open(dir, options)?, options.known)
    }
}

/// The blocks in a folder: one tree, each under its first position, big-endian.
pub struct Database {
    sled: Sled,
    folder: Folder,
    options: Options,
}

impl Database {
    /// Opens the blocks in the folder `dir`, making both if they are missing.
    ///
    /// # Errors
    /// As [`Disk::open`].
    pub fn open(dir: &Path, options: Options) -> Result<Database, Error> {
        let folder = Folder::claim(dir)?;
        let sled = Sled::open_in(&folder).map_err(Error::unreadable(0))?;
        Ok(Database { sled, folder, options })
    }

    /// Hands everything written to the system.
    fn flush(&self) -> io::Result<()> {
        contained(|| self.sled.flush())?;
        self.refuse_spilled_pages()
    }

    /// A page that went to a file of its own was never synced, whatever sled says.
    fn refuse_spilled_pages(&self) -> io::Result<()> {
        match fs::read_dir(self.folder.path().join("blobs"))?.next() {
            None => Ok(()),
            Some(_) => Err(io::Error::other("a page was too large for a segment")),
        }
    }
}

impl Store for Database {
    fn write(&self, blocks: Vec<Block>) -> io::Result<()> {
        contained(|| self.sled.insert_all(blocks))?;
        self.flush()
    }

    fn replace(&self, block: Block) -> io::Result<()> {
        contained(|| self.sled.replace(block))?;
        self.flush()
    }

    fn sync(&self) -> io::Result<()> {
        self.sled.file.sync_data()
    }

    fn block_at(&self, position: Position) -> io::Result<Option<Block>> {
        let found = contained(|| self.sled.last_until(position.to_be_bytes()))?;
        found.map(|(key, value)| block_of(&key, &value)).transpose()
    }

    fn free_bytes(&self) -> io::Result<u64> {
        self.folder.free_bytes()
    }

    fn reserve_bytes(&self) -> u64 {
        self.options.reserve_bytes
    }
}

/// A start that was cut short leaves half a snapshot, which sled would take for damage.
/// Snapshots only make a start faster.
fn remove_torn_snapshots(folder: &Folder) -> io::Result<()> {
    let torn = folder.find(|name| name.starts_with("snap.") && name.ends_with(".generating"))?;
    torn.iter().try_for_each(fs::remove_file)
}

fn block_of(key: &[u8], value: &[u8]) -> io::Result<Block> {
    let Ok(key) = key.try_into() else {
        return Err(damaged(&format!("the database has a key of {} bytes", key.len())));
    };
    Ok(Block { first: Position::from_be_bytes(key), bytes: value.to_vec() })
}

/// sled, and the second descriptor of its file.
struct Sled {
    db: Option<sled::Db>,
    file: File,
}

impl Sled {
    fn open_in(folder: &Folder) -> io::Result<Sled> {
        remove_torn_snapshots(folder)?;
        let config = sled::Config::new()
            .path(folder.path())
            .segment_size(SEGMENT_BYTES)
            .cache_capacity(CACHE_BYTES)
            .flush_every_ms(None);
        let db = contained(|| config.open())?;
        let file = File::open(folder.path().join("db"))?;
        folder.sync_with("conf")?;
        Ok(Sled { db: Some(db), file })
    }

    /// A single block is atomic by itself, and a batch would cost it a second write.
    fn insert_all(&self, mut blocks: Vec<Block>) -> sled::Result<()> {
        if let [block] = &mut blocks[..] {
            let bytes = mem::take(&mut block.bytes);
            return self.insert(block.first.to_be_bytes(), bytes).map(drop);
        }
        let mut batch = sled::Batch::default();
        for block in blocks {
            batch.insert(&block.first.to_be_bytes(), block.bytes);
        }
        self.apply_batch(batch)
    }

    /// One batch, of which a crash leaves all or nothing.
    fn replace(&self, block: Block) -> sled::Result<()> {
        let (first, end) = (block.first.to_be_bytes(), block.end().to_be_bytes());
        let mut batch = sled::Batch::default();
        for key in self.range(first..end).keys() {
            batch.remove(key?);
        }
        batch.insert(&first, block.bytes);
        self.apply_batch(batch)
    }

    /// The last pair up to `key`, read as often as its size calls for.
    fn last_until(&self, key: [u8; 8]) -> sled::Result<Option<(IVec, IVec)>> {
        let found = self.range(..=key).next_back().transpose()?;
        let bytes = found.as_ref().map_or(0, |(_, value)| value.len());
        for _ in 0..bytes / BYTES_PER_READ {
            self.contains_key(key)?;
        }
        Ok(found)
    }
}

impl Deref for Sled {
    type Target = sled::Tree;

    fn deref(&self) -> &sled::Tree {
        self.db.as_ref().expect("it is there until it is dropped")
    }
}

impl Drop for Sled {
    /// Closes sled, whose own last sync may panic, and waits until its last thread has let go of
    /// the file: only then can the folder be opened again.
    fn drop(&mut self) {
        drop(contained(|| {
            drop(self.db.take());
            Ok(())
        }));
        drop(self.file.lock().and_then(|()| self.file.unlock()));
    }
}

/// sled panics on some kinds of damage; here that is damage like any other.
fn contained<T>(operation: impl FnOnce() -> sled::Result<T>) -> io::Result<T> {
    match panic::catch_unwind(AssertUnwindSafe(operation)) {
        Ok(done) => done.map_err(told_apart),
        Err(_) => Err(damaged("the database panicked over what it found")),
    }
}

/// Damage as `InvalidData`, the system's own errors as they came.
fn told_apart(error: sled::Error) -> io::Error {
    match error {
        sled::Error::Corruption { at: Some(at), .. } => {
            damaged(&format!("the database file is damaged at byte {}", at.lid()))
        }
        sled::Error::Corruption { at: None, .. } => damaged("the database file is damaged"),
        // Its settings are always the same here, so another one was made of them.
        sled::Error::Unsupported(what) => damaged(&format!("its settings are damaged: {what}")),
        sled::Error::CollectionNotFound(_) | sled::Error::ReportableBug(_) | sled::Error::Io(_) => {
            io::Error::from(error)
        }
    }
}

fn damaged(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}
