//! What can go wrong with a log, by what its owner does next.

use std::io;
use std::path::PathBuf;

use crate::{ENTRY_LIMIT, Position};

/// Why a log could not be opened, written or read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Somebody else has the log open: stop them, or take another folder.
    #[error("the log in {} is in use, by another process or this one", folder.display())]
    InUse {
        /// The folder that both want.
        folder: PathBuf,
    },

    /// An entry no log takes. Nothing was recorded.
    #[error("entry {index} of the group has {len} bytes, more than {ENTRY_LIMIT}")]
    TooLarge {
        /// Place of the entry in its group.
        index: usize,
        /// Its length in bytes.
        len: usize,
    },

    /// Too little free disk to begin. Nothing was touched; it goes on by itself once there is room.
    #[error("{free} bytes of disk would stay free, and {reserve} are kept in reserve")]
    DiskFull {
        /// Free bytes, less those the append needs.
        free: u64,
        /// Bytes that must stay free.
        reserve: u64,
    },

    /// A write or sync has failed before, and nobody knows what the disk holds: start afresh.
    #[error("the log takes no more entries because a write or sync failed: restart to verify it")]
    Poisoned,

    /// An entry that was recorded cannot be read.
    #[error("the log is damaged at position {position}: {damage}")]
    Corrupt {
        /// The first position that cannot be read.
        position: Position,
        /// What was found there.
        damage: String,
    },

    /// The storage underneath refused.
    #[error("the storage of the log failed")]
    Storage(#[source] io::Error),
}

impl Error {
    /// Why what stands at `position` cannot be read: tells damage from a store that merely failed.
    pub(crate) fn unreadable(position: Position) -> impl FnOnce(io::Error) -> Error {
        move |error| match error.kind() == io::ErrorKind::InvalidData {
            true => Error::Corrupt { position, damage: error.to_string() },
            false => Error::Storage(error),
        }
    }
}
