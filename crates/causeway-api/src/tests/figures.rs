//! Figures: what was asked, and where the log stands.

use causeway_service::keys::Role;
use serde_json::json;

use super::world::{World, corridor, status};

const NOON: &str = "2023-06-15T12:00:00Z";

#[actix_web::test]
async fn what_was_asked_and_recorded_is_counted() {
    let world = World::open();
    let key = world.key("icrc", Role::Reporter);
    let batch = json!([corridor("a"), corridor("b"), status("c", NOON, "open")]).to_string();
    world.post("/v1/events", &key, "application/json", &batch).await.ok();
    world.post("/v1/events?dry_run=true", &key, "application/json", &batch).await.ok();
    world.get("/v1/corridors/a", "").await.ok();
    world.get("/v1/corridors/b", "").await.ok();
    world.get("/nowhere", "").await;

    let figures = world.api.metrics().text(&world.api).unwrap();
    let expected = [
        "causeway_events_recorded_total 2",
        "causeway_events_rejected_total 4",
        "causeway_log_events 2",
        "causeway_log_writable 1",
        r#"requests_total{method="GET",route="/v1/corridors/{id}",status="200"} 2"#,
        r#"requests_total{method="GET",route="unmatched",status="404"} 1"#,
        r#"duration_seconds_count{route="/v1/events"} 2"#,
    ];
    for line in expected {
        assert!(figures.contains(line), "{line} is missing in:\n{figures}");
    }
}

#[actix_web::test]
async fn a_full_disk_shows_in_the_figures() {
    let world = World::open();
    let key = world.key("icrc", Role::Reporter);
    world.drive.fill(0);
    world.send(&key, &corridor("a")).await;
    let figures = world.api.metrics().text(&world.api).unwrap();
    assert!(figures.contains("causeway_log_writable 0"), "{figures}");
}
