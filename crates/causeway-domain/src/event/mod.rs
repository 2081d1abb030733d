//! The event: one shape on the wire, in the log, in exports (CloudEvents 1.0).

mod envelope;
mod payload;

use crate::details::Details;
use crate::faults::Faults;
use crate::id::{EventId, Id, Producer, SubjectId};
use crate::refusal::Refusal;
use crate::text::Prose;
use crate::time::Time;
use crate::words::Classification;
use crate::{json, schema, strict};

pub use crate::id::SubjectRef;
pub(crate) use envelope::Envelope;
pub use payload::{Creation, Payload};

/// An event as a client sends it or the log holds it: checked, with what is left out left out.
#[derive(Debug, Clone)]
pub struct Submitted {
    /// The idempotency key; left out, the server makes one.
    pub id: Option<EventId>,
    /// Who produced it; left out, the caller's organisation.
    pub source: Option<Producer>,
    /// The subject; without an id where the server makes one.
    pub subject: SubjectRef,
    /// When it happened.
    pub time: Time,
    /// The server's clock; only imported history brings its own.
    pub recorded_time: Option<Time>,
    /// Which attributes of the server's came with it.
    pub server_attributes: Vec<&'static str>,
    /// Public id of the key that recorded it.
    pub recorded_by: Option<Id>,
    /// How sensitive it is.
    pub classification: Option<Classification>,
    /// Groups events that belong together.
    pub correlation: Option<Prose>,
    /// The event that led to this one.
    pub causation: Option<Prose>,
    /// The version the client expects of the subject.
    pub expected_version: Option<u64>,
    /// `data` as compact text: what is stored.
    pub data: Box<str>,
    /// The fields any event may carry.
    pub details: Details,
    /// What happened.
    pub payload: Payload,
}

/// An event with nothing left out but what the server's clock and chance will add.
#[derive(Debug, Clone)]
pub struct Event {
    /// Its id.
    pub id: EventId,
    /// Who produced it.
    pub source: Producer,
    /// What it is about.
    pub subject: SubjectId,
    /// When it happened.
    pub time: Time,
    /// How sensitive it is.
    pub classification: Classification,
    /// The fields any event may carry.
    pub details: Details,
    /// What happened.
    pub payload: Payload,
}

/// Parses one event.
///
/// # Errors
/// [`Refusal::Malformed`] for what is not JSON; [`Refusal::Invalid`] with everything that is
/// wrong, each with its pointer. Only a refusal pays for the list: what is right is not read twice.
pub fn parse(text: &str) -> Result<Submitted, Refusal> {
    let submitted = read_as_sent(text).map_or_else(|| read_to_explain(text), Ok)?;
    let mut faults = Faults::default();
    submitted.check(&mut faults);
    faults.refuse_or(submitted)
}

/// Reads text as it was sent, if all is well: of it only `data` is kept, and made compact.
fn read_as_sent(text: &str) -> Option<Submitted> {
    let envelope: Envelope<'_> = strict::read(text).ok()?;
    let data = json::squeezed(envelope.data(), 1).ok().filter(|_| envelope.is_composed())?;
    complete(envelope, &data).ok()
}

/// Reads text of which something may be wrong, to tell all of it.
fn read_to_explain(text: &str) -> Result<Submitted, Refusal> {
    let text = json::compact(text)?;
    read(&text).map_err(|first| schema::explain(&text, &first).into_refusal())
}

/// Reads compact text without looking for more than one fault, and without the checks that
/// compare several fields.
pub fn read(text: &str) -> Result<Submitted, serde_json::Error> {
    let envelope: Envelope<'_> = strict::read(text)?;
    let data = envelope.data();
    complete(envelope, data)
}

fn complete(envelope: Envelope<'_>, data: &str) -> Result<Submitted, serde_json::Error> {
    let (details, payload) = Payload::read(envelope.type_name(), data)?;
    let subject = envelope.subject();
    if !payload.is_about(subject) {
        let detail = format_args!("`{}` is not about `{subject}`", payload.type_name());
        return Err(serde::de::Error::custom(detail));
    }
    Ok(envelope.with(data, details, payload))
}

impl Submitted {
    /// Faults that only several fields together show.
    pub(crate) fn check(&self, faults: &mut Faults) {
        self.details.check(self.time, faults);
        self.payload.check(faults);
    }
}

/// Reads the data of a correction as what its target's type holds.
///
/// # Errors
/// [`Refusal::Invalid`] with everything that is wrong; pointers start at `/data/data`.
pub fn parse_corrected(
    type_name: &str,
    data: &str,
    time: Time,
) -> Result<(Details, Payload), Refusal> {
    let faults = match Payload::read(type_name, data) {
        Ok((details, payload)) => {
            let mut faults = Faults::default();
            details.check(time, &mut faults);
            payload.check(&mut faults);
            if faults.is_empty() {
                return Ok((details, payload));
            }
            faults
        }
        Err(first) => schema::explain_data(type_name, data, time, &first),
    };
    Err(faults.under("/data").into_refusal())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn about(type_name: &str, subject: &str) -> Result<Submitted, Refusal> {
        let mut types = schema::EVENT_TYPES.iter();
        let known = types.find(|one| one.name == type_name).unwrap();
        let mut event: serde_json::Value = serde_json::from_str(known.example).unwrap();
        event["subject"] = subject.into();
        parse(&event.to_string())
    }

    #[test]
    fn only_what_creates_a_subject_may_leave_its_id_to_us() {
        assert!(about("incident.reported.v1", "incident").is_ok());
        assert!(about("corridor.registered.v1", "corridor").is_ok());
        assert!(about("incident.revised.v1", "incident").is_err());
        assert!(about("delivery.arrived.v1", "delivery").is_err());
        assert!(about("report.disputed.v1", "corridor").is_err());
    }

    #[test]
    fn an_event_is_about_a_subject_of_its_kind_and_paperwork_about_any() {
        assert!(about("incident.revised.v1", "incident/a").is_ok());
        assert!(about("incident.revised.v1", "corridor/a").is_err());
        assert!(about("incident.reported.v1", "corridor").is_err());
        assert!(about("report.disputed.v1", "incident/a").is_ok());
        assert!(about("report.disputed.v1", "place/a").is_ok());
    }

    #[test]
    fn what_the_server_sets_is_seen_when_a_client_brings_it() {
        let text = r#"{"specversion":"1.0","type":"place.registered.v1","subject":"place/a",
            "time":"2023-06-15T13:19:00Z","recordedtime":"2023-06-15T13:19:01Z",
            "sequence":"00000000000000001204","data":{"names":{"en":"Goris"}}}"#;
        let event = parse(text).unwrap();
        assert_eq!(event.server_attributes, ["recordedtime", "sequence"]);
        assert_eq!(event.recorded_time.unwrap().to_string(), "2023-06-15T13:19:01Z");
        assert_eq!(&*event.data, r#"{"names":{"en":"Goris"}}"#);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        /// Whether it is JSON may be left to the reading: it makes no difference.
        #[test]
        fn what_is_read_at_once_is_what_is_read_after_every_check(
            which in any::<prop::sample::Index>(),
            from in any::<prop::sample::Index>(),
            length in 0..4_usize,
            piece in r#"[ \n]|\\|"|[0-9]{1,2}|[{}:,]|\u{308}|1e999|null|"source":null,|"#,
        ) {
            let example = which.get(&schema::EVENT_TYPES).example;
            let from = example.floor_char_boundary(from.index(example.len()));
            let to = example.ceil_char_boundary((from + length).min(example.len()));
            let text = format!("{}{piece}{}", &example[..from], &example[to..]);
            if let Some(at_once) = read_as_sent(&text) {
                let checked = read_to_explain(&text).unwrap();
                prop_assert_eq!(format!("{at_once:?}"), format!("{checked:?}"), "{}", text);
            }
        }
    }

    #[test]
    fn what_is_right_is_read_at_once() {
        for one in schema::EVENT_TYPES.iter() {
            assert!(read_as_sent(one.example).is_some(), "{}", one.name);
        }
        let text = schema::EVENT_TYPES[0].example;
        let decomposed = text.replacen('{', "{\"correlationid\":\"o\u{308}\",", 1);
        assert!(read_as_sent(&decomposed).is_none());
        assert_eq!(parse(&decomposed).unwrap().correlation.as_deref(), Some("\u{f6}"));
    }

    #[test]
    fn the_type_is_one_of_ours() {
        for one in schema::EVENT_TYPES.iter() {
            assert!(schema::is_known(&one.name));
        }
        for name in ["", "corridor", "corridor.", "corridor.registered", "corridor.registered.v2"] {
            assert!(!schema::is_known(name));
            let text = format!(
                r#"{{"specversion":"1.0","type":"{name}","subject":"corridor/a",
                     "time":"2023-06-15T13:19:00Z","data":{{}}}}"#
            );
            let Err(Refusal::Invalid(faults)) = parse(&text) else { panic!("{name} is read") };
            assert_eq!(faults.len(), 1);
            assert_eq!(faults[0].pointer, "/type");
        }
    }
}
