//! Incidents: what happened, and who was harmed?

use actix_web::{HttpResponse, get, web};
use causeway_domain::words::{Category, IncidentKind};
use causeway_domain::{Id, Kind, Time};
use causeway_views::filter::{BoundingBox, Words};
use causeway_views::incidents::{Filter, Incident};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{named, period};
use crate::answer::{Answer, AnswerList, Touched};
use crate::caller::Reader;
use crate::parameters::{parsed, word};
use crate::problem::Problem;
use crate::query::{Freshness, Inputs, Item, List, Paged};
use crate::responses::{Reading, ReadingOne};

/// Which incidents.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// Of this kind.
    #[serde(default, deserialize_with = "word")]
    #[param(inline, example = "shooting")]
    kind: Option<IncidentKind>,
    /// Of this category (OCHA).
    #[serde(default, deserialize_with = "word")]
    #[param(inline, example = "VIO")]
    category: Option<Category>,
    /// Touching this corridor.
    #[serde(default, deserialize_with = "parsed")]
    #[param(value_type = Option<String>, example = "lachin")]
    corridor: Option<Id>,
    /// In this place, by id or P-code, or in one that lies in it.
    #[param(example = "AZ70400002")]
    area: Option<String>,
    /// At or after this instant.
    #[serde(default, deserialize_with = "parsed")]
    #[param(value_type = Option<String>, format = DateTime, example = "2022-12-12T00:00:00Z")]
    from: Option<Time>,
    /// Before this instant.
    #[serde(default, deserialize_with = "parsed")]
    #[param(value_type = Option<String>, format = DateTime, example = "2023-09-24T00:00:00Z")]
    to: Option<Time>,
    /// In this box on the map: west,south,east,north in degrees.
    #[serde(default, deserialize_with = "parsed")]
    #[param(value_type = Option<String>, example = "46,39,47.5,40.5")]
    bbox: Option<BoundingBox>,
    /// With these words in the id or title.
    #[param(example = "lachin")]
    q: Option<String>,
}

impl TryFrom<Wanted> for Filter {
    type Error = Problem;

    fn try_from(wanted: Wanted) -> Result<Filter, Problem> {
        let (from, to) = period(wanted.from, wanted.to)?;
        Ok(Filter {
            kind: wanted.kind,
            category: wanted.category,
            corridor: wanted.corridor,
            area: wanted.area,
            from,
            to,
            bbox: wanted.bbox,
            words: wanted.q.as_deref().map(Words::new),
        })
    }
}

/// The incidents that have happened, newest first.
#[utoipa::path(
    tag = "incidents",
    params(Wanted, Paged, Inputs, Freshness),
    responses((status = 200, description = "A page of them", body = AnswerList<Incident>), Reading),
)]
#[get("/v1/incidents")]
pub(super) async fn list_incidents(
    reader: Reader,
    list: List<Wanted>,
) -> Result<HttpResponse, Problem> {
    let (wanted, listing) = list.ask(reader).await?;
    let filter = Filter::try_from(wanted)?;
    listing
        .many(&Touched::Kind(Kind::Incident), move |view, paging| view.incidents(&filter, paging))
        .await
}

/// One incident: its figures as now known, their revisions, to whom it is attributed.
#[utoipa::path(
    tag = "incidents",
    params(
        ("id" = Id, Path, description = "The incident's id", example = "shooting-2023-03-05"),
        Inputs,
        Freshness,
    ),
    responses((status = 200, description = "The incident", body = Answer<Incident>), ReadingOne),
)]
#[get("/v1/incidents/{id}")]
pub(super) async fn get_incident(
    reader: Reader,
    id: web::Path<String>,
    item: Item,
) -> Result<HttpResponse, Problem> {
    let id: Id = named(&id)?;
    let touched = Touched::Subject(Kind::Incident, id.clone());
    item.ask(reader).await?.one(&touched, move |view| view.incident(&id)).await
}
