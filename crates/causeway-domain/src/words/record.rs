//! What stands beside any report: who may see it, who says so, how well it is verified, how
//! closely its time and place are known.

use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumMessage, EnumProperty, EnumString, IntoStaticStr};
use utoipa::ToSchema;

/// How sensitive an event is; each word lets fewer people see it than the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[derive(Display, EnumIter, EnumMessage, EnumProperty, EnumString, IntoStaticStr, ToSchema)]
#[strum(serialize_all = "kebab-case")]
pub enum Classification {
    /// May be shown to anyone.
    #[strum(props(code = "low or none"))]
    Public,
    /// For the humanitarian community.
    #[strum(props(code = "moderate"))]
    Restricted,
    /// For those who need it for their work.
    #[strum(props(code = "high"))]
    Confidential,
    /// For named persons only.
    #[strum(props(code = "severe"))]
    StrictlyConfidential,
}

/// What sort of source says something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[derive(
    Default, Display, EnumIter, EnumMessage, EnumProperty, EnumString, IntoStaticStr, ToSchema,
)]
#[strum(serialize_all = "snake_case")]
pub enum SourceKind {
    /// Staff of the organisation that records it.
    #[default]
    OwnStaff,
    /// Another humanitarian organisation.
    PartnerAgency,
    /// An authority, of a state or de facto.
    Authority,
    /// A party to the conflict.
    Party,
    /// A news outlet.
    Media,
    /// People of the affected community.
    Community,
    /// Somebody who was there.
    Eyewitness,
    /// Imagery from above.
    Satellite,
    /// A measuring device.
    Sensor,
    /// None of the others.
    Other,
}

/// How far a source can be trusted, by its record (Admiralty scale).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[derive(
    Default, Display, EnumIter, EnumMessage, EnumProperty, EnumString, IntoStaticStr, ToSchema,
)]
#[strum(serialize_all = "UPPERCASE")]
pub enum Reliability {
    /// Completely reliable.
    #[strum(props(code = "A"))]
    A,
    /// Usually reliable.
    #[strum(props(code = "B"))]
    B,
    /// Fairly reliable.
    #[strum(props(code = "C"))]
    C,
    /// Not usually reliable.
    #[strum(props(code = "D"))]
    D,
    /// Unreliable.
    #[strum(props(code = "E"))]
    E,
    /// Cannot be judged.
    #[strum(props(code = "F"))]
    #[default]
    F,
}

/// How well a report is verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[derive(
    Default, Display, EnumIter, EnumMessage, EnumProperty, EnumString, IntoStaticStr, ToSchema,
)]
#[strum(serialize_all = "snake_case")]
pub enum Level {
    /// Nobody has looked at it yet.
    #[default]
    Unverified,
    /// One independent source more says the same.
    PartiallyCorroborated,
    /// Two or more independent sources say the same, at least one of them no party to the conflict.
    Corroborated,
    /// Own staff or a third-party monitor on site, or decisive imagery or document.
    Verified,
    /// Looked at, and credible sources contradict it.
    Disputed,
    /// Looked at, and shown to be wrong.
    Refuted,
    /// Looked at, and it cannot be found out.
    Unverifiable,
}

/// How closely a time is known; an imprecise time is the first instant of its period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[derive(
    Default, Display, EnumIter, EnumMessage, EnumProperty, EnumString, IntoStaticStr, ToSchema,
)]
#[strum(serialize_all = "snake_case")]
pub enum TimePrecision {
    /// To the instant written.
    #[default]
    Instant,
    /// To the hour.
    Hour,
    /// To the day.
    Day,
    /// To the week.
    Week,
    /// To the month.
    Month,
    /// To the year.
    Year,
}

/// How closely a position is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[derive(Display, EnumIter, EnumMessage, EnumProperty, EnumString, IntoStaticStr, ToSchema)]
#[strum(serialize_all = "snake_case")]
pub enum Precision {
    /// The very spot.
    Exact,
    /// Within 100 metres.
    #[serde(rename = "100m")]
    #[strum(serialize = "100m")]
    Within100m,
    /// Within one kilometre.
    #[serde(rename = "1km")]
    #[strum(serialize = "1km")]
    Within1km,
    /// The settlement.
    Settlement,
    /// The third-level administrative area.
    Adm3,
    /// The second-level administrative area.
    Adm2,
    /// The first-level administrative area.
    Adm1,
    /// The country.
    Country,
}
