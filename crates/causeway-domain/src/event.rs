//! The event: one shape on the wire, in the log, in exports (CloudEvents 1.0).

use std::borrow::Cow;
use std::str::FromStr;

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_with::{DeserializeFromStr, SerializeDisplay};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::details::{self, Details};
use crate::faults::Faults;
use crate::id::{EventId, Id, Kind, Producer, SubjectId};
use crate::quantity::Count;
use crate::refusal::Refusal;
use crate::text::{Prose, pattern_schema};
use crate::time::Time;
use crate::words::Classification;
use crate::{
    Expected, bulletin, constraint, corridor, delivery, incident, json, movement, register, report,
    schema, statement,
};

/// What happened, by the kind of subject; the four `report.*` types may be on any.
#[derive(Debug, Clone)]
#[expect(
    missing_docs,
    reason = "each is a module of this crate, which says what it is"
)]
pub enum Payload {
    Corridor(corridor::Event),
    Constraint(constraint::Event),
    Delivery(delivery::Event),
    Incident(incident::Event),
    Movement(movement::Event),
    Statement(statement::Event),
    Bulletin(bulletin::Event),
    Actor(register::Actor),
    Place(register::Place),
    Report(report::Event),
}

/// How an event stands to the existence of its subject (rule 18).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Creation {
    /// It creates the subject, once.
    Once,
    /// It creates the subject, or is one more report on it.
    OrReports,
    /// It needs the subject.
    No,
}

/// An event as a client sends it or the log holds it: checked, with what is left out left out.
#[derive(Debug, Clone)]
pub struct Submitted {
    /// The idempotency key; left out, the server makes one.
    pub id: Option<EventId>,
    /// Who produced it; left out, the caller's organisation.
    pub source: Option<Producer>,
    /// The subject; without an id where the server makes one.
    pub subject: SubjectRef,
    /// When it happened.
    pub time: Time,
    /// The server's clock; only imported history brings its own.
    pub recorded_time: Option<Time>,
    /// Which attributes of the server's came with it.
    pub server_attributes: Vec<&'static str>,
    /// Public id of the key that recorded it.
    pub recorded_by: Option<Id>,
    /// How sensitive it is.
    pub classification: Option<Classification>,
    /// Groups events that belong together.
    pub correlation: Option<Prose>,
    /// The event that led to this one.
    pub causation: Option<Prose>,
    /// The version the client expects of the subject.
    pub expected_version: Option<u64>,
    /// `data` as compact text: what is stored.
    pub data: Box<str>,
    /// The fields any event may carry.
    pub details: Details,
    /// What happened.
    pub payload: Payload,
}

/// An event with nothing left out but what the server's clock and chance will add.
#[derive(Debug, Clone)]
pub struct Event {
    /// Its id.
    pub id: EventId,
    /// Who produced it.
    pub source: Producer,
    /// What it is about.
    pub subject: SubjectId,
    /// When it happened.
    pub time: Time,
    /// How sensitive it is.
    pub classification: Classification,
    /// The fields any event may carry.
    pub details: Details,
    /// What happened.
    pub payload: Payload,
}

/// A subject, or the bare kind of one that is to be created.
#[derive(Debug, Clone, PartialEq, Eq, SerializeDisplay, DeserializeFromStr)]
pub struct SubjectRef {
    /// The kind of thing.
    pub kind: Kind,
    /// Its name; left out, the server makes a UUIDv7.
    pub id: Option<Id>,
}

impl PartialSchema for SubjectRef {
    fn schema() -> RefOr<Schema> {
        pattern_schema(
            "^(corridor|constraint|delivery|incident|movement|statement|bulletin|actor|place)(/[a-z0-9-]{1,64})?$",
        )
    }
}

impl ToSchema for SubjectRef {}

impl FromStr for SubjectRef {
    type Err = Expected;

    fn from_str(text: &str) -> Result<SubjectRef, Expected> {
        if let Ok(kind) = text.parse() {
            return Ok(SubjectRef { kind, id: None });
        }
        let SubjectId { kind, id } = text.parse()?;
        Ok(SubjectRef { kind, id: Some(id) })
    }
}

impl std::fmt::Display for SubjectRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.id {
            Some(id) => write!(f, "{}/{id}", self.kind),
            None => self.kind.fmt(f),
        }
    }
}

/// The attributes of an event as they stand on the wire.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Envelope<'a> {
    #[expect(
        dead_code,
        reason = "there is one version, and it was checked by reading it"
    )]
    specversion: SpecVersion,
    id: Option<EventId>,
    source: Option<Producer>,
    #[serde(borrow)]
    r#type: Cow<'a, str>,
    subject: SubjectRef,
    time: Time,
    recordedtime: Option<Time>,
    importedtime: Option<Time>,
    recordedby: Option<Id>,
    dataclassification: Option<Classification>,
    correlationid: Option<Prose>,
    causationid: Option<Prose>,
    expectedversion: Option<Count>,
    sequence: Option<Sequence>,
    nonce: Option<Prose>,
    #[serde(borrow)]
    #[schema(value_type = Object)]
    data: &'a RawValue,
}

#[derive(Deserialize, ToSchema)]
enum SpecVersion {
    #[serde(rename = "1.0")]
    V1,
}

/// A position as events carry it: 20 digits.
#[derive(Debug, Clone, Copy, DeserializeFromStr)]
struct Sequence;

impl PartialSchema for Sequence {
    fn schema() -> RefOr<Schema> {
        pattern_schema("^[0-9]{20}$")
    }
}

impl ToSchema for Sequence {}

impl FromStr for Sequence {
    type Err = Expected;

    fn from_str(text: &str) -> Result<Sequence, Expected> {
        let is_position = text.len() == 20 && text.bytes().all(|byte| byte.is_ascii_digit());
        is_position
            .then_some(Sequence)
            .ok_or(Expected("a position of 20 digits"))
    }
}

/// Parses one event.
///
/// # Errors
/// [`Refusal::Malformed`] for what is not JSON; [`Refusal::Invalid`] with everything that is
/// wrong, each with its pointer. The happy path reads once; only a refusal pays for the list.
pub fn parse(text: &str) -> Result<Submitted, Refusal> {
    let text = json::compact(text)?;
    let submitted =
        read(&text).map_err(|_first| Refusal::Invalid(schema::explain(&text).into_list()))?;
    let mut faults = Faults::default();
    submitted.check(&mut faults);
    match faults.is_empty() {
        true => Ok(submitted),
        false => Err(Refusal::Invalid(faults.into_list())),
    }
}

/// Reads compact text without looking for more than one fault, and without the checks that
/// span several fields.
pub(crate) fn read(text: &str) -> Result<Submitted, serde_json::Error> {
    let envelope: Envelope<'_> = serde_json::from_str(text)?;
    let (details, payload) = Payload::read(&envelope.r#type, envelope.data.get())?;
    Ok(envelope.with(details, payload))
}

impl Envelope<'_> {
    fn with(self, details: Details, payload: Payload) -> Submitted {
        Submitted {
            server_attributes: self.server_attributes(),
            id: self.id,
            source: self.source,
            subject: self.subject,
            time: self.time,
            recorded_time: self.recordedtime,
            recorded_by: self.recordedby,
            classification: self.dataclassification,
            correlation: self.correlationid,
            causation: self.causationid,
            expected_version: self.expectedversion.map(|version| u64::from(version.0)),
            data: self.data.get().into(),
            details,
            payload,
        }
    }

    fn server_attributes(&self) -> Vec<&'static str> {
        let brought = [
            ("recordedtime", self.recordedtime.is_some()),
            ("importedtime", self.importedtime.is_some()),
            ("recordedby", self.recordedby.is_some()),
            ("sequence", self.sequence.is_some()),
            ("nonce", self.nonce.is_some()),
        ];
        brought
            .into_iter()
            .filter(|(_, is_there)| *is_there)
            .map(|(name, _)| name)
            .collect()
    }
}

impl Payload {
    /// Reads `data` as what an event of type `type_name` holds.
    ///
    /// # Errors
    /// For an unknown type, and for data that does not fit the type: the first fault only.
    pub fn read(type_name: &str, data: &str) -> Result<(Details, Payload), serde_json::Error> {
        fn of<'a, E: Deserialize<'a>>(
            name: &'a str,
            data: &'a str,
            payload: fn(E) -> Payload,
        ) -> Result<(Details, Payload), serde_json::Error> {
            details::read(name, data).map(|(details, event)| (details, payload(event)))
        }
        match type_name.split('.').next().unwrap_or_default() {
            "corridor" => of(type_name, data, Payload::Corridor),
            "constraint" => of(type_name, data, Payload::Constraint),
            "delivery" => of(type_name, data, Payload::Delivery),
            "incident" => of(type_name, data, Payload::Incident),
            "movement" => of(type_name, data, Payload::Movement),
            "statement" => of(type_name, data, Payload::Statement),
            "bulletin" => of(type_name, data, Payload::Bulletin),
            "actor" => of(type_name, data, Payload::Actor),
            "place" => of(type_name, data, Payload::Place),
            "report" => of(type_name, data, Payload::Report),
            _ => Err(serde::de::Error::custom(format_args!(
                "unknown type `{type_name}`"
            ))),
        }
    }

    /// The type's name: `<kind>.<what_happened>.v<n>`.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        match self {
            Payload::Corridor(event) => event.into(),
            Payload::Constraint(event) => event.into(),
            Payload::Delivery(event) => event.into(),
            Payload::Incident(event) => event.into(),
            Payload::Movement(event) => event.into(),
            Payload::Statement(event) => event.into(),
            Payload::Bulletin(event) => event.into(),
            Payload::Actor(event) => event.into(),
            Payload::Place(event) => event.into(),
            Payload::Report(event) => event.into(),
        }
    }

    /// What paperwork can make of it.
    #[must_use]
    pub fn as_named(&self) -> report::Named {
        match self {
            Payload::Report(paperwork) => paperwork.as_named(),
            Payload::Bulletin(_) => report::Named::Final,
            Payload::Corridor(_)
            | Payload::Constraint(_)
            | Payload::Delivery(_)
            | Payload::Incident(_)
            | Payload::Movement(_)
            | Payload::Statement(_)
            | Payload::Actor(_)
            | Payload::Place(_) => report::Named::Report,
        }
    }

    /// The kind of subject it belongs to; paperwork belongs to any.
    #[must_use]
    pub fn kind(&self) -> Option<Kind> {
        match self {
            Payload::Corridor(_) => Some(Kind::Corridor),
            Payload::Constraint(_) => Some(Kind::Constraint),
            Payload::Delivery(_) => Some(Kind::Delivery),
            Payload::Incident(_) => Some(Kind::Incident),
            Payload::Movement(_) => Some(Kind::Movement),
            Payload::Statement(_) => Some(Kind::Statement),
            Payload::Bulletin(_) => Some(Kind::Bulletin),
            Payload::Actor(_) => Some(Kind::Actor),
            Payload::Place(_) => Some(Kind::Place),
            Payload::Report(_) => None,
        }
    }

    /// How it stands to the existence of its subject.
    #[must_use]
    pub fn creation(&self) -> Creation {
        match self {
            Payload::Corridor(corridor::Event::Registered(_))
            | Payload::Delivery(delivery::Event::Planned(_))
            | Payload::Statement(_)
            | Payload::Bulletin(_)
            | Payload::Actor(_)
            | Payload::Place(_) => Creation::Once,
            Payload::Constraint(constraint::Event::Reported(_))
            | Payload::Delivery(delivery::Event::Reported(_))
            | Payload::Incident(incident::Event::Reported(_))
            | Payload::Movement(movement::Event::Reported(_)) => Creation::OrReports,
            Payload::Corridor(_)
            | Payload::Constraint(_)
            | Payload::Delivery(_)
            | Payload::Incident(_)
            | Payload::Movement(_)
            | Payload::Report(_) => Creation::No,
        }
    }

    /// A report, as against paperwork and bulletins.
    #[must_use]
    pub fn is_report(&self) -> bool {
        !matches!(self, Payload::Report(_) | Payload::Bulletin(_))
    }

    /// Announcements and plans may lie far in the future (rule 30).
    #[must_use]
    pub fn may_lie_ahead(&self) -> bool {
        matches!(
            self,
            Payload::Corridor(corridor::Event::WindowAnnounced(_))
                | Payload::Delivery(delivery::Event::Planned(_))
        )
    }

    /// Faults that only several fields together show.
    pub(crate) fn check(&self, faults: &mut Faults) {
        match self {
            Payload::Corridor(event) => event.check(faults),
            Payload::Delivery(event) => event.check(faults),
            Payload::Incident(event) => event.check(faults),
            Payload::Movement(event) => event.check(faults),
            Payload::Bulletin(event) => event.check(faults),
            Payload::Report(event) => event.check(faults),
            Payload::Constraint(_)
            | Payload::Statement(_)
            | Payload::Actor(_)
            | Payload::Place(_) => {}
        }
    }
}

impl Submitted {
    /// Faults that only several fields together show.
    pub(crate) fn check(&self, faults: &mut Faults) {
        self.check_subject(faults);
        check_details(&self.details, self.time, faults);
        self.payload.check(faults);
    }

    fn check_subject(&self, faults: &mut Faults) {
        let kind = self.subject.kind;
        if self.payload.kind().is_some_and(|needed| needed != kind) {
            let detail = format!(
                "expected a subject of the kind that `{}` speaks of, found `{kind}`",
                self.payload.type_name()
            );
            faults.add("/subject", &detail);
        }
        if self.subject.id.is_none() && self.payload.creation() == Creation::No {
            faults.add("/subject", "expected `<kind>/<id>`: only an event that creates a subject may leave the id to us");
        }
    }
}

fn check_details(details: &Details, time: Time, faults: &mut Faults) {
    if details
        .until
        .is_some_and(|until| until.instant() <= time.instant())
    {
        faults.add(
            "/data/until",
            "expected a time after the event's own `time`",
        );
    }
    details
        .place
        .iter()
        .for_each(|place| place.check("/data/place", faults));
}

/// Reads the data of a correction as what its target's type holds.
///
/// # Errors
/// [`Refusal::Invalid`] with everything that is wrong; pointers start at `/data/data`.
pub fn parse_corrected(
    type_name: &str,
    data: &str,
    time: Time,
) -> Result<(Details, Payload), Refusal> {
    let mut faults = Faults::default();
    match Payload::read(type_name, data) {
        Ok((details, payload)) => {
            check_details(&details, time, &mut faults);
            payload.check(&mut faults);
            if faults.is_empty() {
                return Ok((details, payload));
            }
        }
        Err(_) => faults = schema::explain_data(type_name, data),
    }
    Err(Refusal::Invalid(faults.under("/data")))
}
