//! What a schema found wrong, said to whoever filled in the form: what was expected, and what
//! was found.

use jsonschema::ValidationError;
use jsonschema::error::ValidationErrorKind;
use serde_json::Value;

use super::plain::definition_name;
use crate::faults::Faults;
use crate::json::escaped;

/// Tells the faults that a schema found.
pub(super) struct Telling<'s, 'f> {
    pub(super) schema: &'s Value,
    pub(super) faults: &'f mut Faults,
}

impl Telling<'_, '_> {
    /// Notes what `error` says.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the library's list of what can be wrong grows, and all the rest is told alike"
    )]
    pub(super) fn note(&mut self, error: &ValidationError<'_>) {
        let pointer = error.instance_path().as_str();
        let found = error.instance();
        let Some(rule) = rule(self.schema, error) else {
            return self.faults.add(pointer, &error.to_string());
        };
        match error.kind() {
            ValidationErrorKind::AdditionalProperties { unexpected } => {
                let detail = format!("not known here; expected one of {}", known_members(rule));
                for member in unexpected {
                    self.faults.add(&below(pointer, member), &detail);
                }
            }
            ValidationErrorKind::Required { property } => {
                let member = property.as_str().unwrap_or_default();
                let expected = expectation(self.schema, &rule["properties"][member]);
                let detail = format!("required: expected {expected}");
                self.faults.add(&below(pointer, member), &detail);
            }
            ValidationErrorKind::PropertyNames { error } => {
                let member = error.instance();
                let expected = expectation(self.schema, rule.get("propertyNames").unwrap_or(rule));
                let pointer = below(pointer, member.as_str().unwrap_or_default());
                self.faults.add(&pointer, &told(&expected, member));
            }
            ValidationErrorKind::OneOfNotValid { context } => self.note_shape(rule, error, context),
            _ => {
                let expected = expectation(self.schema, rule);
                self.faults.add(pointer, &told(&expected, found));
            }
        }
    }

    /// Of several shapes that `type` tells apart, speaks of the one that was meant.
    fn note_shape(
        &mut self,
        rule: &Value,
        error: &ValidationError<'_>,
        by_shape: &[Vec<ValidationError<'_>>],
    ) {
        let pointer = error.instance_path().as_str();
        let found = error.instance();
        let shapes = rule["oneOf"].as_array().into_iter().flatten();
        let names: Vec<&Value> =
            shapes.map(|shape| &shape["properties"]["type"]["enum"][0]).collect();
        let meant = names.iter().position(|name| **name == found["type"]);
        match meant.and_then(|index| by_shape.get(index)) {
            Some(errors) => errors.iter().for_each(|error| self.note(error)),
            None if found.is_object() => {
                let expected = format!("one of {}", listed(names));
                let detail = told(&expected, &found["type"]);
                self.faults.add(&below(pointer, "type"), &detail);
            }
            None => {
                let expected = expectation(self.schema, rule);
                self.faults.add(pointer, &told(&expected, found));
            }
        }
    }
}

fn below(pointer: &str, member: &str) -> String {
    format!("{pointer}/{}", escaped(member))
}

/// The part of the schema that was not met.
fn rule<'a>(schema: &'a Value, error: &ValidationError<'_>) -> Option<&'a Value> {
    let keyword = error.schema_path().as_str();
    let (rule, _) = keyword.rsplit_once('/')?;
    schema.pointer(rule)
}

fn told(expected: &str, found: &Value) -> String {
    format!("expected {expected}, found {}", shown(found))
}

/// What a schema expects, in words.
fn expectation(schema: &Value, rule: &Value) -> String {
    let name = rule.get("$ref").and_then(definition_name);
    let rule = name.map_or(rule, |name| &schema["$defs"][name]);
    if let Some(words) = rule["enum"].as_array() {
        return match words.as_slice() {
            [only] => shown(only),
            _ => format!("one of {}", listed(words)),
        };
    }
    let is_told = TOLD.iter().any(|keyword| rule.get(*keyword).is_some());
    match (is_told, rule["description"].as_str(), rule["type"].as_str()) {
        (true, Some(told), _) => told.to_owned(),
        (_, _, Some("string")) if rule.get("maxLength").is_none() => "text".to_owned(),
        (_, _, Some("string")) => format!("text of {} characters", bounds(rule, "Length")),
        (_, _, Some("array")) => format!("a list of {} items", bounds(rule, "Items")),
        (_, _, Some("integer")) => format!("a whole number{}", range(rule)),
        (_, _, Some("number")) => format!("a number{}", range(rule)),
        (_, _, Some("boolean")) => "true or false".to_owned(),
        _ => "an object".to_owned(),
    }
}

/// Where one of these stands, the description says what is expected.
const TOLD: [&str; 5] = ["pattern", "format", "prefixItems", "maxProperties", "oneOf"];

fn bounds(rule: &Value, of: &str) -> String {
    let most = &rule[format!("max{of}")];
    match rule[format!("min{of}")].as_u64() {
        Some(least) => format!("{least} to {most}"),
        None => format!("at most {most}"),
    }
}

fn range(rule: &Value) -> String {
    match (rule.get("minimum"), rule.get("maximum")) {
        (Some(least), Some(most)) => format!(" from {least} to {most}"),
        (Some(least), None) => format!(" of at least {least}"),
        (None, _) => String::new(),
    }
}

/// The members that a client may send.
fn known_members(rule: &Value) -> String {
    let members = rule["properties"].as_object().into_iter().flatten();
    let members = members.filter(|(_, member)| !is_read_only(member));
    let names: Vec<&str> = members.map(|(name, _)| name.as_str()).collect();
    names.join(", ")
}

fn listed<'a>(words: impl IntoIterator<Item = &'a Value>) -> String {
    let words = words.into_iter().filter_map(Value::as_str);
    words.collect::<Vec<_>>().join(", ")
}

fn is_read_only(member: &Value) -> bool {
    // What may be null stands one step further down.
    member.get("else").unwrap_or(member)["readOnly"] == true
}

/// The longest text that is repeated to the one who sent it.
const SHOWN_LIMIT: usize = 60;

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::String(text) => match text.chars().count() {
            long if long > SHOWN_LIMIT => format!("{long} characters"),
            _ => format!("{text:?}"),
        },
        Value::Array(items) => counted(items.len(), "a list of", "item"),
        Value::Object(members) => counted(members.len(), "an object of", "member"),
    }
}

fn counted(count: usize, what: &str, one: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{what} {count} {one}{plural}")
}
