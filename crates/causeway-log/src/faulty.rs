//! A store, and a shelf, that break on demand, to see what a log and its notary make of it.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::shelf::Shelf;
use crate::tree::Hash;
use crate::{Block, Position, Store};

/// What became of a step that was reported as failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing of it was done.
    Lost,
    /// It was done all the same, and would survive a power cut.
    Persisted,
}

/// Which step fails, and how. Every write, replacement and sync of a store is a step, the sync of opening
/// the first; of a shelf, every checkpoint that is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// Steps that succeed before.
    pub after: u64,
    /// What becomes of the one that fails.
    pub outcome: Outcome,
}

impl Fault {
    /// Each of the first `steps` steps, failing in each way.
    pub fn at_every_step(steps: u64) -> impl Iterator<Item = Fault> {
        let outcomes = [Outcome::Lost, Outcome::Persisted];
        (0..steps).flat_map(move |after| outcomes.map(|outcome| Fault { after, outcome }))
    }
}

/// A store or a shelf of which one step fails.
#[derive(Debug)]
pub struct Faulty<S> {
    store: S,
    fault: Fault,
    steps: AtomicU64,
}

impl<S> Faulty<S> {
    /// `store`, until `fault` happens to it.
    pub fn new(store: S, fault: Fault) -> Faulty<S> {
        Faulty { store, fault, steps: AtomicU64::new(0) }
    }

    /// What is to happen at this step, if it is the one that fails.
    fn next(&self) -> Option<Outcome> {
        let fails = self.steps.fetch_add(1, Ordering::Relaxed) == self.fault.after;
        fails.then_some(self.fault.outcome)
    }
}

fn lost() -> io::Error {
    io::Error::other("the disk failed, as it was told to")
}

fn persisted() -> io::Error {
    io::Error::other("the disk did as asked and then said that it failed")
}

impl<S: Store> Faulty<S> {
    fn step(&self, done: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
        match self.next() {
            None => done(),
            Some(Outcome::Lost) => Err(lost()),
            Some(Outcome::Persisted) => {
                done()?;
                self.store.sync()?;
                Err(persisted())
            }
        }
    }
}

impl<S: Store> Store for Faulty<S> {
    fn write(&self, blocks: Vec<Block>) -> io::Result<()> {
        self.step(|| self.store.write(blocks))
    }

    fn replace(&self, block: Block) -> io::Result<()> {
        self.step(|| self.store.replace(block))
    }

    fn sync(&self) -> io::Result<()> {
        self.step(|| self.store.sync())
    }

    fn block_at(&self, position: Position) -> io::Result<Option<Block>> {
        self.store.block_at(position)
    }

    fn free_bytes(&self) -> io::Result<u64> {
        self.store.free_bytes()
    }

    fn reserve_bytes(&self) -> u64 {
        self.store.reserve_bytes()
    }
}

impl<S: Shelf + Sync> Shelf for Faulty<S> {
    fn checkpoint(&self) -> io::Result<Option<String>> {
        self.store.checkpoint()
    }

    fn keep_checkpoint(&mut self, checkpoint: &str) -> io::Result<()> {
        match self.next() {
            None => self.store.keep_checkpoint(checkpoint),
            Some(Outcome::Lost) => Err(lost()),
            Some(Outcome::Persisted) => {
                self.store.keep_checkpoint(checkpoint)?;
                Err(persisted())
            }
        }
    }

    fn tiles(&self) -> io::Result<Vec<Hash>> {
        self.store.tiles()
    }

    fn keep_tiles(&mut self, before: usize, tiles: &[Hash]) -> io::Result<()> {
        self.store.keep_tiles(before, tiles)
    }
}
