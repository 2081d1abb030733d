//! Where is where: the register of places, and those named without being in it.

use std::collections::BTreeSet;

use causeway_domain::place::Point;
use causeway_domain::register::{Place as Event, PlaceRegistered};
use causeway_domain::text::{Names, Title};
use causeway_domain::{Id, Kind, Payload};
use serde::Serialize;
use utoipa::ToSchema;

use crate::Seen;
use crate::areas::Area;
use crate::filter::{Words, spelled};
use crate::streams::Stream;
use crate::view::{Page, Paging, View};

/// A place as one reader sees it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = RegisteredPlace)]
pub struct Place {
    /// Its id in the register; for one that is only named, the P-code or id as written.
    #[schema(example = "lachin")]
    pub id: String,
    /// Its names, of equal standing.
    #[schema(required)]
    pub names: Option<Names>,
    /// P-code (OCHA COD-AB).
    #[schema(required)]
    pub pcode: Option<Title>,
    /// The edition of the code list.
    #[schema(required)]
    pub pcode_edition: Option<Title>,
    /// The place it lies in.
    #[schema(required)]
    pub parent: Option<Id>,
    /// Longitude, latitude.
    #[schema(required)]
    pub point: Option<Point>,
    /// Whether the register has it.
    pub registered: bool,
    /// The number of events on its entry in the register.
    pub version: u64,
}

/// Which places a list shows.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// This place, by id or P-code, or lying in it.
    pub area: Option<String>,
    /// With these words in the id or a name.
    pub words: Option<Words>,
}

impl Filter {
    fn shows(&self, place: &Place, area: Option<&Area<'_>>) -> bool {
        let lies_in = |area: &Area<'_>| area.holds_named(&place.id);
        let named = |words: &Words| {
            words.found_in(spelled(place.names.as_ref()).chain([place.id.as_str()]))
        };
        area.is_none_or(lies_in) && self.words.as_ref().is_none_or(named)
    }
}

impl View<'_> {
    /// The places known or named, by id.
    #[must_use]
    pub fn places(&self, filter: &Filter, paging: &Paging) -> Page<Place> {
        let registered: Vec<Place> = self.registered_places().collect();
        let codes: BTreeSet<&str> =
            registered.iter().filter_map(|place| place.pcode.as_deref()).collect();
        let ids: BTreeSet<&str> = registered.iter().map(|place| place.id.as_str()).collect();
        let named = self.snapshot.places_named.seen(self.seen);
        let unknown = named.filter(|name| !codes.contains(name) && !ids.contains(name));
        let mut places: Vec<Place> = unknown.map(only_named).collect();
        places.extend(registered.iter().cloned());
        places.sort_by(|one, other| one.id.cmp(&other.id));
        let last = paging.after.as_deref().unwrap_or_default();
        let rest = places.into_iter().filter(|place| place.id.as_str() > last);
        let keyed = rest.map(|place| (place.id.clone(), place));
        let area = filter.area.as_deref().map(|name| self.area(name));
        paging.cut(keyed.filter(|(_, place)| filter.shows(place, area.as_ref())))
    }

    /// One place, if the register has it or an event names it.
    #[must_use]
    pub fn place(&self, id: &str) -> Option<Place> {
        let stream = id.parse().ok().and_then(|id| self.known(Kind::Place, &id));
        match stream {
            Some(stream) => Some(self.about_place(id, &stream)),
            None => self.snapshot.places_named.has(id, self.seen).then(|| only_named(id)),
        }
    }

    /// Whether the register has a place of this id or P-code, or an event names it.
    #[must_use]
    pub fn knows_place(&self, name: &str) -> bool {
        self.place(name).is_some() || self.codes_a_place(name)
    }

    fn registered_places(&self) -> impl Iterator<Item = Place> {
        let streams = self.snapshot.streams(Kind::Place).after_id(None);
        let known = streams.filter(|(_, stream)| stream.is_known(self.seen));
        known.map(|(id, stream)| self.about_place(id.as_str(), &stream))
    }

    fn about_place(&self, id: &str, stream: &Stream) -> Place {
        let Some(entry) = registration(stream, self.seen) else {
            return Place { version: stream.version(self.seen), ..only_named(id) };
        };
        Place {
            id: id.to_owned(),
            names: Some(entry.names.clone()),
            pcode: entry.pcode.clone(),
            pcode_edition: entry.pcode_edition.clone(),
            parent: entry.parent.clone(),
            point: entry.point,
            registered: true,
            version: stream.version(self.seen),
        }
    }
}

fn only_named(id: &str) -> Place {
    Place {
        id: id.to_owned(),
        names: None,
        pcode: None,
        pcode_edition: None,
        parent: None,
        point: None,
        registered: false,
        version: 0,
    }
}

/// The registration that stands.
pub(crate) fn registration<'a>(stream: &'a Stream, seen: Seen<'a>) -> Option<&'a PlaceRegistered> {
    let Payload::Place(Event::Registered(entry)) = &stream.standing(seen).last()?.form.payload
    else {
        return None;
    };
    Some(entry)
}
