//! Movements: people who were moved, or had to move.

use actix_web::{HttpResponse, get, web};
use causeway_domain::words::MovementKind;
use causeway_domain::{Id, Kind, Time};
use causeway_views::filter::Words;
use causeway_views::movements::{Filter, Movement};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{named, period};
use crate::answer::{Answer, AnswerList, Touched};
use crate::caller::Reader;
use crate::parameters::{parsed, word};
use crate::problem::Problem;
use crate::query::{Freshness, Inputs, Item, List, Paged};
use crate::responses::{Reading, ReadingOne};

/// Which movements.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// Of this kind.
    #[serde(default, deserialize_with = "word")]
    #[param(inline, example = "medical_evacuation")]
    kind: Option<MovementKind>,
    /// Along this corridor.
    #[serde(default, deserialize_with = "parsed")]
    #[param(value_type = Option<String>, example = "lachin")]
    corridor: Option<Id>,
    /// From or to this place, by id or P-code, or one that lies in it.
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
    /// With these words in the id or the names of its places.
    #[param(example = "icrc")]
    q: Option<String>,
}

impl TryFrom<Wanted> for Filter {
    type Error = Problem;

    fn try_from(wanted: Wanted) -> Result<Filter, Problem> {
        let (from, to) = period(wanted.from, wanted.to)?;
        Ok(Filter {
            kind: wanted.kind,
            corridor: wanted.corridor,
            area: wanted.area,
            from,
            to,
            words: wanted.q.as_deref().map(Words::new),
        })
    }
}

/// The movements that have happened, newest first.
#[utoipa::path(
    tag = "movements",
    params(Wanted, Paged, Inputs, Freshness),
    responses((status = 200, description = "A page of them", body = AnswerList<Movement>), Reading),
)]
#[get("/v1/movements")]
pub(super) async fn list_movements(
    reader: Reader,
    list: List<Wanted>,
) -> Result<HttpResponse, Problem> {
    let (wanted, listing) = list.ask(reader).await?;
    let filter = Filter::try_from(wanted)?;
    listing
        .many(&Touched::Kind(Kind::Movement), move |view, paging| view.movements(&filter, paging))
        .await
}

/// One movement: how many people, as now known, and the revisions.
#[utoipa::path(
    tag = "movements",
    params(
        ("id" = Id, Path, description = "The movement's id", example = "patients-moved-since-2022-12"),
        Inputs,
        Freshness,
    ),
    responses((status = 200, description = "The movement", body = Answer<Movement>), ReadingOne),
)]
#[get("/v1/movements/{id}")]
pub(super) async fn get_movement(
    reader: Reader,
    id: web::Path<String>,
    item: Item,
) -> Result<HttpResponse, Problem> {
    let id: Id = named(&id)?;
    let touched = Touched::Subject(Kind::Movement, id.clone());
    item.ask(reader).await?.one(&touched, move |view| view.movement(&id)).await
}
