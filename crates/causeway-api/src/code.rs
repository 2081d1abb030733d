//! The table of all problems: code, status, title, and what to do next.
//!
//! A code never changes meaning. Statuses go by what the reader does next (RULES.md, rule 51).

use strum::{EnumIter, EnumString, IntoStaticStr};

/// What can go wrong, by the code that stands in `type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumIter, IntoStaticStr, EnumString)]
#[strum(serialize_all = "kebab-case")]
#[expect(missing_docs, reason = "the table below says what each is")]
pub enum Code {
    BadRequest,
    MalformedJson,
    BadParameter,
    BadCursor,
    NotAuthenticated,
    NotPermitted,
    AboveClearance,
    EntriesAboveClearance,
    OwnReport,
    NotFound,
    MethodNotAllowed,
    NotAcceptable,
    RequestTimeout,
    EventIdReused,
    SubjectExists,
    DeliveryCancelled,
    DeliveryClosed,
    VersionMismatch,
    BodyTooLarge,
    TooManyEvents,
    EntryTooLarge,
    UnsupportedMediaType,
    InvalidEvent,
    UnknownSubject,
    UnknownEvent,
    BadTarget,
    TimeInFuture,
    HistoryClosed,
    TooWide,
    InvalidKey,
    BatchRejected,
    InternalError,
    NotReached,
    LogFailed,
    LogRefused,
    NotSigned,
    DiskFull,
    Overloaded,
    TooManyStreams,
    TooManyQuestions,
    Stopping,
}

/// What is fixed about a problem.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// The status it is answered with.
    pub status: u16,
    /// What it is, in one line.
    pub title: &'static str,
    /// What to do next.
    pub advice: &'static str,
}

const fn row(status: u16, title: &'static str, advice: &'static str) -> Row {
    Row { status, title, advice }
}

impl Code {
    /// The table of all problems.
    #[must_use]
    #[rustfmt::skip] // a table, one line each
    pub fn row(self) -> Row {
        match self {
            Code::BadRequest => row(400, "The request cannot be understood", "Compare it with the API's description at /docs."),
            Code::MalformedJson => row(400, "The body is not JSON", "Mend the syntax where the detail points to and send it again; nothing was recorded."),
            Code::BadParameter => row(400, "A parameter is unknown or has a value that is not allowed", "Send what `errors` says is allowed."),
            Code::BadCursor => row(400, "The cursor does not belong to this request", "Start again without `cursor`, and follow `next` exactly as it was given."),
            Code::NotAuthenticated => row(401, "A key is needed", "Send `Authorization: Bearer <key>` with a key that is neither revoked nor expired; an admin makes keys."),
            Code::NotPermitted => row(403, "The key may not do this", "Ask an admin for a key of another role or organisation."),
            Code::AboveClearance => row(403, "The event is more sensitive than the key may record", "Classify it lower if that is right, or use a key with a higher clearance."),
            Code::EntriesAboveClearance => row(403, "The entries are more sensitive than the reader may see", "Use a key with a higher clearance, or read the events one by one at /v1/events; tiles of hashes are for everybody."),
            Code::OwnReport => row(403, "Nobody assesses what they recorded themselves", "Ask a colleague with another key to assess it."),
            Code::NotFound => row(404, "There is nothing here", "Look for the right id in the list, or for the right path at /docs."),
            Code::MethodNotAllowed => row(405, "The path does not take this method", "Use one of the methods in the `Allow` header."),
            Code::NotAcceptable => row(406, "The answer cannot be given in the form asked for", "Leave out `Accept-Encoding`, or allow identity, gzip, br or zstd."),
            Code::RequestTimeout => row(408, "The body came too slowly", "Send it again, in smaller batches; events that were recorded are recognised by their ids."),
            Code::EventIdReused => row(409, "The id stands for another event", "If this is another event, send it under a new id; nothing was recorded."),
            Code::SubjectExists => row(409, "The subject exists already", "Report on it, or choose another id."),
            Code::DeliveryCancelled => row(409, "The delivery was cancelled", "If the cancellation was wrong, withdraw it first with report.withdrawn.v1."),
            Code::DeliveryClosed => row(409, "The delivery was closed", "If closing it was wrong, withdraw that first with report.withdrawn.v1."),
            Code::VersionMismatch => row(412, "The subject has changed since you read it", "Read it again, look at what changed, and send with the `current` version."),
            Code::BodyTooLarge => row(413, "The body is larger than 16 MiB", "Send the events in several requests."),
            Code::TooManyEvents => row(413, "The body holds more than 10,000 events", "Send them in several requests."),
            Code::EntryTooLarge => row(413, "The event is larger than an entry of the log", "Shorten it, or link to the long text or geometry instead."),
            Code::UnsupportedMediaType => row(415, "The body's content type is not taken here", "Send one of the types that the detail names, in UTF-8."),
            Code::InvalidEvent => row(422, "The event is not valid", "Mend every place that `errors` points to; GET /v1/event-types/{type} has the schema and an example."),
            Code::UnknownSubject => row(422, "No event has created the subject", "Record the event that creates it first, or correct its id."),
            Code::UnknownEvent => row(422, "The named event is not on record", "Correct the id in `data`, or record the named event first."),
            Code::BadTarget => row(422, "The named event cannot be the target of this one", "Name an event that the detail allows."),
            Code::TimeInFuture => row(422, "The event lies more than 24 hours ahead", "Check the time, its offset and the clock of the device."),
            Code::HistoryClosed => row(422, "History can no longer be imported", "Leave out `recordedtime`: the event is then stamped by the server's clock."),
            Code::TooWide => row(422, "More is asked for than one answer holds", "Ask for less at a time, as the detail says."),
            Code::InvalidKey => row(422, "The key cannot be made like this", "Mend what the detail or `errors` names."),
            Code::BatchRejected => row(422, "Nothing of the batch was recorded", "Mend the events that `results` rejects and send the batch again, or send it without `atomic`."),
            Code::InternalError => row(500, "Something is wrong with the service", "Try again; if it stays, tell the operator the X-Request-Id of this answer."),
            Code::NotReached => row(503, "The position asked for is not reached yet", "Try again after the time in `Retry-After`; a position that was never acknowledged may never come."),
            Code::LogFailed => row(503, "The log cannot be written", "Keep the events and send them again later; the operator has to restart the service. What was acknowledged is safe."),
            Code::LogRefused => row(503, "The log does not hold what was signed", "Keep the events and send them again later; the operator has to run `causeway verify`. What can be read may be incomplete."),
            Code::NotSigned => row(503, "The event is not part of a signed checkpoint yet", "Try again after the time in `Retry-After`."),
            Code::DiskFull => row(503, "The disk is nearly full", "Keep the events and send them again later; the operator has to free disk space."),
            Code::Overloaded => row(503, "More is waiting than can be recorded", "Send the same again after the time in `Retry-After`; ids make that safe."),
            Code::TooManyStreams => row(503, "More streams are open than are served at once", "Try again after the time in `Retry-After`, or ask /v1/events with `Prefer: wait=30`."),
            Code::TooManyQuestions => row(503, "More questions are waiting than are answered at once", "Ask again after the time in `Retry-After`."),
            Code::Stopping => row(503, "The service is shutting down", "Send the same again after the time in `Retry-After`; ids make that safe."),
        }
    }

    /// The code as it stands in `type`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.into()
    }
}

#[cfg(test)]
mod tests {
    use strum::IntoEnumIterator;

    use super::*;

    #[test]
    fn every_problem_says_what_to_do_next() {
        for code in Code::iter() {
            let Row { status, title, advice } = code.row();
            assert!((400..=599).contains(&status), "{}: {status} is no failure", code.name());
            assert!(!title.ends_with('.'), "{}: a title has no full stop", code.name());
            assert!(advice.ends_with('.'), "{}: advice is a sentence", code.name());
        }
    }
}
