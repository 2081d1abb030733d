//! What an event must tell before it is sent: that it is one, whether it assesses, which it is.

use serde::Deserialize;
use serde::de::IgnoredAny;
use uuid::Uuid;

/// What a text is, as far as a glance shows.
#[derive(Debug, PartialEq, Eq)]
pub enum Text {
    /// The place of an event that an export withheld.
    Withheld,
    /// An event, or something that whoever records it will explain.
    Event(Glanced),
}

/// An event at a glance.
#[derive(Debug, PartialEq, Eq)]
pub struct Glanced {
    /// Its text, with an id in it.
    pub text: String,
    /// Whether it assesses another.
    pub assesses: bool,
    /// Whether it brings the time at which it was recorded elsewhere.
    pub is_history: bool,
}

/// The namespace of ids made from content (RFC 9562, section 5.5).
const BY_CONTENT: Uuid = Uuid::from_u128(0x6d1b_9f0c_52a7_4b0e_9b51_3c7f_6e0d_a2c4);

#[derive(Deserialize)]
struct Glance<'a> {
    #[serde(default)]
    withheld: bool,
    id: Option<IgnoredAny>,
    recordedtime: Option<IgnoredAny>,
    #[serde(borrow)]
    r#type: Option<&'a str>,
}

/// Looks at a text, and gives it an id where it has none: the same content, the same id, so that
/// repeating an import adds nothing.
pub fn look(text: String) -> Text {
    let Ok(Glance { withheld, id, recordedtime, r#type }) = serde_json::from_str(&text) else {
        return Text::Event(Glanced { text, assesses: false, is_history: false });
    };
    if withheld {
        return Text::Withheld;
    }
    let assesses = r#type == Some("report.assessed.v1");
    let is_history = recordedtime.is_some();
    let text = if id.is_some() { text } else { with_id(&text).unwrap_or(text) };
    Text::Event(Glanced { text, assesses, is_history })
}

fn with_id(text: &str) -> Option<String> {
    let content = causeway_domain::json::compact(text).ok()?;
    let id = Uuid::new_v5(&BY_CONTENT, content.as_bytes());
    let members = content.strip_prefix('{').filter(|members| *members != "}")?;
    Some(format!(r#"{{"id":"{id}",{members}"#))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn glance(text: &str) -> Glanced {
        match look(text.to_owned()) {
            Text::Event(event) => event,
            Text::Withheld => panic!("{text} is taken for a withheld event"),
        }
    }

    fn id_given_to(text: &str) -> String {
        let event: serde_json::Value = serde_json::from_str(&glance(text).text).unwrap();
        event["id"].as_str().unwrap().to_owned()
    }

    #[test]
    fn an_event_without_an_id_gets_the_same_one_each_time_however_it_is_spaced() {
        let id = id_given_to(r#"{"type":"incident.reported.v1","data":{"a":"b c"}}"#);
        assert_eq!(id, id_given_to(r#"{ "type": "incident.reported.v1", "data": {"a": "b c"} }"#));
        assert_ne!(id, id_given_to(r#"{"type":"incident.reported.v1","data":{"a":"bc"}}"#));
    }

    #[test]
    fn an_event_with_an_id_keeps_its_text() {
        let text = r#"{ "id": "0192c7c8-6d2e-7a31-9d41-0f3c6a1be001", "type": "x" }"#;
        let event = Glanced { text: text.to_owned(), assesses: false, is_history: false };
        assert_eq!(glance(text), event);
    }

    #[test]
    fn what_is_withheld_and_what_assesses_is_seen() {
        let withheld = r#"{"sequence":"00000000000000000007","withheld":true}"#;
        assert_eq!(look(withheld.to_owned()), Text::Withheld);
        let assessment = r#"{"id":"a","type":"report.assessed.v1","recordedtime":"2023"}"#;
        assert!(glance(assessment).assesses && glance(assessment).is_history);
        let report = r#"{"id":"a","type":"incident.reported.v1"}"#;
        assert!(!glance(report).assesses && !glance(report).is_history);
    }

    #[test]
    fn what_is_no_event_is_left_as_it_is() {
        for text in ["", "{", "[]", "7", "{}", r#"{"type":7}"#] {
            assert_eq!(glance(text).text, text);
        }
    }
}
