//! The data folder: the log, the keys, and the lock that makes them one process's own.
//!
//! `log/` is the log, `signing.key` signs for it, `checkpoint` is what was signed last and `tiles`
//! what spares hashing it again, `snapshot-…` what spares replaying it; `keys.json` are the keys, and `causeway.lock` is held for as long
//! as a process works with them.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use causeway_log::Log;
use causeway_log::checkpoint::Checkpoint;
use causeway_log::disk::{Disk, Options};
use causeway_log::lasting;
use causeway_log::note::{Note, Signer};
use causeway_log::shelf::{Files, Shelf};
use causeway_service::keys::Keys;
use causeway_service::saved::Snapshots;
use causeway_service::{Sealing, Service};

use crate::progress;
use crate::signing::SigningKeys;

/// A data folder, ours until this is dropped.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    _lock: File,
}

impl Folder {
    /// Takes the folder at `path`, made if need be.
    ///
    /// # Errors
    /// Where it cannot be made or another process has it.
    pub fn make(path: &Path) -> anyhow::Result<Folder> {
        let path = std::path::absolute(path).context("the path of the data folder is wrong")?;
        lasting::make(&path)
            .with_context(|| format!("cannot make the data folder {}", path.display()))?;
        Folder::claim(path)
    }

    /// Takes the folder at `path`, which must hold a record or keys.
    ///
    /// # Errors
    /// Where it holds neither, or another process has it.
    pub fn open(path: &Path) -> anyhow::Result<Folder> {
        if !path.join(LOG).is_dir() && !path.join(KEYS).is_file() {
            bail!(
                "there is no record in {}: give the folder that `serve` was given",
                path.display()
            );
        }
        Folder::claim(path.to_owned())
    }

    fn claim(path: PathBuf) -> anyhow::Result<Folder> {
        let lock = path.join(LOCK);
        let lock = File::options()
            .write(true)
            .create(true)
            .truncate(false)
            .open(&lock)
            .with_context(|| format!("cannot open {}", lock.display()))?;
        match lock.try_lock() {
            Ok(()) => Ok(Folder { path, _lock: lock }),
            Err(TryLockError::WouldBlock) => bail!(
                "another process works with the data folder {}: stop it first, or ask the service \
                 that runs there with --url and --key",
                path.display()
            ),
            Err(TryLockError::Error(error)) => {
                Err(error).with_context(|| format!("cannot lock {}", path.display()))
            }
        }
    }

    /// The keys.
    ///
    /// # Errors
    /// Where they cannot be read.
    pub fn keys(&self) -> anyhow::Result<Keys> {
        Ok(Keys::open(self.path.join(KEYS))?)
    }

    /// The keys that sign for the log.
    #[must_use]
    pub fn signing_keys(&self) -> SigningKeys {
        SigningKeys::in_folder(&self.path)
    }

    /// Who signs for the log: a key that is made where there is none, for `origin` or a name that
    /// nobody else has.
    ///
    /// # Errors
    /// Where the key cannot be read or made, is lost, or is of another origin.
    pub fn sealing(&self, origin: Option<&str>) -> anyhow::Result<Sealing> {
        let signers = self.signing_keys().open(origin)?;
        Ok(self.sealed_by(signers))
    }

    /// Who signs for the log, if anybody ever did: a record in the making is not signed for.
    ///
    /// # Errors
    /// Where the key cannot be read or is lost.
    pub fn sealing_so_far(&self) -> anyhow::Result<Sealing> {
        let signers = self.signing_keys().read()?;
        Ok(signers.map_or_else(Sealing::passing, |signers| self.sealed_by(signers)))
    }

    fn sealed_by(&self, signers: Vec<Signer>) -> Sealing {
        let shelf = Box::new(self.shelf());
        Sealing {
            signers,
            shelf,
            not_before: None,
            witnesses: Vec::new(),
            patrol_every: None,
            snapshots: None,
        }
    }

    /// Where the last checkpoint is kept.
    #[must_use]
    pub fn shelf(&self) -> Files {
        Files::in_folder(&self.path)
    }

    /// Where the record is kept for a faster start, again after so many events.
    #[must_use]
    pub fn snapshots(&self, every: u64) -> Snapshots {
        Snapshots { folder: self.path.clone(), every }
    }

    /// How many entries of the log were signed for; as many as none where that cannot be told.
    fn signed(&self) -> anyhow::Result<u64> {
        let text = self.shelf().checkpoint().context("cannot read the last checkpoint")?;
        let note = text.and_then(|text| text.parse::<Note>().ok());
        let checkpoint = note.and_then(|note| note.text.parse::<Checkpoint>().ok());
        Ok(checkpoint.map_or(0, |checkpoint| checkpoint.size))
    }

    /// Where the log is.
    #[must_use]
    pub fn log_path(&self) -> PathBuf {
        self.path.join(LOG)
    }

    /// The log.
    ///
    /// # Errors
    /// Where it cannot be opened.
    pub fn log(&self, options: Options) -> anyhow::Result<Disk> {
        let path = self.log_path();
        Disk::open(&path, options)
            .with_context(|| format!("cannot open the log in {}", path.display()))
    }

    /// The service over the log, with what is on record rebuilt and found to go on from what was
    /// signed.
    ///
    /// # Errors
    /// Where the log, or an event in it, cannot be read.
    pub fn service(&self, options: Options, sealing: Sealing) -> anyhow::Result<Service> {
        let log = self.log(Options { known: self.signed()?, ..options })?;
        let bar = progress::of_events(Some(log.reader().len()), "rebuilding");
        let service = Service::open(Box::new(log), sealing, |done| bar.set_position(done));
        bar.finish_and_clear();
        service.with_context(|| format!("cannot rebuild the record in {}", self.path.display()))
    }
}

const LOG: &str = "log";
const KEYS: &str = "keys.json";
const LOCK: &str = "causeway.lock";

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_folder_is_one_process_s_own_until_it_lets_go() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("a/b");
        let folder = Folder::make(&path).unwrap();
        let error = Folder::make(&path).unwrap_err().to_string();
        assert!(error.contains("--url"), "{error}");
        drop(folder);
        Folder::make(&path).unwrap();
    }

    #[test]
    fn a_new_folder_is_for_its_owner_only() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("data");
        let _folder = Folder::make(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700);
    }

    #[test]
    fn a_folder_without_a_record_is_not_taken_for_one() {
        let scratch = tempfile::tempdir().unwrap();
        let error = Folder::open(scratch.path()).unwrap_err().to_string();
        assert!(error.starts_with("there is no record in"), "{error}");
        assert_eq!(fs::read_dir(scratch.path()).unwrap().count(), 0);
    }
}
