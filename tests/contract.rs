//! The OpenAPI document: as committed, complete, and true of the demonstration.

use serde_json::Value;

use crate::world::*;

const COMMITTED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../openapi/causeway.json");

fn document() -> Value {
    serde_json::from_str(&contents(COMMITTED.as_ref())).unwrap()
}

/// Every operation with its path and method.
fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let paths = document["paths"].as_object().unwrap();
    let of_path = |(path, methods): (&String, &Value)| {
        let methods = methods.as_object().unwrap().clone();
        let path = path.clone();
        methods.into_iter().map(move |(method, operation)| (path.clone(), method, operation))
    };
    paths.iter().flat_map(of_path).collect()
}

#[test]
fn the_committed_document_is_the_one_that_the_executable_writes() {
    let written = output_of(causeway().arg("openapi"));
    assert!(
        written == contents(COMMITTED.as_ref()),
        "the interface has changed: run `causeway openapi > openapi/causeway.json` and read the diff"
    );
}

#[test]
fn every_operation_says_what_it_does_and_what_can_go_wrong() {
    for (path, method, operation) in operations(&document()) {
        assert!(operation["summary"].is_string(), "{method} {path} has no summary");
        assert!(operation["operationId"].is_string(), "{method} {path} has no operation id");
        let responses = operation["responses"].as_object().unwrap();
        let fails = responses.keys().any(|status| status.starts_with(['4', '5']));
        let is_plain = ["/livez", "/docs", "/openapi.json", "/problems"]
            .iter()
            .any(|one| path.starts_with(one));
        assert!(fails || is_plain, "{method} {path} names no problem that it can answer");
    }
}

/// The URL of an operation, its path filled in with the examples of its parameters.
fn example_url(path: &str, operation: &Value) -> String {
    let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
    let (mut url, mut query) = (path.to_owned(), Vec::new());
    for parameter in parameters {
        let name = parameter["name"].as_str().unwrap();
        let example = [&parameter["example"], &parameter["schema"]["example"]];
        let example = example.into_iter().find(|one| !one.is_null());
        let text = example.map(|one| one.as_str().map_or(one.to_string(), str::to_owned));
        match (parameter["in"].as_str().unwrap(), text) {
            ("path", Some(text)) => url = url.replace(&format!("{{{name}}}"), &text),
            ("path", None) => panic!("{path}: `{name}` has no example"),
            ("query", Some(text))
                if parameter["required"] == true || name == "policy" || name == "effective_at" =>
            {
                query.push(format!("{name}={text}"));
            }
            (_, _) => {}
        }
    }
    match query.is_empty() {
        true => url,
        false => format!("{url}?{}", query.join("&")),
    }
}

#[test]
fn every_example_works_against_the_demonstration() {
    let world = World::demo();
    let document = document();
    let bulletin = &document["paths"]["/v1/bulletins"]["post"]["requestBody"]["content"];
    let bulletin = bulletin["application/json"]["example"].to_string();
    let admin =
        world.key_with(serde_json::json!({ "organisation": "causeway-demo", "role": "admin" }));
    let issued = world.post_as(&admin, "/v1/bulletins", "application/json", &bulletin);
    assert_eq!(issued.status, 201, "{}", issued.text());
    for (path, method, operation) in operations(&document) {
        let is_about_keys = path.starts_with("/v1/keys");
        let has_an_end = path != "/v1/events/stream";
        if method != "get" || is_about_keys || !has_an_end {
            continue;
        }
        let url = example_url(&path, &operation);
        // A digest is of everything, for those who may see everything.
        let is_open = !path.ends_with("/digest");
        let answer = if is_open { world.get(&url) } else { world.get_as(&admin, &url) };
        assert_eq!(answer.status, 200, "{url}: {}", answer.text());
    }
}

#[test]
fn every_example_of_an_event_is_recorded_by_the_demonstration() {
    let world = World::demo();
    let types = world.get("/v1/event-types").data();
    let admin =
        world.key_with(serde_json::json!({ "organisation": "causeway-demo", "role": "admin" }));
    for one in types.as_array().unwrap() {
        let name = one["type"].as_str().or(one["name"].as_str()).unwrap();
        let full = world.get(&format!("/v1/event-types/{name}")).json();
        let example = full.get("data").unwrap_or(&full)["example"].clone();
        let path = "/v1/events?dry_run=true";
        let answer = world.post_as(&admin, path, "application/json", &example.to_string());
        assert_eq!(answer.status, 200, "{name}: {}", answer.text());
    }
}
