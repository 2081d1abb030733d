//! What is said of people: what was done to them, why they move, who speaks and who acts.

use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumMessage, EnumProperty, EnumString, IntoStaticStr};
use utoipa::ToSchema;

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[derive(Display, EnumIter, EnumMessage, EnumProperty, EnumString, IntoStaticStr, ToSchema)]
#[strum(serialize_all = "snake_case")]
pub enum IncidentKind {
    /// Artillery, mortar or rocket fire.
    Shelling,
    /// An attack from the air, drones included.
    Airstrike,
    /// An attack with weapons on people or things.
    ArmedAttack,
    /// A mine or other device went off.
    MineExplosion,
    /// Small-arms fire.
    Shooting,
    /// Held by an authority or armed actor.
    Detention,
    /// Taken away by force.
    Abduction,
    /// Goods taken by force.
    Looting,
    /// A threat of harm.
    Threat,
    /// Kept from passing or working.
    Obstruction,
    /// Taken into custody under a law.
    Arrest,
    /// None of the others.
    Other,
}

/// Whom harm was done to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[derive(Display, EnumIter, EnumMessage, EnumProperty, EnumString, IntoStaticStr, ToSchema)]
#[strum(serialize_all = "snake_case")]
pub enum HarmRole {
    /// People taking no part in hostilities.
    Civilian,
    /// Staff of relief organisations.
    AidWorker,
    /// Medical staff.
    MedicalWorker,
    /// Members of a peacekeeping force.
    Peacekeeper,
    /// Members of armed forces or groups.
    Military,
    /// None of the others.
    Other,
}

/// Why people move.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[derive(Display, EnumIter, EnumMessage, EnumProperty, EnumString, IntoStaticStr, ToSchema)]
#[strum(serialize_all = "snake_case")]
pub enum MovementKind {
    /// Patients taken to care elsewhere.
    MedicalEvacuation,
    /// People taken out of danger by others.
    Evacuation,
    /// People leaving because they have to.
    Displacement,
    /// People going back.
    Return,
}

/// What a statement does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[derive(Display, EnumIter, EnumMessage, EnumProperty, EnumString, IntoStaticStr, ToSchema)]
#[strum(serialize_all = "snake_case")]
pub enum Stance {
    /// Says what will be done.
    Announces,
    /// Says that something is so.
    Asserts,
    /// Says that something is not so.
    Denies,
    /// Asks somebody to act.
    Appeals,
    /// Accepts an obligation together with others.
    Agrees,
}

/// What sort of actor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[derive(Display, EnumIter, EnumMessage, EnumProperty, EnumString, IntoStaticStr, ToSchema)]
#[strum(serialize_all = "snake_case")]
pub enum ActorKind {
    /// A body of the United Nations.
    UnAgency,
    /// The International Red Cross and Red Crescent Movement.
    RedCrossRedCrescent,
    /// A non-governmental organisation.
    Ngo,
    /// An authority of a state.
    StateAuthority,
    /// An authority that governs without general recognition.
    DeFactoAuthority,
    /// An armed group.
    ArmedGroup,
    /// A peacekeeping force.
    Peacekeeper,
    /// A news outlet.
    Media,
    /// A community or its people.
    Community,
    /// None of the others.
    Other,
}
