//! What is on record, as the writer sees it: enough to decide the next event.

use std::sync::Arc;

use causeway_domain::event::{Event, Submitted, parse_corrected};
use causeway_domain::flags::{Flag, Flags};
use causeway_domain::mentions::mentions;
use causeway_domain::register;
use causeway_domain::report::{self, Named, Target};
use causeway_domain::stream::Stream;
use causeway_domain::words::Classification;
use causeway_domain::{EventId, Id, Kind, Payload, Refusal, SubjectId, Time, bulletin};
use causeway_views::Snapshot;
use causeway_views::chronicle::{Entry, Stamp};
use causeway_views::sequence::Changing;
use chrono::{DateTime, Utc};
use rpds::HashTrieMapSync;

use crate::Position;
use crate::caller::Caller;
use crate::stored::Sent;

/// Everything recorded, reduced to what can be read and what deciding needs. Cloning is cheap:
/// a trial is a clone that may be thrown away.
#[derive(Debug, Clone, Default)]
pub struct Record {
    /// What can be read.
    pub snapshot: Snapshot,
    /// By the numbers of all subjects.
    pub(crate) streams: Changing<Arc<Stream>>,
    /// P-codes, and the places that were ever registered with each.
    pub(crate) pcodes: HashTrieMapSync<Box<str>, Vec<Id>>,
    /// The newest time of recording.
    pub newest: Option<Time>,
    /// Whether any event was stamped by our own clock: then history is closed (rule 49).
    pub has_own_events: bool,
}

/// An event that may be recorded.
#[derive(Debug)]
pub struct Admitted {
    /// The event.
    pub event: Event,
    /// What is stored of it just as it was sent.
    pub sent: Sent,
    /// What is remarkable about it.
    pub flags: Flags,
}

impl Record {
    /// Whether the event may be recorded at `now` by `caller`, and what is remarkable about it.
    /// `new_id` serves for the event, or its subject, where the client left that to us.
    ///
    /// # Errors
    /// The first refusal that holds.
    pub fn admit(
        &self,
        submitted: Submitted,
        caller: &Caller,
        now: DateTime<Utc>,
        mut new_id: impl FnMut() -> EventId,
    ) -> Result<Admitted, Refusal> {
        caller.may_record(&submitted.payload)?;
        caller.may_speak_for(submitted.source.as_ref())?;
        let expected = submitted.expected_version;
        // History was judged when it was recorded, by somebody who may have known less.
        let is_history = submitted.recorded_time.is_some();
        let (event, sent) = self.complete(submitted, caller, &mut new_id)?;
        caller.may_see(event.classification)?;
        let none = Stream::default();
        let stream = self.stream(&event.subject).unwrap_or(&none);
        // A subject above the caller's clearance must look like none at all (rule 47).
        let is_known = stream.is_known_to(caller.clearance);
        let current = if is_known { stream.version() } else { 0 };
        if let Some(expected) = expected.filter(|expected| *expected != current) {
            return Err(Refusal::VersionMismatch { current, expected });
        }
        stream.admit(&event, caller.clearance, now)?;
        let known = if is_history { event.classification } else { caller.clearance };
        stream.admit_step(&event, known)?;
        self.admit_paperwork(&event, caller)?;
        self.admit_bulletin(&event)?;
        Ok(Admitted { flags: self.flags_after(stream, &event, now), event, sent })
    }

    /// The event with nothing left out, and what is stored of it just as it was sent.
    fn complete(
        &self,
        submitted: Submitted,
        caller: &Caller,
        new_id: &mut impl FnMut() -> EventId,
    ) -> Result<(Event, Sent), Refusal> {
        let classification = self.classification(&submitted, caller)?;
        let Submitted { subject, data, correlation, causation, .. } = submitted;
        let id = subject.id.unwrap_or_else(|| new_id().as_subject());
        let event = Event {
            id: submitted.id.unwrap_or_else(new_id),
            source: submitted.source.unwrap_or_else(|| caller.producer()),
            subject: SubjectId { kind: subject.kind, id },
            time: submitted.time,
            classification,
            details: submitted.details,
            payload: submitted.payload,
        };
        Ok((event, Sent { data, correlation, causation }))
    }

    /// The classification sent, else the key's own, else, for paperwork, its target's (rule 47).
    fn classification(
        &self,
        submitted: &Submitted,
        caller: &Caller,
    ) -> Result<Classification, Refusal> {
        let Payload::Report(paperwork) = &submitted.payload else {
            return Ok(submitted.classification.unwrap_or(caller.default_classification));
        };
        let target = self.target(paperwork, caller)?;
        match submitted.classification {
            Some(sent) if sent < target.classification => Err(Refusal::fault(
                "/dataclassification",
                "expected at least the classification of the event it is about",
            )),
            sent => Ok(sent.unwrap_or(target.classification)),
        }
    }

    /// The event that paperwork names, as far as the caller may know of it.
    fn target(&self, paperwork: &report::Event, caller: &Caller) -> Result<Entry<'_>, Refusal> {
        let id = paperwork.target();
        let chronicle = &self.snapshot.chronicle;
        let found = chronicle.position(&id).and_then(|at| chronicle.entry(at));
        found
            .filter(|entry| entry.classification <= caller.clearance)
            .ok_or_else(|| Refusal::UnknownEvent(id.to_string()))
    }

    /// What a bulletin was computed from is on record before it.
    fn admit_bulletin(&self, event: &Event) -> Result<(), Refusal> {
        let Payload::Bulletin(bulletin::Event::Issued(issued)) = &event.payload else {
            return Ok(());
        };
        match Some(Position::from(issued.position.0)) <= self.snapshot.chronicle.head() {
            true => Ok(()),
            false => Err(Refusal::fault("/data/position", "expected a position on record")),
        }
    }

    fn admit_paperwork(&self, event: &Event, caller: &Caller) -> Result<(), Refusal> {
        let Payload::Report(paperwork) = &event.payload else { return Ok(()) };
        let entry = self.target(paperwork, caller)?;
        paperwork.admit(Target {
            named: entry.named,
            on_same_subject: *entry.subject == event.subject,
            is_callers_own: *entry.recorded_by == caller.key,
            is_callers_to_change: caller.is_admin() || *entry.organisation == caller.organisation,
        })?;
        if let report::Event::Corrected(correction) = paperwork {
            parse_corrected(entry.type_name, correction.data.get(), entry.time)?;
        }
        Ok(())
    }

    /// What is remarkable about the event, if it is recorded at `now`.
    #[must_use]
    pub fn flags(&self, event: &Event, now: DateTime<Utc>) -> Flags {
        let none = Stream::default();
        self.flags_after(self.stream(&event.subject).unwrap_or(&none), event, now)
    }

    fn flags_after(&self, stream: &Stream, event: &Event, now: DateTime<Utc>) -> Flags {
        let mut flags = stream.flags(event, now).with(self.unregistered(event));
        if let Payload::Report(paperwork) = &event.payload {
            let target = self.snapshot.chronicle.position(&paperwork.target());
            let is_withdrawn =
                target.is_some_and(|target| self.is_withdrawn(target, event.classification));
            flags.add_if(is_withdrawn, Flag::TargetWithdrawn);
        }
        flags
    }

    /// Whether the event at `position`, or anything it is about, was withdrawn, as far as
    /// somebody of this clearance may know.
    fn is_withdrawn(&self, position: Position, clearance: Classification) -> bool {
        let entry = self.snapshot.chronicle.entry(position);
        entry.filter(|entry| entry.classification <= clearance).is_some_and(|entry| {
            let behind = entry.target.is_some_and(|target| self.is_withdrawn(target, clearance));
            entry.is_withdrawn || behind
        })
    }

    /// Whether the event names what is in no register that somebody of its classification sees.
    fn unregistered(&self, event: &Event) -> Flags {
        let named = mentions(&event.details, &event.payload);
        let has = |kind, id: &Id| self.has(kind, id, event.classification);
        let has_place = |name: &str| {
            let mut with_code = self.pcodes.get(name).into_iter().flatten();
            with_code.any(|id| has(Kind::Place, id))
                || name.parse().is_ok_and(|id| has(Kind::Place, &id))
        };
        let mut flags = Flags::default();
        let unknown_actor = named.actors.into_iter().any(|actor| !has(Kind::Actor, actor));
        let unknown_place = named.places.into_iter().any(|place| !has_place(place));
        flags.add_if(unknown_actor, Flag::UnregisteredActor);
        flags.add_if(unknown_place, Flag::UnregisteredPlace);
        flags
    }

    fn has(&self, kind: Kind, id: &Id, clearance: Classification) -> bool {
        let subject = SubjectId { kind, id: id.clone() };
        self.stream(&subject).is_some_and(|stream| stream.is_registered(clearance))
    }

    /// Takes in the next event.
    pub fn apply(&mut self, event: &Event, stamp: Recording) {
        let changed = self.changed(event).map(|report| (report.id, report.classification));
        self.newest = Some(stamp.recorded);
        self.has_own_events |= !stamp.is_imported;
        let Recording { recorded, recorded_by, flags, .. } = stamp;
        let subject = self.snapshot.apply(event, Stamp { recorded, recorded_by, flags });
        let stream = self.stream_mut(subject);
        if let Some((report, _)) = changed.filter(|_| is_withdrawal(event)) {
            stream.forget(report);
        }
        stream.evolve(event);
        if let Payload::Place(register::Place::Registered(place)) = &event.payload
            && let Some(pcode) = &place.pcode
        {
            let mut places = self.pcodes.get(&**pcode).cloned().unwrap_or_default();
            places.push(event.subject.id.clone());
            self.pcodes.insert_mut((**pcode).into(), places);
        }
        if let Some((report, before)) = changed {
            self.raise(event.classification, subject, report, before);
            self.follow_form(event, subject);
        }
    }

    /// What a correction, or the withdrawal of one, makes of the stream it is on.
    fn follow_form(&mut self, event: &Event, subject: u32) {
        if event.subject.kind != Kind::Delivery {
            return; // nothing of another subject's forms decides what comes next
        }
        if let Some((report, form)) = self.snapshot.form_in_force(event) {
            self.stream_mut(subject).correct(report, &form);
        }
    }

    fn stream(&self, subject: &SubjectId) -> Option<&Stream> {
        let number = self.snapshot.chronicle.subject_number(subject)?;
        self.streams.get(number as usize).map(|stream| &**stream)
    }

    fn stream_mut(&mut self, subject: u32) -> &mut Stream {
        if self.streams.len() == subject as usize {
            self.streams.push(Arc::default());
        }
        let stream = self.streams.get_mut(subject as usize);
        Arc::make_mut(stream.expect("it was put there, at the latest"))
    }

    /// The report that a correction or a withdrawal names, if it names one.
    fn changed(&self, event: &Event) -> Option<Entry<'_>> {
        let Payload::Report(paperwork) = &event.payload else { return None };
        let chronicle = &self.snapshot.chronicle;
        let report = chronicle.entry(chronicle.position(&paperwork.target())?)?;
        (paperwork.changes_form() && report.named == Named::Report).then_some(report)
    }

    /// Makes the report as sensitive as what was recorded about it (rule 47).
    fn raise(&mut self, to: Classification, subject: u32, report: EventId, before: Classification) {
        if before < to {
            let newest = [before, to].map(|now| (now, self.snapshot.newest_report(subject, now)));
            self.stream_mut(subject).raise(report, newest);
        }
    }
}

fn is_withdrawal(event: &Event) -> bool {
    matches!(event.payload, Payload::Report(report::Event::Withdrawn(_)))
}

/// How an event was recorded.
#[derive(Debug, Clone)]
pub struct Recording {
    /// When.
    pub recorded: Time,
    /// Whether it brought its own time of recording.
    pub is_imported: bool,
    /// By which key.
    pub recorded_by: Id,
    /// What was remarkable about it.
    pub flags: Flags,
}
