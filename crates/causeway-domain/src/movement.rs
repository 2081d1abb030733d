//! Movements: people taken out, fleeing or coming back.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::faults::Faults;
use crate::id::Id;
use crate::place::Place;
use crate::quantity::Count;
use crate::words::{Direction, MovementKind};

/// What a source says about a movement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema, strum::IntoStaticStr)]
pub enum Event {
    /// A source says that people moved.
    #[serde(rename = "movement.reported.v1")]
    #[strum(serialize = "movement.reported.v1")]
    Reported(Box<Reported>),
    /// New figures for a movement; `time` is the time they stand for.
    #[serde(rename = "movement.revised.v1")]
    #[strum(serialize = "movement.revised.v1")]
    Revised(Revised),
}

/// People moved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Reported {
    /// Why they moved.
    pub kind: MovementKind,
    /// How many; left out where the source gives no number.
    pub persons: Option<Count>,
    /// Whether the count is a running total of this source.
    pub cumulative: Option<bool>,
    /// The corridor they took.
    pub corridor: Option<Id>,
    /// Where from.
    pub from: Option<Place>,
    /// Where to.
    pub to: Option<Place>,
    /// Which way along the corridor.
    pub direction: Option<Direction>,
}

/// New figures for a movement; `time` is the time they stand for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Revised {
    /// How many; left out where the source gives no number.
    pub persons: Option<Count>,
    /// Whether the count is a running total of this source.
    pub cumulative: Option<bool>,
}

impl Event {
    /// The number of people and whether it is a running total, where the report gives one.
    #[must_use]
    pub fn persons(&self) -> Option<(Count, bool)> {
        let (persons, cumulative) = match self {
            Event::Reported(reported) => (reported.persons, reported.cumulative),
            Event::Revised(revised) => (revised.persons, revised.cumulative),
        };
        persons.map(|persons| (persons, cumulative.unwrap_or(false)))
    }

    pub(crate) fn check(&self, faults: &mut Faults) {
        if let Event::Reported(reported) = self {
            reported.from.iter().for_each(|place| place.check("/data/from", faults));
            reported.to.iter().for_each(|place| place.check("/data/to", faults));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_without_a_number_gives_no_figure() {
        let persons = |data: &str| {
            let (_, event): (_, Event) = crate::details::read("movement.revised.v1", data).unwrap();
            event.persons().map(|(persons, cumulative)| (persons.0, cumulative))
        };
        assert_eq!(persons("{}"), None);
        assert_eq!(persons(r#"{"persons":0}"#), Some((0, false)));
        assert_eq!(persons(r#"{"persons":7,"cumulative":true}"#), Some((7, true)));
    }
}
