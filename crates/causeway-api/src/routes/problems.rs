//! Problems: the page behind each `type` of a failure.

use actix_web::http::header::ContentType;
use actix_web::{HttpResponse, get, web};
use strum::IntoEnumIterator;

use super::named;
use crate::code::{Code, Row};
use crate::problem::Problem;
use crate::responses::LookingUp;

/// All problems there are.
#[utoipa::path(
    tag = "service",
    security(()),
    responses((status = 200, description = "A page with all of them", content_type = "text/html",
        body = String)),
)]
#[get("/problems")]
pub(super) async fn list_problems() -> HttpResponse {
    page("Problems", &Code::iter().map(section).collect::<String>())
}

/// One problem: what it is, and what to do next.
#[utoipa::path(
    tag = "service",
    security(()),
    params(("code" = String, Path, description = "Its code", example = "invalid-event")),
    responses(
        (status = 200, description = "The page", content_type = "text/html", body = String),
        LookingUp,
    ),
)]
#[get("/problems/{code}")]
pub(super) async fn get_problem(code: web::Path<String>) -> Result<HttpResponse, Problem> {
    let code: Code = named(&code)?;
    Ok(page(code.name(), &section(code)))
}

fn section(code: Code) -> String {
    let (name, Row { status, title, advice }) = (code.name(), code.row());
    let anchor = format!("<h2 id=\"{name}\"><a href=\"/problems/{name}\">{name}</a></h2>");
    format!("{anchor}\n<p>{title} ({status}).</p>\n<p>{}</p>\n", escaped(advice))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn page(title: &str, body: &str) -> HttpResponse {
    let head = format!("<meta charset=\"utf-8\"><title>{title}</title>");
    let page = format!(
        "<!doctype html>\n<html lang=\"en\"><head>{head}</head>\n<body>\n{body}</body></html>\n"
    );
    HttpResponse::Ok().content_type(ContentType::html()).body(page)
}
