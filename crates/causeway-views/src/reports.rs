//! A report with everything recorded about it since, and how it stands for a reader.

use causeway_domain::words::{Classification, Level};
use causeway_domain::{EventId, Id, Payload, Time};
use chrono::{DateTime, Utc};

use crate::chronicle::Entry;
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
#[derive(Debug)]
pub struct Standing<'a> {
    /// The report.
    pub report: &'a Report,
    /// The form in force.
    pub form: &'a Form,
    /// How well that form is verified.
    pub level: Level,
    /// The assessment that says so.
    pub assessment: Option<EventId>,
}

/// What decides an answer (rule 24).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Basis {
    /// The report that wins.
    pub report: EventId,
    /// Its correction in force.
    pub correction: Option<EventId>,
    /// The assessment that gives its level.
    pub assessment: Option<EventId>,
}

impl Report {
    /// As just recorded.
    #[must_use]
    pub fn new(position: Position, entry: &Entry<'_>, (details, payload): Told) -> Report {
        Report {
            id: entry.id,
            position,
            time: entry.time,
            organisation: entry.organisation.clone(),
            classification: entry.classification,
            original: Form { id: entry.id, details, payload },
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
                known.corrections.extend(told.map(|(details, payload)| Correction {
                    form: Form { id, details, payload },
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

impl<'a> Standing<'a> {
    fn new(report: &'a Report, form: &'a Form, assessment: Option<&Assessment>) -> Standing<'a> {
        Standing {
            report,
            form,
            level: assessment.map(|assessment| assessment.level).unwrap_or_default(),
            assessment: assessment.map(|assessment| assessment.id),
        }
    }

    /// Newest is greatest.
    #[must_use]
    pub fn age(&self) -> Age {
        self.report.age()
    }

    /// What decides where it wins.
    #[must_use]
    pub fn basis(&self) -> Basis {
        Basis {
            report: self.report.id,
            correction: (self.form.id != self.report.id).then_some(self.form.id),
            assessment: self.assessment,
        }
    }
}

impl Basis {
    /// Its events, in that order.
    #[must_use]
    pub fn events(&self) -> Vec<EventId> {
        [Some(self.report), self.correction, self.assessment].into_iter().flatten().collect()
    }
}
