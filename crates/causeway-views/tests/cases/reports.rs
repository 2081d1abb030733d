//! What a line of a table reports.

use serde_json::{Map, Value, json};

use crate::world::time;

/// `<who> <status> [until <time>] [credibility <n>] [for <direction> <classes>]`
pub fn corridor(words: &[&str]) -> (String, Value) {
    let [who, status, rest @ ..] = words else { panic!("who says what? {words:?}") };
    let mut data = said_by(who, rest);
    data.insert("status".into(), json!(status));
    if let Some([direction, classes]) = after(rest, "for") {
        data.insert("direction".into(), json!(direction));
        data.insert("traffic".into(), classes.split('+').collect());
    }
    ("corridor.status_reported".into(), data.into())
}

/// `<who> <what happened> [until <time>]`
pub fn constraint(words: &[&str]) -> (String, Value) {
    let [who, what, rest @ ..] = words else { panic!("who says what? {words:?}") };
    let mut data = said_by(who, rest);
    let more = match *what {
        "reported" => json!({"kind": "blockade", "category": "RMI", "title": "Road cut"}),
        "mitigated" => json!({"action": "negotiation"}),
        _ => json!({}),
    };
    data.extend(more.as_object().expect("an object").clone());
    (format!("constraint.{what}"), data.into())
}

/// `<who> <step> [by <actor>] [due <time>] [total] [trucks <n>] [<line> <quantity>]…`
pub fn delivery(words: &[&str]) -> (String, Value) {
    let [who, step, rest @ ..] = words else { panic!("who says what? {words:?}") };
    let mut data = said_by(who, rest);
    let (step, object) = step.split_once(':').unwrap_or((step, ""));
    let name = match step {
        "seen" => "reported",
        "lost" => "loss_recorded",
        "asked" => "clearance_requested",
        "granted" => "clearance_granted",
        "denied" => "clearance_denied",
        step => step,
    };
    let more = match step {
        "planned" => json!({"organisation": who, "destination": {"name": "Town"}}),
        "seen" => json!({"stage": object}),
        "lost" => json!({"cause": object}),
        "asked" | "granted" | "denied" => json!({"authority": object}),
        _ => json!({}),
    };
    data.extend(more.as_object().expect("an object").clone());
    load(&mut data, rest, ["seen", "planned"].contains(&step));
    (format!("delivery.{name}"), data.into())
}

/// What a delivery's report counts, and its other particulars.
fn load(data: &mut Map<String, Value>, words: &[&str], is_consignment: bool) {
    let mut lines = Vec::new();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if *word == "total" {
            data.insert("cumulative".into(), json!(true));
            continue;
        }
        let value = words.next().expect("a word, then its value");
        match *word {
            "credibility" => None,
            "by" => data.insert("by".into(), json!(value)),
            "due" => data.insert("deadline".into(), json!(time(value))),
            "trucks" => data.insert("trucks".into(), value.parse().expect("a number")),
            line => {
                lines.push(counted(line, value, is_consignment));
                None
            }
        };
    }
    if !lines.is_empty() {
        let member = if is_consignment { "consignment" } else { "lines" };
        data.insert(member.into(), json!(lines));
    }
}

fn counted(line: &str, quantity: &str, is_consignment: bool) -> Value {
    let unit = quantity.find(|letter: char| letter.is_ascii_lowercase()).expect("a unit");
    let (value, unit) = quantity.split_at(unit);
    let mut counted = json!({"line": line, "quantity": {"value": value, "unit": unit}});
    if is_consignment {
        counted["item"] = json!(line);
    }
    counted
}

/// What reports of every kind carry.
fn said_by(who: &str, rest: &[&str]) -> Map<String, Value> {
    let mut data = Map::new();
    let mut source = match who {
        "own" => Value::Null,
        "-" => json!({"kind": "eyewitness"}),
        actor => json!({"kind": "other", "by": actor}),
    };
    if let Some([credibility]) = after(rest, "credibility") {
        source["credibility"] = credibility.parse().expect("a number");
    }
    if !source.is_null() {
        data.insert("source".into(), source);
    }
    if let Some([until]) = after(rest, "until") {
        data.insert("until".into(), json!(time(until)));
    }
    data
}

/// The words that follow `word`.
fn after<'a, const COUNT: usize>(words: &[&'a str], word: &str) -> Option<[&'a str; COUNT]> {
    let at = words.iter().position(|one| *one == word)? + 1;
    words[at..at + COUNT].try_into().ok()
}
