//! Which subjects a question is about: what touches a corridor, what lies in an area.

use std::cell::RefCell;
use std::collections::HashMap;

use causeway_domain::place::Place;
use causeway_domain::{Id, Kind, Payload, statement};

use crate::areas::Area;
use crate::streams::Stream;
use crate::view::View;
use crate::{constraints, incidents, movements};

/// The subjects that touch a corridor and lie in an area, where these are given. What a subject
/// touches is taken from whoever said it last: a policy decides what is answered of a subject, not
/// whether it is asked about.
#[derive(Debug)]
pub struct Scope<'v> {
    view: &'v View<'v>,
    corridor: Option<&'v Id>,
    area: Option<Area<'v>>,
    /// What was found out about subjects so far.
    known: RefCell<HashMap<(Kind, Id), bool>>,
}

/// What one subject touches.
#[derive(Default)]
struct Touched<'s> {
    corridors: Vec<&'s Id>,
    /// Places as reports describe them, by P-code.
    places: Vec<&'s Place>,
    /// Places by id or P-code.
    named: Vec<&'s str>,
}

impl<'v> Scope<'v> {
    /// Everything, less what is not asked for.
    #[must_use]
    pub fn new(view: &'v View<'v>, corridor: Option<&'v Id>, area: Option<&'v str>) -> Scope<'v> {
        let area = area.map(|name| view.area(name));
        Scope { view, corridor, area, known: RefCell::default() }
    }

    /// Whether the subject is meant.
    #[must_use]
    pub fn takes(&self, kind: Kind, id: &Id) -> bool {
        if self.corridor.is_none() && self.area.is_none() {
            return true;
        }
        let key = (kind, id.clone());
        if let Some(known) = self.known.borrow().get(&key) {
            return *known;
        }
        let takes = self.looks_at(kind, id);
        self.known.borrow_mut().insert(key, takes);
        takes
    }

    fn looks_at(&self, kind: Kind, id: &Id) -> bool {
        let Some(stream) = self.view.snapshot.streams(kind).unpacked(id) else {
            return false;
        };
        if let Some(said) = self.view.statement_about(kind, &stream) {
            // What is said about a subject is about what that touches.
            return said.iter().any(|subject| {
                subject.kind != Kind::Statement && self.takes(subject.kind, &subject.id)
            });
        }
        let touched = self.view.touched(kind, id, &stream);
        let is_in = |area: &Area<'_>| {
            touched.places.iter().any(|place| area.holds(Some(place)))
                || touched.named.iter().any(|name| area.holds_named(name))
        };
        self.corridor.is_none_or(|corridor| touched.corridors.contains(&corridor))
            && self.area.as_ref().is_none_or(is_in)
    }
}

impl View<'_> {
    fn touched<'s>(&'s self, kind: Kind, id: &'s Id, stream: &'s Stream) -> Touched<'s> {
        match kind {
            Kind::Corridor => {
                let serves = self.registered_corridor(stream).and_then(|of| of.serves.as_deref());
                let places = serves.into_iter().flatten().collect();
                Touched { corridors: vec![id], places, ..Touched::default() }
            }
            Kind::Constraint => self.constraint_touches(stream),
            Kind::Delivery => {
                let corridors = self.delivery_corridor(stream).into_iter().collect();
                let places = self.delivery_destination(stream).into_iter().collect();
                Touched { corridors, places, ..Touched::default() }
            }
            Kind::Incident => self.incident_touches(stream),
            Kind::Movement => self.movement_touches(stream),
            Kind::Place => Touched { named: vec![id.as_str()], ..Touched::default() },
            Kind::Statement | Kind::Bulletin | Kind::Actor => Touched::default(),
        }
    }

    fn constraint_touches<'s>(&'s self, stream: &'s Stream) -> Touched<'s> {
        let mut touched = Touched::default();
        for standing in self.happened(stream) {
            let Payload::Constraint(said) = &standing.form.payload else { continue };
            if let Some(corridors) = constraints::corridors_of(said) {
                touched.corridors = corridors.iter().collect();
            }
            if let Some(areas) = constraints::areas_of(said) {
                touched.named = areas.iter().map(|area| &**area).collect();
            }
        }
        touched
    }

    fn incident_touches<'s>(&'s self, stream: &'s Stream) -> Touched<'s> {
        let corridors =
            self.earliest(stream, |form| incidents::reported(form)?.corridors.as_deref());
        let place = self
            .earliest(stream, |form| incidents::reported(form).and(form.details.place.as_deref()));
        Touched {
            corridors: corridors.into_iter().flatten().collect(),
            places: place.into_iter().collect(),
            ..Touched::default()
        }
    }

    fn movement_touches<'s>(&'s self, stream: &'s Stream) -> Touched<'s> {
        let corridor = self.earliest(stream, |form| movements::reported(form)?.corridor.as_ref());
        let from = self.earliest(stream, |form| movements::reported(form)?.from.as_ref());
        let to = self.earliest(stream, |form| movements::reported(form)?.to.as_ref());
        Touched {
            corridors: corridor.into_iter().collect(),
            places: from.into_iter().chain(to).collect(),
            ..Touched::default()
        }
    }

    /// The subjects that a statement speaks of; none for what is no statement.
    fn statement_about<'s>(
        &'s self,
        kind: Kind,
        stream: &'s Stream,
    ) -> Option<&'s [causeway_domain::SubjectId]> {
        let about = || {
            self.earliest(stream, |form| {
                let Payload::Statement(statement::Event::Recorded(said)) = &form.payload else {
                    return None;
                };
                said.about.as_deref()
            })
        };
        (kind == Kind::Statement).then(|| about().unwrap_or_default())
    }
}
