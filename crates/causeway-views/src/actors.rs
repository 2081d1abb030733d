//! Who is who: the register of actors, and those named without being in it.

use std::collections::{BTreeMap, BTreeSet};

use causeway_domain::register::{Actor as Event, ActorRegistered};
use causeway_domain::text::Names;
use causeway_domain::words::{ActorKind, Reliability};
use causeway_domain::{Id, Kind, Payload};
use serde::Serialize;
use utoipa::ToSchema;

use crate::Seen;
use crate::filter::{Words, spelled};
use crate::streams::{Stream, Streams};
use crate::view::{Page, Paging, View};

/// An actor as one reader sees it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Actor {
    /// Its id.
    #[schema(example = "icrc")]
    pub id: Id,
    /// Its names, of equal standing.
    #[schema(required)]
    pub names: Option<Names>,
    /// What sort of actor.
    #[schema(required)]
    pub kind: Option<ActorKind>,
    /// How far it can be trusted as a source, by its record; it takes no part in any policy.
    #[schema(required)]
    pub reliability: Option<Reliability>,
    /// The actor it belongs to.
    #[schema(required)]
    pub part_of: Option<Id>,
    /// Whether the register has it.
    pub registered: bool,
    /// The number of events on its entry in the register.
    pub version: u64,
}

/// Which actors a list shows.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Of this kind.
    pub kind: Option<ActorKind>,
    /// Part of this actor, directly.
    pub organisation: Option<Id>,
    /// With these words in the id or a name.
    pub words: Option<Words>,
}

impl Filter {
    fn shows(&self, actor: &Actor) -> bool {
        let named = |words: &Words| {
            words.found_in(spelled(actor.names.as_ref()).chain([actor.id.as_str()]))
        };
        self.kind.is_none_or(|kind| actor.kind == Some(kind))
            && self.organisation.as_ref().is_none_or(|whole| actor.part_of.as_ref() == Some(whole))
            && self.words.as_ref().is_none_or(named)
    }
}

impl View<'_> {
    /// The actors known or named, by id.
    #[must_use]
    pub fn actors(&self, filter: &Filter, paging: &Paging) -> Page<Actor> {
        let last = paging.after_id();
        let registered = self.snapshot.streams(Kind::Actor).after_id(None);
        let registered = registered.filter(|(_, stream)| stream.is_known(self.seen));
        let named = self.snapshot.actors_named.seen(self.seen).filter_map(|id| id.parse().ok());
        let ids: BTreeSet<Id> = registered.map(|(id, _)| id.clone()).chain(named).collect();
        let rest = ids.into_iter().filter(|id| last.as_ref().is_none_or(|last| id > last));
        let actors = rest.map(|id| (id.to_string(), self.about_actor(&id)));
        paging.cut(actors.filter(|(_, actor)| filter.shows(actor)))
    }

    /// One actor, if the register has it or an event names it.
    #[must_use]
    pub fn actor(&self, id: &Id) -> Option<Actor> {
        let stream = self.snapshot.streams(Kind::Actor).get(id);
        let is_known = stream.is_some_and(|stream| stream.is_known(self.seen))
            || self.snapshot.actors_named.has(id.as_str(), self.seen);
        is_known.then(|| self.about_actor(id))
    }

    /// Whether the register has the actor, an event names it, or it recorded one.
    #[must_use]
    pub fn knows_actor(&self, id: &Id) -> bool {
        self.actor(id).is_some() || self.snapshot.recorders.has(id.as_str(), self.seen)
    }

    fn about_actor(&self, id: &Id) -> Actor {
        let stream = self.snapshot.streams(Kind::Actor).unpacked(id);
        let entry = stream.as_ref().and_then(|stream| registration(stream, self.seen));
        Actor {
            id: id.clone(),
            names: entry.map(|entry| entry.names.clone()),
            kind: entry.map(|entry| entry.kind),
            reliability: entry.and_then(|entry| entry.reliability),
            part_of: entry.and_then(|entry| entry.part_of.clone()),
            registered: entry.is_some(),
            version: stream.as_ref().map_or(0, |stream| stream.version(self.seen)),
        }
    }
}

/// The registration that stands.
fn registration<'a>(stream: &'a Stream, seen: Seen<'a>) -> Option<&'a ActorRegistered> {
    let Payload::Actor(Event::Registered(entry)) = &stream.standing(seen).last()?.form.payload
    else {
        return None;
    };
    Some(entry)
}

/// `actor` and every actor under it in the register (rule 9).
pub(crate) fn part_of(actor: &Id, register: Streams<'_>, seen: Seen<'_>) -> BTreeSet<Id> {
    let mut parts: BTreeMap<Id, Vec<&Id>> = BTreeMap::new();
    for (id, stream) in register.after_id(None) {
        if let Some(whole) = registration(&stream, seen).and_then(|entry| entry.part_of.clone()) {
            parts.entry(whole).or_default().push(id);
        }
    }
    let mut under = BTreeSet::from([actor.clone()]);
    let mut unvisited = vec![actor];
    while let Some(whole) = unvisited.pop() {
        for part in parts.get(whole).into_iter().flatten() {
            if under.insert(Id::clone(part)) {
                unvisited.push(part);
            }
        }
    }
    under
}
