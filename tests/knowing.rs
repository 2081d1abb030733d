//! Claims, policies and the two clocks, told as stories.

use serde_json::{Value, json};

use crate::world::*;

fn says(world: &World, who: &str, road: &str, time: &str, word: &str) -> Value {
    let key = world.key(who, "reporter");
    let public = with(status(road, time, word), "dataclassification", "public");
    world.record(&key, &public)
}

fn road(world: &World, id: &str) {
    let key = world.key("registrar", "reporter");
    world.record(&key, &with(corridor(id), "dataclassification", "public"));
}

/// The first cell of a corridor.
fn first_cell(world: &World, path: &str) -> Value {
    world.get_as(world.admin(), path).data()["status"][0].clone()
}

#[test]
fn a_party_and_a_driver_may_disagree() {
    let world = World::start();
    road(&world, "north");
    says(&world, "ministry", "north", "2026-02-01T08:00:00Z", "open");
    says(&world, "driver", "north", "2026-02-01T09:00:00Z", "closed");

    let cell = first_cell(&world, "/v1/corridors/north?effective_at=2026-02-01T12:00:00Z");
    assert_eq!(cell["status"], "closed");
    assert_eq!(cell["contested"], true);
    assert_eq!(cell["dissent"][0]["by"], "ministry");
    let path = "/v1/corridors/north?effective_at=2026-02-01T12:00:00Z&policy=party:ministry";
    assert_eq!(first_cell(&world, path)["status"], "open");
}

#[test]
fn what_we_learned_later_does_not_change_what_we_knew() {
    let world = World::start();
    road(&world, "north");
    let first = says(&world, "driver", "north", "2026-02-01T08:00:00Z", "closed");
    let known_at = first["recordedtime"].as_str().unwrap();
    let path = format!("/v1/corridors/north?effective_at=2026-02-02T00:00:00Z&known_at={known_at}");
    let before = world.get_as(world.admin(), &path).text().to_owned();

    says(&world, "ministry", "north", "2026-02-01T10:00:00Z", "open");

    assert_eq!(world.get_as(world.admin(), &path).text(), before);
    let now = first_cell(&world, "/v1/corridors/north?effective_at=2026-02-02T00:00:00Z");
    assert_eq!(now["status"], "open");
}

#[test]
fn a_withdrawn_report_counts_only_until_it_was_withdrawn() {
    let world = World::start();
    road(&world, "north");
    let report = says(&world, "driver", "north", "2026-02-01T08:00:00Z", "closed");
    let data = json!({ "event": report["id"], "reason": "it was another road" });
    let withdrawal = event("report.withdrawn.v1", "corridor/north", "2026-02-03T00:00:00Z", data);
    let receipt = world.record(world.admin(), &withdrawal);
    let position: u64 = receipt["sequence"].as_str().unwrap().parse().unwrap();

    let at = |position: u64| {
        let path = "/v1/corridors/north?effective_at=2026-02-02T00:00:00Z&at_position=";
        first_cell(&world, &format!("{path}{position}"))["status"].clone()
    };
    assert_eq!(at(position - 1), "closed");
    assert_eq!(at(position), "unknown");
}

#[test]
fn what_is_above_a_readers_clearance_is_not_there() {
    let world = World::start();
    road(&world, "north");
    let driver = world.key("driver", "reporter");
    world.record(
        &driver,
        &with(
            status("north", "2026-02-01T08:00:00Z", "closed"),
            "dataclassification",
            "confidential",
        ),
    );
    let reader = world.key("public", "reader");
    let path = "/v1/corridors/north?effective_at=2026-02-02T00:00:00Z";
    let answer = world.get_as(&reader, path).json();
    assert_eq!(answer["data"]["status"][0]["status"], "unknown");
    assert_eq!(answer["as_of"]["clearance"], "public");
    assert_eq!(first_cell(&world, path)["status"], "closed");
    let feed = world.get_as(&reader, "/v1/events").json();
    assert_eq!(feed["data"][1], json!({ "sequence": "00000000000000000001", "withheld": true }));
}

#[test]
fn a_question_about_what_nobody_knows_yet_is_refused() {
    let world = World::start();
    for question in [
        "known_at=2999-01-01T00:00:00Z",
        "at_position=7",
        "at_position=0&known_at=2026-01-01T00:00:00Z",
    ] {
        let answer = world.get_as(world.admin(), &format!("/v1/corridors?{question}"));
        assert_eq!(answer.status, 400, "{question}: {}", answer.text());
        answer.problem();
    }
    let answer = world.get_as(world.admin(), "/v1/corridors?known_at=2000-01-01T00:00:00Z").json();
    assert_eq!(answer["data"], json!([]));
    assert_eq!(answer["as_of"]["position"], Value::Null);
}
