//! Places: where is where.

use actix_web::{HttpResponse, get, web};
use causeway_views::filter::Words;
use causeway_views::places::{Filter, Place};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::answer::{Answer, AnswerList, Touched};
use crate::caller::Reader;
use crate::problem::Problem;
use crate::query::{Freshness, Inputs, Item, List, Paged};
use crate::responses::{Reading, ReadingOne};

/// Which places.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// Of this P-code, or lying in this place directly.
    #[param(example = "AZ70400002")]
    area: Option<String>,
    /// With these words in the id or a name.
    #[param(example = "lachin")]
    q: Option<String>,
}

impl From<Wanted> for Filter {
    fn from(wanted: Wanted) -> Filter {
        Filter { area: wanted.area, words: wanted.q.as_deref().map(Words::new) }
    }
}

/// The places in the register, and those that are only named, by id.
#[utoipa::path(
    tag = "registers",
    params(Wanted, Paged, Inputs, Freshness),
    responses((status = 200, description = "A page of them", body = AnswerList<Place>), Reading),
)]
#[get("/v1/places")]
pub(super) async fn list_places(
    reader: Reader,
    list: List<Wanted>,
) -> Result<HttpResponse, Problem> {
    let (wanted, listing) = list.ask(reader).await?;
    let filter = Filter::from(wanted);
    listing.many(&Touched::Anything, move |view, paging| view.places(&filter, paging)).await
}

/// One place.
#[utoipa::path(
    tag = "registers",
    params(
        ("id" = String, Path, description = "The place's id", example = "berdzor-lachin"),
        Inputs,
        Freshness,
    ),
    responses((status = 200, description = "The place", body = Answer<Place>), ReadingOne),
)]
#[get("/v1/places/{id}")]
pub(super) async fn get_place(
    reader: Reader,
    id: web::Path<String>,
    item: Item,
) -> Result<HttpResponse, Problem> {
    item.ask(reader).await?.one(&Touched::Anything, move |view| view.place(&id)).await
}
