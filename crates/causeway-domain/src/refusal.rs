//! Why an event is not recorded. A refusal is an answer, not an accident: its code never changes
//! meaning.

use crate::faults::Fault;
use crate::words::Classification;

/// Why an event is not recorded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Malformed in one or more places.
    #[error("the event has {} fault(s), the first at {}", .0.len(), first_place(.0))]
    Invalid(Vec<Fault>),
    /// Not JSON at all.
    #[error("not valid JSON: {0}")]
    Malformed(String),
    /// The subject was never created, as far as the caller may know.
    #[error("no event has created the subject `{0}`")]
    UnknownSubject(String),
    /// The subject exists and can be created only once.
    #[error("the subject `{0}` exists already; report on it instead")]
    SubjectExists(String),
    /// The delivery was cancelled before.
    #[error("the delivery was cancelled before this; withdraw the cancellation first")]
    DeliveryCancelled,
    /// The delivery was closed before.
    #[error("the delivery was closed before this; withdraw the closure first")]
    DeliveryClosed,
    /// The named event is not on record, as far as the caller may know.
    #[error("no event `{0}` is on record")]
    UnknownEvent(String),
    /// The named event cannot be the target of this paperwork.
    #[error("{0}")]
    BadTarget(&'static str),
    /// The assessor recorded what is to be assessed.
    #[error("a key cannot assess what it recorded itself; ask a colleague with another key")]
    OwnReport,
    /// The caller's role or organisation does not allow it.
    #[error("{0}")]
    NotPermitted(&'static str),
    /// The event is classified above the caller's clearance.
    #[error("the event is {event}, the key may see and record up to {clearance}")]
    AboveClearance {
        /// The event's classification.
        event: Classification,
        /// The key's clearance.
        clearance: Classification,
    },
    /// The subject has another version than the caller expected.
    #[error("the subject has version {current}, expected {expected}; read it again")]
    VersionMismatch {
        /// The version on record.
        current: u64,
        /// The version the caller expected.
        expected: u64,
    },
    /// The id stands for another event.
    #[error(
        "the id is on record for another event, or for one above this key's clearance; only an \
         event that is not on record yet goes under a new id"
    )]
    EventIdReused,
    /// More than 24 hours ahead of our clock.
    #[error("the time lies more than 24 hours ahead of the server's clock")]
    TimeInFuture,
    /// History can be imported only before the first event of our own.
    #[error("the log holds events of its own, so history can no longer be imported into it")]
    HistoryClosed,
    /// The entry would be larger than the log takes.
    #[error("the event takes {size} bytes on record, the limit is {limit}")]
    TooLarge {
        /// What it would take.
        size: usize,
        /// What an entry may take.
        limit: usize,
    },
}

fn first_place(faults: &[Fault]) -> &str {
    let pointer = faults.first().map(|fault| fault.pointer.as_str());
    pointer.filter(|pointer| !pointer.is_empty()).unwrap_or("the event as a whole")
}

impl Refusal {
    /// One fault, as a refusal.
    #[must_use]
    pub fn fault(pointer: &str, detail: &str) -> Refusal {
        Refusal::Invalid(vec![Fault { pointer: pointer.into(), detail: detail.into() }])
    }

    /// The stable code of the refusal, as it stands in problem types.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Refusal::Invalid(_) => "invalid-event",
            Refusal::Malformed(_) => "malformed-json",
            Refusal::UnknownSubject(_) => "unknown-subject",
            Refusal::SubjectExists(_) => "subject-exists",
            Refusal::DeliveryCancelled => "delivery-cancelled",
            Refusal::DeliveryClosed => "delivery-closed",
            Refusal::UnknownEvent(_) => "unknown-event",
            Refusal::BadTarget(_) => "bad-target",
            Refusal::OwnReport => "own-report",
            Refusal::NotPermitted(_) => "not-permitted",
            Refusal::AboveClearance { .. } => "above-clearance",
            Refusal::VersionMismatch { .. } => "version-mismatch",
            Refusal::EventIdReused => "event-id-reused",
            Refusal::TimeInFuture => "time-in-future",
            Refusal::HistoryClosed => "history-closed",
            Refusal::TooLarge { .. } => "entry-too-large",
        }
    }
}
