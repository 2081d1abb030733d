//! The rules once more, written as plainly as they read and without a thought for speed.
//!
//! Works on the JSON of events and answers with the JSON of views, so that it shares neither
//! types nor ideas with what it checks. Every claim is weighed anew for every instant.

mod constraints;
mod corridors;
mod deliveries;
mod ledger;
mod people;
mod registers;
mod resolution;

use std::collections::BTreeSet;

use causeway_domain::words::Classification;
use causeway_views::{Asked, Policy};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

/// An instant, and how it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    pub at: DateTime<Utc>,
    pub text: String,
}

impl Moment {
    pub fn new(text: &str) -> Moment {
        let at = DateTime::parse_from_rfc3339(text).expect("events carry RFC 3339 times");
        Moment { at: at.to_utc(), text: text.to_owned() }
    }

    fn in_member(data: &Value, name: &str) -> Option<Moment> {
        data[name].as_str().map(Moment::new)
    }
}

/// An event as it was recorded.
#[derive(Debug)]
pub struct Event {
    position: u64,
    id: String,
    subject: String,
    type_name: String,
    time: Moment,
    organisation: String,
    classification: Classification,
    recorded: String,
    data: Value,
}

impl Event {
    /// Reads the event recorded at `position`.
    pub fn new(position: u64, event: &Value) -> Event {
        let text = |name: &str| event[name].as_str().expect("attributes are text").to_owned();
        let organisation = text("source").split('/').nth(2).expect("an organisation").to_owned();
        Event {
            position,
            id: text("id"),
            subject: text("subject"),
            type_name: text("type"),
            time: Moment::new(&text("time")),
            organisation,
            classification: text("dataclassification").parse().expect("a classification"),
            recorded: text("recordedtime"),
            data: event["data"].clone(),
        }
    }

    fn is_paperwork(&self) -> bool {
        self.type_name.starts_with("report.")
    }

    fn names(&self, what: &str, id: &str) -> bool {
        self.type_name == what && self.data["event"] == id
    }
}

/// A report that was not withdrawn, in the form in force.
#[derive(Debug, Clone)]
pub struct Standing {
    position: u64,
    id: String,
    type_name: String,
    time: Moment,
    organisation: String,
    data: Value,
    correction: Option<String>,
    level: String,
    assessment: Option<String>,
}

impl Standing {
    fn is(&self, type_name: &str) -> bool {
        self.type_name == format!("{type_name}.v1")
    }

    /// Order in the world: by time, then by position.
    fn age(&self) -> (DateTime<Utc>, u64) {
        (self.time.at, self.position)
    }

    /// Who says it (rule 9); no two reports without a name are of one source.
    fn source(&self) -> Source {
        let source = &self.data["source"];
        match source["by"].as_str() {
            Some(by) => Source::Actor(by.to_owned()),
            None if source.is_null() || source["kind"] == "own_staff" => {
                Source::Actor(self.organisation.clone())
            }
            None => Source::Unnamed(self.position),
        }
    }

    /// Order of credibility: 1, 2, 3, 6, 4, 5 (rule 7). Lower is better.
    fn credibility(&self) -> usize {
        let stated = self.data["source"]["credibility"].as_u64().unwrap_or(6);
        [1, 2, 3, 6, 4, 5].iter().position(|one| *one == stated).expect("from 1 to 6")
    }

    /// Report, correction in force, assessment that gives the level (rule 24).
    fn basis(&self) -> Value {
        let ids = [Some(&self.id), self.correction.as_ref(), self.assessment.as_ref()];
        ids.into_iter().flatten().cloned().collect()
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Source {
    Actor(String),
    Unnamed(u64),
}

impl Source {
    fn by(&self) -> Value {
        match self {
            Source::Actor(actor) => json!(actor),
            Source::Unnamed(_) => Value::Null,
        }
    }
}

/// Order of levels (rule 6); what is refuted is below them all.
fn rank(level: &str) -> usize {
    let order = [
        "refuted",
        "disputed",
        "unverifiable",
        "unverified",
        "partially_corroborated",
        "corroborated",
        "verified",
    ];
    order.iter().position(|one| *one == level).expect("a level")
}

/// A value, or another where it is null.
fn or(value: Value, other: Value) -> Value {
    if value.is_null() { other } else { value }
}

/// Answers one question about one record.
#[derive(Debug)]
pub struct Oracle<'a> {
    events: &'a [Event],
    asked: &'a Asked,
    /// The events that count for this reader.
    visible: Vec<&'a Event>,
}

impl<'a> Oracle<'a> {
    pub fn new(events: &'a [Event], asked: &'a Asked) -> Oracle<'a> {
        let mut oracle = Oracle { events, asked, visible: Vec::new() };
        oracle.visible = events.iter().filter(|event| oracle.exists(event)).collect();
        oracle
    }

    /// Whether the event counts for this reader: known by then, and not above the clearance.
    fn exists(&self, event: &Event) -> bool {
        self.is_recorded(event) && self.classification(event) <= self.asked.clearance
    }

    fn is_recorded(&self, event: &Event) -> bool {
        self.asked.position.is_some_and(|position| event.position <= position)
    }

    /// The highest of its own and that of the withdrawals and corrections that name it, whenever
    /// they were recorded (rule 47).
    fn classification(&self, event: &Event) -> Classification {
        let raises = |other: &&Event| {
            other.names("report.withdrawn.v1", &event.id)
                || other.names("report.corrected.v1", &event.id)
        };
        let raised = self.events.iter().filter(raises).map(|other| other.classification);
        raised.fold(event.classification, Classification::max)
    }

    fn visible(&self) -> impl DoubleEndedIterator<Item = &'a Event> {
        self.visible.iter().copied()
    }

    fn is_withdrawn(&self, id: &str) -> bool {
        self.visible().any(|event| event.names("report.withdrawn.v1", id))
    }

    /// The paperwork of one type that names `id`, the greatest position, unless withdrawn.
    fn last_paper(&self, what: &str, id: &str) -> Option<&Event> {
        let mut papers = self.visible().filter(|paper| paper.names(what, id));
        papers.rfind(|paper| !self.is_withdrawn(&paper.id))
    }

    /// The reports on a subject that are known, withdrawn or not.
    fn reports(&self, subject: &str) -> Vec<&Event> {
        let on_it = self.visible().filter(|event| event.subject == subject);
        on_it.filter(|event| !event.is_paperwork()).collect()
    }

    /// The reports on a subject that stand, in order of recording.
    fn standing(&self, subject: &str) -> Vec<Standing> {
        let reports = self.reports(subject).into_iter();
        reports
            .filter(|event| !self.is_withdrawn(&event.id))
            .map(|event| self.stand(event))
            .collect()
    }

    fn stand(&self, event: &Event) -> Standing {
        let correction = self.last_paper("report.corrected.v1", &event.id);
        let form = correction.map_or(&event.id, |correction| &correction.id);
        let assessment = self.last_paper("report.assessed.v1", form);
        let level = assessment.map_or("unverified", |assessment| {
            assessment.data["level"].as_str().expect("assessments have a level")
        });
        Standing {
            position: event.position,
            id: event.id.clone(),
            type_name: event.type_name.clone(),
            time: event.time.clone(),
            organisation: event.organisation.clone(),
            data: correction.map_or(&event.data, |correction| &correction.data["data"]).clone(),
            correction: correction.map(|correction| correction.id.clone()),
            level: level.to_owned(),
            assessment: assessment.map(|assessment| assessment.id.clone()),
        }
    }

    /// What the policy admits (rule 31).
    fn admits(&self, report: &Standing) -> bool {
        match &self.asked.policy {
            Policy::Best => report.level != "refuted",
            Policy::Latest => true,
            Policy::Verified => matches!(&*report.level, "corroborated" | "verified"),
            Policy::Party(actor) => match report.source() {
                Source::Actor(by) => self.party(actor.as_str()).contains(&by),
                Source::Unnamed(_) => false,
            },
        }
    }

    /// An actor and everyone under it in the register (rule 9).
    fn party(&self, actor: &str) -> BTreeSet<String> {
        let mut party = BTreeSet::from([actor.to_owned()]);
        loop {
            let joins =
                |actor: &&(String, String)| party.contains(&actor.1) && !party.contains(&actor.0);
            let Some((part, _)) = self.parts().iter().find(joins).cloned() else {
                return party;
            };
            party.insert(part);
        }
    }

    /// Each registered actor with what it is part of.
    fn parts(&self) -> Vec<(String, String)> {
        let registered = self.subjects("actor").into_iter().filter_map(|id| {
            let registration = self.standing(&format!("actor/{id}")).pop()?;
            let whole = registration.data["part_of"].as_str()?.to_owned();
            Some((id, whole))
        });
        registered.collect()
    }

    /// The ids of the subjects of one kind that are known (rule 46).
    fn subjects(&self, kind: &str) -> BTreeSet<String> {
        let reports = self.visible().filter(|event| !event.is_paperwork());
        let subjects = reports.filter_map(|event| event.subject.split_once('/'));
        subjects.filter(|(of, _)| *of == kind).map(|(_, id)| id.to_owned()).collect()
    }

    /// What is answered about one subject; nothing where it is not known (rule 46).
    pub fn about(&self, subject: &str) -> Option<Value> {
        let (kind, id) = subject.split_once('/').expect("kind and id");
        let answer = match kind {
            "corridor" => Oracle::corridor,
            "constraint" => Oracle::constraint,
            "delivery" => Oracle::delivery,
            "incident" => Oracle::incident,
            "movement" => Oracle::movement,
            _ => Oracle::statement,
        };
        self.subjects(kind).contains(id).then(|| answer(self, id))
    }

    /// The number of events on a subject, whoever may see them (rules 47, 48).
    fn version(&self, subject: &str) -> usize {
        let recorded = self.events.iter().filter(|event| self.is_recorded(event));
        recorded.filter(|event| event.subject == subject).count()
    }

    fn moment(&self) -> DateTime<Utc> {
        self.asked.effective_at.instant()
    }

    /// The first report that stands, in the order of the world.
    fn first(&self, subject: &str) -> Option<Standing> {
        self.standing(subject).into_iter().min_by_key(Standing::age)
    }

    /// The place of a subject in time: that of its first report that stands, else, where none
    /// does, of its first.
    fn began(&self, subject: &str) -> Option<(DateTime<Utc>, u64)> {
        let reports = self.reports(subject).into_iter();
        let first = reports.map(|report| (report.time.at, report.position)).min();
        self.first(subject).map(|first| first.age()).or(first)
    }

    /// Whether the subject is listed at the moment asked about (rule 46).
    fn had_begun(&self, subject: &str) -> bool {
        self.began(subject).is_some_and(|(began, _)| began <= self.moment())
    }

    /// What a subject is: from its earliest recorded standing report of one type that carries it
    /// (rule 27).
    fn identity(&self, subject: &str, type_name: &str, member: &str) -> Value {
        let mut standing = self.standing(subject);
        standing.retain(|report| report.is(type_name));
        let mut carried = standing.iter().map(|report| &report.data[member]);
        carried.find(|value| !value.is_null()).cloned().unwrap_or_default()
    }

    /// The admitted reports that had happened by then, in order of time, then position.
    fn admitted(&self, subject: &str) -> Vec<Standing> {
        let mut reports = self.standing(subject);
        reports.retain(|report| report.time.at <= self.moment() && self.admits(report));
        reports.sort_by_key(Standing::age);
        reports
    }

    /// The newest word on one member among the admitted reports (rule 27).
    fn newest(&self, subject: &str, member: &str) -> Value {
        let admitted = self.admitted(subject);
        let mut carried = admitted.iter().map(|report| &report.data[member]);
        carried.rfind(|value| !value.is_null()).cloned().unwrap_or_default()
    }
}
