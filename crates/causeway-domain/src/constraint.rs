//! Constraints: anything that bars access. A blockade is a constraint of kind `blockade`.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::ToSchema;

use crate::id::Id;
use crate::packed;
use crate::quantity::{Count, whole_number};
use crate::text::{List, Prose, Title};
use crate::words::{Category, ConstraintKind, Mitigation};

/// What a source says about a constraint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema, strum::IntoStaticStr)]
pub enum Event {
    /// A source says that a constraint, such as a blockade, is in force.
    #[serde(rename = "constraint.reported.v1")]
    #[strum(serialize = "constraint.reported.v1")]
    Reported(Box<Reported>),
    /// A constraint bars more than before.
    #[serde(rename = "constraint.tightened.v1")]
    #[strum(serialize = "constraint.tightened.v1")]
    Tightened(Box<Changed>),
    /// A constraint bars less than before, and is still in force.
    #[serde(rename = "constraint.eased.v1")]
    #[strum(serialize = "constraint.eased.v1")]
    Eased(Box<Changed>),
    /// A source says that a constraint is not in force, or never was.
    #[serde(rename = "constraint.lifted.v1")]
    #[strum(serialize = "constraint.lifted.v1")]
    Lifted(Because),
    /// A constraint that was lifted is in force again.
    #[serde(rename = "constraint.resumed.v1")]
    #[strum(serialize = "constraint.resumed.v1")]
    Resumed(Because),
    /// Something was done about a constraint; says nothing about its being in force.
    #[serde(rename = "constraint.mitigated.v1")]
    #[strum(serialize = "constraint.mitigated.v1")]
    Mitigated(Mitigated),
}

/// A constraint is in force.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Reported {
    /// What sort of thing it is.
    pub kind: ConstraintKind,
    /// OCHA's category of access constraint.
    pub category: Category,
    /// One line that names it.
    pub title: Title,
    /// Areas it covers: P-codes or place ids.
    pub areas: Option<List<Title>>,
    /// Corridors it bars.
    pub corridors: Option<List<Id>>,
    /// What it bars.
    pub affects: Option<Affects>,
    /// 0 none to 3 extreme.
    pub severity: Option<Severity>,
    /// People affected; never summed over constraints.
    pub people_affected: Option<Count>,
    /// Who imposes it, as this source says.
    pub imposed_by: Option<Id>,
}

/// What changed about a constraint that is in force.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Changed {
    /// What it bars now.
    pub affects: Option<Affects>,
    /// 0 none to 3 extreme.
    pub severity: Option<Severity>,
    /// Areas it covers now: P-codes or place ids.
    pub areas: Option<List<Title>>,
    /// Corridors it bars now.
    pub corridors: Option<List<Id>>,
    /// People affected now.
    pub people_affected: Option<Count>,
}

/// A reason, where one was given.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Because {
    /// Why.
    pub reason: Option<Prose>,
}

/// Something was done about a constraint; it asserts nothing about its being in force.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Mitigated {
    /// What was done.
    pub action: Mitigation,
    /// What came of it.
    pub outcome: Option<Prose>,
}

/// What a constraint bars.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(remote = "Self")]
#[serde(deny_unknown_fields)]
pub struct Affects {
    /// Goods.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub goods: Option<List<Prose>>,
    /// Groups of people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub people: Option<List<Prose>>,
    /// Services.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub services: Option<List<Prose>>,
}

impl Serialize for Affects {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match serializer.is_human_readable() {
            true => Affects::serialize(self, serializer),
            false => packed::serialize(self, serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Affects {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Affects, D::Error> {
        match deserializer.is_human_readable() {
            true => Affects::deserialize(deserializer),
            false => packed::deserialize(deserializer),
        }
    }
}

/// How much a constraint hinders, as ACAPS scores it: 0 none to 3 extreme.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[schema(value_type = u32, minimum = 0, maximum = 3)]
pub struct Severity(u8);

impl<'de> Deserialize<'de> for Severity {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Severity, D::Error> {
        let number = whole_number(deserializer, 0, 3)?;
        Ok(Severity(u8::try_from(number).unwrap_or(3)))
    }
}

impl Event {
    /// What the report asserts about the constraint's being in force, if anything (rule 25).
    #[must_use]
    pub fn asserts(&self) -> Option<bool> {
        match self {
            Event::Reported(_) | Event::Resumed(_) | Event::Tightened(_) | Event::Eased(_) => {
                Some(true)
            }
            Event::Lifted(_) => Some(false),
            Event::Mitigated(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::EVENT_TYPES;

    #[test]
    fn severity_is_a_whole_number_from_0_to_3() {
        let severity = |json: &str| serde_json::from_str::<Severity>(json).ok();
        assert!(severity("0") < severity("1") && severity("1") < severity("3.0"));
        for wrong in ["4", "-1", "1.5", "\"1\"", "null"] {
            assert_eq!(severity(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn all_but_a_mitigation_say_whether_it_is_in_force() {
        let asserts = |name: &str| {
            let known = EVENT_TYPES.iter().find(|one| one.name == name).unwrap();
            let event = crate::event::parse(known.example).unwrap();
            let crate::Payload::Constraint(event) = event.payload else {
                panic!("{name} is no constraint");
            };
            event.asserts()
        };
        assert_eq!(asserts("constraint.reported.v1"), Some(true));
        assert_eq!(asserts("constraint.tightened.v1"), Some(true));
        assert_eq!(asserts("constraint.eased.v1"), Some(true));
        assert_eq!(asserts("constraint.resumed.v1"), Some(true));
        assert_eq!(asserts("constraint.lifted.v1"), Some(false));
        assert_eq!(asserts("constraint.mitigated.v1"), None);
    }
}
