//! Deliveries: aid on its way, with its consignment. Each stage is its own counting point.

mod journey;

use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};
use serde_with::{DeserializeFromStr, SerializeDisplay};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::Expected;
use crate::faults::Faults;
use crate::id::Id;
use crate::place::Place;
use crate::quantity::{Count, Quantity};
use crate::text::{List, Prose, Title, text_schema};
use crate::time::Time;
use crate::words::{LossCause, Mode, Sector, Stage};

pub use journey::Journey;

/// What a source says about a delivery, or an authority about its clearance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema, strum::IntoStaticStr)]
pub enum Event {
    /// An agency plans a delivery.
    #[serde(rename = "delivery.planned.v1")]
    #[strum(serialize = "delivery.planned.v1")]
    Planned(Box<Planned>),
    /// A delivery of somebody else's was seen at a stage of its way.
    #[serde(rename = "delivery.reported.v1")]
    #[strum(serialize = "delivery.reported.v1")]
    Reported(Box<Reported>),
    /// An authority was asked to let a delivery pass.
    #[serde(rename = "delivery.clearance_requested.v1")]
    #[strum(serialize = "delivery.clearance_requested.v1")]
    ClearanceRequested(Box<Clearance>),
    /// An authority agreed to let a delivery pass.
    #[serde(rename = "delivery.clearance_granted.v1")]
    #[strum(serialize = "delivery.clearance_granted.v1")]
    ClearanceGranted(Box<Clearance>),
    /// An authority refused to let a delivery pass.
    #[serde(rename = "delivery.clearance_denied.v1")]
    #[strum(serialize = "delivery.clearance_denied.v1")]
    ClearanceDenied(Box<Clearance>),
    /// A delivery set out, with what was counted there.
    #[serde(rename = "delivery.dispatched.v1")]
    #[strum(serialize = "delivery.dispatched.v1")]
    Dispatched(Box<Counted>),
    /// A delivery passed the crossing point, with what was counted there.
    #[serde(rename = "delivery.crossed.v1")]
    #[strum(serialize = "delivery.crossed.v1")]
    Crossed(Box<Counted>),
    /// A delivery reached its destination, with what was counted there.
    #[serde(rename = "delivery.arrived.v1")]
    #[strum(serialize = "delivery.arrived.v1")]
    Arrived(Box<Counted>),
    /// The goods of a delivery reached people, with what was counted there.
    #[serde(rename = "delivery.distributed.v1")]
    #[strum(serialize = "delivery.distributed.v1")]
    Distributed(Box<Counted>),
    /// A delivery was stopped on its way.
    #[serde(rename = "delivery.held.v1")]
    #[strum(serialize = "delivery.held.v1")]
    Held(Stopped),
    /// A delivery that was held was let go on.
    #[serde(rename = "delivery.released.v1")]
    #[strum(serialize = "delivery.released.v1")]
    Released(Stopped),
    /// A delivery takes another way than before.
    #[serde(rename = "delivery.rerouted.v1")]
    #[strum(serialize = "delivery.rerouted.v1")]
    Rerouted(Rerouted),
    /// A delivery was sent back.
    #[serde(rename = "delivery.turned_back.v1")]
    #[strum(serialize = "delivery.turned_back.v1")]
    TurnedBack(Stopped),
    /// Goods of a delivery were lost.
    #[serde(rename = "delivery.loss_recorded.v1")]
    #[strum(serialize = "delivery.loss_recorded.v1")]
    LossRecorded(Box<Loss>),
    /// A delivery will set out later than planned.
    #[serde(rename = "delivery.postponed.v1")]
    #[strum(serialize = "delivery.postponed.v1")]
    Postponed(Because),
    /// A delivery will not set out.
    #[serde(rename = "delivery.cancelled.v1")]
    #[strum(serialize = "delivery.cancelled.v1")]
    Cancelled(Because),
    /// The file of a delivery is closed.
    #[serde(rename = "delivery.closed.v1")]
    #[strum(serialize = "delivery.closed.v1")]
    Closed(Because),
}

/// An agency plans a delivery.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Planned {
    /// Whose delivery it is.
    pub organisation: Id,
    /// Where it goes.
    pub destination: Place,
    /// Where it sets out from.
    pub origin: Option<Place>,
    /// The corridor it takes.
    pub corridor: Option<Id>,
    /// How it travels.
    pub mode: Option<Mode>,
    /// Number of trucks.
    pub trucks: Option<Count>,
    /// When it is to set out.
    pub departs: Option<Time>,
    /// What it carries, by line.
    pub consignment: Option<List<Consignment>>,
}

/// A delivery of somebody else's was seen at a stage of its way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Reported {
    /// Where it was seen.
    pub stage: Stage,
    /// Whose delivery it is.
    pub organisation: Option<Id>,
    /// Number of trucks.
    pub trucks: Option<Count>,
    /// Where it goes.
    pub destination: Option<Place>,
    /// The corridor it takes.
    pub corridor: Option<Id>,
    /// What it carries, by line, as counted at this stage.
    pub consignment: Option<List<Consignment>>,
    /// Whether the figures replace this source's earlier ones at this stage.
    pub cumulative: Option<bool>,
}

/// One line of a consignment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Consignment {
    /// The line's name: 1 to 64 characters.
    pub line: LineName,
    /// What it is.
    pub item: Title,
    /// Commodity, in the words or code of the agency.
    pub commodity: Option<Title>,
    /// The coordination group it belongs to.
    pub sector: Option<Sector>,
    /// How much.
    pub quantity: Quantity,
    /// Whether the figure replaces this source's earlier ones at this stage.
    pub cumulative: Option<bool>,
}

/// A step in the clearance of a delivery by an authority.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Clearance {
    /// The authority.
    pub authority: Id,
    /// By when an answer is due.
    pub deadline: Option<Time>,
    /// Under which conditions.
    pub conditions: Option<List<Prose>>,
    /// Whether it was granted for other than what was asked.
    pub modified: Option<bool>,
    /// Why.
    pub reason: Option<Prose>,
}

/// What was counted at one stage, there and nowhere else.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Counted {
    /// Number of trucks.
    pub trucks: Option<Count>,
    /// Quantities by line.
    pub lines: Option<List<Line>>,
    /// People reached.
    pub people_reached: Option<Count>,
    /// Whether the figures replace this source's earlier ones at this stage.
    pub cumulative: Option<bool>,
}

/// A quantity of one line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// The line's name.
    pub line: LineName,
    /// How much.
    pub quantity: Quantity,
    /// How it was counted: weighed, from papers, by eye.
    pub basis: Option<Prose>,
    /// Whether the figure replaces this source's earlier ones at this stage.
    pub cumulative: Option<bool>,
}

/// A delivery is stopped, let go on, or sent back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Stopped {
    /// By which actor.
    pub by: Option<Id>,
    /// Why.
    pub reason: Option<Prose>,
}

/// A delivery takes another way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Rerouted {
    /// The corridor it takes now.
    pub corridor: Option<Id>,
    /// Why.
    pub reason: Option<Prose>,
}

/// Goods were lost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Loss {
    /// How.
    pub cause: LossCause,
    /// Quantities by line.
    pub lines: List<Line>,
    /// Whether the figures replace this source's earlier ones for this cause.
    pub cumulative: Option<bool>,
}

/// A reason, where one was given.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Because {
    /// Why.
    pub reason: Option<Prose>,
}

/// The name of a line of a consignment: 1 to 64 characters.
#[derive(
    Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, SerializeDisplay, DeserializeFromStr,
)]
pub struct LineName(Box<str>);

impl LineName {
    const LIMIT: usize = 64;

    /// The line under which trucks are counted (rule 35).
    #[must_use]
    pub fn trucks() -> &'static LineName {
        static TRUCKS: LazyLock<LineName> = LazyLock::new(|| LineName("trucks".into()));
        &TRUCKS
    }
}

impl PartialSchema for LineName {
    fn schema() -> RefOr<Schema> {
        let text = text_schema().min_length(Some(1));
        text.max_length(Some(LineName::LIMIT)).into()
    }
}

impl ToSchema for LineName {}

impl FromStr for LineName {
    type Err = Expected;

    fn from_str(text: &str) -> Result<LineName, Expected> {
        let fits = (1..=LineName::LIMIT).contains(&text.chars().count());
        fits.then(|| LineName(text.into())).ok_or(Expected("1 to 64 characters"))
    }
}

impl fmt::Display for LineName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Event {
    pub(crate) fn check(&self, faults: &mut Faults) {
        if let Event::Planned(plan) = self {
            plan.destination.check("/data/destination", faults);
            plan.origin.iter().for_each(|place| place.check("/data/origin", faults));
        }
        if let Event::Reported(report) = self {
            report.destination.iter().for_each(|place| place.check("/data/destination", faults));
        }
    }
}
