//! Bulletins: published answers, pinned so that they can be computed again.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::faults::Faults;
use crate::id::Id;
use crate::packed;
use crate::quantity::Count;
use crate::text::Title;
use crate::time::Time;

/// What is recorded about a bulletin.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema, strum::IntoStaticStr)]
pub enum Event {
    /// An answer was published, pinned so that it can be computed again.
    #[serde(rename = "bulletin.issued.v1")]
    #[strum(serialize = "bulletin.issued.v1")]
    Issued(Box<Issued>),
}

/// An answer was published: from which position, under which policy, for which period.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Issued {
    /// One line that names it.
    pub title: Option<Title>,
    /// The position it was computed at.
    pub position: Count,
    /// The time of knowing that this position stood for.
    pub known_at: Option<Time>,
    /// The time in the world that was asked about; left out: the time of knowing, else the end of
    /// the period.
    pub effective_at: Option<Time>,
    /// The policy it was computed under.
    pub policy: Title,
    /// How long a claim counted against newer ones, in hours; left out: 72.
    pub window_hours: Option<Count>,
    /// Start of the period.
    pub from: Time,
    /// End of the period, not included.
    pub to: Time,
    /// How the period was cut: `day`, `week` or `month`; left out: not at all.
    pub bucket: Option<Title>,
    /// Only what touches this corridor.
    pub corridor: Option<Id>,
    /// Only what lies in this place, by id or P-code.
    pub area: Option<Title>,
    /// Only deliveries of this organisation, and the lag of what it recorded.
    pub organisation: Option<Id>,
    /// The version of the formulas.
    pub formula: Title,
    /// The values that were published.
    #[serde(serialize_with = "packable", deserialize_with = "an_object")]
    pub values: Map<String, Value>,
}

fn packable<S: Serializer>(values: &Map<String, Value>, serializer: S) -> Result<S::Ok, S::Error> {
    match serializer.is_human_readable() {
        true => values.serialize(serializer),
        false => packed::serialize(values, serializer),
    }
}

/// Unlike a plain `Map`, which reads null as an empty object.
fn an_object<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Map<String, Value>, D::Error> {
    if !deserializer.is_human_readable() {
        return packed::deserialize(deserializer);
    }
    let members = BTreeMap::deserialize(deserializer)?;
    Ok(members.into_iter().collect())
}

impl Event {
    pub(crate) fn check(&self, faults: &mut Faults) {
        let Event::Issued(issued) = self;
        if issued.to.instant() <= issued.from.instant() {
            let detail = "expected a time after `from`";
            faults.compare(&["/data/from"], "/data/to", detail);
        }
    }
}
