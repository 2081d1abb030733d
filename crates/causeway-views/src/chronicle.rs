//! What was recorded, in order: for each position which event, on what, by whom, how sensitive.
//!
//! Everything recorded stays in memory for ever, so it is kept small: a row holds numbers where
//! what they stand for is said once.

use std::fmt;
use std::str::FromStr;

use causeway_domain::event::Event;
use causeway_domain::flags::Flags;
use causeway_domain::report::{self, Named};
use causeway_domain::schema::EVENT_TYPES;
use causeway_domain::time::ShortTime;
use causeway_domain::words::Classification;
use causeway_domain::{EventId, Id, Payload, SubjectId, Time};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_with::{DeserializeFromStr, SerializeDisplay};

use crate::Position;
use crate::index::Numbered;
use crate::phrases::Said;
use crate::sequence::Sequence;

/// One recorded event, without what it says.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    /// The event's id.
    pub id: EventId,
    /// What it is about.
    pub subject: &'a SubjectId,
    /// Its type's name, `<kind>.<what_happened>.v<n>`.
    pub type_name: &'static str,
    /// When it happened.
    pub time: Time,
    /// When it was recorded.
    pub recorded: Time,
    /// The organisation that answers for it.
    pub organisation: &'a Id,
    /// The key that recorded it.
    pub recorded_by: &'a Id,
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
}

/// Everything recorded so far. Cloning is cheap: the clones share what they have in common.
#[derive(Debug, Clone, Default)]
pub struct Chronicle {
    /// By position.
    pub(crate) ids: Numbered<EventId>,
    pub(crate) rows: Sequence<Row>,
    pub(crate) subjects: Numbered<SubjectId>,
    pub(crate) sorts: Numbered<Sort>,
    /// What many events say alike.
    pub(crate) said: Said,
    /// Paperwork, in order, and the event that each names.
    pub(crate) targets: Sequence<(Position, Position)>,
    /// The newest event that changed what is visible of older ones.
    pub(crate) last_raise: Option<Position>,
}

/// What is kept of each event. An event that was withheld from whoever exported the record leaves
/// a row behind too.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Row {
    time: ShortTime,
    recorded: ShortTime,
    pub(crate) subject: u32,
    sort: u32,
    marks: Marks,
}

/// The flags of an event, how sensitive it is, whether it was withdrawn or withheld.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Marks(u16);

impl Marks {
    const CLASSIFICATION: u32 = Flags::BITS;
    const WITHDRAWN: u16 = 1 << (Marks::CLASSIFICATION + 2);
    const WITHHELD: u16 = Marks::WITHDRAWN << 1;

    fn new(flags: Flags, classification: Classification) -> Marks {
        Marks(flags.bits() | (classification as u16) << Marks::CLASSIFICATION)
    }

    fn flags(self) -> Flags {
        Flags::from_bits(self.0)
    }

    fn classification(self) -> Classification {
        match self.0 >> Marks::CLASSIFICATION & 3 {
            0 => Classification::Public,
            1 => Classification::Restricted,
            2 => Classification::Confidential,
            _ => Classification::StrictlyConfidential,
        }
    }

    fn has(self, mark: u16) -> bool {
        self.0 & mark != 0
    }
}

impl Row {
    pub(crate) fn time(&self) -> Time {
        self.time.into()
    }

    fn recorded(&self) -> Time {
        self.recorded.into()
    }

    pub(crate) fn is_withheld(&self) -> bool {
        self.marks.has(Marks::WITHHELD)
    }
}

/// What many events have in common.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Sort {
    type_name: TypeName,
    named: Named,
    organisation: Id,
    recorded_by: Id,
}

/// The name of a type of events that we know.
#[derive(Debug, Clone, PartialEq, Eq, Hash, SerializeDisplay, DeserializeFromStr)]
struct TypeName(&'static str);

impl fmt::Display for TypeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl FromStr for TypeName {
    type Err = &'static str;

    fn from_str(name: &str) -> Result<TypeName, &'static str> {
        let known = EVENT_TYPES.iter().find(|known| known.name == name);
        known.map(|known| TypeName(&known.name)).ok_or("an unknown type of event")
    }
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
}

impl Chronicle {
    /// The number of events; the next position.
    #[must_use]
    pub fn len(&self) -> Position {
        self.rows.len() as Position
    }

    /// Whether nothing was recorded yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The newest position, if anything was recorded.
    #[must_use]
    pub fn head(&self) -> Option<Position> {
        self.len().checked_sub(1)
    }

    /// The event at `position`.
    #[must_use]
    pub fn entry(&self, position: Position) -> Option<Entry<'_>> {
        let row = self.row(position)?;
        let sort = self.sorts.get(row.sort)?;
        Some(Entry {
            id: *self.ids.get(u32::try_from(position).ok()?)?,
            subject: self.subjects.get(row.subject)?,
            type_name: sort.type_name.0,
            time: row.time(),
            recorded: row.recorded(),
            organisation: &sort.organisation,
            recorded_by: &sort.recorded_by,
            classification: row.marks.classification(),
            named: sort.named,
            target: self.target(position, sort),
            is_withdrawn: row.marks.has(Marks::WITHDRAWN),
            flags: row.marks.flags(),
        })
    }

    /// How sensitive the event at `position` is now.
    #[must_use]
    pub fn classification(&self, position: Position) -> Option<Classification> {
        Some(self.row(position)?.marks.classification())
    }

    pub(crate) fn row(&self, position: Position) -> Option<&Row> {
        let row = self.rows.get(usize::try_from(position).ok()?);
        row.filter(|row| !row.is_withheld())
    }

    fn target(&self, position: Position, sort: &Sort) -> Option<Position> {
        match sort.named {
            Named::Report => None,
            Named::Judgement | Named::Correction | Named::Final => {
                let index = self.targets.partition_point(|(paper, _)| *paper < position);
                let found = self.targets.get(index).filter(|(paper, _)| *paper == position);
                found.map(|(_, target)| *target)
            }
        }
    }

    /// All events that are not withheld, with where they stand.
    pub fn iter(&self) -> impl Iterator<Item = (Position, Entry<'_>)> {
        (0..self.len()).filter_map(|position| Some((position, self.entry(position)?)))
    }

    /// Where the event `id` stands.
    #[must_use]
    pub fn position(&self, id: &EventId) -> Option<Position> {
        self.ids.number(id).map(Position::from)
    }

    /// The subject of this number.
    #[must_use]
    pub fn subject(&self, number: u32) -> Option<&SubjectId> {
        self.subjects.get(number)
    }

    /// The number under which a subject is known here.
    #[must_use]
    pub fn subject_number(&self, subject: &SubjectId) -> Option<u32> {
        self.subjects.number(subject)
    }

    /// The greatest position recorded at or before `instant` (rule 14).
    #[must_use]
    pub fn known_at(&self, instant: DateTime<Utc>) -> Option<Position> {
        let by_then = |row: &Row| row.recorded().instant() <= instant;
        (self.rows.partition_point(by_then) as Position).checked_sub(1)
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

    /// Adds the next event; says where it stands, and the number of its subject.
    pub fn add(&mut self, event: &Event, stamp: Stamp) -> (Position, u32) {
        let position = self.len();
        self.follow_paperwork(event, position);
        let subject = self.subjects.number_or_add(&event.subject);
        let sort = self.sorts.number_or_add(&Sort {
            type_name: TypeName(event.payload.type_name()),
            named: event.payload.as_named(),
            organisation: event.source.organisation().clone(),
            recorded_by: stamp.recorded_by,
        });
        self.rows.push(Row {
            time: event.time.into(),
            recorded: stamp.recorded.into(),
            subject,
            sort,
            marks: Marks::new(stamp.flags, event.classification),
        });
        self.ids.add(event.id);
        (position, subject)
    }

    /// Leaves the next position empty: an event stands there that nobody here may see.
    pub fn leave_empty(&mut self) {
        let before = self.rows.last().map(|row| row.recorded);
        let recorded = before.unwrap_or(Time::stamp(DateTime::<Utc>::MIN_UTC).into());
        self.rows.push(Row {
            time: recorded,
            recorded,
            subject: 0,
            sort: 0,
            marks: Marks(Marks::WITHHELD),
        });
        self.ids.add_unfindable(EventId::default());
    }

    /// Marks what the paperwork names, and notes where that stands.
    fn follow_paperwork(&mut self, event: &Event, position: Position) {
        let Payload::Report(paperwork) = &event.payload else { return };
        let Some(target) = self.position(&paperwork.target()) else { return };
        self.targets.push((position, target));
        let row = usize::try_from(target).ok().and_then(|target| self.rows.get_mut(target));
        if let Some(named) = row.filter(|_| paperwork.changes_form()) {
            if let report::Event::Withdrawn(_) = paperwork {
                named.marks.0 |= Marks::WITHDRAWN;
            }
            let (before, now) = (named.marks.classification(), event.classification);
            if now > before {
                named.marks.0 ^= (before as u16 ^ now as u16) << Marks::CLASSIFICATION;
                self.last_raise = Some(position);
            }
        }
    }
}
