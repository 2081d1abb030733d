//! What is said about aid on its way: what was loaded, where it was held, what came through.

use chrono::SecondsFormat;
use serde_json::{Value, json};

use super::pen::Pen;
use super::story::Facts;

/// What convoys carry: line, item, sector, unit.
const GOODS: [(&str, &str, &str, &str); 6] = [
    ("flour", "Wheat flour", "FSC", "t"),
    ("kits", "Dressing kits", "HEA", "kit"),
    ("blankets", "Blankets", "SHL", "piece"),
    ("water", "Drinking water", "WSH", "l"),
    ("fuel", "Diesel for hospitals", "LOG", "l"),
    ("milk", "Infant formula", "NUT", "pallet"),
];

/// The `data` of a step of a delivery of ours.
pub fn data(step: &str, facts: &Facts, pen: &mut Pen) -> Value {
    let mut data = match step {
        "planned" => return planned(facts, pen),
        "clearance_requested" | "clearance_granted" => {
            json!({"authority": pen.country.actor(facts.actor + 7)})
        }
        "clearance_denied" => json!({
            "authority": pen.country.actor(facts.actor + 7),
            "reason": "The list of names came too late.",
        }),
        "dispatched" | "crossed" => {
            json!({"trucks": facts.trucks, "lines": lines(facts, 0, pen), "place": pen.place()})
        }
        "arrived" => {
            let trucks = facts.trucks - pen.between(0..2).min(facts.trucks);
            json!({"trucks": trucks, "lines": lines(facts, 3, pen)})
        }
        "distributed" => {
            json!({"lines": lines(facts, 8, pen), "people_reached": facts.trucks * 170})
        }
        "loss_recorded" => json!({
            "cause": pen.one_of(&["damaged", "spoiled", "taken_by_crowd", "lost", "returned"]),
            "lines": lines(facts, 19, pen),
        }),
        "held" | "released" | "turned_back" => {
            let authority = pen.authority();
            let mut data = json!({"by": pen.country.actor(authority), "reason": "Inspection."});
            if step != "turned_back" {
                data["place"] = pen.place();
            }
            data
        }
        "rerouted" => {
            let corridor = pen.below(pen.country.corridors);
            json!({"corridor": pen.country.corridor(corridor), "reason": "The road is blocked."})
        }
        _ => json!({"reason": "As agreed with the authorities and with those who wait for it."}),
    };
    data["source"] = pen.source();
    data["note"] = json!(pen.note());
    data
}

/// The `data` of a report on a delivery of somebody else's, seen at a stage.
pub fn seen(stage: &str, facts: &Facts, pen: &mut Pen) -> Value {
    json!({
        "stage": stage,
        "trucks": facts.trucks,
        "corridor": pen.country.corridor(facts.corridor),
        "destination": pen.country.place(facts.town),
        "consignment": consignment(facts, pen),
        "source": pen.source(),
        "note": pen.note(),
    })
}

fn planned(facts: &Facts, pen: &mut Pen) -> Value {
    let departs = pen.moment().to_rfc3339_opts(SecondsFormat::Secs, true);
    json!({
        "organisation": pen.country.actor(facts.actor),
        "origin": pen.place(),
        "destination": pen.country.place(facts.town),
        "corridor": pen.country.corridor(facts.corridor),
        "mode": "convoy",
        "trucks": facts.trucks,
        "departs": departs,
        "consignment": consignment(facts, pen),
    })
}

/// Two of the goods, the same at each step of a delivery.
fn goods(facts: &Facts) -> [(&'static str, &'static str, &'static str, &'static str); 2] {
    [facts.town, facts.town + 1].map(|number| GOODS[number % GOODS.len()])
}

/// How much there is of each, less so many of twenty parts, give or take what was miscounted.
fn quantity(facts: &Facts, lost: u32, pen: &mut Pen) -> String {
    let whole = facts.trucks * (20 - lost);
    match pen.in_a_hundred(70) {
        true => whole.to_string(),
        false => format!("{whole}.{}", pen.between(1..10)),
    }
}

fn consignment(facts: &Facts, pen: &mut Pen) -> Value {
    let lines = goods(facts).map(|(line, item, sector, unit)| {
        let value = quantity(facts, 0, pen);
        json!({"line": line, "item": item, "sector": sector, "quantity": {"value": value, "unit": unit}})
    });
    json!(lines)
}

fn lines(facts: &Facts, lost: u32, pen: &mut Pen) -> Value {
    let lines = goods(facts).map(|(line, _, _, unit)| {
        json!({"line": line, "quantity": {"value": quantity(facts, lost, pen), "unit": unit}})
    });
    json!(lines)
}
