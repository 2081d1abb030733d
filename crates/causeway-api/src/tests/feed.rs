//! The feed: what is on record, in order.

use actix_web::test::TestRequest;
use causeway_service::keys::Role;
use serde_json::Value;

use super::world::{Reply, World, corridor, status, with, with_key};

const NOON: &str = "2023-06-15T12:00:00Z";

/// Three public events on `a`, one confidential one on `a`, one public one on `b`.
async fn told() -> (World, String) {
    let world = World::open();
    let key = world.key("icrc", Role::Reporter);
    world.send(&key, &corridor("a")).await.ok();
    world.send(&key, &status("a", NOON, "open")).await.ok();
    let secret = with(status("a", NOON, "closed"), "dataclassification", "confidential");
    world.send(&key, &secret).await.ok();
    world.send(&key, &corridor("b")).await.ok();
    world.send(&key, &status("a", NOON, "restricted")).await.ok();
    (world, key)
}

fn positions(reply: &Reply) -> Vec<u64> {
    let data = reply.json()["data"].clone();
    let position = |event: &Value| event["sequence"].as_str().unwrap().parse().unwrap();
    data.as_array().unwrap().iter().map(position).collect()
}

#[actix_web::test]
async fn pages_follow_each_other_without_gap_or_overlap() {
    let (world, key) = told().await;
    let mut path = "/v1/events?limit=2".to_owned();
    let mut seen = Vec::new();
    loop {
        let page = world.get(&path, &key).await.ok();
        seen.extend(positions(&page));
        let next = page.json()["next"].clone();
        path = format!("/v1/events?limit=2&after={next}");
        if next == page.json()["as_of"]["position"] {
            assert_eq!(page.header("link"), None);
            break;
        }
        assert!(page.header("link").unwrap().contains(&format!("after={next}")));
    }
    assert_eq!(seen, [0, 1, 2, 3, 4]);
    let end = world.get(&path, &key).await.ok();
    assert_eq!((positions(&end).len(), end.json()["next"].clone()), (0, 4.into()));
}

#[actix_web::test]
async fn what_a_reader_may_not_see_is_withheld_or_under_a_filter_not_there() {
    let (world, _) = told().await;
    let all = world.get("/v1/events", "").await.json();
    assert_eq!(all["data"][2]["withheld"], true);
    assert_eq!(all["data"][2].as_object().unwrap().len(), 2);
    let on_a = world.get("/v1/events?subject=corridor/a", "").await.ok();
    assert_eq!(positions(&on_a), [0, 1, 4]);
    let reported = world.get("/v1/events?type=corridor.status_reported.v1", "").await.ok();
    assert_eq!(positions(&reported), [1, 4]);
}

#[actix_web::test]
async fn the_feed_runs_backwards_too() {
    let (world, key) = told().await;
    let newest = world.get("/v1/events?order=desc&limit=2", &key).await.ok();
    assert_eq!(positions(&newest), [4, 3]);
    assert_eq!(newest.json()["next"], 3);
    let older = world.get("/v1/events?order=desc&limit=3&after=3", &key).await.ok();
    assert_eq!(positions(&older), [2, 1, 0]);
    assert_eq!(older.json()["next"], Value::Null);
    let on_a = world.get("/v1/events?order=desc&subject=corridor/a&after=4", &key).await.ok();
    assert_eq!(positions(&on_a), [2, 1, 0]);
}

#[actix_web::test]
async fn lines_are_bare_events() {
    let (world, key) = told().await;
    let request = TestRequest::get()
        .uri("/v1/events?limit=10000&after=0")
        .insert_header(("accept", "application/x-ndjson"));
    let reply = world.call(with_key(request, &key)).await.ok();
    assert_eq!(reply.header("content-type"), Some("application/x-ndjson"));
    let text = String::from_utf8(reply.body).unwrap();
    let events: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(events.len(), 4);
    assert_eq!(events[0]["type"], "corridor.status_reported.v1");
}

#[actix_web::test]
async fn an_event_by_id_is_what_the_feed_carries() {
    let (world, key) = told().await;
    let page = world.get("/v1/events", &key).await.ok();
    let event = page.json()["data"][1].clone();
    let by_id = world.get(&format!("/v1/events/{}", event["id"].as_str().unwrap()), &key).await;
    assert_eq!(by_id.json(), event);
    assert!(event["nonce"].is_string() && event["recordedby"].is_string());
    let text = String::from_utf8(page.body).unwrap();
    assert!(text.contains(std::str::from_utf8(&by_id.body).unwrap()), "byte for byte");
}

#[actix_web::test]
async fn an_empty_log_is_an_empty_feed() {
    let world = World::open();
    let reply = world.get("/v1/events", "").await.ok().json();
    assert_eq!(reply["data"], serde_json::json!([]));
    assert_eq!(reply["next"], Value::Null);
    assert_eq!(reply["as_of"]["position"], Value::Null);
}

#[actix_web::test]
async fn a_page_of_large_events_ends_early_and_says_so() {
    let world = World::open();
    let key = world.key("icrc", Role::Reporter);
    let points: Vec<[f64; 2]> =
        (0..2_000).map(|at| [46.123_456_789, f64::from(at) / 1e3]).collect();
    let route = serde_json::json!({ "type": "LineString", "coordinates": points });
    let large = |number: usize| {
        let mut event = corridor(&format!("road-{number}"));
        event["data"]["route"] = route.clone();
        event
    };
    for some in (0..600).collect::<Vec<_>>().chunks(200) {
        let events: Vec<Value> = some.iter().map(|number| large(*number)).collect();
        world.send(&key, &Value::from(events)).await.ok();
    }
    let (mut after, mut seen, mut pages) = (String::new(), Vec::new(), 0);
    loop {
        let path = format!("/v1/events?limit=10000{after}");
        let request =
            TestRequest::get().uri(&path).insert_header(("accept", "application/x-ndjson"));
        let page = world.call(with_key(request, &key)).await.ok();
        let link = page.header("link").map(str::to_owned);
        let lines = String::from_utf8(page.body).unwrap();
        let position = |line: &str| {
            let event: Value = serde_json::from_str(line).unwrap();
            event["sequence"].as_str().unwrap().parse::<u64>().unwrap()
        };
        seen.extend(lines.lines().map(position));
        pages += 1;
        let Some(link) = link else { break };
        let last = seen.last().unwrap();
        assert!(link.contains(&format!("after={last}&")), "{link}");
        after = format!("&after={last}");
    }
    assert!(pages > 1 && seen.iter().copied().eq(0..600), "{pages} pages: {seen:?}");
}

#[actix_web::test]
async fn who_has_come_further_than_the_log_is_told() {
    let (world, key) = told().await;
    world.get("/v1/events?after=4", &key).await.ok();
    let beyond = world.get("/v1/events?after=5", &key).await;
    assert_eq!(beyond.status, 400);
    assert!(beyond.json()["detail"].as_str().unwrap().contains("the newest: 4"));
    world.get("/v1/events?after=5&order=desc", &key).await.ok();
}
