//! What can be read, in parts: to be written down, and taken up again without the log.

use std::cmp::Reverse;
use std::sync::Arc;

use causeway_domain::{EventId, Id, SubjectId};
use serde::{Deserialize, Serialize};

use crate::Position;
use crate::chronicle::{Row, Sort};
use crate::index::Numbered;
use crate::mentions::{Mentions, Namings};
use crate::ordered::Ordered;
use crate::phrases::Phrases;
use crate::sequence::Sequence;
use crate::streams::Listed;
use crate::tape::Tape;
use crate::view::Snapshot;

/// Some of what can be read. All parts of a snapshot, in order, make it again.
#[derive(Debug, Serialize, Deserialize)]
pub struct Part(Content);

#[derive(Debug, Serialize, Deserialize)]
enum Content {
    /// What many events have in common, by number.
    Sorts(Vec<Sort>),
    /// Who many events say alike says so, by number.
    Sources(Vec<Arc<[u8]>>),
    /// Where many events say alike it happened, by number.
    Places(Vec<Arc<[u8]>>),
    /// Subjects and what is on record about them, by number.
    Subjects(Vec<(SubjectId, Tape)>),
    /// Events, in order.
    Events(Vec<EventId>, Vec<Row>),
    /// Paperwork, and what it names.
    Targets(Vec<(Position, Position)>),
    /// The subjects of the next kind.
    Listed(List),
    /// Who or what is named where.
    Names(Naming, Vec<(Arc<str>, Namings)>),
    /// P-codes, and the places that were ever registered with each.
    Codes(Vec<(Arc<str>, Vec<Id>)>),
    /// Events that somebody objected to, and the statements that deny them.
    Objections(Vec<(EventId, Vec<Position>)>),
    /// The newest event that changed what is visible of older ones.
    LastRaise(Option<Position>),
}

/// The subjects of one kind: their numbers by id, and where lists go by time, their reports.
#[derive(Debug, Serialize, Deserialize)]
struct List {
    by_id: Vec<u32>,
    by_time: Option<Vec<Position>>,
    touched: Option<Position>,
}

/// In which capacity somebody or something is named.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
enum Naming {
    Actor,
    Place,
    Recorder,
}

/// So many events, or subjects with all that is on record about them, make a part: enough to be
/// packed well, few enough that several parts fit into memory at once.
const EVENTS: usize = 4_096;
const SUBJECTS: usize = 512;

impl Snapshot {
    /// All parts, in order.
    pub fn parts(&self) -> impl Iterator<Item = Part> {
        let chronicle = &self.chronicle;
        let subjects = starts(self.tapes.len(), SUBJECTS).map(|from| {
            let both = chronicle.subjects.some(from, SUBJECTS).zip(self.tapes.some(from, SUBJECTS));
            Content::Subjects(both.map(|(subject, tape)| (subject.clone(), tape.clone())).collect())
        });
        let events = starts(chronicle.rows.len(), EVENTS).map(|from| {
            let ids = chronicle.ids.some(from, EVENTS).copied().collect();
            Content::Events(ids, chronicle.rows.some(from, EVENTS).copied().collect())
        });
        let targets = starts(chronicle.targets.len(), EVENTS)
            .map(|from| Content::Targets(chronicle.targets.some(from, EVENTS).copied().collect()));
        let listed = self.listed.iter().map(|listed| Content::Listed(List::of(listed)));
        std::iter::once_with(|| Content::Sorts(chronicle.sorts.iter().cloned().collect()))
            .chain(std::iter::once_with(|| Content::Sources(chronicle.said.sources.to_list())))
            .chain(std::iter::once_with(|| Content::Places(chronicle.said.places.to_list())))
            .chain(subjects)
            .chain(events)
            .chain(targets)
            .chain(listed)
            .chain(names(Naming::Actor, &self.actors_named))
            .chain(names(Naming::Place, &self.places_named))
            .chain(names(Naming::Recorder, &self.recorders))
            .chain(std::iter::once_with(|| self.codes()))
            .chain(std::iter::once_with(|| self.objections()))
            .chain([Content::LastRaise(chronicle.last_raise)])
            .map(Part)
    }

    fn codes(&self) -> Content {
        let codes = self.codes.by_code.iter();
        let codes =
            codes.map(|(code, places)| (Arc::clone(code), places.iter().cloned().collect()));
        Content::Codes(codes.collect())
    }

    fn objections(&self) -> Content {
        let objections = self.objections.by_event.iter();
        let objections = objections.map(|(event, by)| (*event, by.iter().copied().collect()));
        Content::Objections(objections.collect())
    }
}

/// Where the parts of a list begin.
fn starts(length: usize, share: usize) -> impl Iterator<Item = usize> {
    (0..length).step_by(share)
}

fn names(naming: Naming, mentions: &Mentions) -> impl Iterator<Item = Content> {
    starts(mentions.namings.len(), SUBJECTS).map(move |from| {
        let both = mentions.names.some(from, SUBJECTS).zip(mentions.namings.some(from, SUBJECTS));
        let both = both.map(|(name, namings)| (Arc::clone(name), namings.clone()));
        Content::Names(naming, both.collect())
    })
}

impl List {
    fn of(listed: &Listed) -> List {
        let by_time = listed.by_time.as_ref().map(|by_time| {
            by_time.after(None).map(|(Reverse((_, position)), _)| *position).collect()
        });
        let by_id = listed.by_id.after(None).map(|(_, number)| *number).collect();
        List { by_id, by_time, touched: listed.touched }
    }
}

/// A snapshot that is put together again.
#[derive(Debug, Default)]
pub struct Restoring {
    ids: Sequence<EventId>,
    subjects: Sequence<SubjectId>,
    sorts: Sequence<Sort>,
    lists: Vec<List>,
    /// Of actors, places and recorders.
    names: [Sequence<Arc<str>>; 3],
    snapshot: Snapshot,
}

/// The parts do not fit together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the parts do not fit together")]
pub struct Misfit;

impl Restoring {
    /// Takes in the next part.
    pub fn take(&mut self, Part(content): Part) {
        let Snapshot { chronicle, tapes, codes, objections, .. } = &mut self.snapshot;
        match content {
            Content::Sorts(sorts) => self.sorts.extend(sorts),
            Content::Sources(sources) => chronicle.said.sources = Phrases::from_list(sources),
            Content::Places(places) => chronicle.said.places = Phrases::from_list(places),
            Content::Subjects(subjects) => {
                for (subject, tape) in subjects {
                    self.subjects.push(subject);
                    tapes.push(tape);
                }
            }
            Content::Events(ids, rows) => {
                self.ids.extend(ids);
                chronicle.rows.extend(rows);
            }
            Content::Targets(targets) => chronicle.targets.extend(targets),
            Content::Listed(list) => self.lists.push(list),
            Content::Names(naming, named) => {
                let namings = &mut self.snapshot.named_mut(naming).namings;
                for (name, where_named) in named {
                    self.names[naming as usize].push(name);
                    namings.push(where_named);
                }
            }
            Content::Codes(known) => {
                let known = known.into_iter();
                codes.by_code =
                    known.map(|(code, places)| (code, places.into_iter().collect())).collect();
            }
            Content::Objections(known) => {
                let known = known.into_iter();
                objections.by_event =
                    known.map(|(event, by)| (event, by.into_iter().collect())).collect();
            }
            Content::LastRaise(last) => chronicle.last_raise = last,
        }
    }

    /// The snapshot, once all parts are taken in.
    ///
    /// # Errors
    /// Where a part is missing, or not one of this snapshot.
    pub fn finish(self) -> Result<Snapshot, Misfit> {
        let Restoring { ids, subjects, sorts, lists, names, mut snapshot } = self;
        let rows = &snapshot.chronicle.rows;
        let fits = ids.len() == rows.len()
            && subjects.len() == snapshot.tapes.len()
            && lists.len() == snapshot.listed.len();
        if !fits {
            return Err(Misfit);
        }
        let is_event = |number: u32| !rows[number as usize].is_withheld();
        let ids = Numbered::from_list(ids, is_event);
        snapshot.chronicle.ids = ids;
        snapshot.chronicle.subjects = Numbered::from_list(subjects, |_| true);
        snapshot.chronicle.sorts = Numbered::from_list(sorts, |_| true);
        for (naming, names) in
            [Naming::Actor, Naming::Place, Naming::Recorder].into_iter().zip(names)
        {
            snapshot.named_mut(naming).names = Numbered::from_list(names, |_| true);
        }
        let objected = snapshot.objections.by_event.keys();
        let mut objected: Vec<_> = objected.filter_map(|event| snapshot.place(event)).collect();
        objected.sort_unstable();
        snapshot.objections.by_subject = Ordered::from_sorted(objected);
        for (index, list) in lists.into_iter().enumerate() {
            snapshot.restore(index, list).ok_or(Misfit)?;
        }
        Ok(snapshot)
    }
}

impl Snapshot {
    fn named_mut(&mut self, naming: Naming) -> &mut Mentions {
        match naming {
            Naming::Actor => &mut self.actors_named,
            Naming::Place => &mut self.places_named,
            Naming::Recorder => &mut self.recorders,
        }
    }

    /// Puts the subjects of one kind back in their orders; nothing, where one of them is unknown.
    fn restore(&mut self, index: usize, list: List) -> Option<()> {
        let chronicle = &self.chronicle;
        let by_id = list.by_id.into_iter();
        let by_id: Option<Vec<_>> =
            by_id.map(|number| Some((chronicle.subject(number)?.id.clone(), number))).collect();
        let by_time = list.by_time.map(|reports| {
            let reports = reports.into_iter().map(|position| {
                let row = chronicle.rows.get(usize::try_from(position).ok()?)?;
                Some((Reverse((row.time().instant(), position)), row.subject))
            });
            reports.collect::<Option<Vec<_>>>().map(Ordered::from_sorted)
        });
        let listed = self.listed.get_mut(index)?;
        listed.by_id = Ordered::from_sorted(by_id?);
        if let Some(by_time) = by_time {
            listed.by_time = Some(by_time?);
        }
        listed.touched = list.touched;
        Some(())
    }
}
