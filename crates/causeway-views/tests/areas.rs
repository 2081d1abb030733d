//! An area is a place and everything under it in the register, as the reader knows it.

use causeway_domain::words::Classification;
use causeway_views::{
    Asked, Paging, constraints, corridors, deliveries, disputes, incidents, movements, places,
};
use serde_json::{Value, json};

use crate::world::World;

/// A country with two regions, one of them in two editions, and something in each.
fn country() -> World {
    let mut world = World::default();
    for (id, code, edition, parent) in [
        ("land-2021", "LND", "2021", None),
        ("north-2021", "LND01", "2021", Some("land-2021")),
        ("south-2021", "LND02", "2021", Some("land-2021")),
        ("town-2021", "LND0101", "2021", Some("north-2021")),
        // In the newer edition the town's code stands for a village of the south.
        ("village-2024", "LND0101", "2024", Some("south-2021")),
        ("bridge", "", "", Some("town-2021")),
    ] {
        world.tell(registration(id, code, edition, parent));
    }
    let town = json!({"pcode": "LND0101", "pcode_edition": "2021"});
    let village = json!({"pcode": "LND0101", "pcode_edition": "2024"});
    let south = json!({"pcode": "LND02"});
    world.tell(event(
        "corridor.registered",
        "corridor/to-town",
        json!({
            "names": {"en": "Road"}, "serves": [town],
        }),
    ));
    world.tell(event(
        "corridor.status_reported",
        "corridor/to-town",
        json!({
            "status": "open", "source": {"kind": "media", "by": "a"},
        }),
    ));
    world.tell(event(
        "corridor.status_reported",
        "corridor/to-town",
        json!({
            "status": "closed", "source": {"kind": "media", "by": "b"},
        }),
    ));
    for (id, areas) in [("at-bridge", json!(["bridge"])), ("in-south", json!(["LND02"]))] {
        world.tell(event(
            "constraint.reported",
            &format!("constraint/{id}"),
            json!({
                "kind": "curfew", "category": "RMI", "title": "A bar", "areas": areas,
            }),
        ));
    }
    world.tell(event(
        "delivery.planned",
        "delivery/to-village",
        json!({
            "organisation": "un", "destination": village,
        }),
    ));
    world.tell(event(
        "incident.reported",
        "incident/in-town",
        json!({
            "kind": "shooting", "category": "VIO", "title": "Shots", "place": town,
        }),
    ));
    world.tell(event(
        "movement.reported",
        "movement/from-south",
        json!({
            "kind": "displacement", "from": south, "to": town, "persons": 5,
        }),
    ));
    world
}

fn registration(id: &str, code: &str, edition: &str, parent: Option<&str>) -> Value {
    let mut data = json!({"names": {"en": id}});
    for (name, value) in [("pcode", code), ("pcode_edition", edition)] {
        if !value.is_empty() {
            data[name] = json!(value);
        }
    }
    if let Some(parent) = parent {
        data["parent"] = json!(parent);
    }
    event("place.registered", &format!("place/{id}"), data)
}

fn event(name: &str, subject: &str, data: Value) -> Value {
    json!({"type": name, "subject": subject, "time": "d2", "data": data})
}

/// The ids of everything in an area, kind by kind.
fn found(world: &World, asked: &Asked, area: &str) -> Vec<String> {
    let (view, all, area) = (world.snapshot.view(asked), Paging::default(), Some(area.to_owned()));
    let corridors = corridors::Filter { area: area.clone(), ..Default::default() };
    let constraints = constraints::Filter { area: area.clone(), ..Default::default() };
    let deliveries = deliveries::Filter { area: area.clone(), ..Default::default() };
    let incidents = incidents::Filter { area: area.clone(), ..Default::default() };
    let movements = movements::Filter { area: area.clone(), ..Default::default() };
    let disputes = disputes::Filter { area, ..Default::default() };
    let ids = [
        view.corridors(&corridors, &all).items.into_iter().map(|one| one.id).collect::<Vec<_>>(),
        view.constraints(&constraints, &all).items.into_iter().map(|one| one.id).collect(),
        view.deliveries(&deliveries, &all).items.into_iter().map(|one| one.id).collect(),
        view.incidents(&incidents, &all).items.into_iter().map(|one| one.id).collect(),
        view.movements(&movements, &all).items.into_iter().map(|one| one.id).collect(),
    ];
    let disputes = view.disputes(&disputes, &all).items.into_iter();
    let disputes = disputes.map(|one| format!("dispute of {}", one.subject));
    ids.into_iter().flatten().map(|id| id.to_string()).chain(disputes).collect()
}

const TOWN: [&str; 5] =
    ["to-town", "at-bridge", "in-town", "from-south", "dispute of corridor/to-town"];

#[test]
fn an_area_covers_what_lies_under_it_in_the_register() {
    let world = country();
    let asked = world.ask("best", "d3");
    let land = [
        "to-town",
        "at-bridge",
        "in-south",
        "to-village",
        "in-town",
        "from-south",
        "dispute of corridor/to-town",
    ];
    assert_eq!(found(&world, &asked, "LND"), land);
    assert_eq!(found(&world, &asked, "land-2021"), land);
    assert_eq!(found(&world, &asked, "north-2021"), TOWN);
    assert_eq!(found(&world, &asked, "town-2021"), TOWN);
    assert_eq!(found(&world, &asked, "LND02"), ["in-south", "to-village", "from-south"]);
    assert_eq!(found(&world, &asked, "bridge"), ["at-bridge"]);
}

#[test]
fn a_code_means_what_its_edition_says() {
    let world = country();
    let asked = world.ask("best", "d3");
    assert_eq!(found(&world, &asked, "village-2024"), ["to-village"]);
    // The bare code is asked of every edition.
    let both = ["to-town", "at-bridge", "to-village", "in-town", "from-south"];
    assert_eq!(found(&world, &asked, "LND0101")[..5], both);
}

#[test]
fn places_of_one_code_in_one_edition_are_one_place() {
    let mut world = country();
    world.tell(registration("town-as-we-call-it", "LND0101", "2021", None));
    world.tell(event(
        "constraint.reported",
        "constraint/in-our-town",
        json!({
            "kind": "curfew", "category": "RMI", "title": "A bar", "areas": ["town-as-we-call-it"],
        }),
    ));
    let asked = world.ask("best", "d3");
    assert!(found(&world, &asked, "north-2021").contains(&"in-our-town".to_owned()));
    assert!(!found(&world, &asked, "south-2021").contains(&"in-our-town".to_owned()));
}

#[test]
fn a_parent_need_not_be_registered() {
    let mut world = World::default();
    world.tell(registration("child", "C1", "2021", Some("mother")));
    let asked = world.ask("best", "d3");
    let view = world.snapshot.view(&asked);
    assert!(view.area("mother").holds_named("child"));
}

#[test]
fn places_are_in_an_area_too() {
    let world = country();
    let asked = world.ask("best", "d3");
    let view = world.snapshot.view(&asked);
    let area = Some("north-2021".to_owned());
    let filter = places::Filter { area, ..Default::default() };
    let ids: Vec<_> = view.places(&filter, &Paging::default()).items;
    let ids: Vec<_> = ids.iter().map(|place| place.id.as_str()).collect();
    assert_eq!(ids, ["bridge", "north-2021", "town-2021"]);
}

#[test]
fn what_was_known_of_the_register_then_decides() {
    let mut world = country();
    let before = world.ask("best", "d3");
    let moved = json!({"event": crate::world::id(3), "reason": "a slip", "data": {
        "names": {"en": "Town"}, "pcode": "LND0101", "pcode_edition": "2021", "parent": "south-2021",
    }});
    world.tell(event("report.corrected", "place/town-2021", moved));
    let after = world.ask("best", "d3");
    assert_eq!(found(&world, &before, "north-2021"), TOWN);
    assert_eq!(found(&world, &after, "north-2021"), [""; 0]);
    assert!(found(&world, &after, "LND02").contains(&"to-town".to_owned()));
}

#[test]
fn a_place_above_the_clearance_joins_nothing() {
    let mut world = World::default();
    world.tell(registration("land", "LND", "2021", None));
    let mut hidden = registration("town", "LND01", "2021", Some("land"));
    hidden["dataclassification"] = json!("confidential");
    world.tell(hidden);
    world.tell(event(
        "incident.reported",
        "incident/shots",
        json!({
            "kind": "shooting", "category": "VIO", "title": "Shots", "place": {"pcode": "LND01"},
        }),
    ));
    let asked = world.ask("best", "d3");
    assert_eq!(found(&world, &asked, "land"), ["shots"]);
    let public = Asked { clearance: Classification::Public, ..asked };
    assert_eq!(found(&world, &public, "land"), [""; 0]);
}

#[test]
fn a_register_that_leads_in_a_circle_leads_nowhere() {
    let mut world = World::default();
    world.tell(registration("one", "A1", "2021", Some("two")));
    world.tell(registration("two", "A2", "2021", Some("one")));
    world.tell(registration("other", "A3", "2021", None));
    world.tell(event(
        "incident.reported",
        "incident/shots",
        json!({
            "kind": "shooting", "category": "VIO", "title": "Shots", "place": {"pcode": "A1"},
        }),
    ));
    let asked = world.ask("best", "d3");
    assert_eq!(found(&world, &asked, "two"), ["shots"]);
    assert_eq!(found(&world, &asked, "other"), [""; 0]);
}
