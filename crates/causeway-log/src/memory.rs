//! The log in memory, for tests and for trying things out: gone when its last holder is.

use std::collections::BTreeMap;
use std::io;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::{Block, Journal, Position, Store};

/// The log in memory.
pub type Memory = Journal<Drive>;

impl Default for Memory {
    fn default() -> Memory {
        Journal::over(Drive::default()).expect("an empty drive has nothing that could fail")
    }
}

/// A drive in memory. Its clones are the same drive, so that one can be looked at, or opened
/// again, when the log on it is gone.
#[derive(Debug, Clone, Default)]
pub struct Drive(Arc<Mutex<Contents>>);

#[derive(Debug, Default)]
struct Contents {
    blocks: BTreeMap<Position, Vec<u8>>,
    /// What stood where something was changed and not synced, in the order of the changes.
    unsynced: Vec<(Position, Option<Vec<u8>>)>,
    free_bytes: Option<u64>,
}

impl Drive {
    /// Loses what was written and not synced.
    pub fn cut_power(&self) {
        let Contents { blocks, unsynced, .. } = &mut *self.contents();
        for (first, before) in unsynced.drain(..).rev() {
            match before {
                Some(bytes) => drop(blocks.insert(first, bytes)),
                None => drop(blocks.remove(&first)),
            }
        }
    }

    /// Has no more than `free_bytes` left from now on.
    pub fn fill(&self, free_bytes: u64) {
        self.contents().free_bytes = Some(free_bytes);
    }

    fn contents(&self) -> MutexGuard<'_, Contents> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner) // no panic leaves it half changed
    }
}

impl Contents {
    fn put(&mut self, block: Block) {
        let before = self.blocks.insert(block.first, block.bytes);
        self.unsynced.push((block.first, before));
    }

    fn take_away(&mut self, within: Range<Position>) {
        let taken = self.blocks.extract_if(within, |_, _| true);
        self.unsynced.extend(taken.map(|(first, bytes)| (first, Some(bytes))));
    }
}

impl Store for Drive {
    fn write(&self, blocks: Vec<Block>) -> io::Result<()> {
        let mut contents = self.contents();
        blocks.into_iter().for_each(|block| contents.put(block));
        Ok(())
    }

    fn replace(&self, block: Block) -> io::Result<()> {
        let mut contents = self.contents();
        contents.take_away(block.first..block.end());
        contents.put(block);
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        self.contents().unsynced.clear();
        Ok(())
    }

    fn block_at(&self, position: Position) -> io::Result<Option<Block>> {
        let contents = self.contents();
        let found = contents.blocks.range(..=position).next_back();
        Ok(found.map(|(&first, bytes)| Block { first, bytes: bytes.clone() }))
    }

    fn free_bytes(&self) -> io::Result<u64> {
        Ok(self.contents().free_bytes.unwrap_or(u64::MAX))
    }
}
