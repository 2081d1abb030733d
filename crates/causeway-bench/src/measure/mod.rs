//! What is measured, one question a file. Each has what it is compared with beside it, in the same
//! rounds.

pub mod day;
pub mod durable;
pub mod growth;
pub mod overload;
pub mod past;
pub mod polls;
pub mod replay;

use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long everything goes on, and over how much.
#[derive(Debug, Clone)]
pub struct Extent {
    /// Rounds of everything that has rounds.
    pub rounds: u64,
    /// Of one contestant in a round.
    pub time: Duration,
    /// How many send a thousand events at a time.
    pub producers_of_thousands: usize,
    /// Events in the record that is polled, replayed and started.
    pub events: u64,
    /// Sizes of the records in the table of growth.
    pub sizes: Vec<u64>,
    /// How long the mixed day takes.
    pub day: Duration,
}

/// What everything is measured with.
pub struct Place {
    /// The executable.
    pub causeway: PathBuf,
    /// A folder for what is not kept, on the disk that is measured.
    pub scratch: PathBuf,
    /// How long, over how much.
    pub extent: Extent,
}

impl Place {
    /// A folder that is not there yet.
    pub fn folder(&self, name: &str) -> PathBuf {
        self.scratch.join(name)
    }
}

/// Says on standard error what is measured now.
pub fn say(what: &str) {
    eprintln!("measuring {what}");
}

/// Takes away what was measured, so that the disk has room for the next.
pub fn clear(folder: &Path) {
    if let Err(error) = std::fs::remove_dir_all(folder) {
        eprintln!("cannot remove {}: {error}", folder.display());
    }
}
