//! The append-only log: opaque entries in one order, kept for ever.
//!
//! Positions are dense from 0. A group of entries is recorded whole or not at all, and what was
//! acknowledged survives a power cut: where that cannot be promised, the log stops writing and
//! goes on reading. An entry comes back byte for byte.
//!
//! Nothing here knows what an entry means, and only `disk` knows the database underneath.

use std::ops::{ControlFlow, Range};
use std::sync::Arc;

pub mod backup;
mod block;
pub mod checkpoint;
pub mod disk;
mod error;
mod evidence;
pub mod faulty;
mod folder;
mod hashing;
mod inclusion;
mod journal;
pub mod lasting;
pub mod memory;
pub mod mirror;
mod notary;
pub mod note;
mod runs;
pub mod shelf;
mod store;
pub mod tile;
pub mod tree;
pub mod verify;
pub mod witness;

pub use error::Error;
pub use evidence::{Consistency, Evidence, Signed};
pub use inclusion::{Inclusion, NotAProof};
pub use journal::Journal;
pub use notary::{Notary, Refusal};
pub use store::{Block, RESERVE_BYTES, Store};

/// Place of an entry in the log, dense from 0.
pub type Position = u64;

/// Largest entry, in bytes as handed over.
pub const ENTRY_LIMIT: usize = 60_000;

/// The one writer of a log.
pub trait Log: Send {
    /// Appends all of `entries` or none; when it returns they are on the disk.
    ///
    /// # Errors
    /// `TooLarge` and `DiskFull` leave the log as it was. After any failed write or sync the log is
    /// `Poisoned`: the disk may hold anything, and only a fresh start, which looks, may write again.
    fn append(&mut self, entries: &[Vec<u8>]) -> Result<Range<Position>, Error>;

    /// Stores a run of small groups anew as one, if there is a run that no later group will join,
    /// and says whether there was. It takes about as long as an append of as many entries.
    ///
    /// Nothing about the entries changes, for nobody: not their positions, not their bytes, and a
    /// reader in the midst of them goes on. After a power cut they are stored one way or the other.
    ///
    /// # Errors
    /// `Poisoned` and `DiskFull` as `append`, `Corrupt` where an entry of the run cannot be read:
    /// it stays as it is. After any failed write or sync the log is `Poisoned`.
    fn tidy(&mut self) -> Result<bool, Error>;

    /// A handle for reading, to be shared between threads; it sees what has been acknowledged.
    ///
    /// It keeps the log's storage open, so a log is closed when its last reader is gone.
    fn reader(&self) -> Arc<dyn Reader>;

    /// Whether an append would be let through now.
    ///
    /// # Errors
    /// `Poisoned` until a fresh start, `DiskFull` until there is room again.
    fn writable(&self) -> Result<(), Error>;
}

/// Reads what has been acknowledged, from any thread, and never waits for the disk to be synced.
pub trait Reader: Send + Sync {
    /// The number of acknowledged entries, which is the next position.
    fn len(&self) -> Position;

    /// Whether nothing has been acknowledged yet.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Visits the entries of `range`, as far as they exist, in order, until `visit` breaks.
    ///
    /// What is appended meanwhile is not visited. Memory stays bounded however long the range is.
    ///
    /// # Errors
    /// `Corrupt` at the first position that has no whole entry; those before it were visited.
    fn scan(&self, range: Range<Position>, visit: &mut Visitor<'_>) -> Result<(), Error>;

    /// The entry at `position`, if it has been acknowledged.
    ///
    /// # Errors
    /// As `scan`.
    fn get(&self, position: Position) -> Result<Option<Vec<u8>>, Error> {
        let mut found = None;
        self.scan(position..position.saturating_add(1), &mut |_, entry| {
            found = Some(entry.to_vec());
            ControlFlow::Break(())
        })?;
        Ok(found)
    }
}

/// Receives entries, each with its position.
pub type Visitor<'a> = dyn FnMut(Position, &[u8]) -> ControlFlow<()> + 'a;
