//! Who said what? Statements are on record, and never decide anything (rule 19).

use causeway_domain::source::Source;
use causeway_domain::statement::Event;
use causeway_domain::text::Prose;
use causeway_domain::words::Stance;
use causeway_domain::{EventId, Id, Kind, Payload, SubjectId, Time};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::filter::Words;
use crate::incidents::happened_within;
use crate::streams::Stream;
use crate::view::{Page, Paging, View};

/// A statement as one reader sees it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Statement {
    /// Its id.
    pub id: Id,
    /// The number of events on it.
    pub version: u64,
    /// When it was made.
    #[schema(required)]
    pub time: Option<Time>,
    /// The actor who made it.
    #[schema(required)]
    pub by: Option<Id>,
    /// What was said.
    #[schema(required)]
    pub summary: Option<Prose>,
    /// What the statement does.
    #[schema(required)]
    pub stance: Option<Stance>,
    /// The subjects it speaks of.
    pub about: Vec<SubjectId>,
    /// The event it denies.
    #[schema(required)]
    pub denies: Option<EventId>,
    /// Where it was published, and how far to trust it.
    #[schema(required)]
    pub source: Option<Source>,
}

/// Which statements a list shows.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// By this actor.
    pub organisation: Option<Id>,
    /// Of this stance.
    pub kind: Option<Stance>,
    /// About this corridor.
    pub corridor: Option<Id>,
    /// At or after this instant.
    pub from: Option<DateTime<Utc>>,
    /// Before this instant.
    pub to: Option<DateTime<Utc>>,
    /// With these words in the id or summary.
    pub words: Option<Words>,
}

impl Filter {
    fn shows(&self, statement: &Statement) -> bool {
        let speaks_of = |corridor: &Id| {
            let subject = SubjectId { kind: Kind::Corridor, id: corridor.clone() };
            statement.about.contains(&subject)
        };
        let named = |words: &Words| {
            words.found_in(statement.summary.as_deref().into_iter().chain([statement.id.as_str()]))
        };
        self.organisation.as_ref().is_none_or(|actor| statement.by.as_ref() == Some(actor))
            && self.kind.is_none_or(|stance| statement.stance == Some(stance))
            && self.corridor.as_ref().is_none_or(speaks_of)
            && happened_within(statement.time, self.from, self.to)
            && self.words.as_ref().is_none_or(named)
    }
}

impl View<'_> {
    /// The statements that have been made, newest first.
    #[must_use]
    pub fn statements(&self, filter: &Filter, paging: &Paging) -> Page<Statement> {
        let begun = self.by_time(Kind::Statement, paging);
        let statements = begun.map(|(key, id, stream)| (key, self.about_statement(id, &stream)));
        paging.cut(statements.filter(|(_, statement)| filter.shows(statement)))
    }

    /// One statement, if the reader knows of it.
    #[must_use]
    pub fn statement(&self, id: &Id) -> Option<Statement> {
        Some(self.about_statement(id, &*self.known(Kind::Statement, id)?))
    }

    fn about_statement(&self, id: &Id, stream: &Stream) -> Statement {
        let standing = stream.standing(self.seen).last();
        let said = standing.as_ref().and_then(|standing| {
            let Payload::Statement(Event::Recorded(said)) = &standing.form.payload else {
                return None;
            };
            Some(said)
        });
        Statement {
            id: id.clone(),
            version: stream.version(self.seen),
            time: standing.as_ref().map(|standing| standing.report.time),
            by: said.map(|said| said.by.clone()),
            summary: said.map(|said| said.summary.clone()),
            stance: said.and_then(|said| said.stance),
            about: said.and_then(|said| said.about.as_deref()).unwrap_or_default().to_vec(),
            denies: said.and_then(|said| said.denies),
            source: standing
                .as_ref()
                .and_then(|standing| standing.form.details.source.as_deref().cloned()),
        }
    }
}
