//! Corridors: can a truck pass?

use actix_web::{HttpResponse, get, web};
use causeway_domain::{Id, Kind};
use causeway_views::corridors::{Corridor, Filter, Known};
use causeway_views::filter::Words;
use serde::Deserialize;
use utoipa::IntoParams;

use super::named;
use crate::answer::{Answer, AnswerList, Touched};
use crate::caller::Reader;
use crate::parameters::word;
use crate::problem::Problem;
use crate::query::{Freshness, Inputs, Item, List, Paged};
use crate::responses::{Reading, ReadingOne};

/// Which corridors.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// With some cell in this status.
    #[serde(default, deserialize_with = "word")]
    #[param(inline, example = "closed")]
    status: Option<Known>,
    /// Serving this place, by id or P-code, or one that lies in it.
    #[param(example = "AZ70400002")]
    area: Option<String>,
    /// With these words in the id or a name.
    #[param(example = "lachin")]
    q: Option<String>,
}

impl From<Wanted> for Filter {
    fn from(wanted: Wanted) -> Filter {
        Filter {
            status: wanted.status,
            area: wanted.area,
            words: wanted.q.as_deref().map(Words::new),
        }
    }
}

/// The corridors, by id.
#[utoipa::path(
    tag = "corridors",
    params(Wanted, Paged, Inputs, Freshness),
    responses((status = 200, description = "A page of them", body = AnswerList<Corridor>), Reading),
)]
#[get("/v1/corridors")]
pub(super) async fn list_corridors(
    reader: Reader,
    list: List<Wanted>,
) -> Result<HttpResponse, Problem> {
    let (wanted, listing) = list.ask(reader).await?;
    let filter = Filter::from(wanted);
    listing
        .many(&Touched::Kind(Kind::Corridor), move |view, paging| view.corridors(&filter, paging))
        .await
}

/// One corridor: its cells, who controls it, its windows.
#[utoipa::path(
    tag = "corridors",
    params(
        ("id" = Id, Path, description = "The corridor's id", example = "lachin"),
        Inputs,
        Freshness,
    ),
    responses((status = 200, description = "The corridor", body = Answer<Corridor>), ReadingOne),
)]
#[get("/v1/corridors/{id}")]
pub(super) async fn get_corridor(
    reader: Reader,
    id: web::Path<String>,
    item: Item,
) -> Result<HttpResponse, Problem> {
    let id: Id = named(&id)?;
    let touched = Touched::Subject(Kind::Corridor, id.clone());
    item.ask(reader).await?.one(&touched, move |view| view.corridor(&id)).await
}
