//! Who and what an event is about: ids, subjects, producers.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_with::{DeserializeFromStr, SerializeDisplay};
use smol_str::{SmolStr, ToSmolStr};
use strum::IntoEnumIterator;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};
use uuid::Uuid;

use crate::text::pattern_schema;
use crate::{Expected, packed};

/// The name of a subject within its kind, of an actor or of an organisation:
/// 1 to 64 of `a-z`, `0-9` and `-`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, DeserializeFromStr)]
pub struct Id(SmolStr);

impl Id {
    const EXPECTED: Expected = Expected("1 to 64 characters of a-z, 0-9 and -");

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl PartialSchema for Id {
    fn schema() -> RefOr<Schema> {
        pattern_schema("^[a-z0-9-]{1,64}$", Id::EXPECTED)
    }
}

impl ToSchema for Id {}

impl FromStr for Id {
    type Err = Expected;

    fn from_str(text: &str) -> Result<Id, Expected> {
        let allowed = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
        match (1..=64).contains(&text.len()) && text.bytes().all(allowed) {
            true => Ok(Id(SmolStr::new(text))),
            false => Err(Id::EXPECTED),
        }
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The id of an event: an RFC 9562 UUID in lower case, unique in the log.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EventId(pub Uuid);

impl EventId {
    const EXPECTED: Expected = Expected("a UUID (RFC 9562) in lower case");
}

impl PartialSchema for EventId {
    fn schema() -> RefOr<Schema> {
        let pattern = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$";
        pattern_schema(pattern, EventId::EXPECTED)
    }
}

impl ToSchema for EventId {}

impl EventId {
    /// The same UUID as the name of a subject.
    #[must_use]
    pub fn as_subject(self) -> Id {
        Id(self.0.hyphenated().to_smolstr())
    }
}

impl Serialize for EventId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match serializer.is_human_readable() {
            true => serializer.collect_str(self),
            false => self.0.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for EventId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<EventId, D::Error> {
        match deserializer.is_human_readable() {
            true => packed::from_text(deserializer),
            false => Uuid::deserialize(deserializer).map(EventId),
        }
    }
}

impl FromStr for EventId {
    type Err = Expected;

    fn from_str(text: &str) -> Result<EventId, Expected> {
        let canonical = text.len() == 36 && !text.bytes().any(|byte| byte.is_ascii_uppercase());
        let uuid = canonical.then(|| Uuid::parse_str(text).ok()).flatten();
        uuid.map(EventId).ok_or(EventId::EXPECTED)
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

/// What kinds of thing have a history of their own.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    strum::Display,
    strum::EnumString,
    strum::EnumIter,
    strum::IntoStaticStr,
)]
#[strum(serialize_all = "snake_case")]
#[expect(missing_docs, reason = "each is a module of this crate, which says what it is")]
pub enum Kind {
    Corridor,
    Constraint,
    Delivery,
    Incident,
    Movement,
    Statement,
    Bulletin,
    Actor,
    Place,
}

/// What a stream of events is about: `<kind>/<id>`.
#[derive(
    Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, SerializeDisplay, DeserializeFromStr,
)]
pub struct SubjectId {
    /// The kind of thing.
    pub kind: Kind,
    /// Its name within the kind.
    pub id: Id,
}

impl SubjectId {
    const EXPECTED: Expected =
        Expected("a subject such as corridor/lachin: a kind, a slash and an id");
}

impl PartialSchema for SubjectId {
    fn schema() -> RefOr<Schema> {
        let pattern = format!("^({})/[a-z0-9-]{{1,64}}$", kinds());
        pattern_schema(&pattern, SubjectId::EXPECTED)
    }
}

/// All kinds, as alternatives of a pattern.
fn kinds() -> String {
    let kinds: Vec<&str> = Kind::iter().map(Into::into).collect();
    kinds.join("|")
}

impl ToSchema for SubjectId {}

impl FromStr for SubjectId {
    type Err = Expected;

    fn from_str(text: &str) -> Result<SubjectId, Expected> {
        let parts = text.split_once('/').and_then(|(kind, id)| {
            Some(SubjectId { kind: kind.parse().ok()?, id: id.parse().ok()? })
        });
        parts.ok_or(SubjectId::EXPECTED)
    }
}

impl fmt::Display for SubjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.into())?;
        f.write_str("/")?;
        f.write_str(self.id.as_str())
    }
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
        let pattern = format!("^({})(/[a-z0-9-]{{1,64}})?$", kinds());
        pattern_schema(&pattern, SubjectId::EXPECTED)
    }
}

impl ToSchema for SubjectRef {}

impl FromStr for SubjectRef {
    type Err = Expected;

    fn from_str(text: &str) -> Result<SubjectRef, Expected> {
        if !text.contains('/') {
            let kind = text.parse().map_err(|_unknown| SubjectId::EXPECTED)?;
            return Ok(SubjectRef { kind, id: None });
        }
        let SubjectId { kind, id } = text.parse()?;
        Ok(SubjectRef { kind, id: Some(id) })
    }
}

impl fmt::Display for SubjectRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.id {
            Some(id) => write!(f, "{}/{id}", self.kind),
            None => self.kind.fmt(f),
        }
    }
}

/// Who produced an event: `/orgs/<organisation>`, and below it what the organisation likes,
/// such as `/devices/field-7`: at most four more steps of at most 128 characters.
#[derive(Debug, Clone, PartialEq, Eq, SerializeDisplay, DeserializeFromStr)]
pub struct Producer {
    organisation: Id,
    text: Arc<str>,
}

impl Producer {
    const EXPECTED: Expected =
        Expected("a producer such as /orgs/icrc or /orgs/icrc/devices/field-7");

    /// The organisation itself, without a device.
    #[must_use]
    pub fn organisation_itself(organisation: &Id) -> Producer {
        Producer {
            organisation: organisation.clone(),
            text: format!("/orgs/{organisation}").into(),
        }
    }

    /// The organisation that answers for the event.
    #[must_use]
    pub fn organisation(&self) -> &Id {
        &self.organisation
    }
}

impl PartialSchema for Producer {
    fn schema() -> RefOr<Schema> {
        let pattern = "^/orgs/[a-z0-9-]{1,64}(/[A-Za-z0-9._~-]{1,128}){0,4}$";
        pattern_schema(pattern, Producer::EXPECTED)
    }
}

impl ToSchema for Producer {}

impl FromStr for Producer {
    type Err = Expected;

    fn from_str(text: &str) -> Result<Producer, Expected> {
        producer(text).ok_or(Producer::EXPECTED)
    }
}

fn producer(text: &str) -> Option<Producer> {
    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"._~-".contains(&byte);
    let is_step = |step: &str| (1..=128).contains(&step.len()) && step.bytes().all(unreserved);
    let mut steps = text.strip_prefix("/orgs/")?.split('/');
    let organisation: Id = steps.next()?.parse().ok()?;
    let well_formed = steps.clone().count() <= 4 && steps.all(is_step);
    well_formed.then(|| Producer { organisation, text: text.into() })
}

impl fmt::Display for Producer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_1_to_64_plain_characters() {
        for text in ["a", "0", "-", "lachin", "kornidzor-convoy-2023-07", &"a".repeat(64)] {
            assert_eq!(text.parse::<Id>().unwrap().to_string(), text);
        }
        for text in
            ["", "Lachin", "la chin", "la_chin", "la/chin", "\u{e9}", "a\n", &"a".repeat(65)]
        {
            assert_eq!(text.parse::<Id>(), Err(Id::EXPECTED), "{text:?}");
        }
    }

    #[test]
    fn an_event_id_is_any_uuid_in_lower_case() {
        for text in [
            "0192c7c8-6d2e-7a31-9d41-0f3c6a1be001",
            "9b2f1c1e-1111-4222-8333-abcdefabcdef",
            "00000000-0000-0000-0000-000000000000",
            "ffffffff-ffff-ffff-ffff-ffffffffffff",
        ] {
            assert_eq!(text.parse::<EventId>().unwrap().to_string(), text);
        }
        for text in [
            "",
            "0192C7C8-6D2E-7A31-9D41-0F3C6A1BE001",
            "0192c7c86d2e7a319d410f3c6a1be001",
            "{0192c7c8-6d2e-7a31-9d41-0f3c6a1be0}",
            "urn:uuid:0192c7c8-6d2e-7a31-9d41-0f3c6a1be001",
            "0192c7c8-6d2e-7a31-9d41-0f3c6a1be00g",
            "0192c7c8-6d2e7-a31-9d41-0f3c6a1be001",
        ] {
            assert_eq!(text.parse::<EventId>(), Err(EventId::EXPECTED), "{text:?}");
        }
    }

    #[test]
    fn a_subject_is_a_kind_a_slash_and_an_id() {
        for kind in Kind::iter() {
            let text = format!("{kind}/a-1");
            assert_eq!(text.parse::<SubjectId>().unwrap().to_string(), text);
        }
        for text in ["corridor", "corridor/", "corridor/A", "road/a", "/a", "corridor/a/b", ""] {
            assert_eq!(text.parse::<SubjectId>(), Err(SubjectId::EXPECTED), "{text:?}");
        }
    }

    #[test]
    fn a_subject_to_be_created_may_leave_its_id_to_us() {
        let bare: SubjectRef = "incident".parse().unwrap();
        assert_eq!((bare.kind, &bare.id), (Kind::Incident, &None));
        assert_eq!(bare.to_string(), "incident");
        let named: SubjectRef = "incident/a".parse().unwrap();
        assert_eq!(named.id.as_ref().map(Id::as_str), Some("a"));
        assert_eq!(named.to_string(), "incident/a");
        for text in ["incident/", "Incident", "road", ""] {
            assert_eq!(text.parse::<SubjectRef>(), Err(SubjectId::EXPECTED), "{text:?}");
        }
    }

    #[test]
    fn a_producer_names_its_organisation_first() {
        for text in ["/orgs/icrc", "/orgs/icrc/devices/field-7", "/orgs/a/b/c/d/E.f_g~h"] {
            let producer: Producer = text.parse().unwrap();
            assert_eq!(producer.to_string(), text);
        }
        let producer: Producer = "/orgs/icrc/devices/field-7".parse().unwrap();
        assert_eq!(producer.organisation().as_str(), "icrc");
        assert_eq!(
            Producer::organisation_itself(producer.organisation()),
            "/orgs/icrc".parse().unwrap()
        );
        for text in [
            "",
            "/orgs",
            "/orgs/",
            "orgs/icrc",
            "/orgs/ICRC",
            "/orgs/icrc/",
            "/orgs/icrc//a",
            "/orgs/a/b/c/d/e/f",
            "/orgs/a/b c",
            "/orgs/a/b?c",
            &format!("/orgs/a/{}", "b".repeat(129)),
        ] {
            assert_eq!(text.parse::<Producer>(), Err(Producer::EXPECTED), "{text:?}");
        }
    }
}
