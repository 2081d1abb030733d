//! Reading: one shape, tags, pages that never tear.

use actix_web::test::TestRequest;
use causeway_domain::Time;
use causeway_service::keys::Role;
use serde_json::{Value, json};

use super::world::{World, corridor, event, status, with, with_key};
use crate::cursor::Cursor;

const NOON: &str = "2023-06-15T12:00:00Z";

#[actix_web::test]
async fn every_answer_says_as_of_what() {
    let world = World::open();
    let key = world.key("icrc", Role::Reporter);
    world.send(&key, &corridor("lachin")).await.ok();
    world.send(&key, &status("lachin", NOON, "closed")).await.ok();
    let path =
        "/v1/corridors/lachin?effective_at=2023-06-16T00:00:00Z&policy=latest&window_hours=24";
    let answer = world.get(path, "").await.ok().json();
    assert_eq!(answer["as_of"]["position"], 1);
    assert_eq!(answer["as_of"]["effective_at"], "2023-06-16T00:00:00Z");
    assert_eq!(answer["as_of"]["policy"], "latest");
    assert_eq!(answer["as_of"]["window_hours"], 24);
    assert_eq!(answer["data"]["status"][0]["status"], "closed");
    let before = world.get("/v1/corridors/lachin?at_position=0", "").await.ok().json();
    assert_eq!(before["data"]["status"][0]["status"], "unknown");
}

#[actix_web::test]
async fn every_read_model_answers_in_the_one_shape() {
    let world = World::open();
    let key = world.key("icrc", Role::Reporter);
    for sent in one_of_each() {
        world.send(&key, &sent).await.ok();
    }
    let lists = [
        ("corridors", "c1"),
        ("constraints", "b1"),
        ("blockades", "b1"),
        ("deliveries", "d1"),
        ("incidents", "i1"),
        ("movements", "m1"),
        ("statements", "s1"),
        ("actors", "icrc"),
        ("places", "p1"),
    ];
    for (list, id) in lists {
        let answer = world.get(&format!("/v1/{list}"), "").await.ok().json();
        assert!(answer["as_of"]["position"].is_u64(), "{list}");
        assert_eq!(answer["next"], Value::Null, "{list}");
        let ids: Vec<_> = answer["data"].as_array().unwrap().iter().map(|one| &one["id"]).collect();
        assert!(ids.contains(&&json!(id)), "{list}: {ids:?}");
        let one = world.get(&format!("/v1/{list}/{id}"), "").await.ok().json();
        assert_eq!(one["data"]["id"], id);
        assert_eq!(world.get(&format!("/v1/{list}/none"), "").await.problem(), "not-found");
    }
    let others = [
        "/v1/situation",
        "/v1/vocabularies",
        "/v1/vocabularies/levels",
        "/v1/event-types",
        "/v1/event-types/corridor.registered.v1",
    ];
    for path in others {
        let answer = world.get(path, "").await.ok().json();
        assert!(answer["as_of"].is_object() && !answer["data"].is_null(), "{path}");
    }
}

fn one_of_each() -> Vec<Value> {
    let names = json!({ "names": { "en": "One" }, "kind": "ngo" });
    let constraint = json!({ "kind": "blockade", "category": "RMW", "title": "A road is shut" });
    let plan = json!({ "organisation": "icrc", "destination": { "name": "Kornidzor" } });
    let incident = json!({ "kind": "shooting", "category": "VIO", "title": "Shots" });
    let statement = json!({ "by": "icrc", "summary": "We need passage." });
    vec![
        corridor("c1"),
        event("constraint.reported.v1", "constraint/b1", NOON, constraint),
        event("delivery.planned.v1", "delivery/d1", NOON, plan),
        event("incident.reported.v1", "incident/i1", NOON, incident),
        event("movement.reported.v1", "movement/m1", NOON, json!({ "kind": "evacuation" })),
        event("statement.recorded.v1", "statement/s1", NOON, statement),
        event("actor.registered.v1", "actor/icrc", NOON, names),
        event("place.registered.v1", "place/p1", NOON, json!({ "names": { "en": "One" } })),
    ]
}

#[actix_web::test]
async fn an_answer_that_is_known_already_is_not_sent_again() {
    let world = World::open();
    let key = world.key("icrc", Role::Reporter);
    world.send(&key, &corridor("a")).await.ok();
    world.send(&key, &corridor("b")).await.ok();
    // A named moment, so that the minute cannot turn in the middle.
    for path in ["/v1/corridors/a", "/v1/corridors"] {
        let path = format!("{path}?effective_at=2023-07-01T00:00:00Z");
        let tag = world.get(&path, "").await.ok().header("etag").unwrap().to_owned();
        assert!(tag.starts_with("W/\""), "{tag}");
        for known in [tag.as_str(), "*", &format!("\"x\", {tag}"), &tag[2..]] {
            let again = world.get_again(&path, "", known).await;
            assert_eq!((again.status, again.body.len()), (304, 0), "{known}");
            assert_eq!(again.header("etag"), Some(tag.as_str()));
        }
        assert_eq!(world.get_again(&path, "", "\"x\"").await.status, 200);
    }
}

#[actix_web::test]
async fn a_tag_changes_with_what_is_shown_and_with_nothing_else() {
    let world = World::open();
    let key = world.key("icrc", Role::Reporter);
    world.send(&key, &corridor("a")).await.ok();
    world.send(&key, &corridor("b")).await.ok();
    let path = "/v1/corridors/a?effective_at=2023-07-01T00:00:00Z";
    let party = "/v1/corridors/a?effective_at=2023-07-01T00:00:00Z&policy=party:icrc";
    let tag = async |path: &str, key: &str| {
        world.get(path, key).await.ok().header("etag").unwrap().to_owned()
    };
    let first = tag(path, "").await;
    let first_party = tag(party, "").await;
    assert_ne!(first, first_party);
    assert_ne!(first, tag(path, &key).await, "another clearance");

    world.send(&key, &status("b", NOON, "open")).await.ok();
    assert_eq!(tag(path, "").await, first, "another corridor");
    let actor = json!({ "names": { "en": "ICRC" }, "kind": "red_cross_red_crescent" });
    world.send(&key, &event("actor.registered.v1", "actor/icrc", NOON, actor)).await.ok();
    assert_eq!(tag(path, "").await, first, "an actor, under `best`");
    assert_ne!(tag(party, "").await, first_party, "an actor, under `party`");
    world.send(&key, &status("a", NOON, "open")).await.ok();
    assert_ne!(tag(path, "").await, first, "this corridor");
}

#[actix_web::test]
async fn a_leak_that_is_closed_changes_every_tag() {
    let world = World::open();
    let key = world.key("icrc", Role::Reporter);
    world.send(&key, &corridor("a")).await.ok();
    let report = world.send(&key, &status("a", NOON, "open")).await.ok().json();
    let path = "/v1/corridors/a?at_position=1";
    let tag = world.get(path, "").await.ok().header("etag").unwrap().to_owned();
    assert_eq!(world.get_again(path, "", &tag).await.status, 304);
    let withdrawal = json!({ "event": report["id"], "reason": "it names a driver" });
    let withdrawal = event("report.withdrawn.v1", "corridor/a", NOON, withdrawal);
    world.send(&key, &with(withdrawal, "dataclassification", "confidential")).await.ok();
    assert_eq!(world.get_again(path, "", &tag).await.status, 200);
}

#[actix_web::test]
async fn pages_do_not_tear_when_events_come_in_between() {
    let world = World::open();
    let key = world.key("icrc", Role::Reporter);
    for id in ["a", "b", "c"] {
        world.send(&key, &corridor(id)).await.ok();
    }
    let first = world.get("/v1/corridors?limit=2&q=", "").await.ok();
    let link = first.header("link").unwrap().to_owned();
    let first = first.json();
    let cursor = first["next"].as_str().unwrap();
    assert!(link.contains(cursor) && link.ends_with("rel=\"next\""));
    for id in ["b2", "d"] {
        world.send(&key, &corridor(id)).await.ok();
    }
    let second = world.get(&format!("/v1/corridors?cursor={cursor}"), "").await.ok().json();
    assert_eq!(second["as_of"], first["as_of"]);
    let ids: Vec<_> = second["data"].as_array().unwrap().iter().map(|one| &one["id"]).collect();
    assert_eq!(ids, ["c"]);
    assert_eq!(second["next"], Value::Null);
}

#[actix_web::test]
async fn a_cursor_is_good_for_its_own_request_only() {
    let world = World::open();
    let key = world.key("icrc", Role::Reporter);
    for id in ["a", "b"] {
        world.send(&key, &corridor(id)).await.ok();
    }
    let first = world.get("/v1/corridors?limit=1&policy=latest", "").await.ok().json();
    let cursor = first["next"].as_str().unwrap();
    let on = |more: &str| format!("/v1/corridors?cursor={cursor}{more}");
    world.get(&on("&policy=latest&limit=7"), "").await.ok();
    let wrong = [
        (on("&policy=best"), ""),
        (on("&status=open"), ""),
        (on("&effective_at=2023-01-01T00:00:00Z"), ""),
        (on(""), key.as_str()),
        (format!("/v1/incidents?cursor={cursor}"), ""),
    ];
    for (path, key) in wrong {
        let reply = world.get(&path, key).await;
        assert_eq!((reply.status, reply.problem().as_str()), (400, "bad-cursor"), "{path}");
    }
    assert_eq!(world.get("/v1/corridors?cursor=x", "").await.problem(), "bad-cursor");
}

#[actix_web::test]
async fn a_cursor_that_was_changed_never_dates_an_answer_wrongly() {
    let world = World::open();
    let key = world.key("icrc", Role::Reporter);
    for id in ["a", "b", "c"] {
        world.send(&key, &corridor(id)).await.ok();
    }
    let first = world.get("/v1/corridors?limit=1&at_position=1", "").await.ok().json();
    let cursor: Cursor = first["next"].as_str().unwrap().parse().unwrap();
    let ask = async |cursor: Cursor| world.get(&format!("/v1/corridors?cursor={cursor}"), "").await;
    ask(cursor.clone()).await.ok();
    let late: Time = "2099-01-01T00:00:00Z".parse().unwrap();
    let early: Time = "1999-01-01T00:00:00Z".parse().unwrap();
    for (position, known_at) in
        [(Some(1), late), (Some(1), early), (Some(0), cursor.known_at), (Some(7), cursor.known_at)]
    {
        let reply = ask(Cursor { position, known_at, ..cursor.clone() }).await;
        assert_eq!(reply.status, 400, "{position:?} known at {known_at}");
    }
}

#[actix_web::test]
async fn a_position_that_does_not_come_is_not_waited_for_for_ever() {
    let world = World::open();
    let key = world.key("icrc", Role::Reporter);
    world.send(&key, &corridor("a")).await.ok();
    world.get("/v1/corridors?min_position=0", "").await.ok();
    let reply = world.get("/v1/corridors?min_position=1", "").await;
    assert_eq!((reply.status, reply.problem().as_str()), (503, "not-reached"));
    assert!(reply.header("retry-after").is_some());
}

#[actix_web::test]
async fn answers_are_packed_and_say_who_may_keep_them() {
    let world = World::open();
    let key = world.key("icrc", Role::Reporter);
    let path = "/v1/vocabularies";
    for encoding in ["gzip", "br", "zstd"] {
        let request = TestRequest::get().uri(path).insert_header(("accept-encoding", encoding));
        let reply = world.call(request).await.ok();
        assert_eq!(reply.header("content-encoding"), Some(encoding));
        let vary: Vec<_> = reply.headers.iter().filter(|(name, _)| name == "vary").collect();
        assert_eq!(vary.len(), 2, "{vary:?}");
    }
    let public = world.get(path, "").await.ok();
    assert_eq!(public.header("cache-control"), Some("public, no-cache"));
    assert_eq!(public.header("x-content-type-options"), Some("nosniff"));
    assert!(public.header("x-request-id").is_some());
    let private = world.call(with_key(TestRequest::get().uri(path), &key)).await.ok();
    assert_eq!(private.header("cache-control"), Some("private, no-cache"));
}
