//! Reports on subjects of one kind, with the paperwork that says what stands of them.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::ops::Bound;
use std::sync::Arc;

use causeway_domain::details::Details;
use causeway_domain::report;
use causeway_domain::words::{Classification, Level};
use causeway_domain::{Event, EventId, Id, Kind, Payload, Time};
use chrono::{DateTime, Utc};
use rpds::RedBlackTreeMapSync;

use crate::chronicle::Chronicle;
use crate::sequence::Sequence;
use crate::{Position, Seen};

/// The streams of all subjects of one kind, by id.
#[derive(Debug, Clone)]
pub struct Streams {
    by_id: RedBlackTreeMapSync<Id, Stream>,
    /// Where lists go by time, newest first: every report, and the subject it is on.
    by_time: Option<RedBlackTreeMapSync<NewestFirst, Id>>,
    /// The newest event on any of them.
    touched: Option<Position>,
}

/// Order in the world: by time, then by position.
type Age = (DateTime<Utc>, Position);
type NewestFirst = Reverse<Age>;

/// What was recorded about one subject.
#[derive(Debug, Clone, Default)]
pub struct Stream {
    reports: Sequence<Arc<Report>>,
    /// Every event on the subject, paperwork included.
    positions: Sequence<Position>,
}

/// A report, with everything recorded about it since.
#[derive(Debug, Clone)]
pub struct Report {
    /// The event that made it.
    pub id: EventId,
    /// Where that stands.
    pub position: Position,
    /// When it happened.
    pub time: Time,
    /// The organisation that recorded it.
    pub organisation: Id,
    classification: Classification,
    /// What it said when it was recorded.
    pub original: Form,
    withdrawn: Option<Position>,
    /// Most have none.
    paperwork: Option<Box<Paperwork>>,
}

/// What was recorded about a report since.
#[derive(Debug, Clone, Default)]
struct Paperwork {
    corrections: Vec<Correction>,
    assessments: Vec<Assessment>,
    disputes: Vec<Dispute>,
}

/// A form that took the place of another.
#[derive(Debug, Clone)]
struct Correction {
    form: Form,
    position: Position,
    classification: Classification,
    withdrawn: Option<Position>,
}

/// What a report says, as first recorded or as corrected.
#[derive(Debug, Clone)]
pub struct Form {
    /// The report, or the correction.
    pub id: EventId,
    /// The common fields.
    pub details: Details,
    /// What it says.
    pub payload: Payload,
}

/// How well somebody found a form to be verified.
#[derive(Debug, Clone)]
pub struct Assessment {
    id: EventId,
    /// Where it stands.
    pub position: Position,
    classification: Classification,
    /// The form that was looked at.
    pub form: EventId,
    /// The judgement.
    pub level: Level,
    /// Where it was taken back.
    pub withdrawn: Option<Position>,
}

/// An objection to a report.
#[derive(Debug, Clone)]
struct Dispute {
    id: EventId,
    position: Position,
    withdrawn: Option<Position>,
}

/// A report as it stands for a reader: in the form in force, at the level that form has.
#[derive(Debug)]
pub struct Standing<'a> {
    /// The report.
    pub report: &'a Report,
    /// The form in force.
    pub form: &'a Form,
    /// How well that form is verified.
    pub level: Level,
    /// The assessment that says so.
    pub assessment: Option<EventId>,
}

/// What decides an answer (rule 24).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Basis {
    /// The report that wins.
    pub report: EventId,
    /// Its correction in force.
    pub correction: Option<EventId>,
    /// The assessment that gives its level.
    pub assessment: Option<EventId>,
}

impl Streams {
    /// No subjects of this kind yet. Lists of what happens go by time, others by id (rule 55).
    #[must_use]
    pub fn of(kind: Kind) -> Streams {
        let goes_by_time = matches!(kind, Kind::Incident | Kind::Movement | Kind::Statement);
        Streams {
            by_id: RedBlackTreeMapSync::new_sync(),
            by_time: goes_by_time.then(RedBlackTreeMapSync::new_sync),
            touched: None,
        }
    }

    /// One subject's stream.
    #[must_use]
    pub fn get(&self, id: &Id) -> Option<&Stream> {
        self.by_id.get(id)
    }

    /// All subjects, by id.
    pub fn iter(&self) -> impl Iterator<Item = (&Id, &Stream)> {
        self.by_id.iter()
    }

    /// The subjects whose ids come after `last`.
    pub fn after_id(&self, last: Option<&Id>) -> impl Iterator<Item = (&Id, &Stream)> {
        let start = last.map_or(Bound::Unbounded, Bound::Excluded);
        self.by_id.range::<Id, _>((start, Bound::Unbounded))
    }

    /// The subjects by the time of their first report, newest first, that come after the report
    /// at `last` (rule 55). An entry counts where it is the first report the reader sees.
    pub fn after_report<'a>(
        &'a self,
        last: Option<NewestFirst>,
        seen: Seen<'a>,
    ) -> impl Iterator<Item = (&'a Id, &'a Stream)> {
        let start = last.map_or(Bound::Unbounded, Bound::Excluded);
        let by_time = self.by_time.iter();
        let reports = by_time.flat_map(move |by_time| by_time.range((start, Bound::Unbounded)));
        let mut firsts = HashMap::new();
        reports.filter_map(move |(Reverse((_, position)), id)| {
            let stream = self.by_id.get(id)?;
            let first = || stream.first(seen).map(|first| first.position);
            let is_first = *firsts.entry(id).or_insert_with(first) == Some(*position);
            is_first.then_some((id, stream))
        })
    }

    /// The newest event on any of them.
    #[must_use]
    pub fn touched(&self) -> Option<Position> {
        self.touched
    }

    /// Adds a report.
    pub fn report(&mut self, event: &Event, position: Position) {
        let age = (event.time.instant(), position);
        if let Some(by_time) = &mut self.by_time {
            by_time.insert_mut(Reverse(age), event.subject.id.clone());
        }
        let stream = self.stream(event, position);
        stream.reports.push(Arc::new(Report::new(event, position)));
    }

    /// Adds paperwork on the report recorded at `report`. For a correction, `corrected` is what
    /// the report says now.
    pub fn paperwork(
        &mut self,
        event: &Event,
        position: Position,
        report: Position,
        corrected: Option<(Details, Payload)>,
    ) {
        let stream = self.stream(event, position);
        let index = stream.index(report);
        // Of a report that was withheld from whoever exported the record, there is none.
        let named = stream.reports.get_mut(index).filter(|named| named.position == report);
        if let Some(named) = named
            && let Payload::Report(paperwork) = &event.payload
        {
            let recorded = (event.id, position, event.classification);
            Arc::make_mut(named).follow(paperwork, recorded, corrected);
        }
    }

    fn stream(&mut self, event: &Event, position: Position) -> &mut Stream {
        let id = &event.subject.id;
        self.touched = Some(position);
        if !self.by_id.contains_key(id) {
            self.by_id.insert_mut(id.clone(), Stream::default());
        }
        let stream = self.by_id.get_mut(id).expect("it was put there just now");
        stream.positions.push(position);
        stream
    }
}

impl Stream {
    /// The number of events on the subject up to the position asked.
    #[must_use]
    pub fn version(&self, seen: Seen<'_>) -> u64 {
        let Some(last) = seen.position else { return 0 };
        self.positions.partition_point(|position| *position <= last) as u64
    }

    /// The positions of every event on the subject, paperwork included.
    #[must_use]
    pub fn positions(&self) -> &Sequence<Position> {
        &self.positions
    }

    /// The newest event on the subject, whatever position is asked.
    #[must_use]
    pub fn touched(&self) -> Option<Position> {
        self.positions.last().copied()
    }

    /// The number of reports on the subject, whoever may see them.
    #[must_use]
    pub fn reports(&self) -> usize {
        self.reports.len()
    }

    /// Whether the reader knows of the subject: sees a report on it. Paperwork alone, its report
    /// above the clearance, does not count (rule 47).
    #[must_use]
    pub fn is_known(&self, seen: Seen<'_>) -> bool {
        self.seen(seen).next().is_some()
    }

    /// The reports the reader sees, whether they stand or not, as recorded.
    pub fn seen<'a>(&'a self, seen: Seen<'a>) -> impl Iterator<Item = &'a Report> {
        let reports = self.reports.iter().map(|report| &**report);
        reports.filter(move |report| seen.admits(report.position, report.classification))
    }

    /// The reports that stand for the reader, as recorded.
    pub fn standing<'a>(&'a self, seen: Seen<'a>) -> impl Iterator<Item = Standing<'a>> {
        self.seen(seen).filter_map(move |report| report.standing(seen))
    }

    /// The first report that stands: of those that happened first, the first recorded.
    #[must_use]
    pub fn first_standing<'a>(&'a self, seen: Seen<'a>) -> Option<Standing<'a>> {
        self.standing(seen).min_by_key(Standing::age)
    }

    /// The report by which the subject is placed in time: its first that stands, else its first.
    #[must_use]
    pub fn first<'a>(&'a self, seen: Seen<'a>) -> Option<&'a Report> {
        let standing = self.first_standing(seen).map(|standing| standing.report);
        standing.or_else(|| self.seen(seen).min_by_key(|report| report.age()))
    }

    /// When the newest of the reports that are just so sensitive happened.
    #[must_use]
    pub fn newest(&self, classification: Classification) -> Option<DateTime<Utc>> {
        let so_sensitive =
            self.reports.iter().filter(|report| report.classification == classification);
        so_sensitive.map(|report| report.time.instant()).max()
    }

    /// The report recorded at `position`.
    #[must_use]
    pub fn report(&self, position: Position) -> Option<&Report> {
        let report = self.reports.get(self.index(position)).map(|report| &**report);
        report.filter(|report| report.position == position)
    }

    /// Where among the reports the one recorded at `position` stands.
    fn index(&self, position: Position) -> usize {
        self.reports.partition_point(|report| report.position < position)
    }
}

impl Report {
    fn new(event: &Event, position: Position) -> Report {
        let original =
            Form { id: event.id, details: event.details.clone(), payload: event.payload.clone() };
        Report {
            id: event.id,
            position,
            time: event.time,
            organisation: event.source.organisation().clone(),
            classification: event.classification,
            original,
            withdrawn: None,
            paperwork: None,
        }
    }

    /// Newest is greatest.
    fn age(&self) -> Age {
        (self.time.instant(), self.position)
    }

    fn follow(
        &mut self,
        paperwork: &report::Event,
        (id, position, classification): (EventId, Position, Classification),
        corrected: Option<(Details, Payload)>,
    ) {
        if paperwork.changes_form() {
            self.raise(paperwork.target(), classification);
        }
        let known = self.paperwork.get_or_insert_default();
        match paperwork {
            report::Event::Assessed(assessed) => known.assessments.push(Assessment {
                id,
                position,
                classification,
                form: assessed.event,
                level: assessed.level,
                withdrawn: None,
            }),
            report::Event::Corrected(_) => {
                let correction = |(details, payload)| Correction {
                    form: Form { id, details, payload },
                    position,
                    classification,
                    withdrawn: None,
                };
                known.corrections.extend(corrected.map(correction));
            }
            report::Event::Withdrawn(withdrawn) => self.withdraw(withdrawn.event, position),
            report::Event::Disputed(_) => {
                known.disputes.push(Dispute { id, position, withdrawn: None });
            }
        }
    }

    /// What changes an event is about what it said: it is at least as sensitive (rule 47).
    fn raise(&mut self, target: EventId, classification: Classification) {
        if target == self.id {
            self.classification = classification.max(self.classification);
        }
        let Some(known) = &mut self.paperwork else { return };
        for correction in known.corrections.iter_mut().filter(|one| one.form.id == target) {
            correction.classification = classification.max(correction.classification);
        }
        for assessment in known.assessments.iter_mut().filter(|one| one.id == target) {
            assessment.classification = classification.max(assessment.classification);
        }
    }

    fn withdraw(&mut self, target: EventId, position: Position) {
        if target == self.id {
            self.withdrawn.get_or_insert(position);
        }
        let Some(known) = &mut self.paperwork else { return };
        for correction in known.corrections.iter_mut().filter(|one| one.form.id == target) {
            correction.withdrawn.get_or_insert(position);
        }
        for assessment in known.assessments.iter_mut().filter(|one| one.id == target) {
            assessment.withdrawn.get_or_insert(position);
        }
        for dispute in known.disputes.iter_mut().filter(|one| one.id == target) {
            dispute.withdrawn.get_or_insert(position);
        }
    }

    /// Where it was taken back, if ever.
    #[must_use]
    pub fn withdrawn(&self) -> Option<Position> {
        self.withdrawn
    }

    /// Whether it was taken back by the position asked.
    #[must_use]
    pub fn is_withdrawn(&self, seen: Seen<'_>) -> bool {
        self.withdrawn.is_some_and(|position| seen.reaches(position))
    }

    /// How well its forms were found to be verified, as recorded.
    pub fn assessments(&self) -> impl Iterator<Item = &Assessment> {
        self.paperwork.iter().flat_map(|known| &known.assessments)
    }

    /// Where it was corrected, and where that was taken back.
    pub fn corrections(&self) -> impl Iterator<Item = (Position, Option<Position>)> {
        let corrections = self.paperwork.iter().flat_map(|known| &known.corrections);
        corrections.map(|correction| (correction.position, correction.withdrawn))
    }

    /// Where it was objected to, and where that was taken back.
    pub fn disputes(&self) -> impl Iterator<Item = (Position, Option<Position>)> {
        let disputes = self.paperwork.iter().flat_map(|known| &known.disputes);
        disputes.map(|dispute| (dispute.position, dispute.withdrawn))
    }

    /// The report as it stands for a reader, unless it was withdrawn by then.
    #[must_use]
    pub fn standing<'a>(&'a self, seen: Seen<'_>) -> Option<Standing<'a>> {
        if self.is_withdrawn(seen) { None } else { self.as_told(seen) }
    }

    /// The report as it stands, or as it stood when it was withdrawn.
    #[must_use]
    pub fn as_told<'a>(&'a self, seen: Seen<'_>) -> Option<Standing<'a>> {
        let is_seen = seen.admits(self.position, self.classification);
        let original = is_seen.then_some(&self.original);
        let Some(known) = &self.paperwork else {
            return original.map(|form| Standing::new(self, form, None));
        };
        let stands = |position, classification, withdrawn: Option<Position>| {
            seen.admits(position, classification)
                && !withdrawn.is_some_and(|position| seen.reaches(position))
        };
        let correction = known
            .corrections
            .iter()
            .rfind(|one| stands(one.position, one.classification, one.withdrawn));
        let form = correction.map(|correction| &correction.form).or(original)?;
        let assessment = known.assessments.iter().rfind(|one| {
            one.form == form.id && stands(one.position, one.classification, one.withdrawn)
        });
        Some(Standing::new(self, form, assessment))
    }
}

impl<'a> Standing<'a> {
    fn new(report: &'a Report, form: &'a Form, assessment: Option<&Assessment>) -> Standing<'a> {
        Standing {
            report,
            form,
            level: assessment.map(|assessment| assessment.level).unwrap_or_default(),
            assessment: assessment.map(|assessment| assessment.id),
        }
    }

    /// Newest is greatest.
    #[must_use]
    pub fn age(&self) -> Age {
        self.report.age()
    }

    /// What decides where it wins.
    #[must_use]
    pub fn basis(&self) -> Basis {
        Basis {
            report: self.report.id,
            correction: (self.form.id != self.report.id).then_some(self.form.id),
            assessment: self.assessment,
        }
    }
}

impl Basis {
    /// Its events, in that order.
    #[must_use]
    pub fn events(&self) -> Vec<EventId> {
        [Some(self.report), self.correction, self.assessment].into_iter().flatten().collect()
    }
}

/// What a reader may see, and up to where.
impl<'a> Seen<'a> {
    /// What a reader of this clearance sees up to `position`.
    #[must_use]
    pub fn new(
        chronicle: &'a Chronicle,
        position: Option<Position>,
        clearance: Classification,
    ) -> Seen<'a> {
        Seen { chronicle, position, clearance }
    }

    /// Whether `position` is not after what is asked.
    #[must_use]
    pub fn reaches(&self, position: Position) -> bool {
        self.position.is_some_and(|last| position <= last)
    }

    /// Whether the event at `position` exists for the reader.
    #[must_use]
    pub fn sees(&self, position: Position) -> bool {
        let entry = self.chronicle.entry(position);
        entry.is_some_and(|entry| self.admits(position, entry.classification))
    }

    /// Whether an event at `position` that is so sensitive exists for the reader.
    #[must_use]
    pub fn admits(&self, position: Position, classification: Classification) -> bool {
        self.reaches(position) && classification <= self.clearance
    }
}
