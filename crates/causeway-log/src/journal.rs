//! The log over a store: checks, writes, syncs, and only then acknowledges.

use std::io;
use std::ops::{ControlFlow, Range};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use crate::block::{Decoder, Encoder};
use crate::runs::Runs;
use crate::{Block, ENTRY_LIMIT, Error, Log, Position, Reader, Store, Visitor};

/// The log of whatever `S` stores.
pub struct Journal<S> {
    kept: Arc<Kept<S>>,
    encoder: Encoder,
    runs: Runs,
    poisoned: bool,
}

/// How many of the entries that are known to be there are looked at again, for the sake of those
/// that were not merged yet.
const LOOKED_AT_AGAIN: Position = 10_000;

/// What writer and readers share.
struct Kept<S> {
    store: S,
    acknowledged: AtomicU64,
    /// What is read while the store may be in between, which after a failure it stays.
    replacing: RwLock<Option<Block>>,
}

impl<S: Store> Journal<S> {
    /// Takes up the log that `store` holds, after making sure that it is whole.
    ///
    /// # Errors
    /// `Corrupt` at the first position that is missing, `Storage` when the store fails.
    pub fn over(store: S) -> Result<Journal<S>, Error> {
        Journal::over_known(store, 0)
    }

    /// As [`Journal::over`], where all but the last of the first `known` entries are known to be
    /// there.
    ///
    /// # Errors
    /// As [`Journal::over`].
    pub fn over_known(store: S, known: Position) -> Result<Journal<S>, Error> {
        // What outlived a crash may so far be in the system's cache only.
        store.sync().map_err(Error::Storage)?;
        let kept = Kept { store, acknowledged: 0.into(), replacing: RwLock::default() };
        let mut runs = Runs::default();
        let from = known.saturating_sub(LOOKED_AT_AGAIN);
        kept.acknowledged.store(kept.count(from, &mut runs)?, Ordering::Release);
        let encoder = Encoder::new().map_err(Error::Storage)?;
        Ok(Journal { kept: Arc::new(kept), encoder, runs, poisoned: false })
    }

    fn commit(&mut self, write: impl FnOnce(&S) -> io::Result<()>) -> Result<(), Error> {
        self.poisoned = true; // until the disk has said that all is well
        write(&self.kept.store).map_err(Error::Storage)?;
        self.kept.store.sync().map_err(Error::Storage)?;
        self.poisoned = false;
        Ok(())
    }

    /// The entries of `run` as one block, which was unpacked again to be sure of it.
    fn merged(&mut self, run: Range<Position>) -> Result<Block, Error> {
        let mut entries = Vec::with_capacity((run.end - run.start) as usize);
        self.kept.scan(run.clone(), &mut |_, entry| {
            entries.push(entry.to_vec());
            ControlFlow::Continue(())
        })?;
        let block = self.encoder.block(run.start, &entries).map_err(Error::Storage)?;
        let mut decoder = Decoder::default();
        let unpacked = decoder.entries(&block.bytes).map_err(damaged(run.start))?;
        match block.end() == run.end && unpacked.eq(entries) {
            true => Ok(block),
            false => Err(damaged(run.start)("what was merged differs".to_owned())),
        }
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
            blocks.iter().for_each(|block| self.runs.see(block));
            self.commit(|store| store.write(blocks))?;
            self.kept.acknowledged.store(end, Ordering::Release);
        }
        Ok(start..end)
    }

    fn tidy(&mut self) -> Result<bool, Error> {
        self.writable()?;
        let Some(run) = self.runs.take() else { return Ok(false) };
        let block = self.merged(run)?;
        self.kept.show_instead(Some(block.clone()));
        self.commit(|store| store.replace(block))?;
        self.kept.show_instead(None);
        Ok(true)
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
    /// How many entries there are, after walking from block to block without unpacking them;
    /// from the block that holds `from`, if there is one.
    fn count(&self, from: Position, runs: &mut Runs) -> Result<Position, Error> {
        let mut next = self.find(from)?.map_or(0, |block| block.first);
        while let Some(block) = self.find(next)? {
            runs.see(&block);
            next = block.end();
        }
        match self.store.block_at(Position::MAX).map_err(Error::unreadable(next))? {
            Some(last) if last.first > next => Err(missing(next)),
            _ => Ok(next),
        }
    }

    fn find(&self, position: Position) -> Result<Option<Block>, Error> {
        let holds = |block: &Block| block.first <= position && position < block.end();
        let replacing = self.replacing.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(block) = replacing.as_ref().filter(|block| holds(block)) {
            return Ok(Some(block.clone()));
        }
        let found = self.store.block_at(position).map_err(Error::unreadable(position))?;
        Ok(found.filter(holds))
    }

    fn show_instead(&self, block: Option<Block>) {
        *self.replacing.write().unwrap_or_else(PoisonError::into_inner) = block;
    }
}

fn missing(position: Position) -> Error {
    damaged(position)("no entry is there".to_owned())
}

fn damaged(position: Position) -> impl FnOnce(String) -> Error {
    move |damage| Error::Corrupt { position, damage }
}
