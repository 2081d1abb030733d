//! What is said about roads: who says that they are open, and who that they are not.

use chrono::{SecondsFormat, TimeDelta};
use serde_json::{Value, json};

use super::Told;
use super::country::ACTORS;
use super::pen::Pen;

const TRAFFIC: [&str; 7] = [
    "humanitarian_cargo",
    "medical_evacuation",
    "humanitarian_staff",
    "civilians",
    "commercial",
    "fuel",
    "peacekeeping",
];

/// One more report on the road with this number.
pub fn report(number: usize, pen: &mut Pen) -> Told {
    let (name, data) = match pen.below(100) {
        0..74 => ("status_reported", status(pen)),
        74..82 => ("control_reported", control(pen)),
        82..90 => ("window_announced", window(pen)),
        _ => ("traffic_counted", count(pen)),
    };
    Told {
        subject: format!("corridor/{}", pen.country.corridor(number)),
        type_name: format!("corridor.{name}.v1"),
        classification: Some("public"),
        data,
    }
}

fn status(pen: &mut Pen) -> Value {
    let status = pen.one_of(&["open", "open", "restricted", "closed"]);
    let mut data = json!({
        "status": status,
        "direction": pen.one_of(&["inbound", "outbound", "both"]),
        "traffic": traffic(pen),
        "source": pen.source(),
        "note": pen.note(),
    });
    if status == "restricted" {
        data["conditions"] = json!(["a list of names two days before", "no fuel beyond the tank"]);
    }
    data
}

fn traffic(pen: &mut Pen) -> Value {
    if pen.in_a_hundred(20) {
        return json!(["all"]);
    }
    let first = pen.below(TRAFFIC.len());
    let last = (first + 1 + pen.below(3)).min(TRAFFIC.len());
    json!(TRAFFIC[first..last])
}

fn control(pen: &mut Pen) -> Value {
    let authority = pen.authority();
    json!({
        "controlled_by": pen.country.actor(authority),
        "checkpoint": pen.place(),
        "source": pen.source(),
        "note": pen.note(),
    })
}

fn window(pen: &mut Pen) -> Value {
    let opens = pen.moment();
    let closes = opens + TimeDelta::hours(8);
    let [opens, closes] =
        [opens, closes].map(|time| time.to_rfc3339_opts(SecondsFormat::Secs, true));
    json!({
        "opens": opens,
        "closes": closes,
        "direction": "inbound",
        "traffic": traffic(pen),
        "source": {"kind": "authority", "by": pen.country.actor(ACTORS.len() / 2)},
        "note": pen.note(),
    })
}

fn count(pen: &mut Pen) -> Value {
    let starts = pen.moment();
    let [starts, ends] = [starts, starts + TimeDelta::hours(12)]
        .map(|time| time.to_rfc3339_opts(SecondsFormat::Secs, true));
    json!({
        "starts": starts,
        "ends": ends,
        "counting_point": pen.place(),
        "vehicles": pen.between(0..400),
        "tonnes": format!("{}.{}", pen.between(0..900), pen.between(0..10)),
        "direction": pen.one_of(&["inbound", "outbound"]),
        "source": pen.source(),
        "note": pen.note(),
    })
}
