//! Made for bad lines: small answers, cheap polls, pages that never tear.

use serde_json::{Value, json};

use crate::world::*;

fn with_roads(count: usize) -> World {
    let world = World::start();
    let roads: Vec<Value> =
        (0..count).map(|number| corridor(&format!("road-{number:03}"))).collect();
    let answer = world.send(world.admin(), &Value::from(roads));
    assert_eq!(answer.status, 200, "{}", answer.text());
    world
}

fn bearer(world: &World) -> String {
    format!("Bearer {}", world.admin())
}

#[test]
fn nothing_is_sent_again_while_nothing_changed() {
    let world = with_roads(2);
    let key = bearer(&world);
    let path = "/v1/corridors/road-000?effective_at=2026-02-02T00:00:00Z";
    let poll = |tag: &str| world.get_with(path, &[("Authorization", &key), ("If-None-Match", tag)]);
    let first = world.get_as(world.admin(), path);
    let tag = first.header("etag").to_owned();
    assert!(tag.starts_with("W/\""), "{tag}");
    assert_eq!((poll(&tag).status, poll(&tag).text()), (304, ""));

    // Another road changes: still the same answer. This road changes: another one.
    world.record(world.admin(), &status("road-001", "2026-02-01T00:00:00Z", "open"));
    assert_eq!(poll(&tag).status, 304);
    world.record(world.admin(), &status("road-000", "2026-02-01T00:00:00Z", "open"));
    assert_eq!(poll(&tag).status, 200);
}

#[test]
fn a_list_that_grows_between_pages_does_not_tear() {
    let world = with_roads(7);
    let page = |path: &str| world.get_as(world.admin(), path);
    let first = page("/v1/corridors?limit=3");
    let next = first.json()["next"].as_str().unwrap().to_owned();
    assert!(first.header("link").contains("rel=\"next\""), "{}", first.header("link"));
    world.record(world.admin(), &corridor("road-0035"));
    let second = page(&format!("/v1/corridors?limit=10&cursor={next}")).json();
    let ids: Vec<_> =
        second["data"].as_array().unwrap().iter().map(|one| one["id"].clone()).collect();
    assert_eq!(ids, ["road-003", "road-004", "road-005", "road-006"]);
    assert_eq!(second["as_of"], first.json()["as_of"]);
}

#[test]
fn a_reader_may_ask_to_see_its_own_write() {
    let world = with_roads(1);
    let receipt = world.record(world.admin(), &status("road-000", "2026-02-01T00:00:00Z", "open"));
    let position: u64 = receipt["sequence"].as_str().unwrap().parse().unwrap();
    let path = format!("/v1/corridors/road-000?min_position={position}");
    let answer = world.get_as(world.admin(), &path).json();
    assert_eq!(answer["data"]["status"][0]["status"], "open");
}

#[test]
fn answers_are_compressed_for_those_who_ask() {
    let world = with_roads(50);
    for encoding in ["gzip", "br", "zstd"] {
        assert_eq!(world.encoding_of("/v1/corridors", encoding), encoding);
    }
}

#[test]
fn without_a_key_only_health_and_documents_answer() {
    let world = World::start();
    for open in ["/livez", "/readyz", "/openapi.json", "/docs", "/problems/not-found"] {
        assert_eq!(world.get(open).status, 200, "{open}");
    }
    for closed in ["/v1/situation", "/v1/corridors", "/v1/events", "/v1/keys"] {
        let answer = world.get(closed);
        assert_eq!(
            (answer.status, answer.problem().as_str()),
            (401, "not-authenticated"),
            "{closed}"
        );
    }
}

#[test]
fn what_the_framework_refuses_is_a_problem_too() {
    let world = World::start();
    assert_eq!(world.get("/v1/nowhere").problem(), "not-found");
    assert_eq!(world.call("PUT", world.admin(), "/v1/corridors").problem(), "method-not-allowed");
    assert_eq!(world.get_as(world.admin(), "/v1/corridors?limit=0").problem(), "bad-parameter");
    assert_eq!(world.get_as(world.admin(), "/v1/corridors?colour=red").problem(), "bad-parameter");
    assert_eq!(world.get_as(world.admin(), "/v1/corridors?policy=mine").problem(), "bad-parameter");
    assert_eq!(world.get_as(world.admin(), "/v1/corridors/none").problem(), "not-found");
}

#[test]
fn the_feed_goes_on_where_a_reader_stopped() {
    let world = with_roads(5);
    let page = |path: &str| world.get_as(world.admin(), path).json();
    let first = page("/v1/events?limit=2");
    assert_eq!(first["next"], 1);
    let second = page("/v1/events?limit=10&after=1");
    assert_eq!(second["data"].as_array().unwrap().len(), 3);
    assert_eq!(second["data"][0]["sequence"], "00000000000000000002");
    let on_one = page("/v1/events?subject=corridor/road-004");
    assert_eq!(on_one["data"].as_array().unwrap().len(), 1);
    let lines = world.get_with(
        "/v1/events",
        &[("Authorization", &bearer(&world)), ("Accept", "application/x-ndjson")],
    );
    assert_eq!(lines.text().lines().count(), 5);
    assert!(lines.text().lines().all(|line| serde_json::from_str::<Value>(line).is_ok()));
}

#[test]
fn vocabularies_and_event_types_explain_themselves() {
    let world = World::start();
    let words = world.get_as(world.admin(), "/v1/vocabularies/categories").data();
    assert_eq!(words["words"].as_array().unwrap().len(), 9);
    let one = world.get_as(world.admin(), "/v1/event-types/corridor.status_reported.v1").json();
    let example = one.get("data").unwrap_or(&one)["example"].clone();
    assert_eq!(example["type"], json!("corridor.status_reported.v1"), "{one}");
}
