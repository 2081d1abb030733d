//! What is said of constraints: what bars access, and what was done about it.

use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumMessage, EnumProperty, EnumString, IntoStaticStr};
use utoipa::ToSchema;

/// What sort of thing bars access.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[derive(Display, EnumIter, EnumMessage, EnumProperty, EnumString, IntoStaticStr, ToSchema)]
#[strum(serialize_all = "snake_case")]
pub enum ConstraintKind {
    /// A route or area cut off.
    Blockade,
    /// Passage subject to checks at a post.
    CheckpointRegime,
    /// A rule or order that forbids passage or work.
    AdministrativeBan,
    /// No movement at certain hours.
    Curfew,
    /// Gas, power, water or telecommunications cut.
    UtilityCut,
    /// Something in the way.
    PhysicalObstacle,
    /// Mines or unexploded ordnance.
    MineContamination,
    /// A threat that keeps people from moving.
    Threat,
    /// A standing policy with the effect of a bar.
    Policy,
}

/// OCHA's nine categories of access constraint (AMRF).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[derive(Display, EnumIter, EnumMessage, EnumProperty, EnumString, IntoStaticStr, ToSchema)]
#[strum(serialize_all = "UPPERCASE")]
pub enum Category {
    /// Denial of the existence of humanitarian needs or of entitlements to assistance.
    #[strum(props(code = "DEN"))]
    Den,
    /// Restriction of movement of agencies, personnel or goods into the affected country or area.
    #[strum(props(code = "RMI"))]
    Rmi,
    /// Restriction of movement within the affected country or area.
    #[strum(props(code = "RMW"))]
    Rmw,
    /// Interference in the implementation of humanitarian activities.
    #[strum(props(code = "INT"))]
    Int,
    /// Violence against humanitarian personnel, assets and facilities.
    #[strum(props(code = "VIO"))]
    Vio,
    /// Restrictions on, or obstruction of, affected people's access to services and assistance.
    #[strum(props(code = "RSA"))]
    Rsa,
    /// Military operations and ongoing hostilities impeding humanitarian operations.
    #[strum(props(code = "HOS"))]
    Hos,
    /// Presence of mines and unexploded ordnance.
    #[strum(props(code = "MIN"))]
    Min,
    /// Physical environment: terrain, climate, roads, lack of infrastructure.
    #[strum(props(code = "ENV"))]
    Env,
}

/// What was done about a constraint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[derive(Display, EnumIter, EnumMessage, EnumProperty, EnumString, IntoStaticStr, ToSchema)]
#[strum(serialize_all = "snake_case")]
pub enum Mitigation {
    /// Talks with those who impose it.
    Negotiation,
    /// Another way was taken.
    Reroute,
    /// It was raised publicly or with others.
    Advocacy,
    /// Something else.
    Other,
}
