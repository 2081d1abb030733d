//! How the tests of admission read: given what is on record, when this comes, it is refused, or
//! recorded with these flags.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use strum::IntoEnumIterator;
use uuid::Uuid;

use crate::event::{Event, Payload, parse, parse_corrected};
use crate::flags::{Flag, Flags};
use crate::id::EventId;
use crate::refusal::Refusal;
use crate::report;
use crate::schema::EVENT_TYPES;
use crate::stream::Stream;
use crate::words::Classification;

/// Something that is told about a subject, by default at noon of 1 July and without delay.
#[derive(Debug, Clone)]
pub(crate) struct Told {
    type_name: &'static str,
    data: Option<Value>,
    time: DateTime<Utc>,
    recorded: Option<DateTime<Utc>>,
    classification: Classification,
    /// For paperwork: which of all that was told, counted from 0, it is about.
    about: Option<usize>,
}

/// An event of this type, its data those of the type's example.
pub(crate) fn told(type_name: &'static str) -> Told {
    Told {
        type_name,
        data: None,
        time: instant("2023-07-01T12:00:00Z"),
        recorded: None,
        classification: Classification::Public,
        about: None,
    }
}

/// The report that was told as the `about`-th, from 0, is taken back.
pub(crate) fn withdrawal_of(about: usize) -> Told {
    Told { about: Some(about), ..told("report.withdrawn.v1") }
}

/// The report that was told as the `about`-th, from 0, is taken back in confidence, and so becomes
/// confidential itself.
pub(crate) fn closing_of(about: usize) -> Told {
    withdrawal_of(about).classified(Classification::Confidential)
}

/// The report that was told as the `about`-th, from 0, takes another form.
pub(crate) fn correction_of(about: usize, data: Value) -> Told {
    Told { about: Some(about), data: Some(data), ..told("report.corrected.v1") }
}

pub(crate) fn instant(text: &str) -> DateTime<Utc> {
    text.parse::<crate::Time>().unwrap().instant()
}

impl Told {
    /// On this day of July.
    pub(crate) fn on(self, day: u32) -> Told {
        self.at(instant(&format!("2023-07-{day:02}T12:00:00Z")))
    }

    /// At this moment.
    pub(crate) fn at(self, time: DateTime<Utc>) -> Told {
        Told { time, ..self }
    }

    pub(crate) fn earlier_by(self, so_much: TimeDelta) -> Told {
        let time = self.time - so_much;
        self.at(time)
    }

    /// Recorded so much after it happened.
    pub(crate) fn recorded_after(self, delay: TimeDelta) -> Told {
        Told { recorded: Some(self.time + delay), ..self }
    }

    pub(crate) fn with(self, data: Value) -> Told {
        Told { data: Some(data), ..self }
    }

    pub(crate) fn classified(self, classification: Classification) -> Told {
        Told { classification, ..self }
    }

    fn now(&self) -> DateTime<Utc> {
        self.recorded.unwrap_or(self.time)
    }

    /// The event, as the `index`-th that is told about its subject.
    fn event(&self, index: usize) -> Event {
        let known = EVENT_TYPES.iter().find(|one| one.name == self.type_name);
        let mut event: Value = serde_json::from_str(known.unwrap().example).unwrap();
        if let (Some(data), None) = (&self.data, self.about) {
            event["data"] = data.clone();
        }
        let parsed = parse(&event.to_string()).unwrap();
        Event {
            id: id(index),
            source: "/orgs/icrc".parse().unwrap(),
            subject: format!("{}/a", parsed.subject.kind).parse().unwrap(),
            time: crate::Time::stamp(self.time),
            classification: self.classification,
            details: parsed.details,
            payload: parsed.payload,
        }
    }
}

fn id(index: usize) -> EventId {
    EventId(Uuid::from_u128(index as u128))
}

/// A subject about which something was told.
#[derive(Debug)]
pub(crate) struct Given {
    told: Vec<Told>,
    stream: Stream,
    clearance: Classification,
}

/// What is on record about one subject, in the order in which it was recorded.
pub(crate) fn given(told: impl IntoIterator<Item = Told>) -> Given {
    let mut given = Given {
        told: Vec::new(),
        stream: Stream::default(),
        clearance: Classification::StrictlyConfidential,
    };
    told.into_iter().for_each(|one| given.record(one));
    given
}

impl Given {
    fn record(&mut self, told: Told) {
        let event = told.event(self.told.len());
        if let (Some(about), Payload::Report(paperwork)) = (told.about, &event.payload) {
            self.follow(paperwork, about, told.data.as_ref());
        }
        self.stream.evolve(&event);
        if let Some(about) = told.about {
            self.raise(about, told.classification);
        }
        self.told.push(told);
    }

    fn follow(&mut self, paperwork: &report::Event, about: usize, data: Option<&Value>) {
        let original = &self.told[about];
        if let (report::Event::Corrected(_), Some(data)) = (paperwork, data) {
            let time = crate::Time::stamp(original.time);
            let (_, form) = parse_corrected(original.type_name, &data.to_string(), time).unwrap();
            self.stream.correct(id(about), &form);
        }
        if matches!(paperwork, report::Event::Withdrawn(_)) {
            self.stream.forget(id(about));
        }
    }

    fn raise(&mut self, about: usize, to: Classification) {
        let from = self.told[about].classification;
        if from < to {
            self.told[about].classification = to;
            let reports = self.told.iter().filter(|one| one.about.is_none());
            let newest = |classification| {
                let so_sensitive =
                    reports.clone().filter(|one| one.classification == classification);
                so_sensitive.map(|one| one.time).max()
            };
            self.stream.raise(id(about), [from, to].map(|now| (now, newest(now))));
        }
    }

    /// For somebody who may see no more than this.
    pub(crate) fn seen_by(self, clearance: Classification) -> Given {
        Given { clearance, ..self }
    }

    #[track_caller]
    pub(crate) fn has_version(&self, version: u64) {
        assert_eq!(self.stream.version(), version);
    }

    pub(crate) fn when(&self, told: Told) -> Outcome {
        let event = told.event(self.told.len());
        let admitted = self.stream.admit(&event, self.clearance, told.now());
        let admitted = admitted.and_then(|()| self.stream.admit_step(&event, self.clearance));
        Outcome(admitted.map(|()| self.stream.flags(&event, told.now())))
    }
}

/// What becomes of an event.
#[derive(Debug)]
pub(crate) struct Outcome(Result<Flags, Refusal>);

impl Outcome {
    #[track_caller]
    pub(crate) fn is_refused(&self, refusal: &Refusal) {
        assert_eq!(self.0.as_ref(), Err(refusal));
    }

    #[track_caller]
    pub(crate) fn is_recorded(&self) {
        self.is_flagged([]);
    }

    #[track_caller]
    pub(crate) fn is_flagged<const N: usize>(&self, expected: [Flag; N]) {
        let flags = *self.0.as_ref().unwrap();
        let flags: Vec<Flag> = Flag::iter().filter(|flag| flags.has(*flag)).collect();
        assert_eq!(flags, expected);
    }
}
