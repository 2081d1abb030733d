//! A record to tell events to and to ask about. January 2024: `d3h12:30` is its third, 12:30 UTC.

use causeway_domain::event::{self, Event};
use causeway_domain::flags::Flags;
use causeway_domain::words::Classification;
use causeway_domain::{Id, SubjectId, Time};
use causeway_views::chronicle::Stamp;
use causeway_views::{
    Asked, Paging, Policy, Snapshot, Window, actors, constraints, corridors, deliveries, incidents,
    movements, places, statements,
};
use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use serde_json::{Value, json};

use crate::oracle;

/// Everything told so far, and what can be read of it.
#[derive(Debug, Clone, Default)]
pub struct World {
    pub told: Vec<Value>,
    pub snapshot: Snapshot,
}

impl World {
    /// Records an event: `type`, `subject`, `time` and `data`, with anything else that differs
    /// from a public report of `/orgs/un`. Answers with its id.
    pub fn tell(&mut self, event: Value) -> String {
        let event = complete(event, self.told.len() as u64);
        let (parsed, stamp) = parse(&event);
        self.snapshot.apply(&parsed, stamp);
        let id = event["id"].as_str().expect("it was filled in").to_owned();
        self.told.push(event);
        id
    }

    /// The record up to, and without, position `end`.
    pub fn up_to(&self, end: usize) -> World {
        let mut earlier = World::default();
        self.told[..end].iter().for_each(|event| {
            earlier.tell(event.clone());
        });
        earlier
    }

    /// The newest position.
    pub fn head(&self) -> Option<u64> {
        self.snapshot.chronicle.head()
    }

    /// A question about the whole record, for a reader who may see everything.
    pub fn ask(&self, policy: &str, effective_at: &str) -> Asked {
        Asked {
            position: self.head(),
            known_at: "2024-12-31T00:00:00Z".parse().expect("a time"),
            effective_at: time(effective_at).parse().expect("a time"),
            policy: policy.parse().expect("a policy"),
            window: Window::default(),
            clearance: Classification::StrictlyConfidential,
        }
    }

    /// How sensitive a recorded event is now; public where there is none.
    pub fn classification(&self, event: &Value) -> Classification {
        let id = event["id"].as_str().and_then(|id| id.parse().ok());
        let chronicle = &self.snapshot.chronicle;
        let entry = id.and_then(|id| chronicle.entry(chronicle.position(&id)?));
        entry.map_or(Classification::Public, |entry| entry.classification)
    }

    /// Everything that can be asked of the record, in one answer.
    pub fn answers(&self, asked: &Asked) -> Value {
        let view = self.snapshot.view(asked);
        let all = Paging::default();
        json!({
            "corridors": view.corridors(&corridors::Filter::default(), &all).items,
            "constraints": view.constraints(&constraints::Filter::default(), &all).items,
            "deliveries": view.deliveries(&deliveries::Filter::default(), &all).items,
            "incidents": view.incidents(&incidents::Filter::default(), &all).items,
            "movements": view.movements(&movements::Filter::default(), &all).items,
            "statements": view.statements(&statements::Filter::default(), &all).items,
            "actors": view.actors(&actors::Filter::default(), &all).items,
            "places": view.places(&places::Filter::default(), &all).items,
            "situation": view.situation(),
        })
    }

    /// What was told, as the oracle reads it.
    pub fn events(&self) -> Vec<oracle::Event> {
        let numbered = self.told.iter().enumerate();
        numbered.map(|(position, event)| oracle::Event::new(position as u64, event)).collect()
    }

    /// The names of the policies that may answer differently in these tests.
    pub fn policies() -> [Policy; 6] {
        ["best", "verified", "latest", "party:a", "party:b", "party:un"]
            .map(|policy| policy.parse().expect("a policy"))
    }
}

/// The id of the event at `position`, where none was chosen.
pub fn id(position: u64) -> String {
    format!("0192c7c8-0000-7000-8000-{position:012}")
}

/// A time in these tests' own notation; RFC 3339 is left as it is. `d2h4+4` is 04:00 at +04:00.
pub fn time(text: &str) -> String {
    let Some(rest) = text.strip_prefix('d') else {
        return text.to_owned();
    };
    let (rest, zone) = rest.split_once('+').map_or((rest, "Z"), |(rest, _)| (rest, "+04:00"));
    let (day, hour) = rest.split_once('h').unwrap_or((rest, "0"));
    let (hour, minute) = hour.split_once(':').unwrap_or((hour, "0"));
    let number = |part: &str| part.parse::<u32>().expect("a number");
    format!("2024-01-{:02}T{:02}:{:02}:00{zone}", number(day), number(hour), number(minute))
}

/// A time of January 2024 as these tests write it.
pub fn short(text: &str) -> String {
    let number = |from: usize| text[from..from + 2].parse::<u32>().expect("a number");
    let zone = if text.ends_with("+04:00") { "+4" } else { "" };
    match (number(8), number(11), number(14)) {
        (day, 0, 0) => format!("d{day}{zone}"),
        (day, hour, 0) => format!("d{day}h{hour}{zone}"),
        (day, hour, minute) => format!("d{day}h{hour}:{minute:02}{zone}"),
    }
}

/// When the event at `position` was recorded: two at a time, a minute apart.
pub fn recorded(position: u64) -> Time {
    let first: DateTime<Utc> = "2024-02-01T00:00:00Z".parse().expect("a time");
    Time::stamp(first + TimeDelta::minutes(i64::try_from(position / 2).expect("few events")))
}

/// An answer as it is sent.
pub fn sent(answer: impl Serialize) -> Value {
    serde_json::to_value(answer).expect("answers are JSON")
}

fn complete(mut event: Value, position: u64) -> Value {
    let left_out = json!({
        "specversion": "1.0",
        "id": id(position),
        "source": "/orgs/un",
        "dataclassification": "public",
        "recordedtime": recorded(position),
        "data": {},
    });
    for (name, value) in left_out.as_object().expect("an object") {
        if event[name].is_null() {
            event[name] = value.clone();
        }
    }
    event["time"] = time(event["time"].as_str().expect("a time")).into();
    event["type"] =
        format!("{}.v1", event["type"].as_str().expect("a type").trim_end_matches(".v1")).into();
    event
}

fn parse(event: &Value) -> (Event, Stamp) {
    let submitted = event::parse(&event.to_string()).unwrap_or_else(|refusal| {
        panic!("the test tells an event that is refused: {event}: {refusal:?}")
    });
    let stamp = Stamp {
        recorded: submitted.recorded_time.expect("it was filled in"),
        recorded_by: "key".parse::<Id>().expect("an id"),
        flags: Flags::default(),
    };
    let subject = SubjectId {
        kind: submitted.subject.kind,
        id: submitted.subject.id.expect("tests name their subjects"),
    };
    let event = Event {
        id: submitted.id.expect("it was filled in"),
        source: submitted.source.expect("it was filled in"),
        subject,
        time: submitted.time,
        classification: submitted.classification.expect("it was filled in"),
        details: submitted.details,
        payload: submitted.payload,
    };
    (event, stamp)
}
