//! Where a log keeps its blocks: the seam between what a log promises and what a disk does.

use std::io;

use crate::{Position, block};

/// What is kept free unless told otherwise: room to stop in good order, and to look around.
pub const RESERVE_BYTES: u64 = 64 << 20;

/// A run of entries as stored, under the position of the first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// Position of its first entry.
    pub first: Position,
    /// The entries, in the format they are kept in.
    pub bytes: Vec<u8>,
}

impl Block {
    /// The position after its last entry, going by its header alone.
    pub fn end(&self) -> Position {
        self.first.saturating_add(block::count(&self.bytes))
    }
}

/// Keeps blocks. It need not know what it has acknowledged, nor remember that it failed:
/// [`Journal`](crate::Journal) does, for every store alike.
pub trait Store: Send + Sync + 'static {
    /// Writes all of `blocks` or none. What is written can be read at once.
    ///
    /// # Errors
    /// The storage failed, and may hold all of them or none.
    fn write(&self, blocks: Vec<Block>) -> io::Result<()>;

    /// Puts `block` in the place of all that begin within it, or does nothing.
    ///
    /// # Errors
    /// The storage failed. After the next start it holds either all of the old or the new; until
    /// then it may be in between.
    fn replace(&self, block: Block) -> io::Result<()>;

    /// Makes every earlier write survive a power cut.
    ///
    /// # Errors
    /// The storage failed, and a power cut may take any write since the last sync.
    fn sync(&self) -> io::Result<()>;

    /// The last block that begins at or before `position`.
    ///
    /// # Errors
    /// The storage failed; `InvalidData` where it finds itself damaged.
    fn block_at(&self, position: Position) -> io::Result<Option<Block>>;

    /// Bytes that could still be written.
    ///
    /// # Errors
    /// Nobody can tell.
    fn free_bytes(&self) -> io::Result<u64>;

    /// Free bytes that no append may touch.
    fn reserve_bytes(&self) -> u64 {
        RESERVE_BYTES
    }
}
