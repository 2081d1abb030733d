//! Where sources disagree: every proposition with a claim on each side (rule 43).

use std::cmp::Reverse;

use causeway_domain::words::Level;
use causeway_domain::{EventId, Id, Kind, Payload, SubjectId, Time, report, statement};
use rpds::HashTrieMapSync;
use serde::Serialize;
use utoipa::ToSchema;

use crate::Position;
use crate::claims::{Claim, Dissent, Speaker};
use crate::ordered::Ordered;
use crate::propositions::{Point, Proposition, Said, assertions};
use crate::reports::{Report, Standing};
use crate::scope::Scope;
use crate::sequence::Sequence;
use crate::streams::Stream;
use crate::view::{Page, Paging, Snapshot, View};

/// The kinds of subject of which sources can say different things.
const CONTESTABLE: [Kind; 4] = [Kind::Corridor, Kind::Constraint, Kind::Incident, Kind::Movement];

/// A proposition on which sources disagree.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Dispute {
    /// The subject.
    #[schema(value_type = String, example = "corridor/lachin")]
    pub subject: SubjectId,
    /// What about it. Cells on which the same disagree stand together.
    #[serde(flatten)]
    pub on: Proposition,
    /// Who says what the policy answers, newest first; of an attribution, everybody.
    pub asserts: Vec<Side>,
    /// Who says something else, newest first.
    pub denies: Vec<Side>,
}

/// One who takes a side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Side {
    /// Who; null where the report names nobody.
    #[schema(required)]
    pub by: Option<Id>,
    /// What they say; null where they object without saying anything else.
    #[schema(required)]
    pub value: Option<Said>,
    /// Where they say it.
    pub event: EventId,
    /// From when it holds; of an objection, its own time.
    pub time: Time,
    /// How well it is verified; null for an objection, which nobody assesses.
    #[schema(required)]
    pub level: Option<Level>,
    /// Where the event stands.
    #[serde(skip)]
    position: Position,
}

/// Which disputes a list shows.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// About this corridor, or what touches it.
    pub corridor: Option<Id>,
    /// In this place, by id or P-code, or in one that lies in it.
    pub area: Option<String>,
    /// In which this actor takes a side, or is named by one.
    pub actor: Option<Id>,
}

/// The events that somebody objected to, each with the statements that deny it.
#[derive(Debug, Clone, Default)]
pub struct Objections {
    pub(crate) by_event: HashTrieMapSync<EventId, Sequence<Position>>,
    /// Those of the events that are on record: the number of the subject, and where it stands.
    pub(crate) by_subject: Ordered<(u32, Position)>,
}

impl Objections {
    /// Where the events on one subject stand that somebody objected to.
    fn on(&self, subject: u32) -> impl Iterator<Item = Position> {
        let before = subject.checked_sub(1).map(|before| (before, Position::MAX));
        let from_there_on = self.by_subject.after(before.as_ref());
        from_there_on.take_while(move |(on, _)| *on == subject).map(|(_, position)| *position)
    }
}

impl Dispute {
    /// The newest event on either side.
    pub(crate) fn newest_event(&self) -> Option<Position> {
        self.asserts.iter().chain(&self.denies).map(|side| side.position).max()
    }
}

impl Filter {
    fn names(&self, side: &Side) -> bool {
        let named = if let Some(Said::Actor(named)) = &side.value { Some(named) } else { None };
        self.actor.is_none() || self.actor == side.by || self.actor.as_ref() == named
    }

    fn shows(&self, dispute: &Dispute) -> bool {
        dispute.asserts.iter().chain(&dispute.denies).any(|side| self.names(side))
    }
}

impl Snapshot {
    /// Notes what a report or paperwork objects to; `position` is the report's.
    pub(crate) fn note_objection(&mut self, said: &Payload, position: Position) {
        if let Payload::Report(report::Event::Disputed(paper)) = said {
            self.object(paper.event);
        }
        if let Payload::Statement(statement::Event::Recorded(said)) = said
            && let Some(event) = said.denies
        {
            self.object(event);
            // A correction may deny what the statement denied before.
            let is_corrected = self.chronicle.head() != Some(position);
            if let Some(statements) = self.objections.by_event.get_mut(&event)
                && !(is_corrected && statements.iter().any(|known| *known == position))
            {
                statements.push(position);
            }
        }
    }

    /// Somebody objects to the event.
    fn object(&mut self, event: EventId) {
        if !self.objections.by_event.contains_key(&event) {
            self.objections.by_event.insert_mut(event, Sequence::default());
            self.file(&event);
        }
    }

    /// Notes where an event stands that somebody objects to, if it is on record.
    fn file(&mut self, event: &EventId) {
        if let Some(place) = self.place(event) {
            self.objections.by_subject.insert(place);
        }
    }

    /// Notes that the event, which was just recorded, had been denied before.
    pub(crate) fn note_denied(&mut self, event: &EventId) {
        if self.objections.by_event.contains_key(event) {
            self.file(event);
        }
    }

    /// The number of the subject of an event on record, and where the event stands.
    pub(crate) fn place(&self, event: &EventId) -> Option<(u32, Position)> {
        let position = self.chronicle.position(event)?;
        Some((self.chronicle.row(position)?.subject, position))
    }
}

impl View<'_> {
    /// The disputes at the moment asked, newest first: by the newest event on either side.
    #[must_use]
    pub fn disputes(&self, filter: &Filter, paging: &Paging) -> Page<Dispute> {
        let scope = Scope::new(self, filter.corridor.as_ref(), filter.area.as_deref());
        let mut disputes = Vec::new();
        for kind in CONTESTABLE {
            for (id, stream) in self.snapshot.streams(kind).after_id(None) {
                if scope.takes(kind, id) {
                    let subject = SubjectId { kind, id: id.clone() };
                    disputes.extend(self.contested(&subject, &stream));
                }
            }
        }
        disputes.extend(self.objected(&scope));
        let shown = disputes.into_iter().filter(|dispute| filter.shows(dispute));
        let last = paging.after.as_deref().unwrap_or_default();
        paging.cut(newest_first(shown).into_iter().filter(|(key, _)| key.as_str() > last))
    }

    /// The disputes on the subject of this number.
    pub(crate) fn disputes_on(
        &self,
        number: u32,
        subject: &SubjectId,
        stream: &Stream,
    ) -> Vec<Dispute> {
        let objections = &self.snapshot.objections;
        let seen = objections.on(number).filter(|position| self.seen.sees(*position));
        let reports = seen.filter_map(|position| stream.report(position));
        let objected = reports.filter_map(|report| {
            self.objected_to(subject, report, objections.by_event.get(&report.id)?)
        });
        self.contested(subject, stream).into_iter().chain(objected).collect()
    }

    /// What is contested about one subject.
    fn contested(&self, subject: &SubjectId, stream: &Stream) -> Vec<Dispute> {
        let is_listed = subject.kind == Kind::Corridor || self.has_begun(stream);
        if !CONTESTABLE.contains(&subject.kind) || !is_listed {
            return Vec::new();
        }
        let points = match subject.kind == Kind::Corridor {
            true => self.corridor_sides(stream),
            false => self.sides_by_point(stream),
        };
        let mut contested: Vec<(Vec<Point>, Sides)> = Vec::new();
        for (point, sides) in points {
            let is_same = |(points, known): &&mut (Vec<Point>, Sides)| {
                points[0].is_cell() && point.is_cell() && *known == sides
            };
            match contested.iter_mut().find(is_same) {
                Some((points, _)) => points.push(point),
                None => contested.push((vec![point], sides)),
            }
        }
        let dispute = |(points, (asserts, denies)): (Vec<Point>, Sides)| Dispute {
            subject: subject.clone(),
            on: Proposition::of(&points.iter().collect::<Vec<_>>()),
            asserts,
            denies,
        };
        contested.into_iter().map(dispute).collect()
    }

    /// What is contested about a corridor. Cells that the same claims cover share the sides.
    fn corridor_sides(&self, stream: &Stream) -> Vec<(Point, Sides)> {
        let cells = self.each_cell(stream, |claims| self.sides(claims)).into_iter().enumerate();
        let cells = cells.map(|(index, (_, sides))| (Point::Cell(index), sides));
        let claims = self.control_claims(stream);
        let control = self.sides(&claims.iter().collect::<Vec<_>>());
        let points = cells.chain([(Point::Control, control)]);
        points.filter_map(|(point, sides)| Some((point, sides?))).collect()
    }

    /// What is contested about any other subject.
    fn sides_by_point(&self, stream: &Stream) -> Vec<(Point, Sides)> {
        let points = self.claims_by_point(stream).into_iter().filter_map(|(point, claims)| {
            let claims: Vec<_> = claims.iter().collect();
            let sides = match point == Point::Attribution {
                true => self.attributing(&claims),
                false => self.sides(&claims),
            };
            Some((point, sides?))
        });
        points.collect()
    }

    /// Who says what is answered, and who something else, if anybody does.
    fn sides<V: PartialEq + Clone + Into<Said>>(&self, claims: &[&Claim<'_, V>]) -> Option<Sides> {
        let scales = self.scales();
        let resolved = scales.resolve(claims);
        let sides = |claims: Vec<Dissent<V>>| claims.into_iter().map(Side::from).collect();
        let assent = scales.assent(claims, &resolved);
        (!resolved.dissent.is_empty()).then(|| (sides(assent), sides(resolved.dissent)))
    }

    /// Each source's newest word on who did it, if they name different actors.
    fn attributing(&self, claims: &[&Claim<'_, Said>]) -> Option<Sides> {
        let moment = self.asked.moment();
        let mut happened: Vec<_> = claims.iter().filter(|claim| claim.starts() <= moment).collect();
        happened.sort_by(|one, other| other.by_age(one));
        let mut newest: Vec<&Claim<'_, Said>> = Vec::new();
        for claim in happened {
            if newest.iter().all(|newer| newer.speaker != claim.speaker) {
                newest.push(claim);
            }
        }
        let differs = newest.iter().any(|claim| claim.value != newest[0].value);
        let side = |claim: &Claim<'_, Said>| Side::from(Dissent::of(claim));
        differs.then(|| (newest.into_iter().map(side).collect(), Vec::new()))
    }

    /// The reports that somebody objects to.
    fn objected(&self, scope: &Scope<'_>) -> Vec<Dispute> {
        let chronicle = &self.snapshot.chronicle;
        let objections = self.snapshot.objections.by_event.iter();
        let objected = objections.filter_map(|(event, statements)| {
            let position = chronicle.position(event)?;
            let subject = chronicle.entry(position)?.subject;
            if !self.seen.sees(position) || !scope.takes(subject.kind, &subject.id) {
                return None;
            }
            self.objected_to(subject, &self.snapshot.report(position)?, statements)
        });
        objected.collect()
    }

    /// A report that stands and has happened, if anybody objects to it.
    fn objected_to(
        &self,
        subject: &SubjectId,
        report: &Report,
        statements: &Sequence<Position>,
    ) -> Option<Dispute> {
        let standing = report.standing(self.seen)?;
        let disputing = report.disputes().filter_map(|paper| self.disputing(paper));
        let denying = statements.iter().filter_map(|at| self.denying(*at, report));
        let mut denies: Vec<(Position, Side)> = disputing.chain(denying).collect();
        denies.sort_by_key(|(position, _)| Reverse(*position));
        let has_happened = report.time.instant() <= self.asked.moment();
        (has_happened && !denies.is_empty()).then(|| Dispute {
            subject: subject.clone(),
            on: Proposition::Report { event: report.id },
            asserts: vec![Side::of(&standing)],
            denies: denies.into_iter().map(|(_, side)| side).collect(),
        })
    }

    /// Who disputed a report, if that was not withdrawn.
    fn disputing(&self, (at, withdrawn): (Position, Option<Position>)) -> Option<(Position, Side)> {
        let paper = self.paper(at, withdrawn).filter(|paper| paper.withdrawn_by.is_none())?;
        let time = self.snapshot.chronicle.entry(at)?.time;
        let by = Some(paper.by);
        Some((at, Side { by, value: None, event: paper.event, time, level: None, position: at }))
    }

    /// Who denies a report by a statement that stands.
    fn denying(&self, at: Position, report: &Report) -> Option<(Position, Side)> {
        let statement = self.snapshot.report(at).filter(|_| self.seen.sees(at))?;
        let standing = statement.standing(self.seen)?;
        let Payload::Statement(statement::Event::Recorded(said)) = &standing.form.payload else {
            return None;
        };
        let denies =
            said.denies == Some(report.id) && standing.report.time.instant() <= self.asked.moment();
        denies.then(|| (at, Side { by: Some(said.by.clone()), value: None, ..Side::of(&standing) }))
    }
}

/// Puts disputes in the order in which they are listed, each with its place in it as text:
/// newest first, then by what it is about.
pub(crate) fn newest_first(disputes: impl IntoIterator<Item = Dispute>) -> Vec<(String, Dispute)> {
    let keyed = disputes.into_iter().map(|dispute| {
        let age = Position::MAX - dispute.newest_event().unwrap_or_default();
        let about = serde_json::json!([dispute.subject, dispute.on]);
        (format!("{age:020} {about}"), dispute)
    });
    let mut keyed: Vec<_> = keyed.collect();
    keyed.sort_by(|(one, _), (other, _)| one.cmp(other));
    keyed
}

/// Who asserts and who denies.
type Sides = (Vec<Side>, Vec<Side>);

impl Side {
    /// Who makes a report; what it says, where that is one thing.
    fn of(standing: &Standing<'_>) -> Side {
        let mut says: Vec<Said> =
            assertions(&standing.form.payload).into_iter().map(|one| one.says).collect();
        says.dedup();
        Side {
            by: Speaker::of(standing).actor().cloned(),
            value: says.pop().filter(|_| says.is_empty()),
            event: standing.report.id,
            time: standing.report.time,
            level: Some(standing.level),
            position: standing.report.position,
        }
    }
}

impl<V: Into<Said>> From<Dissent<V>> for Side {
    fn from(claim: Dissent<V>) -> Side {
        let Dissent { by, value, time, level, event, position } = claim;
        Side { by, value: Some(value.into()), event, time, level: Some(level), position }
    }
}
