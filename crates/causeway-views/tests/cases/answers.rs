//! How an answer is put in a line of a table.

use causeway_views::Asked;
use serde_json::{Value, json};

use crate::world::{World, sent, short};

/// `<policy> at <time> [known <position>] [window <hours>] [seen by <clearance>] [cell <way> <class>]`
pub fn cell(world: &World, question: &str) -> String {
    let (asked, cell) = question.split_once(" cell ").unwrap_or((question, "inbound fuel"));
    let asked = ask(world, asked);
    let road = "road".parse().expect("an id");
    let Some(corridor) = world.snapshot.view(&asked).corridor(&road) else {
        return "unknown".to_owned();
    };
    let corridor = sent(corridor);
    let cells = corridor["status"].as_array().expect("a corridor has cells");
    let is_asked =
        |one: &&Value| cell == format!("{} {}", text(&one["direction"]), text(&one["traffic"]));
    let cell = cells.iter().find(is_asked).expect("a cell of the matrix");
    format!("{}{}", resolved(cell, "status"), dissent(cell, "status"))
}

pub fn in_force(world: &World, question: &str) -> String {
    let asked = ask(world, question);
    let constraint = world.snapshot.view(&asked).constraint(&"bar".parse().expect("an id"));
    let constraint = sent(constraint.expect("a known constraint"));
    let (in_force, days) = (&constraint["in_force"], &constraint["days"]);
    let days = format!(", {} of {} days", days["episode"], days["total"]);
    format!("{}{days}{}", resolved(in_force, "value"), dissent(in_force, "value"))
}

/// `journey`, `ledger` or `clearances`, then the question.
pub fn delivery(world: &World, question: &str) -> String {
    let (what, question) = question.split_once(' ').expect("what is asked, then how");
    let asked = ask(world, question);
    let delivery = world.snapshot.view(&asked).delivery(&"convoy".parse().expect("an id"));
    let delivery = sent(delivery.expect("a known delivery"));
    match what {
        "journey" => journey(&delivery),
        "ledger" => each(&delivery["ledger"], row).join(" | "),
        _ => {
            let late = json!("deadline_passed");
            let is_late = delivery["flags"].as_array().is_some_and(|flags| flags.contains(&late));
            let rows = each(&delivery["clearances"], clearance).join(" | ");
            format!("{rows}{}", if is_late { ", late" } else { "" })
        }
    }
}

fn ask(world: &World, question: &str) -> Asked {
    let words: Vec<&str> = question.split_whitespace().collect();
    let [policy, "at", at, rest @ ..] = &words[..] else { panic!("how is it asked? {question}") };
    let mut asked = world.ask(policy, at);
    for pair in rest.chunks(2) {
        match pair {
            ["known", position] => asked.position = position.parse().ok(),
            ["window", hours] => asked.window = hours.parse().expect("hours"),
            ["seen", "by"] => {}
            [clearance] => asked.clearance = clearance.parse().expect("a classification"),
            _ => panic!("how is it asked? {question}"),
        }
    }
    asked
}

fn resolved(answer: &Value, word: &str) -> String {
    let basis = each(&answer["basis"], event).join("+");
    let since = answer["since"].as_str().map(|since| format!(" since {}", short(since)));
    let level = answer["level"].as_str().map(|level| format!(", {level}"));
    let stale = (answer["stale"] == true).then_some(", stale");
    let mut put = text(&answer[word]);
    put.extend([since, level, stale.map(str::to_owned)].into_iter().flatten());
    if !basis.is_empty() {
        put.push_str(&format!(" ({basis})"));
    }
    put
}

fn dissent(answer: &Value, word: &str) -> String {
    let entry = |claim: &Value| {
        let (level, event) = (text(&claim["level"]), event(&claim["event"]));
        format!("; {} says {} ({level}, {event})", by(claim), text(&claim[word]))
    };
    let dissent = each(&answer["dissent"], entry);
    assert_eq!(answer["contested"], !dissent.is_empty(), "contested means that somebody dissents");
    dissent.concat()
}

fn journey(delivery: &Value) -> String {
    let hold = |hold: &Value| {
        let until = hold["to"].as_str().map_or("on".to_owned(), |to| format!("to {}", short(to)));
        let by = hold["by"].as_str().map(|by| format!(" by {by}")).unwrap_or_default();
        let from = short(&text(&hold["from"]));
        format!("; held {from} {until}{by} ({} h)", hold["hours"].as_f64().expect("hours"))
    };
    let holds = each(&delivery["holds"], hold).concat();
    format!("{}, {}{holds}", text(&delivery["stage"]), text(&delivery["outcome"]))
}

fn row(row: &Value) -> String {
    let mut counted = Vec::new();
    for stage in ["planned", "dispatched", "crossed", "arrived", "distributed"] {
        counted.extend(row["stages"][stage].as_str().map(|amount| format!("{stage} {amount}")));
    }
    let loss = |loss: &Value| format!("lost {} {}", text(&loss["cause"]), text(&loss["quantity"]));
    counted.extend(each(&row["losses"], loss));
    counted.extend(row["gap"].as_str().map(|gap| format!("gap {gap}")));
    let entry = |other: &Value| {
        let (stage, quantity) = (text(&other["stage"]), text(&other["quantity"]));
        format!("; {} says {stage} {quantity} ({})", by(other), event(&other["event"]))
    };
    let dissent = each(&row["dissent"], entry).concat();
    format!("{} {}: {}{dissent}", text(&row["line"]), text(&row["unit"]), counted.join(", "))
}

fn clearance(row: &Value) -> String {
    let at = |member: &str| row[member].as_str().map(|time| format!(" {}", short(time)));
    let answer = row["answer"].as_str().unwrap_or("open");
    let hours = row["hours"].as_f64().map(|hours| format!(" ({hours} h)"));
    let (requested, answered) = (at("requested"), at("answered"));
    let or_nothing = Option::unwrap_or_default;
    let authority = text(&row["authority"]);
    format!(
        "{authority}{} {answer}{}{}",
        or_nothing(requested),
        or_nothing(answered),
        or_nothing(hours)
    )
}

fn by(claim: &Value) -> String {
    claim["by"].as_str().unwrap_or("nobody").to_owned()
}

/// The position of an event that was given its id by that.
fn event(id: &Value) -> String {
    let id = text(id);
    id[id.len() - 12..].trim_start_matches('0').parse().unwrap_or(0).to_string()
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

fn each(list: &Value, put: impl Fn(&Value) -> String) -> Vec<String> {
    list.as_array().expect("a list").iter().map(put).collect()
}
