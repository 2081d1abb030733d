//! The record rebuilt from the log alone.

use std::io::BufRead;
use std::ops::ControlFlow;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use causeway_log::Reader;

use crate::Position;
use crate::record::{Record, Recording};
use crate::stored::{self, Stored, Unreadable};

/// Why a record cannot be rebuilt.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// An entry is no event.
    #[error("the entry at position {position} cannot be read")]
    Unreadable {
        /// Where it stands.
        position: Position,
        /// Why.
        #[source]
        cause: Unreadable,
    },
    /// The log cannot be read.
    #[error("the log cannot be read")]
    Log(#[from] causeway_log::Error),
    /// A line of an export cannot be read.
    #[error("line {line} cannot be read")]
    Line {
        /// Its number, from 1.
        line: usize,
        /// Why.
        #[source]
        cause: Unreadable,
    },
    /// A line of an export is not where it belongs.
    #[error(
        "line {line} has sequence {found}, expected {expected}; an export to replay starts at 0 and leaves nothing out"
    )]
    OutOfPlace {
        /// Its number, from 1.
        line: usize,
        /// The sequence found.
        found: String,
        /// The sequence expected.
        expected: Position,
    },
    /// The export cannot be read.
    #[error("the events cannot be read")]
    Read(#[from] std::io::Error),
}

/// How many events are handed over at a time, and how many handfuls may wait.
const HANDFUL: usize = 1_024;
const HANDFULS_WAITING: usize = 8;

/// Rebuilds the record from the log: one thread reads and parses, one folds. `progress` hears
/// how many events are done.
///
/// # Errors
/// Where the log, or an entry of it, cannot be read.
pub fn rebuild(log: &dyn Reader, progress: impl Fn(Position)) -> Result<Record, ReplayError> {
    let (sender, receiver) = sync_channel(HANDFULS_WAITING);
    thread::scope(|scope| {
        let parser = scope.spawn(move || parse(log, &sender));
        let record = fold(&receiver, progress);
        parser.join().expect("parsing does not panic")?;
        Ok(record)
    })
}

fn fold(handfuls: &Receiver<Vec<Stored>>, progress: impl Fn(Position)) -> Record {
    let mut record = Record::default();
    for handful in handfuls {
        for stored in handful {
            record.take_again(stored);
        }
        progress(record.snapshot.chronicle.len());
    }
    record
}

fn parse(log: &dyn Reader, handfuls: &SyncSender<Vec<Stored>>) -> Result<(), ReplayError> {
    let mut handful = Vec::with_capacity(HANDFUL);
    let mut unreadable = None;
    log.scan(0..log.len(), &mut |position, entry| {
        match stored::decode(entry) {
            Ok(stored) => handful.push(stored),
            Err(cause) => {
                unreadable = Some(ReplayError::Unreadable { position, cause });
                return ControlFlow::Break(());
            }
        }
        let is_full = handful.len() == HANDFUL;
        match is_full && handfuls.send(std::mem::take(&mut handful)).is_err() {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    })?;
    // A receiver that is gone has its own error to tell.
    drop(handfuls.send(handful));
    unreadable.map_or(Ok(()), Err)
}

/// What an export says of each event beside the event itself.
#[derive(serde::Deserialize)]
struct Place {
    sequence: String,
    #[serde(default)]
    withheld: bool,
}

/// Rebuilds the record from an export: one event a line, each with its `sequence`, from 0. Events
/// that were withheld from the exporter leave their positions empty.
///
/// # Errors
/// Where a line cannot be read or is not where it belongs.
pub fn from_lines(lines: impl BufRead) -> Result<Record, ReplayError> {
    let mut record = Record::default();
    let numbered = lines.lines().enumerate().map(|(index, text)| (index + 1, text));
    for (line, text) in numbered {
        let text = text?;
        if text.trim().is_empty() {
            continue;
        }
        let unreadable = |cause: Unreadable| ReplayError::Line { line, cause };
        let place: Place = serde_json::from_str(&text).map_err(|error| unreadable(error.into()))?;
        let expected = record.snapshot.chronicle.len();
        if place.sequence.parse() != Ok(expected) {
            return Err(ReplayError::OutOfPlace { line, found: place.sequence, expected });
        }
        match place.withheld {
            true => record.snapshot.leave_empty(),
            false => record.take_again(stored::decode(text.as_bytes()).map_err(unreadable)?),
        }
    }
    Ok(record)
}

impl Record {
    /// Takes in an event that was recorded before.
    pub fn take_again(&mut self, stored: Stored) {
        let flags = self.flags(&stored.event, stored.recorded.instant());
        let Stored { event, recorded, is_imported, recorded_by } = stored;
        self.apply(&event, Recording { recorded, is_imported, recorded_by, flags });
    }
}
