//! What random reports say: few values, so that reports agree and disagree often.

use serde_json::{Value, json};

use crate::histories::{About, Draft};
use crate::world::World;

/// The fields of a report of type `name` of its own kind; two numbers of the draft decide.
pub fn content(about: About, draft: &Draft, name: &str, world: &World) -> Value {
    let Draft { value, detail, .. } = *draft;
    if name == "actor.registered" {
        let whole = ["a", "b", "c", "un"].get(usize::from(value) % 6);
        return some(json!({"names": {"en": "Actor"}, "kind": "ngo", "part_of": whole}));
    }
    let content = match about {
        About::Corridor => corridor(value, detail, name, world),
        About::Constraint => constraint(value, detail, name),
        About::Delivery => delivery(value, detail, name),
        About::Incident => incident(value, detail, name),
        About::Movement => movement(value, detail, name),
        About::Statement => statement(value, detail),
    };
    some(content)
}

/// The object without its null members.
fn some(mut object: Value) -> Value {
    object.as_object_mut().expect("an object").retain(|_, value| !value.is_null());
    object
}

fn pick<'a>(words: &[&'a str], number: u8) -> &'a str {
    words[usize::from(number) % words.len()]
}

fn maybe(words: &[&str], number: u8) -> Option<String> {
    words.get(usize::from(number) % (words.len() + 1)).map(|word| (*word).to_owned())
}

fn instant(hours: u8) -> String {
    format!("2024-01-{:02}T{:02}:00:00Z", 1 + hours / 24, hours % 24)
}

fn corridor(value: u8, detail: u8, name: &str, world: &World) -> Value {
    let direction = maybe(&["inbound", "outbound", "both"], detail / 8);
    let traffic = match detail % 8 {
        0 => json!(["fuel"]),
        1 => json!(["fuel", "humanitarian_cargo"]),
        2 => json!(["all", "fuel"]),
        3 => json!(["all"]),
        _ => json!(null),
    };
    match name {
        "corridor.registered" => json!({
            "names": {"en": pick(&["Northern road", "The road"], value)},
            "serves": (detail.is_multiple_of(2)).then(|| json!([{"name": "Town"}])),
            "length_km": (detail.is_multiple_of(3)).then_some(65.5),
            "from": (detail.is_multiple_of(5)).then(|| json!({"name": "Here"})),
        }),
        "corridor.control_reported" => json!({"controlled_by": pick(&["a", "b"], value)}),
        "corridor.window_announced" => json!({
            "opens": instant(12 * (value % 6)),
            "closes": (detail.is_multiple_of(2)).then(|| instant(12 * (value % 6 + 1 + detail % 12))),
            "direction": direction,
            "traffic": traffic,
        }),
        "corridor.window_withdrawn" => {
            let is_window = |told: &&Value| told["type"] == "corridor.window_announced.v1";
            let windows: Vec<&Value> = world.told.iter().filter(is_window).collect();
            let named = windows.get(usize::from(value) % windows.len().max(1));
            let nothing = json!(crate::world::id(999));
            json!({"window": named.map_or(&nothing, |window| &window["id"])})
        }
        _ => json!({
            "status": pick(&["open", "closed", "restricted"], value),
            "direction": direction,
            "traffic": traffic,
        }),
    }
}

fn constraint(value: u8, detail: u8, name: &str) -> Value {
    let scope = json!({
        "severity": (detail.is_multiple_of(2)).then_some(value % 4),
        "areas": (detail.is_multiple_of(3)).then(|| json!([pick(&["AZ1", "AZ2"], value)])),
        "corridors": (detail.is_multiple_of(5)).then(|| json!(["road"])),
        "people_affected": (detail.is_multiple_of(7)).then_some(u32::from(value) * 100),
        "affects": (detail % 4 == 1).then(|| json!({"goods": [pick(&["food", "fuel"], value)]})),
    });
    match name {
        "constraint.reported" => {
            let mut report = json!({
                "kind": pick(&["blockade", "curfew"], value),
                "category": pick(&["RMI", "RMW"], value),
                "title": pick(&["Road cut", "Road closed"], value),
                "imposed_by": maybe(&["a", "b"], detail),
            });
            let members = report.as_object_mut().expect("an object");
            members.extend(scope.as_object().expect("an object").clone());
            report
        }
        "constraint.tightened" | "constraint.eased" => scope,
        "constraint.mitigated" => json!({"action": "negotiation"}),
        _ => json!({}),
    }
}

fn amounts(value: u8, detail: u8, with_item: bool) -> Value {
    let line = |name: &str, unit: &str, number: u8| {
        some(json!({
            "line": name,
            "quantity": {"value": pick(&["2", "1.5", "0.500", "0", "2.0"], number), "unit": unit},
            "item": with_item.then(|| pick(&["Wheat", "Flour"], number)),
            "cumulative": (number.is_multiple_of(5)).then_some(true),
        }))
    };
    match detail % 6 {
        0 => json!(null),
        1 => json!([line("flour", "t", value)]),
        2 => json!([line("flour", "kg", value)]),
        3 => json!([line("oil", "l", value), line("flour", "t", value / 2)]),
        4 => json!([line("flour", "t", value), line("flour", "t", value / 3)]),
        _ => json!([line("trucks", "truck", value), line("flour", "t", value)]),
    }
}

fn delivery(value: u8, detail: u8, name: &str) -> Value {
    let trucks = maybe(&["1", "2"], detail / 2).map(|count| count.parse::<u8>().expect("a count"));
    let corridor = maybe(&["road", "river"], detail / 4);
    let consignment = amounts(value, detail, true);
    let cumulative = (detail % 8 == 7).then_some(true);
    match name.trim_start_matches("delivery.") {
        "planned" => json!({
            "organisation": pick(&["un", "a"], value),
            "destination": {"name": pick(&["Town", "Village"], value)},
            "trucks": trucks,
            "corridor": corridor,
            "consignment": consignment,
            "mode": maybe(&["convoy", "truck"], detail / 8),
            "departs": (detail.is_multiple_of(2)).then(|| instant(value)),
            "origin": (detail.is_multiple_of(3)).then(|| json!({"name": "Depot"})),
        }),
        "reported" => json!({
            "stage": pick(
                &["held", "dispatched", "crossed", "arrived", "distributed", "turned_back"],
                value,
            ),
            "organisation": maybe(&["un", "a"], detail / 16),
            "trucks": trucks,
            "corridor": corridor,
            "destination": (detail.is_multiple_of(2)).then(|| json!({"name": "City"})),
            "consignment": consignment,
            "cumulative": cumulative,
        }),
        "dispatched" | "crossed" | "arrived" | "distributed" => json!({
            "trucks": trucks,
            "lines": amounts(value, detail, false),
            "cumulative": cumulative,
        }),
        "loss_recorded" => json!({
            "cause": pick(&["spoiled", "damaged", "lost"], detail / 6),
            "lines": amounts(value, detail.max(1), false).as_array().cloned().unwrap_or_default(),
            "cumulative": cumulative,
        }),
        "clearance_requested" | "clearance_granted" | "clearance_denied" => json!({
            "authority": pick(&["a", "b"], detail / 2),
            "deadline": (detail % 3 == 1).then(|| instant(value)),
        }),
        "held" | "released" | "turned_back" => json!({"by": maybe(&["a", "b"], detail)}),
        "rerouted" => json!({"corridor": corridor}),
        _ => json!({}),
    }
}

fn incident(value: u8, detail: u8, name: &str) -> Value {
    let harm = match value % 5 {
        0 => json!([{"role": "civilian", "killed": 1}]),
        1 => json!([{"role": "civilian", "killed": 1, "injured": 0}]),
        2 => json!([{"role": "civilian", "killed": 1}, {"role": "military", "injured": 2}]),
        3 => json!([{"role": "military", "injured": 2}, {"role": "civilian", "killed": 1}]),
        _ => json!([]),
    };
    match name {
        "incident.reported" => json!({
            "kind": pick(&["shelling", "shooting"], value),
            "category": pick(&["HOS", "VIO"], value),
            "title": pick(&["Shots", "Shells"], value),
            "harm": (!detail.is_multiple_of(4)).then_some(harm),
            "corridors": (detail.is_multiple_of(3)).then(|| json!([pick(&["road", "river"], value)])),
            "deliveries": (detail.is_multiple_of(5)).then(|| json!(["convoy"])),
            "constraints": (detail.is_multiple_of(7)).then(|| json!(["bar"])),
        }),
        "incident.revised" => json!({"harm": harm}),
        _ => json!({"actor": pick(&["a", "b"], value)}),
    }
}

fn movement(value: u8, detail: u8, name: &str) -> Value {
    let persons = (!detail.is_multiple_of(4)).then_some(value % 3);
    let cumulative = maybe(&["true", "false"], detail / 4).map(|word| word == "true");
    match name {
        "movement.reported" => json!({
            "kind": pick(&["displacement", "evacuation"], value),
            "persons": persons,
            "cumulative": cumulative,
            "corridor": (detail.is_multiple_of(3)).then(|| pick(&["road", "river"], value)),
            "from": (detail.is_multiple_of(5)).then(|| json!({"name": pick(&["Town", "City"], value)})),
            "to": (detail.is_multiple_of(7)).then(|| json!({"name": "Camp"})),
            "direction": maybe(&["outbound", "inbound"], detail / 2),
        }),
        _ => json!({"persons": persons, "cumulative": cumulative}),
    }
}

fn statement(value: u8, detail: u8) -> Value {
    json!({
        "by": pick(&["a", "b", "d"], value),
        "summary": pick(&["It is open.", "It is not."], value),
        "stance": maybe(&["asserts", "denies"], detail),
        "about": (detail.is_multiple_of(3)).then(|| json!(["corridor/road"])),
        "denies": (detail.is_multiple_of(5)).then(|| crate::world::id(1)),
    })
}
