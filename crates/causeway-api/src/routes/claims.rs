//! Claims in the open: what everybody says of a subject, and what became of it.

use actix_web::{HttpResponse, get, web};
use causeway_domain::words::{Direction, Traffic};
use causeway_domain::{Id, Kind, SubjectId};
use causeway_views::claim_list::{ClaimOnRecord, ClaimState, Filter};
use serde::Deserialize;
use utoipa::IntoParams;

use super::named;
use crate::answer::{AnswerList, Touched};
use crate::caller::Reader;
use crate::parameters::{parsed, word};
use crate::problem::Problem;
use crate::query::{Freshness, Inputs, List, Paged};
use crate::responses::ReadingOne;

/// Which claims.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// Made by this actor.
    #[serde(default, deserialize_with = "parsed")]
    #[param(value_type = Option<Id>, example = "icrc")]
    by: Option<Id>,
    /// Whether it counts at the moment asked: `live`, or why not.
    #[serde(default, deserialize_with = "word")]
    #[param(inline, example = "live")]
    state: Option<ClaimState>,
}

/// Which cells of a corridor.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct WantedOfCells {
    /// Made by this actor.
    #[serde(default, deserialize_with = "parsed")]
    #[param(value_type = Option<Id>, example = "icrc")]
    by: Option<Id>,
    /// Whether it counts at the moment asked: `live`, or why not.
    #[serde(default, deserialize_with = "word")]
    #[param(inline, example = "live")]
    state: Option<ClaimState>,
    /// On a cell of this direction.
    #[serde(default, deserialize_with = "word")]
    #[param(inline, example = "outbound")]
    direction: Option<Direction>,
    /// On a cell of this class of traffic.
    #[serde(default, deserialize_with = "word")]
    #[param(inline, example = "medical_evacuation")]
    traffic: Option<Traffic>,
}

impl From<Wanted> for Filter {
    fn from(wanted: Wanted) -> Filter {
        Filter { by: wanted.by, state: wanted.state, ..Filter::default() }
    }
}

impl From<WantedOfCells> for Filter {
    fn from(wanted: WantedOfCells) -> Filter {
        let WantedOfCells { by, state, direction, traffic } = wanted;
        Filter { by, state, direction, traffic }
    }
}

/// Every claim on one subject.
async fn claims<F: Into<Filter> + serde::de::DeserializeOwned>(
    reader: Reader,
    kind: Kind,
    id: &str,
    list: List<F>,
) -> Result<HttpResponse, Problem> {
    let id: Id = named(id)?;
    let subject = SubjectId { kind, id };
    let (wanted, listing) = list.ask(reader).await?;
    let filter: Filter = wanted.into();
    let touched = Touched::Subject(kind, subject.id.clone());
    let listing = listing.on(subject.clone());
    listing.many(&touched, move |view, paging| view.claims_on(&subject, &filter, paging)).await
}

/// Every claim on a corridor: on its status, cell by cell, and on who controls it.
///
/// Live ones and superseded ones, newest first, whatever the policy: who makes it, its level over
/// time, what corrected, disputed or withdrew it.
#[utoipa::path(
    tag = "corridors",
    params(
        ("id" = Id, Path, description = "The corridor's id", example = "lachin"),
        WantedOfCells,
        Paged,
        Inputs,
        Freshness,
    ),
    responses(
        (status = 200, description = "A page of them", body = AnswerList<ClaimOnRecord>),
        ReadingOne,
    ),
)]
#[get("/v1/corridors/{id}/claims")]
pub(super) async fn list_corridor_claims(
    reader: Reader,
    id: web::Path<String>,
    list: List<WantedOfCells>,
) -> Result<HttpResponse, Problem> {
    claims(reader, Kind::Corridor, &id, list).await
}

/// Every claim on whether a constraint is in force, newest first.
#[utoipa::path(
    tag = "constraints",
    params(
        ("id" = Id, Path, description = "The constraint's id", example = "lachin-blockade"),
        Wanted,
        Paged,
        Inputs,
        Freshness,
    ),
    responses(
        (status = 200, description = "A page of them", body = AnswerList<ClaimOnRecord>),
        ReadingOne,
    ),
)]
#[get("/v1/constraints/{id}/claims")]
pub(super) async fn list_constraint_claims(
    reader: Reader,
    id: web::Path<String>,
    list: List<Wanted>,
) -> Result<HttpResponse, Problem> {
    claims(reader, Kind::Constraint, &id, list).await
}

/// Every claim on what was counted of a delivery: per line, unit and stage, newest first.
#[utoipa::path(
    tag = "deliveries",
    params(
        ("id" = Id, Path, description = "The delivery's id", example = "kornidzor-convoy-2023-07"),
        Wanted,
        Paged,
        Inputs,
        Freshness,
    ),
    responses(
        (status = 200, description = "A page of them", body = AnswerList<ClaimOnRecord>),
        ReadingOne,
    ),
)]
#[get("/v1/deliveries/{id}/claims")]
pub(super) async fn list_delivery_claims(
    reader: Reader,
    id: web::Path<String>,
    list: List<Wanted>,
) -> Result<HttpResponse, Problem> {
    claims(reader, Kind::Delivery, &id, list).await
}

/// Every claim on whom an incident harmed and on who did it, newest first.
#[utoipa::path(
    tag = "incidents",
    params(
        ("id" = Id, Path, description = "The incident's id", example = "shooting-2023-03-05"),
        Wanted,
        Paged,
        Inputs,
        Freshness,
    ),
    responses(
        (status = 200, description = "A page of them", body = AnswerList<ClaimOnRecord>),
        ReadingOne,
    ),
)]
#[get("/v1/incidents/{id}/claims")]
pub(super) async fn list_incident_claims(
    reader: Reader,
    id: web::Path<String>,
    list: List<Wanted>,
) -> Result<HttpResponse, Problem> {
    claims(reader, Kind::Incident, &id, list).await
}

/// Every claim on how many people moved, newest first.
#[utoipa::path(
    tag = "movements",
    params(
        ("id" = Id, Path, description = "The movement's id", example = "patients-moved-since-2022-12"),
        Wanted,
        Paged,
        Inputs,
        Freshness,
    ),
    responses(
        (status = 200, description = "A page of them", body = AnswerList<ClaimOnRecord>),
        ReadingOne,
    ),
)]
#[get("/v1/movements/{id}/claims")]
pub(super) async fn list_movement_claims(
    reader: Reader,
    id: web::Path<String>,
    list: List<Wanted>,
) -> Result<HttpResponse, Problem> {
    claims(reader, Kind::Movement, &id, list).await
}
