//! The right edge of a growing tree: all that is needed to go on.

use super::Hash;

/// The roots of the perfect subtrees that a tree is made of, the largest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Edge {
    size: u64,
    roots: Vec<Hash>,
}

impl Edge {
    /// The number of leaves.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Adds a leaf.
    pub fn push(&mut self, leaf: Hash) {
        let mut root = leaf;
        for _ in 0..self.size.trailing_ones() {
            let left = self.roots.pop().expect("a root for each bit of the size");
            root = Hash::of_node(left, root);
        }
        self.roots.push(root);
        self.size += 1;
    }

    /// The root of the whole tree.
    #[must_use]
    pub fn root(&self) -> Hash {
        let whole =
            self.roots.iter().copied().rev().reduce(|right, left| Hash::of_node(left, right));
        whole.unwrap_or_else(Hash::of_nothing)
    }
}
