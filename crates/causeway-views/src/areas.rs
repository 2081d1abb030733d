//! Which places lie in an area: the register of places, climbed from parent to parent.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use causeway_domain::place::Place;
use causeway_domain::register::{Place as Event, PlaceRegistered};
use causeway_domain::{Id, Kind, Payload};
use rpds::RedBlackTreeMapSync;

use crate::places::registration;
use crate::sequence::Sequence;
use crate::view::{Snapshot, View};

/// The places that were ever registered under each P-code; what one is called now, its own
/// stream says.
#[derive(Debug, Clone, Default)]
pub struct Codes {
    pub(crate) by_code: RedBlackTreeMapSync<Arc<str>, Sequence<Id>>,
}

impl Codes {
    /// The place was registered, or corrected, to have this P-code.
    pub(crate) fn note(&mut self, code: &str, place: &Id) {
        match self.by_code.get_mut(code) {
            Some(places) => places.push(place.clone()),
            None => {
                let mut places = Sequence::default();
                places.push(place.clone());
                self.by_code.insert_mut(code.into(), places);
            }
        }
    }

    fn places(&self, code: &str) -> impl Iterator<Item = &Id> {
        self.by_code.get(code).into_iter().flat_map(Sequence::iter)
    }
}

/// A place, named by its id or its P-code, and everything that lies in it as one reader knows the
/// register.
#[derive(Debug)]
pub struct Area<'v> {
    view: &'v View<'v>,
    name: &'v str,
    /// What was found out about places so far.
    known: RefCell<HashMap<Id, bool>>,
}

impl View<'_> {
    /// The area of this place id or P-code.
    #[must_use]
    pub fn area<'v>(&'v self, name: &'v str) -> Area<'v> {
        Area { view: self, name, known: RefCell::default() }
    }

    /// Whether some place is registered under this P-code.
    pub(crate) fn codes_a_place(&self, code: &str) -> bool {
        let entries = self.snapshot.codes.places(code).filter_map(|id| self.registered_place(id));
        entries.into_iter().any(|entry| entry.pcode.as_deref() == Some(code))
    }

    fn registered_place(&self, id: &Id) -> Option<PlaceRegistered> {
        registration(&*self.snapshot.streams(Kind::Place).unpacked(id)?, self.seen).cloned()
    }
}

impl Area<'_> {
    /// Whether the place lies in it, going by its P-code. A P-code means what its edition says;
    /// without one, what any edition says.
    #[must_use]
    pub fn holds(&self, place: Option<&Place>) -> bool {
        let Some((code, place)) = place.and_then(|place| Some((place.pcode.as_deref()?, place)))
        else {
            return false;
        };
        let is_of_edition = |entry: &PlaceRegistered| {
            let editions = place.pcode_edition.as_deref().zip(entry.pcode_edition.as_deref());
            editions.is_none_or(|(one, other)| one == other)
        };
        code == self.name || self.holds_coded(code, is_of_edition)
    }

    /// Whether what goes by this place id or P-code lies in it.
    #[must_use]
    pub fn holds_named(&self, name: &str) -> bool {
        let by_id = || name.parse().is_ok_and(|id| self.holds_place(&id));
        name == self.name || by_id() || self.holds_coded(name, |_| true)
    }

    fn holds_coded(&self, code: &str, counts: impl Fn(&PlaceRegistered) -> bool) -> bool {
        let has_code = |id: &&Id| {
            let entry = self.view.registered_place(id);
            entry.is_some_and(|entry| entry.pcode.as_deref() == Some(code) && counts(&entry))
        };
        self.view.snapshot.codes.places(code).filter(has_code).any(|id| self.holds_place(id))
    }

    /// Whether this place, or one that it lies in, is the area. Places of one P-code in one edition
    /// are one place, whichever of them says in what it lies. A register that leads in a circle
    /// leads nowhere.
    fn holds_place(&self, id: &Id) -> bool {
        if let Some(known) = self.known.borrow().get(id) {
            return *known;
        }
        let (mut seen, mut unvisited) = (HashSet::from([id.clone()]), vec![id.clone()]);
        let mut holds = false;
        while let Some(place) = unvisited.pop() {
            let entry = self.view.registered_place(&place);
            let code = entry.as_ref().and_then(|entry| entry.pcode.as_deref());
            holds |= place.as_str() == self.name || code == Some(self.name);
            let parent = entry.as_ref().and_then(|entry| entry.parent.as_ref());
            let same = entry.iter().flat_map(|entry| self.same_as(entry));
            let next = parent.into_iter().chain(same).cloned();
            unvisited.extend(next.filter(|place| seen.insert(place.clone())));
        }
        self.known.borrow_mut().insert(id.clone(), holds);
        holds
    }

    /// The places registered under the same P-code in the same edition.
    fn same_as<'s>(&'s self, entry: &'s PlaceRegistered) -> impl Iterator<Item = &'s Id> {
        let code = entry.pcode.as_deref().filter(|_| entry.pcode_edition.is_some());
        let places = code.into_iter().flat_map(|code| self.view.snapshot.codes.places(code));
        places.filter(move |id| {
            self.view.registered_place(id).is_some_and(|other| {
                other.pcode == entry.pcode && other.pcode_edition == entry.pcode_edition
            })
        })
    }
}

impl Snapshot {
    /// Notes the P-code under which a place is registered.
    pub(crate) fn note_code(&mut self, place: &Id, said: &Payload) {
        if let Payload::Place(Event::Registered(entry)) = said
            && let Some(code) = &entry.pcode
        {
            self.codes.note(code, place);
        }
    }
}
