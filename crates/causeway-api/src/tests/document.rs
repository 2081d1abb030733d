//! The OpenAPI document: whole, and true of the service.

use serde_json::Value;

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
            assert!(
                !operation[member].is_null(),
                "{method} {path} has no {member}"
            );
        }
        let may_fail = operation["responses"]
            .as_object()
            .unwrap()
            .keys()
            .any(|code| code > &"399".to_owned());
        let cannot_fail = ["/livez", "/openapi.json", "/problems"].contains(&path.as_str());
        assert!(may_fail != cannot_fail, "{method} {path}: failures");
    }
}

#[test]
fn every_path_has_its_parameters_with_examples() {
    let document = openapi();
    for (method, path, operation) in operations(&document) {
        let parameters = operation["parameters"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        for parameter in &parameters {
            let name = parameter["name"].as_str().unwrap();
            assert!(
                parameter["description"].is_string(),
                "{method} {path}: {name} is not described"
            );
            let has_example = !parameter["example"].is_null();
            let is_by_itself = ["cursor", "at_position", "after"].contains(&name);
            assert!(
                has_example != is_by_itself,
                "{method} {path}: an example of {name}"
            );
        }
        let in_path = |one: &&Value| one["in"] == "path";
        let named = path.matches('{').count();
        assert_eq!(
            parameters.iter().filter(in_path).count(),
            named,
            "{method} {path}"
        );
    }
}

#[test]
fn every_reference_leads_somewhere() {
    let document = openapi();
    let mut references = Vec::new();
    collect(&document, &mut references);
    assert!(references.len() > 100);
    for reference in references {
        let pointer = reference
            .strip_prefix('#')
            .unwrap_or_else(|| panic!("{reference}"));
        assert!(
            document.pointer(pointer).is_some(),
            "{reference} leads nowhere"
        );
    }
}

fn collect(value: &Value, references: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            let reference = members.get("$ref").and_then(Value::as_str);
            references.extend(reference.map(str::to_owned));
            members
                .values()
                .for_each(|member| collect(member, references));
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
    assert_eq!(
        world.get("/docs", "").await.header("location"),
        Some("/docs/")
    );
    for file in [
        "",
        "swagger-ui.css",
        "swagger-ui-bundle.js",
        "swagger-initializer.js",
    ] {
        let file = world.get(&format!("/docs/{file}"), "").await.ok();
        let text = String::from_utf8_lossy(&file.body).into_owned();
        assert!(
            !text.contains("src=\"http") && !text.contains("href=\"http"),
            "needs the internet"
        );
    }
    let start = world.get("/docs/swagger-initializer.js", "").await;
    assert!(
        String::from_utf8(start.body)
            .unwrap()
            .contains("/openapi.json")
    );
}
