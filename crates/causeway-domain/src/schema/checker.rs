//! Published schemas, made ready to check what was sent.

use std::sync::LazyLock;

use jsonschema::Validator;
use serde_json::{Value, json};

use super::EventType;
use super::plain::Defined;
use super::wording::Telling;
use crate::event::Envelope;
use crate::faults::Faults;
use crate::time::{Published, Time};

impl EventType {
    pub(super) fn checker(&self) -> &Checker {
        self.checker.get_or_init(|| Checker::of(&self.event))
    }
}

/// A published schema made ready to check what was sent.
#[derive(Debug)]
pub(super) struct Checker {
    schema: Value,
    validator: Validator,
}

impl Checker {
    pub(super) fn of(published: &Value) -> Checker {
        let schema = with_nulls(published.clone());
        let validator = jsonschema::options()
            .should_validate_formats(true)
            .with_format("date-time", |text: &str| text.parse::<Time>().is_ok())
            .with_format(Published::FORMAT, |text: &str| text.parse::<Published>().is_ok())
            .build(&schema)
            .expect("schemas made from our own types are schemas; a test builds them all");
        Checker { schema, validator }
    }

    #[cfg(test)]
    pub(super) fn takes(&self, value: &Value) -> bool {
        self.validator.is_valid(value)
    }

    pub(super) fn list(&self, event: &Value, faults: &mut Faults) {
        let schema = &self.schema;
        let mut telling = Telling { schema, faults };
        for error in self.validator.iter_errors(event) {
            telling.note(&error);
        }
    }
}

/// For an event whose type is not known.
pub(super) static ANY_EVENT: LazyLock<Checker> =
    LazyLock::new(|| Checker::of(&Defined::of::<Envelope<'_>>().complete()));

/// The same schema, but what may be left out may also be null.
fn with_nulls(schema: Value) -> Value {
    match schema {
        Value::Object(mut members) => {
            let required = members.get("required").cloned().unwrap_or_default();
            let is_required = |name: &str| {
                let mut required = required.as_array().into_iter().flatten();
                required.any(|one| one == name)
            };
            if let Some(Value::Object(properties)) = members.get_mut("properties") {
                let optional = properties.iter_mut().filter(|(name, _)| !is_required(name));
                for (_, property) in optional {
                    *property = json!({ "if": { "type": "null" }, "else": property.take() });
                }
            }
            let members = members.into_iter();
            Value::Object(members.map(|(name, one)| (name, with_nulls(one))).collect())
        }
        Value::Array(items) => items.into_iter().map(with_nulls).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => schema,
    }
}
