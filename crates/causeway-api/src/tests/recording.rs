//! Recording: one event, many, all or nothing, not really.

use causeway_service::keys::Role;
use serde_json::{Value, json};

use super::world::{World, corridor, status, with};

const ID: &str = "0192c7c8-6d2e-7a31-9d41-0f3c6a1be001";

fn results(reply: &super::world::Reply) -> Vec<(String, Value)> {
    let body = reply.json();
    let results = body["results"].as_array().unwrap_or_else(|| panic!("{body}"));
    let status = |result: &Value| result["status"].as_str().unwrap().to_owned();
    results.iter().map(|result| (status(result), result.clone())).collect()
}

fn statuses(reply: &super::world::Reply) -> Vec<String> {
    results(reply).into_iter().map(|(status, _)| status).collect()
}

#[actix_web::test]
async fn one_event_is_created_and_its_repeat_gets_the_first_receipt() {
    let world = World::closed();
    let key = world.key("icrc", Role::Reporter);
    let event = with(corridor("lachin"), "id", ID);

    let created = world.send(&key, &event).await;
    assert_eq!(created.status, 201);
    assert_eq!(created.header("location"), Some(format!("/v1/events/{ID}").as_str()));
    let receipt = created.json();
    assert_eq!(receipt["sequence"], "00000000000000000000");
    assert_eq!(receipt["version"], 1);
    assert_eq!(receipt["flags"], json!(["late"]));

    let repeated = world.send(&key, &event).await;
    assert_eq!(repeated.status, 200);
    assert_eq!(repeated.json(), receipt);
}

#[actix_web::test]
async fn an_array_of_one_is_a_batch() {
    let world = World::closed();
    let key = world.key("icrc", Role::Reporter);
    let body = json!([corridor("lachin")]).to_string();
    let reply = world.post("/v1/events", &key, "application/json", &body).await;
    assert_eq!(reply.status, 200);
    assert_eq!(statuses(&reply), ["recorded"]);
    assert_eq!(results(&reply)[0].1["index"], 0);
}

#[actix_web::test]
async fn a_broken_line_costs_only_itself_and_is_named() {
    let world = World::closed();
    let key = world.key("icrc", Role::Reporter);
    let body = format!(
        "{}\n\n{{\"specversion\": \n{}\r\n",
        corridor("lachin"),
        status("lachin", "2023-06-15T13:19:00+04:00", "closed"),
    );
    let reply = world.post("/v1/events", &key, "application/x-ndjson", &body).await;
    assert_eq!(reply.status, 200);
    assert_eq!(statuses(&reply), ["recorded", "rejected", "recorded"]);
    let rejected = &results(&reply)[1].1;
    assert_eq!(rejected["line"], 3);
    assert_eq!(rejected["index"], 1);
    assert_eq!(rejected["problem"]["type"], "/problems/malformed-json");
    assert_eq!(world.api.service().head().chronicle.len(), 2);
}

#[actix_web::test]
async fn a_line_that_is_not_text_costs_only_itself() {
    let world = World::closed();
    let key = world.key("icrc", Role::Reporter);
    let mut body = b"\xff\xfe\n".to_vec();
    body.extend(corridor("lachin").to_string().into_bytes());
    let request = actix_web::test::TestRequest::post()
        .uri("/v1/events")
        .insert_header(("content-type", "application/x-ndjson"))
        .set_payload(body);
    let reply = world.call(super::world::with_key(request, &key)).await;
    assert_eq!(statuses(&reply), ["rejected", "recorded"]);
}

#[actix_web::test]
async fn a_broken_array_is_refused_whole() {
    let world = World::closed();
    let key = world.key("icrc", Role::Reporter);
    let body = format!("[{}, {{\"a\":]", corridor("lachin"));
    let reply = world.post("/v1/events", &key, "application/json", &body).await;
    assert_eq!((reply.status, reply.problem().as_str()), (400, "malformed-json"));
    assert_eq!(world.api.service().head().chronicle.len(), 0);
}

#[actix_web::test]
async fn an_atomic_batch_with_one_refusal_records_nothing() {
    let world = World::closed();
    let key = world.key("icrc", Role::Reporter);
    let unknown = status("nowhere", "2023-06-15T13:19:00+04:00", "closed");
    let body = json!([corridor("lachin"), unknown]).to_string();
    let reply = world.post("/v1/events?atomic=true", &key, "application/json", &body).await;
    assert_eq!((reply.status, reply.problem().as_str()), (422, "batch-rejected"));
    assert_eq!(statuses(&reply), ["rejected", "rejected"]);
    let problems: Vec<_> =
        results(&reply).iter().map(|(_, result)| result["problem"]["type"].clone()).collect();
    assert_eq!(problems, ["/problems/batch-rejected", "/problems/unknown-subject"]);
    assert_eq!(world.api.service().head().chronicle.len(), 0);
}

#[actix_web::test]
async fn an_atomic_batch_answers_with_the_status_of_its_first_problem() {
    let world = World::closed();
    let key = world.key("icrc", Role::Reporter);
    world.send(&key, &corridor("lachin")).await.ok();
    let body = json!([corridor("lachin"), status("nowhere", "2023-06-15T13:19:00Z", "open")]);
    let path = "/v1/events?atomic=true";
    let reply = world.post(path, &key, "application/json", &body.to_string()).await;
    assert_eq!((reply.status, reply.problem().as_str()), (409, "batch-rejected"));
}

#[actix_web::test]
async fn a_dry_run_judges_the_whole_batch_and_records_nothing() {
    let world = World::closed();
    let key = world.key("icrc", Role::Reporter);
    let body = json!([corridor("lachin"), status("lachin", "2023-06-15T13:19:00+04:00", "closed")]);
    let path = "/v1/events?dry_run=true";
    let reply = world.post(path, &key, "application/json", &body.to_string()).await;
    assert_eq!(statuses(&reply), ["recorded", "recorded"]);
    let single = world.post(path, &key, "application/json", &corridor("b").to_string()).await;
    assert_eq!(single.status, 200);
    assert_eq!(world.api.service().head().chronicle.len(), 0);
}

#[actix_web::test]
async fn every_content_type_of_the_contract_is_taken() {
    let world = World::closed();
    let key = world.key("icrc", Role::Reporter);
    let one = |id: &str| corridor(id).to_string();
    let many = |id: &str| json!([corridor(id)]).to_string();
    let sent = [
        ("application/json", one("a"), 201),
        ("application/json; charset=UTF-8", one("b"), 201),
        ("application/cloudevents+json", one("c"), 201),
        ("application/json", many("d"), 200),
        ("application/cloudevents-batch+json", many("e"), 200),
        ("application/x-ndjson", one("f"), 200),
    ];
    for (content_type, body, expected) in sent {
        let reply = world.post("/v1/events", &key, content_type, &body).await;
        assert_eq!(reply.status, expected, "{content_type}: {reply:?}");
    }
    assert_eq!(world.api.service().head().chronicle.len(), 6);
}

#[actix_web::test]
async fn nothing_sent_is_nothing_recorded() {
    let world = World::closed();
    let key = world.key("icrc", Role::Reporter);
    let empty = world.post("/v1/events", &key, "application/x-ndjson", "\n\n").await;
    assert_eq!((empty.status, results(&empty).len()), (200, 0));
    let empty = world.post("/v1/events", &key, "application/json", "[]").await;
    assert_eq!((empty.status, results(&empty).len()), (200, 0));
    let nothing = world.post("/v1/events", &key, "application/json", "").await;
    assert_eq!((nothing.status, nothing.problem().as_str()), (400, "malformed-json"));
}
