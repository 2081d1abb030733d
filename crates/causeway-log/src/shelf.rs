//! What a notary must not forget: the last checkpoint it signed. And what spares it work: the
//! hashes of whole tiles.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::lasting;
use crate::tile;
use crate::tree::Hash;

/// Keeps what a notary must not forget.
pub trait Shelf: Send {
    /// The last checkpoint that was kept, as it was.
    ///
    /// # Errors
    /// It cannot be read.
    fn checkpoint(&self) -> io::Result<Option<String>>;

    /// Keeps a checkpoint in place of the last one; when it returns it survives a power cut.
    ///
    /// # Errors
    /// Either of the two is kept.
    fn keep_checkpoint(&mut self, checkpoint: &str) -> io::Result<()>;

    /// The hashes of whole tiles, from the first on: as many as outlived what happened. They are
    /// to be checked.
    ///
    /// # Errors
    /// They cannot be read.
    fn tiles(&self) -> io::Result<Vec<Hash>>;

    /// Keeps hashes of tiles after the first `before`, which may be lost: the log has what they
    /// are made of.
    ///
    /// # Errors
    /// They are not kept.
    fn keep_tiles(&mut self, before: usize, tiles: &[Hash]) -> io::Result<()>;
}

/// The shelf in a folder: the files `checkpoint` and `tiles`.
#[derive(Debug)]
pub struct Files {
    checkpoint: PathBuf,
    tiles: PathBuf,
}

impl Files {
    /// The shelf in the folder `dir`, which must be there.
    #[must_use]
    pub fn in_folder(dir: &Path) -> Files {
        Files { checkpoint: dir.join("checkpoint"), tiles: dir.join("tiles") }
    }
}

impl Shelf for Files {
    fn checkpoint(&self) -> io::Result<Option<String>> {
        // What is no text is no checkpoint either: whoever reads it will say so.
        let text = lasting::read(&self.checkpoint)?;
        Ok(text.map(|text| String::from_utf8_lossy(&text).into_owned()))
    }

    fn keep_checkpoint(&mut self, checkpoint: &str) -> io::Result<()> {
        lasting::replace(&self.checkpoint, checkpoint.as_bytes())
    }

    fn tiles(&self) -> io::Result<Vec<Hash>> {
        let mut kept = lasting::read(&self.tiles)?.unwrap_or_default();
        kept.truncate(kept.len() / Hash::LENGTH * Hash::LENGTH); // the last one may be torn
        Ok(tile::hashes(&kept).expect("whole hashes"))
    }

    fn keep_tiles(&mut self, before: usize, tiles: &[Hash]) -> io::Result<()> {
        let mut options = OpenOptions::new();
        let mut file: File = options.append(true).create(true).mode(0o600).open(&self.tiles)?;
        file.set_len((before * Hash::LENGTH) as u64)?;
        file.write_all(&tile::of_hashes(tiles))
    }
}

/// The shelf in memory. Its clones are the same shelf.
#[derive(Debug, Clone, Default)]
pub struct InMemory(Arc<Mutex<(Option<String>, Vec<Hash>)>>);

impl InMemory {
    fn with<T>(&self, use_it: impl FnOnce(&mut (Option<String>, Vec<Hash>)) -> T) -> io::Result<T> {
        Ok(use_it(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner)))
    }
}

impl Shelf for InMemory {
    fn checkpoint(&self) -> io::Result<Option<String>> {
        self.with(|(checkpoint, _)| checkpoint.clone())
    }

    fn keep_checkpoint(&mut self, new: &str) -> io::Result<()> {
        self.with(|(checkpoint, _)| *checkpoint = Some(new.to_owned()))
    }

    fn tiles(&self) -> io::Result<Vec<Hash>> {
        self.with(|(_, tiles)| tiles.clone())
    }

    fn keep_tiles(&mut self, before: usize, new: &[Hash]) -> io::Result<()> {
        self.with(|(_, tiles)| {
            tiles.truncate(before);
            tiles.extend_from_slice(new);
        })
    }
}
