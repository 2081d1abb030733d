//! Turns what is left to chance into an event that may be recorded next.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::contents::content;
use crate::histories::{About, Draft, classification};
use crate::world::World;

/// Tells one event.
pub struct Teller<'a> {
    pub about: About,
    pub draft: &'a Draft,
    pub world: &'a mut World,
}

impl Teller<'_> {
    /// Tells a report or paperwork; nothing, where there is nothing it could be about.
    pub fn next(&mut self) {
        let [subject, other] = self.about.subjects();
        match self.draft.what {
            0 => self.register(),
            1..=3 => self.paper("assessed"),
            4..=5 => self.paper("corrected"),
            6 => self.paper("withdrawn"),
            7 => self.paper("disputed"),
            8 => self.report(other),
            _ => self.report(subject),
        }
    }

    pub fn report(&mut self, subject: &str) {
        let types = self.about.types();
        let chosen = types[usize::from(self.draft.variant) % types.len()];
        let creating = || self.world.told.iter().filter(|told| creates(told, subject));
        let creates_once =
            ["corridor.registered", "delivery.planned", "statement.recorded"].contains(&chosen);
        let exists = creating().next().is_some();
        let stands = creating().any(|told| !self.is_withdrawn(told));
        let name = match (exists, creates_once && stands) {
            (false, _) => types.first(),
            (true, true) => types.get(1),
            (true, false) => Some(&chosen),
        };
        if let Some(name) = name {
            let data = self.content(name);
            self.tell(name, subject, data, &Value::Null);
        }
    }

    /// Registers an actor that may be part of another, unless it is in the register.
    fn register(&mut self) {
        let actor = ["a", "b", "c", "un"][usize::from(self.draft.who) % 4];
        let subject = format!("actor/{actor}");
        let mut creating = self.world.told.iter().filter(|told| creates(told, &subject));
        if creating.all(|told| self.is_withdrawn(told)) {
            let data = self.content("actor.registered");
            self.tell("actor.registered", &subject, data, &Value::Null);
        }
    }

    /// Records paperwork on some event that it may name.
    fn paper(&mut self, what: &str) {
        let targets: Vec<&Value> =
            self.world.told.iter().filter(|told| may_name(what, told)).collect();
        if targets.is_empty() {
            return;
        }
        let target = targets[self.draft.target % targets.len()].clone();
        let data = self.paperwork(what, &target);
        let subject = target["subject"].as_str().expect("events have a subject");
        self.tell(&format!("report.{what}"), subject, data, &target);
    }

    /// Tells an event; paperwork is at least as classified as its target.
    fn tell(&mut self, name: &str, subject: &str, data: Value, target: &Value) {
        let draft = self.draft;
        let source = ["/orgs/un", "/orgs/un/field-1", "/orgs/a"][usize::from(draft.who) % 3];
        let own = classification(if draft.classification < 3 { draft.classification } else { 0 });
        self.world.tell(json!({
            "type": name,
            "subject": subject,
            "time": written(self.about.instant(draft.tick), draft.zone),
            "source": source,
            "dataclassification": own.max(self.world.classification(target)),
            "data": data,
        }));
    }

    fn is_withdrawn(&self, told: &Value) -> bool {
        let names = |paper: &&Value| paper["data"]["event"] == told["id"];
        let mut papers = self.world.told.iter().filter(names);
        papers.any(|paper| paper["type"] == "report.withdrawn.v1")
    }

    fn paperwork(&self, what: &str, target: &Value) -> Value {
        const LEVELS: [&str; 7] = [
            "verified",
            "corroborated",
            "refuted",
            "partially_corroborated",
            "unverified",
            "disputed",
            "unverifiable",
        ];
        let event = &target["id"];
        match what {
            "assessed" => {
                json!({"event": event, "level": LEVELS[usize::from(self.draft.value) % 7]})
            }
            "corrected" => {
                json!({"event": event, "data": self.corrected(target), "reason": "a slip"})
            }
            _ => json!({"event": event, "reason": "a reason"}),
        }
    }

    /// New data for a report; its `until` is left out where it would end before it starts.
    fn corrected(&self, target: &Value) -> Value {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let name = text(&target["type"]).expect("events have a type");
        let mut data = self.content(name.trim_end_matches(".v1"));
        let instant = |value: &Value| {
            text(value).map(|text| DateTime::parse_from_rfc3339(&text).expect("a time"))
        };
        if instant(&data["until"]) <= instant(&target["time"]) {
            data.as_object_mut().expect("an object").remove("until");
        }
        data
    }

    /// What a report of this type says, and who says it.
    fn content(&self, name: &str) -> Value {
        let Draft { detail, zone, tick, .. } = *self.draft;
        let mut data = content(self.about, self.draft, name, self.world);
        let until = self.draft.until.map(|ticks| written(self.about.instant(tick + ticks), zone));
        let place = (detail.is_multiple_of(3)).then(|| json!({"name": "bridge"}));
        let common = [("source", self.source()), ("until", json!(until)), ("place", json!(place))];
        for (member, value) in common.into_iter().filter(|(_, value)| !value.is_null()) {
            data[member] = value;
        }
        data
    }

    fn source(&self) -> Value {
        let mut source = match self.draft.who {
            0 | 1 => json!({"kind": "media", "by": "a"}),
            2 | 3 => json!({"kind": "party", "by": "b"}),
            4 => json!({"kind": "authority", "by": "c"}),
            5 => json!({"kind": "eyewitness"}),
            6 => json!({"kind": "own_staff"}),
            _ => return Value::Null,
        };
        let credibility = self.draft.detail % 7;
        if credibility > 0 {
            source["credibility"] = json!(credibility);
        }
        source
    }
}

/// Whether a told event creates a subject.
fn creates(told: &Value, subject: &str) -> bool {
    let name = told["type"].as_str().unwrap_or_default();
    let what = name.split('.').nth(1).unwrap_or_default();
    told["subject"] == subject && ["registered", "reported", "planned", "recorded"].contains(&what)
}

/// Whether paperwork of a sort may name a told event.
fn may_name(what: &str, told: &Value) -> bool {
    let name = told["type"].as_str().unwrap_or_default();
    match (name.strip_prefix("report."), what) {
        (None, _) | (Some("corrected.v1"), "assessed") => true,
        (Some(paper), "withdrawn") => paper != "withdrawn.v1",
        (Some(_), _) => false,
    }
}

/// One instant in one of several spellings.
fn written(at: DateTime<Utc>, zone: u8) -> String {
    let local = at + TimeDelta::hours(4);
    match zone {
        0 => at.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
        1 => at.format("%Y-%m-%dT%H:%M:%S.0-00:00").to_string(),
        2 => local.format("%Y-%m-%dT%H:%M:%S+04:00").to_string(),
        _ => at.format("%Y-%m-%dT%H:%M:%S+00:00").to_string(),
    }
}
