//! What a reader asks for: as known when, about when, under which policy, with which clearance.

use std::fmt;
use std::str::FromStr;

use causeway_domain::words::Classification;
use causeway_domain::{Expected, Id, Time};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Position;

/// How one answer is made of many claims. No policy is the truth; each is named.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Policy {
    /// The best evidence among the recent.
    Best,
    /// The newest among what is corroborated or verified.
    Verified,
    /// The newest, whoever says it.
    Latest,
    /// The newest word of one actor and those that are part of it.
    Party(Id),
}

impl FromStr for Policy {
    type Err = Expected;

    fn from_str(text: &str) -> Result<Policy, Expected> {
        match (text, text.strip_prefix("party:")) {
            ("best", _) => Ok(Policy::Best),
            ("verified", _) => Ok(Policy::Verified),
            ("latest", _) => Ok(Policy::Latest),
            (_, Some(actor)) => actor.parse().map(Policy::Party),
            (_, None) => Err(Expected("best, verified, latest or party:<actor>")),
        }
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Policy::Best => f.write_str("best"),
            Policy::Verified => f.write_str("verified"),
            Policy::Latest => f.write_str("latest"),
            Policy::Party(actor) => write!(f, "party:{actor}"),
        }
    }
}

/// How long a claim counts against newer ones: 1 to 8,760 hours, 72 unless asked otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Window(u32);

impl Default for Window {
    fn default() -> Self {
        Window(72)
    }
}

impl Window {
    /// Its length.
    #[must_use]
    pub fn length(self) -> TimeDelta {
        TimeDelta::hours(i64::from(self.0))
    }

    /// Its length in hours.
    #[must_use]
    pub fn hours(self) -> u32 {
        self.0
    }
}

impl FromStr for Window {
    type Err = Expected;

    fn from_str(text: &str) -> Result<Window, Expected> {
        let hours = text.parse().ok().filter(|hours| (1..=8_760).contains(hours));
        hours.map(Window).ok_or(Expected("a number of hours from 1 to 8760"))
    }
}

/// Everything an answer depends on. Printed with the answer, it can be asked again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The newest position that counts; nothing is known without one.
    pub position: Option<Position>,
    /// The time of knowing that this position stands for.
    pub known_at: Time,
    /// The time in the world that is asked about.
    pub effective_at: Time,
    /// How claims are weighed.
    pub policy: Policy,
    /// How long they count.
    pub window: Window,
    /// How sensitive an event may be to count for this reader.
    pub clearance: Classification,
}

impl Asked {
    /// The moment asked about.
    #[must_use]
    pub fn moment(&self) -> DateTime<Utc> {
        self.effective_at.instant()
    }

    /// The inputs as every answer prints them.
    #[must_use]
    pub fn as_of(&self) -> AsOf {
        AsOf {
            position: self.position,
            known_at: self.known_at,
            effective_at: self.effective_at,
            policy: self.policy.to_string(),
            window_hours: self.window.0,
            clearance: self.clearance,
        }
    }
}

/// The inputs of an answer: whoever asks with these gets the same answer again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AsOf {
    /// The newest position that counts; null where nothing was known.
    #[schema(required, value_type = Option<u64>, example = 1204)]
    pub position: Option<Position>,
    /// The time of knowing that this position stands for.
    pub known_at: Time,
    /// The time in the world that is asked about.
    pub effective_at: Time,
    /// `best`, `verified`, `latest` or `party:<actor>`.
    #[schema(example = "best")]
    pub policy: String,
    /// How long a claim counts against newer ones, in hours.
    #[schema(example = 72)]
    pub window_hours: u32,
    /// How sensitive an event may be to count for this reader.
    pub clearance: Classification,
}
