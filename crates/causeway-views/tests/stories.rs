//! Stories told and asked about, each with the answer worked out by hand.

use std::collections::BTreeMap;

use causeway_views::{Paging, deliveries};
use serde_json::{Value, json};

use crate::world::{World, id, sent};

fn delivery(world: &mut World, subject: &str, what: &str, time: &str, data: Value) {
    world.tell(json!({
        "type": format!("delivery.{what}"),
        "subject": format!("delivery/{subject}"),
        "time": time,
        "data": data,
    }));
}

fn plan(world: &mut World, subject: &str) {
    let data = json!({"organisation": "un", "destination": {"name": "Northern Gaza"}});
    delivery(world, subject, "planned", "d1", data);
}

fn lines(tonnes: &str) -> Value {
    json!({"lines": [{"line": "food", "quantity": {"value": tonnes, "unit": "t"}}]})
}

/// How each of the missions of January 2024 to northern Gaza went, as OCHA reports them.
fn missions() -> World {
    let mut world = World::default();
    let mut number = 0;
    let mut plan_next = |world: &mut World| {
        number += 1;
        let subject = format!("mission-{number:02}");
        plan(world, &subject);
        subject
    };
    for _ in 0..10 {
        let mission = plan_next(&mut world);
        delivery(&mut world, &mission, "clearance_granted", "d2", json!({"authority": "il-cogat"}));
        delivery(&mut world, &mission, "dispatched", "d3", lines("10"));
        delivery(&mut world, &mission, "arrived", "d3h4", lines("10"));
    }
    for _ in 0..2 {
        let mission = plan_next(&mut world);
        delivery(&mut world, &mission, "dispatched", "d3", lines("10"));
        delivery(&mut world, &mission, "arrived", "d3h4", lines("4"));
    }
    for _ in 0..34 {
        let mission = plan_next(&mut world);
        delivery(&mut world, &mission, "clearance_denied", "d2", json!({"authority": "il-cogat"}));
    }
    for turned_back in 0..9 {
        let mission = plan_next(&mut world);
        delivery(&mut world, &mission, "dispatched", "d3", lines("10"));
        delivery(&mut world, &mission, "held", "d3h1", json!({}));
        let (end, at) = if turned_back < 5 { ("turned_back", "d3h2") } else { ("arrived", "d3h4") };
        delivery(&mut world, &mission, end, at, json!({}));
    }
    for _ in 0..6 {
        let mission = plan_next(&mut world);
        delivery(&mut world, &mission, "postponed", "d2", json!({}));
    }
    world
}

#[test]
fn the_missions_of_january_2024_come_out_as_ocha_counted_them() {
    let world = missions();
    let asked = world.ask("best", "d31");
    let page =
        world.snapshot.view(&asked).deliveries(&deliveries::Filter::default(), &Paging::default());
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for delivery in &page.items {
        *counts.entry(delivery.outcome.to_string()).or_default() += 1;
    }
    let expected = [
        ("denied", 34, 56),
        ("facilitated", 10, 16),
        ("impeded", 9, 15),
        ("partially_facilitated", 2, 3),
        ("postponed", 6, 10),
    ];
    let planned = page.items.len();
    let percent = |count: usize| (count * 200 + planned) / (2 * planned);
    let found: Vec<(&str, usize, usize)> =
        counts.iter().map(|(outcome, count)| (&**outcome, *count, percent(*count))).collect();
    assert_eq!((planned, &found[..]), (61, &expected[..]));
}

fn corridor(world: &mut World, what: &str, time: &str, data: Value) -> String {
    world.tell(json!({
        "type": format!("corridor.{what}"),
        "subject": "corridor/road",
        "time": time,
        "data": data,
    }))
}

fn road(world: &World, policy: &str, time: &str) -> Value {
    let asked = world.ask(policy, time);
    sent(world.snapshot.view(&asked).corridor(&"road".parse().expect("an id")))
}

/// The events of the windows shown.
fn windows(world: &World, policy: &str, time: &str) -> Vec<String> {
    let road = road(world, policy, time);
    let windows = road["windows"].as_array().expect("a list").iter();
    windows.map(|window| window["event"].as_str().expect("an id").to_owned()).collect()
}

#[test]
fn a_promised_window_shows_from_its_announcement_until_it_closes() {
    let mut world = World::default();
    let opens = json!({"opens": "2024-01-05T08:00:00Z", "closes": "2024-01-05T20:00:00Z"});
    let window = corridor(&mut world, "window_announced", "d4", opens);
    assert_eq!(windows(&world, "best", "d3h23:59"), [""; 0]);
    assert_eq!(windows(&world, "best", "d4"), [&*window]);
    assert_eq!(windows(&world, "verified", "d5h19:59"), [&*window], "no policy filters promises");
    assert_eq!(windows(&world, "best", "d5h20"), [""; 0]);
}

#[test]
fn a_window_taken_back_is_gone_from_then_on_unless_that_is_withdrawn() {
    let mut world = World::default();
    let window =
        corridor(&mut world, "window_announced", "d4", json!({"opens": "2024-01-09T00:00:00Z"}));
    let back = corridor(&mut world, "window_withdrawn", "d6", json!({"window": window}));
    assert_eq!(windows(&world, "best", "d5h23:59"), [&*window]);
    assert_eq!(windows(&world, "best", "d6"), [""; 0]);
    world.tell(json!({
        "type": "report.withdrawn",
        "subject": "corridor/road",
        "time": "d7",
        "data": {"event": back, "reason": "it was never said"},
    }));
    assert_eq!(windows(&world, "best", "d6"), [window]);
}

#[test]
fn windows_stand_in_the_order_of_their_opening_not_of_their_announcement() {
    let mut world = World::default();
    let later =
        corridor(&mut world, "window_announced", "d4", json!({"opens": "2024-01-09T00:00:00Z"}));
    let sooner =
        corridor(&mut world, "window_announced", "d5", json!({"opens": "2024-01-08T00:00:00Z"}));
    let same = corridor(
        &mut world,
        "window_announced",
        "d3",
        json!({"opens": "2024-01-09T04:00:00+04:00"}),
    );
    assert_eq!(windows(&world, "best", "d6"), [sooner, later, same]);
}

#[test]
fn control_is_contested_like_a_status_and_has_no_default() {
    let mut world = World::default();
    let says = |by: &str, controlled_by: &str| json!({"controlled_by": controlled_by, "source": {"kind": "party", "by": by}});
    corridor(&mut world, "status_reported", "d1", json!({"status": "open", "controlled_by": "c"}));
    assert_eq!(road(&world, "best", "d2")["control"]["by"], Value::Null, "a status in passing");
    corridor(&mut world, "control_reported", "d2", says("a", "az-border-service"));
    corridor(&mut world, "control_reported", "d3", says("b", "ru-peacekeepers"));
    let expected = json!({
        "by": "ru-peacekeepers",
        "since": "2024-01-03T00:00:00Z",
        "level": "unverified",
        "contested": true,
        "stale": false,
        "basis": [id(2)],
        "dissent": [{
            "by": "a",
            "value": "az-border-service",
            "time": "2024-01-02T00:00:00Z",
            "level": "unverified",
            "event": id(1),
        }],
    });
    assert_eq!(road(&world, "best", "d3")["control"], expected);
}

#[test]
fn figures_of_an_incident_are_replaced_never_added() {
    let mut world = World::default();
    let report = |what: &str, time: &str, by: &str, harm: Value| {
        let mut data = json!({"harm": harm, "source": {"kind": "media", "by": by}});
        if what == "reported" {
            data["kind"] = json!("shelling");
            data["category"] = json!("HOS");
            data["title"] = json!("Shells on the market");
        }
        let name = format!("incident.{what}");
        json!({"type": name, "subject": "incident/market", "time": time, "data": data})
    };
    world.tell(report("reported", "d2", "a", json!([{"role": "civilian", "killed": 3}])));
    world.tell(report(
        "revised",
        "d3",
        "a",
        json!([{"role": "civilian", "killed": 5, "injured": 0}]),
    ));
    world.tell(report("reported", "d2h1", "b", json!([{"role": "civilian", "killed": 9}])));
    let asked = world.ask("best", "d4");
    let incident = world.snapshot.view(&asked).incident(&"market".parse().expect("an id"));
    let incident = sent(incident);
    let harm = |killed: u8, injured: Option<u8>| json!([{"role": "civilian", "killed": killed, "injured": injured, "abducted": null, "detained": null}]);
    assert_eq!(incident["harm"], harm(5, Some(0)), "a missing count is null, none is 0");
    let dissent = &incident["figures"]["dissent"];
    assert_eq!(dissent[0]["value"], harm(9, None));
    assert_eq!(dissent.as_array().map(Vec::len), Some(1), "a stands by its last figures");
    let revisions = incident["revisions"].as_array().expect("a list").iter();
    let events: Vec<&Value> = revisions.map(|revision| &revision["event"]).collect();
    assert_eq!(events, [&json!(id(0)), &json!(id(2)), &json!(id(1))], "oldest first");
}

#[test]
fn who_did_it_stays_a_claim_of_each_source() {
    let mut world = World::default();
    world.tell(json!({
        "type": "incident.reported",
        "subject": "incident/shots",
        "time": "d2",
        "data": {"kind": "shooting", "category": "HOS", "title": "Shots"},
    }));
    let mut says = |by: &str, actor: &str, time: &str| {
        world.tell(json!({
            "type": "incident.attributed",
            "subject": "incident/shots",
            "time": time,
            "data": {"actor": actor, "source": {"kind": "party", "by": by}},
        }))
    };
    let first = says("a", "b", "d3");
    says("b", "c", "d4");
    let changed = says("b", "a", "d5");
    let asked = world.ask("verified", "d6");
    let incident = sent(world.snapshot.view(&asked).incident(&"shots".parse().expect("an id")));
    let expected = json!([
        {"by": "b", "actor": "a", "event": changed, "time": "2024-01-05T00:00:00Z"},
        {"by": "a", "actor": "b", "event": first, "time": "2024-01-03T00:00:00Z"},
    ]);
    assert_eq!(incident["attributed"], expected);
}

#[test]
fn a_late_report_places_an_incident_where_it_belongs_in_time() {
    let mut world = World::default();
    let report = |subject: &str, time: &str| {
        json!({
            "type": "incident.reported",
            "subject": format!("incident/{subject}"),
            "time": time,
            "data": {"kind": "shooting", "category": "HOS", "title": subject},
        })
    };
    world.tell(report("first", "d4"));
    world.tell(report("second", "d3"));
    world.tell(report("first", "d2"));
    let listed = |world: &World, time: &str| -> Vec<String> {
        let answers = world.answers(&world.ask("best", time));
        let incidents = answers["incidents"].as_array().expect("a list").iter();
        incidents.map(|one| one["id"].as_str().expect("an id").to_owned()).collect()
    };
    assert_eq!(listed(&world, "d1"), [""; 0]);
    assert_eq!(listed(&world, "d2"), ["first"]);
    assert_eq!(listed(&world, "d4"), ["second", "first"]);
    assert_eq!(listed(&world.up_to(2), "d4"), ["first", "second"]);
}

#[test]
fn the_overview_counts_what_the_lists_show() {
    let mut world = missions();
    for (id, kind) in [("siege", "blockade"), ("lifted", "blockade"), ("night", "curfew")] {
        world.tell(json!({
            "type": "constraint.reported",
            "subject": format!("constraint/{id}"),
            "time": "d1",
            "data": {"kind": kind, "category": "RMI", "title": id},
        }));
    }
    world.tell(json!({
        "type": "constraint.lifted",
        "subject": "constraint/lifted",
        "time": "d2",
    }));
    for number in 1..=11 {
        world.tell(json!({
            "type": "incident.reported",
            "subject": format!("incident/shots-{number}"),
            "time": format!("d{number}"),
            "data": {"kind": "shooting", "category": "HOS", "title": "Shots"},
        }));
    }
    corridor(&mut world, "registered", "d1", json!({"names": {"en": "Road"}}));
    let situation = world.answers(&world.ask("best", "d31"))["situation"].clone();
    let stages = json!({"planned": 34, "arrived": 16, "turned_back": 5, "postponed": 6});
    assert_eq!(situation["deliveries"], stages);
    assert_eq!(situation["blockades"].as_array().map(Vec::len), Some(1), "in force");
    assert_eq!(situation["blockades"][0]["id"], "siege");
    assert_eq!(situation["blockades"][0]["days"], json!({"episode": 30, "total": 30}));
    assert_eq!(situation["corridors"][0]["id"], "road");
    assert_eq!(situation["incidents"].as_array().map(Vec::len), Some(10), "the newest ten");
    assert_eq!(situation["incidents"][0]["id"], "shots-11");
    assert_eq!(situation["freshness"]["position"], json!(world.head()));
}
