//! Statements: what was said in public, by whom, about what.

use actix_web::{HttpResponse, get, web};
use causeway_domain::words::Stance;
use causeway_domain::{Id, Kind, Time};
use causeway_views::filter::Words;
use causeway_views::statements::{Filter, Statement};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{named, period};
use crate::answer::{Answer, AnswerList, Touched};
use crate::caller::Reader;
use crate::parameters::{parsed, word};
use crate::problem::Problem;
use crate::query::{Freshness, Inputs, Item, List, Paged};
use crate::responses::{Reading, ReadingOne};

/// Which statements.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// By this actor.
    #[serde(default, deserialize_with = "parsed")]
    #[param(value_type = Option<String>, example = "icrc")]
    organisation: Option<Id>,
    /// Of this stance.
    #[serde(default, deserialize_with = "word")]
    #[param(inline, example = "appeals")]
    kind: Option<Stance>,
    /// About this corridor.
    #[serde(default, deserialize_with = "parsed")]
    #[param(value_type = Option<String>, example = "lachin")]
    corridor: Option<Id>,
    /// At or after this instant.
    #[serde(default, deserialize_with = "parsed")]
    #[param(value_type = Option<String>, format = DateTime, example = "2022-12-12T00:00:00Z")]
    from: Option<Time>,
    /// Before this instant.
    #[serde(default, deserialize_with = "parsed")]
    #[param(value_type = Option<String>, format = DateTime, example = "2023-09-24T00:00:00Z")]
    to: Option<Time>,
    /// With these words in the id or summary.
    #[param(example = "aid")]
    q: Option<String>,
}

impl TryFrom<Wanted> for Filter {
    type Error = Problem;

    fn try_from(wanted: Wanted) -> Result<Filter, Problem> {
        let (from, to) = period(wanted.from, wanted.to)?;
        Ok(Filter {
            organisation: wanted.organisation,
            kind: wanted.kind,
            corridor: wanted.corridor,
            from,
            to,
            words: wanted.q.as_deref().map(Words::new),
        })
    }
}

/// The statements that have been made, newest first.
#[utoipa::path(
    tag = "statements",
    params(Wanted, Paged, Inputs, Freshness),
    responses((status = 200, description = "A page of them", body = AnswerList<Statement>), Reading),
)]
#[get("/v1/statements")]
pub(super) async fn list_statements(
    reader: Reader,
    list: List<Wanted>,
) -> Result<HttpResponse, Problem> {
    let (wanted, listing) = list.ask(reader).await?;
    let filter = Filter::try_from(wanted)?;
    listing
        .many(&Touched::Kind(Kind::Statement), move |view, paging| view.statements(&filter, paging))
        .await
}

/// One statement.
#[utoipa::path(
    tag = "statements",
    params(
        ("id" = Id, Path, description = "The statement's id", example = "2023-07-05-goods-found"),
        Inputs,
        Freshness,
    ),
    responses((status = 200, description = "The statement", body = Answer<Statement>), ReadingOne),
)]
#[get("/v1/statements/{id}")]
pub(super) async fn get_statement(
    reader: Reader,
    id: web::Path<String>,
    item: Item,
) -> Result<HttpResponse, Problem> {
    let id: Id = named(&id)?;
    let touched = Touched::Subject(Kind::Statement, id.clone());
    item.ask(reader).await?.one(&touched, move |view| view.statement(&id)).await
}
