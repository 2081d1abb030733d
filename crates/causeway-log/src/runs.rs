//! Runs of small blocks, each of which could be one block.
//!
//! They are found by the headers of blocks, in the order of the log. A run is ready once a block
//! follows that it cannot take in: so the newest blocks are left alone, no entry is stored anew
//! more than once, and what was merged is not found again.

use std::collections::VecDeque;
use std::mem;
use std::ops::Range;

use crate::block::{self, BODY_LIMIT, ENTRIES_LIMIT};
use crate::{Block, Position};

/// A block of as many entries is not small: it would gain little.
const SMALL_BELOW: Position = 32;

/// The runs of a log, as far as it was looked at.
#[derive(Debug, Default)]
pub struct Runs {
    ready: VecDeque<Range<Position>>,
    newest: Run,
}

/// Small blocks one after another that fit one together.
#[derive(Debug, Default)]
struct Run {
    first: Position,
    entries: Position,
    blocks: usize,
    body_bytes: usize,
}

impl Runs {
    /// Sees the block that follows those seen before.
    pub fn see(&mut self, block: &Block) {
        match Run::of(block) {
            Some(small) if self.newest.fits(&small) => self.newest.take_in(&small),
            Some(small) => self.begin(small),
            None => self.begin(Run::default()),
        }
    }

    fn begin(&mut self, run: Run) {
        let Run { first, entries, blocks, .. } = mem::replace(&mut self.newest, run);
        if blocks > 1 {
            self.ready.push_back(first..first + entries);
        }
    }

    /// The oldest run that is ready, once.
    pub fn take(&mut self) -> Option<Range<Position>> {
        self.ready.pop_front()
    }
}

impl Run {
    /// One block alone, if it is small.
    fn of(block: &Block) -> Option<Run> {
        let entries = block.end() - block.first;
        let body_bytes = block::body_len(&block.bytes)?;
        let run = Run { first: block.first, entries, blocks: 1, body_bytes };
        (entries < SMALL_BELOW).then_some(run)
    }

    fn fits(&self, next: &Run) -> bool {
        self.blocks > 0
            && self.entries + next.entries <= ENTRIES_LIMIT as Position
            && self.body_bytes + next.body_bytes <= BODY_LIMIT
    }

    fn take_in(&mut self, next: &Run) {
        self.entries += next.entries;
        self.blocks += next.blocks;
        self.body_bytes += next.body_bytes;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The runs that are ready after blocks of so many entries of `bytes` bytes.
    fn ready(counts: impl IntoIterator<Item = usize>, bytes: usize) -> Vec<Range<Position>> {
        let (mut runs, mut first) = (Runs::default(), 0);
        let mut encoder = block::Encoder::new().unwrap();
        for count in counts {
            let block = encoder.block(first, &vec![vec![7; bytes]; count]).unwrap();
            first = block.end();
            runs.see(&block);
        }
        std::iter::from_fn(|| runs.take()).collect()
    }

    #[test]
    fn single_entries_make_a_run_as_long_as_a_block() {
        assert_eq!(ready([1; 257], 9), [0..128, 128..256]);
    }

    #[test]
    fn the_newest_blocks_are_left_alone() {
        assert_eq!(ready([1; 128], 9), []);
    }

    #[test]
    fn a_run_has_no_more_bytes_than_a_block() {
        assert_eq!(ready([1; 7], 30_000), [0..3, 3..6]);
        assert_eq!(ready([9; 7], 5_000), [0..18, 18..36, 36..54]);
        assert_eq!(ready([1; 7], 60_000), []);
    }

    #[test]
    fn a_large_block_ends_a_run_and_is_in_none() {
        assert_eq!(ready([1, 1, 32, 31, 128, 31, 1, 100], 9), [0..2, 193..225]);
    }

    #[test]
    fn a_block_from_the_future_is_in_no_run() {
        let mut runs = Runs::default();
        for (first, format) in [(0, 1), (1, 9), (2, 9), (3, 9)] {
            runs.see(&Block { first, bytes: vec![format, 1, 0, 0] });
        }
        assert_eq!(runs.take(), None);
    }
}
