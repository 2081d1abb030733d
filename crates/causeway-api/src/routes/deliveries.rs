//! Deliveries: where is the aid, and how much of it got through?

use actix_web::{HttpResponse, get, web};
use causeway_domain::{Id, Kind};
use causeway_views::deliveries::{Delivery, Filter, Outcome, Stage};
use causeway_views::filter::Words;
use serde::Deserialize;
use utoipa::IntoParams;

use super::named;
use crate::answer::{Answer, AnswerList, Touched};
use crate::caller::Reader;
use crate::parameters::{parsed, word};
use crate::problem::Problem;
use crate::query::{Freshness, Inputs, Item, List, Paged};
use crate::responses::{Reading, ReadingOne};

/// Which deliveries.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// At this stage.
    #[serde(default, deserialize_with = "word")]
    #[param(inline, example = "held")]
    stage: Option<Stage>,
    /// With this outcome.
    #[serde(default, deserialize_with = "word")]
    #[param(inline, example = "impeded")]
    status: Option<Outcome>,
    /// Of this organisation.
    #[serde(default, deserialize_with = "parsed")]
    #[param(value_type = Option<String>, example = "icrc")]
    organisation: Option<Id>,
    /// Along this corridor.
    #[serde(default, deserialize_with = "parsed")]
    #[param(value_type = Option<String>, example = "lachin")]
    corridor: Option<Id>,
    /// Bound for this place, by id or P-code, or for one that lies in it.
    #[param(example = "AZ70400002")]
    area: Option<String>,
    /// With these words in the id or the destination's names.
    #[param(example = "kornidzor")]
    q: Option<String>,
}

impl From<Wanted> for Filter {
    fn from(wanted: Wanted) -> Filter {
        Filter {
            stage: wanted.stage,
            status: wanted.status,
            organisation: wanted.organisation,
            corridor: wanted.corridor,
            area: wanted.area,
            words: wanted.q.as_deref().map(Words::new),
        }
    }
}

/// The deliveries that have begun, by id.
#[utoipa::path(
    tag = "deliveries",
    params(Wanted, Paged, Inputs, Freshness),
    responses((status = 200, description = "A page of them", body = AnswerList<Delivery>), Reading),
)]
#[get("/v1/deliveries")]
pub(super) async fn list_deliveries(
    reader: Reader,
    list: List<Wanted>,
) -> Result<HttpResponse, Problem> {
    let (wanted, listing) = list.ask(reader).await?;
    let filter = Filter::from(wanted);
    listing
        .many(&Touched::Kind(Kind::Delivery), move |view, paging| view.deliveries(&filter, paging))
        .await
}

/// One delivery: its stage, holds, clearances and quantities.
#[utoipa::path(
    tag = "deliveries",
    params(
        ("id" = Id, Path, description = "The delivery's id", example = "kornidzor-convoy-2023-07"),
        Inputs,
        Freshness,
    ),
    responses((status = 200, description = "The delivery", body = Answer<Delivery>), ReadingOne),
)]
#[get("/v1/deliveries/{id}")]
pub(super) async fn get_delivery(
    reader: Reader,
    id: web::Path<String>,
    item: Item,
) -> Result<HttpResponse, Problem> {
    let id: Id = named(&id)?;
    let touched = Touched::Subject(Kind::Delivery, id.clone());
    item.ask(reader).await?.one(&touched, move |view| view.delivery(&id)).await
}
