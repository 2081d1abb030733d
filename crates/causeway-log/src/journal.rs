//! The log over a store: checks, writes, syncs, and only then acknowledges.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::block::{Decoder, Encoder};
use crate::{Block, ENTRY_LIMIT, Error, Log, Position, Reader, Store, Visitor};

/// The log of whatever `S` stores.
pub struct Journal<S> {
    kept: Arc<Kept<S>>,
    encoder: Encoder,
    poisoned: bool,
}

/// What writer and readers share.
struct Kept<S> {
    store: S,
    acknowledged: AtomicU64,
}

impl<S: Store> Journal<S> {
    /// Takes up the log that `store` holds, after making sure that it is whole.
    ///
    /// # Errors
    /// `Corrupt` at the first position that is missing, `Storage` when the store fails.
    pub fn over(store: S) -> Result<Journal<S>, Error> {
        // What outlived a crash may so far be in the system's cache only.
        store.sync().map_err(Error::Storage)?;
        let kept = Kept { store, acknowledged: AtomicU64::new(0) };
        kept.acknowledged.store(kept.count()?, Ordering::Release);
        let encoder = Encoder::new().map_err(Error::Storage)?;
        Ok(Journal { kept: Arc::new(kept), encoder, poisoned: false })
    }

    fn commit(&mut self, blocks: Vec<Block>) -> Result<(), Error> {
        self.poisoned = true; // until the disk has said that all is well
        self.kept.store.write(blocks).map_err(Error::Storage)?;
        self.kept.store.sync().map_err(Error::Storage)?;
        self.poisoned = false;
        Ok(())
    }

    fn room_for(&self, blocks: &[Block]) -> Result<(), Error> {
        if self.poisoned {
            return Err(Error::Poisoned);
        }
        let needed = blocks.iter().map(|block| block.bytes.len() as u64).sum();
        let free = self.kept.store.free_bytes().map_err(Error::Storage)?.saturating_sub(needed);
        let reserve = self.kept.store.reserve_bytes();
        if free < reserve { Err(Error::DiskFull { free, reserve }) } else { Ok(()) }
    }
}

impl<S: Store> Log for Journal<S> {
    fn append(&mut self, entries: &[Vec<u8>]) -> Result<Range<Position>, Error> {
        refuse_large(entries)?;
        let start = self.kept.len();
        let end = start + entries.len() as Position;
        let blocks = self.encoder.blocks(start, entries).map_err(Error::Storage)?;
        self.room_for(&blocks)?;
        if !blocks.is_empty() {
            self.commit(blocks)?;
            self.kept.acknowledged.store(end, Ordering::Release);
        }
        Ok(start..end)
    }

    fn reader(&self) -> Arc<dyn Reader> {
        self.kept.clone()
    }

    fn writable(&self) -> Result<(), Error> {
        self.room_for(&[])
    }
}

fn refuse_large(entries: &[Vec<u8>]) -> Result<(), Error> {
    match entries.iter().position(|entry| entry.len() > ENTRY_LIMIT) {
        Some(index) => Err(Error::TooLarge { index, len: entries[index].len() }),
        None => Ok(()),
    }
}

impl<S: Store> Reader for Kept<S> {
    fn len(&self) -> Position {
        self.acknowledged.load(Ordering::Acquire)
    }

    fn scan(&self, range: Range<Position>, visit: &mut Visitor<'_>) -> Result<(), Error> {
        let end = range.end.min(self.len());
        let mut decoder = Decoder::default();
        let mut next = range.start;
        while next < end {
            let block = self.find(next)?.ok_or_else(|| missing(next))?;
            let entries = decoder.entries(&block.bytes).map_err(damaged(block.first))?;
            let skipped = (next - block.first) as usize; // fewer than the block has
            for (position, entry) in (block.first..end).zip(entries).skip(skipped) {
                if visit(position, entry).is_break() {
                    return Ok(());
                }
                next = position + 1;
            }
        }
        Ok(())
    }
}

impl<S: Store> Kept<S> {
    /// How many entries there are, after walking from block to block without unpacking them.
    fn count(&self) -> Result<Position, Error> {
        let mut next = 0;
        while let Some(block) = self.find(next)? {
            next = block.end();
        }
        match self.store.block_at(Position::MAX).map_err(Error::unreadable(next))? {
            Some(last) if last.first > next => Err(missing(next)),
            _ => Ok(next),
        }
    }

    fn find(&self, position: Position) -> Result<Option<Block>, Error> {
        let found = self.store.block_at(position).map_err(Error::unreadable(position))?;
        Ok(found.filter(|block| position < block.end()))
    }
}

fn missing(position: Position) -> Error {
    damaged(position)("no entry is there".to_owned())
}

fn damaged(position: Position) -> impl FnOnce(String) -> Error {
    move |damage| Error::Corrupt { position, damage }
}
