//! Who may do what.

use actix_web::test::TestRequest;
use causeway_domain::words::Classification;
use causeway_service::keys::{NewKey, Role};
use serde_json::json;

use super::world::{World, corridor, status, with, with_key};

const NOON: &str = "2023-06-15T12:00:00Z";

#[actix_web::test]
async fn without_a_key_only_what_is_for_everybody_answers() {
    let world = World::closed();
    for path in ["/livez", "/readyz", "/docs/", "/openapi.json", "/problems", "/problems/not-found"]
    {
        world.get(path, "").await.ok();
    }
    for path in ["/v1/situation", "/v1/corridors", "/v1/events", "/v1/vocabularies", "/v1/keys"] {
        let reply = world.get(path, "").await;
        assert_eq!((reply.status, reply.problem().as_str()), (401, "not-authenticated"), "{path}");
        assert!(reply.header("www-authenticate").unwrap().starts_with("Bearer"));
    }
}

#[actix_web::test]
async fn a_bad_key_is_refused_even_where_none_is_needed() {
    let world = World::open();
    world.get("/v1/corridors", "").await.ok();
    assert_eq!(world.get("/v1/corridors", "cw_x_y").await.status, 401);
    let basic =
        TestRequest::get().uri("/v1/corridors").insert_header(("authorization", "Basic eA=="));
    assert_eq!(world.call(basic).await.status, 401);
}

#[actix_web::test]
async fn readers_and_auditors_record_nothing() {
    let world = World::closed();
    for role in [Role::Reader, Role::Auditor] {
        let reply = world.send(&world.key("icrc", role), &corridor("lachin")).await;
        assert_eq!((reply.status, reply.problem().as_str()), (403, "not-permitted"));
    }
    assert_eq!(world.send("", &corridor("lachin")).await.status, 401);
}

#[actix_web::test]
async fn what_is_above_the_clearance_does_not_exist() {
    let world = World::open();
    let reporter = world.key("icrc", Role::Reporter);
    world.send(&reporter, &corridor("lachin")).await.ok();
    let secret = with(corridor("secret"), "dataclassification", "confidential");
    let id = world.send(&reporter, &secret).await.ok().json()["id"].as_str().unwrap().to_owned();

    for path in ["/v1/corridors/secret".to_owned(), format!("/v1/events/{id}")] {
        world.get(&path, &reporter).await.ok();
        assert_eq!(world.get(&path, "").await.problem(), "not-found", "{path}");
        assert_eq!(world.get_again(&path, "", "*").await.status, 404, "{path}");
    }
    let listed = world.get("/v1/corridors", "").await.json();
    assert_eq!(listed["data"].as_array().unwrap().len(), 1);
    assert_eq!(listed["as_of"]["clearance"], "public");
}

#[actix_web::test]
async fn only_an_admin_manages_keys() {
    let world = World::closed();
    let admin = world.key("causeway", Role::Admin);
    let body = json!({ "organisation": "icrc", "role": "reporter" }).to_string();
    for role in [Role::Reader, Role::Reporter, Role::Assessor, Role::Auditor] {
        let key = world.key("icrc", role);
        let reply = world.post("/v1/keys", &key, "application/json", &body).await;
        assert_eq!((reply.status, reply.problem().as_str()), (403, "not-permitted"));
    }
    let created = world.post("/v1/keys", &admin, "application/json", &body).await;
    assert_eq!(created.status, 201);
    let created = created.json();
    let token = created["token"].as_str().unwrap();
    world.send(token, &corridor("lachin")).await.ok();

    let listed = world.get("/v1/keys", &admin).await.json();
    assert!(!listed.to_string().contains(token));
    let path = format!("/v1/keys/{}", created["id"].as_str().unwrap());
    let revoked = world.call(with_key(TestRequest::delete().uri(&path), &admin)).await.ok();
    assert!(revoked.json()["revoked"].is_string());
    assert_eq!(world.send(token, &status("lachin", NOON, "open")).await.status, 401);
}

#[actix_web::test]
async fn a_key_that_cannot_be_made_is_explained() {
    let world = World::closed();
    let admin = world.key("causeway", Role::Admin);
    let wrong = [
        (r#"{"organisation": "icrc"}"#, 422, "invalid-key"),
        (r#"{"organisation": "ICRC", "role": "reporter"}"#, 422, "invalid-key"),
        (r#"{"organisation": "icrc", "role": "reporter", "colour": "red"}"#, 422, "invalid-key"),
        (
            r#"{"organisation": "icrc", "role": "reader", "default_classification": "confidential"}"#,
            422,
            "invalid-key",
        ),
        ("{", 400, "malformed-json"),
    ];
    for (body, status, code) in wrong {
        let reply = world.post("/v1/keys", &admin, "application/json", body).await;
        assert_eq!((reply.status, reply.problem().as_str()), (status, code), "{body}");
    }
    let unknown = TestRequest::delete().uri("/v1/keys/nobody");
    assert_eq!(world.call(with_key(unknown, &admin)).await.problem(), "not-found");
}

#[actix_web::test]
async fn an_event_that_does_not_say_is_as_sensitive_as_its_key_says() {
    let world = World::closed();
    let key = world.key_like(NewKey {
        organisation: "icrc".parse().unwrap(),
        role: Role::Reporter,
        clearance: None,
        default_classification: Some(Classification::Confidential),
        expires: None,
    });
    let mut event = corridor("lachin");
    event.as_object_mut().unwrap().remove("dataclassification");
    let id = world.send(&key, &event).await.ok().json()["id"].as_str().unwrap().to_owned();
    let stored = world.get(&format!("/v1/events/{id}"), &key).await.json();
    assert_eq!(stored["dataclassification"], "confidential");
}
