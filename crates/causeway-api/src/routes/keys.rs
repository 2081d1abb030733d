//! Keys: who may ask. For admins.

use actix_web::http::header::LOCATION;
use actix_web::{HttpRequest, HttpResponse, delete, get, post, web};
use causeway_service::keys::{Key, NewKey};
use serde::Serialize;
use utoipa::ToSchema;

use crate::Api;
use crate::body::read_json;
use crate::caller::Admin;
use crate::code::Code;
use crate::parameters::{Given, NoParameters};
use crate::problem::Problem;
use crate::responses::ManagingKeys;

/// All keys.
#[derive(Serialize, ToSchema)]
struct KeyList {
    /// Every key ever made, revoked ones too, by id.
    data: Vec<Key>,
}

/// A key that was made just now.
#[derive(Serialize, ToSchema)]
struct CreatedKey {
    #[serde(flatten)]
    key: Key,
    /// What its holder sends as `Authorization: Bearer <token>`. It is shown this once.
    #[schema(example = "cw_5f1d7a84c2b0493e8a6cf02d91e4b753_mFq5…")]
    token: String,
}

/// All keys, without their secrets.
#[utoipa::path(
    tag = "keys",
    responses((status = 200, description = "All of them", body = KeyList), ManagingKeys),
)]
#[get("/v1/keys")]
pub(super) async fn list_keys(
    _admin: Admin,
    _none: Given<NoParameters>,
    request: HttpRequest,
) -> HttpResponse {
    HttpResponse::Ok().json(KeyList { data: Api::of(&request).keys().list() })
}

/// Makes a key. Its token is in this answer and nowhere else.
#[utoipa::path(
    tag = "keys",
    request_body(content = NewKey, example = json!({ "organisation": "icrc", "role": "reporter" })),
    responses((status = 201, description = "It is made", body = CreatedKey), ManagingKeys),
)]
#[post("/v1/keys")]
pub(super) async fn create_key(
    Admin(admin): Admin,
    _none: Given<NoParameters>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let body = read_json(&request, payload).await?;
    let new = new_key(&body)?;
    let api = Api::of(&request).clone();
    let now = api.service().now();
    let (key, token) = web::block(move || api.keys().create(new, now)).await??;
    tracing::info!(key = %key.id, by = %admin.key, "made a key");
    let location = format!("/v1/keys/{}", key.id);
    let created = CreatedKey { key, token: token.reveal().to_owned() };
    Ok(HttpResponse::Created().insert_header((LOCATION, location)).json(created))
}

/// Revokes a key: from now on it opens nothing.
#[utoipa::path(
    tag = "keys",
    params(("id" = String, Path, description = "The key's public id",
        example = "5f1d7a84c2b0493e8a6cf02d91e4b753")),
    responses((status = 200, description = "It is revoked", body = Key), ManagingKeys),
)]
#[delete("/v1/keys/{id}")]
pub(super) async fn revoke_key(
    Admin(admin): Admin,
    _none: Given<NoParameters>,
    id: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let api = Api::of(&request).clone();
    let now = api.service().now();
    let key = web::block(move || api.keys().revoke(&id, now)).await??;
    tracing::info!(key = %key.id, by = %admin.key, "revoked a key");
    Ok(HttpResponse::Ok().json(key))
}

fn new_key(body: &[u8]) -> Result<NewKey, Problem> {
    serde_json::from_slice(body).map_err(|error| match error.is_data() {
        true => Problem::new(Code::InvalidKey, error),
        false => Problem::new(Code::MalformedJson, error),
    })
}
