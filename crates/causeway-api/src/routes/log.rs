//! The log for whoever checks it: checkpoints, tiles and proofs, in the formats of C2SP.
//!
//! Hashes tell nothing of what they are hashes of, so anybody may have them; entries go to those
//! who may see every one of them (rule 47).

use std::sync::Arc;

use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, VARY};
use actix_web::{HttpRequest, HttpResponse, get, web};
use causeway_domain::EventId;
use causeway_domain::words::Classification;
use causeway_service::digest::{self, Digest, NoDigest};
use causeway_service::tile::{Content, Tile};
use causeway_service::{Evidence, LogError, Position, Signed, Unavailable};
use causeway_views::AsOf;
use causeway_views::whole::List;
use serde::{Deserialize, Serialize};
use strum::IntoEnumIterator;
use utoipa::{IntoParams, ToSchema};

use super::named;
use crate::Api;
use crate::caller::Reader;
use crate::code::Code;
use crate::feed;
use crate::parameters::{Given, word};
use crate::problem::Problem;
use crate::responses::{CheckingLog, Comparing, ReadingEvent, ReadingTile};
use crate::turns::Length;

/// A tile of one name never changes.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// A checkpoint is a second old at most, while events come in.
const A_MOMENT: &str = "public, max-age=1";
const PLAIN: &str = "text/plain; charset=utf-8";

/// What the log is called, who signs for it, and how much is signed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Log)]
struct Log {
    /// Its name in what it signs.
    #[schema(example = "log.example.org/lachin")]
    origin: String,
    /// The keys that signatures are checked with (C2SP signed-note).
    keys: Vec<String>,
    /// What is signed; nothing, in the first moment of a log.
    #[schema(required)]
    signed: Option<Head>,
}

/// A log of so many entries.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LogHead)]
struct Head {
    /// How many entries.
    #[schema(example = 720)]
    size: u64,
    /// The root of the tree over them (RFC 6962), base64.
    root: String,
}

/// The log: its name, its keys, and how much of it is signed.
///
/// Whoever checks the log takes the keys from a place they trust, and compares.
#[utoipa::path(
    tag = "log",
    security(()),
    responses((status = 200, description = "The log", body = Log), CheckingLog),
)]
#[get("/v1/log")]
pub(super) async fn get_log(request: HttpRequest) -> Result<HttpResponse, Problem> {
    let evidence = Api::of(&request).service().evidence();
    let signed = evidence.signed().map_err(Unavailable::from)?;
    let signed = signed.map(|signed| Head::of((signed.checkpoint.size, signed.checkpoint.root)));
    let keys = evidence.keys().iter().map(ToString::to_string).collect();
    let log = Log { origin: evidence.origin().to_owned(), keys, signed };
    Ok(HttpResponse::Ok().insert_header((CACHE_CONTROL, A_MOMENT)).json(log))
}

impl Head {
    fn of((size, root): (u64, impl ToString)) -> Head {
        Head { size, root: root.to_string() }
    }
}

/// The last signed checkpoint (C2SP tlog-checkpoint), with the signatures of witnesses.
#[utoipa::path(
    tag = "log",
    security(()),
    responses(
        (status = 200, description = "The checkpoint", content_type = "text/plain", body = String),
        CheckingLog,
    ),
)]
#[get("/log/checkpoint")]
pub(super) async fn get_checkpoint(request: HttpRequest) -> Result<HttpResponse, Problem> {
    let checkpoint = signed(Api::of(&request).service().evidence())?.note.to_string();
    let mut response = HttpResponse::Ok();
    response.insert_header((CACHE_CONTROL, A_MOMENT));
    Ok(response.content_type(PLAIN).body(checkpoint))
}

/// The last signed checkpoint, of which there is one from the first moment on.
fn signed(evidence: &Evidence) -> Result<Arc<Signed>, Problem> {
    let signed = evidence.signed().map_err(Unavailable::from)?;
    signed.ok_or_else(|| Unavailable::Unsigned.into())
}

/// Entries of the log, 256 at most (C2SP tlog-tiles): each after its length in two bytes.
///
/// An entry is an event as it is on record, byte for byte, without `sequence`.
#[utoipa::path(
    tag = "log",
    params(("index" = String, Path, description = "The bundle's index, three digits to a \
        directory, all but the last with `x`; `.p/<width>` where it is not whole",
        example = "000")),
    responses(
        (status = 200, description = "The entries", content_type = "application/octet-stream",
            body = String),
        ReadingTile,
    ),
)]
#[get("/log/tile/entries/{index:.*}")]
pub(super) async fn get_entries(
    reader: Reader,
    index: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let tile: Tile = named(&format!("entries/{index}"))?;
    let api = Api::of(&request).clone();
    let head = api.service().head();
    // What is not published yet has no classification yet: it is not there.
    if tile.range().end > head.chronicle.len() {
        return Err(Problem::not_found(&format!("tile/{tile}")));
    }
    let is_hidden = |position| {
        let entry = head.chronicle.entry(position);
        entry.is_none_or(|entry| entry.classification > reader.clearance)
    };
    if tile.range().any(is_hidden) {
        let detail = "it holds an event that is more sensitive than the reader may see";
        return Err(Problem::new(Code::EntriesAboveClearance, detail));
    }
    let bytes = bytes(api, tile).await?;
    // It never changes, but whoever may see it now may not be allowed to later.
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, reader.cache_control()))
        .insert_header((VARY, "authorization"))
        .content_type("application/octet-stream")
        .body(bytes))
}

/// Hashes of the tree over the log, 256 at most (C2SP tlog-tiles).
#[utoipa::path(
    tag = "log",
    security(()),
    params(
        ("level" = u32, Path, description = "The level: 0 has the hashes of entries, each other \
            those of whole tiles of the one below", example = 0),
        ("index" = String, Path, description = "The tile's index, three digits to a directory, \
            all but the last with `x`; `.p/<width>` where it is not whole", example = "000"),
    ),
    responses(
        (status = 200, description = "The hashes, 32 bytes each",
            content_type = "application/octet-stream", body = String),
        CheckingLog,
    ),
)]
#[get("/log/tile/{level}/{index:.*}")]
pub(super) async fn get_tile(
    path: web::Path<(String, String)>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let (level, index) = path.into_inner();
    let tile: Tile = named(&format!("{level}/{index}"))?;
    // A path can be written so that it comes here: entries have a way of their own.
    if tile.content == Content::Entries {
        return Err(Problem::not_found(&format!("tile/{tile}")));
    }
    let bytes = bytes(Api::of(&request).clone(), tile).await?;
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, FOR_EVER))
        .content_type("application/octet-stream")
        .body(bytes))
}

/// Reads what the log can show, beside the reactor, in turn with others.
async fn shown<T: Send + 'static>(
    api: Api,
    read: impl FnOnce(&Evidence) -> Result<T, LogError> + Send + 'static,
) -> Result<T, Problem> {
    let turn = Arc::clone(api.showing()).acquire_owned().await.map_err(Problem::internal)?;
    let read = web::block(move || {
        let shown = read(api.service().evidence());
        drop(turn);
        shown
    });
    Ok(read.await?.map_err(Unavailable::from)?)
}

async fn bytes(api: Api, tile: Tile) -> Result<Vec<u8>, Problem> {
    api.service().evidence().trusted().map_err(Unavailable::from)?;
    let bytes = shown(api, move |evidence| evidence.tile(tile)).await?;
    bytes.ok_or_else(|| Problem::not_found(&format!("tile/{tile}")))
}

/// Proof that an event is on record (C2SP tlog-proof): a file to keep beside the event.
///
/// It is checked against the event's bytes, without `sequence`, and the log's key, and needs
/// neither this service nor the rest of the log.
#[utoipa::path(
    tag = "log",
    params(("id" = EventId, Path, description = "The event's id",
        example = "f6b77ab7-c339-5a66-b77c-32244a41e6e8")),
    responses(
        (status = 200, description = "The proof", content_type = "text/plain", body = String),
        ReadingEvent,
    ),
)]
#[get("/v1/events/{id}/proof")]
pub(super) async fn get_proof(
    reader: Reader,
    id: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let event_id: EventId = named(&id)?;
    let api = Api::of(&request).clone();
    let position = feed::position(api.service(), event_id, reader.clearance);
    let position = position.ok_or_else(|| Problem::not_found(&id))?;
    api.service().signed(position).await?;
    let proof = shown(api, move |evidence| evidence.inclusion(position)).await?;
    let proof = proof.ok_or(Unavailable::Unsigned)?;
    let name = format!("attachment; filename=\"{event_id}.tlog-proof\"");
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, reader.cache_control()))
        .insert_header((VARY, "authorization"))
        .insert_header((CONTENT_DISPOSITION, name))
        .content_type(PLAIN)
        .body(proof.to_string()))
}

/// Where proof of an event is found, as a `Link` (RFC 8288): that it is on record, and that the
/// log goes on from there.
pub fn proofs_of(id: &EventId, position: Position) -> String {
    format!(
        "</v1/events/{id}/proof>; rel=\"https://c2sp.org/tlog-proof\", \
         </v1/log/consistency?from={}>; rel=\"https://www.rfc-editor.org/rfc/rfc6962#section-2.1.2\"",
        position + 1
    )
}

/// The digest of which list, and as known when.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Compared {
    /// The list.
    #[serde(default, deserialize_with = "word")]
    #[param(inline, required = true, example = "corridors")]
    view: Option<List>,
    /// The position of knowing; left out, the newest.
    #[param(value_type = Option<u64>)]
    at_position: Option<Position>,
}

/// A digest, with all that it depends on.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ListDigestAnswer)]
struct DigestAnswer {
    as_of: AsOf,
    data: Digest,
}

/// One hash for a whole list, to compare with that of one's own replay.
///
/// It is the SHA-256 of the canonical JSON (RFC 8785) of everything in the list, under the policy
/// `best`, as known at the position and true when the event there was recorded, for a reader who
/// may see everything; only such a reader gets it. `causeway replay --digest` computes the same.
#[utoipa::path(
    tag = "log",
    params(Compared),
    responses((status = 200, description = "The digest", body = DigestAnswer), Comparing),
)]
#[get("/v1/log/digest")]
pub(super) async fn get_digest(
    reader: Reader,
    Given(Compared { view, at_position }, _): Given<Compared>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    if reader.clearance < Classification::StrictlyConfidential {
        let detail = "a digest is of everything on record, and the reader may not see all of it";
        return Err(Problem::new(Code::NotPermitted, detail));
    }
    let missing = || {
        let lists = List::iter().map(|list| list.to_string()).collect::<Vec<_>>().join(", ");
        Problem::bad_parameter("view", &format!("expected one of {lists}"))
    };
    let view = view.ok_or_else(missing)?;
    let head = Api::of(&request).service().head();
    let position = at_position.or(head.chronicle.head());
    let position = position.ok_or_else(|| Problem::not_found("the newest position"))?;
    let digest = move || {
        digest::digest(&head, position, view).map_err(|error| match error {
            NoDigest::Ask(error) => error.into(),
            NoDigest::Json(error) => Problem::internal(error),
        })
    };
    let (as_of, data) = Api::of(&request).turns().work(Length::Long, digest).await?;
    let mut response = HttpResponse::Ok();
    response.insert_header((CACHE_CONTROL, reader.cache_control()));
    response.insert_header((VARY, "authorization"));
    Ok(response.json(DigestAnswer { as_of, data }))
}

/// Between which sizes of the log.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Sizes {
    /// The size of the smaller log.
    #[param(required = true, example = 100)]
    from: Option<u64>,
    /// The size of the larger log; left out, what is signed now.
    #[param(example = 700)]
    to: Option<u64>,
}

/// Proof that one log goes on from another.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ConsistencyProof)]
struct Consistent {
    /// The smaller log.
    from: Head,
    /// The larger log.
    to: Head,
    /// What leads from one to the other (RFC 6962, section 2.1.2), base64.
    hashes: Vec<String>,
}

/// Proof that the log was only added to (RFC 6962, section 2.1.2).
///
/// Whoever has kept an earlier checkpoint compares its root with that of `from`.
#[utoipa::path(
    tag = "log",
    security(()),
    params(Sizes),
    responses((status = 200, description = "The proof", body = Consistent), CheckingLog),
)]
#[get("/v1/log/consistency")]
pub(super) async fn get_consistency(
    Given(Sizes { from, to }, _): Given<Sizes>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let api = Api::of(&request).clone();
    let missing = || Problem::bad_parameter("from", "expected the size of the smaller log");
    let from = from.ok_or_else(missing)?;
    // Whoever follows the link of a receipt may come before the next checkpoint.
    if let Some(last) = from.checked_sub(1).filter(|_| from <= api.service().head().chronicle.len())
    {
        api.service().signed(last).await?;
    }
    let size = signed(api.service().evidence())?.checkpoint.size;
    let to = to.unwrap_or(size);
    if to > size {
        let detail = format!("expected a size that is signed: {size} at most");
        return Err(Problem::bad_parameter("to", &detail));
    }
    if from > to {
        return Err(Problem::bad_parameter("from", &format!("expected {to} at most, as `to` is")));
    }
    let shown = shown(api, move |evidence| evidence.consistency(from, to)).await?;
    let shown = shown.ok_or(Unavailable::Unsigned)?;
    let hashes = shown.hashes.iter().map(ToString::to_string).collect();
    let proof = Consistent { from: Head::of(shown.from), to: Head::of(shown.to), hashes };
    Ok(HttpResponse::Ok().insert_header((CACHE_CONTROL, A_MOMENT)).json(proof))
}
