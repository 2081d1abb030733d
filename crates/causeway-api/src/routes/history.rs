//! History: what was so when, and what was learned later.

use actix_web::{HttpResponse, get, web};
use causeway_domain::{Id, Kind, Time};
use causeway_service::Question;
use causeway_views::diff::CorridorDiff;
use causeway_views::history::{ConstraintHistory, CorridorHistory, Period, TooManyIntervals};
use causeway_views::{Asked, Policy, View, Window};
use chrono::Datelike;
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use super::named;
use crate::answer::{Answer, Touched};
use crate::caller::Reader;
use crate::code::Code;
use crate::parameters::{NoParameters, parsed};
use crate::problem::Problem;
use crate::query::{Freshness, Inputs, Item};
use crate::responses::ReadingFigures;

/// A period of time.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Between {
    /// The first instant; it must be given.
    #[serde(default, deserialize_with = "parsed")]
    #[param(value_type = String, format = DateTime, required, example = "2022-12-12T00:00:00Z")]
    pub(super) from: Option<Time>,
    /// The first instant after it; it must be given.
    #[serde(default, deserialize_with = "parsed")]
    #[param(value_type = String, format = DateTime, required, example = "2023-09-24T00:00:00Z")]
    pub(super) to: Option<Time>,
}

impl Between {
    /// # Errors
    /// Where an end is missing, or the period has no length.
    pub(super) fn period(&self) -> Result<Period, Problem> {
        let given = |name, end: Option<Time>| {
            end.ok_or_else(|| {
                Problem::bad_parameter(name, "expected a time, such as 2023-06-15T00:00:00Z")
            })
        };
        let (from, to) = (given("from", self.from)?, given("to", self.to)?);
        for (name, end) in [("from", from), ("to", to)] {
            // Intervals are printed in UTC, and have to be times there.
            if !(0..=9999).contains(&end.instant().year()) {
                return Err(Problem::bad_parameter(
                    name,
                    "expected a year from 0000 to 9999 in UTC",
                ));
            }
        }
        super::period(Some(from), Some(to))?;
        Ok(Period { from, to })
    }
}

/// The past of one subject, as `read` finds it.
async fn past<T: Serialize + 'static>(
    reader: Reader,
    kind: Kind,
    id: &str,
    item: Item<Between>,
    read: fn(&View<'_>, &Id, Period) -> Result<Option<T>, TooManyIntervals>,
) -> Result<HttpResponse, Problem> {
    let id: Id = named(id)?;
    let period = item.wanted.period()?;
    let touched = Touched::Subject(kind, id.clone());
    let answering = item.ask(reader).await?;
    let nothing = Problem::not_found(&answering.sent.path);
    let read = move |view: &View<'_>| {
        let past = read(view, &id, period).map_err(|error| Problem::new(Code::TooWide, error));
        past?.ok_or(nothing)
    };
    answering.worked_out(&touched, read).await
}

/// The past of a corridor: each cell as intervals that tile the period, without gap or overlap.
///
/// What lies after `effective_at` is unknown. Open, restricted, closed and unknown seconds add up
/// to the period exactly.
#[utoipa::path(
    tag = "corridors",
    params(
        ("id" = Id, Path, description = "The corridor's id", example = "lachin"),
        Between,
        Inputs,
        Freshness,
    ),
    responses(
        (status = 200, description = "Its past", body = Answer<CorridorHistory>),
        ReadingFigures,
    ),
)]
#[get("/v1/corridors/{id}/history")]
pub(super) async fn get_corridor_history(
    reader: Reader,
    id: web::Path<String>,
    item: Item<Between>,
) -> Result<HttpResponse, Problem> {
    past(reader, Kind::Corridor, &id, item, |view, id, period| view.corridor_history(id, period))
        .await
}

/// The past of a constraint: when it was in force, when not, and when nobody spoke.
#[utoipa::path(
    tag = "constraints",
    params(
        ("id" = Id, Path, description = "The constraint's id", example = "lachin-blockade"),
        Between,
        Inputs,
        Freshness,
    ),
    responses(
        (status = 200, description = "Its past", body = Answer<ConstraintHistory>),
        ReadingFigures,
    ),
)]
#[get("/v1/constraints/{id}/history")]
pub(super) async fn get_constraint_history(
    reader: Reader,
    id: web::Path<String>,
    item: Item<Between>,
) -> Result<HttpResponse, Problem> {
    past(reader, Kind::Constraint, &id, item, |view, id, period| {
        view.constraint_history(id, period)
    })
    .await
}

/// About when, weighed how, and between which two times of knowing.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Learning {
    /// The earlier time of knowing; it must be given.
    #[serde(default, deserialize_with = "parsed")]
    #[param(value_type = String, format = DateTime, required, example = "2023-07-11T00:00:00Z")]
    known_from: Option<Time>,
    /// The later time of knowing. Left out: now.
    #[serde(default, deserialize_with = "parsed")]
    #[param(value_type = Option<String>, format = DateTime, example = "2023-07-13T00:00:00Z")]
    known_to: Option<Time>,
    /// The time in the world that is asked about. Left out: `known_to`, or now.
    #[serde(default, deserialize_with = "parsed")]
    #[param(value_type = Option<String>, format = DateTime, example = "2023-07-11T12:00:00Z")]
    effective_at: Option<Time>,
    /// How one answer is made of many claims: `best` unless asked otherwise, `verified`,
    /// `latest`, or `party:<actor>`.
    #[serde(default, deserialize_with = "parsed")]
    #[param(value_type = Option<String>, example = "best",
        pattern = "^(best|verified|latest|party:[a-z0-9-]{1,64})$")]
    policy: Option<Policy>,
    /// How long a claim counts against newer ones, in hours; 72 unless asked otherwise.
    #[serde(default, deserialize_with = "parsed")]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 8760, example = 72)]
    window_hours: Option<Window>,
}

impl From<Learning> for Question {
    fn from(learning: Learning) -> Question {
        Question {
            effective_at: learning.effective_at,
            known_at: learning.known_to,
            at_position: None,
            policy: learning.policy.unwrap_or(Policy::Best),
            window: learning.window_hours.unwrap_or_default(),
        }
    }
}

/// What was learned later about one moment, and by which event.
///
/// Every answer about the corridor that was another at `known_to` than at `known_from`, with each
/// event at which it changed.
#[utoipa::path(
    tag = "corridors",
    params(
        ("id" = Id, Path, description = "The corridor's id", example = "lachin"),
        Learning,
        Freshness,
    ),
    responses(
        (status = 200, description = "What was learned", body = Answer<CorridorDiff>),
        ReadingFigures,
    ),
)]
#[get("/v1/corridors/{id}/diff")]
pub(super) async fn get_corridor_diff(
    reader: Reader,
    id: web::Path<String>,
    item: Item<NoParameters, Learning>,
) -> Result<HttpResponse, Problem> {
    let id: Id = named(&id)?;
    let known_from = item.inputs.known_from.ok_or_else(|| {
        Problem::bad_parameter("known_from", "expected a time, such as 2023-07-11T00:00:00Z")
    })?;
    let now = item.sent.api.service().now();
    if item.inputs.known_to.is_some_and(|known_to| known_to.instant() > now) {
        return Err(Problem::bad_parameter(
            "known_to",
            "expected a time that is not in the future",
        ));
    }
    let answering = item.ask(reader).await?;
    let service = answering.sent.api.service();
    let earlier = Question { known_at: Some(known_from), ..Question::default() };
    let (_, earlier) = service.ask(&earlier, answering.asked.clearance).await?;
    if earlier.known_at.instant() > answering.asked.known_at.instant() {
        return Err(Problem::bad_parameter("known_from", "expected a time not after `known_to`"));
    }
    let nothing = Problem::not_found(&answering.sent.path);
    let read = answering.worked_out(&Touched::Knowing, move |view| {
        let Asked { position, known_at, .. } = earlier;
        // About the same moment, which is another one where the work begins in the next minute.
        let earlier = Asked { position, known_at, ..view.asked.clone() };
        let diff = view.snapshot.corridor_diff(&id, &earlier, view.asked);
        diff.map_err(|error| Problem::new(Code::TooWide, error))?.ok_or(nothing)
    });
    read.await
}
