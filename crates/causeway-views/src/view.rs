//! All views: fed in order, asked through one [`View`].

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::sync::Arc;

use causeway_domain::details::Details;
use causeway_domain::event::{Event, Payload, parse_corrected};
use causeway_domain::words::Classification;
use causeway_domain::{EventId, Id, Kind, SubjectId, report};
use chrono::{DateTime, Utc};
use serde::Serialize;
use strum::IntoEnumIterator;

use crate::actors;
use crate::areas::Codes;
use crate::asked::{Asked, Policy};
use crate::chronicle::{Chronicle, Stamp};
use crate::claims::{Claim, Scales};
use crate::disputes::Objections;
use crate::mentions::{Mentions, Naming};
use crate::reports::{Form, Report, Standing};
use crate::sequence::Changing;
use crate::streams::{Listed, Stream, Streams};
use crate::tape::{Cut, Packed, Tape};
use crate::unpacked::Unpacked;
use crate::{Position, Seen};

/// Everything that can be read, up to some position. Cloning is cheap: the clones share what
/// they have in common.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// What was recorded, in order.
    pub chronicle: Chronicle,
    /// One for each kind, in the order of the kinds.
    pub(crate) listed: Vec<Listed>,
    /// What is on record about each subject, by the numbers of all subjects.
    pub(crate) tapes: Changing<Tape>,
    unpacked: Unpacked,
    pub(crate) actors_named: Mentions,
    pub(crate) places_named: Mentions,
    pub(crate) codes: Codes,
    pub(crate) objections: Objections,
    /// Organisations that recorded anything.
    pub(crate) recorders: Mentions,
}

impl Default for Snapshot {
    fn default() -> Self {
        Snapshot {
            chronicle: Chronicle::default(),
            listed: Kind::iter().map(Listed::of).collect(),
            tapes: Changing::default(),
            unpacked: Unpacked::default(),
            actors_named: Mentions::default(),
            places_named: Mentions::default(),
            codes: Codes::default(),
            objections: Objections::default(),
            recorders: Mentions::default(),
        }
    }
}

impl Snapshot {
    /// Takes in the next event; says the number of its subject.
    pub fn apply(&mut self, event: &Event, stamp: Stamp) -> u32 {
        let (position, number) = self.chronicle.add(event, stamp);
        let naming = Naming { event: position, report: position };
        self.note_mentions(&event.details, &event.payload, naming);
        self.recorders.note(event.source.organisation().as_str(), naming);
        self.note_code(&event.subject.id, &event.payload);
        self.note_denied(&event.id);
        self.note_objection(&event.payload, position);
        let corrected = self.corrected(event, position);
        if let Some((details, payload)) = &corrected {
            let report = self.chronicle.report_behind(position);
            self.note_mentions(details, payload, Naming { report, ..naming });
            self.note_code(&event.subject.id, payload);
            self.note_objection(payload, report);
        }
        let said = &mut self.chronicle.said;
        let packed = Packed::new(&event.details, &event.payload, corrected.as_ref(), said);
        let listed = &mut self.listed[event.subject.kind as usize];
        listed.touch(event, position, number);
        if self.tapes.len() == number as usize {
            listed.add(&event.subject.id, number);
            self.tapes.push(Tape::default());
        }
        let tape = self.tapes.get_mut(number as usize).expect("it was put there, at the latest");
        tape.add(position, &packed);
        number
    }

    /// What a correction makes of the report it names. It was checked when it was recorded.
    fn corrected(&self, event: &Event, position: Position) -> Option<(Details, Payload)> {
        let Payload::Report(report::Event::Corrected(correction)) = &event.payload else {
            return None;
        };
        let report = self.chronicle.entry(self.chronicle.report_behind(position))?;
        parse_corrected(report.type_name, correction.data.get(), report.time).ok()
    }

    /// The report that the paperwork `event` is about, and what it says now, if it stands.
    #[must_use]
    pub fn form_in_force(&self, event: &Event) -> Option<(EventId, Payload)> {
        let report = self.chronicle.report_behind(self.chronicle.position(&event.id)?);
        let report = self.report(report)?;
        let everything = Classification::StrictlyConfidential;
        let seen = Seen::new(&self.chronicle, self.chronicle.head(), everything);
        let standing = report.standing(seen)?;
        Some((standing.report.id, standing.form.payload.clone()))
    }

    /// The report recorded at `position`, with everything recorded about it since.
    #[must_use]
    pub fn report(&self, position: Position) -> Option<Report> {
        Stream::unpack_one(self.tape_with(position)?, position, &self.chronicle)
    }

    /// When the newest of the reports on the subject of this number that are just so sensitive
    /// happened.
    #[must_use]
    pub fn newest_report(
        &self,
        subject: u32,
        classification: Classification,
    ) -> Option<DateTime<Utc>> {
        let reports = self.tape(subject)?.iter().filter(Cut::is_report);
        let entries = reports.filter_map(|cut| self.chronicle.entry(cut.position));
        let so_sensitive = entries.filter(|entry| entry.classification == classification);
        so_sensitive.map(|entry| entry.time.instant()).max()
    }

    /// Which of the events on its subject the one at `position` is, from 1.
    #[must_use]
    pub fn version(&self, position: Position) -> Option<u64> {
        Some(self.tape_with(position)?.version(position))
    }

    /// Leaves the next position empty: an event stands there that nobody here may see.
    pub fn leave_empty(&mut self) {
        self.chronicle.leave_empty();
    }

    fn note_mentions(&mut self, details: &Details, payload: &Payload, naming: Naming) {
        let named = causeway_domain::mentions::mentions(details, payload);
        for actor in named.actors {
            self.actors_named.note(actor.as_str(), naming);
        }
        for place in named.places {
            self.places_named.note(place, naming);
        }
    }

    /// What is on record about the subjects of one kind.
    #[must_use]
    pub fn streams(&self, kind: Kind) -> Streams<'_> {
        Streams::new(&self.listed[kind as usize], self)
    }

    /// What is on record about the subject of this number.
    pub(crate) fn tape(&self, number: u32) -> Option<&Tape> {
        self.tapes.get(number as usize)
    }

    /// What is on record about the subject of the event at `position`.
    fn tape_with(&self, position: Position) -> Option<&Tape> {
        self.tape(self.chronicle.row(position)?.subject)
    }

    /// What is on record about the subject of this number, unpacked.
    pub(crate) fn stream(&self, number: u32) -> Option<Arc<Stream>> {
        Some(self.unpacked.stream(number, self.tape(number)?, &self.chronicle))
    }

    /// How many subjects there are.
    #[must_use]
    pub fn subjects(&self) -> usize {
        self.tapes.len()
    }

    /// What is on record about one subject.
    #[must_use]
    pub fn on_subject(&self, subject: &SubjectId) -> Option<&Tape> {
        self.tape(self.chronicle.subject_number(subject)?)
    }

    /// The view of a reader who asks `asked`.
    #[must_use]
    pub fn view<'a>(&'a self, asked: &'a Asked) -> View<'a> {
        let seen = Seen::new(&self.chronicle, asked.position, asked.clearance);
        let party = match &asked.policy {
            Policy::Party(actor) => actors::part_of(actor, self.streams(Kind::Actor), seen),
            Policy::Best | Policy::Verified | Policy::Latest => BTreeSet::new(),
        };
        View { snapshot: self, asked, seen, party }
    }
}

/// What one reader sees of a [`Snapshot`].
#[derive(Debug)]
pub struct View<'a> {
    /// What can be read.
    pub snapshot: &'a Snapshot,
    /// What was asked.
    pub asked: &'a Asked,
    /// What the reader may see of it.
    pub seen: Seen<'a>,
    /// Under `party:X`: X and every actor that is part of it.
    pub(crate) party: BTreeSet<Id>,
}

impl<'a> View<'a> {
    /// How claims are weighed for this reader.
    #[must_use]
    pub fn scales(&self) -> Scales<'_> {
        Scales {
            policy: &self.asked.policy,
            party: &self.party,
            window: self.asked.window.length(),
            moment: self.asked.moment(),
        }
    }

    /// Whether the reader knows of the subject.
    #[must_use]
    pub fn knows(&self, subject: &SubjectId) -> bool {
        self.snapshot.on_subject(subject).is_some_and(|tape| tape.is_known(self.seen))
    }

    /// The subject of this number, and what is on record about it.
    pub(crate) fn on_record(&self, number: u32) -> Option<(&'a SubjectId, Arc<Stream>)> {
        self.snapshot.chronicle.subject(number).zip(self.snapshot.stream(number))
    }

    /// What is on record about a subject, if the reader knows of it.
    pub(crate) fn known(&self, kind: Kind, id: &Id) -> Option<Arc<Stream>> {
        let stream = self.snapshot.streams(kind).unpacked(id)?;
        stream.is_known(self.seen).then_some(stream)
    }

    /// The claims that `claimed` finds in the standing reports of a stream.
    pub(crate) fn claims<'s, V>(
        &'s self,
        stream: &'s Stream,
        claimed: impl Fn(&Payload) -> Option<V>,
    ) -> Vec<Claim<'s, V>> {
        let mut claims = Vec::with_capacity(stream.reports());
        let claim = |standing: Standing<'s>| {
            claimed(&standing.form.payload).map(|value| Claim::new(standing, value))
        };
        claims.extend(stream.standing(self.seen).filter_map(claim));
        claims
    }

    /// Of the standing reports that have happened by the moment asked, those of one type, oldest
    /// first.
    pub(crate) fn happened_of<'s>(
        &'s self,
        type_name: &str,
        stream: &'s Stream,
    ) -> impl Iterator<Item = Standing<'s>> {
        let moment = self.asked.moment();
        let standing = stream.standing_of(type_name, self.seen);
        standing.take_while(move |standing| standing.report.time.instant() <= moment)
    }

    /// What the earliest recorded of the standing reports says, of those that `carried` finds
    /// something in: what a subject is, under every policy and at every moment (rule 27).
    pub(crate) fn earliest<'s, T>(
        &'s self,
        stream: &'s Stream,
        carried: impl Fn(&'s Form) -> Option<T>,
    ) -> Option<T> {
        stream.standing(self.seen).find_map(|standing| carried(standing.form))
    }

    /// The standing reports that have happened by the moment asked and that the policy admits,
    /// in order of time, then position (rule 31).
    pub(crate) fn admitted<'s>(&'s self, stream: &'s Stream) -> Vec<Standing<'s>> {
        let scales = self.scales();
        let mut admitted = self.happened(stream);
        admitted.retain(|standing| scales.admit(standing));
        admitted
    }

    /// The standing reports that have happened by the moment asked, under every policy, in order
    /// of time, then position.
    pub(crate) fn happened<'s>(&'s self, stream: &'s Stream) -> Vec<Standing<'s>> {
        let moment = self.asked.moment();
        let has_happened = |standing: &Standing<'_>| standing.report.time.instant() <= moment;
        let mut happened = Vec::with_capacity(stream.reports());
        happened.extend(stream.standing(self.seen).filter(has_happened));
        happened.sort_by_key(Standing::age);
        happened
    }

    /// The subjects of a kind that have begun, newest first, each with the text by which its
    /// place in the list can be found again.
    pub(crate) fn by_time<'s>(
        &'s self,
        kind: Kind,
        paging: &Paging,
    ) -> impl Iterator<Item = (String, &'s Id, Arc<Stream>)> {
        let last = paging.after.as_ref().and_then(|position| position.parse().ok());
        let entry = last.and_then(|position| self.snapshot.chronicle.entry(position));
        let last = entry.zip(last).map(|(entry, at)| Reverse((entry.time.instant(), at)));
        let subjects = self.snapshot.streams(kind).after_report(last, self.seen);
        subjects.filter(|(_, stream)| self.has_begun(stream)).filter_map(|(id, stream)| {
            Some((stream.first(self.seen)?.position.to_string(), id, stream))
        })
    }

    /// Whether the subject is listed at the moment asked: its first report has happened (rule 46).
    pub(crate) fn has_begun(&self, stream: &Stream) -> bool {
        let first = stream.first(self.seen);
        first.is_some_and(|first| first.time.instant() <= self.asked.moment())
    }
}

/// A page of a list.
#[derive(Debug, Clone, Serialize)]
pub struct Page<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// Where the next page starts; none on the last.
    pub next: Option<String>,
}

/// Where a page starts and how long it is.
#[derive(Debug, Clone, Default)]
pub struct Paging {
    /// The `next` of the page before.
    pub after: Option<String>,
    /// At most so many items; all of them where none is given.
    pub limit: Option<usize>,
}

impl Paging {
    /// The id after which the page starts.
    pub(crate) fn after_id(&self) -> Option<Id> {
        self.after.as_ref().and_then(|last| last.parse().ok())
    }

    /// Cuts one page out of what comes, each with the text by which it can be found again.
    pub(crate) fn cut<T>(&self, items: impl Iterator<Item = (String, T)>) -> Page<T> {
        let limit = self.limit.unwrap_or(usize::MAX);
        let mut page = Page { items: Vec::new(), next: None };
        let mut last = None;
        for (key, item) in items {
            if page.items.len() == limit {
                page.next = last;
                break;
            }
            page.items.push(item);
            last = Some(key);
        }
        page
    }
}
