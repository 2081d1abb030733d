//! The record rebuilt from the log alone.

use std::io::BufRead;
use std::ops::ControlFlow;

use causeway_log::Reader;

use crate::Position;
use crate::in_order::in_order;
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

/// How many entries are decoded at a time.
const HANDFUL: usize = 1_024;
/// About how many bytes of them at most.
const HANDFUL_BYTES: usize = 1 << 20;

/// Entries as the log has them, one after another.
#[derive(Default)]
struct Handful {
    first: Position,
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

type Decoded = Result<Vec<Stored>, ReplayError>;

/// Brings the record up to the log: one thread reads, all cores decode, one thread folds.
/// `progress` hears how many events are done.
///
/// # Errors
/// Where the log, or an entry of it, cannot be read.
pub fn catch_up(
    record: &mut Record,
    log: &dyn Reader,
    progress: impl Fn(Position),
) -> Result<(), ReplayError> {
    let first = record.snapshot.chronicle.len();
    let take = |decoded: Decoded| {
        decoded?.into_iter().for_each(|stored| record.take_again(stored));
        progress(record.snapshot.chronicle.len());
        Ok(())
    };
    in_order(|hand_out| read(log, first, hand_out), |handful: Handful| handful.decode(), take)
}

/// Rebuilds the record from the log alone.
///
/// # Errors
/// As [`catch_up`].
pub fn rebuild(log: &dyn Reader, progress: impl Fn(Position)) -> Result<Record, ReplayError> {
    let mut record = Record::default();
    catch_up(&mut record, log, progress)?;
    Ok(record)
}

fn read(
    log: &dyn Reader,
    first: Position,
    hand_out: &mut dyn FnMut(Handful) -> ControlFlow<()>,
) -> Result<(), ReplayError> {
    let mut handful = Handful { first, ..Handful::default() };
    log.scan(first..log.len(), &mut |position, entry| {
        handful.bytes.extend_from_slice(entry);
        handful.ends.push(handful.bytes.len());
        if handful.ends.len() < HANDFUL && handful.bytes.len() < HANDFUL_BYTES {
            return ControlFlow::Continue(());
        }
        let next = Handful { first: position + 1, ..Handful::default() };
        hand_out(std::mem::replace(&mut handful, next))
    })?;
    // Whoever takes no more has an error to tell.
    let (ControlFlow::Continue(()) | ControlFlow::Break(())) = hand_out(handful);
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
