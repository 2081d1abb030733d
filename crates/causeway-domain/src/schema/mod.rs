//! The JSON Schema of every event type, made from the types themselves, and the full list of
//! what is wrong with an event.

mod examples;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use jsonschema::error::ValidationErrorKind;
use jsonschema::{ValidationError, Validator};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use crate::details::Details;
use crate::event::Envelope;
use crate::faults::Faults;
use crate::time::{Published, Time};
use crate::{
    bulletin, constraint, corridor, delivery, incident, json, movement, register, report, statement,
};

/// One type of event, for forms and integrators.
#[derive(Debug)]
pub struct EventType {
    /// `<kind>.<what_happened>.v<n>`.
    pub name: String,
    /// What it says, in one sentence.
    pub summary: String,
    /// A whole event of this type that a service with the demonstration record accepts.
    pub example: &'static str,
    /// JSON Schema (2020-12) of its `data`, complete in itself.
    pub data: Value,
    /// JSON Schema (2020-12) of the whole event as a client sends it, complete in itself.
    pub event: Value,
}

/// Every event type there is, in the order of the contract.
pub static EVENT_TYPES: LazyLock<Vec<EventType>> = LazyLock::new(|| {
    let mut types = Vec::new();
    types.extend(of_kind::<corridor::Event>());
    types.extend(of_kind::<constraint::Event>());
    types.extend(of_kind::<delivery::Event>());
    types.extend(of_kind::<incident::Event>());
    types.extend(of_kind::<movement::Event>());
    types.extend(of_kind::<statement::Event>());
    types.extend(of_kind::<bulletin::Event>());
    types.extend(of_kind::<report::Event>());
    types.extend(of_kind::<register::Actor>());
    types.extend(of_kind::<register::Place>());
    types
});

/// A schema with the definitions that it refers to by name.
struct Defined {
    schema: Value,
    definitions: BTreeMap<String, Value>,
}

impl Defined {
    fn of<T: ToSchema>() -> Defined {
        let mut named = Vec::new();
        T::schemas(&mut named);
        let definitions = named
            .into_iter()
            .map(|(name, schema)| (name, plain(json!(schema))));
        Defined {
            schema: plain(json!(T::schema())),
            definitions: definitions.collect(),
        }
    }

    /// The schema alone, its definitions inside.
    fn complete(self) -> Value {
        let mut schema = self.schema;
        schema["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
        schema["$defs"] = json!(self.definitions);
        schema
    }
}

/// The event types of one kind, read off the variants of its enum.
fn of_kind<E: ToSchema>() -> Vec<EventType> {
    let Defined {
        schema,
        definitions,
    } = Defined::of::<E>();
    // An enum with a single variant is not wrapped in `oneOf`.
    let variants = schema["oneOf"]
        .as_array()
        .cloned()
        .unwrap_or_else(|| vec![schema.clone()]);
    let types = variants.iter().flat_map(|variant| {
        let members = variant["properties"].as_object().into_iter().flatten();
        members.map(|(name, payload)| {
            let mut data = resolved(payload, &definitions).clone();
            // Some types share a payload; what one says of itself stands at its variant.
            data["description"] = variant["description"].clone();
            event_type(name.clone(), data, &definitions)
        })
    });
    types.collect()
}

fn event_type(name: String, mut data: Value, definitions: &BTreeMap<String, Value>) -> EventType {
    let details = Defined::of::<Details>();
    if let (Some(own), Some(common)) = (
        data["properties"].as_object_mut(),
        details.schema["properties"].as_object(),
    ) {
        own.extend(common.clone());
    }
    let mut definitions = definitions.clone();
    definitions.extend(details.definitions);

    let envelope = Defined::of::<Envelope<'_>>();
    let mut event = envelope.schema;
    event["properties"]["type"] = json!({ "const": name });
    event["properties"]["data"] = data.clone();
    let mut event_definitions = definitions.clone();
    event_definitions.extend(envelope.definitions);
    EventType {
        example: examples::of(&name),
        name,
        summary: summary(&data),
        data: Defined {
            schema: data,
            definitions,
        }
        .complete(),
        event: Defined {
            schema: event,
            definitions: event_definitions,
        }
        .complete(),
    }
}

/// The first sentence of what a type says of itself.
fn summary(data: &Value) -> String {
    let description = data["description"].as_str().unwrap_or_default();
    let words = description.split_whitespace().collect::<Vec<_>>().join(" ");
    match words.split_once(". ") {
        Some((first, _)) => format!("{first}."),
        None => words,
    }
}

fn resolved<'a>(schema: &'a Value, definitions: &'a BTreeMap<String, Value>) -> &'a Value {
    let name = schema["$ref"]
        .as_str()
        .and_then(|reference| reference.rsplit('/').next());
    name.and_then(|name| definitions.get(name))
        .unwrap_or(schema)
}

/// A generated schema in plain words: references point into `$defs`, and what may be left out is
/// left out rather than null.
fn plain(schema: Value) -> Value {
    match schema {
        Value::Object(object) => plain_object(object),
        Value::Array(items) => items.into_iter().map(plain).collect(),
        Value::String(text) => text.replace("#/components/schemas/", "#/$defs/").into(),
        Value::Null | Value::Bool(_) | Value::Number(_) => schema,
    }
}

fn plain_object(object: Map<String, Value>) -> Value {
    let is_null = |schema: &Value| schema["type"] == "null";
    if let Some(Value::Array(choices)) = object.get("oneOf")
        && let Some(other) = choices.iter().find(|choice| !is_null(choice))
        && choices.iter().any(is_null)
    {
        return plain(other.clone());
    }
    let without_null = |(member, schema): (String, Value)| match (member.as_str(), schema) {
        ("type", Value::Array(types)) => {
            let other = types.into_iter().find(|name| name != "null");
            (member, other.unwrap_or_default())
        }
        // Which integer of ours holds it is nobody else's business.
        ("format", Value::String(format)) if format.starts_with("int") => {
            ("title".to_owned(), Value::Null)
        }
        (_, schema) => (member, plain(schema)),
    };
    let members = object
        .into_iter()
        .map(without_null)
        .filter(|(_, schema)| !schema.is_null());
    Value::Object(members.collect())
}

/// Everything wrong with a compact event that could not be read.
pub(crate) fn explain(text: &str) -> Faults {
    let mut faults = Faults::default();
    let event: Value = match serde_json::from_str(text) {
        Ok(event) => event,
        Err(error) => {
            faults.add("", &format!("expected JSON within our limits: {error}"));
            return faults;
        }
    };
    let type_name = event["type"].as_str().unwrap_or_default();
    let validator = VALIDATORS
        .events
        .get(type_name)
        .unwrap_or(&VALIDATORS.any_event);
    list(validator, &event, &mut faults);
    if !VALIDATORS.events.contains_key(type_name) && event["type"].is_string() {
        faults.add(
            "/type",
            &format!(
                "expected a known event type, found `{type_name}`; GET /v1/event-types lists them"
            ),
        );
    }
    look_further(event, &mut faults);
    faults
}

/// Takes away what is known to be wrong; if the rest can be read, its fields are checked
/// against each other, so that the client hears of everything at once.
fn look_further(mut event: Value, faults: &mut Faults) {
    for fault in faults.clone().into_list().iter().rev() {
        if let Some((parent, member)) = fault.pointer.rsplit_once('/')
            && let Some(Value::Object(parent)) = event.pointer_mut(parent)
        {
            parent.remove(&member.replace("~1", "/").replace("~0", "~"));
        }
    }
    if let Ok(rest) = crate::event::read(&event.to_string()) {
        rest.check(faults);
    }
}

/// Everything wrong with the data of an event of type `type_name`; pointers start at `/data`.
pub(crate) fn explain_data(type_name: &str, data: &str) -> Faults {
    let mut faults = Faults::default();
    match (serde_json::from_str(data), VALIDATORS.data.get(type_name)) {
        (Ok(data), Some(validator)) => list(validator, &data, &mut faults),
        (Err(error), _) => faults.add("", &format!("expected JSON within our limits: {error}")),
        (Ok(_), None) => faults.add("", "expected data of a known type"),
    }
    Faults::of(faults.under("/data"))
}

struct Validators {
    events: BTreeMap<&'static str, Validator>,
    data: BTreeMap<&'static str, Validator>,
    any_event: Validator,
}

static VALIDATORS: LazyLock<Validators> = LazyLock::new(|| Validators {
    events: EVENT_TYPES
        .iter()
        .map(|one| (one.name.as_str(), validator(&one.event)))
        .collect(),
    data: EVENT_TYPES
        .iter()
        .map(|one| (one.name.as_str(), validator(&one.data)))
        .collect(),
    any_event: validator(&Defined::of::<Envelope<'_>>().complete()),
});

fn validator(schema: &Value) -> Validator {
    jsonschema::options()
        .should_validate_formats(true)
        .with_format("date-time", |text: &str| text.parse::<Time>().is_ok())
        .with_format("date-or-time", |text: &str| {
            text.parse::<Published>().is_ok()
        })
        .build(schema)
        .expect("schemas made from our own types are schemas; a test builds them all")
}

fn list(validator: &Validator, value: &Value, faults: &mut Faults) {
    let value = without_nulls(value.clone());
    for error in validator.iter_errors(&value) {
        note(&error, faults);
    }
}

/// A null stands for what is left out.
fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let there = members.into_iter().filter(|(_, member)| !member.is_null());
            Value::Object(
                there
                    .map(|(name, member)| (name, without_nulls(member)))
                    .collect(),
            )
        }
        Value::Array(items) => items.into_iter().map(without_nulls).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value,
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the library's list of what can be wrong grows; it words the rest itself"
)]
fn note(error: &ValidationError<'_>, faults: &mut Faults) {
    let pointer = error.instance_path().to_string();
    match error.kind() {
        ValidationErrorKind::AdditionalProperties { unexpected } => {
            for member in unexpected {
                let pointer = format!("{pointer}/{}", json::escaped(member));
                faults.add(&pointer, "unknown here; a typo, or a newer version's?");
            }
        }
        ValidationErrorKind::Required { property } => {
            let member = property.as_str().unwrap_or_default();
            faults.add(&format!("{pointer}/{}", json::escaped(member)), "required");
        }
        // Of several shapes, speak of the one that fits best.
        ValidationErrorKind::OneOfNotValid { context } => {
            let best = context.iter().min_by_key(|errors| {
                (
                    errors
                        .iter()
                        .any(|error| error.instance_path().to_string().ends_with("/type")),
                    errors.len(),
                )
            });
            best.into_iter()
                .flatten()
                .for_each(|error| note(error, faults));
        }
        _ => faults.add(&pointer, &error.to_string()),
    }
}

/// Whether the text of an event is valid by schema alone; for the test that parser and schema
/// agree.
#[cfg(test)]
fn is_valid(event: &Value) -> bool {
    let type_name = event["type"].as_str().unwrap_or_default();
    let validator = VALIDATORS.events.get(type_name);
    validator.is_some_and(|validator| validator.is_valid(&without_nulls(event.clone())))
}

/// Whether every type in the list can be read as a payload.
#[must_use]
pub fn is_known(type_name: &str) -> bool {
    VALIDATORS.events.contains_key(type_name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_has_a_schema_and_a_summary() {
        assert_eq!(EVENT_TYPES.len(), 42);
        for one in EVENT_TYPES.iter() {
            assert!(is_known(&one.name));
            assert!(
                one.summary.ends_with('.'),
                "{} says nothing of itself",
                one.name
            );
            assert_eq!(one.data["additionalProperties"], false, "{}", one.name);
        }
    }

    #[test]
    fn every_type_has_an_example_that_is_an_event_of_that_type() {
        for one in EVENT_TYPES.iter() {
            let example = crate::event::parse(one.example)
                .unwrap_or_else(|refusal| panic!("{}: {refusal:#?}", one.name));
            assert_eq!(example.payload.type_name(), one.name);
            assert!(is_valid(&serde_json::from_str(one.example).unwrap()));
            assert_eq!(example.server_attributes, [""; 0], "{}", one.name);
        }
    }
}
