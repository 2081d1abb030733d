//! Actors: who is who in the reports.

use actix_web::{HttpResponse, get, web};
use causeway_domain::Id;
use causeway_domain::words::ActorKind;
use causeway_views::actors::{Actor, Filter};
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

/// Which actors.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// Of this kind.
    #[serde(default, deserialize_with = "word")]
    #[param(inline, example = "state_authority")]
    kind: Option<ActorKind>,
    /// Part of this actor, directly.
    #[serde(default, deserialize_with = "parsed")]
    #[param(value_type = Option<String>, example = "az-government")]
    organisation: Option<Id>,
    /// With these words in the id or a name.
    #[param(example = "mfa")]
    q: Option<String>,
}

impl From<Wanted> for Filter {
    fn from(wanted: Wanted) -> Filter {
        Filter {
            kind: wanted.kind,
            organisation: wanted.organisation,
            words: wanted.q.as_deref().map(Words::new),
        }
    }
}

/// The actors in the register, and those that are only named, by id.
#[utoipa::path(
    tag = "registers",
    params(Wanted, Paged, Inputs, Freshness),
    responses((status = 200, description = "A page of them", body = AnswerList<Actor>), Reading),
)]
#[get("/v1/actors")]
pub(super) async fn list_actors(
    reader: Reader,
    list: List<Wanted>,
) -> Result<HttpResponse, Problem> {
    let (wanted, listing) = list.ask(reader).await?;
    let filter = Filter::from(wanted);
    listing.many(&Touched::Anything, move |view, paging| view.actors(&filter, paging)).await
}

/// One actor.
#[utoipa::path(
    tag = "registers",
    params(
        ("id" = Id, Path, description = "The actor's id", example = "icrc"),
        Inputs,
        Freshness,
    ),
    responses((status = 200, description = "The actor", body = Answer<Actor>), ReadingOne),
)]
#[get("/v1/actors/{id}")]
pub(super) async fn get_actor(
    reader: Reader,
    id: web::Path<String>,
    item: Item,
) -> Result<HttpResponse, Problem> {
    let id: Id = named(&id)?;
    item.ask(reader).await?.one(&Touched::Anything, move |view| view.actor(&id)).await
}
