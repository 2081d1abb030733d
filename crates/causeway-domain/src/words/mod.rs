//! Controlled vocabularies: the closed lists of words that events are made of.
//!
//! A word's meaning is its doc comment, its code in a published standard a property beside it,
//! so that neither can drift from the word.

mod constraint;
mod corridor;
mod delivery;
mod people;
mod record;

use serde::Serialize;
use strum::{EnumMessage, EnumProperty};
use utoipa::ToSchema;

pub use constraint::{Category, ConstraintKind, Mitigation};
pub use corridor::{CorridorStatus, Direction, Traffic};
pub use delivery::{ClearanceAnswer, LossCause, Mode, Sector, Stage, Unit};
pub use people::{ActorKind, HarmRole, IncidentKind, MovementKind, Stance};
pub use record::{Classification, Level, Precision, Reliability, SourceKind, TimePrecision};

/// A word of a vocabulary, as it is published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Entry {
    /// The word as events spell it.
    pub word: &'static str,
    /// What it means, in one line.
    pub meaning: &'static str,
    /// The code of the same idea in a published standard.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<&'static str>,
}

/// A vocabulary: its name and its words in order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Vocabulary {
    /// The name under which it is served.
    pub name: &'static str,
    /// Increased whenever a word is added; words are never removed.
    pub version: u32,
    /// Where the words come from.
    pub follows: &'static str,
    /// The words, in their own order.
    pub words: Vec<Entry>,
}

/// All vocabularies, by name.
#[must_use]
pub fn vocabularies() -> Vec<Vocabulary> {
    const OURS: &str = "Causeway";
    vec![
        vocabulary::<ActorKind>("actor-kinds", OURS),
        vocabulary::<Category>("categories", "OCHA Access Monitoring and Reporting Framework"),
        vocabulary::<ClearanceAnswer>("clearance-answers", OURS),
        vocabulary::<Classification>("classifications", "OCHA Data Responsibility Guidelines"),
        vocabulary::<ConstraintKind>("constraint-kinds", OURS),
        vocabulary::<CorridorStatus>("corridor-statuses", "LogIE, Sahana Eden"),
        vocabulary::<Direction>("directions", OURS),
        vocabulary::<HarmRole>("harm-roles", OURS),
        vocabulary::<IncidentKind>("incident-kinds", "INSO, ACLED (acts)"),
        vocabulary::<Level>("levels", OURS),
        vocabulary::<LossCause>("loss-causes", OURS),
        vocabulary::<Mitigation>("mitigations", OURS),
        vocabulary::<Mode>("modes", OURS),
        vocabulary::<MovementKind>("movement-kinds", OURS),
        vocabulary::<Precision>("precisions", OURS),
        vocabulary::<Reliability>("reliabilities", "Admiralty (NATO) scale"),
        vocabulary::<Sector>("sectors", "IASC coordination groups"),
        vocabulary::<SourceKind>("source-kinds", OURS),
        vocabulary::<Stage>("stages", OURS),
        vocabulary::<Stance>("stances", OURS),
        vocabulary::<TimePrecision>("time-precisions", OURS),
        vocabulary::<Traffic>("traffic", OURS),
        vocabulary::<Unit>("units", "UN/CEFACT Recommendation 20, 21 (codes)"),
    ]
}

fn vocabulary<W>(name: &'static str, follows: &'static str) -> Vocabulary
where
    W: strum::IntoEnumIterator + EnumMessage + EnumProperty + Into<&'static str> + Copy,
{
    let entry = |word: W| Entry {
        word: word.into(),
        meaning: word.get_documentation().unwrap_or_default(),
        code: word.get_str("code"),
    };
    Vocabulary { name, version: 1, follows, words: W::iter().map(entry).collect() }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use strum::IntoEnumIterator;

    use super::*;

    #[test]
    fn every_word_has_a_meaning() {
        for vocabulary in vocabularies() {
            for word in &vocabulary.words {
                let meaning = word.meaning;
                assert!(
                    meaning.ends_with('.') && !meaning.contains('\n'),
                    "{} in {}: {meaning:?}",
                    word.word,
                    vocabulary.name
                );
            }
        }
    }

    #[test]
    fn no_vocabulary_and_no_word_of_one_stands_twice() {
        let names: BTreeSet<_> = vocabularies().iter().map(|one| one.name).collect();
        assert_eq!(names.len(), vocabularies().len());
        for vocabulary in vocabularies() {
            let words: BTreeSet<_> = vocabulary.words.iter().map(|one| one.word).collect();
            assert_eq!(words.len(), vocabulary.words.len(), "{}", vocabulary.name);
        }
    }

    /// What events may say, what is published and what a query may ask for are the same words.
    fn is_spelled_one_way<W>()
    where
        W: IntoEnumIterator + Into<&'static str> + std::str::FromStr + Copy + PartialEq,
        W: std::fmt::Debug + Serialize + serde::de::DeserializeOwned + utoipa::PartialSchema,
    {
        let schema = serde_json::json!(W::schema());
        let in_schema: Vec<&str> =
            schema["enum"].as_array().unwrap().iter().filter_map(|word| word.as_str()).collect();
        let words: Vec<&'static str> = W::iter().map(Into::into).collect();
        assert_eq!(words, in_schema);
        for word in W::iter() {
            let text: &'static str = word.into();
            assert_eq!(text.parse::<W>().ok(), Some(word));
            let json = serde_json::json!(text);
            assert_eq!(serde_json::json!(word), json);
            assert_eq!(serde_json::from_value::<W>(json).unwrap(), word);
        }
    }

    #[test]
    fn a_word_is_spelled_one_way_everywhere() {
        is_spelled_one_way::<ActorKind>();
        is_spelled_one_way::<Category>();
        is_spelled_one_way::<ClearanceAnswer>();
        is_spelled_one_way::<Classification>();
        is_spelled_one_way::<ConstraintKind>();
        is_spelled_one_way::<CorridorStatus>();
        is_spelled_one_way::<Direction>();
        is_spelled_one_way::<HarmRole>();
        is_spelled_one_way::<IncidentKind>();
        is_spelled_one_way::<Level>();
        is_spelled_one_way::<LossCause>();
        is_spelled_one_way::<Mitigation>();
        is_spelled_one_way::<Mode>();
        is_spelled_one_way::<MovementKind>();
        is_spelled_one_way::<Precision>();
        is_spelled_one_way::<Reliability>();
        is_spelled_one_way::<Sector>();
        is_spelled_one_way::<SourceKind>();
        is_spelled_one_way::<Stage>();
        is_spelled_one_way::<Stance>();
        is_spelled_one_way::<TimePrecision>();
        is_spelled_one_way::<Traffic>();
        is_spelled_one_way::<Unit>();
    }

    #[test]
    fn the_words_of_the_contract_are_there() {
        let words = |name: &str| {
            let vocabularies = vocabularies();
            let found = vocabularies.iter().find(|one| one.name == name).unwrap();
            found.words.iter().map(|word| word.word).collect::<Vec<_>>().join(" ")
        };
        for (name, expected) in [
            ("categories", "DEN RMI RMW INT VIO RSA HOS MIN ENV"),
            ("classifications", "public restricted confidential strictly-confidential"),
            ("corridor-statuses", "open restricted closed"),
            ("directions", "inbound outbound both"),
            (
                "traffic",
                "humanitarian_cargo medical_evacuation humanitarian_staff civilians commercial \
                 fuel peacekeeping all",
            ),
            ("precisions", "exact 100m 1km settlement adm3 adm2 adm1 country"),
            ("units", "t kg l m3 pallet truck kit household person piece"),
            (
                "levels",
                "unverified partially_corroborated corroborated verified disputed refuted \
                 unverifiable",
            ),
            ("stages", "dispatched held crossed arrived distributed turned_back"),
            (
                "loss-causes",
                "damaged spoiled taken_by_crowd seized_by_armed_actor confiscated_by_authority \
                 returned lost",
            ),
            (
                "sectors",
                "SHL CCM PRO PRO-CPN PRO-GBV PRO-MIN PRO-HLP FSC WSH LOG EDU NUT HEA ERY TEL MUL",
            ),
        ] {
            assert_eq!(words(name), expected);
        }
    }
}
