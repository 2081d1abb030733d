//! Who and what there is, registered before anybody speaks of it.

use serde_json::json;

use super::Told;
use super::country::{ACTORS, Country, pcode, point, town_name};
use super::pen::Pen;

/// What is registered next: first actors, then towns, then roads.
pub struct Register {
    next: usize,
    all: usize,
}

impl Register {
    /// The register of a country.
    pub fn of(country: &Country) -> Register {
        Register { next: 0, all: ACTORS.len() + country.places + country.corridors }
    }

    /// The next registration, until there is none left.
    pub fn next(&mut self, pen: &mut Pen) -> Option<Told> {
        if self.next == self.all {
            return None;
        }
        let (number, places) = (self.next, pen.country.places);
        self.next += 1;
        Some(match number.checked_sub(ACTORS.len()) {
            None => actor(number, pen),
            Some(number) if number < places => town(number, pen),
            Some(number) => road(number - places, pen),
        })
    }
}

fn registered(kind: &str, id: &str, data: serde_json::Value) -> Told {
    Told {
        subject: format!("{kind}/{id}"),
        type_name: format!("{kind}.registered.v1"),
        classification: Some("public"),
        data,
    }
}

fn actor(number: usize, pen: &mut Pen) -> Told {
    let (_, name, kind) = ACTORS[number];
    let data = json!({"names": {"en": name}, "kind": kind, "note": pen.note()});
    registered("actor", &pen.country.actor(number), data)
}

fn town(number: usize, pen: &mut Pen) -> Told {
    let data = json!({
        "names": {"en": town_name(number)},
        "pcode": pcode(number),
        "pcode_edition": "2024-07-01",
        "point": point(number),
    });
    registered("place", &pen.country.town(number), data)
}

fn road(number: usize, pen: &mut Pen) -> Told {
    let [from, to] = [pen.below(pen.country.places), pen.below(pen.country.places)];
    let name = match number {
        0 => "Northern road".to_owned(),
        _ => format!("Road {number} from {} to {}", town_name(from), town_name(to)),
    };
    let data = json!({
        "names": {"en": name},
        "from": pen.country.place(from),
        "to": pen.country.place(to),
        "route": {"type": "LineString", "coordinates": [point(from), point(to)]},
        "length_km": pen.between(8..240),
        "baseline": {"vehicles_per_day": pen.between(40..900), "tonnes_per_day": pen.between(50..4_000)},
    });
    registered("corridor", &pen.country.corridor(number), data)
}
