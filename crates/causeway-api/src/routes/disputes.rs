//! Disputes: where sources disagree.

use actix_web::{HttpResponse, get};
use causeway_domain::Id;
use causeway_views::disputes::{Dispute, Filter};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::answer::{AnswerList, Touched};
use crate::caller::Reader;
use crate::parameters::parsed;
use crate::problem::Problem;
use crate::query::{Freshness, Inputs, List, Paged};
use crate::responses::Reading;

/// Which disputes.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// About this corridor, or about what touches it.
    #[serde(default, deserialize_with = "parsed")]
    #[param(value_type = Option<Id>, example = "lachin")]
    corridor: Option<Id>,
    /// In this place, by id or P-code, or in one that lies in it.
    #[param(example = "AZ70400002")]
    area: Option<String>,
    /// In which this actor takes a side, or is named by one.
    #[serde(default, deserialize_with = "parsed")]
    #[param(value_type = Option<Id>, example = "icrc")]
    actor: Option<Id>,
}

/// Every proposition on which sources now disagree, newest first.
///
/// `asserts` says what the policy answers, `denies` something else. Reports under an objection, or
/// denied by a statement, are among them.
#[utoipa::path(
    tag = "disputes",
    params(Wanted, Paged, Inputs, Freshness),
    responses((status = 200, description = "A page of them", body = AnswerList<Dispute>), Reading),
)]
#[get("/v1/disputes")]
pub(super) async fn list_disputes(
    reader: Reader,
    list: List<Wanted>,
) -> Result<HttpResponse, Problem> {
    let (Wanted { corridor, area, actor }, listing) = list.ask(reader).await?;
    let filter = Filter { corridor, area, actor };
    listing.many(&Touched::Anything, move |view, paging| view.disputes(&filter, paging)).await
}
