//! What was recorded, in order: for each position which event, on what, by whom, how sensitive.

use causeway_domain::event::Event;
use causeway_domain::flags::Flags;
use causeway_domain::report::{self, Named};
use causeway_domain::words::Classification;
use causeway_domain::{EventId, Id, Payload, SubjectId, Time};
use chrono::{DateTime, Utc};
use rpds::HashTrieMapSync;

use crate::Position;
use crate::sequence::Sequence;

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
    entries: Sequence<Option<Entry>>,
    /// When each was recorded; for one that was withheld, when the one before it was.
    recorded: Sequence<DateTime<Utc>>,
    positions: HashTrieMapSync<EventId, Position>,
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

    /// All events that are not withheld, with where they stand.
    pub fn iter(&self) -> impl Iterator<Item = (Position, &Entry)> {
        let entries = (0..).zip(self.entries.iter());
        entries.filter_map(|(position, entry)| Some((position, entry.as_ref()?)))
    }

    /// Where the event `id` stands.
    #[must_use]
    pub fn position(&self, id: &EventId) -> Option<Position> {
        self.positions.get(id).copied()
    }

    /// The greatest position recorded at or before `instant` (rule 14).
    #[must_use]
    pub fn known_at(&self, instant: DateTime<Utc>) -> Option<Position> {
        let by_then = |recorded: &DateTime<Utc>| *recorded <= instant;
        (self.recorded.partition_point(by_then) as Position).checked_sub(1)
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
        self.recorded.push(stamp.recorded.instant());
        self.entries.push(Some(Entry {
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
        position
    }

    /// Leaves the next position empty: an event stands there that nobody here may see.
    pub fn leave_empty(&mut self) {
        let recorded = self.recorded.last().copied().unwrap_or(DateTime::<Utc>::MIN_UTC);
        self.recorded.push(recorded);
        self.entries.push(None);
    }

    fn entry_mut(&mut self, position: Position) -> Option<&mut Entry> {
        self.entries.get_mut(usize::try_from(position).ok()?)?.as_mut()
    }

    /// Marks what the paperwork names, and says where that stands.
    fn follow_paperwork(&mut self, event: &Event, position: Position) -> Option<Position> {
        let Payload::Report(paperwork) = &event.payload else {
            return None;
        };
        let target = self.position(&paperwork.target())?;
        if paperwork.changes_form()
            && let Some(named) = self.entry_mut(target)
        {
            named.is_withdrawn |= matches!(paperwork, report::Event::Withdrawn(_));
            if event.classification > named.classification {
                named.classification = event.classification;
                self.last_raise = Some(position);
            }
        }
        Some(target)
    }
}
