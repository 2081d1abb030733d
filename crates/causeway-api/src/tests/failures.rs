//! Failures: every one is a problem that says what to do next.

use actix_web::http::Method;
use actix_web::test::TestRequest;
use causeway_service::keys::Role;
use serde_json::json;
use strum::IntoEnumIterator;

use super::world::{World, corridor, event, status, with, with_key};
use crate::Code;

const ID: &str = "0192c7c8-6d2e-7a31-9d41-0f3c6a1be001";
const NOON: &str = "2023-06-15T12:00:00Z";

#[actix_web::test]
async fn every_refusal_has_its_status_and_code() {
    let world = World::closed();
    let key = world.key("icrc", Role::Reporter);
    world.send(&key, &with(corridor("lachin"), "id", ID)).await.ok();
    let plan = json!({ "organisation": "icrc", "destination": { "name": "Kornidzor" } });
    let planned = event("delivery.planned.v1", "delivery/d1", NOON, plan);
    let cancelled = event("delivery.cancelled.v1", "delivery/d1", NOON, json!({}));
    world.send(&key, &planned).await.ok();
    world.send(&key, &cancelled).await.ok();
    let clearance =
        event("delivery.clearance_requested.v1", "delivery/d1", NOON, json!({ "authority": "x" }));
    let refer = json!({ "event": "0192c7c8-6d2e-7a31-9d41-0f3c6a1be999", "reason": "wrong" });
    let long = "x".repeat(3_999);
    let huge = json!({ "status": "closed", "note": long, "conditions": vec![long.clone(); 20] });

    let open = || status("lachin", NOON, "open");
    let refused = [
        (open_with("status", json!("ajar")), 422, "invalid-event"),
        (open_with("statsu", json!("open")), 422, "invalid-event"),
        (status("nowhere", NOON, "open"), 422, "unknown-subject"),
        (corridor("lachin"), 409, "subject-exists"),
        (with(open(), "id", ID), 409, "event-id-reused"),
        (with(open(), "expectedversion", 7), 412, "version-mismatch"),
        (status("lachin", "2999-01-01T00:00:00Z", "open"), 422, "time-in-future"),
        (event("report.withdrawn.v1", "corridor/lachin", NOON, refer), 422, "unknown-event"),
        (clearance, 409, "delivery-cancelled"),
        (with(open(), "dataclassification", "strictly-confidential"), 403, "above-clearance"),
        (with(open(), "source", "/orgs/wfp"), 403, "not-permitted"),
        (with(open(), "recordedtime", "2023-06-15T12:00:00Z"), 422, "invalid-event"),
        (
            event("corridor.status_reported.v1", "corridor/lachin", NOON, huge),
            413,
            "entry-too-large",
        ),
    ];
    for (event, status, code) in refused {
        let reply = world.send(&key, &event).await;
        assert_eq!((reply.status, reply.problem().as_str()), (status, code), "{event}");
    }
}

fn open_with(field: &str, value: serde_json::Value) -> serde_json::Value {
    let mut event = status("lachin", NOON, "open");
    event["data"][field] = value;
    event
}

#[actix_web::test]
async fn everything_wrong_with_an_event_is_pointed_at() {
    let world = World::closed();
    let key = world.key("icrc", Role::Reporter);
    let mut event = open_with("status", json!("ajar"));
    event["data"]["direction"] = json!("up");
    event["colour"] = json!("red");
    let problem = world.send(&key, &event).await.json();
    let pointers: Vec<_> = problem["errors"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|wrong| wrong["pointer"].as_str().unwrap_or_default())
        .collect();
    assert_eq!(pointers, ["/colour", "/data/direction", "/data/status"]);
}

#[actix_web::test]
async fn the_frameworks_own_failures_are_problems_too() {
    let world = World::closed();
    let key = world.key("icrc", Role::Admin);
    let failures = [
        (TestRequest::get().uri("/v1/nothing"), 404, "not-found"),
        (TestRequest::delete().uri("/v1/events"), 405, "method-not-allowed"),
        (TestRequest::put().uri("/v1/corridors/lachin"), 405, "method-not-allowed"),
        (TestRequest::default().method(Method::OPTIONS).uri("/docs"), 405, "method-not-allowed"),
        (TestRequest::get().uri("/v1/corridors/%ff%fe"), 404, "not-found"),
        (TestRequest::get().uri("/v1/corridors/L%C3%A4chin"), 404, "not-found"),
        (TestRequest::get().uri("/docs/nothing.js"), 404, "not-found"),
        (TestRequest::get().uri("/problems/nothing"), 404, "not-found"),
        (TestRequest::post().uri("/v1/events").set_payload("{}"), 415, "unsupported-media-type"),
        (
            TestRequest::post().uri("/v1/events").insert_header(("content-type", "text/csv")),
            415,
            "unsupported-media-type",
        ),
        (
            TestRequest::post()
                .uri("/v1/events")
                .insert_header(("content-type", "application/json; charset=latin1")),
            415,
            "unsupported-media-type",
        ),
        (
            TestRequest::get()
                .uri("/v1/corridors")
                .insert_header(("accept-encoding", "rot13, identity;q=0")),
            406,
            "not-acceptable",
        ),
    ];
    for (request, status, code) in failures {
        let reply = world.call(with_key(request, &key)).await;
        assert_eq!((reply.status, reply.problem().as_str()), (status, code), "{reply:?}");
    }
}

#[actix_web::test]
async fn a_wrong_method_is_told_the_right_ones() {
    let world = World::closed();
    let reply = world.call(TestRequest::delete().uri("/v1/events")).await;
    assert_eq!(reply.header("allow"), Some("GET, HEAD, POST"));
}

#[actix_web::test]
async fn a_body_that_is_too_large_is_refused() {
    let world = World::closed();
    let key = world.key("icrc", Role::Reporter);
    let body = " ".repeat(17 * 1024 * 1024);
    let reply = world.post("/v1/events", &key, "application/json", &body).await;
    assert_eq!((reply.status, reply.problem().as_str()), (413, "body-too-large"));
    let lines = "{}\n".repeat(10_001);
    let reply = world.post("/v1/events", &key, "application/x-ndjson", &lines).await;
    assert_eq!((reply.status, reply.problem().as_str()), (413, "too-many-events"));
    let array = format!("[{}0]", "0,".repeat(10_000));
    let reply = world.post("/v1/events", &key, "application/json", &array).await;
    assert_eq!((reply.status, reply.problem().as_str()), (413, "too-many-events"));
}

#[actix_web::test]
async fn a_full_disk_says_when_to_come_back() {
    let world = World::closed();
    let key = world.key("icrc", Role::Reporter);
    world.drive.fill(0);
    let reply = world.send(&key, &corridor("lachin")).await;
    assert_eq!((reply.status, reply.problem().as_str()), (503, "disk-full"));
    assert!(reply.header("retry-after").is_some());
    let ready = world.get("/readyz", "").await;
    assert_eq!((ready.status, ready.problem().as_str()), (503, "disk-full"));
    world.get("/livez", "").await.ok();
}

#[actix_web::test]
async fn a_service_that_stops_is_not_ready() {
    let world = World::closed();
    world.get("/readyz", "").await.ok();
    world.api.stop();
    assert_eq!(world.get("/readyz", "").await.problem(), "stopping");
}

#[actix_web::test]
async fn bad_parameters_are_named_with_what_is_allowed() {
    let world = World::open();
    let bad = [
        ("/v1/corridors?limit=0", "limit"),
        ("/v1/corridors?limit=501", "limit"),
        ("/v1/corridors?status=ajar", "status"),
        ("/v1/corridors?colour=red", "colour"),
        ("/v1/corridors?policy=guess", "policy"),
        ("/v1/corridors?policy=party:", "policy"),
        ("/v1/corridors?window_hours=8761", "window_hours"),
        ("/v1/corridors?effective_at=yesterday", "effective_at"),
        ("/v1/corridors?known_at=2999-01-01T00:00:00Z", "known_at"),
        ("/v1/corridors?at_position=0", "at_position"),
        ("/v1/corridors?at_position=0&known_at=2023-01-01T00:00:00Z", "at_position"),
        ("/v1/corridors/lachin?limit=5", "limit"),
        ("/v1/incidents?from=2023-02-01T00:00:00Z&to=2023-01-01T00:00:00Z", "from"),
        ("/v1/incidents?bbox=1,2,3", "bbox"),
        ("/v1/events?type=corridor.closed.v1", "type"),
        ("/v1/events?subject=lachin", "subject"),
        ("/v1/events?order=up", "order"),
        ("/v1/events?limit=501", "limit"),
        ("/v1/events?after=-1", "after"),
    ];
    for (path, parameter) in bad {
        let reply = world.get(path, "").await;
        assert_eq!((reply.status, reply.problem().as_str()), (400, "bad-parameter"), "{path}");
        assert_eq!(reply.json()["errors"][0]["parameter"], parameter, "{path}");
    }
}

#[actix_web::test]
async fn every_problem_has_a_page() {
    let world = World::closed();
    for code in Code::iter() {
        let page = world.get(&format!("/problems/{}", code.name()), "").await.ok();
        let page = String::from_utf8(page.body).unwrap();
        assert!(page.contains(code.name()), "{}", code.name());
    }
}
