//! The attributes of an event as they stand on the wire.

use std::borrow::Cow;
use std::str::FromStr;

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_with::DeserializeFromStr;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::{Payload, Submitted};
use crate::details::Details;
use crate::id::{EventId, Id, Producer, SubjectRef};
use crate::quantity::Count;
use crate::text::{Prose, pattern_schema};
use crate::time::Time;
use crate::words::Classification;
use crate::{Expected, json};

/// An event: what happened, when, and who says so (CloudEvents 1.0).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Envelope<'a> {
    #[expect(dead_code, reason = "there is one version, and it was checked by reading it")]
    /// The version of CloudEvents.
    specversion: SpecVersion,
    /// Made by the client, so that a retry is recognised; left out, the server makes one.
    id: Option<EventId>,
    /// Who produced it; left out, the caller's organisation.
    source: Option<Producer>,
    #[serde(borrow)]
    r#type: Cow<'a, str>,
    /// What it is about.
    subject: SubjectRef,
    /// When it happened.
    time: Time,
    /// When it was recorded. The server's; only imported history brings its own.
    recordedtime: Option<Time>,
    /// When history was imported. The server's.
    importedtime: Option<Time>,
    /// The key that recorded it. The server's.
    recordedby: Option<Id>,
    /// How sensitive it is; left out, the key's default.
    dataclassification: Option<Classification>,
    /// Groups events that belong together.
    correlationid: Option<Prose>,
    /// The event that led to this one.
    causationid: Option<Prose>,
    /// The version the subject must have before this event; 0, it must not exist.
    expectedversion: Option<Count>,
    /// Its position in the log. The server's.
    sequence: Option<Sequence>,
    /// Random text that hides what a hash is of. The server's.
    nonce: Option<Prose>,
    #[serde(borrow)]
    #[schema(value_type = Object)]
    data: &'a RawValue,
}

/// The versions of CloudEvents that are read.
#[derive(Deserialize, ToSchema)]
enum SpecVersion {
    #[serde(rename = "1.0")]
    V1,
}

/// A position as events carry it: 20 digits.
#[derive(Debug, Clone, Copy, DeserializeFromStr)]
struct Sequence;

impl Sequence {
    const EXPECTED: Expected = Expected("a position of 20 digits");
}

impl PartialSchema for Sequence {
    fn schema() -> RefOr<Schema> {
        pattern_schema("^[0-9]{20}$", Sequence::EXPECTED)
    }
}

impl ToSchema for Sequence {}

impl FromStr for Sequence {
    type Err = Expected;

    fn from_str(text: &str) -> Result<Sequence, Expected> {
        let is_position = text.len() == 20 && text.bytes().all(|byte| byte.is_ascii_digit());
        is_position.then_some(Sequence).ok_or(Sequence::EXPECTED)
    }
}

impl<'a> Envelope<'a> {
    pub(super) fn type_name(&self) -> &str {
        &self.r#type
    }

    pub(super) fn data(&self) -> &'a str {
        self.data.get()
    }

    /// Whether the texts that are kept as they were sent are in NFC.
    pub(super) fn is_composed(&self) -> bool {
        let mut kept = self.correlationid.iter().chain(&self.causationid);
        kept.all(|text| json::is_composed(text))
    }

    pub(super) fn subject(&self) -> &SubjectRef {
        &self.subject
    }

    /// The event of this `data`, compact, which was read.
    pub(super) fn with(self, data: &str, details: Details, payload: Payload) -> Submitted {
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
            data: data.into(),
            details,
            payload,
        }
    }

    /// The attributes that only the server sets.
    pub(crate) const OF_THE_SERVER: [&'static str; 5] =
        ["recordedtime", "importedtime", "recordedby", "sequence", "nonce"];

    fn server_attributes(&self) -> Vec<&'static str> {
        let is_there = [
            self.recordedtime.is_some(),
            self.importedtime.is_some(),
            self.recordedby.is_some(),
            self.sequence.is_some(),
            self.nonce.is_some(),
        ];
        let named = Envelope::OF_THE_SERVER.into_iter().zip(is_there);
        named.filter(|(_, is_there)| *is_there).map(|(name, _)| name).collect()
    }
}
