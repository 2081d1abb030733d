//! What was recorded, in order: for each position which event, on what, by whom, how sensitive.

use std::ops::Range;

use causeway_domain::event::Event;
use causeway_domain::flags::Flags;
use causeway_domain::report::Named;
use causeway_domain::words::Classification;
use causeway_domain::{EventId, Id, Payload, SubjectId, Time};
use chrono::{DateTime, Utc};
use rpds::{HashTrieMapSync, VectorSync};

use crate::Position;

/// One recorded event, without what it says.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The event's id.
    pub id: EventId,
    /// What it is about.
    pub subject: SubjectId,
    /// Its type's name, `<kind>.<what_happened>.v<n>`.
    pub type_name: &'static str,
    /// When it happened.
    pub time: Time,
    /// When it was recorded.
    pub recorded: Time,
    /// The organisation that answers for it.
    pub organisation: Id,
    /// The key that recorded it.
    pub recorded_by: Id,
    /// How sensitive it is now: the highest of its own classification and that of the
    /// withdrawals and corrections that name it (rule 47).
    pub classification: Classification,
    /// What paperwork can make of it.
    pub named: Named,
    /// The event it names, if it is paperwork.
    pub target: Option<Position>,
    /// Whether it was withdrawn.
    pub is_withdrawn: bool,
    /// What was remarkable about it when it was recorded.
    pub flags: Flags,
    /// Its number among the events on its subject, from 1.
    pub version: u64,
}

/// Everything recorded so far. Cloning is cheap: the clones share what they have in common.
#[derive(Debug, Clone, Default)]
pub struct Chronicle {
    /// None where an event was withheld from whoever exported the record.
    entries: VectorSync<Option<Entry>>,
    positions: HashTrieMapSync<EventId, Position>,
    subjects: HashTrieMapSync<SubjectId, VectorSync<Position>>,
    /// The newest event that changed what is visible of older ones.
    last_raise: Option<Position>,
}

/// What recording adds to an event.
#[derive(Debug, Clone)]
pub struct Stamp {
    /// When it was recorded.
    pub recorded: Time,
    /// The key that recorded it.
    pub recorded_by: Id,
    /// What was remarkable about it.
    pub flags: Flags,
    /// Its number among the events on its subject, from 1.
    pub version: u64,
}

impl Chronicle {
    /// The number of events; the next position.
    #[must_use]
    pub fn len(&self) -> Position {
        self.entries.len() as Position
    }

    /// Whether nothing was recorded yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The newest position, if anything was recorded.
    #[must_use]
    pub fn head(&self) -> Option<Position> {
        self.len().checked_sub(1)
    }

    /// The event at `position`.
    #[must_use]
    pub fn entry(&self, position: Position) -> Option<&Entry> {
        self.entries.get(usize::try_from(position).ok()?)?.as_ref()
    }

    /// Where the event `id` stands.
    #[must_use]
    pub fn position(&self, id: &EventId) -> Option<Position> {
        self.positions.get(id).copied()
    }

    /// The positions of a subject's events, oldest first.
    #[must_use]
    pub fn on_subject(&self, subject: &SubjectId) -> Option<&VectorSync<Position>> {
        self.subjects.get(subject)
    }

    /// The number of a subject's events up to and including `position`.
    #[must_use]
    pub fn version(&self, subject: &SubjectId, position: Position) -> u64 {
        self.on_subject(subject).map_or(0, |positions| {
            first_where(0..positions.len(), |index| positions[index] > position) as u64
        })
    }

    /// The greatest position recorded at or before `instant` (rule 14).
    #[must_use]
    pub fn known_at(&self, instant: DateTime<Utc>) -> Option<Position> {
        let later = |index: usize| self.recorded_by_then(index).is_some_and(|time| time > instant);
        (first_where(0..self.entries.len(), later) as Position).checked_sub(1)
    }

    /// When the event at `index`, or the nearest before it that is not empty, was recorded.
    fn recorded_by_then(&self, index: usize) -> Option<DateTime<Utc>> {
        let mut entries = (0..=index).rev().filter_map(|index| self.entries[index].as_ref());
        entries.next().map(|entry| entry.recorded.instant())
    }

    /// The newest event that changed what is visible of older ones.
    #[must_use]
    pub fn last_raise(&self) -> Option<Position> {
        self.last_raise
    }

    /// The report behind `position`: the event itself, or what it names, to the end.
    #[must_use]
    pub fn report_behind(&self, position: Position) -> Position {
        let mut at = position;
        while let Some(target) = self.entry(at).and_then(|entry| entry.target) {
            at = target;
        }
        at
    }

    /// Adds the next event.
    pub fn add(&mut self, event: &Event, stamp: Stamp) -> Position {
        let position = self.len();
        let target = self.follow_paperwork(event, position);
        self.entries.push_back_mut(Some(Entry {
            id: event.id,
            subject: event.subject.clone(),
            type_name: event.payload.type_name(),
            time: event.time,
            recorded: stamp.recorded,
            organisation: event.source.organisation().clone(),
            recorded_by: stamp.recorded_by,
            classification: event.classification,
            named: event.payload.as_named(),
            target,
            is_withdrawn: false,
            flags: stamp.flags,
            version: stamp.version,
        }));
        self.positions.insert_mut(event.id, position);
        match self.subjects.get_mut(&event.subject) {
            Some(positions) => positions.push_back_mut(position),
            None => {
                let positions = VectorSync::new_sync().push_back(position);
                self.subjects.insert_mut(event.subject.clone(), positions);
            }
        }
        position
    }

    /// Leaves the next position empty: an event stands there that nobody here may see.
    pub fn leave_empty(&mut self) {
        self.entries.push_back_mut(None);
    }

    fn entry_mut(&mut self, position: Position) -> Option<&mut Entry> {
        self.entries.get_mut(usize::try_from(position).ok()?)?.as_mut()
    }

    /// Marks what the paperwork names, and says where that stands.
    fn follow_paperwork(&mut self, event: &Event, position: Position) -> Option<Position> {
        use causeway_domain::report::Event::{Assessed, Corrected, Disputed, Withdrawn};
        let Payload::Report(paperwork) = &event.payload else {
            return None;
        };
        let target = self.position(&paperwork.target())?;
        let named = self.entry_mut(target)?;
        match paperwork {
            Assessed(_) | Disputed(_) => {}
            Corrected(_) | Withdrawn(_) if event.classification > named.classification => {
                named.classification = event.classification;
                self.last_raise = Some(position);
            }
            Corrected(_) | Withdrawn(_) => {}
        }
        if matches!(paperwork, Withdrawn(_))
            && let Some(named) = self.entry_mut(target)
        {
            named.is_withdrawn = true;
        }
        Some(target)
    }
}

/// The first index for which `so` holds, if it holds for all that follow; else the end.
pub(crate) fn first_where(range: Range<usize>, so: impl Fn(usize) -> bool) -> usize {
    let (mut from, mut to) = (range.start, range.end);
    while from < to {
        let middle = from + (to - from) / 2;
        match so(middle) {
            true => to = middle,
            false => from = middle + 1,
        }
    }
    from
}
