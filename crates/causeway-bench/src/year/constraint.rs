//! What is said about what bars the way: blockades, checkpoints, bans, mines, snow.

use serde_json::{Value, json};

use super::pen::Pen;
use super::story::Facts;

const KINDS: [(&str, &str, &str); 6] = [
    ("blockade", "RMI", "Road blocked near"),
    ("checkpoint_regime", "RMI", "Checks of every vehicle near"),
    ("administrative_ban", "RSA", "Permits no longer given out in"),
    ("mine_contamination", "MIN", "Mines found near"),
    ("physical_obstacle", "ENV", "Landslide above"),
    ("threat", "VIO", "Drivers threatened near"),
];

/// The `data` of a step.
pub fn data(step: &str, facts: &Facts, pen: &mut Pen) -> Value {
    let corridor = pen.country.corridor(facts.corridor);
    let affects = json!({"goods": ["food", "fuel"], "people": ["patients"], "services": ["buses"]});
    let mut data = match step {
        "reported" => reported(facts, &corridor, pen),
        "tightened" | "eased" => json!({
            "affects": affects,
            "severity": pen.between(0..4),
            "people_affected": facts.trucks * 900,
            "corridors": [corridor],
        }),
        "mitigated" => json!({
            "action": pen.one_of(&["negotiation", "reroute", "advocacy", "other"]),
            "outcome": "Some of the trucks were let through after two days.",
        }),
        _ => json!({"reason": "The barrier was seen by several drivers on their way."}),
    };
    data["source"] = pen.source();
    data["note"] = json!(pen.note());
    data
}

fn reported(facts: &Facts, corridor: &str, pen: &mut Pen) -> Value {
    let (kind, category, title) = KINDS[facts.town % KINDS.len()];
    json!({
        "kind": kind,
        "category": category,
        "title": format!("{title} {}", super::country::town_name(facts.town)),
        "areas": [super::country::pcode(facts.town)],
        "corridors": [corridor],
        "severity": pen.between(1..4),
        "imposed_by": pen.country.actor(facts.actor),
    })
}
