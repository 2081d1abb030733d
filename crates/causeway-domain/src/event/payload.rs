//! What happened: the payload of an event, by the kind of its subject.

use serde::{Deserialize, Serialize};

use crate::details::{self, Details};
use crate::faults::Faults;
use crate::id::{Kind, SubjectRef};
use crate::{
    bulletin, constraint, corridor, delivery, incident, movement, register, report, statement,
};

/// What happened, by the kind of subject; the four `report.*` types may be on any.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each is a module of this crate, which says what it is")]
pub enum Payload {
    Corridor(corridor::Event),
    Constraint(constraint::Event),
    Delivery(delivery::Event),
    Incident(incident::Event),
    Movement(movement::Event),
    Statement(statement::Event),
    Bulletin(bulletin::Event),
    Actor(register::Actor),
    Place(register::Place),
    /// Never packed: what it does to a report is.
    #[serde(skip)]
    Report(report::Event),
}

/// How an event stands to the existence of its subject (rule 18).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Creation {
    /// It creates the subject, once.
    Once,
    /// It creates the subject, or is one more report on it.
    OrReports,
    /// It needs the subject.
    No,
}

impl Payload {
    /// Reads `data` as what an event of type `type_name` holds.
    ///
    /// # Errors
    /// For an unknown type, and for data that does not fit the type: the first fault only.
    pub fn read(type_name: &str, data: &str) -> Result<(Details, Payload), serde_json::Error> {
        fn of<'a, E: Deserialize<'a>>(
            name: &'a str,
            data: &'a str,
            payload: fn(E) -> Payload,
        ) -> Result<(Details, Payload), serde_json::Error> {
            details::read(name, data).map(|(details, event)| (details, payload(event)))
        }
        match type_name.split('.').next().unwrap_or_default() {
            "corridor" => of(type_name, data, Payload::Corridor),
            "constraint" => of(type_name, data, Payload::Constraint),
            "delivery" => of(type_name, data, Payload::Delivery),
            "incident" => of(type_name, data, Payload::Incident),
            "movement" => of(type_name, data, Payload::Movement),
            "statement" => of(type_name, data, Payload::Statement),
            "bulletin" => of(type_name, data, Payload::Bulletin),
            "actor" => of(type_name, data, Payload::Actor),
            "place" => of(type_name, data, Payload::Place),
            "report" => of(type_name, data, Payload::Report),
            _ => Err(serde::de::Error::custom(format_args!("unknown type `{type_name}`"))),
        }
    }

    /// The type's name: `<kind>.<what_happened>.v<n>`.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        match self {
            Payload::Corridor(event) => event.into(),
            Payload::Constraint(event) => event.into(),
            Payload::Delivery(event) => event.into(),
            Payload::Incident(event) => event.into(),
            Payload::Movement(event) => event.into(),
            Payload::Statement(event) => event.into(),
            Payload::Bulletin(event) => event.into(),
            Payload::Actor(event) => event.into(),
            Payload::Place(event) => event.into(),
            Payload::Report(event) => event.into(),
        }
    }

    /// What paperwork can make of it.
    #[must_use]
    pub fn as_named(&self) -> report::Named {
        match self {
            Payload::Report(paperwork) => paperwork.as_named(),
            Payload::Bulletin(_) => report::Named::Final,
            Payload::Corridor(_)
            | Payload::Constraint(_)
            | Payload::Delivery(_)
            | Payload::Incident(_)
            | Payload::Movement(_)
            | Payload::Statement(_)
            | Payload::Actor(_)
            | Payload::Place(_) => report::Named::Report,
        }
    }

    /// The kind of subject it belongs to; paperwork belongs to any.
    #[must_use]
    pub fn kind(&self) -> Option<Kind> {
        match self {
            Payload::Corridor(_) => Some(Kind::Corridor),
            Payload::Constraint(_) => Some(Kind::Constraint),
            Payload::Delivery(_) => Some(Kind::Delivery),
            Payload::Incident(_) => Some(Kind::Incident),
            Payload::Movement(_) => Some(Kind::Movement),
            Payload::Statement(_) => Some(Kind::Statement),
            Payload::Bulletin(_) => Some(Kind::Bulletin),
            Payload::Actor(_) => Some(Kind::Actor),
            Payload::Place(_) => Some(Kind::Place),
            Payload::Report(_) => None,
        }
    }

    /// Whether it can be about `subject`: one of its kind, and named unless it creates it.
    #[must_use]
    pub fn is_about(&self, subject: &SubjectRef) -> bool {
        let of_its_kind = self.kind().is_none_or(|kind| kind == subject.kind);
        of_its_kind && (subject.id.is_some() || self.creation() != Creation::No)
    }

    /// How it stands to the existence of its subject.
    #[must_use]
    pub fn creation(&self) -> Creation {
        match self {
            Payload::Corridor(corridor::Event::Registered(_))
            | Payload::Delivery(delivery::Event::Planned(_))
            | Payload::Statement(_)
            | Payload::Bulletin(_)
            | Payload::Actor(_)
            | Payload::Place(_) => Creation::Once,
            Payload::Constraint(constraint::Event::Reported(_))
            | Payload::Delivery(delivery::Event::Reported(_))
            | Payload::Incident(incident::Event::Reported(_))
            | Payload::Movement(movement::Event::Reported(_)) => Creation::OrReports,
            Payload::Corridor(_)
            | Payload::Constraint(_)
            | Payload::Delivery(_)
            | Payload::Incident(_)
            | Payload::Movement(_)
            | Payload::Report(_) => Creation::No,
        }
    }

    /// Paperwork about a report.
    #[must_use]
    pub fn is_paperwork(&self) -> bool {
        matches!(self, Payload::Report(_))
    }

    /// A report, as against paperwork and bulletins.
    #[must_use]
    pub fn is_report(&self) -> bool {
        !matches!(self, Payload::Report(_) | Payload::Bulletin(_))
    }

    /// Announcements and plans may lie far in the future (rule 30).
    #[must_use]
    pub fn may_lie_ahead(&self) -> bool {
        matches!(
            self,
            Payload::Corridor(corridor::Event::WindowAnnounced(_))
                | Payload::Delivery(delivery::Event::Planned(_))
        )
    }

    /// Faults that only several fields together show.
    pub(crate) fn check(&self, faults: &mut Faults) {
        match self {
            Payload::Corridor(event) => event.check(faults),
            Payload::Delivery(event) => event.check(faults),
            Payload::Incident(event) => event.check(faults),
            Payload::Movement(event) => event.check(faults),
            Payload::Bulletin(event) => event.check(faults),
            Payload::Constraint(_)
            | Payload::Statement(_)
            | Payload::Actor(_)
            | Payload::Place(_)
            | Payload::Report(_) => {}
        }
    }
}
