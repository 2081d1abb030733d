//! From a request's body to a batch of events.
//!
//! A body is read with a limit and taken apart into events; each event is parsed on its own, so
//! that one that is broken costs only itself.

use std::time::Duration;
use std::{fmt, mem};

use actix_web::dev::Decompress;
use actix_web::error::PayloadError;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, web};
use causeway_domain::faults::Fault;
use causeway_domain::{Refusal, Submitted, event};
use futures_util::{Stream, StreamExt};
use memchr::memchr_iter;
use rayon::prelude::*;
use serde::de::{Deserializer, IgnoredAny, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::code::Code;
use crate::problem::Problem;

/// The largest body, unpacked.
const BODY_LIMIT: usize = 16 * 1024 * 1024;
/// The most events in a body.
pub const EVENT_LIMIT: usize = 10_000;
/// How many faults are told in one answer; of each event at least one.
const FAULT_LIMIT: usize = 10_000;
/// How much more of a body that is too large is read, so that the client hears why.
const DRAIN_LIMIT: usize = 4 * BODY_LIMIT;
/// How long the next bytes of a body may take.
const BODY_PATIENCE: Duration = Duration::from_secs(30);
/// One event up to this size is parsed on the spot; it takes less time than handing it over.
const SMALL_BODY: usize = 16 * 1024;
/// So many events are parsed at a time, and then their faults counted.
const PORTION: usize = 2_048;
/// Up to so many are parsed on one core: there is other work for the rest.
const ONE_CORE: usize = 1_024;

/// How a body holds events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// One event, or an array of events.
    Json,
    /// One event.
    One,
    /// An array of events.
    Array,
    /// An event on each line.
    Lines,
}

impl Form {
    /// Whether the body can hold no more than one event: many bad ones take long to explain.
    fn is_one(self, body: &[u8]) -> bool {
        match self {
            Form::One => true,
            Form::Json => !body.trim_ascii_start().starts_with(b"["),
            Form::Array | Form::Lines => false,
        }
    }
}

/// The events of a body.
#[derive(Debug)]
pub struct Events {
    /// Each as parsed, or why it could not be.
    pub events: Vec<Result<Submitted, Refusal>>,
    /// Where events stand on lines: the line of each, from 1.
    pub lines: Option<Vec<usize>>,
    /// Whether it is one event by itself, not a batch of one.
    pub is_single: bool,
}

/// Reads the events that a request brings.
///
/// # Errors
/// Where the body is too large, too slow, of another type, or cannot be taken apart.
pub async fn read_events(request: &HttpRequest, payload: web::Payload) -> Result<Events, Problem> {
    let form = form(request.headers())?;
    let body = read(request, payload).await?;
    match body.len() <= SMALL_BODY && form.is_one(&body) {
        true => take_apart(form, &body),
        false => web::block(move || take_apart(form, &body)).await?,
    }
}

/// Reads a JSON document of one of the service's own kinds.
///
/// # Errors
/// Where the body is too large, too slow, or no JSON text.
pub async fn read_json(request: &HttpRequest, payload: web::Payload) -> Result<Bytes, Problem> {
    match content_type(request.headers())?.as_str() {
        "application/json" => read(request, payload).await,
        other => Err(unsupported(other, "application/json")),
    }
}

fn form(headers: &HeaderMap) -> Result<Form, Problem> {
    match content_type(headers)?.as_str() {
        "application/json" => Ok(Form::Json),
        "application/cloudevents+json" => Ok(Form::One),
        "application/cloudevents-batch+json" => Ok(Form::Array),
        "application/x-ndjson" => Ok(Form::Lines),
        other => Err(unsupported(
            other,
            "application/json, application/cloudevents+json, application/cloudevents-batch+json, \
             application/x-ndjson",
        )),
    }
}

/// The content type without its parameters, of which only the charset means anything to us.
fn content_type(headers: &HeaderMap) -> Result<String, Problem> {
    let text = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let text = text.to_ascii_lowercase();
    let mut parts = text.split(';').map(str::trim);
    let essence = parts.next().unwrap_or_default().to_owned();
    let charset = parts.find_map(|part| part.strip_prefix("charset="));
    match charset.map(|charset| charset.trim_matches('"')) {
        None | Some("utf-8" | "utf8" | "us-ascii") => Ok(essence),
        Some(other) => Err(unsupported(other, "utf-8")),
    }
}

fn unsupported(found: &str, expected: &str) -> Problem {
    let detail = format_args!("expected one of {expected}, found `{found}`");
    Problem::new(Code::UnsupportedMediaType, detail)
}

/// Reads the whole body, unpacked.
async fn read(request: &HttpRequest, payload: web::Payload) -> Result<Bytes, Problem> {
    let encoding = request.headers().get(CONTENT_ENCODING);
    let encoding = encoding.and_then(|value| value.to_str().ok()).unwrap_or("identity");
    // Other encodings can unpack a few bytes into gigabytes at once.
    if !["identity", "gzip"].contains(&encoding) {
        return Err(unsupported(encoding, "identity, gzip"));
    }
    let declared = request.headers().get(CONTENT_LENGTH);
    let declared = declared.and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    let mut chunks = Decompress::from_headers(payload, request.headers());
    if declared.is_some_and(|declared| declared > BODY_LIMIT) {
        return Err(too_large(&mut chunks).await);
    }
    let mut body = Vec::with_capacity(declared.unwrap_or_default());
    while let Some(chunk) = next(&mut chunks).await? {
        if body.len() + chunk.len() > BODY_LIMIT {
            return Err(too_large(&mut chunks).await);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.into())
}

/// Reads on for a while and throws it away: a client that is still sending would otherwise see a
/// broken connection instead of the answer.
async fn too_large(
    chunks: &mut (impl Stream<Item = Result<Bytes, PayloadError>> + Unpin),
) -> Problem {
    let mut drained = 0;
    while drained < DRAIN_LIMIT
        && let Ok(Some(chunk)) = next(chunks).await
    {
        drained += chunk.len();
    }
    let detail = format_args!("the limit is {BODY_LIMIT} bytes, unpacked");
    Problem::new(Code::BodyTooLarge, detail)
}

async fn next(
    chunks: &mut (impl Stream<Item = Result<Bytes, PayloadError>> + Unpin),
) -> Result<Option<Bytes>, Problem> {
    let next = tokio::time::timeout(BODY_PATIENCE, chunks.next()).await;
    let chunk = next.map_err(|_elapsed| {
        let detail = format_args!("nothing came for {} seconds", BODY_PATIENCE.as_secs());
        Problem::new(Code::RequestTimeout, detail)
    })?;
    chunk.transpose().map_err(|_broken| {
        let detail = "the body was cut off, or is not packed as `Content-Encoding` says";
        Problem::new(Code::BadRequest, detail)
    })
}

fn take_apart(form: Form, body: &[u8]) -> Result<Events, Problem> {
    match form {
        Form::Lines => lines(body),
        Form::Array => array(body),
        Form::Json if body.trim_ascii_start().starts_with(b"[") => array(body),
        Form::Json | Form::One => {
            let events = vec![parse(body)];
            Ok(Events { events, lines: None, is_single: true })
        }
    }
}

/// Parses each event. Where very much is wrong, what comes late is told of less fully, so that
/// the answer does not outgrow what was sent by far.
fn parse_all(events: &[&[u8]]) -> Vec<Result<Submitted, Refusal>> {
    let mut left = FAULT_LIMIT;
    let mut all = Vec::with_capacity(events.len());
    for portion in events.chunks(PORTION) {
        let first = all.len();
        match portion.len() <= ONE_CORE {
            true => all.extend(portion.iter().map(|event| parse(event))),
            false => all.par_extend(portion.par_iter().map(|event| parse(event))),
        }
        all[first..].iter_mut().for_each(|parsed| tell_less(parsed, &mut left));
    }
    all
}

/// Tells no more than `left` faults, and counts them.
fn tell_less(parsed: &mut Result<Submitted, Refusal>, left: &mut usize) {
    let Err(Refusal::Invalid(faults)) = parsed else { return };
    let most = (*left).max(1);
    if faults.len() > most {
        faults.truncate(most);
        let detail = "more is wrong here, and too much in all to list it".to_owned();
        faults.push(Fault { pointer: String::new(), detail });
    }
    *left = left.saturating_sub(faults.len());
}

fn parse(event: &[u8]) -> Result<Submitted, Refusal> {
    let text = std::str::from_utf8(event)
        .map_err(|error| Refusal::Malformed(format!("the text is not UTF-8: {error}")))?;
    event::parse(text)
}

/// An event on each line; blank lines are none.
fn lines(body: &[u8]) -> Result<Events, Problem> {
    let mut start = 0;
    let ends = memchr_iter(b'\n', body).chain([body.len()]);
    let lines = ends.map(|end| body[mem::replace(&mut start, end + 1)..end].trim_ascii());
    let (numbers, lines): (Vec<usize>, Vec<&[u8]>) =
        (1..).zip(lines).filter(|(_, line)| !line.is_empty()).take(EVENT_LIMIT + 1).unzip();
    if lines.len() > EVENT_LIMIT {
        return Err(too_many());
    }
    let events = parse_all(&lines);
    Ok(Events { events, lines: Some(numbers), is_single: false })
}

fn array(body: &[u8]) -> Result<Events, Problem> {
    let malformed = |detail: &dyn fmt::Display| Problem::new(Code::MalformedJson, detail);
    let text = std::str::from_utf8(body).map_err(|error| malformed(&error))?;
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let elements = deserializer.deserialize_seq(Elements).map_err(|error| malformed(&error))?;
    deserializer.end().map_err(|error| malformed(&error))?;
    let elements = elements.ok_or_else(too_many)?;
    let elements: Vec<&[u8]> =
        elements.into_iter().map(|element| element.get().as_bytes()).collect();
    let events = parse_all(&elements);
    Ok(Events { events, lines: None, is_single: false })
}

fn too_many() -> Problem {
    Problem::new(Code::TooManyEvents, format_args!("the limit is {EVENT_LIMIT} events"))
}

/// Takes an array apart without looking into its elements; none where there are too many.
struct Elements;

impl<'de> Visitor<'de> for Elements {
    type Value = Option<Vec<&'de RawValue>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of events")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Self::Value, A::Error> {
        let mut elements = Vec::new();
        while elements.len() < EVENT_LIMIT {
            match sequence.next_element()? {
                Some(element) => elements.push(element),
                None => return Ok(Some(elements)),
            }
        }
        let mut are_too_many = false;
        while sequence.next_element::<IgnoredAny>()?.is_some() {
            are_too_many = true;
        }
        Ok((!are_too_many).then_some(elements))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(array: &str) -> Option<usize> {
        let elements = serde_json::Deserializer::from_str(array).deserialize_seq(Elements);
        elements.unwrap().map(|elements| elements.len())
    }

    #[test]
    fn the_answer_to_very_many_faults_has_a_limit() {
        let event = format!(
            r#"{{"type":"corridor.status_reported.v1","data":{{"traffic":[{}]}}}}"#,
            vec!["0"; 100].join(",")
        );
        let told: Vec<usize> = parse_all(&[event.as_bytes(); 200])
            .into_iter()
            .map(|refused| match refused {
                Err(Refusal::Invalid(faults)) => faults.len(),
                other => panic!("{other:?}"),
            })
            .collect();
        assert!(told[0] > 100 && told.iter().all(|faults| *faults >= 1), "{told:?}");
        let limit = FAULT_LIMIT + 2 * told.len();
        assert!((FAULT_LIMIT..limit).contains(&told.iter().sum::<usize>()), "{told:?}");
    }

    #[test]
    fn many_events_are_judged_in_the_order_in_which_they_came() {
        let event = |number: usize| match number % 3 {
            0 => format!("{{ {number}"),
            _ => format!(
                r#"{{"specversion":"1.0","type":"place.registered.v1","subject":"place/p-{number}",
                "time":"2023-06-15T13:19:00Z","data":{{"names":{{"en":"Goris"}}}}}}"#
            )
            .replace('\n', " "),
        };
        let count = PORTION + ONE_CORE + 1;
        let body: Vec<String> = (0..count).map(event).collect();
        let Events { events, lines: numbers, .. } = lines(body.join("\n\n").as_bytes()).unwrap();
        assert_eq!(numbers.unwrap(), (0..count).map(|number| 2 * number + 1).collect::<Vec<_>>());
        for (number, parsed) in events.iter().enumerate() {
            let id = parsed.as_ref().ok().and_then(|event| event.subject.id.as_ref());
            let expected = (number % 3 != 0).then(|| format!("p-{number}"));
            assert_eq!(id.map(ToString::to_string), expected);
        }
        assert_eq!(events.len(), count);
    }

    #[test]
    fn an_array_of_ten_thousand_is_taken_and_one_more_is_not() {
        assert_eq!(count("[]"), Some(0));
        assert_eq!(count(&format!("[{}0]", "0,".repeat(EVENT_LIMIT - 1))), Some(EVENT_LIMIT));
        assert_eq!(count(&format!("[{}0]", "0,".repeat(EVENT_LIMIT))), None);
    }
}
