//! Which actors and places an event names. Unknown ones are accepted, and marked.

use crate::details::Details;
use crate::event::Payload;
use crate::id::Id;
use crate::text::{List, Title};
use crate::{constraint, corridor, delivery, incident, place, register};

/// What an event names that a register may know.
#[derive(Debug, Default)]
pub struct Mentions<'a> {
    /// Actors, by id.
    pub actors: Vec<&'a Id>,
    /// Places, by id or P-code, as written.
    pub places: Vec<&'a str>,
}

/// What an event of these details and this payload names.
#[must_use]
pub fn mentions<'a>(details: &'a Details, payload: &'a Payload) -> Mentions<'a> {
    let mut found = Mentions::default();
    if let Some(source) = &details.source {
        found.actors.extend(&source.by);
        found.actors.extend(&source.relayed_by);
    }
    found.place(details.place.as_ref());
    match payload {
        Payload::Corridor(event) => found.corridor(event),
        Payload::Constraint(event) => found.constraint(event),
        Payload::Delivery(event) => found.delivery(event),
        Payload::Incident(incident::Event::Attributed(claim)) => found.actors.push(&claim.actor),
        Payload::Movement(crate::movement::Event::Reported(report)) => {
            found.place(report.from.as_ref());
            found.place(report.to.as_ref());
        }
        Payload::Statement(crate::statement::Event::Recorded(said)) => found.actors.push(&said.by),
        Payload::Actor(register::Actor::Registered(actor)) => found.actors.extend(&actor.part_of),
        Payload::Place(register::Place::Registered(place)) => {
            found.places.extend(place.parent.as_ref().map(Id::as_str));
        }
        Payload::Incident(_) | Payload::Movement(_) | Payload::Bulletin(_) | Payload::Report(_) => {
        }
    }
    found
}

impl<'a> Mentions<'a> {
    fn place(&mut self, place: Option<&'a place::Place>) {
        self.places
            .extend(place.and_then(|place| place.pcode.as_deref()));
    }

    fn areas(&mut self, areas: Option<&'a List<Title>>) {
        self.places.extend(
            areas
                .into_iter()
                .flat_map(|list| list.iter())
                .map(|area| &**area),
        );
    }

    fn corridor(&mut self, event: &'a corridor::Event) {
        match event {
            corridor::Event::Registered(registered) => {
                self.place(registered.from.as_ref());
                self.place(registered.to.as_ref());
                let serves = registered.serves.iter().flat_map(|list| list.iter());
                serves.for_each(|place| self.place(Some(place)));
            }
            corridor::Event::StatusReported(report) => self.actors.extend(&report.controlled_by),
            corridor::Event::ControlReported(report) => {
                self.actors.push(&report.controlled_by);
                self.place(report.checkpoint.as_ref());
            }
            corridor::Event::TrafficCounted(count) => self.place(Some(&count.counting_point)),
            corridor::Event::WindowAnnounced(_) | corridor::Event::WindowWithdrawn(_) => {}
        }
    }

    fn constraint(&mut self, event: &'a constraint::Event) {
        match event {
            constraint::Event::Reported(report) => {
                self.actors.extend(&report.imposed_by);
                self.areas(report.areas.as_ref());
            }
            constraint::Event::Tightened(change) | constraint::Event::Eased(change) => {
                self.areas(change.areas.as_ref());
            }
            constraint::Event::Lifted(_)
            | constraint::Event::Resumed(_)
            | constraint::Event::Mitigated(_) => {}
        }
    }

    fn delivery(&mut self, event: &'a delivery::Event) {
        match event {
            delivery::Event::Planned(plan) => {
                self.actors.push(&plan.organisation);
                self.place(Some(&plan.destination));
                self.place(plan.origin.as_ref());
            }
            delivery::Event::Reported(report) => {
                self.actors.extend(&report.organisation);
                self.place(report.destination.as_ref());
            }
            delivery::Event::ClearanceRequested(step)
            | delivery::Event::ClearanceGranted(step)
            | delivery::Event::ClearanceDenied(step) => self.actors.push(&step.authority),
            delivery::Event::Held(step)
            | delivery::Event::Released(step)
            | delivery::Event::TurnedBack(step) => self.actors.extend(&step.by),
            delivery::Event::Dispatched(_)
            | delivery::Event::Crossed(_)
            | delivery::Event::Arrived(_)
            | delivery::Event::Distributed(_)
            | delivery::Event::Rerouted(_)
            | delivery::Event::LossRecorded(_)
            | delivery::Event::Postponed(_)
            | delivery::Event::Cancelled(_)
            | delivery::Event::Closed(_) => {}
        }
    }
}
