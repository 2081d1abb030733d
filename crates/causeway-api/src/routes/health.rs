//! Health: is the process alive, and can it record?

use actix_web::{HttpRequest, HttpResponse, get};
use causeway_service::Unavailable;
use serde::Serialize;
use utoipa::ToSchema;

use crate::Api;
use crate::problem::Problem;
use crate::responses::BeingReady;

/// That all is well.
#[derive(Serialize, ToSchema)]
struct Health {
    /// Always `ok`; what is not well is a problem.
    #[schema(example = "ok")]
    status: &'static str,
}

/// Whether the process is alive.
#[utoipa::path(
    tag = "service",
    security(()),
    responses((status = 200, description = "It is", body = Health)),
)]
#[get("/livez")]
pub(super) async fn get_liveness() -> HttpResponse {
    HttpResponse::Ok().json(Health { status: "ok" })
}

/// Whether the service takes requests and can record.
#[utoipa::path(
    tag = "service",
    security(()),
    responses((status = 200, description = "It does", body = Health), BeingReady),
)]
#[get("/readyz")]
pub(super) async fn get_readiness(request: HttpRequest) -> Result<HttpResponse, Problem> {
    let api = Api::of(&request);
    if api.is_stopping() {
        return Err(Unavailable::Stopping.into());
    }
    api.service().health()?;
    Ok(HttpResponse::Ok().json(Health { status: "ok" }))
}
