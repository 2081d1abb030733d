//! What the files of an import hold, and what follows from that.

use std::io::{self, BufRead};
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use indicatif::ProgressBar;

use super::recorder::Rejection;
use super::{lines, pcodes};
use crate::progress;

/// What a file holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// One a line, an array, or one after the other
    #[default]
    Events,
    /// OCHA's table of P-codes, as CSV: places
    Pcodes,
}

impl Format {
    /// Hands every event of a file to `take`; of what cannot be read, its name is told.
    ///
    /// # Errors
    /// Where the file cannot be read, and what `take` fails with.
    pub fn each(
        self,
        path: &Path,
        input: &mut dyn BufRead,
        take: &mut lines::Taker<'_>,
    ) -> anyhow::Result<()> {
        let read = match self {
            Format::Events => lines::each(input, take),
            Format::Pcodes => pcodes::each(input, take),
        };
        read.map_err(|error| match error.is::<io::Error>() {
            true => error.context(unreadable(path)),
            false => error,
        })
    }

    /// Why what stands in a file is no event.
    #[must_use]
    pub fn rejection(self, fault: String) -> Rejection {
        let code = match self {
            Format::Events => "malformed-json",
            Format::Pcodes => "invalid-row",
        };
        Rejection::unreadable(code, fault)
    }

    /// What shows how far the import of `files` is.
    #[must_use]
    pub fn progress(self, files: &[PathBuf]) -> ProgressBar {
        match self {
            Format::Events => progress::of_bytes(size(files), "importing"),
            Format::Pcodes => progress::of_events(None, "importing"),
        }
    }

    /// Whether a file is read as its events are recorded, and not whole before the first.
    #[must_use]
    pub fn is_read_along(self) -> bool {
        match self {
            Format::Events => true,
            Format::Pcodes => false,
        }
    }
}

/// How many bytes there are to read, if that is known.
fn size(files: &[PathBuf]) -> Option<u64> {
    files.iter().map(|file| Some(std::fs::metadata(file).ok()?.len())).sum()
}

/// What is told of a file that cannot be read.
#[must_use]
pub fn unreadable(path: &Path) -> String {
    format!("cannot read {}", path.display())
}
