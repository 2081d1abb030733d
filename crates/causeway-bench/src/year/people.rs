//! What is said about people: who was harmed, who moved, who said what.

use serde_json::{Value, json};

use super::country::town_name;
use super::pen::Pen;
use super::story::Facts;

const INCIDENTS: [(&str, &str, &str); 5] = [
    ("shelling", "HOS", "Shelling of houses in"),
    ("obstruction", "INT", "Staff kept from a warehouse in"),
    ("looting", "VIO", "Load of a truck taken in"),
    ("mine_explosion", "MIN", "Car on a mine near"),
    ("detention", "VIO", "Driver detained in"),
];

/// The `data` of a step of an incident.
pub fn incident(step: &str, facts: &Facts, pen: &mut Pen) -> Value {
    let mut data = match step {
        "reported" => {
            let (kind, category, title) = INCIDENTS[facts.town % INCIDENTS.len()];
            json!({
                "kind": kind,
                "category": category,
                "title": format!("{title} {}", town_name(facts.town)),
                "harm": harm(pen),
                "corridors": [pen.country.corridor(facts.corridor)],
                "place": pen.country.place(facts.town),
            })
        }
        "revised" => json!({"harm": harm(pen)}),
        _ => {
            let actor = pen.authority();
            json!({"actor": pen.country.actor(actor)})
        }
    };
    data["source"] = pen.source();
    data["note"] = json!(pen.note());
    data
}

fn harm(pen: &mut Pen) -> Value {
    json!([
        {"role": "civilian", "killed": pen.between(0..3), "injured": pen.between(0..9)},
        {"role": "aid_worker", "injured": pen.between(0..2), "detained": pen.between(0..3)},
    ])
}

/// The `data` of a step of people on the move.
pub fn movement(step: &str, facts: &Facts, pen: &mut Pen) -> Value {
    let mut data =
        json!({"persons": facts.trucks * 10 + pen.between(0..9), "source": pen.source()});
    if step == "reported" {
        data["kind"] = json!(["medical_evacuation", "evacuation", "displacement"][facts.town % 3]);
        data["corridor"] = json!(pen.country.corridor(facts.corridor));
        data["from"] = pen.country.place(facts.town);
        data["to"] = pen.place();
        data["direction"] = json!("outbound");
    }
    data["note"] = json!(pen.note());
    data
}

/// The `data` of a statement.
pub fn statement(facts: &Facts, pen: &mut Pen) -> Value {
    json!({
        "by": pen.country.actor(facts.actor),
        "summary": pen.note(),
        "stance": pen.one_of(&["announces", "asserts", "denies", "appeals", "agrees"]),
        "about": [format!("corridor/{}", pen.country.corridor(facts.corridor))],
        "source": pen.source(),
        "note": pen.note(),
    })
}
