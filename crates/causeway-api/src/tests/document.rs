//! The OpenAPI document: whole, and true of the service.

use causeway_service::keys::Role;
use serde_json::{Value, json};

use super::world::World;
use crate::openapi::{openapi, text};

/// Every operation with its method and path.
fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let paths = document["paths"].as_object().unwrap().iter();
    let of_path = |(path, item): (&String, &Value)| {
        let methods = ["get", "post", "delete"].into_iter();
        let operation =
            |method: &str| Some((method.to_owned(), path.clone(), item.get(method)?.clone()));
        methods.filter_map(operation).collect::<Vec<_>>()
    };
    paths.flat_map(of_path).collect()
}

#[test]
fn every_operation_has_a_name_a_summary_a_tag_and_its_failures() {
    let document = openapi();
    for (method, path, operation) in operations(&document) {
        for member in ["operationId", "summary", "tags"] {
            assert!(!operation[member].is_null(), "{method} {path} has no {member}");
        }
        let may_fail =
            operation["responses"].as_object().unwrap().keys().any(|code| code > &"399".to_owned());
        let cannot_fail = ["/livez", "/openapi.json", "/problems"].contains(&path.as_str());
        assert!(may_fail != cannot_fail, "{method} {path}: failures");
    }
}

#[test]
fn every_path_has_its_parameters_with_examples() {
    let document = openapi();
    for (method, path, operation) in operations(&document) {
        let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
        for parameter in &parameters {
            let name = parameter["name"].as_str().unwrap();
            assert!(
                parameter["description"].is_string(),
                "{method} {path}: {name} is not described"
            );
            let has_example = !parameter["example"].is_null();
            let is_by_itself = ["cursor", "at_position", "after"].contains(&name);
            assert!(has_example != is_by_itself, "{method} {path}: an example of {name}");
        }
        let in_path = |one: &&Value| one["in"] == "path";
        let named = path.matches('{').count();
        assert_eq!(parameters.iter().filter(in_path).count(), named, "{method} {path}");
    }
}

#[test]
fn every_reference_leads_somewhere() {
    let document = openapi();
    let mut references = Vec::new();
    collect(&document, &mut references);
    assert!(references.len() > 100);
    for reference in references {
        let pointer = reference.strip_prefix('#').unwrap_or_else(|| panic!("{reference}"));
        assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
}

fn collect(value: &Value, references: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            let reference = members.get("$ref").and_then(Value::as_str);
            references.extend(reference.map(str::to_owned));
            members.values().for_each(|member| collect(member, references));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, references)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn the_document_is_the_same_every_time() {
    assert_eq!(text(), text());
}

#[actix_web::test]
async fn the_document_and_its_pages_are_served() {
    let world = World::closed();
    let served = world.get("/openapi.json", "").await.ok();
    assert_eq!(String::from_utf8(served.body).unwrap(), text());
    assert_eq!(world.get("/docs", "").await.header("location"), Some("/docs/"));
    for file in ["", "swagger-ui.css", "swagger-ui-bundle.js", "swagger-initializer.js"] {
        let file = world.get(&format!("/docs/{file}"), "").await.ok();
        let text = String::from_utf8_lossy(&file.body).into_owned();
        assert!(
            !text.contains("src=\"http") && !text.contains("href=\"http"),
            "needs the internet"
        );
    }
    let start = world.get("/docs/swagger-initializer.js", "").await;
    assert!(String::from_utf8(start.body).unwrap().contains("/openapi.json"));
}

/// A service that holds the demonstration record, and the key of an admin.
async fn demonstration() -> (World, String) {
    let record = concat!(env!("CARGO_MANIFEST_DIR"), "/../causeway/demo/lachin.ndjson");
    let record = std::fs::read_to_string(record).unwrap();
    let world = World::open();
    // Nobody assesses what their own key recorded.
    let [recorder, assessor] = [(); 2].map(|()| world.key("causeway-demo", Role::Admin));
    let lines: Vec<&str> = record.lines().collect();
    let is_assessment = |line: &str| line.contains(r#""type":"report.assessed.v1""#);
    for run in lines.chunk_by(|one, next| is_assessment(one) == is_assessment(next)) {
        let key = if is_assessment(run[0]) { &assessor } else { &recorder };
        let body = run.join("\n");
        let imported = world.post("/v1/events", key, "application/x-ndjson", &body).await.ok();
        let results = imported.json()["results"].clone();
        let refused = |result: &&Value| result["status"] != "recorded";
        assert_eq!(results.as_array().unwrap().iter().find(refused), None);
    }
    let bulletin = &openapi()["paths"]["/v1/bulletins"]["post"]["requestBody"]["content"];
    let bulletin = bulletin["application/json"]["example"].to_string();
    world.post("/v1/bulletins", &recorder, "application/json", &bulletin).await.ok();
    (world, recorder)
}

/// The path of an operation with the examples of those of its parameters that are `wanted`.
fn with_examples(path: &str, operation: &Value, wanted: impl Fn(&Value) -> bool) -> String {
    let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
    let (mut path, mut query) = (path.to_owned(), Vec::new());
    for parameter in parameters.iter().filter(|parameter| wanted(parameter)) {
        let name = parameter["name"].as_str().unwrap();
        let example = &parameter["example"];
        let example = example.as_str().map_or_else(|| example.to_string(), str::to_owned);
        match parameter["in"].as_str() {
            Some("path") => path = path.replace(&format!("{{{name}}}"), &example),
            Some("query") => query.push(format!("{name}={example}")),
            _ => {}
        }
    }
    format!("{path}?{}", query.join("&"))
}

/// What the document says of the JSON in `content`, in a form that can be checked.
fn schema_of(document: &Value, content: &Value) -> jsonschema::Validator {
    let mut schema = content["schema"].clone();
    schema["components"] = document["components"].clone();
    jsonschema::draft202012::new(&schema).unwrap()
}

#[actix_web::test]
async fn every_example_works_and_its_answer_is_what_the_document_says() {
    let (world, admin) = demonstration().await;
    let document = openapi();
    for (method, path, operation) in operations(&document) {
        let has_parameters = !operation["parameters"].is_null();
        if method != "get" || (path.starts_with("/problems/") || !has_parameters) {
            continue;
        }
        let content = operation["responses"]["200"]["content"].as_object().unwrap();
        if content.contains_key("text/event-stream") {
            continue; // it has no end, and tests of its own
        }
        // The bulletin was issued just now, so nobody knew of it earlier.
        let is_known = |one: &Value| one["name"] != "known_at" || !path.contains("bulletins");
        let has_example = |one: &Value| !one["example"].is_null();
        let narrow = with_examples(&path, &operation, |one| has_example(one) && is_known(one));
        let wide = with_examples(&path, &operation, |one| one["required"] == true);
        for path in [narrow, wide] {
            let answer = world.get(&path, &admin).await.ok();
            if !content.contains_key("application/json") {
                continue; // its form is a standard's, and tested by itself
            }
            let answer = answer.json();
            let schema = schema_of(&document, content.values().next().unwrap());
            let wrong: Vec<_> =
                schema.iter_errors(&answer).take(3).map(|one| one.to_string()).collect();
            assert!(wrong.is_empty(), "{path}: {wrong:?}");
        }
    }
}

#[actix_web::test]
async fn every_example_of_a_body_is_taken() {
    let (world, _) = demonstration().await;
    // Somebody who recorded none of it, and so may assess it.
    let admin = world.key("causeway-demo", Role::Admin);
    let bodies = openapi()["paths"]["/v1/events"]["post"]["requestBody"]["content"].clone();
    let path = "/v1/events?dry_run=true";
    for (name, example) in bodies["application/json"]["examples"].as_object().unwrap() {
        let body = example["value"].to_string();
        let reply = world.post(path, &admin, "application/json", &body).await;
        assert_eq!(reply.status, 200, "{name}: {}", String::from_utf8_lossy(&reply.body));
    }
    for (content_type, content) in bodies.as_object().unwrap() {
        let example = content.get("example").cloned().unwrap_or(json!([]));
        let body = example.as_str().map_or_else(|| example.to_string(), str::to_owned);
        world.post(path, &admin, content_type, &body).await.ok();
    }
}
