//! Answers worked out by hand, as tables: the files beside this one say how they are read.

mod answers;
mod reports;

use serde_json::{Value, json};

use crate::world::{World, id};

/// What a table is about: how its reports are told and its answers put.
struct About {
    subject: &'static str,
    report: fn(&[&str]) -> (String, Value),
    answer: fn(&World, &str) -> String,
}

#[test]
fn a_corridor_is_answered_as_worked_out_by_hand() {
    let about =
        About { subject: "corridor/road", report: reports::corridor, answer: answers::cell };
    check(&about, include_str!("corridor.txt"));
}

#[test]
fn a_constraint_is_answered_as_worked_out_by_hand() {
    let about =
        About { subject: "constraint/bar", report: reports::constraint, answer: answers::in_force };
    check(&about, include_str!("constraint.txt"));
}

#[test]
fn a_delivery_is_answered_as_worked_out_by_hand() {
    let about =
        About { subject: "delivery/convoy", report: reports::delivery, answer: answers::delivery };
    check(&about, include_str!("delivery.txt"));
}

/// Tells every block and asks what it asks; says all that came out otherwise.
fn check(about: &About, table: &str) {
    let mut wrong = Vec::new();
    for block in table.split("\n# ").skip(1) {
        let (rule, lines) = block.split_once('\n').expect("a rule, then what was told");
        let (asked, told): (Vec<&str>, Vec<&str>) =
            lines.lines().filter(|line| !line.is_empty()).partition(|line| line.contains(" -> "));
        let world = tell(about, &told);
        for (question, expected) in asked.iter().filter_map(|line| line.split_once(" -> ")) {
            let found = (about.answer)(&world, question);
            if found != expected {
                wrong.push(format!(
                    "{rule}\n  {question}\n  expected {expected}\n  found    {found}"
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

fn tell(about: &About, lines: &[&str]) -> World {
    let mut world = World::default();
    for (position, line) in lines.iter().enumerate() {
        let (number, event) = line.split_once("  ").expect("a position, then an event");
        assert_eq!(number, position.to_string(), "positions count from 0: {line}");
        let told = event_of(about, &world, event);
        world.tell(told);
    }
    world
}

fn event_of(about: &About, world: &World, line: &str) -> Value {
    let words: Vec<&str> = line.split_whitespace().collect();
    let (words, classification) = match words.split_last() {
        Some((&"confidential", words)) => (words, "confidential"),
        _ => (&words[..], "public"),
    };
    let (name, subject, time, data) = match words {
        ["register", actor, "part", "of", whole] => (
            "actor.registered".to_owned(),
            format!("actor/{actor}"),
            "d1",
            json!({"names": {"en": actor}, "kind": "other", "part_of": whole}),
        ),
        [paper @ ("assess" | "correct" | "withdraw" | "dispute"), target, rest @ ..] => {
            let (name, data) = paperwork(about, paper, target, rest);
            let target: usize = target.parse().expect("a position");
            let subject = world.told[target]["subject"].as_str().expect("a subject");
            (name, subject.to_owned(), "d31", data)
        }
        [time, report @ ..] => {
            let (name, data) = (about.report)(report);
            (name, about.subject.to_owned(), *time, data)
        }
        [] => panic!("an event has words"),
    };
    json!({
        "type": name,
        "subject": subject,
        "time": time,
        "dataclassification": classification,
        "data": data,
    })
}

fn paperwork(about: &About, paper: &str, target: &str, rest: &[&str]) -> (String, Value) {
    let event = id(target.parse().expect("a position"));
    let (name, data) = match paper {
        "assess" => ("assessed", json!({"event": event, "level": rest[0]})),
        "correct" => {
            let (_, data) = (about.report)(rest);
            ("corrected", json!({"event": event, "data": data, "reason": "a slip"}))
        }
        "withdraw" => ("withdrawn", json!({"event": event, "reason": "a mistake"})),
        _ => ("disputed", json!({"event": event, "reason": "we saw otherwise"})),
    };
    (format!("report.{name}"), data)
}
