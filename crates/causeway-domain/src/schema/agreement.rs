//! The law that parser and schema agree: whatever is done to an event, what the one takes the
//! other takes.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use strum::IntoEnumIterator;

use super::checker::Checker;
use super::explain::explain;
use super::plain::definition_name;
use super::{EVENT_TYPES, EventType, event_type};
use crate::event;
use crate::id::Kind;
use crate::json::escaped;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    #[test]
    fn parser_and_schema_agree_on_any_event(mut dice in dice()) {
        let mut event = any_event(&mut dice);
        for _ in 0..dice.roll(4) {
            damage(&mut event, &mut dice);
        }
        let read = event::read(&event.to_string());
        prop_assert_eq!(read.is_ok(), is_valid(&event), "{:#}: {:?}", event, read.err());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_refusal_points_at_what_was_damaged(mut dice in dice()) {
        let mut event = any_event(&mut dice);
        let damaged = damage(&mut event, &mut dice);
        let text = event.to_string();
        if let Err(first) = event::read(&text) && !damaged.starts_with("/type") {
            let faults = explain(&text, &first).into_list();
            let near = |pointer: &str| is_below(pointer, &damaged) || is_below(&damaged, parent(pointer));
            prop_assert!(
                faults.iter().any(|fault| near(&fault.pointer)),
                "{:#}: {} was damaged, but: {:#?}", event, damaged, faults
            );
        }
    }
}

/// What random damage may miss: every field of every type, and what should not stand there.
#[test]
fn parser_and_schema_agree_on_every_field() {
    for (index, one) in EVENT_TYPES.iter().enumerate() {
        let full = fitting(&one.event, &one.event, &mut Dice(vec![1; 2_000].into_iter()));
        assert!(event::read(&full.to_string()).is_ok(), "{full:#}");
        let own = |pointer: &String| index == 0 || is_own(pointer);
        for pointer in pointers(&full, "").into_iter().filter(own) {
            let sent = full.pointer(&pointer).unwrap();
            for wrong in instead_of(sent, &pointer) {
                let mut event = full.clone();
                *event.pointer_mut(&pointer).unwrap() = wrong;
                let read = event::read(&event.to_string());
                assert_eq!(read.is_ok(), is_valid(&event), "{pointer} of {event:#}");
            }
        }
    }
}

/// Whether an event is valid by the schema of its type alone.
fn is_valid(event: &Value) -> bool {
    let known = event["type"].as_str().and_then(event_type);
    known.is_some_and(|known| known.checker().takes(event))
}

/// What a reader that is not strict might take for `sent`, and what none should.
fn instead_of(sent: &Value, pointer: &str) -> Vec<Value> {
    let mut wrong = vec![json!(null), json!(7), json!("x"), json!([]), json!({}), json!([sent])];
    match sent {
        Value::Object(members) => wrong.push(members.values().cloned().collect()),
        Value::String(word) => wrong.push(json!({ word: null })),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => {}
    }
    if pointer == "/subject" {
        wrong.extend(SCALARS.iter().cloned());
    }
    wrong
}

/// Whether a place belongs to what one type alone has.
fn is_own(pointer: &str) -> bool {
    const SHARED: [&str; 5] = ["source", "place", "until", "time_precision", "note"];
    let mut steps = pointer.split('/').skip(1);
    if pointer == "/subject" {
        return true;
    }
    steps.next() == Some("data") && steps.next().is_none_or(|member| !SHARED.contains(&member))
}

fn is_below(pointer: &str, above: &str) -> bool {
    pointer.strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn parent(pointer: &str) -> &str {
    pointer.rsplit_once('/').map_or("", |(parent, _)| parent)
}

/// A run of choices; when they run out, the first is taken. Fewer and smaller choices make a
/// plainer event, so that a failure shrinks to one.
#[derive(Debug)]
struct Dice(std::vec::IntoIter<u16>);

fn dice() -> impl Strategy<Value = Dice> {
    prop::collection::vec(any::<u16>(), 0..120).prop_map(|choices| Dice(choices.into_iter()))
}

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        usize::from(self.0.next().unwrap_or(0)) % sides.max(1)
    }

    fn pick<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.roll(choices.len())]
    }
}

fn any_event(dice: &mut Dice) -> Value {
    let one: &EventType = dice.pick(&EVENT_TYPES);
    match dice.roll(4) {
        0 => serde_json::from_str(one.example).unwrap(),
        _ => fitting(&one.event, &one.event, dice),
    }
}

/// A value that a schema takes.
fn fitting(schema: &Value, rule: &Value, dice: &mut Dice) -> Value {
    if let Some(name) = rule.get("$ref").and_then(definition_name) {
        return fitting(schema, &schema["$defs"][name], dice);
    }
    if let Some(only) = rule.get("const") {
        return only.clone();
    }
    if let Some(choices) = rule["enum"].as_array() {
        return dice.pick(choices).clone();
    }
    if let Some(shapes) = rule["oneOf"].as_array() {
        return fitting(schema, dice.pick(shapes), dice);
    }
    match rule["type"].as_str() {
        Some("object") => fitting_object(schema, rule, dice),
        Some("array") => fitting_list(schema, rule, dice),
        _ => fitting_scalar(rule, dice),
    }
}

fn fitting_object(schema: &Value, rule: &Value, dice: &mut Dice) -> Value {
    let mut members = Map::new();
    if let Some(name) = rule.get("additionalProperties").filter(|name| name.is_object()) {
        for tag in ["en", "hy", "az-Latn"].iter().take(1 + dice.roll(3)) {
            members.insert((*tag).to_owned(), fitting(schema, name, dice));
        }
    }
    let required = rule["required"].as_array();
    for (name, member) in rule["properties"].as_object().into_iter().flatten() {
        let is_required = required.is_some_and(|required| required.contains(&json!(name)));
        if is_required || dice.roll(3) == 1 {
            members.insert(name.clone(), fitting(schema, member, dice));
        }
    }
    Value::Object(members)
}

fn fitting_list(schema: &Value, rule: &Value, dice: &mut Dice) -> Value {
    if let Some(items) = rule["prefixItems"].as_array() {
        return items.iter().map(|item| fitting(schema, item, dice)).collect();
    }
    let least = rule["minItems"].as_u64().unwrap_or(0) as usize;
    (0..least + dice.roll(3)).map(|_| fitting(schema, &rule["items"], dice)).collect()
}

/// One of the scalars below that fits.
fn fitting_scalar(rule: &Value, dice: &mut Dice) -> Value {
    thread_local! {
        static FITTING: std::cell::RefCell<BTreeMap<String, Vec<Value>>> = Default::default();
    }
    FITTING.with_borrow_mut(|known| {
        let fitting = known.entry(rule.to_string()).or_insert_with(|| {
            let checker = Checker::of(rule);
            SCALARS.iter().filter(|one| checker.takes(one)).cloned().collect()
        });
        dice.pick(fitting).clone()
    })
}

/// Scalars at the edges of every rule we have, on both sides.
static SCALARS: LazyLock<Vec<Value>> = LazyLock::new(|| {
    let mut all: Vec<Value> = serde_json::from_str(EDGES).unwrap();
    for kind in Kind::iter() {
        all.extend([json!(kind.to_string()), json!(format!("{kind}/a-1"))]);
    }
    for length in [64, 65, 200, 201, 2_000, 2_001, 4_000, 4_001] {
        all.push(json!("\u{10348}".repeat(length)));
    }
    all.extend([64, 65].map(|length| json!("a".repeat(length))));
    all
});

const EDGES: &str = r#"[
    true, false, 0, 1, 2, 3, 4, 6, 7, -1, -0.0, 5.0, 0.5, 4294967295, 4294967296, 1e300,
    18446744073709551615, -9223372036854775808, 180, -180.0, 180.1, 90, -90.000001,
    "", "x", "\n", "a b", "lachin", "lachin\n", "icrc", "ICRC", "Go\u0308ris", "\u0663",
    "corridor/", "corridor/Lachin", "corridor/lachin/x", "nothing/x", "/lachin",
    "0192c7c8-6d2e-7a31-9d41-0f3c6a1be001", "0192C7C8-6d2e-7a31-9d41-0f3c6a1be001",
    "00000000-0000-0000-0000-000000000000", "0192c7c86d2e7a319d410f3c6a1be001",
    "0192c7c8-6d2e-7a31-9d41-0f3c6a1be00g", "{0192c7c8-6d2e-7a31-9d41-0f3c6a1be0}",
    "/orgs/icrc", "/orgs/icrc/devices/field-7", "/orgs/", "/orgs/icrc/", "/orgs/a/b/c/d/e",
    "/orgs/a/b/c/d/e/f", "/orgs/a/b c", "orgs/icrc",
    "2023-06-15", "2023-02-30", "2023-06-15T13:19:00", "2023-06-15T13:19:00Z",
    "2023-06-15T13:19:00+04:00", "2023-06-15T13:19:00-00:00", "2023-06-15T13:19:00+24:00",
    "2023-06-15T13:19:00.123456789Z", "2023-06-15T13:19:00.1234567890Z", "2023-06-15T13:19:00.Z",
    "2023-06-15T24:00:00Z", "2023-06-15T13:19:60Z", "2023-06-15t13:19:00Z", "2023-06-15T13:19:00z",
    "2024-02-29T00:00:00Z", "2023-02-29T00:00:00Z", "0000-01-01T00:00:00Z",
    "9999-12-31T23:59:59-23:59",
    "361.5", "0", "000000000001", "1234567890123", "1.123456", "1.1234567", "1.", ".5", "-1", "1e3",
    "00000000000000001204", "0000000000000001204",
    "1.0", "1.1", "public", "Public", "open", "blockade", "t", "Point", "en", "hy-Latn"
]"#;

/// Changes one place of the event, and says which.
fn damage(event: &mut Value, dice: &mut Dice) -> String {
    let pointer = dice.pick(&pointers(event, "")).clone();
    let elsewhere = event.pointer(dice.pick(&pointers(event, "")).as_str()).cloned();
    let place = event.pointer_mut(&pointer).expect("taken from the event itself");
    match (dice.roll(8), place) {
        (0, place) => *place = Value::Null,
        (1, place) => *place = dice.pick(&SCALARS).clone(),
        (2, place) => *place = json!([place.take()]),
        (3, place) => *place = elsewhere.unwrap_or_default(),
        (_, Value::Object(members)) => return damage_object(members, &pointer, dice),
        (4, Value::Array(items)) => items.clear(),
        (5, Value::Array(items)) => items.truncate(1),
        (_, Value::Array(items)) => {
            let item = items.first().cloned().unwrap_or_default();
            items.resize(*dice.pick(&[2, 99, 100, 101]), item);
        }
        (4, Value::String(text)) => {
            *event.pointer_mut(&pointer).unwrap() = json!({ text.as_str(): null })
        }
        (5, Value::String(text)) => text.make_ascii_uppercase(),
        (_, Value::String(text)) => text.push('x'),
        (_, place) => *place = json!(place.to_string()),
    }
    pointer
}

fn damage_object(members: &mut Map<String, Value>, pointer: &str, dice: &mut Dice) -> String {
    let names: Vec<String> = members.keys().cloned().collect();
    let Some(name) = names.get(dice.roll(names.len())).cloned() else {
        members.insert("unheard_of".to_owned(), Value::Null);
        return format!("{pointer}/unheard_of");
    };
    let at = |name: &str| format!("{pointer}/{}", escaped(name));
    match dice.roll(5) {
        0 => {
            members.remove(&name);
        }
        1 => {
            let value = members.remove(&name).unwrap_or_default();
            members.insert(format!("{name}s"), value);
        }
        2 => {
            let other =
                dice.pick(&["unheard_of", "names", "note", "until", "a/b~c", "severity", "e"]);
            members.insert((*other).to_owned(), dice.pick(&SCALARS).clone());
            return at(other);
        }
        3 => {
            members.insert("unheard_of".to_owned(), Value::Null);
            return at("unheard_of");
        }
        _ => {
            for number in 0..*dice.pick(&[18, 19, 20]) {
                members.insert(format!("zz-{number}"), members[&name].clone());
            }
            return pointer.to_owned();
        }
    }
    at(&name)
}

/// Every place of a value, itself first.
fn pointers(value: &Value, at: &str) -> Vec<String> {
    let below: Vec<String> = match value {
        Value::Object(members) => {
            let members = members.iter();
            members
                .flat_map(|(name, one)| pointers(one, &format!("{at}/{}", escaped(name))))
                .collect()
        }
        Value::Array(items) => {
            let items = items.iter().enumerate();
            items.flat_map(|(index, one)| pointers(one, &format!("{at}/{index}"))).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    };
    std::iter::once(at.to_owned()).chain(below).collect()
}
