//! The API's own description, as a document and as pages to browse, with no need of the internet.

use std::sync::{Arc, LazyLock};

use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, LOCATION};
use actix_web::{HttpResponse, get, web};
use utoipa_swagger_ui::Config;

use crate::openapi;
use crate::problem::Problem;

static DOCUMENT: LazyLock<String> = LazyLock::new(openapi::text);

static BROWSER: LazyLock<Arc<Config<'static>>> = LazyLock::new(|| {
    let config = Config::from("/openapi.json").try_it_out_enabled(true);
    // Nobody else is asked whether the document is right.
    Arc::new(config.validator_url("none"))
});

/// What the browser may load: the page's own files.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
                      img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'";

/// This document.
#[utoipa::path(
    tag = "service",
    security(()),
    responses((status = 200, description = "OpenAPI 3.1", body = Object)),
)]
#[get("/openapi.json")]
pub(super) async fn get_openapi() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "public, no-cache"))
        .content_type("application/json")
        .body(DOCUMENT.as_str())
}

#[get("/docs")]
pub(super) async fn get_docs() -> HttpResponse {
    HttpResponse::PermanentRedirect().insert_header((LOCATION, "/docs/")).finish()
}

#[get("/docs/{file:[^/]*}")]
pub(super) async fn get_docs_file(file: web::Path<String>) -> Result<HttpResponse, Problem> {
    let found = utoipa_swagger_ui::serve(&file, Arc::clone(&BROWSER)).map_err(Problem::internal)?;
    let found = found.ok_or_else(|| Problem::not_found(&file))?;
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((CACHE_CONTROL, "public, no-cache"))
        .content_type(found.content_type)
        .body(found.bytes.into_owned()))
}
