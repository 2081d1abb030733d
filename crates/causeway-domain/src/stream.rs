//! A subject's stream of events, reduced to what admitting the next one needs.

use chrono::{DateTime, TimeDelta, Utc};

use crate::delivery::Journey;
use crate::event::{Creation, Event, Payload};
use crate::flags::{Flag, Flags};
use crate::id::EventId;
use crate::refusal::Refusal;
use crate::words::Classification;

/// What is known of a subject when its next event comes.
#[derive(Debug, Clone, Default)]
pub struct Stream {
    version: u64,
    /// The event that created the subject, unless it was withdrawn.
    creator: Option<EventId>,
    newest_report: Option<DateTime<Utc>>,
    journey: Journey,
    /// How many of its events have each classification.
    by_classification: [u64; 4],
}

/// How far ahead of the server's clock an event may lie, and how far behind it is not yet late.
const DAY: TimeDelta = TimeDelta::hours(24);

impl Stream {
    /// The number of events so far.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Whether the event that created the subject stands.
    #[must_use]
    pub fn is_registered(&self) -> bool {
        self.creator.is_some()
    }

    /// Whether somebody of this clearance knows of the subject.
    #[must_use]
    pub fn is_known_to(&self, clearance: Classification) -> bool {
        self.by_classification[..=clearance as usize]
            .iter()
            .any(|count| *count > 0)
    }

    /// Whether the event may be recorded at `now`, and what is remarkable about it.
    ///
    /// # Errors
    /// For a subject that is not there or is there already, a time too far ahead, and where our
    /// own administration contradicts itself.
    pub fn admit(
        &self,
        event: &Event,
        clearance: Classification,
        now: DateTime<Utc>,
    ) -> Result<Flags, Refusal> {
        let time = event.time.instant();
        match event.payload.creation() {
            Creation::Once if self.creator.is_some() => {
                return Err(Refusal::SubjectExists(event.subject.to_string()));
            }
            Creation::No if !self.is_known_to(clearance) => {
                return Err(Refusal::UnknownSubject(event.subject.to_string()));
            }
            Creation::Once | Creation::OrReports | Creation::No => {}
        }
        if time - now > DAY && !event.payload.may_lie_ahead() {
            return Err(Refusal::TimeInFuture);
        }
        Ok(self
            .journey_flags(event)?
            .with(self.clock_flags(event, now)))
    }

    fn journey_flags(&self, event: &Event) -> Result<Flags, Refusal> {
        let mut flags = Flags::default();
        match &event.payload {
            Payload::Delivery(_) if self.creator.is_none() => {}
            Payload::Delivery(step) => return self.journey.admit(step, event.time.instant()),
            Payload::Corridor(_)
            | Payload::Constraint(_)
            | Payload::Incident(_)
            | Payload::Movement(_)
            | Payload::Statement(_)
            | Payload::Bulletin(_)
            | Payload::Actor(_)
            | Payload::Place(_)
            | Payload::Report(_) => flags.add_if(self.journey.has_ended(), Flag::AfterEnd),
        }
        Ok(flags)
    }

    fn clock_flags(&self, event: &Event, now: DateTime<Utc>) -> Flags {
        let mut flags = Flags::default();
        if event.payload.is_report() {
            let time = event.time.instant();
            flags.add_if(now - time > DAY, Flag::Late);
            flags.add_if(time > now, Flag::Future);
            flags.add_if(
                self.newest_report.is_some_and(|newest| time < newest),
                Flag::OutOfOrder,
            );
        }
        flags
    }

    /// The stream after the event.
    pub fn evolve(&mut self, event: &Event) {
        self.version += 1;
        self.by_classification[event.classification as usize] += 1;
        if event.payload.is_report() {
            self.newest_report = self.newest_report.max(Some(event.time.instant()));
        }
        if event.payload.creation() != Creation::No {
            self.creator = self.creator.or(Some(event.id));
        }
        if let Payload::Delivery(step) = &event.payload {
            self.journey.evolve(event.id, step, event.time.instant());
        }
    }

    /// The stream after one of its reports was withdrawn.
    pub fn forget(&mut self, report: EventId) {
        self.creator = self.creator.filter(|creator| *creator != report);
        self.journey.forget(report);
    }

    /// The stream after one of its events was found to be more sensitive (rule 47).
    pub fn raise(&mut self, from: Classification, to: Classification) {
        self.by_classification[from as usize] -= 1;
        self.by_classification[to as usize] += 1;
    }
}
