//! Events as bytes and back: the stored form, which is also what is exported and hashed.
//!
//! Compact JSON, members in one order (CONTRACT.md, section 3). `sequence` is not stored: it is
//! added before the last brace on reading, and taken away again before hashing.

use causeway_domain::event::{Event, Submitted};
use causeway_domain::text::Prose;
use causeway_domain::words::Classification;
use causeway_domain::{EventId, Id, Producer, SubjectId, Time};
use serde::Serialize;
use serde_json::{Number, Value};

use crate::Position;

/// What the server adds to an event when it is stored.
#[derive(Debug, Clone)]
pub struct Additions {
    /// When it was recorded.
    pub recorded: Time,
    /// When it was imported, if it brought its own `recordedtime`.
    pub imported: Option<Time>,
    /// The public id of the key that recorded it.
    pub recorded_by: Id,
    /// 128 random bits, base64url.
    pub nonce: String,
}

/// The attributes as they are stored, in this order; `data` stands behind them.
#[derive(Serialize)]
struct Attributes<'a> {
    specversion: &'static str,
    id: EventId,
    source: &'a Producer,
    r#type: &'static str,
    subject: &'a SubjectId,
    time: Time,
    recordedtime: Time,
    #[serde(skip_serializing_if = "Option::is_none")]
    importedtime: Option<Time>,
    recordedby: &'a Id,
    dataclassification: Classification,
    #[serde(skip_serializing_if = "Option::is_none")]
    correlationid: Option<&'a Prose>,
    #[serde(skip_serializing_if = "Option::is_none")]
    causationid: Option<&'a Prose>,
    nonce: &'a str,
}

/// About how many bytes the attributes take.
const ATTRIBUTES_SIZE: usize = 512;

/// What is stored of an event just as it was sent.
#[derive(Debug)]
pub struct Sent {
    /// Its `data`, compact.
    pub data: Box<str>,
    /// Groups events that belong together.
    pub correlation: Option<Prose>,
    /// The event that led to this one.
    pub causation: Option<Prose>,
}

/// The stored form of `event`.
#[must_use]
pub fn encode(event: &Event, sent: &Sent, additions: &Additions) -> Vec<u8> {
    let attributes = Attributes {
        specversion: "1.0",
        id: event.id,
        source: &event.source,
        r#type: event.payload.type_name(),
        subject: &event.subject,
        time: event.time,
        recordedtime: additions.recorded,
        importedtime: additions.imported,
        recordedby: &additions.recorded_by,
        dataclassification: event.classification,
        correlationid: sent.correlation.as_ref(),
        causationid: sent.causation.as_ref(),
        nonce: &additions.nonce,
    };
    let mut json = Vec::with_capacity(ATTRIBUTES_SIZE + sent.data.len());
    serde_json::to_writer(&mut json, &attributes).expect("plain texts, written to memory");
    json.pop(); // the last brace
    json.extend_from_slice(b",\"data\":");
    json.extend_from_slice(sent.data.as_bytes());
    json.push(b'}');
    json
}

/// The stored form with its place in the log, as it is shown.
#[must_use]
pub fn with_sequence(stored: &[u8], position: Position) -> Vec<u8> {
    let body = stored.strip_suffix(b"}").unwrap_or(stored);
    let mut shown = Vec::with_capacity(stored.len() + 40);
    shown.extend_from_slice(body);
    shown.extend_from_slice(format!(",\"sequence\":\"{}\"}}", sequence(position)).as_bytes());
    shown
}

/// The stored form of an event that is shown with or without its place in the log.
#[must_use]
pub fn without_sequence(shown: &str) -> String {
    let found = shown.rsplit_once(",\"sequence\":\"");
    match found.map(|(stored, rest)| (stored, rest.strip_suffix("\"}"))) {
        Some((stored, Some(digits))) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            format!("{stored}}}")
        }
        _ => shown.to_owned(),
    }
}

/// A position as events carry it: 20 digits.
#[must_use]
pub fn sequence(position: Position) -> String {
    format!("{position:020}")
}

/// A stored event, read again.
#[derive(Debug)]
pub struct Stored {
    /// The event.
    pub event: Event,
    /// When it was recorded.
    pub recorded: Time,
    /// Whether it brought its own `recordedtime`.
    pub is_imported: bool,
    /// The public id of the key that recorded it.
    pub recorded_by: Id,
}

/// Why bytes are no stored event.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// Not UTF-8.
    #[error("not UTF-8")]
    Text(#[from] std::str::Utf8Error),
    /// Not an event as we know them.
    #[error("not an event of a known type")]
    Event(#[from] serde_json::Error),
    /// An attribute that the server always adds is not there.
    #[error("no `{0}`")]
    Missing(&'static str),
}

/// Reads the stored form, with or without `sequence`.
///
/// # Errors
/// Says what keeps the bytes from being an event.
pub fn decode(bytes: &[u8]) -> Result<Stored, Unreadable> {
    let submitted = causeway_domain::event::read(std::str::from_utf8(bytes)?)?;
    let missing = Unreadable::Missing;
    let subject = submitted.subject;
    Ok(Stored {
        recorded: submitted.recorded_time.ok_or(missing("recordedtime"))?,
        is_imported: submitted.server_attributes.contains(&"importedtime"),
        recorded_by: submitted.recorded_by.ok_or(missing("recordedby"))?,
        event: Event {
            id: submitted.id.ok_or(missing("id"))?,
            source: submitted.source.ok_or(missing("source"))?,
            subject: SubjectId { kind: subject.kind, id: subject.id.ok_or(missing("subject"))? },
            time: submitted.time,
            classification: submitted.classification.ok_or(missing("dataclassification"))?,
            details: submitted.details,
            payload: submitted.payload,
        },
    })
}

/// Whether a client sends again what is stored (rule 49): equal as JSON values, what the server
/// sets left aside, what the client left out filled in.
///
/// # Errors
/// Says what keeps the bytes from being an event.
pub fn is_same(submitted: &Submitted, stored: &[u8]) -> Result<bool, Unreadable> {
    let stored = causeway_domain::event::read(std::str::from_utf8(stored)?)?;
    let is_or_left_out = |sent: bool, same: bool| !sent || same;
    let (sent_data, stored_data): (Value, Value) =
        (serde_json::from_str(&submitted.data)?, serde_json::from_str(&stored.data)?);
    Ok(submitted.payload.type_name() == stored.payload.type_name()
        && submitted.subject.kind == stored.subject.kind
        && is_or_left_out(
            submitted.subject.id.is_some(),
            submitted.subject.id == stored.subject.id,
        )
        && is_or_left_out(submitted.source.is_some(), submitted.source == stored.source)
        && is_or_left_out(
            submitted.classification.is_some(),
            submitted.classification == stored.classification,
        )
        && submitted.time == stored.time
        && submitted.correlation == stored.correlation
        && submitted.causation == stored.causation
        && are_equal(&sent_data, &stored_data))
}

/// Equality of JSON values, numbers by value: `1` is `1.0`.
fn are_equal(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => are_equal_numbers(one, other),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len()
                && one.iter().zip(other).all(|(one, other)| are_equal(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one.iter().all(|(name, value)| {
                    other.get(name).is_some_and(|other| are_equal(value, other))
                })
        }
        (_, _) => one == other,
    }
}

fn are_equal_numbers(one: &Number, other: &Number) -> bool {
    one == other || one.as_f64().zip(other.as_f64()).is_some_and(|(one, other)| one == other)
}
