//! What was recorded about one subject, packed: all of it stays in memory, and most of it is not
//! looked at for months.
//!
//! A tape only grows. It holds what answers are made of, event by event; what the chronicle knows
//! of an event is not said again, and what no answer shows, such as notes, is left to the log.

use std::sync::Arc;

use causeway_domain::details::Details;
use causeway_domain::place::Place;
use causeway_domain::source::Source;
use causeway_domain::words::Level;
use causeway_domain::{Payload, Time, report};
use serde::{Deserialize, Serialize};

use crate::pages::{Number, Pages};
use crate::phrases::{Phrase, Said};
use crate::{Position, Seen};

/// The packed events on one subject, oldest first.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Tape {
    pages: Pages,
    last: Position,
    events: u32,
}

/// One event on a tape.
#[derive(Debug, Clone, Copy)]
pub struct Cut<'t> {
    /// Where it stands in the log.
    pub position: Position,
    /// What it says, packed.
    bytes: &'t [u8],
}

/// What an event says.
#[derive(Debug, Serialize, Deserialize)]
pub enum Written<Told> {
    /// A report says this.
    Report(Told),
    /// Something about a report.
    Paperwork(Paper<Told>),
}

/// What paperwork does to a report.
#[derive(Debug, Serialize, Deserialize)]
pub enum Paper<Told> {
    /// Somebody found a form to be so well verified.
    Assessed(Level),
    /// It says this from now on; nothing, where that could not be read.
    Corrected(Option<Told>),
    /// Something was taken back.
    Withdrawn,
    /// Somebody objects.
    Disputed,
}

/// The content of a report.
pub type Told = (Shown, Payload);

/// The common fields that answers show.
#[derive(Debug, Clone)]
pub struct Shown {
    /// Who says so.
    pub source: Option<Arc<Source>>,
    /// Where it happened.
    pub place: Option<Arc<Place>>,
    /// When it stops being so.
    pub until: Option<Time>,
}

/// The content of a report, on the tape.
#[derive(Debug, Serialize, Deserialize)]
struct Telling<S, P, T> {
    source: Option<Phrase<S>>,
    place: Option<Phrase<P>>,
    until: Option<Time>,
    payload: T,
}

type ToPack<'e> = Telling<&'e Source, &'e Place, &'e Payload>;
type ToUnpack = Telling<Source, Place, Payload>;

/// An event, packed for the tape of its subject.
#[derive(Debug)]
pub struct Packed(Vec<u8>);

impl Packed {
    /// Packs an event; `corrected` is what a correction makes of its report.
    #[must_use]
    pub fn new(
        details: &Details,
        payload: &Payload,
        corrected: Option<&(Details, Payload)>,
        said: &mut Said,
    ) -> Packed {
        let mut telling = |details, payload| telling(details, payload, said);
        let written = match payload {
            Payload::Report(paperwork) => Written::Paperwork(match paperwork {
                report::Event::Assessed(paper) => Paper::Assessed(paper.level),
                report::Event::Corrected(_) => {
                    Paper::Corrected(corrected.map(|(details, payload)| telling(details, payload)))
                }
                report::Event::Withdrawn(_) => Paper::Withdrawn,
                report::Event::Disputed(_) => Paper::Disputed,
            }),
            Payload::Corridor(_)
            | Payload::Constraint(_)
            | Payload::Delivery(_)
            | Payload::Incident(_)
            | Payload::Movement(_)
            | Payload::Statement(_)
            | Payload::Bulletin(_)
            | Payload::Actor(_)
            | Payload::Place(_) => Written::Report(telling(details, payload)),
        };
        Packed(postcard::to_stdvec(&written).expect("whatever was parsed can be packed"))
    }
}

fn telling<'e>(details: &'e Details, payload: &'e Payload, said: &mut Said) -> ToPack<'e> {
    // What is published somewhere, or supported by something, is said once.
    let is_usual = |source: &Source| source.url.is_none() && source.evidence.is_none();
    let source = details.source.as_deref().map(|source| match is_usual(source) {
        true => said.sources.say(source),
        false => Phrase::Itself(source),
    });
    let place = details.place.as_deref().map(|place| said.places.say(place));
    Telling { source, place, until: details.until, payload }
}

impl ToUnpack {
    fn told(self, said: &Said) -> Told {
        let Telling { source, place, until, payload } = self;
        let source = source.map(|source| said.sources.meant(source));
        let place = place.map(|place| said.places.meant(place));
        (Shown { source, place, until }, payload)
    }
}

impl Tape {
    /// Adds the next event.
    pub fn add(&mut self, position: Position, Packed(event): &Packed) {
        let (ahead, length) = (Number::new(position - self.last), Number::new(event.len() as u64));
        self.pages.add(&[ahead.bytes(), length.bytes(), event]);
        self.last = position;
        self.events += 1;
    }

    /// Whether the other is this tape, or a clone of it to which nothing was added since.
    #[must_use]
    pub fn is_same(&self, other: &Tape) -> bool {
        self.events == other.events && self.pages.is_same(&other.pages)
    }

    /// Whether the other is this tape as it was, or as it is.
    #[must_use]
    pub fn goes_on_from(&self, earlier: &Tape) -> bool {
        earlier.events <= self.events && self.pages.goes_on_from(&earlier.pages)
    }

    /// The number of events on it.
    #[must_use]
    pub fn len(&self) -> usize {
        self.events as usize
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.events == 0
    }

    /// The newest event, whatever position is asked.
    #[must_use]
    pub fn touched(&self) -> Option<Position> {
        (self.events > 0).then_some(self.last)
    }

    /// The events, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = Cut<'_>> {
        let mut pages = self.pages.iter();
        let (mut rest, mut position): (&[u8], _) = (&[], 0);
        std::iter::from_fn(move || {
            while rest.is_empty() {
                rest = pages.next()?;
            }
            position += Number::take(&mut rest);
            let length = usize::try_from(Number::take(&mut rest)).unwrap_or(usize::MAX);
            let (bytes, after) = rest.split_at_checked(length)?;
            rest = after;
            Some(Cut { position, bytes })
        })
    }

    /// The positions of all events.
    pub fn positions(&self) -> impl Iterator<Item = Position> {
        self.iter().map(|cut| cut.position)
    }

    /// The number of events up to `position`.
    #[must_use]
    pub fn version(&self, position: Position) -> u64 {
        match self.last <= position {
            true => u64::from(self.events),
            false => self.positions().take_while(|at| *at <= position).count() as u64,
        }
    }

    /// Whether the reader knows of the subject: sees a report on it. Paperwork alone, its report
    /// above the clearance, does not count (rule 47).
    #[must_use]
    pub fn is_known(&self, seen: Seen<'_>) -> bool {
        let reached = self.iter().take_while(|cut| seen.reaches(cut.position));
        reached.filter(Cut::is_report).any(|cut| seen.sees(cut.position))
    }
}

impl Cut<'_> {
    /// Whether it is a report, as against paperwork.
    #[must_use]
    pub fn is_report(&self) -> bool {
        self.bytes.first() == Some(&0) // the first of what can be written
    }

    /// What it says.
    #[must_use]
    pub fn unpacked(&self, said: &Said) -> Written<Told> {
        let written: Written<ToUnpack> =
            postcard::from_bytes(self.bytes).expect("what was packed here can be unpacked");
        let told = |telling: ToUnpack| telling.told(said);
        match written {
            Written::Report(telling) => Written::Report(told(telling)),
            Written::Paperwork(paper) => Written::Paperwork(match paper {
                Paper::Assessed(level) => Paper::Assessed(level),
                Paper::Corrected(telling) => Paper::Corrected(telling.map(told)),
                Paper::Withdrawn => Paper::Withdrawn,
                Paper::Disputed => Paper::Disputed,
            }),
        }
    }
}
