//! Reports on subjects, with the paperwork that says what stands of them.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use causeway_domain::{Event, Id, Kind, SubjectId};
use chrono::{DateTime, Utc};

use crate::chronicle::Chronicle;
use crate::claims::Speaker;
use crate::ordered::Ordered;
use crate::reports::{Age, Form, Report, Standing};
use crate::tape::{Cut, Tape, Written};
use crate::view::Snapshot;
use crate::{Position, Seen};

/// The subjects of one kind, in the orders in which they are listed.
#[derive(Debug, Clone)]
pub(crate) struct Listed {
    kind: Kind,
    pub(crate) by_id: Ordered<(Id, u32)>,
    /// Where lists go by time, newest first: every report, and the subject it is on.
    pub(crate) by_time: Option<Ordered<(NewestFirst, u32)>>,
    /// The newest event on any of them.
    pub(crate) touched: Option<Position>,
}

pub(crate) type NewestFirst = Reverse<Age>;

/// What was recorded about the subjects of one kind.
#[derive(Debug, Clone, Copy)]
pub struct Streams<'s> {
    listed: &'s Listed,
    snapshot: &'s Snapshot,
}

/// What was recorded about one subject, unpacked.
#[derive(Debug, Clone, Default)]
pub struct Stream {
    reports: Vec<Report>,
    /// Every event on the subject, paperwork included.
    positions: Vec<Position>,
    /// Whoever speaks in them, numbered.
    speakers: HashMap<Speaker, u32>,
    /// Where the reports of each type stand, oldest first; put in order when first asked for.
    by_type: OnceLock<HashMap<&'static str, Vec<u32>>>,
}

impl Listed {
    /// No subjects of this kind yet. Lists of what happens go by time, others by id (rule 55).
    pub(crate) fn of(kind: Kind) -> Listed {
        let goes_by_time = matches!(kind, Kind::Incident | Kind::Movement | Kind::Statement);
        Listed {
            kind,
            by_id: Ordered::default(),
            by_time: goes_by_time.then(Ordered::default),
            touched: None,
        }
    }

    /// Notes the subject of this number as one of the kind.
    pub(crate) fn add(&mut self, id: &Id, number: u32) {
        self.by_id.insert((id.clone(), number));
    }

    /// Notes an event on the subject of this number.
    pub(crate) fn touch(&mut self, event: &Event, position: Position, number: u32) {
        self.touched = Some(position);
        if let Some(by_time) = self.by_time.as_mut().filter(|_| !event.payload.is_paperwork()) {
            by_time.insert((Reverse((event.time.instant(), position)), number));
        }
    }
}

impl<'s> Streams<'s> {
    pub(crate) fn new(listed: &'s Listed, snapshot: &'s Snapshot) -> Streams<'s> {
        Streams { listed, snapshot }
    }

    /// What is on record about one subject.
    #[must_use]
    pub fn get(self, id: &Id) -> Option<&'s Tape> {
        self.snapshot.tape(self.number(id)?)
    }

    /// The same, unpacked.
    #[must_use]
    pub fn unpacked(self, id: &Id) -> Option<Arc<Stream>> {
        self.snapshot.stream(self.number(id)?)
    }

    fn number(self, id: &Id) -> Option<u32> {
        let subject = SubjectId { kind: self.listed.kind, id: id.clone() };
        self.snapshot.chronicle.subject_number(&subject)
    }

    /// All subjects, by id, with their numbers.
    pub fn iter(self) -> impl Iterator<Item = (&'s Id, u32)> {
        self.listed.by_id.after(None).map(|(id, number)| (id, *number))
    }

    /// What is on record about each of them.
    pub fn tapes(self) -> impl Iterator<Item = &'s Tape> {
        self.iter().filter_map(move |(_, number)| self.snapshot.tape(number))
    }

    /// The subjects whose ids come after `last`, unpacked one at a time.
    pub fn after_id(self, last: Option<&Id>) -> impl Iterator<Item = (&'s Id, Arc<Stream>)> {
        let last = last.map(|last| (last.clone(), u32::MAX));
        let subjects = self.listed.by_id.after(last.as_ref());
        subjects.filter_map(move |(id, number)| Some((id, self.snapshot.stream(*number)?)))
    }

    /// The subjects by the time of their first report, newest first, that come after the report
    /// at `last` (rule 55). An entry counts where it is the first report the reader sees.
    pub fn after_report(
        self,
        last: Option<NewestFirst>,
        seen: Seen<'s>,
    ) -> impl Iterator<Item = (&'s Id, Arc<Stream>)> {
        let last = last.map(|last| (last, u32::MAX));
        let by_time = self.listed.by_time.iter();
        let reports = by_time.flat_map(move |by_time| by_time.after(last.as_ref()));
        let mut firsts = HashMap::new();
        reports.filter_map(move |(Reverse((_, position)), number)| {
            if firsts.get(number).is_some_and(|first| *first != Some(*position)) {
                return None;
            }
            let stream = self.snapshot.stream(*number)?;
            let first = stream.first(seen).map(|first| first.position);
            firsts.insert(*number, first);
            let subject = self.snapshot.chronicle.subject(*number)?;
            (first == Some(*position)).then_some((&subject.id, stream))
        })
    }

    /// The newest event on any of them.
    #[must_use]
    pub fn touched(self) -> Option<Position> {
        self.listed.touched
    }
}

impl Stream {
    /// Reads a tape from its beginning.
    #[must_use]
    pub fn unpack(tape: &Tape, chronicle: &Chronicle) -> Stream {
        let mut stream = Stream::default();
        stream.positions.reserve_exact(tape.len());
        stream.reports.reserve_exact(tape.len());
        stream.read_on(tape, chronicle);
        stream
    }

    /// Reads what was added to the tape that it was read of.
    pub fn read_on(&mut self, tape: &Tape, chronicle: &Chronicle) {
        tape.iter().skip(self.positions.len()).for_each(|cut| self.take(cut, chronicle));
    }

    /// Reads of a tape only the report at `report` and the paperwork about it.
    #[must_use]
    pub fn unpack_one(tape: &Tape, report: Position, chronicle: &Chronicle) -> Option<Report> {
        let mut stream = Stream::default();
        let is_about_it = |cut: &Cut<'_>| match cut.is_report() {
            true => cut.position == report,
            false => chronicle.report_behind(cut.position) == report,
        };
        tape.iter().filter(is_about_it).for_each(|cut| stream.take(cut, chronicle));
        stream.reports.pop()
    }

    fn take(&mut self, cut: Cut<'_>, chronicle: &Chronicle) {
        let position = cut.position;
        self.positions.push(position);
        let Some(entry) = chronicle.entry(position) else { return };
        let paper = match cut.unpacked(&chronicle.said) {
            Written::Paperwork(paper) => paper,
            Written::Report(told) => {
                let mut report = Report::new(position, &entry, told);
                report.number_speakers(&mut self.speakers);
                return self.push(report);
            }
        };
        // Of a report that was withheld from whoever exported the record, there is none.
        let report = chronicle.report_behind(position);
        let index = self.index(report);
        let named = self.reports.get_mut(index).filter(|named| named.position == report);
        let target = entry.target.and_then(|target| chronicle.entry(target));
        if let Some((named, target)) = named.zip(target) {
            named.follow(paper, position, &entry, target.id);
            named.number_speakers(&mut self.speakers);
            named.classify(chronicle);
        }
    }

    fn push(&mut self, report: Report) {
        if let Some(by_type) = self.by_type.get_mut() {
            let of_type = by_type.entry(report.original.payload.type_name()).or_default();
            let older = |index: &u32| self.reports[*index as usize].age() < report.age();
            of_type.insert(of_type.partition_point(older), self.reports.len() as u32);
        }
        self.reports.push(report);
    }

    /// The number of events on the subject up to the position asked.
    #[must_use]
    pub fn version(&self, seen: Seen<'_>) -> u64 {
        self.positions.partition_point(|position| seen.reaches(*position)) as u64
    }

    /// The positions of every event on the subject, paperwork included.
    #[must_use]
    pub fn positions(&self) -> &[Position] {
        &self.positions
    }

    /// When each report happened, whoever may see it.
    pub(crate) fn times(&self) -> impl Iterator<Item = DateTime<Utc>> {
        self.reports.iter().map(|report| report.time.instant())
    }

    /// Every form that any report ever had.
    pub(crate) fn forms(&self) -> impl Iterator<Item = &Form> {
        self.reports.iter().flat_map(Report::forms)
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
        let reports = self.reports.iter();
        reports.filter(move |report| seen.admits(report.position, report.classification))
    }

    /// The reports that stand for the reader, as recorded.
    pub fn standing<'a>(&'a self, seen: Seen<'a>) -> impl Iterator<Item = Standing<'a>> {
        self.seen(seen).filter_map(move |report| report.standing(seen))
    }

    /// Of the reports that stand for the reader, those of one type, oldest first.
    pub(crate) fn standing_of<'a>(
        &'a self,
        type_name: &str,
        seen: Seen<'a>,
    ) -> impl Iterator<Item = Standing<'a>> {
        let of_type = self.by_type().get(type_name).into_iter().flatten();
        let reached = self.reports.partition_point(|report| seen.reaches(report.position));
        let reached = of_type.map(|index| *index as usize).filter(move |index| *index < reached);
        let reports = reached.map(|index| &self.reports[index]);
        let admitted =
            reports.filter(move |report| seen.admits(report.position, report.classification));
        admitted.filter_map(move |report| report.standing(seen))
    }

    fn by_type(&self) -> &HashMap<&'static str, Vec<u32>> {
        self.by_type.get_or_init(|| {
            let mut by_type: HashMap<_, Vec<u32>> = HashMap::new();
            for (index, report) in (0..).zip(&self.reports) {
                by_type.entry(report.original.payload.type_name()).or_default().push(index);
            }
            for reports in by_type.values_mut() {
                reports.sort_by_key(|index| self.reports[*index as usize].age());
            }
            by_type
        })
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

    /// The report recorded at `position`.
    #[must_use]
    pub fn report(&self, position: Position) -> Option<&Report> {
        let report = self.reports.get(self.index(position));
        report.filter(|report| report.position == position)
    }

    /// Where among the reports the one recorded at `position` stands.
    fn index(&self, position: Position) -> usize {
        self.reports.partition_point(|report| report.position < position)
    }
}
