//! Claims, disputes, history and figures, asked for over HTTP: slips, limits, tags.

use causeway_service::keys::Role;
use serde_json::{Value, json};

use super::world::{World, corridor, event, status};

const JUNE: &str = "from=2023-06-01T00:00:00Z&to=2023-07-01T00:00:00Z";

/// A road on which two sources disagree, and the key of one of them.
async fn contested() -> (World, String) {
    let world = World::open();
    let key = world.key("icrc", Role::Reporter);
    world.send(&key, &corridor("road")).await.ok();
    world.send(&key, &status("road", "2023-06-10T00:00:00Z", "closed")).await.ok();
    let said = json!({ "status": "open", "source": { "kind": "media", "by": "paper" } });
    let other = event("corridor.status_reported.v1", "corridor/road", "2023-06-11T00:00:00Z", said);
    world.send(&key, &other).await.ok();
    (world, key)
}

#[actix_web::test]
async fn a_name_that_nobody_used_is_a_slip_and_no_empty_answer() {
    let (world, _) = contested().await;
    let slips = [
        ("/v1/corridors?area=nowhere", "`area`: expected one that GET /v1/places lists"),
        ("/v1/disputes?actor=nobody", "`actor`: expected one that GET /v1/actors lists"),
        ("/v1/disputes?corridor=path", "`corridor`: expected one that GET /v1/corridors lists"),
        ("/v1/deliveries?organisation=nobody", "`organisation`: expected one that GET /v1/actors"),
        ("/v1/corridors/road/claims?by=nobody", "`by`: expected one that GET /v1/actors lists"),
        ("/v1/corridors?policy=party:nobody", "`policy`: expected one that GET /v1/actors lists"),
        ("/v1/corridors/road?policy=worst", "`policy`: expected best, verified, latest or party"),
    ];
    for (path, detail) in slips {
        let reply = world.get(path, "").await;
        assert_eq!(reply.problem(), "bad-parameter", "{path}");
        let told = reply.json()["detail"].as_str().unwrap().to_owned();
        assert!(told.starts_with(detail), "{told}");
    }
    // Who recorded something is somebody, also where no report names them.
    world.get("/v1/corridors/road?policy=party:icrc", "").await.ok();
    world.get("/v1/corridors/road/claims?by=icrc", "").await.ok();
}

#[actix_web::test]
async fn a_diff_never_shows_another_time_of_knowing_than_the_one_asked() {
    let (world, _) = contested().await;
    let path =
        "/v1/corridors/road/diff?known_from=2023-01-01T00:00:00Z&effective_at=2023-06-12T00:00:00Z";
    let mut tags = Vec::new();
    for _ in 0..2 {
        let reply = world.get(path, "").await.ok();
        tags.push(reply.header("etag").unwrap().to_owned());
        let diff = reply.json();
        assert_eq!(diff["data"]["known_to"], diff["as_of"]["known_at"]);
    }
    assert_ne!(tags[0], tags[1], "the data is not the same");
}

#[actix_web::test]
async fn before_the_first_event_every_answer_is_empty_and_right() {
    let (world, _) = contested().await;
    let then = "known_at=2020-01-01T00:00:00Z&policy=party:paper";
    let disputes = world.get(&format!("/v1/disputes?{then}"), "").await.ok().json();
    assert_eq!((&disputes["as_of"]["position"], &disputes["data"]), (&Value::Null, &json!([])));
    let figures = world.get(&format!("/v1/indicators?{JUNE}&{then}"), "").await.ok().json();
    assert_eq!(figures["data"]["open_hours"], json!([]));
    assert_eq!(figures["data"]["lag_hours"], json!({"p50": null, "p90": null, "reports": 0}));
    for path in ["road/history", "road/claims"] {
        let path = format!("/v1/corridors/{path}?{JUNE}&{then}");
        let path = if path.contains("claims") { path.replace(JUNE, "limit=1") } else { path };
        assert_eq!(world.get(&path, "").await.problem(), "not-found", "{path}");
    }
}

#[actix_web::test]
async fn a_period_has_two_ends_in_their_order() {
    let (world, _) = contested().await;
    for path in ["/v1/corridors/road/history", "/v1/indicators"] {
        for (period, parameter) in [
            ("from=2023-06-01T00:00:00Z", "to"),
            ("to=2023-06-01T00:00:00Z", "from"),
            ("from=2023-07-01T00:00:00Z&to=2023-06-01T00:00:00Z", "from"),
            ("from=2023-06-01T00:00:00Z&to=2023-06-01T04:00:00%2B04:00", "from"),
            ("from=0000-01-01T00:00:00%2B04:00&to=2023-06-01T00:00:00Z", "from"),
            ("from=2023-06-01T00:00:00Z&to=9999-12-31T23:59:59-04:00", "to"),
        ] {
            let reply = world.get(&format!("{path}?{period}"), "").await;
            assert_eq!(reply.problem(), "bad-parameter", "{path}?{period}");
            assert_eq!(reply.json()["errors"][0]["parameter"], parameter, "{path}?{period}");
        }
    }
}

#[actix_web::test]
async fn what_one_answer_cannot_hold_is_refused_with_the_limit() {
    let (world, key) = contested().await;
    let ages = "from=1900-01-01T00:00:00Z&to=2023-07-01T00:00:00Z";
    let reply = world.get(&format!("/v1/indicators?{ages}&bucket=day"), "").await;
    assert_eq!((reply.status, reply.problem().as_str()), (422, "too-wide"));
    assert!(reply.json()["detail"].as_str().unwrap().contains("1000"));
    world.get(&format!("/v1/indicators?{ages}"), "").await.ok();
    for number in 0..60 {
        world.send(&key, &corridor(&format!("road-{number}"))).await.ok();
    }
    let by_day = format!("/v1/indicators?{JUNE}&bucket=day");
    let reply = world.get(&by_day, "").await;
    assert_eq!(reply.problem(), "too-wide");
    assert!(reply.json()["detail"].as_str().unwrap().contains("at most 20000"));
    world.get(&format!("{by_day}&corridor=road"), "").await.ok();
}

#[actix_web::test]
async fn a_limit_depends_on_what_is_seen_only() {
    let (world, key) = contested().await;
    for number in 0..60 {
        let mut hidden = corridor(&format!("hidden-{number}"));
        hidden["dataclassification"] = json!("confidential");
        world.send(&key, &hidden).await.ok();
    }
    let by_day = format!("/v1/indicators?{JUNE}&bucket=day");
    world.get(&by_day, "").await.ok();
    assert_eq!(world.get(&by_day, &key).await.problem(), "too-wide");
}

#[actix_web::test]
async fn claims_come_page_by_page_each_once() {
    let (world, key) = contested().await;
    // One report whose cells have two fates: on inbound fuel its source has said something else.
    let said = json!({ "status": "open", "direction": "inbound", "traffic": ["fuel"] });
    let part = event("corridor.status_reported.v1", "corridor/road", "2023-06-12T00:00:00Z", said);
    world.send(&key, &part).await.ok();
    let all = world.get("/v1/corridors/road/claims", "").await.ok().json()["data"].clone();
    let cells = |claim: &Value| claim["cells"].as_array().unwrap().len();
    let claims = all.as_array().unwrap();
    assert_eq!(claims.iter().map(cells).collect::<Vec<_>>(), [1, 14, 13, 1]);
    assert_eq!(claims[3]["superseded_by"], claims[0]["event"]);
    assert_eq!(claims[2]["superseded_by"], Value::Null);
    let mut paged = Vec::new();
    let mut path = "/v1/corridors/road/claims?limit=1".to_owned();
    loop {
        let page = world.get(&path, "").await.ok().json();
        paged.extend(page["data"].as_array().unwrap().iter().cloned());
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/v1/corridors/road/claims?cursor={next}");
    }
    assert_eq!(json!(paged), all);
}

#[actix_web::test]
async fn a_tag_goes_with_everything_that_its_answer_depends_on() {
    let (world, key) = contested().await;
    let place = |id: &str, parent: Value| {
        let data = json!({ "names": { "en": id }, "pcode": id.to_uppercase(), "parent": parent });
        let mut event =
            event("place.registered.v1", &format!("place/{id}"), "2023-06-01T00:00:00Z", data);
        event["data"].as_object_mut().unwrap().retain(|_, value| !value.is_null());
        event
    };
    world.send(&key, &place("land", Value::Null)).await.ok();
    let shots = json!({ "kind": "shooting", "category": "VIO", "title": "Shots",
        "place": { "pcode": "TOWN" } });
    let shots = event("incident.reported.v1", "incident/shots", "2023-06-02T00:00:00Z", shots);
    world.send(&key, &shots).await.ok();
    let path = "/v1/incidents?area=land&effective_at=2023-07-01T00:00:00Z";
    let first = world.get(path, "").await.ok();
    assert_eq!(first.json()["data"], json!([]));
    let tag = first.header("etag").unwrap().to_owned();
    assert_eq!(world.get_again(path, "", &tag).await.status, 304);
    // A place enters the register, and what lies in it lies in the area.
    world.send(&key, &place("town", json!("land"))).await.ok();
    let second = world.get_again(path, "", &tag).await;
    assert_eq!(second.status, 200);
    assert_eq!(second.json()["data"][0]["id"], "shots");
}
