//! Paperwork: what is recorded about a report, on the report's own subject.
//!
//! Paperwork belongs to what we know, not to the world: its `time` plays no part (rule 5).

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::id::EventId;
use crate::refusal::Refusal;
use crate::text::Prose;
use crate::words::Level;

/// Paperwork about a report.
#[derive(Debug, Clone, Deserialize, ToSchema, strum::IntoStaticStr)]
pub enum Event {
    /// Somebody looked at a report and judged how well it is verified.
    #[serde(rename = "report.assessed.v1")]
    #[strum(serialize = "report.assessed.v1")]
    Assessed(Assessed),
    /// Somebody objects to a report.
    #[serde(rename = "report.disputed.v1")]
    #[strum(serialize = "report.disputed.v1")]
    Disputed(Disputed),
    /// The author puts a report right, with the whole new data.
    #[serde(rename = "report.corrected.v1")]
    #[strum(serialize = "report.corrected.v1")]
    Corrected(Corrected),
    /// The author takes back a report, or paperwork about one.
    #[serde(rename = "report.withdrawn.v1")]
    #[strum(serialize = "report.withdrawn.v1")]
    Withdrawn(Withdrawn),
}

/// Somebody looked at a report and judged how well it is verified.
#[derive(Debug, Clone, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Assessed {
    /// The form that was looked at: the report itself, or a correction of it.
    pub event: EventId,
    /// The judgement.
    pub level: Level,
    /// How it was looked at.
    pub method: Option<Prose>,
    /// Why this level.
    pub rationale: Option<Prose>,
}

/// Somebody objects to a report.
#[derive(Debug, Clone, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Disputed {
    /// The report.
    pub event: EventId,
    /// Why.
    pub reason: Prose,
}

/// The author puts a report right.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Corrected {
    /// The report, always the original.
    pub event: EventId,
    /// The whole new data, valid for the report's type.
    #[serde(deserialize_with = "an_object")]
    #[schema(value_type = Object)]
    pub data: Box<RawValue>,
    /// Why.
    pub reason: Prose,
}

fn an_object<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Box<RawValue>, D::Error> {
    let data = Box::<RawValue>::deserialize(deserializer)?;
    match data.get().starts_with('{') {
        true => Ok(data),
        false => Err(serde::de::Error::custom("expected an object")),
    }
}

/// The author takes something back.
#[derive(Debug, Clone, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Withdrawn {
    /// What is taken back.
    pub event: EventId,
    /// Why.
    pub reason: Prose,
}

impl Event {
    /// Whether it changes what a report says, or whether it says it at all.
    #[must_use]
    pub fn changes_form(&self) -> bool {
        matches!(self, Event::Corrected(_) | Event::Withdrawn(_))
    }

    /// The event it names.
    #[must_use]
    pub fn target(&self) -> EventId {
        match self {
            Event::Assessed(paper) => paper.event,
            Event::Disputed(paper) => paper.event,
            Event::Corrected(paper) => paper.event,
            Event::Withdrawn(paper) => paper.event,
        }
    }
}

/// What the event named by paperwork is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Named {
    /// A report.
    Report,
    /// An assessment or a dispute.
    Judgement,
    /// A correction.
    Correction,
    /// A withdrawal, or a bulletin: nothing may name it.
    Final,
}

/// How the named event stands to the paperwork and to the one who records it.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// What it is.
    pub named: Named,
    /// Whether it is on the subject that the paperwork is on.
    pub on_same_subject: bool,
    /// Whether the caller's key recorded it.
    pub is_callers_own: bool,
    /// Whether the caller's organisation is its author, or the caller may speak for anyone.
    pub is_callers_to_change: bool,
}

impl Event {
    /// What sort of target this paperwork makes for further paperwork.
    #[must_use]
    pub fn as_named(&self) -> Named {
        match self {
            Event::Assessed(_) | Event::Disputed(_) => Named::Judgement,
            Event::Corrected(_) => Named::Correction,
            Event::Withdrawn(_) => Named::Final,
        }
    }

    /// Whether the paperwork may be recorded (rules 16, 21, 22).
    ///
    /// # Errors
    /// For a target that this paperwork cannot name, or a caller who may not write it.
    pub fn admit(&self, target: Target) -> Result<(), Refusal> {
        if !target.on_same_subject {
            return Err(Refusal::BadTarget("the named event is on another subject"));
        }
        match (self, target.named) {
            (Event::Assessed(_), Named::Report | Named::Correction)
            | (Event::Disputed(_) | Event::Corrected(_), Named::Report)
            | (Event::Withdrawn(_), Named::Report | Named::Judgement | Named::Correction) => {}
            (Event::Corrected(_), Named::Correction) => {
                return Err(Refusal::BadTarget("to correct again, correct the original report"));
            }
            (_, Named::Final) => {
                return Err(Refusal::BadTarget("a withdrawal and a bulletin are final"));
            }
            (Event::Assessed(_), Named::Judgement) => {
                return Err(Refusal::BadTarget("an assessment names a report or a correction"));
            }
            (Event::Disputed(_) | Event::Corrected(_), Named::Judgement | Named::Correction) => {
                return Err(Refusal::BadTarget("a dispute or a correction names a report"));
            }
        }
        match self {
            Event::Assessed(_) if target.is_callers_own => Err(Refusal::OwnReport),
            Event::Corrected(_) | Event::Withdrawn(_) if !target.is_callers_to_change => {
                Err(Refusal::NotPermitted(
                    "only the author's organisation or an admin corrects and withdraws",
                ))
            }
            Event::Assessed(_) | Event::Disputed(_) | Event::Corrected(_) | Event::Withdrawn(_) => {
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: Target = Target {
        named: Named::Report,
        on_same_subject: true,
        is_callers_own: false,
        is_callers_to_change: true,
    };

    fn paperwork(what: &str) -> Event {
        let event = "00000000-0000-0000-0000-000000000001";
        let data = match what {
            "assessed" => format!(r#"{{"event":"{event}","level":"verified"}}"#),
            "corrected" => format!(r#"{{"event":"{event}","data":{{}},"reason":"r"}}"#),
            _ => format!(r#"{{"event":"{event}","reason":"r"}}"#),
        };
        let (_, event) = crate::details::read(&format!("report.{what}.v1"), &data).unwrap();
        event
    }

    fn admitted(what: &str, named: Named) -> bool {
        match paperwork(what).admit(Target { named, ..REPORT }) {
            Ok(()) => true,
            Err(Refusal::BadTarget(_)) => false,
            Err(other) => panic!("{what} of {named:?}: {other}"),
        }
    }

    #[test]
    fn paperwork_names_what_it_can_be_about() {
        use Named::{Correction, Final, Judgement, Report};
        for (what, may_name) in [
            ("assessed", &[Report, Correction][..]),
            ("disputed", &[Report]),
            ("corrected", &[Report]),
            ("withdrawn", &[Report, Judgement, Correction]),
        ] {
            for named in [Report, Judgement, Correction, Final] {
                assert_eq!(admitted(what, named), may_name.contains(&named), "{what} {named:?}");
            }
        }
    }

    #[test]
    fn what_may_name_paperwork_depends_on_what_it_is() {
        assert_eq!(paperwork("assessed").as_named(), Named::Judgement);
        assert_eq!(paperwork("disputed").as_named(), Named::Judgement);
        assert_eq!(paperwork("corrected").as_named(), Named::Correction);
        assert_eq!(paperwork("withdrawn").as_named(), Named::Final);
    }

    #[test]
    fn a_target_on_another_subject_is_none() {
        let elsewhere = Target { on_same_subject: false, ..REPORT };
        for what in ["assessed", "disputed", "corrected", "withdrawn"] {
            let refusal = paperwork(what).admit(elsewhere).unwrap_err();
            assert_eq!(refusal.code(), "bad-target");
        }
    }

    #[test]
    fn nobody_assesses_what_the_same_key_recorded() {
        let own = Target { is_callers_own: true, ..REPORT };
        assert_eq!(paperwork("assessed").admit(own), Err(Refusal::OwnReport));
        let own_correction = Target { named: Named::Correction, ..own };
        assert_eq!(paperwork("assessed").admit(own_correction), Err(Refusal::OwnReport));
        for what in ["disputed", "corrected", "withdrawn"] {
            assert_eq!(paperwork(what).admit(own), Ok(()));
        }
    }

    #[test]
    fn only_the_author_or_an_admin_corrects_and_withdraws() {
        let anothers = Target { is_callers_to_change: false, ..REPORT };
        for what in ["corrected", "withdrawn"] {
            let refusal = paperwork(what).admit(anothers).unwrap_err();
            assert_eq!(refusal.code(), "not-permitted");
        }
        for what in ["assessed", "disputed"] {
            assert_eq!(paperwork(what).admit(anothers), Ok(()));
        }
    }
}
