//! Registers: the actors and places that reports name. Unknown ones are accepted and marked.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::id::Id;
use crate::place::Point;
use crate::text::{Names, Title};
use crate::words::{ActorKind, Reliability};

/// What is recorded about an actor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema, strum::IntoStaticStr)]
pub enum Actor {
    /// An actor enters the register, so that reports can name it.
    #[serde(rename = "actor.registered.v1")]
    #[strum(serialize = "actor.registered.v1")]
    Registered(Box<ActorRegistered>),
}

/// An actor enters the register.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ActorRegistered {
    /// Its names by language.
    pub names: Names,
    /// What sort of actor.
    pub kind: ActorKind,
    /// How far it can be trusted as a source, by its record.
    pub reliability: Option<Reliability>,
    /// The actor it belongs to: an office of a government, say.
    pub part_of: Option<Id>,
}

/// What is recorded about a place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema, strum::IntoStaticStr)]
pub enum Place {
    /// A place enters the register, so that reports can name it.
    #[serde(rename = "place.registered.v1")]
    #[strum(serialize = "place.registered.v1")]
    Registered(Box<PlaceRegistered>),
}

/// A place enters the register.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlaceRegistered {
    /// Its names by language, of equal standing.
    pub names: Names,
    /// P-code (OCHA COD-AB); unique only together with its edition.
    pub pcode: Option<Title>,
    /// The edition of the code list.
    pub pcode_edition: Option<Title>,
    /// The place it lies in.
    pub parent: Option<Id>,
    /// Longitude, latitude.
    pub point: Option<Point>,
}
