//! Event types: what may be said, for forms and integrators.

use actix_web::{HttpResponse, get, web};
use causeway_domain::schema::{EVENT_TYPES, EventType};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::answer::{Answer, Touched};
use crate::caller::Reader;
use crate::problem::Problem;
use crate::query::{Freshness, Inputs, Item};
use crate::responses::{Reading, ReadingOne};

/// A type of event, in short.
#[derive(Serialize, ToSchema)]
struct EventTypeSummary {
    /// Its name, as it stands in `type`.
    #[schema(example = "corridor.status_reported.v1")]
    r#type: &'static str,
    /// What it says, in one sentence.
    summary: &'static str,
}

/// A type of event.
#[derive(Serialize, ToSchema)]
struct EventTypeDescription {
    /// Its name, as it stands in `type`.
    #[schema(example = "corridor.status_reported.v1")]
    r#type: &'static str,
    /// What it says, in one sentence.
    summary: &'static str,
    /// JSON Schema (2020-12) of the whole event as a client sends it.
    #[schema(value_type = Object)]
    schema: &'static Value,
    /// JSON Schema (2020-12) of its `data` alone.
    #[schema(value_type = Object)]
    data_schema: &'static Value,
    /// A whole event of this type, ready to be sent.
    #[schema(value_type = Object)]
    example: Value,
}

impl From<&'static EventType> for EventTypeSummary {
    fn from(of: &'static EventType) -> Self {
        EventTypeSummary { r#type: &of.name, summary: &of.summary }
    }
}

impl From<&'static EventType> for EventTypeDescription {
    fn from(of: &'static EventType) -> Self {
        EventTypeDescription {
            r#type: &of.name,
            summary: &of.summary,
            schema: &of.event,
            data_schema: &of.data,
            example: serde_json::from_str(of.example).unwrap_or_default(),
        }
    }
}

/// All event types, in the order of the contract.
#[utoipa::path(
    tag = "events",
    params(Inputs, Freshness),
    responses(
        (status = 200, description = "All of them", body = Answer<Vec<EventTypeSummary>>),
        Reading,
    ),
)]
#[get("/v1/event-types")]
pub(super) async fn list_event_types(reader: Reader, item: Item) -> Result<HttpResponse, Problem> {
    let summaries = || EVENT_TYPES.iter().map(EventTypeSummary::from).collect::<Vec<_>>();
    item.ask(reader).await?.one(&Touched::Nothing, move |_| Some(summaries())).await
}

/// One event type: what it says, its JSON Schema, a working example.
#[utoipa::path(
    tag = "events",
    params(
        ("type" = String, Path, description = "Its name", example = "corridor.status_reported.v1"),
        Inputs,
        Freshness,
    ),
    responses(
        (status = 200, description = "The type", body = Answer<EventTypeDescription>),
        ReadingOne,
    ),
)]
#[get("/v1/event-types/{type}")]
pub(super) async fn get_event_type(
    reader: Reader,
    name: web::Path<String>,
    item: Item,
) -> Result<HttpResponse, Problem> {
    let of_this_name = move || EVENT_TYPES.iter().find(|known| known.name == *name);
    item.ask(reader)
        .await?
        .one(&Touched::Nothing, move |_| of_this_name().map(EventTypeDescription::from))
        .await
}
