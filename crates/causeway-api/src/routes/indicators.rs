//! Indicators: figures about a period.

use actix_web::{HttpResponse, get};
use causeway_domain::Id;
use causeway_views::indicators::{Bucket, Indicators, Question};
use serde::Deserialize;
use strum::{Display, EnumString};
use utoipa::{IntoParams, ToSchema};

use super::history::Between;
use crate::answer::{Answer, Touched};
use crate::caller::Reader;
use crate::code::Code;
use crate::parameters::{parsed, word};
use crate::problem::Problem;
use crate::query::{Freshness, Inputs, Item};
use crate::responses::ReadingFigures;

/// Which figures.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// The first instant of the period; it must be given.
    #[serde(default, deserialize_with = "parsed")]
    #[param(value_type = String, format = DateTime, required, example = "2022-12-12T00:00:00Z")]
    from: Option<causeway_domain::Time>,
    /// The first instant after it; it must be given.
    #[serde(default, deserialize_with = "parsed")]
    #[param(value_type = String, format = DateTime, required, example = "2023-09-24T00:00:00Z")]
    to: Option<causeway_domain::Time>,
    /// Also the figures of each day, week or month of UTC, the first and last clipped.
    #[serde(default, deserialize_with = "word")]
    #[param(inline, example = "month")]
    bucket: Option<Bucket>,
    /// Only what touches this corridor.
    #[serde(default, deserialize_with = "parsed")]
    #[param(value_type = Option<Id>, example = "lachin")]
    corridor: Option<Id>,
    /// Only what lies in this place, by id or P-code, or in one that lies in it.
    #[param(example = "AZ70400002")]
    area: Option<String>,
    /// Only deliveries of this organisation, and the lag of what it recorded.
    #[serde(default, deserialize_with = "parsed")]
    #[param(value_type = Option<Id>, example = "icrc")]
    organisation: Option<Id>,
    /// `events`: name the reports behind each figure.
    #[serde(default, deserialize_with = "word")]
    #[param(inline, example = "events")]
    expand: Option<Expand>,
}

/// What can be told besides the figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Display, EnumString, ToSchema)]
#[schema(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub(super) enum Expand {
    /// The reports behind each figure.
    Events,
}

impl Wanted {
    fn question(self) -> Result<Question, Problem> {
        Ok(Question {
            period: Between { from: self.from, to: self.to }.period()?,
            bucket: self.bucket,
            corridor: self.corridor,
            area: self.area,
            organisation: self.organisation,
            with_events: self.expand == Some(Expand::Events),
        })
    }
}

/// Figures about a period, each with its unit, formula, denominators and coverage.
///
/// How long each cell of each corridor was open, restricted, closed and unknown; days under
/// blockade; what became of deliveries, how long they were held and waited for clearance; tonnes
/// per stage and lost; constraints by category; harm by role; how late we record. `about` says
/// what each figure is and which filters narrow it.
#[utoipa::path(
    tag = "indicators",
    params(Wanted, Inputs, Freshness),
    responses(
        (status = 200, description = "The figures", body = Answer<Indicators>),
        ReadingFigures,
    ),
)]
#[get("/v1/indicators")]
pub(super) async fn get_indicators(
    reader: Reader,
    item: Item<Wanted>,
) -> Result<HttpResponse, Problem> {
    let question = item.wanted.clone().question()?;
    let answering = item.ask(reader).await?;
    let read = answering.worked_out(&Touched::Anything, move |view| {
        view.indicators(&question).map_err(|error| Problem::new(Code::TooWide, error))
    });
    read.await
}
