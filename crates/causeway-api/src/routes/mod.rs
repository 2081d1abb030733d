//! The table of contents: every path there is.

mod actors;
mod blockades;
mod bulletins;
mod claims;
mod constraints;
mod corridors;
mod deliveries;
mod disputes;
mod docs;
mod event_types;
mod events;
mod health;
mod history;
mod incidents;
mod indicators;
mod keys;
mod log;
mod movements;
mod places;
mod problems;
mod situation;
mod statements;
mod vocabularies;

pub(crate) use log::proofs_of;

use std::str::FromStr;
use std::sync::LazyLock;

use actix_web::dev::ResourceDef;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, ResponseError, web};
use causeway_domain::Time;
use chrono::{DateTime, Utc};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::code::Code;
use crate::openapi;
use crate::problem::Problem;

type Instant = DateTime<Utc>;

/// Everything that the OpenAPI document describes.
pub fn table(app: &mut ServiceConfig<'_>) {
    app.service(events::record_events)
        .service(events::list_events)
        .service(events::follow_events)
        .service(events::get_event)
        .service(log::get_proof)
        .service(log::get_log)
        .service(log::get_checkpoint)
        .service(log::get_entries)
        .service(log::get_tile)
        .service(log::get_consistency)
        .service(log::get_digest)
        .service(situation::get_situation)
        .service(disputes::list_disputes)
        .service(indicators::get_indicators)
        .service(bulletins::issue_bulletin)
        .service(bulletins::list_bulletins)
        .service(bulletins::get_bulletin)
        .service(corridors::list_corridors)
        .service(corridors::get_corridor)
        .service(history::get_corridor_history)
        .service(history::get_corridor_diff)
        .service(claims::list_corridor_claims)
        .service(constraints::list_constraints)
        .service(constraints::get_constraint)
        .service(history::get_constraint_history)
        .service(claims::list_constraint_claims)
        .service(blockades::list_blockades)
        .service(blockades::get_blockade)
        .service(deliveries::list_deliveries)
        .service(deliveries::get_delivery)
        .service(claims::list_delivery_claims)
        .service(incidents::list_incidents)
        .service(incidents::get_incident)
        .service(claims::list_incident_claims)
        .service(movements::list_movements)
        .service(movements::get_movement)
        .service(claims::list_movement_claims)
        .service(statements::list_statements)
        .service(statements::get_statement)
        .service(actors::list_actors)
        .service(actors::get_actor)
        .service(places::list_places)
        .service(places::get_place)
        .service(vocabularies::list_vocabularies)
        .service(vocabularies::get_vocabulary)
        .service(event_types::list_event_types)
        .service(event_types::get_event_type)
        .service(keys::list_keys)
        .service(keys::create_key)
        .service(keys::revoke_key)
        .service(health::get_liveness)
        .service(health::get_readiness)
        .service(docs::get_openapi)
        .service(problems::list_problems)
        .service(problems::get_problem);
}

/// What it does not describe: the page that shows it, and everything that is not there.
pub fn beside_the_table(app: &mut web::ServiceConfig) {
    app.service(web::redirect("/", "/docs"))
        .service(docs::get_docs)
        .service(docs::get_docs_file)
        .default_service(web::to(get_nothing));
}

/// The paths of the table with the methods that each takes.
static METHODS: LazyLock<Vec<(ResourceDef, &'static str)>> = LazyLock::new(|| {
    let described = openapi::methods();
    let described = described.into_iter().map(|(path, methods)| (ResourceDef::new(path), methods));
    let beside = [(ResourceDef::new(["/docs", "/docs/{file}"]), "GET, HEAD")];
    described.chain(beside).collect()
});

/// The path is unknown, or does not take the method.
async fn get_nothing(request: HttpRequest) -> HttpResponse {
    let known = METHODS.iter().find(|(path, _)| path.is_match(request.path()));
    let problem = match known {
        None => Problem::not_found(request.path()),
        Some((_, methods)) => {
            let detail = format_args!("{} takes {methods}", request.path());
            Problem::new(Code::MethodNotAllowed, detail).with_header(header::ALLOW, *methods)
        }
    };
    problem.error_response()
}

/// An id in a path; what cannot be an id is the id of nothing.
fn named<T: FromStr>(id: &str) -> Result<T, Problem> {
    id.parse().map_err(|_unknown| Problem::not_found(id))
}

/// A period of time, which must have a length.
fn period(
    from: Option<Time>,
    to: Option<Time>,
) -> Result<(Option<Instant>, Option<Instant>), Problem> {
    let (from, to) = (from.map(Time::instant), to.map(Time::instant));
    match (from, to) {
        (Some(start), Some(end)) if start >= end => {
            Err(Problem::bad_parameter("from", "expected a time before `to`"))
        }
        _ => Ok((from, to)),
    }
}
