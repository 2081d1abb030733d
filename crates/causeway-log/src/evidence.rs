//! What a log shows to whoever checks it: its last signed checkpoint, and tiles and proofs of that
//! size.
//!
//! Nothing is shown that does not lead from the entries to the signed root: damage is found on the
//! way out, and from then on the log is refused.

use std::cell::RefCell;
use std::ops::ControlFlow;
use std::sync::{
    Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard,
};
use std::time::Duration;

use crate::checkpoint::Checkpoint;
use crate::inclusion::Inclusion;
use crate::note::{Note, Signature, Verifier};
use crate::tile::{self, Content, HEIGHT, Tile, WIDTH};
use crate::tree::{self, Hash, Nodes, Tree};
use crate::{Error, Position, Reader, Refusal, hashing};

/// A checkpoint, and who signed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// What was signed.
    pub checkpoint: Checkpoint,
    /// It, with the signatures.
    pub note: Note,
}

/// What a log can show. Shared by whoever asks; a [`Notary`](crate::Notary) feeds it.
pub struct Evidence {
    log: Arc<dyn Reader>,
    keys: Vec<Verifier>,
    tree: RwLock<Tree>,
    standing: Mutex<Standing>,
    changed: Condvar,
}

#[derive(Default)]
struct Standing {
    signed: Option<Arc<Signed>>,
    refusal: Option<Arc<Refusal>>,
}

/// What shows that a log of `to` goes on from one of `from`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consistency {
    /// Size and root of the smaller log.
    pub from: (u64, Hash),
    /// Size and root of the larger log.
    pub to: (u64, Hash),
    /// The hashes that lead from one to the other (RFC 6962, section 2.1.2).
    pub hashes: Vec<Hash>,
}

impl Evidence {
    /// What `log` can show, with `tree` over as much of it as was hashed.
    pub(crate) fn new(log: Arc<dyn Reader>, keys: Vec<Verifier>, tree: Tree) -> Evidence {
        let (tree, standing) = (RwLock::new(tree), Mutex::default());
        Evidence { log, keys, tree, standing, changed: Condvar::new() }
    }

    /// A log of which nothing is shown, because its notary refuses it.
    #[must_use]
    pub fn refused(log: Arc<dyn Reader>, keys: Vec<Verifier>, refusal: Refusal) -> Evidence {
        let evidence = Evidence::new(log, keys, Tree::default());
        evidence.refuse(refusal);
        evidence
    }

    /// What the log is called in what it signs.
    #[must_use]
    pub fn origin(&self) -> &str {
        self.keys[0].name()
    }

    /// The keys that its signatures are checked with.
    #[must_use]
    pub fn keys(&self) -> &[Verifier] {
        &self.keys
    }

    /// The last signed checkpoint; none where there is none yet.
    ///
    /// # Errors
    /// Why the log is refused.
    pub fn signed(&self) -> Result<Option<Arc<Signed>>, Arc<Refusal>> {
        let standing = self.standing();
        standing.refusal.clone().map_or_else(|| Ok(standing.signed.clone()), Err)
    }

    /// The last signed checkpoint, once it is of more than `size` entries or `within` has passed.
    ///
    /// # Errors
    /// Why the log is refused.
    pub fn signed_beyond(
        &self,
        size: u64,
        within: Duration,
    ) -> Result<Option<Arc<Signed>>, Arc<Refusal>> {
        let is_awaited = |standing: &mut Standing| {
            let signed = standing.signed.as_ref();
            standing.refusal.is_none() && signed.is_none_or(|signed| signed.checkpoint.size <= size)
        };
        let waiting = self.changed.wait_timeout_while(self.standing(), within, is_awaited);
        drop(waiting.unwrap_or_else(PoisonError::into_inner));
        self.signed()
    }

    /// Whether the log holds what was signed, as far as anybody has looked.
    ///
    /// # Errors
    /// Why it is refused.
    pub fn trusted(&self) -> Result<(), Arc<Refusal>> {
        self.signed().map(drop)
    }

    /// Shows and signs nothing more of the log. The first reason stands.
    pub fn refuse(&self, refusal: Refusal) {
        self.standing().refusal.get_or_insert(Arc::new(refusal));
        self.changed.notify_all();
    }

    pub(crate) fn show(&self, signed: Signed) {
        self.standing().signed = Some(Arc::new(signed));
        self.changed.notify_all();
    }

    /// Adds what witnesses have signed, unless a newer checkpoint has been signed meanwhile.
    pub fn add_signatures(&self, checkpoint: &Checkpoint, signatures: Vec<Signature>) {
        let mut standing = self.standing();
        let current = standing.signed.as_ref().filter(|signed| signed.checkpoint == *checkpoint);
        let Some(mut signed) = current.map(|signed| Signed::clone(signed)) else { return };
        for signature in signatures {
            signed.note.add(signature);
        }
        standing.signed = Some(Arc::new(signed));
    }

    /// The bytes of a tile, where the signed log has it.
    ///
    /// # Errors
    /// `Corrupt` where it does not lead to the signed root.
    pub fn tile(&self, tile: Tile) -> Result<Option<Vec<u8>>, Error> {
        let is_there = self.size().is_some_and(|size| tile.is_in(size));
        if is_there { self.noted(self.bytes_of(tile)).map(Some) } else { Ok(None) }
    }

    fn bytes_of(&self, tile: Tile) -> Result<Vec<u8>, Error> {
        let width = tile.width as usize; // at most 256
        match tile.content {
            Content::Entries => {
                let (mut bundle, mut left) = (Vec::new(), width);
                self.read(tile.index, |entry| {
                    if left > 0 {
                        left -= 1;
                        tile::push_entry(&mut bundle, entry);
                    }
                })?;
                Ok(bundle)
            }
            Content::Hashes { level: 0 } => {
                Ok(tile::of_hashes(&self.read(tile.index, |_| {})?[..width]))
            }
            Content::Hashes { level } => {
                let tree = self.tree();
                let hashes = tree.hashes(level, tile.range());
                Ok(tile::of_hashes(hashes.expect("above the lowest level every hash is kept")))
            }
        }
    }

    /// What shows that the entry at `index` is in the signed log, where it is.
    ///
    /// # Errors
    /// `Corrupt` where it does not lead to the signed root.
    pub fn inclusion(&self, index: u64) -> Result<Option<Inclusion>, Error> {
        let signed = self.signed().ok().flatten();
        match signed.filter(|signed| index < signed.checkpoint.size) {
            Some(signed) => self.noted(self.included(index, &signed)).map(Some),
            None => Ok(None),
        }
    }

    fn included(&self, index: u64, signed: &Signed) -> Result<Inclusion, Error> {
        let Checkpoint { size, root, .. } = signed.checkpoint;
        let hashes = tree::inclusion(&self.nodes(), index, size)?;
        let leaf = hashing::leaves(&*self.log, index..index + 1)?[0];
        match tree::root_by_inclusion(leaf, index, size, &hashes) == Some(root) {
            true => Ok(Inclusion { index, hashes, checkpoint: signed.note.clone() }),
            false => Err(changed(index)),
        }
    }

    /// What shows that the log of `to` entries goes on from that of `from`, where so many are signed.
    ///
    /// # Errors
    /// `Corrupt` where it does not lead to the signed root.
    pub fn consistency(&self, from: u64, to: u64) -> Result<Option<Consistency>, Error> {
        let is_there = from <= to && self.size().is_some_and(|size| to <= size);
        if is_there { self.noted(self.consistent(from, to)).map(Some) } else { Ok(None) }
    }

    fn consistent(&self, from: u64, to: u64) -> Result<Consistency, Error> {
        let nodes = self.nodes();
        let head = |size| Ok((size, tree::subtree(&nodes, 0..size)?));
        let hashes = tree::consistency(&nodes, from, to)?;
        Ok(Consistency { from: head(from)?, to: head(to)?, hashes })
    }

    /// The root of the first `size` entries, all of which were hashed.
    ///
    /// # Errors
    /// Where what is needed of the log cannot be read, or was not hashed.
    pub fn root_of(&self, size: u64) -> Result<Hash, Error> {
        tree::subtree(&self.nodes(), 0..size)
    }

    /// How many entries were hashed.
    #[must_use]
    pub fn hashed(&self) -> u64 {
        self.tree().size()
    }

    /// Reads the entries of a tile again, as far as they were hashed. Says whether there is such a
    /// tile.
    ///
    /// # Errors
    /// `Corrupt` where they are not what was hashed.
    pub fn check(&self, tile: u64) -> Result<bool, Error> {
        let is_there = tile.saturating_mul(WIDTH) < self.hashed();
        if is_there { self.noted(self.read(tile, |_| {})).map(|_| true) } else { Ok(false) }
    }

    fn size(&self) -> Option<u64> {
        self.signed().ok().flatten().map(|signed| signed.checkpoint.size)
    }

    /// Visits the entries of a tile, as far as they were hashed, and makes sure that they are what
    /// was hashed. Gives their hashes.
    fn read(&self, tile: u64, mut visit: impl FnMut(&[u8])) -> Result<Vec<Hash>, Error> {
        let first = tile * WIDTH;
        let (whole, unfinished) = {
            let tree = self.tree();
            let whole = tree.tiles().get(tile as usize).copied();
            (whole, tree.hashes(0, first..tree.size()).map(<[Hash]>::to_vec))
        };
        let width = unfinished.as_ref().map_or(WIDTH, |leaves| leaves.len() as u64);
        let mut leaves = Vec::with_capacity(width as usize);
        self.log.scan(first..first + width, &mut |_, entry| {
            visit(entry);
            leaves.push(Hash::of_leaf(entry));
            ControlFlow::Continue(())
        })?;
        let is_same = match whole {
            Some(tile) => leaves.len() as u64 == WIDTH && tree::perfect(&leaves) == tile,
            None => unfinished.as_ref() == Some(&leaves),
        };
        if is_same { Ok(leaves) } else { Err(changed(first)) }
    }

    /// Damage that is seen is the end of trust in the log.
    fn noted<T>(&self, shown: Result<T, Error>) -> Result<T, Error> {
        if let Err(Error::Corrupt { position, damage }) = &shown {
            let damage = Error::Corrupt { position: *position, damage: damage.clone() };
            self.refuse(Refusal::Log(damage));
        }
        shown
    }

    fn nodes(&self) -> FromLog<'_> {
        FromLog { evidence: self, tile: RefCell::default() }
    }

    pub(crate) fn tree(&self) -> RwLockReadGuard<'_, Tree> {
        self.tree.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn tree_to_grow(&self) -> RwLockWriteGuard<'_, Tree> {
        self.tree.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn standing(&self) -> MutexGuard<'_, Standing> {
        self.standing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The hashes of the tree: those that are kept, and the others from the entries.
struct FromLog<'a> {
    evidence: &'a Evidence,
    /// The tile that was read last: a proof asks for one several times.
    tile: RefCell<Option<(u64, Vec<Hash>)>>,
}

impl Nodes for FromLog<'_> {
    type Error = Error;

    fn node(&self, level: u32, index: u64) -> Result<Hash, Error> {
        if let Some(hash) = self.evidence.tree().kept(level, index) {
            return Ok(hash);
        }
        let first = index << level;
        let (tile, start) = (first / WIDTH, (first % WIDTH) as usize);
        assert!(level < HEIGHT, "above the lowest level every hash is kept");
        let mut read = self.tile.borrow_mut();
        if read.as_ref().is_none_or(|(read, _)| *read != tile) {
            *read = Some((tile, self.evidence.read(tile, |_| {})?));
        }
        let leaves = &read.as_ref().expect("it was read just now").1;
        Ok(tree::perfect(&leaves[start..start + (1 << level)]))
    }
}

fn changed(position: Position) -> Error {
    Error::Corrupt { position, damage: "what is there from here on is not what was hashed".into() }
}
