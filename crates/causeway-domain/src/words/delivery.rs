//! What is said of deliveries: how they travel, how far they came, what they carry and lose.

use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumMessage, EnumProperty, EnumString, IntoStaticStr};
use utoipa::ToSchema;

/// How a delivery travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[derive(Display, EnumIter, EnumMessage, EnumProperty, EnumString, IntoStaticStr, ToSchema)]
#[strum(serialize_all = "snake_case")]
pub enum Mode {
    /// Several vehicles together.
    Convoy,
    /// A single vehicle.
    Truck,
    /// By aircraft.
    Air,
    /// By boat.
    River,
    /// By train.
    Rail,
}

/// Where a delivery of somebody else's was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[derive(Display, EnumIter, EnumMessage, EnumProperty, EnumString, IntoStaticStr, ToSchema)]
#[strum(serialize_all = "snake_case")]
pub enum Stage {
    /// On its way.
    Dispatched,
    /// Stopped on its way.
    Held,
    /// Past the crossing point.
    Crossed,
    /// At its destination.
    Arrived,
    /// In the hands of the people it is for.
    Distributed,
    /// Sent back.
    TurnedBack,
}

/// What an authority answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[derive(Display, EnumIter, EnumMessage, EnumProperty, EnumString, IntoStaticStr, ToSchema)]
#[strum(serialize_all = "snake_case")]
pub enum ClearanceAnswer {
    /// Passage allowed.
    Granted,
    /// Passage refused.
    Denied,
}

/// How goods were lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[derive(Display, EnumIter, EnumMessage, EnumProperty, EnumString, IntoStaticStr, ToSchema)]
#[strum(serialize_all = "snake_case")]
pub enum LossCause {
    /// Broken or made unusable.
    Damaged,
    /// Gone bad.
    Spoiled,
    /// Taken by people in need or a crowd.
    TakenByCrowd,
    /// Taken by an armed actor.
    SeizedByArmedActor,
    /// Taken by an authority.
    ConfiscatedByAuthority,
    /// Sent back to where they came from.
    Returned,
    /// Gone, and nobody knows how.
    Lost,
}

/// What a quantity is counted in; never converted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[derive(Display, EnumIter, EnumMessage, EnumProperty, EnumString, IntoStaticStr, ToSchema)]
#[strum(serialize_all = "snake_case")]
pub enum Unit {
    /// Tonnes.
    #[strum(props(code = "TNE"))]
    T,
    /// Kilograms.
    #[strum(props(code = "KGM"))]
    Kg,
    /// Litres.
    #[strum(props(code = "LTR"))]
    L,
    /// Cubic metres.
    #[strum(props(code = "MTQ"))]
    M3,
    /// Pallets.
    #[strum(props(code = "PX"))]
    Pallet,
    /// Trucks.
    Truck,
    /// Kits.
    #[strum(props(code = "KT"))]
    Kit,
    /// Households.
    Household,
    /// Persons.
    Person,
    /// Pieces.
    #[strum(props(code = "C62"))]
    Piece,
}

/// The coordination group that goods belong to (IASC).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[derive(Display, EnumIter, EnumMessage, EnumProperty, EnumString, IntoStaticStr, ToSchema)]
#[strum(serialize_all = "UPPERCASE")]
pub enum Sector {
    /// Shelter and non-food items.
    #[strum(props(code = "SHL"))]
    Shl,
    /// Camp coordination and management.
    #[strum(props(code = "CCM"))]
    Ccm,
    /// Protection.
    #[strum(props(code = "PRO"))]
    Pro,
    /// Child protection.
    #[strum(props(code = "PRO-CPN"))]
    #[serde(rename = "PRO-CPN")]
    #[strum(serialize = "PRO-CPN")]
    ProCpn,
    /// Gender-based violence.
    #[strum(props(code = "PRO-GBV"))]
    #[serde(rename = "PRO-GBV")]
    #[strum(serialize = "PRO-GBV")]
    ProGbv,
    /// Mine action.
    #[strum(props(code = "PRO-MIN"))]
    #[serde(rename = "PRO-MIN")]
    #[strum(serialize = "PRO-MIN")]
    ProMin,
    /// Housing, land and property.
    #[strum(props(code = "PRO-HLP"))]
    #[serde(rename = "PRO-HLP")]
    #[strum(serialize = "PRO-HLP")]
    ProHlp,
    /// Food security.
    #[strum(props(code = "FSC"))]
    Fsc,
    /// Water, sanitation and hygiene.
    #[strum(props(code = "WSH"))]
    Wsh,
    /// Logistics.
    #[strum(props(code = "LOG"))]
    Log,
    /// Education.
    #[strum(props(code = "EDU"))]
    Edu,
    /// Nutrition.
    #[strum(props(code = "NUT"))]
    Nut,
    /// Health.
    #[strum(props(code = "HEA"))]
    Hea,
    /// Early recovery.
    #[strum(props(code = "ERY"))]
    Ery,
    /// Emergency telecommunications.
    #[strum(props(code = "TEL"))]
    Tel,
    /// Multi-sector.
    #[strum(props(code = "MUL"))]
    Mul,
}
