//! What a reader asks for: inputs, filters, a page; and what a cursor pins of it.

use std::future::{Ready, ready};
use std::str::FromStr;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::header::{AcceptEncoding, Encoding, IF_NONE_MATCH};
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use causeway_domain::{Expected, Time};
use causeway_service::Question;
use causeway_views::{Asked, Policy, Position, Snapshot, Window};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use utoipa::IntoParams;

use crate::Api;
use crate::answer::{Answering, Listing};
use crate::caller::Reader;
use crate::cursor::Cursor;
use crate::parameters::{NoParameters, Parameters, parsed};
use crate::problem::Problem;

/// How long a reader waits for `min_position` at most.
const PATIENCE: Duration = Duration::from_secs(5);

/// As known when, about when, weighed how.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Inputs {
    /// The time in the world that is asked about. Left out: `known_at`, or when `at_position` was
    /// recorded, or now, rounded up to the minute.
    #[serde(default, deserialize_with = "parsed")]
    #[param(value_type = Option<String>, format = DateTime, example = "2023-07-01T00:00:00Z")]
    pub effective_at: Option<Time>,
    /// The time of knowing: only what was recorded by then counts. Left out: now.
    #[serde(default, deserialize_with = "parsed")]
    #[param(value_type = Option<String>, format = DateTime, example = "2023-08-01T00:00:00Z")]
    pub known_at: Option<Time>,
    /// The position of knowing, instead of `known_at`.
    #[param(value_type = Option<u64>)]
    pub at_position: Option<Position>,
    /// How one answer is made of many claims: `best` unless asked otherwise, `verified`,
    /// `latest`, or `party:<actor>`.
    #[serde(default, deserialize_with = "parsed")]
    #[param(value_type = Option<String>, example = "best",
        pattern = "^(best|verified|latest|party:[a-z0-9-]{1,64})$")]
    pub policy: Option<Policy>,
    /// How long a claim counts against newer ones, in hours; 72 unless asked otherwise.
    #[serde(default, deserialize_with = "parsed")]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 8760, example = 72)]
    pub window_hours: Option<Window>,
}

/// To read one's own writes.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Freshness {
    /// Answer only when this position is on record: the `sequence` of a receipt, as a plain
    /// number. Waits up to 5 seconds, then 503 with `Retry-After`.
    #[param(value_type = Option<u64>, example = 0)]
    pub min_position: Option<Position>,
}

/// Which page of a list.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Paged {
    /// At most so many items: 1 to 500; 50 unless asked otherwise.
    #[serde(default, deserialize_with = "parsed")]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 500, example = 50)]
    pub limit: Option<Limit>,
    /// The `next` of the page before. It pins everything that was asked, so that pages never
    /// tear; whatever is given beside it must agree with it.
    #[serde(default, deserialize_with = "parsed")]
    #[param(value_type = Option<String>)]
    pub cursor: Option<Cursor>,
}

/// How many items a page takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit(pub usize);

impl Limit {
    /// The most a page takes.
    pub const MOST: usize = 500;
}

impl Default for Limit {
    fn default() -> Self {
        Limit(50)
    }
}

impl FromStr for Limit {
    type Err = Expected;

    fn from_str(text: &str) -> Result<Limit, Expected> {
        let limit = text.parse().ok().filter(|limit| (1..=Limit::MOST).contains(limit));
        limit.map(Limit).ok_or(Expected("a number from 1 to 500"))
    }
}

/// What every reading request brings.
#[derive(Debug, Clone)]
pub struct Sent {
    /// The service and what belongs to it.
    pub api: Api,
    /// The path asked for.
    pub path: String,
    /// Every parameter that bears on the answer, in the order of their names.
    pub parameters: Vec<(String, String)>,
    /// The tags of what the client has already.
    pub if_none_match: Option<String>,
    /// Whether the client would rather have the answer packed.
    pub takes_gzip: bool,
}

/// A request for one thing, with `P` besides what is asked of every thing.
#[derive(Debug)]
pub struct Item<P = NoParameters, I = Inputs> {
    /// What every request brings.
    pub sent: Sent,
    /// As known when, about when, weighed how.
    pub inputs: I,
    freshness: Freshness,
    /// What else is asked.
    pub wanted: P,
}

/// A request for a list, narrowed by `F`.
#[derive(Debug)]
pub struct List<F> {
    sent: Sent,
    inputs: Inputs,
    freshness: Freshness,
    paged: Paged,
    filters: Vec<(String, String)>,
    /// Which items are wanted.
    pub filter: F,
}

impl<P: DeserializeOwned, I: DeserializeOwned + Into<Question>> Item<P, I> {
    /// Pins what is asked.
    ///
    /// # Errors
    /// Where nobody knows yet what is asked about.
    pub async fn ask(self, reader: Reader) -> Result<Answering, Problem> {
        self.freshness.wait(&self.sent.api).await?;
        answering(self.sent, self.inputs.into(), reader).await
    }

    fn read(request: &HttpRequest) -> Result<Item<P, I>, Problem> {
        let mut parameters = Parameters::parse(request.query_string())?;
        let sent = Sent::new(request, &parameters);
        let (wanted, inputs) = (parameters.take()?, parameters.take()?);
        let item = Item { sent, inputs, freshness: parameters.take()?, wanted };
        parameters.finish().map(|()| item)
    }
}

impl<F: DeserializeOwned> List<F> {
    /// Pins what is asked, or goes on with what the cursor pinned.
    ///
    /// # Errors
    /// Where nobody knows yet what is asked about, or the cursor is somebody else's.
    pub async fn ask(self, reader: Reader) -> Result<(F, Listing), Problem> {
        let List { sent, inputs, freshness, paged: Paged { limit, cursor }, filters, filter } =
            self;
        freshness.wait(&sent.api).await?;
        let limit = limit.map(|Limit(limit)| limit);
        let listing = match cursor {
            None => {
                let limit = limit.unwrap_or(Limit::default().0);
                let answering = answering(sent, inputs.into(), reader).await?;
                Listing { answering, filters, subject: None, limit, after: None }
            }
            Some(cursor) => {
                let limit = limit.unwrap_or(cursor.limit);
                cursor.check(&sent.path, reader.clearance)?;
                let mut answering = answering(sent, cursor.question(), reader).await?;
                cursor.check_log(&answering.snapshot.chronicle)?;
                answering.asked = cursor.asked();
                let after = Some(cursor.after);
                Listing { answering, filters, subject: None, limit, after }
            }
        };
        Ok((filter, listing))
    }

    fn read(request: &HttpRequest) -> Result<List<F>, Problem> {
        let mut parameters = Parameters::parse(request.query_string())?;
        let sent = Sent::new(request, &parameters);
        let (inputs, freshness) = (parameters.take()?, parameters.take()?);
        let paged: Paged = parameters.take()?;
        if let Some(cursor) = &paged.cursor {
            cursor.agrees_with(&inputs, parameters.rest())?;
            parameters.replace_rest(cursor.filters.clone());
        }
        let filters = parameters.rest().to_vec();
        let filter = parameters.take()?;
        parameters.finish()?;
        Ok(List { sent, inputs, freshness, paged, filters, filter })
    }
}

async fn answering(sent: Sent, question: Question, reader: Reader) -> Result<Answering, Problem> {
    let (snapshot, asked) = sent.api.service().ask(&question, reader.clearance).await?;
    Ok(Answering { snapshot, asked, question, sent, reader })
}

/// A name that nobody has used is a slip, and must not look like an empty answer.
///
/// # Errors
/// Which of the named values nobody has used, as far as the reader may know now.
pub fn check_names<'n>(
    snapshot: &Snapshot,
    asked: &Asked,
    named: impl IntoIterator<Item = (&'n str, &'n str)>,
) -> Result<(), Problem> {
    let now = Asked { position: snapshot.chronicle.head(), policy: Policy::Best, ..asked.clone() };
    let view = snapshot.view(&now);
    let knows_actor = |id: &str| id.parse().is_ok_and(|id| view.knows_actor(&id));
    let knows_corridor = |id: &str| {
        let subject = format!("corridor/{id}").parse();
        subject.is_ok_and(|subject| view.knows(&subject))
    };
    let unknown = |name: &str, list: &str, value: &str| {
        let detail = format!("expected one that GET /v1/{list} lists, found `{value}`");
        Err(Problem::bad_parameter(name, &detail))
    };
    if let Policy::Party(actor) = &asked.policy
        && !view.knows_actor(actor)
    {
        return unknown("policy", "actors", &format!("party:{actor}"));
    }
    for (name, value) in named {
        match name {
            "area" if !view.knows_place(value) => return unknown(name, "places", value),
            "organisation" | "actor" | "by" if !knows_actor(value) => {
                return unknown(name, "actors", value);
            }
            "corridor" if !knows_corridor(value) => return unknown(name, "corridors", value),
            _ => {}
        }
    }
    Ok(())
}

impl Freshness {
    /// Waits until the position is on record.
    ///
    /// # Errors
    /// Where it did not come in time.
    pub async fn wait(&self, api: &Api) -> Result<(), Problem> {
        match self.min_position {
            Some(position) if !api.service().reached(position, PATIENCE).await => {
                Err(Problem::not_reached(position))
            }
            Some(_) | None => Ok(()),
        }
    }
}

impl From<Inputs> for Question {
    fn from(inputs: Inputs) -> Question {
        Question {
            effective_at: inputs.effective_at,
            known_at: inputs.known_at,
            at_position: inputs.at_position,
            policy: inputs.policy.unwrap_or(Policy::Best),
            window: inputs.window_hours.unwrap_or_default(),
        }
    }
}

impl Sent {
    fn new(request: &HttpRequest, parameters: &Parameters) -> Sent {
        let bears = |(name, _): &&(String, String)| name != "min_position";
        let mut parameters: Vec<_> = parameters.rest().iter().filter(bears).cloned().collect();
        parameters.sort();
        let if_none_match = request.headers().get(IF_NONE_MATCH);
        let if_none_match = if_none_match.and_then(|tags| tags.to_str().ok()).map(str::to_owned);
        let (api, path) = (Api::of(request).clone(), request.path().to_owned());
        Sent { api, path, parameters, if_none_match, takes_gzip: takes_gzip(request) }
    }
}

/// Whether the client takes gzip, and likes it at least as much as what is not packed.
fn takes_gzip(request: &HttpRequest) -> bool {
    let offered = [Encoding::gzip(), Encoding::identity()];
    let accepted = request.get_header::<AcceptEncoding>();
    accepted.is_some_and(|accepted| accepted.negotiate(offered.iter()) == Some(Encoding::gzip()))
}

impl<P: DeserializeOwned, I: DeserializeOwned + Into<Question>> FromRequest for Item<P, I> {
    type Error = Problem;
    type Future = Ready<Result<Item<P, I>, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Item::read(request))
    }
}

impl<F: DeserializeOwned> FromRequest for List<F> {
    type Error = Problem;
    type Future = Ready<Result<List<F>, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(List::read(request))
    }
}
