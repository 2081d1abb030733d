//! Who moved, how many, and which way?

use causeway_domain::movement::{Event, Reported};
use causeway_domain::place::Place;
use causeway_domain::quantity::Count;
use causeway_domain::words::{Direction, MovementKind};
use causeway_domain::{EventId, Id, Kind, Payload, Time};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::areas::Area;
use crate::claims::Speaker;
use crate::filter::{Words, spelled};
use crate::incidents::{Figures, happened_within};
use crate::reports::{Form, Standing};
use crate::streams::Stream;
use crate::view::{Page, Paging, View};

/// A movement of people as one reader sees it at one moment.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Movement {
    /// Its id.
    pub id: Id,
    /// The number of events on it.
    pub version: u64,
    /// Why they moved.
    #[schema(required)]
    pub kind: Option<MovementKind>,
    /// When: the time of its first report that stands.
    #[schema(required)]
    pub time: Option<Time>,
    /// The corridor they took.
    #[schema(required)]
    pub corridor: Option<Id>,
    /// Where from.
    #[schema(required)]
    pub from: Option<Place>,
    /// Where to.
    #[schema(required)]
    pub to: Option<Place>,
    /// Which way along the corridor.
    #[schema(required)]
    pub direction: Option<Direction>,
    /// How many, as resolved; null where nobody gives a number. Never summed over reports.
    #[schema(required)]
    pub persons: Option<Count>,
    /// Whether that is a running total of its source.
    pub cumulative: bool,
    /// How that was resolved.
    pub figures: Figures<Count>,
    /// All standing reports with a number, oldest first, under every policy.
    pub revisions: Vec<Revision>,
}

/// One report's number.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = MovementRevision)]
pub struct Revision {
    /// The report.
    pub event: EventId,
    /// The time its number stands for.
    pub time: Time,
    /// How many.
    pub persons: Count,
    /// Whether it is a running total.
    pub cumulative: bool,
    /// Who says so; null where the report names nobody.
    #[schema(required)]
    pub by: Option<Id>,
}

/// Which movements a list shows.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Of this kind.
    pub kind: Option<MovementKind>,
    /// Along this corridor.
    pub corridor: Option<Id>,
    /// From or to this place, by id or P-code, or one that lies in it.
    pub area: Option<String>,
    /// At or after this instant.
    pub from: Option<DateTime<Utc>>,
    /// Before this instant.
    pub to: Option<DateTime<Utc>>,
    /// With these words in the id or the names of its places.
    pub words: Option<Words>,
}

impl Filter {
    fn shows(&self, movement: &Movement, area: Option<&Area<'_>>) -> bool {
        let ends = || [movement.from.as_ref(), movement.to.as_ref()];
        let touches = |area: &Area<'_>| ends().into_iter().any(|place| area.holds(place));
        let named = |words: &Words| {
            let names =
                ends().into_iter().flatten().flat_map(|place| spelled(place.names.as_ref()));
            words.found_in(names.chain([movement.id.as_str()]))
        };
        self.kind.is_none_or(|kind| movement.kind == Some(kind))
            && self.corridor.as_ref().is_none_or(|id| movement.corridor.as_ref() == Some(id))
            && area.is_none_or(touches)
            && happened_within(movement.time, self.from, self.to)
            && self.words.as_ref().is_none_or(named)
    }
}

impl View<'_> {
    /// The movements that have happened, newest first.
    #[must_use]
    pub fn movements(&self, filter: &Filter, paging: &Paging) -> Page<Movement> {
        let begun = self.by_time(Kind::Movement, paging);
        let movements = begun.map(|(key, id, stream)| (key, self.about_movement(id, &stream)));
        let area = filter.area.as_deref().map(|name| self.area(name));
        paging.cut(movements.filter(|(_, movement)| filter.shows(movement, area.as_ref())))
    }

    /// One movement, if the reader knows of it.
    #[must_use]
    pub fn movement(&self, id: &Id) -> Option<Movement> {
        Some(self.about_movement(id, &*self.known(Kind::Movement, id)?))
    }

    fn about_movement(&self, id: &Id, stream: &Stream) -> Movement {
        let claims = self.claims(stream, |said| persons(said).map(|(persons, _)| persons));
        let resolved = self.scales().resolve(&claims.iter().collect::<Vec<_>>());
        let (persons, figures) = Figures::of(resolved);
        let revisions = self.person_revisions(stream);
        let winner = figures.basis.first();
        let won = revisions.iter().find(|revision| Some(&revision.event) == winner);
        Movement {
            id: id.clone(),
            version: stream.version(self.seen),
            kind: self.earliest(stream, |form| Some(reported(form)?.kind)),
            time: stream.first_standing(self.seen).map(|first| first.report.time),
            corridor: self.earliest(stream, |form| reported(form)?.corridor.clone()),
            from: self.earliest(stream, |form| reported(form)?.from.clone()),
            to: self.earliest(stream, |form| reported(form)?.to.clone()),
            direction: self.earliest(stream, |form| reported(form)?.direction),
            persons,
            cumulative: won.is_some_and(|revision| revision.cumulative),
            figures,
            revisions,
        }
    }

    fn person_revisions(&self, stream: &Stream) -> Vec<Revision> {
        let revision = |standing: &Standing<'_>| {
            let (persons, cumulative) = persons(&standing.form.payload)?;
            Some(Revision {
                event: standing.report.id,
                time: standing.report.time,
                persons,
                cumulative,
                by: Speaker::of(standing).actor().cloned(),
            })
        };
        self.happened(stream).iter().filter_map(revision).collect()
    }
}

pub(crate) fn reported(form: &Form) -> Option<&Reported> {
    let Payload::Movement(Event::Reported(report)) = &form.payload else {
        return None;
    };
    Some(report)
}

pub(crate) fn persons(said: &Payload) -> Option<(Count, bool)> {
    let Payload::Movement(event) = said else {
        return None;
    };
    event.persons()
}
