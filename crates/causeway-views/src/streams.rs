//! Reports on subjects of one kind, with the paperwork that says what stands of them.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::ops::Bound;
use std::sync::Arc;

use causeway_domain::details::Details;
use causeway_domain::words::Classification;
use causeway_domain::{Event, Id, Kind, Payload};
use chrono::{DateTime, Utc};
use rpds::RedBlackTreeMapSync;

use crate::reports::{Age, Report, Standing};
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

type NewestFirst = Reverse<Age>;

/// What was recorded about one subject.
#[derive(Debug, Clone, Default)]
pub struct Stream {
    reports: Sequence<Arc<Report>>,
    /// Every event on the subject, paperwork included.
    positions: Sequence<Position>,
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
