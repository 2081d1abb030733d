//! The folder of a log: made to last, held by one process, watched for room.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use crate::{Error, lasting};

/// A folder that is ours until this is dropped.
pub struct Folder {
    path: PathBuf,
    lock: File,
}

impl Folder {
    /// Makes the folder, if need be, and holds it against everybody else.
    pub fn claim(path: &Path) -> Result<Folder, Error> {
        let path = std::path::absolute(path).map_err(Error::Storage)?;
        lasting::make(&path).map_err(Error::Storage)?;
        let lock = File::create(path.join("lock")).map_err(Error::Storage)?;
        match lock.try_lock() {
            Ok(()) => Ok(Folder { path, lock }),
            Err(TryLockError::WouldBlock) => Err(Error::InUse { folder: path }),
            Err(TryLockError::Error(error)) => Err(Error::Storage(error)),
        }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Makes the names in the folder survive a power cut, and the contents of `file`.
    pub fn sync_with(&self, file: &str) -> io::Result<()> {
        lasting::sync(&self.path.join(file))?;
        lasting::sync(&self.path)
    }

    /// The paths in the folder whose names satisfy `wanted`.
    pub fn find(&self, wanted: impl Fn(&str) -> bool) -> io::Result<Vec<PathBuf>> {
        let entries = fs::read_dir(&self.path)?.collect::<io::Result<Vec<_>>>()?;
        let named = entries.iter().filter(|entry| entry.file_name().to_str().is_some_and(&wanted));
        Ok(named.map(fs::DirEntry::path).collect())
    }

    /// Free bytes on the disk of the folder, for us.
    pub fn free_bytes(&self) -> io::Result<u64> {
        let disk = rustix::fs::statvfs(&self.path)?;
        Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
    }
}

impl Drop for Folder {
    /// Closing is not enough: a process being started may have inherited the lock for a moment.
    fn drop(&mut self) {
        drop(self.lock.unlock());
    }
}
