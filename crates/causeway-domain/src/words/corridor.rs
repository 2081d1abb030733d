//! What is said of corridors: what passes, which way, and whether it can.

use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumMessage, EnumProperty, EnumString, IntoStaticStr};
use utoipa::ToSchema;

/// Whether a corridor lets traffic pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[derive(Display, EnumIter, EnumMessage, EnumProperty, EnumString, IntoStaticStr, ToSchema)]
#[strum(serialize_all = "snake_case")]
pub enum CorridorStatus {
    /// Traffic passes.
    #[strum(props(code = "Operational"))]
    Open,
    /// Some passes, or under conditions.
    #[strum(props(code = "Restricted"))]
    Restricted,
    /// None passes.
    #[strum(props(code = "Not operational"))]
    Closed,
}

/// Which way, seen from the people the corridor serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[derive(
    Default, Display, EnumIter, EnumMessage, EnumProperty, EnumString, IntoStaticStr, ToSchema,
)]
#[strum(serialize_all = "snake_case")]
pub enum Direction {
    /// Towards the people served.
    Inbound,
    /// Away from the people served.
    Outbound,
    /// Either way.
    #[default]
    Both,
}

/// What passes, or would.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[derive(Display, EnumIter, EnumMessage, EnumProperty, EnumString, IntoStaticStr, ToSchema)]
#[strum(serialize_all = "snake_case")]
pub enum Traffic {
    /// Relief goods.
    HumanitarianCargo,
    /// Patients and those with them.
    MedicalEvacuation,
    /// Staff of relief organisations.
    HumanitarianStaff,
    /// People on their own business.
    Civilians,
    /// Trade goods.
    Commercial,
    /// Fuel of any kind.
    Fuel,
    /// Peacekeepers and their supplies.
    Peacekeeping,
    /// Each of the other seven.
    All,
}
