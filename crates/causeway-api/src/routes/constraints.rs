//! Constraints: what bars access, and is it in force?

use actix_web::{HttpResponse, get, web};
use causeway_domain::words::{Category, ConstraintKind};
use causeway_domain::{Id, Kind};
use causeway_views::constraints::{self, Constraint, Filter};
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

/// Which constraints.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// Of this kind.
    #[serde(default, deserialize_with = "word")]
    #[param(inline, example = "blockade")]
    kind: Option<ConstraintKind>,
    /// Of this category (OCHA).
    #[serde(default, deserialize_with = "word")]
    #[param(inline, example = "RMW")]
    category: Option<Category>,
    /// In force, not in force, or unknown.
    #[serde(default, deserialize_with = "word")]
    #[param(inline, example = "yes")]
    status: Option<constraints::Answer>,
    /// In this place, by id or P-code, or in one that lies in it.
    #[param(example = "AZ70400002")]
    area: Option<String>,
    /// Barring this corridor.
    #[serde(default, deserialize_with = "parsed")]
    #[param(value_type = Option<String>, example = "lachin")]
    corridor: Option<Id>,
    /// With these words in the id or title.
    #[param(example = "lachin")]
    q: Option<String>,
}

impl From<Wanted> for Filter {
    fn from(wanted: Wanted) -> Filter {
        Filter {
            kind: wanted.kind,
            category: wanted.category,
            status: wanted.status,
            area: wanted.area,
            corridor: wanted.corridor,
            words: wanted.q.as_deref().map(Words::new),
        }
    }
}

/// The constraints that have begun, by id.
#[utoipa::path(
    tag = "constraints",
    params(Wanted, Paged, Inputs, Freshness),
    responses((status = 200, description = "A page of them", body = AnswerList<Constraint>), Reading),
)]
#[get("/v1/constraints")]
pub(super) async fn list_constraints(
    reader: Reader,
    list: List<Wanted>,
) -> Result<HttpResponse, Problem> {
    let (wanted, listing) = list.ask(reader).await?;
    let filter = Filter::from(wanted);
    listing
        .many(&Touched::Kind(Kind::Constraint), move |view, paging| {
            view.constraints(&filter, paging)
        })
        .await
}

/// One constraint: whether it is in force, for how long, what it bars.
#[utoipa::path(
    tag = "constraints",
    params(
        ("id" = Id, Path, description = "The constraint's id", example = "lachin-blockade"),
        Inputs,
        Freshness,
    ),
    responses((status = 200, description = "The constraint", body = Answer<Constraint>), ReadingOne),
)]
#[get("/v1/constraints/{id}")]
pub(super) async fn get_constraint(
    reader: Reader,
    id: web::Path<String>,
    item: Item,
) -> Result<HttpResponse, Problem> {
    let id: Id = named(&id)?;
    let touched = Touched::Subject(Kind::Constraint, id.clone());
    item.ask(reader).await?.one(&touched, move |view| view.constraint(&id)).await
}
