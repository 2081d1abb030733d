//! Events: recording them, and reading what is on record.

use std::time::Duration;

use actix_web::http::header::{ACCEPT, CACHE_CONTROL, ContentEncoding, LINK, VARY};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, get, post, web};
use causeway_domain::EventId;
use causeway_service::{Batch, Question, Receipt, Unavailable};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{named, proofs_of};
use crate::Api;
use crate::body::{Events, read_events};
use crate::caller::{Reader, Recorder};
use crate::feed::{self, FeedAnswer, Wanted};
use crate::follow::{self, Followed, LAST_EVENT_ID, Place};
use crate::parameters::Given;
use crate::prefer::{self, PREFERENCE_APPLIED};
use crate::problem::Problem;
use crate::query::Freshness;
use crate::recorded::{Judged, Results};
use crate::responses::{FollowingLog, ReadingEvent, ReadingLog, Recording};

/// How events are recorded.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Mode {
    /// All of a batch, or nothing.
    #[serde(default)]
    #[param(value_type = Option<bool>, example = false)]
    atomic: bool,
    /// Decide and answer as if recorded, but record nothing.
    #[serde(default)]
    #[param(value_type = Option<bool>, example = true)]
    dry_run: bool,
}

/// Records an event, or many.
///
/// One event is answered with its receipt, 201, or 200 where it was on record before: sending the
/// same again is always safe. An array, or lines, is answered with 200 and one result for each
/// event; one that is wrong costs only itself.
#[utoipa::path(
    tag = "events",
    params(Mode),
    responses(
        (status = 201, description = "It is on record", body = Receipt, headers(
            ("Location" = String, description = "Where the event is"),
            ("Link" = String, description = "Proof of it, as at the event itself"),
        )),
        (status = 200, description = "It was on record before, or what became of each of a batch",
            body = Results),
        Recording,
    ),
)]
#[post("/v1/events")]
pub(super) async fn record_events(
    Recorder(caller): Recorder,
    Given(mode, _): Given<Mode>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let Mode { atomic, dry_run } = mode;
    let Events { events, lines, is_single } = read_events(&request, payload).await?;
    let api = Api::of(&request);
    let verdicts = api.service().record(caller, Batch { events, atomic, dry_run }).await?;
    let judged = Judged { verdicts, lines, atomic, dry_run };
    judged.count(api);
    match is_single {
        true => judged.single(),
        false => judged.batch(),
    }
}

/// The log as a feed: what is on record, in order.
///
/// `next` is the `after` to send for what comes next, now or later; the feed is at its end when
/// `next` is `as_of.position`. What the reader may not see is `{sequence, withheld: true}`, or
/// nothing at all where a type or a subject is asked for. With `Accept: application/x-ndjson`
/// the answer is the bare events, one on each line. A page of large events may end before
/// `limit`; whether there is more now, the `Link` header says.
///
/// With `Prefer: wait=20` a page that would be empty is waited for, for so many seconds, 60 at
/// most, unless the order is descending.
#[utoipa::path(
    tag = "events",
    params(
        Wanted,
        Freshness,
        ("Prefer" = Option<String>, Header, description = "`wait=<seconds>` (RFC 7240): how long \
            to wait for an event where there is none yet", example = "wait=20"),
    ),
    responses(
        (status = 200, description = "A page of it", body = FeedAnswer,
            headers(("Preference-Applied" = String,
                description = "`wait=<seconds>`: how long it would have waited"))),
        ReadingLog,
    ),
)]
#[get("/v1/events")]
pub(super) async fn list_events(
    reader: Reader,
    Given(wanted, freshness): Given<Wanted, Freshness>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let as_lines = accepts(&request, "application/x-ndjson");
    wanted.check_limit(as_lines)?;
    let api = Api::of(&request).clone();
    freshness.wait(&api).await?;
    wanted.check_after(api.service().head().chronicle.head())?;
    let (reader, wanted, waited) = awaited(&request, reader, wanted).await?;
    let (snapshot, asked) = api.service().ask(&Question::default(), reader.clearance).await?;
    let follows = wanted.clone();
    let page = web::block(move || feed::page(api.service(), &snapshot, &wanted, reader.clearance));
    let page = page.await??;
    let mut response = readable(reader);
    response.append_header((VARY, "prefer"));
    if let Some(wait) = waited {
        response.insert_header((PREFERENCE_APPLIED, format!("wait={}", wait.as_secs())));
    }
    if let Some(after) = page.next.filter(|_| page.has_more) {
        response.insert_header((LINK, format!("<{}>; rel=\"next\"", follows.path(after))));
    }
    Ok(match as_lines {
        true => response.content_type("application/x-ndjson").body(page.lines()),
        false => response.content_type("application/json").body(page.answer(asked.as_of())?),
    })
}

/// Waits for a first event, if that is preferred. Whoever waited is asked again who they are.
async fn awaited(
    request: &HttpRequest,
    reader: Reader,
    wanted: Wanted,
) -> Result<(Reader, Wanted, Option<Duration>), Problem> {
    let Some(wait) = prefer::wait(request.headers()).filter(|_| wanted.is_ascending()) else {
        return Ok((reader, wanted, None));
    };
    let place = Place::new(Api::of(request).clone(), wanted);
    let wanted = place.wait(reader.clearance, wait).await;
    Ok((Reader::of(request)?, wanted, Some(wait)))
}

/// The log as it grows: events as Server-Sent Events, from `after` on, without end.
///
/// `data` is the bare event, byte for byte as the feed has it, `id` its position. A client that
/// lost its connection sends the last `id` it has seen as `Last-Event-ID` and misses nothing. What
/// the reader may not see is `{sequence, withheld: true}`, or nothing at all where a type or a
/// subject is asked for. When everything that was on record has been sent, there is one event
/// `caught-up`; in silence there is a comment every 15 seconds, with the position come to. The
/// stream ends when the service stops and when the key is revoked or expires.
#[utoipa::path(
    tag = "events",
    params(
        Followed,
        ("Last-Event-ID" = Option<u64>, Header, description = "The last `id` that was seen; it \
            comes before `after`", example = 719),
    ),
    responses(
        (status = 200, description = "The stream", body = String,
            content_type = "text/event-stream", example = streamed),
        FollowingLog,
    ),
)]
#[get("/v1/events/stream")]
pub(super) async fn follow_events(
    reader: Reader,
    Given(followed, _): Given<Followed>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let api = Api::of(&request).clone();
    if api.is_stopping() {
        return Err(Unavailable::Stopping.into());
    }
    let last_event_id = request.headers().get(LAST_EVENT_ID).map(|id| id.as_bytes());
    let wanted = followed.resumed(last_event_id, api.service().head().chronicle.head())?;
    let open = api.metrics().open_stream().ok_or_else(Problem::too_many_streams)?;
    let mut response = readable(reader);
    response
        .content_type("text/event-stream")
        .insert_header(("X-Accel-Buffering", "no"))
        // A compressor for every reader would cost more memory than everything else of it.
        .insert_header(ContentEncoding::Identity);
    Ok(response.streaming(follow::stream(request, Place::new(api, wanted), open)))
}

/// How a stream begins that has one event to tell.
fn streamed() -> &'static str {
    r#"retry: 2000

id: 719
data: {"specversion":"1.0","id":"3c3d2a86-9db8-5d0a-9b0e-1d4ccbb0d6b1","type":"corridor.status_reported.v1","subject":"corridor/lachin","sequence":"00000000000000000719"}

event: caught-up
id: 719
data: {"position":719}

"#
}

/// One event, byte for byte as it is on record, with its `sequence`.
#[utoipa::path(
    tag = "events",
    params(
        ("id" = EventId, Path, description = "The event's id",
            example = "f6b77ab7-c339-5a66-b77c-32244a41e6e8"),
        Freshness,
    ),
    responses(
        (status = 200, description = "The event", content_type = "application/cloudevents+json",
            body = Object, headers(("Link" = String,
                description = "Proof that it is on record, and that the log goes on from there"))),
        ReadingEvent,
    ),
)]
#[get("/v1/events/{id}")]
pub(super) async fn get_event(
    reader: Reader,
    id: web::Path<String>,
    Given(freshness, _): Given<Freshness>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let event_id: EventId = named(&id)?;
    let api = Api::of(&request).clone();
    freshness.wait(&api).await?;
    let position = feed::position(api.service(), event_id, reader.clearance);
    let position = position.ok_or_else(|| Problem::not_found(&id))?;
    let stored = web::block(move || api.service().event_json(position));
    let event = stored.await??.ok_or_else(|| Problem::not_found(&id))?;
    let mut response = readable(reader);
    response.insert_header((LINK, proofs_of(&event_id, position)));
    Ok(response.content_type("application/cloudevents+json").body(event))
}

/// The beginning of an answer that may be kept only by whom it was given to.
fn readable(reader: Reader) -> HttpResponseBuilder {
    let mut response = HttpResponse::Ok();
    response.insert_header((CACHE_CONTROL, reader.cache_control()));
    response.insert_header((VARY, "authorization, accept"));
    response
}

fn accepts(request: &HttpRequest, content_type: &str) -> bool {
    let accepted = request.headers().get(ACCEPT).and_then(|accept| accept.to_str().ok());
    accepted.is_some_and(|accepted| accepted.contains(content_type))
}
