//! What became of the events of an import.

use std::fmt;
use std::path::Path;

use indicatif::ProgressBar;

use super::recorder::{Outcome, Rejection};

/// How many events met which fate.
#[derive(Debug)]
pub struct Tally {
    /// What shows the progress, and steps aside for messages.
    bar: ProgressBar,
    /// On record now.
    pub recorded: u64,
    /// On record before.
    pub duplicate: u64,
    /// Not on record.
    pub rejected: u64,
    /// Not in the file, because the exporter might not see them.
    pub withheld: u64,
    /// Rejected because one key cannot record and assess.
    own_reports: u64,
    /// Rejected because the log is past importing history.
    after_history: u64,
}

impl Tally {
    /// Counts from nothing.
    #[must_use]
    pub fn new(bar: ProgressBar) -> Tally {
        Tally {
            bar,
            recorded: 0,
            duplicate: 0,
            rejected: 0,
            withheld: 0,
            own_reports: 0,
            after_history: 0,
        }
    }

    /// Counts an event of `file`, and tells what was wrong with it.
    pub fn count(&mut self, file: &Path, line: usize, outcome: &Outcome) {
        match outcome {
            Outcome::Recorded => self.recorded += 1,
            Outcome::Duplicate => self.duplicate += 1,
            Outcome::Rejected(rejection) => self.rejected(file, line, rejection),
        }
    }

    /// Counts and tells an event that is not on record.
    pub fn rejected(&mut self, file: &Path, line: usize, why: &Rejection) {
        self.rejected += 1;
        self.own_reports += u64::from(why.code == "own-report");
        self.after_history += u64::from(why.code == "history-closed");
        self.bar.suspend(|| eprintln!("{}:{line}: {why}", file.display()));
    }

    /// What may help against the rejections.
    #[must_use]
    pub fn advice(&self, rejected: u64) -> String {
        let help = match (self.own_reports, self.after_history) {
            (0, 0) => "mend them and give the same command again",
            (0, _) => "history goes into a log that holds nothing else: import it into a new one",
            (_, _) => {
                "give the same command again with another key in --assessor-key: no key assesses what it \
             recorded itself"
            }
        };
        format!("{rejected} of the events are not on record; {help}")
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Tally { recorded, duplicate, rejected, withheld, .. } = self;
        write!(f, "recorded {recorded}, duplicate {duplicate}, rejected {rejected}")?;
        match withheld {
            0 => Ok(()),
            _ => write!(f, ", withheld {withheld}"),
        }
    }
}
