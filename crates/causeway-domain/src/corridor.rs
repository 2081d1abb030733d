//! Corridors: routes along which aid, patients or people may pass.
//!
//! The world owns a corridor. A report about one is never refused for being surprising: it is
//! recorded as it came, and marked.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::ToSchema;

use crate::faults::Faults;
use crate::id::{EventId, Id};
use crate::packed;
use crate::place::{Place, Route};
use crate::quantity::{Count, Decimal, Measure};
use crate::text::{List, Names, Prose};
use crate::time::Time;
use crate::words::{CorridorStatus, Direction, Traffic};

/// What a source says about a corridor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema, strum::IntoStaticStr)]
pub enum Event {
    /// A corridor enters the register, with the names that either side gives it.
    #[serde(rename = "corridor.registered.v1")]
    #[strum(serialize = "corridor.registered.v1")]
    Registered(Box<Registered>),
    /// A source says whether traffic passes a corridor.
    #[serde(rename = "corridor.status_reported.v1")]
    #[strum(serialize = "corridor.status_reported.v1")]
    StatusReported(Box<StatusReported>),
    /// A source says who controls passage along a corridor.
    #[serde(rename = "corridor.control_reported.v1")]
    #[strum(serialize = "corridor.control_reported.v1")]
    ControlReported(Box<ControlReported>),
    /// Somebody promises that a corridor will be open for a while; a promise, not a status.
    #[serde(rename = "corridor.window_announced.v1")]
    #[strum(serialize = "corridor.window_announced.v1")]
    WindowAnnounced(Box<WindowAnnounced>),
    /// Somebody takes back the promise of a window.
    #[serde(rename = "corridor.window_withdrawn.v1")]
    #[strum(serialize = "corridor.window_withdrawn.v1")]
    WindowWithdrawn(Box<WindowWithdrawn>),
    /// What passed one counting point of a corridor in a period.
    #[serde(rename = "corridor.traffic_counted.v1")]
    #[strum(serialize = "corridor.traffic_counted.v1")]
    TrafficCounted(Box<TrafficCounted>),
}

/// A corridor enters the register. Names of both sides stand next to each other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Registered {
    /// Its names by language.
    pub names: Names,
    /// Where it runs.
    pub route: Option<Route>,
    /// The end from which aid sets out.
    pub from: Option<Place>,
    /// The end at the people it serves.
    pub to: Option<Place>,
    /// Kilometres from end to end.
    pub length_km: Option<Measure>,
    /// The places that depend on it.
    pub serves: Option<List<Place>>,
    /// What passed before.
    pub baseline: Option<Baseline>,
}

/// Ordinary traffic of a corridor, to compare with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(remote = "Self")]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// Vehicles a day, both directions together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vehicles_per_day: Option<Measure>,
    /// Tonnes a day, inbound.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tonnes_per_day: Option<Measure>,
}

impl Serialize for Baseline {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match serializer.is_human_readable() {
            true => Baseline::serialize(self, serializer),
            false => packed::serialize(self, serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Baseline {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Baseline, D::Error> {
        match deserializer.is_human_readable() {
            true => Baseline::deserialize(deserializer),
            false => packed::deserialize(deserializer),
        }
    }
}

/// Whether traffic passes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StatusReported {
    /// What the source says.
    pub status: CorridorStatus,
    /// Left out: both.
    pub direction: Option<Direction>,
    /// Left out: all.
    pub traffic: Option<List<Traffic, 1>>,
    /// What the source gives as causes.
    pub causes: Option<List<Prose>>,
    /// Under which conditions traffic passes.
    pub conditions: Option<List<Prose>>,
    /// Who controls it, in passing; shown with this claim only.
    pub controlled_by: Option<Id>,
}

/// Who controls passage.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ControlReported {
    /// The actor in control.
    pub controlled_by: Id,
    /// Where.
    pub checkpoint: Option<Place>,
}

/// A promise that the corridor will be open for a while.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WindowAnnounced {
    /// From when.
    pub opens: Time,
    /// Until when; left out, no end was named.
    pub closes: Option<Time>,
    /// Left out: both.
    pub direction: Option<Direction>,
    /// Left out: all.
    pub traffic: Option<List<Traffic, 1>>,
    /// Under which conditions.
    pub conditions: Option<List<Prose>>,
}

/// A promise is taken back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WindowWithdrawn {
    /// The announcement.
    pub window: EventId,
    /// Why.
    pub reason: Option<Prose>,
}

/// What passed a counting point in a period: vehicles, persons or tonnes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TrafficCounted {
    /// Start of the period counted.
    pub starts: Time,
    /// End of the period counted.
    pub ends: Time,
    /// Where it was counted: a figure without its counting point cannot be compared.
    pub counting_point: Place,
    /// Vehicles that passed.
    pub vehicles: Option<Count>,
    /// Persons that passed.
    pub persons: Option<Count>,
    /// Tonnes that passed.
    pub tonnes: Option<Decimal>,
    /// Left out: both.
    pub direction: Option<Direction>,
    /// Left out: all.
    pub traffic: Option<List<Traffic, 1>>,
    /// Whether the count replaces the source's earlier ones.
    pub cumulative: Option<bool>,
}

impl Event {
    pub(crate) fn check(&self, faults: &mut Faults) {
        match self {
            Event::Registered(registered) => registered.check(faults),
            Event::ControlReported(report) => {
                report.checkpoint.iter().for_each(|place| place.check("/data/checkpoint", faults));
            }
            Event::WindowAnnounced(window) => {
                let closes = window.closes.map(Time::instant);
                if closes.is_some_and(|closes| closes <= window.opens.instant()) {
                    let detail = "expected a time after `opens`";
                    faults.compare(&["/data/opens"], "/data/closes", detail);
                }
            }
            Event::TrafficCounted(count) => count.check(faults),
            Event::StatusReported(_) | Event::WindowWithdrawn(_) => {}
        }
    }
}

impl Registered {
    fn check(&self, faults: &mut Faults) {
        self.route.iter().for_each(|route| route.check("/data/route", faults));
        self.from.iter().for_each(|place| place.check("/data/from", faults));
        self.to.iter().for_each(|place| place.check("/data/to", faults));
        for (index, place) in self.serves.iter().flat_map(|list| list.iter()).enumerate() {
            place.check(&format!("/data/serves/{index}"), faults);
        }
    }
}

impl TrafficCounted {
    fn check(&self, faults: &mut Faults) {
        if self.ends.instant() <= self.starts.instant() {
            let detail = "expected a time after `starts`";
            faults.compare(&["/data/starts"], "/data/ends", detail);
        }
        if self.vehicles.is_none() && self.persons.is_none() && self.tonnes.is_none() {
            let counts = ["/data/vehicles", "/data/persons", "/data/tonnes"];
            let detail = "expected at least one of `vehicles`, `persons` and `tonnes`";
            faults.compare(&counts, "/data", detail);
        }
        self.counting_point.check("/data/counting_point", faults);
    }
}

/// The cells of a corridor that a report speaks of: direction × class of traffic (rule 10).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cells(u16);

/// One cell: a direction that is not `both` and a class that is not `all`.
pub type Cell = (Direction, Traffic);

/// All 14 cells, inbound first, classes in vocabulary order.
pub fn cells() -> impl Iterator<Item = Cell> {
    use strum::IntoEnumIterator;
    [Direction::Inbound, Direction::Outbound].into_iter().flat_map(|direction| {
        let classes = Traffic::iter().filter(|traffic| *traffic != Traffic::All);
        classes.map(move |traffic| (direction, traffic))
    })
}

impl Cells {
    /// The cells named by a direction (left out: both) and a list of traffic (left out: all).
    #[must_use]
    pub fn of(direction: Option<Direction>, traffic: Option<&List<Traffic, 1>>) -> Cells {
        let direction = direction.unwrap_or(Direction::Both);
        let covers = |cell: &Cell| {
            let goes = direction == Direction::Both || direction == cell.0;
            let carries = traffic.is_none_or(|list| {
                list.iter().any(|class| *class == Traffic::All || *class == cell.1)
            });
            goes && carries
        };
        let bits = cells().enumerate().filter(|(_, cell)| covers(cell));
        Cells(bits.fold(0, |bits, (index, _)| bits | 1 << index))
    }

    /// Whether the cell at `index` in the order of [`cells`] is among them.
    #[must_use]
    pub fn has(self, index: usize) -> bool {
        self.0 >> index & 1 == 1
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The cells of a report that names this direction and this traffic.
    fn covered(direction: Option<Direction>, traffic: Option<&[&str]>) -> Vec<Cell> {
        let traffic: Option<List<Traffic, 1>> =
            traffic.map(|list| serde_json::from_value(json!(list)).unwrap());
        let named = Cells::of(direction, traffic.as_ref());
        let all = cells().enumerate();
        all.filter(|(index, _)| named.has(*index)).map(|(_, cell)| cell).collect()
    }

    #[test]
    fn a_corridor_has_14_cells_inbound_first() {
        let all: Vec<Cell> = cells().collect();
        assert_eq!(all.len(), 14);
        assert_eq!(all[0], (Direction::Inbound, Traffic::HumanitarianCargo));
        assert_eq!(all[6], (Direction::Inbound, Traffic::Peacekeeping));
        assert_eq!(all[7], (Direction::Outbound, Traffic::HumanitarianCargo));
        assert!(all.iter().all(|(way, class)| *way != Direction::Both && *class != Traffic::All));
    }

    #[test]
    fn what_is_left_out_means_both_directions_and_all_traffic() {
        assert_eq!(covered(None, None), cells().collect::<Vec<_>>());
        assert_eq!(covered(Some(Direction::Both), Some(&["all"])), covered(None, None));
        assert_eq!(covered(Some(Direction::Outbound), None), cells().skip(7).collect::<Vec<_>>());
    }

    #[test]
    fn a_report_covers_the_cells_it_names() {
        assert_eq!(
            covered(Some(Direction::Inbound), Some(&["fuel", "civilians"])),
            [(Direction::Inbound, Traffic::Civilians), (Direction::Inbound, Traffic::Fuel)]
        );
        assert_eq!(
            covered(None, Some(&["fuel"])),
            [(Direction::Inbound, Traffic::Fuel), (Direction::Outbound, Traffic::Fuel)]
        );
    }

    #[test]
    fn all_together_with_others_is_all() {
        assert_eq!(covered(None, Some(&["fuel", "all"])), covered(None, None));
    }

    #[test]
    fn an_empty_list_of_traffic_is_refused() {
        assert!(serde_json::from_str::<List<Traffic, 1>>("[]").is_err());
    }
}
