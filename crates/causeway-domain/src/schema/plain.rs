//! Generated schemas in plain words: references point into `$defs`, and what may be left out is
//! left out rather than null.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};
use utoipa::ToSchema;

/// A schema with the definitions that it refers to by name.
pub(super) struct Defined {
    pub(super) schema: Value,
    pub(super) definitions: BTreeMap<String, Value>,
}

impl Defined {
    /// The schema of `T`.
    pub(super) fn of<T: ToSchema>() -> Defined {
        let mut named = Vec::new();
        T::schemas(&mut named);
        let definitions = named.into_iter().map(|(name, schema)| (name, plain(json!(schema))));
        Defined { schema: plain(json!(T::schema())), definitions: definitions.collect() }
    }

    /// Takes in the members of another object.
    pub(super) fn add_members(&mut self, other: Defined) {
        let own = self.schema["properties"].as_object_mut();
        if let (Some(own), Value::Object(members)) = (own, &other.schema["properties"]) {
            own.extend(members.clone());
        }
        self.definitions.extend(other.definitions);
    }

    /// The schema alone, with the definitions that it needs inside.
    pub(super) fn complete(self) -> Value {
        let mut needed = BTreeSet::new();
        self.note_references(&self.schema, &mut needed);
        let definitions = self.definitions.iter();
        let definitions: BTreeMap<_, _> =
            definitions.filter(|(name, _)| needed.contains(name.as_str())).collect();
        let mut schema = self.schema.clone();
        schema["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
        schema["$defs"] = json!(definitions);
        schema
    }

    fn note_references<'a>(&'a self, schema: &'a Value, needed: &mut BTreeSet<&'a str>) {
        match schema {
            Value::Object(members) => {
                if let Some(name) = members.get("$ref").and_then(definition_name)
                    && needed.insert(name)
                    && let Some(definition) = self.definitions.get(name)
                {
                    self.note_references(definition, needed);
                }
                let members = members.values();
                members.for_each(|member| self.note_references(member, needed));
            }
            Value::Array(items) => items.iter().for_each(|item| self.note_references(item, needed)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
}

/// What `schema` refers to, or itself.
pub(super) fn resolved<'a>(
    schema: &'a Value,
    definitions: &'a BTreeMap<String, Value>,
) -> &'a Value {
    let name = schema.get("$ref").and_then(definition_name);
    name.and_then(|name| definitions.get(name)).unwrap_or(schema)
}

/// The name of the definition that a reference means.
pub(super) fn definition_name(reference: &Value) -> Option<&str> {
    reference.as_str()?.rsplit('/').next()
}

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
        // Which integer or float of ours holds it is nobody else's business.
        ("format", Value::String(format)) if is_of_memory(&format) => (member, Value::Null),
        (_, schema) => (member, plain(schema)),
    };
    let members = object.into_iter().map(without_null).filter(|(_, schema)| !schema.is_null());
    Value::Object(members.collect())
}

fn is_of_memory(format: &str) -> bool {
    format.starts_with("int") || format == "double"
}
