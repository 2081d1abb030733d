//! A store that breaks on demand, to see what a log makes of it.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::{Block, Position, Store};

/// What became of a step that was reported as failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing of it was done.
    Lost,
    /// It was done all the same, and would survive a power cut.
    Persisted,
}

/// Which step fails, and how. Every write and every sync is a step, the sync of opening the first.
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

/// A store of which one step fails.
#[derive(Debug)]
pub struct Faulty<S> {
    store: S,
    fault: Fault,
    steps: AtomicU64,
}

impl<S: Store> Faulty<S> {
    /// `store`, until `fault` happens to it.
    pub fn new(store: S, fault: Fault) -> Faulty<S> {
        Faulty { store, fault, steps: AtomicU64::new(0) }
    }

    fn step(&self, done: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
        let failing = self.steps.fetch_add(1, Ordering::Relaxed) == self.fault.after;
        match (failing, self.fault.outcome) {
            (false, _) => done(),
            (true, Outcome::Lost) => Err(io::Error::other("the disk failed, as it was told to")),
            (true, Outcome::Persisted) => {
                done()?;
                self.store.sync()?;
                Err(io::Error::other("the disk did as asked and then said that it failed"))
            }
        }
    }
}

impl<S: Store> Store for Faulty<S> {
    fn write(&self, blocks: Vec<Block>) -> io::Result<()> {
        self.step(|| self.store.write(blocks))
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
