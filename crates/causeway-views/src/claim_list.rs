//! Every claim on a subject, in the open: who makes it, on what, how its level changed, and what
//! corrected, disputed or withdrew it. No policy weighs anything here.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use causeway_domain::flags::Flags;
use causeway_domain::source::Source;
use causeway_domain::words::{Direction, Level, Traffic};
use causeway_domain::{EventId, Id, SubjectId, Time};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::Position;
use crate::claims::Speaker;
use crate::propositions::{Assertion, CellName, Point, Proposition, Said, assertions};
use crate::reports::{Report, Standing};
use crate::view::{Page, Paging, View};

/// What one report claims of one proposition, with everything recorded about it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ClaimOnRecord {
    /// The report.
    pub event: EventId,
    /// What it is about. Of the cells of one report, those with one fate stand together.
    #[serde(flatten)]
    pub on: Proposition,
    /// What it says, corrected as it stands.
    pub value: Said,
    /// Who says so; null where the report names nobody.
    #[schema(required)]
    pub by: Option<Id>,
    /// Where it comes from, as the report has it; null is own staff of who recorded it.
    #[schema(required)]
    pub source: Option<Source>,
    /// From when it holds.
    pub time: Time,
    /// Until when; null where no end is given.
    #[schema(required)]
    pub until: Option<Time>,
    /// When it was recorded.
    pub recorded: Time,
    /// Where it stands in the log.
    #[schema(value_type = u64)]
    pub position: Position,
    /// How well it is verified, in the form in force.
    pub level: Level,
    /// Whether it counts at the moment asked.
    pub state: ClaimState,
    /// The claim by which the same source has since said something else (rule 1), or counted anew
    /// (rule 34); null where it has not.
    #[schema(required)]
    pub superseded_by: Option<EventId>,
    /// Its levels over time, oldest first.
    pub levels: Vec<LevelGiven>,
    /// Corrections, oldest first; the last that was not withdrawn is in force.
    pub corrections: Vec<Paper>,
    /// Objections, oldest first; they change nothing (rule 19).
    pub disputes: Vec<Paper>,
    /// What withdrew it; null while it stands.
    #[schema(required)]
    pub withdrawn: Option<Paper>,
    /// What was remarkable about it when it was recorded.
    #[schema(value_type = Vec<causeway_domain::flags::Flag>)]
    pub flags: Flags,
}

/// Whether a claim counts at the moment asked.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema, strum::EnumString, strum::Display,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum ClaimState {
    /// It covers the moment.
    Live,
    /// Its time has not come.
    Ahead,
    /// Its `until` has passed.
    Ended,
    /// It was taken back.
    Withdrawn,
}

/// A judgement of how well a claim is verified.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LevelGiven {
    /// The judgement.
    pub level: Level,
    /// The form that was looked at: the report, or a correction of it.
    pub form: EventId,
    /// The assessment.
    #[serde(flatten)]
    pub paper: Paper,
}

/// Paperwork about a claim.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Paper {
    /// The event.
    pub event: EventId,
    /// The organisation that recorded it.
    pub by: Id,
    /// When it was recorded.
    pub recorded: Time,
    /// What withdrew it in turn; null while it stands.
    #[schema(required)]
    pub withdrawn_by: Option<EventId>,
}

/// Which claims a list shows.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Made by this actor.
    pub by: Option<Id>,
    /// In this state.
    pub state: Option<ClaimState>,
    /// On a cell of this direction.
    pub direction: Option<Direction>,
    /// On a cell of this class of traffic.
    pub traffic: Option<Traffic>,
}

impl Filter {
    fn shows(&self, claim: &ClaimOnRecord) -> bool {
        let is_of = |cell: &CellName| {
            self.direction.is_none_or(|way| way == Direction::Both || way == cell.direction)
                && self.traffic.is_none_or(|class| class == Traffic::All || class == cell.traffic)
        };
        let cells = if let Proposition::Status { cells } = &claim.on { &**cells } else { &[] };
        let every_point = self.direction.is_none() && self.traffic.is_none();
        (every_point || cells.iter().any(is_of))
            && self.by.as_ref().is_none_or(|by| claim.by.as_ref() == Some(by))
            && self.state.is_none_or(|state| claim.state == state)
    }
}

/// A report as told to this reader, withdrawn or not, and what it asserts.
struct Told<'a> {
    standing: Standing<'a>,
    state: ClaimState,
    asserts: Vec<Assertion>,
}

/// Where the list has a claim: by the age of its report, then by its number in it.
type Place = (Reverse<(DateTime<Utc>, Position)>, usize);

/// The claim, by the report's index, that superseded another at one point.
type Fates = HashMap<(usize, Point), usize>;

impl View<'_> {
    /// Every claim on the subject, newest first.
    #[must_use]
    pub fn claims_on(
        &self,
        subject: &SubjectId,
        filter: &Filter,
        paging: &Paging,
    ) -> Page<ClaimOnRecord> {
        let stream = self.snapshot.streams(subject.kind).unpacked(&subject.id);
        let reports = stream.iter().flat_map(|stream| stream.seen(self.seen));
        let mut told: Vec<Told<'_>> = reports.filter_map(|report| self.told(report)).collect();
        told.sort_by_key(|one| one.standing.age());
        let fates = fates(&told);
        let newest_first = told.iter().enumerate().rev();
        let claims = newest_first.flat_map(|(index, one)| {
            let claims = self.claims_of(index, one, &told, &fates).into_iter().enumerate();
            claims.map(|(nth, claim)| (Reverse(one.standing.age()), nth, claim))
        });
        let last = paging.after.as_deref().and_then(|key| self.claim_after(key));
        let rest = claims.filter(|(age, nth, _)| last.is_none_or(|last| (*age, *nth) > last));
        let keyed = rest.map(|(_, nth, claim)| (format!("{} {nth}", claim.position), claim));
        paging.cut(keyed.filter(|(_, claim)| filter.shows(claim)))
    }

    /// The place in the list that a page's key stands for.
    fn claim_after(&self, key: &str) -> Option<Place> {
        let (position, nth) = key.split_once(' ')?;
        let (position, nth) = (position.parse().ok()?, nth.parse().ok()?);
        let entry = self.snapshot.chronicle.entry(position)?;
        Some((Reverse((entry.time.instant(), position)), nth))
    }

    fn told<'s>(&self, report: &'s Report) -> Option<Told<'s>> {
        let standing = report.as_told(self.seen)?;
        let asserts = assertions(&standing.form.payload);
        let moment = self.asked.moment();
        let until = standing.form.details.until.filter(|_| ends_with_until(&asserts));
        let state = if report.is_withdrawn(self.seen) {
            ClaimState::Withdrawn
        } else if report.time.instant() > moment {
            ClaimState::Ahead
        } else if until.is_some_and(|until| until.instant() <= moment) {
            ClaimState::Ended
        } else {
            ClaimState::Live
        };
        Some(Told { standing, state, asserts })
    }

    /// The claims of one report: its points, those of one fate together.
    fn claims_of(
        &self,
        index: usize,
        told: &Told<'_>,
        all: &[Told<'_>],
        fates: &Fates,
    ) -> Vec<ClaimOnRecord> {
        let mut groups: BTreeMap<_, Vec<&Assertion>> = BTreeMap::new();
        for (nth, assertion) in told.asserts.iter().enumerate() {
            let fate = fates.get(&(index, assertion.point.clone()));
            let own = if assertion.point.is_cell() { 0 } else { nth };
            groups.entry((own, fate)).or_default().push(assertion);
        }
        let report = told.standing.report;
        let Some(entry) = self.snapshot.chronicle.entry(report.position) else {
            return Vec::new();
        };
        let claim =
            |((_, fate), group): ((usize, Option<&usize>), Vec<&Assertion>)| ClaimOnRecord {
                event: report.id,
                on: Proposition::of(&group.iter().map(|one| &one.point).collect::<Vec<_>>()),
                value: group[0].says.clone(),
                by: Speaker::of(&told.standing).actor().cloned(),
                source: told.standing.form.details.source.as_deref().cloned(),
                time: report.time,
                until: told.standing.form.details.until,
                recorded: entry.recorded,
                position: report.position,
                level: told.standing.level,
                state: told.state,
                superseded_by: fate.map(|newer| all[*newer].standing.report.id),
                levels: self.levels(report),
                corrections: self.papers(report.corrections()),
                disputes: self.papers(report.disputes()),
                withdrawn: report.withdrawn().and_then(|position| self.paper(position, None)),
                flags: entry.flags,
            };
        groups.into_iter().map(claim).collect()
    }

    fn levels(&self, report: &Report) -> Vec<LevelGiven> {
        let chronicle = &self.snapshot.chronicle;
        let sees = |form| chronicle.position(form).is_some_and(|at| self.seen.sees(at));
        let given = report.assessments().filter_map(|assessment| {
            // Of a form that does not exist for the reader, nobody said how good it is.
            sees(&assessment.form).then_some(())?;
            let paper = self.paper(assessment.position, assessment.withdrawn)?;
            Some(LevelGiven { level: assessment.level, form: assessment.form, paper })
        });
        given.collect()
    }

    fn papers(&self, papers: impl Iterator<Item = (Position, Option<Position>)>) -> Vec<Paper> {
        papers.filter_map(|(position, withdrawn)| self.paper(position, withdrawn)).collect()
    }

    /// The paperwork at `position`, if it exists for the reader.
    pub(crate) fn paper(&self, position: Position, withdrawn: Option<Position>) -> Option<Paper> {
        let chronicle = &self.snapshot.chronicle;
        let entry = chronicle.entry(position).filter(|_| self.seen.sees(position))?;
        let withdrawn = withdrawn.filter(|position| self.seen.reaches(*position));
        Some(Paper {
            event: entry.id,
            by: entry.organisation.clone(),
            recorded: entry.recorded,
            withdrawn_by: withdrawn.and_then(|position| Some(chronicle.entry(position)?.id)),
        })
    }
}

/// Whether `until` ends what is asserted: counts and attributions do not end (rules 29 to 42).
fn ends_with_until(asserts: &[Assertion]) -> bool {
    !asserts.iter().any(|one| matches!(one.point, Point::Quantity(..) | Point::Attribution))
}

/// By which claim each claim was superseded, among those that are live: the first newer one of the
/// same source that is not refuted and says something else.
fn fates(told: &[Told<'_>]) -> Fates {
    let mut fates = Fates::new();
    // What the source said next at this point, that is not refuted.
    let mut next: HashMap<(Speaker, &Point), (usize, &Assertion)> = HashMap::new();
    let live = told.iter().enumerate().filter(|(_, one)| one.state == ClaimState::Live);
    for (index, one) in live.rev() {
        for assertion in one.asserts.iter().rev() {
            let point = &assertion.point;
            let key = (Speaker::of(&one.standing), point);
            if let Some((newer, said)) = next.get(&key).filter(|(newer, _)| *newer != index) {
                let is_count = matches!(point, Point::Quantity(..));
                let is_other = if is_count { said.replaces } else { said.says != assertion.says };
                let inherited = fates.get(&(*newer, point.clone())).copied();
                let fate = if is_other { Some(*newer) } else { inherited };
                fates.extend(fate.map(|fate| ((index, point.clone()), fate)));
            }
            if one.standing.level != Level::Refuted {
                next.insert(key, (index, assertion));
            }
        }
    }
    fates
}
