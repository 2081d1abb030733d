//! The tree of hashes over a log, as RFC 6962 (and 9162) define it: who has its root can be shown
//! that an entry is in the log, and that a later log goes on from an earlier one.
//!
//! An entry is a leaf, byte for byte; its position is the leaf's index.

mod edge;
mod proof;

use std::fmt;

use sha2::{Digest, Sha256};

pub use edge::Edge;
pub use proof::{Nodes, consistency, inclusion, is_consistent, root_by_inclusion, subtree};

/// A SHA-256 hash: of an entry, of two hashes, of a whole tree.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Hash(pub [u8; Hash::LENGTH]);

impl Hash {
    /// Its length in bytes.
    pub const LENGTH: usize = 32;

    /// The hash of an entry: a leaf of the tree.
    #[must_use]
    pub fn of_leaf(entry: &[u8]) -> Hash {
        Hash(Sha256::new().chain_update([0]).chain_update(entry).finalize().into())
    }

    /// The hash of two neighbouring subtrees.
    #[must_use]
    pub fn of_node(left: Hash, right: Hash) -> Hash {
        Hash(
            Sha256::new()
                .chain_update([1])
                .chain_update(left.0)
                .chain_update(right.0)
                .finalize()
                .into(),
        )
    }

    /// The hash of a tree without leaves.
    #[must_use]
    pub fn of_nothing() -> Hash {
        Hash(Sha256::digest([]).into())
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
