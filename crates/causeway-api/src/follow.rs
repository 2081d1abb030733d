//! Following the log: a reader goes through it and waits at its end for what comes next.
//!
//! A reader pulls. Kept for one are its place in the log and the chunk it is taking, nothing
//! else, so one that is slow costs no memory, and one that was cut off goes on where it was.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use actix_web::web::Bytes;
use actix_web::{HttpRequest, web};
use causeway_domain::SubjectId;
use causeway_domain::words::Classification;
use causeway_service::Unavailable;
use causeway_views::Position;
use futures_util::{Stream, StreamExt, stream};
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use serde::Deserialize;
use serde_json::json;
use tokio::time::{Instant, sleep_until};
use utoipa::IntoParams;

use crate::Api;
use crate::caller::Reader;
use crate::feed::{self, FeedLimit, Slot, TypeName, Wanted};
use crate::metrics::OpenStream;
use crate::parameters::parsed;
use crate::problem::Problem;

/// How many events a chunk of a stream holds at most, and after how many bytes it ends.
const CHUNK_EVENTS: usize = 100;
const CHUNK_BYTES: usize = 64 << 10;
/// How many positions are looked through before others have their turn.
const GLANCE: usize = 1_000;
/// How long a reader at the end waits before it looks again, so that a log in which much happens
/// wakes it a few times a second and not for every event.
const PACE: Duration = Duration::from_millis(100);
/// After how much silence a stream says that it is alive.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// Of so many events the form in which they are streamed is kept, as far as that takes no more
/// memory than this.
const NEWEST: Position = 8_192;
/// See [`NEWEST`].
const FRAMES_LIMIT: u64 = 8 << 20;
/// How long a client should wait before it connects again.
const RETRY: Duration = Duration::from_secs(2);

/// Which events, and from where.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Followed {
    /// Only events after this position. Left out: from the first. `Last-Event-ID` comes before
    /// it.
    #[param(value_type = Option<u64>)]
    pub after: Option<Position>,
    /// Only events of this type.
    #[serde(default, deserialize_with = "parsed")]
    #[param(value_type = Option<String>, example = "corridor.status_reported.v1")]
    pub r#type: Option<TypeName>,
    /// Only events on this subject.
    #[serde(default, deserialize_with = "parsed")]
    #[param(value_type = Option<String>, example = "corridor/lachin")]
    pub subject: Option<SubjectId>,
}

impl Followed {
    /// What is wanted of the log by a reader who has come as far as `last_event_id` says.
    ///
    /// # Errors
    /// Where the reader has come further than the log, or says what no stream has told it.
    pub fn resumed(
        self,
        last_event_id: Option<&[u8]>,
        head: Option<Position>,
    ) -> Result<Wanted, Problem> {
        let Followed { after, r#type, subject } = self;
        let name = if last_event_id.is_some() { LAST_EVENT_ID } else { "after" };
        let after = last_event_id.map_or(Ok(after), |id| position(id).map(Some))?;
        if let Some(after) = after {
            feed::on_record(name, after, head)?;
        }
        let limit = Some(FeedLimit(CHUNK_EVENTS));
        Ok(Wanted { after, limit, r#type, subject, order: None })
    }
}

/// The header in which a client says how far it has come.
pub const LAST_EVENT_ID: &str = "Last-Event-ID";

fn position(last_event_id: &[u8]) -> Result<Position, Problem> {
    let text = std::str::from_utf8(last_event_id).ok();
    let position = text.and_then(|text| text.trim().parse().ok());
    let expected = "expected the `id` of an event of this stream, a plain number";
    position.ok_or_else(|| Problem::bad_parameter(LAST_EVENT_ID, expected))
}

/// A reader's place in the log: it has been through everything up to `wanted.after`.
pub struct Place {
    api: Api,
    wanted: Wanted,
}

impl Place {
    /// The place of a reader who wants `wanted`.
    #[must_use]
    pub fn new(api: Api, wanted: Wanted) -> Place {
        Place { api, wanted }
    }

    /// Goes on until something that is wanted comes next, for at most `within`, and not beyond
    /// the service's end. Gives what is wanted from there.
    pub async fn wait(mut self, clearance: Classification, within: Duration) -> Wanted {
        let until = Instant::now() + within;
        let stopped = self.api.stopped();
        let wait = async {
            while self.look(clearance).await.is_empty() && Instant::now() < until {
                self.pause(until).await;
            }
        };
        tokio::select! {
            () = wait => {}
            () = stopped => {}
        }
        self.wanted
    }

    /// What comes next, if it is on record; goes past what is not wanted.
    async fn look(&mut self, clearance: Classification) -> Vec<Slot> {
        loop {
            let snapshot = self.api.service().head();
            let found = feed::find(&snapshot, &self.wanted, clearance, GLANCE);
            if !found.slots.is_empty() {
                return found.slots;
            }
            self.wanted.after = found.next(&snapshot, &self.wanted);
            if !found.has_more {
                return Vec::new();
            }
            tokio::task::yield_now().await;
        }
    }

    /// Waits until more is on record, but not beyond `until`.
    async fn pause(&self, until: Instant) {
        sleep_until(until.min(Instant::now() + PACE)).await;
        let next = self.wanted.after.map_or(0, |after| after + 1);
        self.api.service().reached(next, until - Instant::now()).await;
    }
}

/// A reader who follows the log, at the other end of a request that does not end.
struct Follower {
    request: HttpRequest,
    place: Place,
    is_caught_up: bool,
    last_word: Instant,
    _open: OpenStream,
}

/// The log from a place on, as Server-Sent Events (HTML Standard, section 9.2). It ends when the
/// service stops, and when the key behind `request` opens nothing any more.
pub fn stream(
    request: HttpRequest,
    place: Place,
    open: OpenStream,
) -> impl Stream<Item = Result<Bytes, Infallible>> {
    let stopped = place.api.stopped();
    let last_word = Instant::now();
    let follower = Follower { request, place, is_caught_up: false, last_word, _open: open };
    let retry = format!("retry: {}\n\n", RETRY.as_millis());
    let chunks = stream::unfold(follower, |mut follower| async {
        let chunk = follower.next().await?;
        Some((chunk, follower))
    });
    stream::iter([Bytes::from(retry)]).chain(chunks).take_until(stopped).map(Ok)
}

impl Follower {
    /// What is sent next, as soon as there is something to say.
    async fn next(&mut self) -> Option<Bytes> {
        let chunk = loop {
            // The key may have been revoked, or have expired, since it was looked at last.
            let reader = Reader::of(&self.request).ok()?;
            let slots = self.place.look(reader.clearance).await;
            if !slots.is_empty() {
                break self.read(slots).await?;
            }
            if !self.is_caught_up {
                self.is_caught_up = true;
                break self.caught_up();
            }
            let silent_until = self.last_word + KEEP_ALIVE;
            if Instant::now() >= silent_until {
                break self.sign_of_life();
            }
            self.place.pause(silent_until).await;
        };
        self.last_word = Instant::now();
        Some(chunk.into())
    }

    /// A chunk of the events at `slots`. Where they cannot be read the stream ends; the reason is
    /// in the service's log.
    async fn read(&mut self, slots: Vec<Slot>) -> Option<Vec<u8>> {
        let api = self.place.api.clone();
        let told = match api.frames().told(&slots) {
            Some(told) => told,
            None => web::block(move || tell(&api, &slots)).await.ok()?.ok()??,
        };
        self.place.wanted.after = Some(told.last);
        Some(told.chunk)
    }

    fn caught_up(&self) -> Vec<u8> {
        let position = json!({ "position": self.place.wanted.after });
        format!("event: caught-up\n{}data: {position}\n\n", self.id()).into()
    }

    /// A comment, and how far the reader has come: an id without data is kept by the client and
    /// told to nobody, so that it need not come back over what was not wanted.
    fn sign_of_life(&self) -> Vec<u8> {
        format!(": still here\n{}\n", self.id()).into()
    }

    fn id(&self) -> String {
        self.place.wanted.after.map(|after| format!("id: {after}\n")).unwrap_or_default()
    }
}

/// Events as they are streamed, one after another.
struct Told {
    chunk: Vec<u8>,
    /// Where the last of them stands.
    last: Position,
}

/// The events at `slots`, as many as a chunk takes. Reads the disk.
fn tell(api: &Api, slots: &[Slot]) -> Result<Option<Told>, Unavailable> {
    let events = feed::read(api.service(), slots.iter(), CHUNK_BYTES)?;
    let frames = slots.iter().zip(&events).map(|(slot, event)| (slot, frame(slot, event)));
    let frames: Vec<(&Slot, Arc<[u8]>)> = frames.collect();
    let oldest_kept = api.service().head().chronicle.len().saturating_sub(NEWEST);
    for (slot, frame) in frames.iter().filter(|(slot, _)| slot.position >= oldest_kept) {
        api.frames().0.insert((*slot).clone(), Arc::clone(frame));
    }
    Ok(Told::of(frames))
}

/// An event as it is streamed.
fn frame(slot: &Slot, event: &[u8]) -> Arc<[u8]> {
    [format!("id: {}\ndata: ", slot.position).as_bytes(), event, b"\n\n"].concat().into()
}

impl Told {
    fn of<'s>(frames: impl IntoIterator<Item = (&'s Slot, Arc<[u8]>)>) -> Option<Told> {
        let (mut chunk, mut last) = (Vec::new(), None);
        for (slot, frame) in frames {
            chunk.extend_from_slice(&frame);
            last = Some(slot.position);
            if chunk.len() >= CHUNK_BYTES {
                break;
            }
        }
        last.map(|last| Told { chunk, last })
    }
}

/// The newest events as they are streamed: many follow the log at its end, and all are told the
/// same.
#[derive(Debug)]
pub struct Frames(Cache<Slot, Arc<[u8]>, Weight>);

impl Default for Frames {
    fn default() -> Self {
        Frames(Cache::with_weighter(NEWEST as usize, FRAMES_LIMIT, Weight))
    }
}

impl Frames {
    /// What is kept of the events at `slots`: those up to the first that is not, if any.
    fn told(&self, slots: &[Slot]) -> Option<Told> {
        Told::of(slots.iter().map_while(|slot| Some((slot, self.0.get(slot)?))))
    }
}

/// Weighs what is streamed by the memory it takes.
#[derive(Debug, Clone)]
struct Weight;

impl Weighter<Slot, Arc<[u8]>> for Weight {
    fn weight(&self, _: &Slot, frame: &Arc<[u8]>) -> u64 {
        frame.len() as u64
    }
}
