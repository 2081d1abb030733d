//! The situation: the overview one page needs.

use actix_web::{HttpResponse, get};
use causeway_views::View;
use causeway_views::situation::Situation;

use crate::answer::{Answer, Touched};
use crate::caller::Reader;
use crate::kept::Data;
use crate::problem::Problem;
use crate::query::{Freshness, Inputs, Item};
use crate::responses::Reading;

/// The overview: corridors, blockades in force, deliveries by stage, newest incidents and
/// disputes, freshness.
#[utoipa::path(
    tag = "situation",
    params(Inputs, Freshness),
    responses((status = 200, description = "The overview", body = Answer<Situation>), Reading),
)]
#[get("/v1/situation")]
pub(super) async fn get_situation(reader: Reader, item: Item) -> Result<HttpResponse, Problem> {
    let answering = item.ask(reader).await?;
    let is_followed =
        answering.question.is_about_now() && answering.question.effective_at.is_none();
    let api = answering.sent.api.clone();
    let read = move |view: &View<'_>| match is_followed {
        true => Ok(Data::written(api.overviews().situation(view))),
        false => Data::of(&view.situation()),
    };
    answering.worked_out_as(&Touched::Anything, read).await
}
