//! Proof that an entry is in a log, as a file that its owner keeps (C2SP tlog-proof).

use std::fmt;
use std::str::FromStr;

use crate::checkpoint::Checkpoint;
use crate::note::{Note, Verifier};
use crate::tile::number;
use crate::tree::{Hash, root_by_inclusion};

/// Proof that a log had an entry when its checkpoint was signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inclusion {
    /// The position of the entry.
    pub index: u64,
    /// The hashes that lead from the entry to the root (RFC 6962, section 2.1.1).
    pub hashes: Vec<Hash>,
    /// The signed checkpoint.
    pub checkpoint: Note,
}

impl Inclusion {
    /// Whether the proof is one for `entry`, byte for byte, by a log that one of `trusted` signs
    /// for.
    #[must_use]
    pub fn holds_for(&self, entry: &[u8], trusted: &[Verifier]) -> bool {
        let Ok(Checkpoint { size, root, .. }) = self.checkpoint.text.parse() else { return false };
        let reached = root_by_inclusion(Hash::of_leaf(entry), self.index, size, &self.hashes);
        reached == Some(root) && self.checkpoint.signed_by(trusted).is_ok()
    }
}

const HEADER: &str = "c2sp.org/tlog-proof@v1";

impl fmt::Display for Inclusion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEADER}\nindex {}", self.index)?;
        self.hashes.iter().try_for_each(|hash| writeln!(f, "{hash}"))?;
        write!(f, "\n{}", self.checkpoint)
    }
}

/// A text that is no proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a proof: expected a file that begins with {HEADER}")]
pub struct NotAProof;

/// Extra data, which means nothing here, is left out.
impl FromStr for Inclusion {
    type Err = NotAProof;

    fn from_str(text: &str) -> Result<Inclusion, NotAProof> {
        let (proof, checkpoint) = text.split_once("\n\n").ok_or(NotAProof)?;
        let mut lines = proof.split('\n').peekable();
        if lines.next() != Some(HEADER) {
            return Err(NotAProof);
        }
        lines.next_if(|line| line.starts_with("extra "));
        let index = lines.next().and_then(|line| number(line.strip_prefix("index ")?));
        let hashes: Result<_, _> = lines.map(str::parse).collect();
        Ok(Inclusion {
            index: index.ok_or(NotAProof)?,
            hashes: hashes.map_err(|_wrong| NotAProof)?,
            checkpoint: checkpoint.parse().map_err(|_wrong| NotAProof)?,
        })
    }
}
