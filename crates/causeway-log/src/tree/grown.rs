//! A tree that grows with its log and keeps little of it: one hash for each whole tile.

use std::convert::Infallible;
use std::ops::Range;

use super::{Hash, Nodes, subtree};
use crate::tile::{HEIGHT, WIDTH};

/// The tree over a log. The leaves of whole tiles are not kept: the log has them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tree {
    /// Those of the unfinished tile.
    leaves: Vec<Hash>,
    /// `whole[l]` are the hashes of the whole tiles of level `l`, of which level `l + 1` is made.
    whole: Vec<Vec<Hash>>,
}

impl Tree {
    /// The number of leaves.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.tiles().len() as u64 * WIDTH + self.leaves.len() as u64
    }

    /// The hashes of the whole tiles of the lowest level, from which all above follows.
    #[must_use]
    pub fn tiles(&self) -> &[Hash] {
        self.whole.first().map_or(&[], Vec::as_slice)
    }

    /// Adds a leaf.
    pub fn push(&mut self, leaf: Hash) {
        self.leaves.push(leaf);
        if self.leaves.len() as u64 == WIDTH {
            let tile = perfect(&self.leaves);
            self.leaves.clear();
            self.push_tile(tile);
        }
    }

    /// Adds the leaves of a whole tile by their hash.
    ///
    /// # Panics
    /// In the middle of a tile.
    pub fn push_tile(&mut self, tile: Hash) {
        assert!(self.leaves.is_empty(), "a whole tile begins where the last one ended");
        let mut tile = tile;
        for level in 0.. {
            if self.whole.len() == level {
                self.whole.push(Vec::new());
            }
            let row = &mut self.whole[level];
            row.push(tile);
            let (tiles, unfinished) = row.as_chunks::<{ WIDTH as usize }>();
            match tiles.last() {
                Some(last) if unfinished.is_empty() => tile = perfect(last),
                Some(_) | None => break,
            }
        }
    }

    /// The hashes of a level of tiles, where all of `range` are kept: above the lowest level all
    /// are, on it those of the unfinished tile.
    #[must_use]
    pub fn hashes(&self, level: u32, range: Range<u64>) -> Option<&[Hash]> {
        let (row, first) = match level.checked_sub(1) {
            None => (&self.leaves, self.tiles().len() as u64 * WIDTH),
            Some(below) => (self.whole.get(below as usize)?, 0),
        };
        let place = |index: u64| usize::try_from(index.checked_sub(first)?).ok();
        row.get(place(range.start)?..place(range.end)?)
    }

    /// The hash of 2^`level` leaves from `index` · 2^`level` on, where what it is made of is kept.
    #[must_use]
    pub fn kept(&self, level: u32, index: u64) -> Option<Hash> {
        let span = 1 << (level % HEIGHT);
        let first = index.checked_mul(span)?;
        self.hashes(level / HEIGHT, first..first.checked_add(span)?).map(perfect)
    }

    /// The root.
    #[must_use]
    pub fn root(&self) -> Hash {
        let Ok(root) = subtree(self, 0..self.size());
        root
    }
}

/// The root of the first `size` leaves: of whole tiles by their hashes, and of the `leaves` of the
/// next one as far as they belong to them.
#[must_use]
pub fn root_of_first(size: u64, whole: &[Hash], leaves: &[Hash]) -> Hash {
    let (tiles, left) = ((size / WIDTH) as usize, (size % WIDTH) as usize);
    let mut tree: Tree = whole.iter().take(tiles).copied().collect();
    leaves.iter().take(left).for_each(|leaf| tree.push(*leaf));
    tree.root()
}

/// The tree of as many whole tiles.
impl FromIterator<Hash> for Tree {
    fn from_iter<I: IntoIterator<Item = Hash>>(tiles: I) -> Tree {
        let mut tree = Tree::default();
        tiles.into_iter().for_each(|tile| tree.push_tile(tile));
        tree
    }
}

/// Good for what ends where the tree ends: of that, everything is kept.
impl Nodes for Tree {
    type Error = Infallible;

    fn node(&self, level: u32, index: u64) -> Result<Hash, Infallible> {
        Ok(self.kept(level, index).expect("the right edge is kept"))
    }
}

/// The hash of a tree of 2^n leaves.
///
/// # Panics
/// With another number of leaves.
#[must_use]
pub fn perfect(leaves: &[Hash]) -> Hash {
    assert!(leaves.len().is_power_of_two(), "a perfect tree has 2^n leaves");
    let mut row = leaves.to_vec();
    while let (pairs, []) = row.as_chunks::<2>()
        && !pairs.is_empty()
    {
        row = pairs.iter().map(|[left, right]| Hash::of_node(*left, *right)).collect();
    }
    row[0]
}
