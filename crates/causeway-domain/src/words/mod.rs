//! Controlled vocabularies: the closed lists of words that events are made of.
//!
//! A word's meaning is its doc comment, its code in a published standard a property beside it,
//! so that neither can drift from the word.

mod constraint;
mod corridor;
mod delivery;
mod people;
mod record;

use serde::Serialize;
use strum::{EnumMessage, EnumProperty};
use utoipa::ToSchema;

pub use constraint::{Category, ConstraintKind, Mitigation};
pub use corridor::{CorridorStatus, Direction, Traffic};
pub use delivery::{ClearanceAnswer, LossCause, Mode, Sector, Stage, Unit};
pub use people::{ActorKind, HarmRole, IncidentKind, MovementKind, Stance};
pub use record::{Classification, Level, Precision, Reliability, SourceKind, TimePrecision};

/// A word of a vocabulary, as it is published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Entry {
    /// The word as events spell it.
    pub word: &'static str,
    /// What it means, in one line.
    pub meaning: &'static str,
    /// The code of the same idea in a published standard.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<&'static str>,
}

/// A vocabulary: its name and its words in order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Vocabulary {
    /// The name under which it is served.
    pub name: &'static str,
    /// Increased whenever a word is added; words are never removed.
    pub version: u32,
    /// Where the words come from.
    pub follows: &'static str,
    /// The words, in their own order.
    pub words: Vec<Entry>,
}

/// All vocabularies, by name.
#[must_use]
pub fn vocabularies() -> Vec<Vocabulary> {
    const OURS: &str = "Causeway";
    vec![
        vocabulary::<ActorKind>("actor-kinds", OURS),
        vocabulary::<Category>(
            "categories",
            "OCHA Access Monitoring and Reporting Framework",
        ),
        vocabulary::<ClearanceAnswer>("clearance-answers", OURS),
        vocabulary::<Classification>("classifications", "OCHA Data Responsibility Guidelines"),
        vocabulary::<ConstraintKind>("constraint-kinds", OURS),
        vocabulary::<CorridorStatus>("corridor-statuses", "LogIE, Sahana Eden"),
        vocabulary::<Direction>("directions", OURS),
        vocabulary::<HarmRole>("harm-roles", OURS),
        vocabulary::<IncidentKind>("incident-kinds", "INSO, ACLED (acts)"),
        vocabulary::<Level>("levels", OURS),
        vocabulary::<LossCause>("loss-causes", OURS),
        vocabulary::<Mitigation>("mitigations", OURS),
        vocabulary::<Mode>("modes", OURS),
        vocabulary::<MovementKind>("movement-kinds", OURS),
        vocabulary::<Precision>("precisions", OURS),
        vocabulary::<Reliability>("reliabilities", "Admiralty (NATO) scale"),
        vocabulary::<Sector>("sectors", "IASC coordination groups"),
        vocabulary::<SourceKind>("source-kinds", OURS),
        vocabulary::<Stage>("stages", OURS),
        vocabulary::<Stance>("stances", OURS),
        vocabulary::<TimePrecision>("time-precisions", OURS),
        vocabulary::<Traffic>("traffic", OURS),
        vocabulary::<Unit>("units", "UN/CEFACT Recommendation 20, 21 (codes)"),
    ]
}

fn vocabulary<W>(name: &'static str, follows: &'static str) -> Vocabulary
where
    W: strum::IntoEnumIterator + EnumMessage + EnumProperty + Into<&'static str> + Copy,
{
    let entry = |word: W| Entry {
        word: word.into(),
        meaning: word.get_documentation().unwrap_or_default(),
        code: word.get_str("code"),
    };
    Vocabulary {
        name,
        version: 1,
        follows,
        words: W::iter().map(entry).collect(),
    }
}
