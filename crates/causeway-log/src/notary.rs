//! The notary of a log: signs what it holds, and never two things that contradict each other.
//!
//! The last signed checkpoint is kept in a file of its own and compared at every start, so that a
//! log that lost its end, or was changed, or was exchanged for an older one, is refused.

use std::io;
use std::sync::Arc;

use crate::checkpoint::Checkpoint;
use crate::evidence::{Evidence, Signed};
use crate::note::{Doubt, Note, Signer, Verifier};
use crate::shelf::Shelf;
use crate::tile::WIDTH;
use crate::tree::Tree;
use crate::{Error, Reader, hashing};

/// Why nothing of a log is signed.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// Its end is missing, or an older log stands in its place.
    #[error(
        "the log has {entries} entries, and a checkpoint of {signed} was signed: its end was lost, or an older copy was put in its place"
    )]
    Shorter {
        /// How many entries there are.
        entries: u64,
        /// How many there were.
        signed: u64,
    },
    /// It holds something else than what was signed.
    #[error("the first {signed} entries of the log are not those that were signed")]
    Differs {
        /// How many entries were signed.
        signed: u64,
    },
    /// A witness has seen what is not there.
    #[error(
        "the witness {witness} has seen {seen} entries, and {signed} were signed here: an older copy of the log was put in its place, or another one was signed elsewhere"
    )]
    Witnessed {
        /// Who has seen it.
        witness: String,
        /// How many entries there were.
        seen: u64,
        /// How many were signed here.
        signed: u64,
    },
    /// The checkpoint is that of another log.
    #[error("the checkpoint is of the log {found}, and this one is {origin}")]
    OtherLog {
        /// The origin in the checkpoint.
        found: String,
        /// The origin of this log.
        origin: String,
    },
    /// The checkpoint is not where it was kept.
    #[error("a checkpoint was signed, and is missing: put back the file `checkpoint`")]
    Missing,
    /// The checkpoint cannot be read.
    #[error("the checkpoint is damaged")]
    Unreadable,
    /// The checkpoint is not ours.
    #[error("the checkpoint is not signed by the key of this log")]
    Unsigned(#[source] Doubt),
    /// Whoever signs is gone, by a mistake of ours.
    #[error("nobody signs any more, by a mistake in the service: restart it")]
    Gone,
    /// The log cannot be read.
    #[error("the log cannot be read")]
    Log(#[source] Error),
    /// What the notary keeps cannot be read or written.
    #[error("the last checkpoint cannot be read or kept")]
    Shelf(#[source] io::Error),
}

/// Signs checkpoints of a log, with the keys of one origin.
pub struct Notary {
    log: Arc<dyn Reader>,
    evidence: Arc<Evidence>,
    signers: Vec<Signer>,
    shelf: Box<dyn Shelf>,
    /// How many hashes of tiles are on the shelf.
    tiles_kept: usize,
}

impl Notary {
    /// Takes up the log where the last checkpoint was signed: what came later is hashed, and all of
    /// it must lead to what was signed. `progress` hears of so many entries more.
    ///
    /// # Errors
    /// Why the log is refused.
    ///
    /// # Panics
    /// Without a signer.
    pub fn open(
        log: Arc<dyn Reader>,
        signers: Vec<Signer>,
        shelf: Box<dyn Shelf>,
        progress: &(dyn Fn(u64) + Sync),
    ) -> Result<Notary, Refusal> {
        assert!(!signers.is_empty(), "somebody has to sign");
        let last = last_signed(&*shelf, &signers)?;
        let size = last.as_ref().map_or(0, |last| last.checkpoint.size);
        if log.len() < size {
            return Err(Refusal::Shorter { entries: log.len(), signed: size });
        }
        // They only spare hashing the log again.
        let mut tiles = shelf.tiles().unwrap_or_default();
        // They are kept only after a checkpoint was.
        if last.is_none() && !tiles.is_empty() {
            return Err(Refusal::Missing);
        }
        tiles.truncate((size / WIDTH) as usize);
        let mut notary = Notary {
            evidence: Arc::new(Evidence::new(
                Arc::clone(&log),
                verifiers(&signers),
                tiles.iter().copied().collect(),
            )),
            tiles_kept: tiles.len(),
            log,
            signers,
            shelf,
        };
        notary.catch_up(progress)?;
        if let Some(last) = last {
            if !notary.holds(&last.checkpoint)? {
                // The hashes that were kept may be what is wrong: the entries decide.
                *notary.evidence.tree_to_grow() = Tree::default();
                notary.tiles_kept = 0;
                notary.catch_up(progress)?;
            }
            if !notary.holds(&last.checkpoint)? {
                return Err(Refusal::Differs { signed: size });
            }
            notary.evidence.show(last);
            notary.keep_tiles();
        }
        Ok(notary)
    }

    /// What the log can show.
    #[must_use]
    pub fn evidence(&self) -> Arc<Evidence> {
        Arc::clone(&self.evidence)
    }

    /// Makes sure that the log goes on from a checkpoint that was kept elsewhere.
    ///
    /// # Errors
    /// Where it does not; then nothing more is signed.
    pub fn not_before(&self, checkpoint: &Note) -> Result<(), Refusal> {
        let Signed { checkpoint, .. } = read(checkpoint.clone(), &self.signers)?;
        let entries = self.evidence.hashed();
        match checkpoint.size > entries {
            true => Err(Refusal::Shorter { entries, signed: checkpoint.size }),
            false if self.holds(&checkpoint)? => Ok(()),
            false => Err(Refusal::Differs { signed: checkpoint.size }),
        }
    }

    /// Signs what the log holds now and shows it, unless that was done before. A log that does not
    /// hold what was signed is refused.
    ///
    /// # Errors
    /// Where the log could not be read or the checkpoint not be kept: then it is not shown, and may
    /// be tried again.
    pub fn sign(&mut self) -> io::Result<()> {
        if self.evidence.trusted().is_err() {
            return Ok(()); // the first reason stands
        }
        match self.sign_on() {
            Ok(()) => Ok(()),
            // What passes may be over the next time.
            Err(Refusal::Shelf(error) | Refusal::Log(Error::Storage(error))) => Err(error),
            Err(refusal) => {
                self.evidence.refuse(refusal);
                Ok(())
            }
        }
    }

    fn sign_on(&mut self) -> Result<(), Refusal> {
        self.catch_up(&|_| {})?;
        let last = self.evidence.signed().ok().flatten();
        let checkpoint = {
            let tree = self.evidence.tree();
            let origin = self.signers[0].name().to_owned();
            Checkpoint { origin, size: tree.size(), root: tree.root() }
        };
        if let Some(last) = &last {
            if last.checkpoint == checkpoint && self.is_signed_by_all(&last.note) {
                return Ok(());
            }
            if !self.holds(&last.checkpoint)? {
                return Err(Refusal::Differs { signed: last.checkpoint.size });
            }
        }
        let text = checkpoint.to_string();
        let signatures = self.signers.iter().map(|signer| signer.sign(&text)).collect();
        let note = Note { text, signatures };
        self.shelf.keep_checkpoint(&note.to_string()).map_err(Refusal::Shelf)?;
        self.keep_tiles();
        self.evidence.show(Signed { checkpoint, note });
        Ok(())
    }

    fn is_signed_by_all(&self, note: &Note) -> bool {
        let keys = self.evidence.keys();
        note.signed_by(keys).is_ok_and(|signed| signed.len() == keys.len())
    }

    /// Whether the log goes on from the checkpoint, which is not larger.
    fn holds(&self, checkpoint: &Checkpoint) -> Result<bool, Refusal> {
        match self.evidence.root_of(checkpoint.size) {
            Ok(root) => Ok(root == checkpoint.root),
            Err(Error::Corrupt { .. }) => Ok(false),
            Err(error) => Err(Refusal::Log(error)),
        }
    }

    /// Hashes what was appended since the last time.
    fn catch_up(&mut self, progress: &(dyn Fn(u64) + Sync)) -> Result<(), Refusal> {
        // Nobody else grows the tree, so that it can be read while entries are hashed.
        let mut grown = self.evidence.tree().clone();
        hashing::grow(&mut grown, &*self.log, self.log.len(), progress).map_err(Refusal::Log)?;
        *self.evidence.tree_to_grow() = grown;
        Ok(())
    }

    /// Keeps the hashes of tiles, for a faster start only: where that fails, it is tried again. Of a
    /// log that is refused nothing is kept: what was kept before shows where it was changed.
    fn keep_tiles(&mut self) {
        let tree = self.evidence.tree();
        let new = tree.tiles().get(self.tiles_kept..).unwrap_or_default();
        if !new.is_empty() && self.shelf.keep_tiles(self.tiles_kept, new).is_ok() {
            self.tiles_kept = tree.tiles().len();
        }
    }
}

fn verifiers(signers: &[Signer]) -> Vec<Verifier> {
    signers.iter().map(Signer::verifier).collect()
}

fn last_signed(shelf: &dyn Shelf, signers: &[Signer]) -> Result<Option<Signed>, Refusal> {
    let Some(text) = shelf.checkpoint().map_err(Refusal::Shelf)? else { return Ok(None) };
    let note = text.parse().map_err(|_wrong| Refusal::Unreadable)?;
    read(note, signers).map(Some)
}

/// A checkpoint that one of us has signed.
fn read(note: Note, signers: &[Signer]) -> Result<Signed, Refusal> {
    let checkpoint: Checkpoint = note.text.parse().map_err(|_wrong| Refusal::Unreadable)?;
    let origin = signers[0].name();
    if checkpoint.origin != origin {
        return Err(Refusal::OtherLog { found: checkpoint.origin, origin: origin.to_owned() });
    }
    note.signed_by(&verifiers(signers)).map_err(Refusal::Unsigned)?;
    Ok(Signed { checkpoint, note })
}
