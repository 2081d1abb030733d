//! Bulletins: published answers, pinned so that they can be computed again.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::faults::Faults;
use crate::quantity::Count;
use crate::text::Title;
use crate::time::Time;

/// What is recorded about a bulletin.
#[derive(Debug, Clone, PartialEq, Deserialize, ToSchema, strum::IntoStaticStr)]
pub enum Event {
    /// An answer was published, pinned so that it can be computed again.
    #[serde(rename = "bulletin.issued.v1")]
    #[strum(serialize = "bulletin.issued.v1")]
    Issued(Box<Issued>),
}

/// An answer was published: from which position, under which policy, for which period.
#[derive(Debug, Clone, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Issued {
    /// The position it was computed at.
    pub position: Count,
    /// The policy it was computed under.
    pub policy: Title,
    /// Start of the period.
    pub from: Time,
    /// End of the period, not included.
    pub to: Time,
    /// The version of the formulas.
    pub formula: Title,
    /// The values that were published.
    #[serde(deserialize_with = "an_object")]
    pub values: Map<String, Value>,
}

/// Unlike a plain `Map`, which reads null as an empty object.
fn an_object<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Map<String, Value>, D::Error> {
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
