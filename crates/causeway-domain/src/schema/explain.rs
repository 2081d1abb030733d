//! Everything that is wrong with an event that was refused, each fault with its pointer.

use serde_json::{Value, json};

use super::checker::ANY_EVENT;
use super::event_type;
use crate::event;
use crate::faults::Faults;
use crate::time::Time;

/// Everything wrong with a compact event of which `first` is known.
pub(crate) fn explain(text: &str, first: &serde_json::Error) -> Faults {
    let mut faults = Faults::default();
    match serde_json::from_str(text) {
        Ok(event) => {
            check_schema(&event, &mut faults);
            if text.len() <= REPAIR_LIMIT {
                compare_fields(event, &mut faults);
            }
        }
        Err(error) => faults.add("", &format!("expected JSON within our limits: {error}")),
    }
    if faults.is_empty() {
        faults.add("", &first.to_string());
    }
    faults
}

/// Everything wrong with the data of an event of type `type_name` and of that `time`; pointers
/// start at `/data`.
pub(crate) fn explain_data(
    type_name: &str,
    data: &str,
    time: Time,
    first: &serde_json::Error,
) -> Faults {
    let example = event_type(type_name).map_or("", |known| known.example);
    let mut event: Value = serde_json::from_str(example).unwrap_or_default();
    if let Ok(data) = serde_json::from_str(data) {
        event["data"] = data;
    }
    event["time"] = json!(time);
    explain(&event.to_string(), first)
}

/// Larger than any event on record: such a one is not looked at more than once.
const REPAIR_LIMIT: usize = 100_000;

fn check_schema(event: &Value, faults: &mut Faults) {
    let type_name = event["type"].as_str();
    match type_name.map(|name| (name, event_type(name))) {
        Some((_, Some(known))) => known.checker().list(event, faults),
        Some((name, None)) => {
            ANY_EVENT.list(event, faults);
            let detail = "expected a known event type (GET /v1/event-types lists them), found";
            faults.add("/type", &format!("{detail} {name:?}"));
        }
        None => ANY_EVENT.list(event, faults),
    }
}

/// Puts what is right in the place of what is known to be wrong, so that the rest can be read and
/// its fields be held against each other: the client hears of everything at once.
fn compare_fields(mut event: Value, faults: &mut Faults) {
    let Some(known) = event["type"].as_str().and_then(event_type) else {
        return;
    };
    let example: Value = serde_json::from_str(known.example).unwrap_or_default();
    for levels_up in 0..DEPTH_OF_REPAIR {
        let mut found = Faults::default();
        known.checker().list(&event, &mut found);
        if found.is_empty() {
            break;
        }
        for fault in found.into_list() {
            repair(&mut event, &example, ancestor(&fault.pointer, levels_up));
        }
    }
    if let Ok(event) = event::read(&event.to_string()) {
        event.check(faults);
    }
}

/// Deeper than any field of ours is nested.
const DEPTH_OF_REPAIR: usize = 8;

fn ancestor(pointer: &str, levels_up: usize) -> &str {
    (0..levels_up).fold(pointer, |pointer, _| parent(pointer).0)
}

fn parent(pointer: &str) -> (&str, &str) {
    pointer.rsplit_once('/').unwrap_or_default()
}

/// Puts the example's value at `pointer`, or takes away what stands there, or the list it is in.
fn repair(event: &mut Value, example: &Value, pointer: &str) {
    if pointer.is_empty() {
        *event = example.clone();
        return;
    }
    let (above, member) = parent(pointer);
    let member = member.replace("~1", "/").replace("~0", "~");
    let right = example.pointer(&first_items(pointer));
    match (event.pointer_mut(above), right) {
        (Some(Value::Object(members)), Some(right)) => {
            members.insert(member, right.clone());
        }
        (Some(Value::Object(members)), None) => {
            members.remove(&member);
        }
        (Some(Value::Array(items)), Some(right)) => {
            let item = member.parse().ok().and_then(|index: usize| items.get_mut(index));
            item.into_iter().for_each(|item| *item = right.clone());
        }
        (Some(_), None) => repair(event, example, above),
        (Some(_), Some(_)) | (None, _) => {}
    }
}

/// The pointer with the first item in the place of any item of a list.
fn first_items(pointer: &str) -> String {
    let is_index = |step: &str| !step.is_empty() && step.bytes().all(|byte| byte.is_ascii_digit());
    let steps = pointer.split('/');
    let steps: Vec<&str> = steps.map(|step| if is_index(step) { "0" } else { step }).collect();
    steps.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::refusal::Refusal;

    /// The example of a type after somebody has worked on it.
    fn example(type_name: &str, change: impl FnOnce(&mut Value)) -> Value {
        let known = event_type(type_name).unwrap();
        let mut event = serde_json::from_str(known.example).unwrap();
        change(&mut event);
        event
    }

    fn faults_of(event: &Value) -> Vec<String> {
        let Err(Refusal::Invalid(faults)) = event::parse(&event.to_string()) else {
            panic!("{event} is not refused as invalid");
        };
        let told = |fault: crate::faults::Fault| format!("{}: {}", fault.pointer, fault.detail);
        faults.into_iter().map(told).collect()
    }

    #[test]
    fn everything_that_is_wrong_is_told_at_once() {
        let event = example("corridor.traffic_counted.v1", |event| {
            event["specversion"] = json!("1.1");
            event["subject"] = json!("delivery/kornidzor");
            event["time"] = json!("2023-06-15 10:00");
            event["importance"] = json!(1);
            event["data"] = json!({
                "starts": "2023-06-15T10:00:00Z", "ends": "2023-06-15T09:00:00Z",
                "counting_point": { "point": [200, 40], "names": { "e": "Goris", "hy": 3 } },
                "vehicles": -1, "tonnes": 5, "traffic": ["trucks"], "cumulative": "yes",
                "source": { "credibility": 7, "published": "yesterday", "evidence": vec!["x"; 101] },
                "place": ["Goris"], "note": "x".repeat(4_001), "colour": null,
            });
        });
        assert_eq!(
            faults_of(&event),
            [
                "/data/colour: not known here; expected one of counting_point, cumulative, \
                 direction, ends, note, persons, place, source, starts, time_precision, tonnes, \
                 traffic, until, vehicles",
                "/data/counting_point/names/e: expected a language tag (BCP 47) such as hy, az or \
                 hy-Latn, found \"e\"",
                "/data/counting_point/names/hy: expected text of at most 200 characters, found 3",
                "/data/counting_point/point/0: expected a number from -180 to 180, found 200",
                "/data/cumulative: expected true or false, found \"yes\"",
                "/data/ends: expected a time after `starts`",
                "/data/note: expected text of at most 4000 characters, found 4001 characters",
                "/data/place: expected an object, found a list of 1 item",
                "/data/source/credibility: expected a whole number from 1 to 6, found 7",
                "/data/source/evidence: expected a list of at most 100 items, found a list of 101 \
                 items",
                "/data/source/kind: required: expected one of own_staff, partner_agency, \
                 authority, party, media, community, eyewitness, satellite, sensor, other",
                "/data/source/published: expected a date such as 2023-06-15, or an RFC 3339 time, \
                 found \"yesterday\"",
                "/data/tonnes: expected a decimal as text, such as \"361.5\": up to 12 digits, \
                 then up to 6 places, found 5",
                "/data/traffic/0: expected one of humanitarian_cargo, medical_evacuation, \
                 humanitarian_staff, civilians, commercial, fuel, peacekeeping, all, found \
                 \"trucks\"",
                "/data/vehicles: expected a whole number from 0 to 4294967295, found -1",
                "/importance: not known here; expected one of causationid, correlationid, data, \
                 dataclassification, expectedversion, id, source, specversion, subject, time, type",
                "/specversion: expected \"1.0\", found \"1.1\"",
                "/subject: expected corridor/<id>, the id 1 to 64 characters of a-z, 0-9 and -, \
                 found \"delivery/kornidzor\"",
                "/time: expected an RFC 3339 time with offset, upper-case T and Z, no leap second, \
                 such as 2023-06-15T13:19:00+04:00, found \"2023-06-15 10:00\"",
            ]
        );
    }

    #[test]
    fn what_is_missing_is_asked_for() {
        assert_eq!(
            faults_of(&json!({ "type": "corridor.status_reported.v1", "data": {} })),
            [
                "/data/status: required: expected one of open, restricted, closed",
                "/specversion: required: expected \"1.0\"",
                "/subject: required: expected corridor/<id>, the id 1 to 64 characters of a-z, 0-9 \
                 and -",
                "/time: required: expected an RFC 3339 time with offset, upper-case T and Z, no \
                 leap second, such as 2023-06-15T13:19:00+04:00",
            ]
        );
    }

    #[test]
    fn an_unknown_type_is_told_beside_what_is_wrong_with_the_envelope() {
        let event = json!({ "specversion": "1.0", "type": "corridor.opened.v1", "data": {},
                            "subject": "corridor/lachin", "time": "soon" });
        assert_eq!(
            faults_of(&event),
            [
                "/time: expected an RFC 3339 time with offset, upper-case T and Z, no leap second, \
                 such as 2023-06-15T13:19:00+04:00, found \"soon\"",
                "/type: expected a known event type (GET /v1/event-types lists them), found \
                 \"corridor.opened.v1\"",
            ]
        );
        assert_eq!(faults_of(&json!([])), [": expected an object, found a list of 0 items"]);
        assert!(faults_of(&json!({ "type": 5 }))[4].starts_with("/type: expected"));
    }

    #[test]
    fn of_a_geometry_the_shape_that_was_meant_is_spoken_of() {
        let with = |geometry: Value| {
            faults_of(&example("corridor.status_reported.v1", |event| {
                event["data"]["place"] = json!({ "geometry": geometry });
            }))
        };
        assert_eq!(
            with(json!({ "type": "Polygon", "coordinates": [[[1, 2], [3, 4], [1, 2]]] })),
            [
                "/data/place/geometry/coordinates/0: expected a list of 4 to 2000 items, found a list \
              of 3 items"
            ]
        );
        assert_eq!(
            with(json!({ "type": "Circle", "coordinates": [1, 2] })),
            ["/data/place/geometry/type: expected one of Point, MultiPoint, LineString, \
              MultiLineString, Polygon, MultiPolygon, found \"Circle\""]
        );
        assert_eq!(
            with(json!("POINT (1 2)")),
            ["/data/place/geometry: expected a GeoJSON geometry (RFC 7946), found \"POINT (1 2)\""]
        );
    }

    #[test]
    fn fields_are_compared_where_each_is_right_in_itself() {
        let event = example("corridor.window_announced.v1", |event| {
            event["data"]["closes"] = event["data"]["opens"].clone();
            event["data"]["until"] = event["time"].clone();
            event["data"]["direction"] = json!("north");
            event["data"]["place"] = json!({ "geometry": {
                "type": "Polygon", "coordinates": [[[1, 2], [3, 4], [5, 6], [7, 8]]] } });
        });
        assert_eq!(
            faults_of(&event),
            [
                "/data/closes: expected a time after `opens`",
                "/data/direction: expected one of inbound, outbound, both, found \"north\"",
                "/data/place/geometry: expected every ring to end where it starts (RFC 7946)",
                "/data/until: expected a time after the event's own `time`",
            ]
        );
    }

    #[test]
    fn a_period_ends_after_it_starts() {
        for (type_name, start, end) in [
            ("corridor.window_announced.v1", "/data/opens", "/data/closes"),
            ("corridor.traffic_counted.v1", "/data/starts", "/data/ends"),
            ("bulletin.issued.v1", "/data/from", "/data/to"),
            ("constraint.resumed.v1", "/time", "/data/until"),
        ] {
            let empty = example(type_name, |event| {
                *event.pointer_mut(end).unwrap() = event.pointer(start).unwrap().clone();
            });
            let [fault] = &faults_of(&empty)[..] else { panic!("{:?}", faults_of(&empty)) };
            assert!(fault.starts_with(end), "{fault}");
        }
    }

    #[test]
    fn a_count_of_traffic_counts_something() {
        let counting = |what: Value| {
            example("corridor.traffic_counted.v1", |event| {
                let data = event["data"].as_object_mut().unwrap();
                data.retain(|name, _| !["vehicles", "persons", "tonnes"].contains(&name.as_str()));
                data.extend(what.as_object().unwrap().clone());
            })
        };
        assert_eq!(
            faults_of(&counting(json!({}))),
            ["/data: expected at least one of `vehicles`, `persons` and `tonnes`"]
        );
        for what in [json!({ "vehicles": 0 }), json!({ "persons": 1 }), json!({ "tonnes": "0.5" })]
        {
            assert!(event::parse(&counting(what).to_string()).is_ok());
        }
    }

    #[test]
    fn nothing_is_concluded_from_a_field_that_is_wrong_in_itself() {
        let window = example("corridor.window_announced.v1", |event| {
            event["data"]["opens"] = json!("later");
            event["data"]["closes"] = json!("0001-01-01T00:00:00Z");
        });
        assert_eq!(faults_of(&window).len(), 1, "{:?}", faults_of(&window));
        let count = example("corridor.traffic_counted.v1", |event| {
            event["data"]["vehicles"] = json!("many");
        });
        assert_eq!(faults_of(&count).len(), 1, "{:?}", faults_of(&count));
    }

    #[test]
    fn faults_in_the_items_of_a_list_do_not_hide_others() {
        let event = example("incident.revised.v1", |event| {
            event["data"]["harm"] = json!([
                { "role": "civilian" }, { "role": "bystander" }, { "role": "civilian" },
                { "killed": -1 },
            ]);
        });
        let told = faults_of(&event);
        let pointers: Vec<_> = told.iter().filter_map(|fault| fault.split(": ").next()).collect();
        assert_eq!(
            pointers,
            ["/data/harm/1/role", "/data/harm/2/role", "/data/harm/3/killed", "/data/harm/3/role",]
        );
    }

    #[test]
    fn the_faults_of_a_correction_point_into_its_data() {
        let time = "2023-06-15T13:19:00+04:00".parse().unwrap();
        let data = r#"{"status":"ajar","until":"2023-06-15T13:19:00+04:00"}"#;
        let refusal = event::parse_corrected("corridor.status_reported.v1", data, time);
        let Err(Refusal::Invalid(faults)) = refusal else { panic!("not refused") };
        let pointers: Vec<_> = faults.iter().map(|fault| fault.pointer.as_str()).collect();
        assert_eq!(pointers, ["/data/data/status", "/data/data/until"]);
    }

    #[test]
    fn null_stands_for_what_is_left_out() {
        let event = example("corridor.status_reported.v1", |event| {
            event["id"] = Value::Null;
            event["data"]["direction"] = Value::Null;
            event["data"]["source"]["by"] = Value::Null;
        });
        let read = event::parse(&event.to_string()).unwrap();
        assert_eq!(read.id, None);
        assert_eq!(read.details.source.unwrap().by, None);
    }
}
