//! Incidents: what was done to people or things, when, and whom it harmed.
//!
//! Who did it is always a claim.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::faults::Faults;
use crate::id::Id;
use crate::quantity::Count;
use crate::text::{List, Title};
use crate::words::{Category, HarmRole, IncidentKind};

/// What a source says about an incident.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema, strum::IntoStaticStr)]
pub enum Event {
    /// A source says that an incident happened.
    #[serde(rename = "incident.reported.v1")]
    #[strum(serialize = "incident.reported.v1")]
    Reported(Box<Reported>),
    /// New figures for an incident; `time` is the time they stand for.
    #[serde(rename = "incident.revised.v1")]
    #[strum(serialize = "incident.revised.v1")]
    Revised(Revised),
    /// A source says who did it; always a claim.
    #[serde(rename = "incident.attributed.v1")]
    #[strum(serialize = "incident.attributed.v1")]
    Attributed(Attributed),
}

/// An incident happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Reported {
    /// What was done.
    pub kind: IncidentKind,
    /// OCHA's category of access constraint.
    pub category: Category,
    /// One line that names it.
    pub title: Title,
    /// Whom it harmed; each role once.
    pub harm: Option<List<Harm>>,
    /// Corridors it touched.
    pub corridors: Option<List<Id>>,
    /// Deliveries it touched.
    pub deliveries: Option<List<Id>>,
    /// Constraints it belongs to.
    pub constraints: Option<List<Id>>,
}

/// New figures for an incident; `time` is the time they stand for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Revised {
    /// Whom it harmed; each role once. Replaces what this source said before.
    pub harm: List<Harm>,
}

/// Somebody is said to have done it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Attributed {
    /// The actor named.
    pub actor: Id,
}

/// Harm to people of one role. A count that is missing is not known, which is not 0.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Harm {
    /// Whom.
    pub role: HarmRole,
    /// People killed.
    pub killed: Option<Count>,
    /// People injured.
    pub injured: Option<Count>,
    /// People abducted.
    pub abducted: Option<Count>,
    /// People detained.
    pub detained: Option<Count>,
}

impl Event {
    /// The figures the report carries, if any.
    #[must_use]
    pub fn harm(&self) -> Option<&[Harm]> {
        match self {
            Event::Reported(reported) => reported.harm.as_deref(),
            Event::Revised(revised) => Some(&revised.harm),
            Event::Attributed(_) => None,
        }
    }

    pub(crate) fn check(&self, faults: &mut Faults) {
        let harm = self.harm().unwrap_or_default();
        for (index, one) in harm.iter().enumerate() {
            let mut earlier = harm[..index].iter();
            if let Some(first) = earlier.position(|earlier| earlier.role == one.role) {
                let role_of = |index| format!("/data/harm/{index}/role");
                let detail = format!("expected each role once, found `{}` again", one.role);
                faults.compare(&[&role_of(first)], &role_of(index), &detail);
            }
        }
    }
}
