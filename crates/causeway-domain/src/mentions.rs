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
    found.place(details.place.as_deref());
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
        self.places.extend(place.and_then(|place| place.pcode.as_deref()));
    }

    fn areas(&mut self, areas: Option<&'a List<Title>>) {
        self.places.extend(areas.into_iter().flat_map(|list| list.iter()).map(|area| &**area));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::parse;

    fn named_by(type_name: &str, data: &str) -> (Vec<String>, Vec<String>) {
        let kind = match type_name.split('.').next().unwrap() {
            "report" => "corridor",
            kind => kind,
        };
        let event = parse(&format!(
            r#"{{"specversion":"1.0","type":"{type_name}","subject":"{kind}/a",
                 "time":"2023-06-15T13:19:00Z","data":{data}}}"#
        ));
        let event = event.unwrap();
        let found = mentions(&event.details, &event.payload);
        let actors = found.actors.into_iter().map(Id::to_string).collect();
        (actors, found.places.into_iter().map(str::to_owned).collect())
    }

    #[test]
    fn any_event_may_name_its_source_and_its_place() {
        let data = r#"{"event":"00000000-0000-0000-0000-000000000001","reason":"r",
            "source":{"kind":"media","by":"a1","relayed_by":"a2"},"place":{"pcode":"p1"}}"#;
        let (actors, places) = named_by("report.disputed.v1", data);
        assert_eq!((actors, places), (vec!["a1".into(), "a2".into()], vec!["p1".into()]));
    }

    /// Each with the actors and the places that it names.
    const NAMING: [(&str, &str, &str, &str); 15] = [
        (
            "corridor.registered.v1",
            r#"{"names":{"en":"n"},"from":{"pcode":"p1"},"to":{"pcode":"p2"},
                "serves":[{"pcode":"p3"},{"name":"no code"}]}"#,
            "",
            "p1 p2 p3",
        ),
        ("corridor.status_reported.v1", r#"{"status":"open","controlled_by":"a1"}"#, "a1", ""),
        (
            "corridor.control_reported.v1",
            r#"{"controlled_by":"a1","checkpoint":{"pcode":"p1"}}"#,
            "a1",
            "p1",
        ),
        (
            "corridor.traffic_counted.v1",
            r#"{"starts":"2023-06-15T00:00:00Z","ends":"2023-06-16T00:00:00Z","vehicles":1,
                "counting_point":{"pcode":"p1"}}"#,
            "",
            "p1",
        ),
        (
            "constraint.reported.v1",
            r#"{"kind":"blockade","category":"RMI","title":"t","areas":["p1","p2"],
                "imposed_by":"a1"}"#,
            "a1",
            "p1 p2",
        ),
        ("constraint.eased.v1", r#"{"areas":["p1"]}"#, "", "p1"),
        (
            "delivery.planned.v1",
            r#"{"organisation":"a1","destination":{"pcode":"p1"},"origin":{"pcode":"p2"}}"#,
            "a1",
            "p1 p2",
        ),
        (
            "delivery.reported.v1",
            r#"{"stage":"held","organisation":"a1","destination":{"pcode":"p1"}}"#,
            "a1",
            "p1",
        ),
        ("delivery.clearance_denied.v1", r#"{"authority":"a1"}"#, "a1", ""),
        ("delivery.turned_back.v1", r#"{"by":"a1"}"#, "a1", ""),
        ("incident.attributed.v1", r#"{"actor":"a1"}"#, "a1", ""),
        (
            "movement.reported.v1",
            r#"{"kind":"return","from":{"pcode":"p1"},"to":{"pcode":"p2"}}"#,
            "",
            "p1 p2",
        ),
        ("statement.recorded.v1", r#"{"by":"a1","summary":"s"}"#, "a1", ""),
        ("actor.registered.v1", r#"{"names":{"en":"n"},"kind":"ngo","part_of":"a1"}"#, "a1", ""),
        ("place.registered.v1", r#"{"names":{"en":"n"},"parent":"p1"}"#, "", "p1"),
    ];

    #[test]
    fn every_actor_and_place_that_an_event_names_is_found() {
        for (type_name, data, actors, places) in NAMING {
            let found = named_by(type_name, data);
            assert_eq!((found.0.join(" "), found.1.join(" ")), (actors.into(), places.into()));
        }
    }
}
