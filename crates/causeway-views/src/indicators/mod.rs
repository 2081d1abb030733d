//! Figures about a period: how long a corridor was open, what got through, whom it harmed. Each
//! says its unit, its formula and how much of the period is known (rule 45).

mod about;
mod buckets;
mod cases;
mod figures;
mod percentiles;

use std::collections::BTreeMap;

use causeway_domain::incident::Harm;
use causeway_domain::quantity::Decimal;
use causeway_domain::words::{Category, Direction, HarmRole, LossCause, Traffic};
use causeway_domain::{EventId, Id, Time};
use serde::Serialize;
use utoipa::ToSchema;

pub use about::About;
pub use buckets::Bucket;

use crate::deliveries::{Outcome, Stages};
use crate::history::{ByStatus, Period};
use crate::lengths::{Hours, Seconds};
use crate::view::View;
use cases::Cases;

/// The version of the formulas; a bulletin names the one it was computed by.
pub const FORMULA: &str = "2026-11";

/// How many buckets a period can be cut into.
pub const BUCKET_LIMIT: usize = 1_000;
/// How many rows of open hours one answer has, those of its buckets included.
pub const ROW_LIMIT: usize = 20_000;
/// How many events an answer names as those behind its figures, those of its buckets included.
pub const EVENT_LIMIT: usize = 100_000;

/// What is asked of a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The period.
    pub period: Period,
    /// How it is cut, if it is.
    pub bucket: Option<Bucket>,
    /// Only what touches this corridor.
    pub corridor: Option<Id>,
    /// Only what lies in this place, by id or P-code.
    pub area: Option<String>,
    /// Only deliveries of this organisation, and the lag of what it recorded.
    pub organisation: Option<Id>,
    /// Whether the events behind each figure are named.
    pub with_events: bool,
}

/// Why a question is too wide for one answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TooWide {
    /// Too many buckets.
    #[error(
        "the period has more than {BUCKET_LIMIT} buckets: ask for longer buckets or a shorter period"
    )]
    Buckets,
    /// Too many rows of open hours.
    #[error(
        "{0} rows of open hours, at most {ROW_LIMIT}: name a corridor or an area, or ask for longer buckets"
    )]
    Rows(usize),
    /// Too many events behind the figures.
    #[error(
        "{0} events or more stand behind the figures, at most {EVENT_LIMIT} can be named: narrow the period or the filters"
    )]
    Events(usize),
}

/// The figures of a period.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Indicators {
    /// Of the whole period.
    #[serde(flatten)]
    pub whole: Figures,
    /// What each figure is: unit, formula, numerator, denominator, and what narrows it.
    #[schema(value_type = BTreeMap<String, About>)]
    pub about: BTreeMap<&'static str, About>,
    /// Of each bucket, where some were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub buckets: Option<Vec<Figures>>,
}

/// The figures of one stretch of time.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Figures {
    /// Its first instant.
    pub from: Time,
    /// The first instant after it.
    pub to: Time,
    /// How long each cell of each corridor was open, restricted, closed, unknown.
    pub open_hours: Vec<OpenHours>,
    /// How many days blockades were in force.
    pub blockade_days: BlockadeDays,
    /// What became of deliveries that began in it.
    pub outcomes: Outcomes,
    /// How long authorities took to answer what was requested in it.
    pub clearance: ClearanceTimes,
    /// Hours for which deliveries were held in it, to four places.
    pub hold_hours: f64,
    /// Tonnes counted in it, per stage; null where nobody counted.
    pub tonnes: Stages,
    /// Tonnes lost in it, per cause; a cause of which nothing was counted is left out.
    #[schema(value_type = BTreeMap<String, String>)]
    pub losses: BTreeMap<LossCause, Decimal>,
    /// Constraints in force at some instant of it, per category.
    #[schema(value_type = BTreeMap<String, u64>)]
    pub constraints: BTreeMap<Category, u64>,
    /// People harmed by incidents that happened in it, per role.
    #[schema(value_type = BTreeMap<String, HarmSum>)]
    pub harm: BTreeMap<HarmRole, HarmSum>,
    /// Hours from what happened in it to its being on record.
    pub lag_hours: Lag,
    /// Of each figure, which share of the stretch is known, to four places.
    #[schema(value_type = BTreeMap<String, Option<f64>>)]
    pub coverage: BTreeMap<&'static str, Option<f64>>,
    /// The reports behind each figure, where they were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<BTreeMap<String, Vec<EventId>>>)]
    pub events: Option<BTreeMap<&'static str, Vec<EventId>>>,
}

/// How long one cell had each status.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct OpenHours {
    /// The corridor.
    pub corridor: Id,
    /// Which way.
    pub direction: Direction,
    /// What passes.
    pub traffic: Traffic,
    /// In hours, to four places.
    pub hours: ByStatus<Hours>,
    /// In seconds, exactly; they add up to the stretch.
    pub seconds: ByStatus<Seconds>,
    /// The share of the stretch in which anybody spoke.
    #[schema(required)]
    pub coverage: Option<f64>,
}

/// How long blockades were in force, in days of 24 hours to four places.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct BlockadeDays {
    /// While at least one was.
    pub union: f64,
    /// Each by itself; those that were not in force are left out.
    pub by_constraint: BTreeMap<Id, f64>,
    /// The same as `union` in seconds, exactly.
    pub union_seconds: Seconds,
}

/// What became of deliveries, counted and as shares.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Outcomes {
    /// How many of each.
    #[schema(value_type = BTreeMap<String, u64>)]
    pub counts: BTreeMap<Outcome, u64>,
    /// Shares of those that were facilitated, in part, impeded or denied.
    pub without: Rates,
    /// Shares of these and of those that the agency postponed or cancelled.
    pub with: Rates,
}

/// Shares of one number of deliveries.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Rates {
    /// That number.
    pub denominator: u64,
    /// The share of each outcome, to four places; null where there is none to share.
    #[schema(value_type = BTreeMap<String, Option<f64>>)]
    pub rates: BTreeMap<Outcome, Option<f64>>,
}

/// How long authorities took, in hours to four places.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ClearanceTimes {
    /// Of the answered, the middle one by nearest rank.
    #[schema(required)]
    pub p50: Option<f64>,
    /// The one at nine tenths.
    #[schema(required)]
    pub p90: Option<f64>,
    /// The longest.
    #[schema(required)]
    pub max: Option<f64>,
    /// How many were answered.
    pub answered: u64,
    /// How many are open.
    pub open: u64,
    /// The Kaplan–Meier median, which counts the open ones as lasting at least as long as they
    /// have; null where more than half would still be open.
    #[schema(required)]
    pub median_censored: Option<f64>,
}

/// How long it took to record what happened, in hours to four places.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Lag {
    /// The middle report by nearest rank.
    #[schema(required)]
    pub p50: Option<f64>,
    /// The one at nine tenths.
    #[schema(required)]
    pub p90: Option<f64>,
    /// How many reports that is taken from.
    pub reports: u64,
}

/// People of one role harmed, added over incidents and never over reports; null where no report
/// that counts gives a number.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct HarmSum {
    /// People killed.
    #[schema(required)]
    pub killed: Option<u64>,
    /// People injured.
    #[schema(required)]
    pub injured: Option<u64>,
    /// People abducted.
    #[schema(required)]
    pub abducted: Option<u64>,
    /// People detained.
    #[schema(required)]
    pub detained: Option<u64>,
}

impl HarmSum {
    fn add(&mut self, harm: &Harm) {
        let counts = [
            (&mut self.killed, harm.killed),
            (&mut self.injured, harm.injured),
            (&mut self.abducted, harm.abducted),
            (&mut self.detained, harm.detained),
        ];
        for (sum, count) in counts {
            if let Some(count) = count {
                *sum = Some(sum.unwrap_or_default() + u64::from(count.0));
            }
        }
    }
}

impl View<'_> {
    /// The figures of a period.
    ///
    /// # Errors
    /// Where one answer could not hold them.
    pub fn indicators(&self, question: &Question) -> Result<Indicators, TooWide> {
        let cut = |bucket: Bucket| bucket.cut(question.period).take(BUCKET_LIMIT + 1);
        let parts: Option<Vec<Period>> = question.bucket.map(|bucket| cut(bucket).collect());
        let count = parts.as_ref().map_or(0, Vec::len);
        if count > BUCKET_LIMIT {
            return Err(TooWide::Buckets);
        }
        let cases = Cases::gather(self, question);
        let rows = cases.cells.len() * (count + 1);
        if rows > ROW_LIMIT {
            return Err(TooWide::Rows(rows));
        }
        let mut named = 0;
        let mut figures = |period| {
            let figures = figures::figures(self, &cases, period, question.with_events);
            named += figures.events.iter().flat_map(BTreeMap::values).map(Vec::len).sum::<usize>();
            if named > EVENT_LIMIT { Err(TooWide::Events(named)) } else { Ok(figures) }
        };
        let whole = figures(question.period)?;
        let buckets = parts.map(|parts| parts.into_iter().map(figures).collect());
        Ok(Indicators { whole, about: about::about(), buckets: buckets.transpose()? })
    }
}
