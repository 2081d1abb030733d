//! The JSON Schema of every event type, made from the types themselves, and the full list of
//! what is wrong with an event.

#[cfg(test)]
mod agreement;
mod checker;
mod examples;
mod explain;
mod plain;
mod wording;

use std::collections::BTreeMap;
use std::sync::{LazyLock, OnceLock};

use serde_json::{Value, json};
use utoipa::{PartialSchema, ToSchema};

use crate::details::Details;
use crate::event::{self, Creation, Envelope};
use crate::id::SubjectId;
use crate::{
    bulletin, constraint, corridor, delivery, incident, movement, register, report, statement,
};
use checker::Checker;
use plain::Defined;

pub(crate) use explain::{explain, explain_data};

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
    /// Made when the first event of this type is refused.
    checker: OnceLock<Checker>,
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

/// Whether events of this type can be recorded.
#[must_use]
pub fn is_known(type_name: &str) -> bool {
    event_type(type_name).is_some()
}

fn event_type(name: &str) -> Option<&'static EventType> {
    EVENT_TYPES.iter().find(|one| one.name == name)
}

/// The event types of one kind, read off the variants of its enum.
fn of_kind<E: ToSchema>() -> Vec<EventType> {
    let kind = Defined::of::<E>();
    // An enum with a single variant is not wrapped in `oneOf`.
    let variants = kind.schema["oneOf"].as_array();
    let variants = variants.map_or(std::slice::from_ref(&kind.schema), Vec::as_slice);
    let types = variants.iter().flat_map(|variant| {
        let members = variant["properties"].as_object().into_iter().flatten();
        members.map(|(name, payload)| {
            let mut data = plain::resolved(payload, &kind.definitions).clone();
            // Some types share a payload; what one says of itself stands at its variant.
            data["description"] = variant["description"].clone();
            EventType::new(name, data, &kind.definitions)
        })
    });
    types.collect()
}

impl EventType {
    fn new(name: &str, own: Value, definitions: &BTreeMap<String, Value>) -> EventType {
        let mut data = Defined { schema: own, definitions: definitions.clone() };
        data.add_members(Defined::of::<Details>());

        let example = examples::of(name);
        let mut event = Defined::of::<Envelope<'_>>();
        event.schema["description"] = data.schema["description"].clone();
        event.schema["properties"]["type"] = json!({ "const": name });
        event.schema["properties"]["subject"] = subject(example);
        event.schema["properties"]["data"] = data.schema.clone();
        for attribute in Envelope::OF_THE_SERVER {
            event.schema["properties"][attribute]["readOnly"] = json!(true);
        }
        event.definitions.extend(data.definitions.clone());
        EventType {
            name: name.to_owned(),
            summary: summary(&data.schema),
            example,
            data: data.complete(),
            event: event.complete(),
            checker: OnceLock::new(),
        }
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

/// What an event like the example can be about.
fn subject(example: &str) -> Value {
    let payload = event::read(example).map(|event| event.payload);
    let payload = payload.expect("our own examples are events; a test reads them all");
    let kind = payload.kind().map(<&str>::from);
    let (pattern, expected) = match (kind, payload.creation()) {
        (None, _) => return json!(SubjectId::schema()),
        (Some(kind), Creation::No) => (
            format!("^{kind}/[a-z0-9-]{{1,64}}$"),
            format!("{kind}/<id>, the id 1 to 64 characters of a-z, 0-9 and -"),
        ),
        (Some(kind), Creation::Once | Creation::OrReports) => (
            format!("^{kind}(/[a-z0-9-]{{1,64}})?$"),
            format!("{kind}/<id>, or {kind} alone to have an id made for a new one"),
        ),
    };
    json!({ "type": "string", "pattern": pattern, "description": expected })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_has_a_schema_and_a_summary() {
        assert_eq!(EVENT_TYPES.len(), 42);
        for one in EVENT_TYPES.iter() {
            assert!(one.summary.ends_with('.'), "{}: {}", one.name, one.summary);
            assert_eq!(one.data["additionalProperties"], false, "{}", one.name);
            assert_eq!(one.event["additionalProperties"], false, "{}", one.name);
        }
    }

    #[test]
    fn every_type_has_an_example_that_is_an_event_of_that_type() {
        for one in EVENT_TYPES.iter() {
            let example = event::parse(one.example)
                .unwrap_or_else(|refusal| panic!("{}: {refusal:#?}", one.name));
            assert_eq!(example.payload.type_name(), one.name);
            assert!(example.server_attributes.is_empty(), "{}", one.name);
            // Anybody can send it: it speaks for no organisation, and a retry is recognised.
            assert!(example.source.is_none() && example.id.is_some(), "{}", one.name);
        }
    }
}
