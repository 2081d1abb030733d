//! What an event must tell before it is sent: that it is one, whether it assesses, which it is.

use serde::Deserialize;
use serde::de::IgnoredAny;
use uuid::Uuid;

/// What a text is, as far as a glance shows.
#[derive(Debug, PartialEq, Eq)]
pub enum Kind {
    /// The place of an event that an export withheld.
    Withheld,
    /// An event, or something that the service will explain.
    Event {
        /// Whether it assesses another.
        assesses: bool,
        /// The text with an id in it, where it had none.
        id: Option<String>,
    },
}

/// The namespace of ids made from content (RFC 9562, section 5.5).
const BY_CONTENT: Uuid = Uuid::from_u128(0x6d1b_9f0c_52a7_4b0e_9b51_3c7f_6e0d_a2c4);

#[derive(Deserialize)]
struct Glance<'a> {
    #[serde(default)]
    withheld: bool,
    id: Option<IgnoredAny>,
    #[serde(borrow)]
    r#type: Option<&'a str>,
}

/// Looks at a text, and gives it an id where it has none: the same content, the same id, so that
/// repeating an import adds nothing.
pub fn look(text: &str) -> Kind {
    let Ok(Glance {
        withheld,
        id,
        r#type,
    }) = serde_json::from_str(text)
    else {
        return Kind::Event {
            assesses: false,
            id: None,
        };
    };
    if withheld {
        return Kind::Withheld;
    }
    let assesses = r#type == Some("report.assessed.v1");
    let id = if id.is_some() { None } else { with_id(text) };
    Kind::Event { assesses, id }
}

fn with_id(text: &str) -> Option<String> {
    let content = causeway_domain::json::compact(text).ok()?;
    let id = Uuid::new_v5(&BY_CONTENT, content.as_bytes());
    let members = content
        .strip_prefix('{')
        .filter(|members| *members != "}")?;
    Some(format!(r#"{{"id":"{id}",{members}"#))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id_given_to(text: &str) -> String {
        let Kind::Event { id: Some(text), .. } = look(text) else {
            panic!("{text} gets no id")
        };
        let event: serde_json::Value = serde_json::from_str(&text).unwrap();
        event["id"].as_str().unwrap().to_owned()
    }

    #[test]
    fn an_event_without_an_id_gets_the_same_one_each_time_however_it_is_spaced() {
        let id = id_given_to(r#"{"type":"incident.reported.v1","data":{"a":"b c"}}"#);
        assert_eq!(
            id,
            id_given_to(r#"{ "type": "incident.reported.v1", "data": {"a": "b c"} }"#)
        );
        assert_ne!(
            id,
            id_given_to(r#"{"type":"incident.reported.v1","data":{"a":"bc"}}"#)
        );
    }

    #[test]
    fn an_event_with_an_id_keeps_its_text() {
        let event = r#"{"id":"0192c7c8-6d2e-7a31-9d41-0f3c6a1be001","type":"x"}"#;
        assert_eq!(
            look(event),
            Kind::Event {
                assesses: false,
                id: None
            }
        );
    }

    #[test]
    fn what_is_withheld_and_what_assesses_is_seen() {
        assert_eq!(
            look(r#"{"sequence":"00000000000000000007","withheld":true}"#),
            Kind::Withheld
        );
        let assessment = r#"{"id":"a","type":"report.assessed.v1"}"#;
        assert_eq!(
            look(assessment),
            Kind::Event {
                assesses: true,
                id: None
            }
        );
    }

    #[test]
    fn what_is_no_event_is_left_to_the_service() {
        for text in ["", "{", "[]", "7", "{}", r#"{"type":7}"#] {
            assert_eq!(
                look(text),
                Kind::Event {
                    assesses: false,
                    id: None
                },
                "{text}"
            );
        }
    }
}
