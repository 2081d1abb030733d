//! Statements: what somebody publicly said. Never a candidate for what is true (rule 19).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::id::{EventId, Id, SubjectId};
use crate::text::{List, Prose};
use crate::words::Stance;

/// What is recorded about a statement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema, strum::IntoStaticStr)]
pub enum Event {
    /// Somebody said something in public.
    #[serde(rename = "statement.recorded.v1")]
    #[strum(serialize = "statement.recorded.v1")]
    Recorded(Box<Recorded>),
}

/// Somebody said something.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Recorded {
    /// The actor who said it.
    pub by: Id,
    /// What was said, in a few sentences of the recorder's own.
    pub summary: Prose,
    /// What the statement does.
    pub stance: Option<Stance>,
    /// The subjects it speaks of.
    pub about: Option<List<SubjectId>>,
    /// The event it denies.
    pub denies: Option<EventId>,
}
