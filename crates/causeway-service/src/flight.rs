//! A group on its way to the disk.
//!
//! A long one is written beside the writer, which decides the next meanwhile.

use std::panic;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use causeway_domain::Time;
use causeway_log::Log;
use tokio::sync::{OwnedSemaphorePermit, oneshot};

use crate::group::{Group, Verdict};
use crate::record::Record;
use crate::writer::Unavailable;

/// The log, which one thread at a time writes.
pub(crate) type Pen = Arc<Mutex<Box<dyn Log>>>;

/// From so many events on, deciding the next group takes longer than handing this one over.
const LONG: usize = 500;

/// Whether a batch was recorded, as its sender is told.
pub(crate) type Answer = Result<Vec<Verdict>, Unavailable>;

/// A batch that was decided.
pub(crate) struct Decided {
    pub verdicts: Answer,
    pub reply: oneshot::Sender<Answer>,
    /// The room it takes until then.
    pub room: OwnedSemaphorePermit,
}

/// A group that was decided and may be on disk soon.
pub(crate) struct Flight {
    /// When its events were recorded.
    pub stamp: Time,
    /// The record with the group in it.
    pub record: Record,
    /// Its events, as they are stored.
    pub entries: Arc<Vec<Vec<u8>>>,
    pub decided: Vec<Decided>,
    pub writing: Writing,
}

/// How far the writing is.
pub(crate) enum Writing {
    /// Nothing was written, and nothing will be.
    Never(Unavailable),
    /// All was written, or not.
    Done(Result<(), Unavailable>),
    /// Another thread writes.
    Beside(JoinHandle<Result<(), Unavailable>>),
}

/// Where a group is when the writing has ended.
pub(crate) enum Landing {
    /// On disk.
    OnDisk,
    /// Not there.
    NotOnDisk(Unavailable),
    /// There or not: nobody knows before the log was looked through.
    Unknown,
}

impl Flight {
    /// Sends the group on its way, unless there is a reason not to.
    pub(crate) fn of(
        group: Group<'_>,
        decided: Vec<Decided>,
        pen: &Pen,
        ready: Result<(), Unavailable>,
    ) -> Flight {
        let Group { now: stamp, record, entries, failure, .. } = group;
        let entries = Arc::new(entries);
        let writing = match ready.and(failure.map_or(Ok(()), Err)) {
            Err(reason) => Writing::Never(reason),
            Ok(()) => Writing::of(&entries, pen),
        };
        Flight { stamp, record, entries, decided, writing }
    }

    /// Whether another thread may still be writing it.
    pub(crate) fn is_beside(&self) -> bool {
        matches!(self.writing, Writing::Beside(_))
    }
}

impl Writing {
    fn of(entries: &Arc<Vec<Vec<u8>>>, pen: &Pen) -> Writing {
        if entries.len() >= LONG {
            let (pen, entries) = (Arc::clone(pen), Arc::clone(entries));
            let appender = thread::Builder::new().name("appender".to_owned());
            if let Ok(appender) = appender.spawn(move || write(&pen, &entries)) {
                return Writing::Beside(appender);
            }
        }
        Writing::Done(write(pen, entries))
    }

    /// What has become of it in the end.
    pub(crate) fn end(self) -> Landing {
        let written = match self {
            Writing::Never(reason) => return Landing::NotOnDisk(reason),
            Writing::Done(written) => written,
            Writing::Beside(appender) => {
                appender.join().unwrap_or_else(|panic| panic::resume_unwind(panic))
            }
        };
        match written {
            Ok(()) => Landing::OnDisk,
            Err(Unavailable::LogFailed) => Landing::Unknown,
            Err(reason) => Landing::NotOnDisk(reason),
        }
    }
}

/// Appends the entries, if there are any; they are safe on disk when this returns.
fn write(pen: &Pen, entries: &[Vec<u8>]) -> Result<(), Unavailable> {
    if !entries.is_empty() {
        let mut log = pen.lock().unwrap_or_else(PoisonError::into_inner);
        log.append(entries)?;
    }
    Ok(())
}
