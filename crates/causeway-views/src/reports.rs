//! A report with everything recorded about it since, and how it stands for a reader.

use std::collections::HashMap;
use std::iter;

use causeway_domain::corridor::{self, Cells};
use causeway_domain::words::{Classification, CorridorStatus, Level, SourceKind};
use causeway_domain::{EventId, Id, Payload, Time};
use chrono::{DateTime, Utc};

use crate::chronicle::{Chronicle, Entry};
use crate::claims::Speaker;
use crate::tape::{Paper, Shown, Told};
use crate::{Position, Seen};

/// Order in the world: by time, then by position.
pub(crate) type Age = (DateTime<Utc>, Position);

/// A report, with everything recorded about it since.
#[derive(Debug, Clone)]
pub struct Report {
    /// The event that made it.
    pub id: EventId,
    /// Where that stands.
    pub position: Position,
    /// When it happened.
    pub time: Time,
    /// The organisation that recorded it.
    pub organisation: Id,
    /// How sensitive it is now (rule 47).
    pub classification: Classification,
    /// What it said when it was recorded.
    pub original: Form,
    withdrawn: Option<Position>,
    /// Most have none.
    paperwork: Option<Box<Paperwork>>,
}

/// What was recorded about a report since.
#[derive(Debug, Clone, Default)]
struct Paperwork {
    corrections: Vec<Correction>,
    assessments: Vec<Assessment>,
    disputes: Vec<Dispute>,
}

/// A form that took the place of another.
#[derive(Debug, Clone)]
struct Correction {
    form: Form,
    position: Position,
    classification: Classification,
    withdrawn: Option<Position>,
}

/// What a report says, as first recorded or as corrected.
#[derive(Debug, Clone)]
pub struct Form {
    /// The report, or the correction.
    pub id: EventId,
    /// The common fields.
    pub details: Shown,
    /// What it says.
    pub payload: Payload,
    /// The number of who says it, among those who report on the subject.
    pub speaker: u32,
    /// The status of a corridor that it reports, and of which cells.
    pub status: Option<(CorridorStatus, Cells)>,
}

/// How well somebody found a form to be verified.
#[derive(Debug, Clone)]
pub struct Assessment {
    id: EventId,
    /// Where it stands.
    pub position: Position,
    classification: Classification,
    /// The form that was looked at.
    pub form: EventId,
    /// The judgement.
    pub level: Level,
    /// Where it was taken back.
    pub withdrawn: Option<Position>,
}

/// An objection to a report.
#[derive(Debug, Clone)]
struct Dispute {
    id: EventId,
    position: Position,
    withdrawn: Option<Position>,
}

/// A report as it stands for a reader: in the form in force, at the level that form has.
#[derive(Debug, Clone, Copy)]
pub struct Standing<'a> {
    /// The report.
    pub report: &'a Report,
    /// The form in force.
    pub form: &'a Form,
    /// How well that form is verified.
    pub level: Level,
    /// The assessment that says so.
    assessment: Option<&'a Assessment>,
}

impl Report {
    /// As just recorded.
    #[must_use]
    pub fn new(position: Position, entry: &Entry<'_>, told: Told) -> Report {
        Report {
            id: entry.id,
            position,
            time: entry.time,
            organisation: entry.organisation.clone(),
            classification: entry.classification,
            original: Form::new(entry.id, told),
            withdrawn: None,
            paperwork: None,
        }
    }

    /// Newest is greatest.
    pub(crate) fn age(&self) -> Age {
        (self.time.instant(), self.position)
    }

    /// Takes in paperwork on it, recorded at `position`, that names `target`.
    pub(crate) fn follow(
        &mut self,
        paper: Paper<Told>,
        position: Position,
        entry: &Entry<'_>,
        target: EventId,
    ) {
        let Entry { id, classification, .. } = *entry;
        let known = self.paperwork.get_or_insert_default();
        match paper {
            Paper::Assessed(level) => known.assessments.push(Assessment {
                id,
                position,
                classification,
                form: target,
                level,
                withdrawn: None,
            }),
            Paper::Corrected(told) => {
                known.corrections.extend(told.map(|told| Correction {
                    form: Form::new(id, told),
                    position,
                    classification,
                    withdrawn: None,
                }));
            }
            Paper::Withdrawn => self.withdraw(target, position),
            Paper::Disputed => known.disputes.push(Dispute { id, position, withdrawn: None }),
        }
    }

    fn withdraw(&mut self, target: EventId, position: Position) {
        if target == self.id {
            self.withdrawn.get_or_insert(position);
        }
        let Some(known) = &mut self.paperwork else { return };
        for correction in known.corrections.iter_mut().filter(|one| one.form.id == target) {
            correction.withdrawn.get_or_insert(position);
        }
        for assessment in known.assessments.iter_mut().filter(|one| one.id == target) {
            assessment.withdrawn.get_or_insert(position);
        }
        for dispute in known.disputes.iter_mut().filter(|one| one.id == target) {
            dispute.withdrawn.get_or_insert(position);
        }
    }

    /// Notes on each form the number of who says it; who has none gets the next.
    pub(crate) fn number_speakers(&mut self, numbers: &mut HashMap<Speaker, u32>) {
        let corrections = self.paperwork.iter_mut().flat_map(|known| &mut known.corrections);
        let corrected = corrections.map(|correction| &mut correction.form);
        for form in iter::once(&mut self.original).chain(corrected) {
            let speaker = Speaker::new(by(&form.details, &self.organisation), self.position);
            let next = numbers.len() as u32;
            form.speaker = *numbers.entry(speaker).or_insert(next);
        }
    }

    /// Notes how sensitive the report, and what was recorded about it, is now.
    pub(crate) fn classify(&mut self, chronicle: &Chronicle) {
        let classify = |classification: &mut Classification, position| {
            *classification = chronicle.classification(position).unwrap_or(*classification);
        };
        classify(&mut self.classification, self.position);
        let Some(known) = &mut self.paperwork else { return };
        for correction in &mut known.corrections {
            classify(&mut correction.classification, correction.position);
        }
        for assessment in &mut known.assessments {
            classify(&mut assessment.classification, assessment.position);
        }
    }

    /// What it said when it was recorded, and as corrected since.
    pub fn forms(&self) -> impl Iterator<Item = &Form> {
        let corrections = self.paperwork.iter().flat_map(|known| &known.corrections);
        iter::once(&self.original).chain(corrections.map(|correction| &correction.form))
    }

    /// Where it was taken back, if ever.
    #[must_use]
    pub fn withdrawn(&self) -> Option<Position> {
        self.withdrawn
    }

    /// Whether it was taken back by the position asked.
    #[must_use]
    pub fn is_withdrawn(&self, seen: Seen<'_>) -> bool {
        self.withdrawn.is_some_and(|position| seen.reaches(position))
    }

    /// How well its forms were found to be verified, as recorded.
    pub fn assessments(&self) -> impl Iterator<Item = &Assessment> {
        self.paperwork.iter().flat_map(|known| &known.assessments)
    }

    /// Where it was corrected, and where that was taken back.
    pub fn corrections(&self) -> impl Iterator<Item = (Position, Option<Position>)> {
        let corrections = self.paperwork.iter().flat_map(|known| &known.corrections);
        corrections.map(|correction| (correction.position, correction.withdrawn))
    }

    /// Where it was objected to, and where that was taken back.
    pub fn disputes(&self) -> impl Iterator<Item = (Position, Option<Position>)> {
        let disputes = self.paperwork.iter().flat_map(|known| &known.disputes);
        disputes.map(|dispute| (dispute.position, dispute.withdrawn))
    }

    /// The report as it stands for a reader, unless it was withdrawn by then.
    #[must_use]
    pub fn standing<'a>(&'a self, seen: Seen<'_>) -> Option<Standing<'a>> {
        if self.is_withdrawn(seen) { None } else { self.as_told(seen) }
    }

    /// The report as it stands, or as it stood when it was withdrawn.
    #[must_use]
    pub fn as_told<'a>(&'a self, seen: Seen<'_>) -> Option<Standing<'a>> {
        let is_seen = seen.admits(self.position, self.classification);
        let original = is_seen.then_some(&self.original);
        let Some(known) = &self.paperwork else {
            return original.map(|form| Standing::new(self, form, None));
        };
        let stands = |position, classification, withdrawn: Option<Position>| {
            seen.admits(position, classification)
                && !withdrawn.is_some_and(|position| seen.reaches(position))
        };
        let correction = known
            .corrections
            .iter()
            .rfind(|one| stands(one.position, one.classification, one.withdrawn));
        let form = correction.map(|correction| &correction.form).or(original)?;
        let assessment = known.assessments.iter().rfind(|one| {
            one.form == form.id && stands(one.position, one.classification, one.withdrawn)
        });
        Some(Standing::new(self, form, assessment))
    }
}

impl Form {
    /// What the event `id` says.
    fn new(id: EventId, (details, payload): Told) -> Form {
        let status = if let Payload::Corridor(corridor::Event::StatusReported(report)) = &payload {
            Some((report.status, Cells::of(report.direction, report.traffic.as_ref())))
        } else {
            None
        };
        Form { id, details, payload, speaker: 0, status }
    }
}

impl<'a> Standing<'a> {
    fn new(report: &'a Report, form: &'a Form, assessment: Option<&'a Assessment>) -> Standing<'a> {
        let level = assessment.map(|assessment| assessment.level).unwrap_or_default();
        Standing { report, form, level, assessment }
    }

    /// Newest is greatest.
    #[must_use]
    pub fn age(&self) -> Age {
        self.report.age()
    }

    /// Who says it, defaults applied; nobody where the report names nobody (rule 9).
    #[must_use]
    pub fn by(&self) -> Option<&'a Id> {
        by(&self.form.details, &self.report.organisation)
    }

    /// What decides where it wins: the report, its correction in force, the assessment that
    /// gives its level (rule 24).
    #[must_use]
    pub fn basis(&self) -> Vec<EventId> {
        let correction = (self.form.id != self.report.id).then_some(self.form.id);
        let assessment = self.assessment.map(|assessment| assessment.id);
        [Some(self.report.id), correction, assessment].into_iter().flatten().collect()
    }
}

/// Who says what `organisation` recorded.
fn by<'a>(details: &'a Shown, organisation: &'a Id) -> Option<&'a Id> {
    let Some(source) = &details.source else { return Some(organisation) };
    source.by.as_ref().or((source.kind == SourceKind::OwnStaff).then_some(organisation))
}
