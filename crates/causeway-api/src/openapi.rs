//! The OpenAPI document: made from the route table and the types, never by hand.

use actix_web::App;
use causeway_domain::schema::EVENT_TYPES;
use serde_json::{Map, Value, json};
use utoipa::OpenApi as _;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{OpenApi, PathItem, SecurityRequirement};
use utoipa_actix_web::AppExt;

use crate::{problem, routes};

/// What the document says of itself.
#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Causeway",
        description = "An append-only, verifiable record of claims about humanitarian access: \
            blockades, corridors, deliveries and the incidents around them. Every answer says as \
            of when, as known when and under which policy it was made.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    servers((url = "/", description = "The service that serves this document")),
    tags(
        (name = "events", description = "Recording events, and the log as a feed"),
        (name = "log", description = "Checkpoints, tiles and proofs, for whoever checks the record"),
        (name = "situation", description = "The overview"),
        (name = "disputes", description = "Where sources disagree"),
        (name = "indicators", description = "Figures about a period"),
        (name = "bulletins", description = "Figures that were published, and can be computed again"),
        (name = "corridors", description = "Can a truck pass?"),
        (name = "constraints", description = "What bars access, blockades among it"),
        (name = "deliveries", description = "Where is the aid, and how much got through?"),
        (name = "incidents", description = "What happened, and who was harmed?"),
        (name = "movements", description = "People who were moved, or had to move"),
        (name = "statements", description = "What was said in public"),
        (name = "registers", description = "Actors, places and words"),
        (name = "keys", description = "Who may ask"),
        (name = "service", description = "Health, this document, problems"),
    ),
    components(schemas(problem::Body)),
)]
struct Document;

/// The document.
#[must_use]
pub fn openapi() -> Value {
    let mut document = json!(described());
    let schemas = &mut document["components"]["schemas"];
    if let Value::Object(schemas) = schemas {
        schemas.extend(event_schemas());
    }
    document["paths"]["/v1/events"]["post"]["requestBody"] = events_sent();
    let event = json!({ "$ref": "#/components/schemas/Event" });
    let read = &mut document["paths"]["/v1/events/{id}"]["get"]["responses"]["200"];
    read["content"]["application/cloudevents+json"]["schema"] = event;
    document
}

/// The document as it is committed and served: the same text every time.
#[must_use]
pub fn text() -> String {
    format!("{:#}\n", sorted(openapi()))
}

/// The methods that each path takes, as they stand in `Allow`.
pub(crate) fn methods() -> Vec<(String, &'static str)> {
    let methods = |item: &PathItem| match (&item.get, &item.post, &item.delete) {
        (Some(_), Some(_), _) => "GET, HEAD, POST",
        (Some(_), None, _) => "GET, HEAD",
        (None, Some(_), _) => "POST",
        (None, None, _) => "DELETE",
    };
    let paths = described().paths.paths;
    paths.iter().map(|(path, item)| (path.clone(), methods(item))).collect()
}

/// What the route table describes.
fn described() -> OpenApi {
    let app = App::new().into_utoipa_app().openapi(Document::openapi());
    let (_, mut document) = app.configure(routes::table).split_for_parts();
    let key = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("An API key, `cw_…`; an admin makes them"))
        .build();
    let components = document.components.get_or_insert_default();
    components.add_security_scheme("key", SecurityScheme::Http(key));
    document.security = Some(vec![SecurityRequirement::new("key", [""; 0])]);
    document
}

/// A schema for each event type, one for any event, and what they refer to.
fn event_schemas() -> Map<String, Value> {
    let mut schemas = Map::new();
    let mut names = Map::new();
    for event_type in EVENT_TYPES.iter() {
        let mut schema = event_type.event.clone();
        if let Value::Object(members) = &mut schema {
            members.remove("$schema");
            let definitions = members.remove("$defs");
            let definitions = definitions.iter().filter_map(Value::as_object).flatten();
            schemas.extend(definitions.map(|(name, definition)| {
                (format!("event.{name}"), in_components(definition.clone()))
            }));
        }
        let name = &event_type.name;
        schemas.insert(name.clone(), in_components(schema));
        names.insert(name.clone(), json!(format!("#/components/schemas/{name}")));
    }
    let any: Vec<Value> = names.values().map(|reference| json!({ "$ref": reference })).collect();
    let discriminator = json!({ "propertyName": "type", "mapping": names });
    let event = json!({
        "description": "An event (CloudEvents 1.0). What the server sets is there when it is read.",
        "oneOf": any,
        "discriminator": discriminator,
    });
    schemas.insert("Event".into(), event);
    schemas
}

/// A schema that refers to its own definitions, made to refer to the document's.
fn in_components(schema: Value) -> Value {
    match schema {
        Value::String(text) => match text.strip_prefix("#/$defs/") {
            Some(name) => format!("#/components/schemas/event.{name}").into(),
            None => text.into(),
        },
        Value::Array(items) => items.into_iter().map(in_components).collect(),
        Value::Object(members) => {
            let moved = members.into_iter().map(|(name, member)| (name, in_components(member)));
            Value::Object(moved.collect())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => schema,
    }
}

/// The bodies that recording takes, with the example of every type.
fn events_sent() -> Value {
    let example = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_default();
    let examples = EVENT_TYPES.iter().map(|event_type| {
        let value = example(event_type.example);
        (event_type.name.clone(), json!({ "summary": event_type.summary, "value": value }))
    });
    let examples: Map<String, Value> = examples.collect();
    let one = json!({ "$ref": "#/components/schemas/Event" });
    let many = json!({ "type": "array", "maxItems": 10_000, "items": one });
    let first: Vec<Value> =
        EVENT_TYPES.iter().take(2).map(|event_type| example(event_type.example)).collect();
    let lines: String = first.iter().map(|event| format!("{event}\n")).collect();
    json!({
        "required": true,
        "content": {
            "application/json": { "schema": { "oneOf": [one, many] }, "examples": examples },
            "application/cloudevents+json": { "schema": one, "example": first[0] },
            "application/cloudevents-batch+json": { "schema": many, "example": first },
            "application/x-ndjson": { "schema": { "type": "string" }, "example": lines },
        },
    })
}

/// The same JSON with the members of every object in order, whoever built it.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members.into_iter().collect();
            members.sort_by(|one, other| one.0.cmp(&other.0));
            let members = members.into_iter().map(|(name, member)| (name, sorted(member)));
            Value::Object(members.collect())
        }
        Value::Array(items) => items.into_iter().map(sorted).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value,
    }
}
