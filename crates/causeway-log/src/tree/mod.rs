//! The tree of hashes over a log, as RFC 6962 (and 9162) define it: who has its root can be shown
//! that an entry is in the log, and that a later log goes on from an earlier one.
//!
//! An entry is a leaf, byte for byte; its position is the leaf's index.

mod grown;
mod proof;

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

pub use grown::{Tree, perfect, root_of_first};
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

/// In base64, as in checkpoints and proofs.
impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&STANDARD.encode(self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text that is no hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a SHA-256 hash in base64")]
pub struct NotAHash;

impl FromStr for Hash {
    type Err = NotAHash;

    fn from_str(text: &str) -> Result<Hash, NotAHash> {
        let bytes = STANDARD.decode(text).map_err(|_wrong| NotAHash)?;
        bytes.try_into().map(Hash).map_err(|_wrong| NotAHash)
    }
}
