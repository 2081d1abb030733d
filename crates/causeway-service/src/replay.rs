//! The record rebuilt from the log alone.

use std::io::BufRead;
use std::ops::ControlFlow;
use std::sync::mpsc::{Receiver, SendError, SyncSender, sync_channel};
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

/// How many entries are decoded at a time, and how many handfuls may be under way.
const HANDFUL: usize = 1_024;
const HANDFULS_UNDER_WAY: usize = 16;

/// Entries as the log has them, one after another.
#[derive(Default)]
struct Handful {
    first: Position,
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

type Decoded = Result<Vec<Stored>, ReplayError>;

/// Rebuilds the record from the log: one thread reads, all cores decode, one thread folds.
/// `progress` hears how many events are done.
///
/// # Errors
/// Where the log, or an entry of it, cannot be read.
pub fn rebuild(log: &dyn Reader, progress: impl Fn(Position)) -> Result<Record, ReplayError> {
    let (sender, receiver) = sync_channel(HANDFULS_UNDER_WAY);
    thread::scope(|scope| {
        let reader = scope.spawn(move || read(log, &sender));
        let record = fold(&receiver, progress);
        drop(receiver); // so that the reader stops where folding did
        reader.join().expect("reading does not panic")?;
        record
    })
}

/// Takes in handfuls in the order in which they were read, whichever is decoded first.
fn fold(
    handfuls: &Receiver<Receiver<Decoded>>,
    progress: impl Fn(Position),
) -> Result<Record, ReplayError> {
    let mut record = Record::default();
    for handful in handfuls {
        for stored in handful.recv().expect("decoding does not panic")? {
            record.take_again(stored);
        }
        progress(record.snapshot.chronicle.len());
    }
    Ok(record)
}

fn read(log: &dyn Reader, handfuls: &SyncSender<Receiver<Decoded>>) -> Result<(), ReplayError> {
    let mut handful = Handful::default();
    log.scan(0..log.len(), &mut |position, entry| {
        handful.bytes.extend_from_slice(entry);
        handful.ends.push(handful.bytes.len());
        if handful.ends.len() < HANDFUL {
            return ControlFlow::Continue(());
        }
        let next = Handful { first: position + 1, ..Handful::default() };
        match hand_over(std::mem::replace(&mut handful, next), handfuls) {
            Ok(()) => ControlFlow::Continue(()),
            Err(SendError(_)) => ControlFlow::Break(()), // whoever folds has an error to tell
        }
    })?;
    drop(hand_over(handful, handfuls));
    Ok(())
}

/// Has a handful decoded, and its place kept.
fn hand_over(
    handful: Handful,
    handfuls: &SyncSender<Receiver<Decoded>>,
) -> Result<(), SendError<Receiver<Decoded>>> {
    let (sender, decoded) = sync_channel(1);
    handfuls.send(decoded)?;
    // Whoever no longer waits has an error to tell.
    rayon::spawn(move || drop(sender.send(handful.decode())));
    Ok(())
}

impl Handful {
    fn decode(&self) -> Decoded {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        let entries = starts.zip(&self.ends).map(|(start, end)| &self.bytes[start..*end]);
        let decode = |(position, entry)| {
            stored::decode(entry).map_err(|cause| ReplayError::Unreadable { position, cause })
        };
        (self.first..).zip(entries).map(decode).collect()
    }
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
