//! What bars access, is it in force, and for how long?

use causeway_domain::constraint::{Affects, Event, Reported, Severity};
use causeway_domain::quantity::Count;
use causeway_domain::text::{List, Title};
use causeway_domain::words::{Category, ConstraintKind, Level};
use causeway_domain::{EventId, Id, Kind, Payload, Time};
use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::areas::Area;
use crate::claims::{Claim, Dissent};
use crate::filter::Words;
use crate::reports::{Form, Standing};
use crate::streams::Stream;
use crate::view::{Page, Paging, View};

/// A constraint as one reader sees it at one moment.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Constraint {
    /// Its id.
    #[schema(example = "lachin-blockade")]
    pub id: Id,
    /// The number of events on it.
    pub version: u64,
    /// What sort of thing it is.
    #[schema(required)]
    pub kind: Option<ConstraintKind>,
    /// OCHA's category of access constraint.
    #[schema(required)]
    pub category: Option<Category>,
    /// One line that names it.
    #[schema(required)]
    pub title: Option<Title>,
    /// 0 none to 3 extreme.
    #[schema(required)]
    pub severity: Option<Severity>,
    /// Who imposes it, as the newest report that says so.
    #[schema(required)]
    pub imposed_by: Option<Id>,
    /// People affected; never summed over constraints.
    #[schema(required)]
    pub people_affected: Option<Count>,
    /// What it bars.
    #[schema(required)]
    pub affects: Option<Affects>,
    /// Areas it covers: P-codes or place ids.
    #[schema(value_type = Vec<String>)]
    pub areas: List<Title>,
    /// Corridors it bars.
    #[schema(value_type = Vec<Id>)]
    pub corridors: List<Id>,
    /// Whether it is in force.
    pub in_force: InForce,
    /// For how long it has been.
    pub days: Days,
}

/// Whether a constraint is in force, resolved as a cell is (rule 25).
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct InForce {
    /// The resolved value; `unknown` where nobody spoke.
    pub value: Answer,
    /// Since when; null where it was never otherwise.
    #[schema(required)]
    pub since: Option<Time>,
    /// How well the winning report is verified.
    #[schema(required)]
    pub level: Option<Level>,
    /// Whether any source says something else.
    pub contested: bool,
    /// Whether the winning report is older than the window.
    pub stale: bool,
    /// The winning report, its correction in force, the assessment that gives its level.
    pub basis: Vec<EventId>,
    /// Sources that say something else, newest first.
    pub dissent: Vec<Dissent<Answer>>,
}

/// Yes, no, or nobody spoke.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema, strum::EnumString, strum::Display,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[schema(as = InForceValue)]
pub enum Answer {
    /// It is in force.
    Yes,
    /// It is not.
    No,
    /// Nobody spoke.
    Unknown,
}

/// Whole elapsed days of 24 hours in which the constraint was in force, rounded down (rule 26).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Days {
    /// In this episode: since it came into force, 0 when it is not.
    pub episode: i64,
    /// In all episodes.
    pub total: i64,
}

/// The same, to the nanosecond.
struct Elapsed {
    episode: TimeDelta,
    total: TimeDelta,
}

impl Elapsed {
    /// How long it takes until there is a day more, of this episode or of all.
    fn left_of_the_day(&self) -> TimeDelta {
        let left = |elapsed: TimeDelta| TimeDelta::days(elapsed.num_days() + 1) - elapsed;
        left(self.episode).min(left(self.total))
    }
}

impl From<Elapsed> for Days {
    fn from(Elapsed { episode, total }: Elapsed) -> Days {
        Days { episode: episode.num_days(), total: total.num_days() }
    }
}

/// Which constraints a list shows.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Of this kind.
    pub kind: Option<ConstraintKind>,
    /// Of this category.
    pub category: Option<Category>,
    /// In force, not in force, or unknown.
    pub status: Option<Answer>,
    /// In this place, by id or P-code, or in one that lies in it.
    pub area: Option<String>,
    /// Barring this corridor.
    pub corridor: Option<Id>,
    /// With these words in the id or title.
    pub words: Option<Words>,
}

impl Filter {
    fn shows(&self, constraint: &Constraint, area: Option<&Area<'_>>) -> bool {
        let named = |words: &Words| {
            words.found_in(constraint.title.as_deref().into_iter().chain([constraint.id.as_str()]))
        };
        let lies_in = |area: &Area<'_>| constraint.areas.iter().any(|one| area.holds_named(one));
        self.kind.is_none_or(|kind| constraint.kind == Some(kind))
            && self.category.is_none_or(|category| constraint.category == Some(category))
            && self.status.is_none_or(|value| constraint.in_force.value == value)
            && area.is_none_or(lies_in)
            && self.corridor.as_ref().is_none_or(|id| constraint.corridors.contains(id))
            && self.words.as_ref().is_none_or(named)
    }
}

impl View<'_> {
    /// The constraints that have begun, by id.
    #[must_use]
    pub fn constraints(&self, filter: &Filter, paging: &Paging) -> Page<Constraint> {
        let last = paging.after_id();
        let subjects = self.snapshot.streams(Kind::Constraint).after_id(last.as_ref());
        let begun = subjects.filter(|(_, stream)| self.has_begun(stream));
        let constraints =
            begun.map(|(id, stream)| (id.to_string(), self.about_constraint(id, &stream)));
        let area = filter.area.as_deref().map(|name| self.area(name));
        paging.cut(constraints.filter(|(_, constraint)| filter.shows(constraint, area.as_ref())))
    }

    /// One constraint, if the reader knows of it.
    #[must_use]
    pub fn constraint(&self, id: &Id) -> Option<Constraint> {
        Some(self.about_constraint(id, &*self.known(Kind::Constraint, id)?))
    }

    /// What a constraint is.
    pub(crate) fn constraint_sort(
        &self,
        stream: &Stream,
    ) -> (Option<ConstraintKind>, Option<Category>) {
        let kind = self.earliest(stream, |form| Some(reported(form)?.kind));
        (kind, self.earliest(stream, |form| Some(reported(form)?.category)))
    }

    pub(crate) fn about_constraint(&self, id: &Id, stream: &Stream) -> Constraint {
        let scope = Scope::of(&self.admitted(stream));
        let (kind, category) = self.constraint_sort(stream);
        let claims = self.in_force_claims(stream);
        let claims: Vec<_> = claims.iter().collect();
        Constraint {
            id: id.clone(),
            version: stream.version(self.seen),
            kind,
            category,
            title: self.earliest(stream, |form| Some(reported(form)?.title.clone())),
            severity: scope.severity,
            imposed_by: scope.imposed_by,
            people_affected: scope.people_affected,
            affects: scope.affects,
            areas: scope.areas,
            corridors: scope.corridors,
            in_force: self.in_force(&claims),
            days: self.elapsed(&claims).into(),
        }
    }

    /// The claims that a constraint is, or is not, in force.
    pub(crate) fn in_force_claims<'s>(&'s self, stream: &'s Stream) -> Vec<Claim<'s, Answer>> {
        self.claims(stream, |said| {
            let Payload::Constraint(said) = said else {
                return None;
            };
            said.asserts().map(Answer::from)
        })
    }

    fn in_force(&self, claims: &[&Claim<'_, Answer>]) -> InForce {
        let resolved = self.scales().resolve(claims);
        InForce {
            value: resolved.value.unwrap_or(Answer::Unknown),
            since: resolved.since,
            level: resolved.level,
            contested: !resolved.dissent.is_empty(),
            stale: resolved.is_stale,
            basis: resolved.basis,
            dissent: resolved.dissent,
        }
    }

    /// When the next day of a constraint in force is over, if nothing else happens.
    pub(crate) fn next_day(&self, stream: &Stream) -> DateTime<Utc> {
        let claims = self.in_force_claims(stream);
        let elapsed = self.elapsed(&claims.iter().collect::<Vec<_>>());
        self.asked.moment() + elapsed.left_of_the_day()
    }

    fn elapsed(&self, claims: &[&Claim<'_, Answer>]) -> Elapsed {
        let scales = self.scales();
        let mut ends = self.asked.moment();
        let (mut episode, mut total) = (TimeDelta::zero(), TimeDelta::zero());
        let mut unbroken = true;
        for stretch in scales.stretches(claims) {
            let Some(from) = stretch.from else { break };
            let in_force = stretch.winner.is_some_and(|claim| claim.value == Answer::Yes);
            unbroken &= in_force;
            if in_force {
                total += ends - from;
            }
            if unbroken {
                episode += ends - from;
            }
            ends = from;
        }
        Elapsed { episode, total }
    }
}

fn reported(form: &Form) -> Option<&Reported> {
    let Payload::Constraint(Event::Reported(report)) = &form.payload else {
        return None;
    };
    Some(report)
}

impl From<bool> for Answer {
    fn from(is_so: bool) -> Answer {
        if is_so { Answer::Yes } else { Answer::No }
    }
}

/// What a constraint bars now: each part from the newest report that carries it (rule 27).
#[derive(Default)]
struct Scope {
    severity: Option<Severity>,
    imposed_by: Option<Id>,
    people_affected: Option<Count>,
    affects: Option<Affects>,
    areas: List<Title>,
    corridors: List<Id>,
}

impl Scope {
    fn of(admitted: &[Standing<'_>]) -> Scope {
        let mut scope = Scope::default();
        for standing in admitted {
            let Payload::Constraint(said) = &standing.form.payload else {
                continue;
            };
            match said {
                Event::Reported(report) => {
                    put(&mut scope.severity, report.severity.as_ref());
                    put(&mut scope.imposed_by, report.imposed_by.as_ref());
                    put(&mut scope.people_affected, report.people_affected.as_ref());
                    put(&mut scope.affects, report.affects.as_ref());
                }
                Event::Tightened(change) | Event::Eased(change) => {
                    put(&mut scope.severity, change.severity.as_ref());
                    put(&mut scope.people_affected, change.people_affected.as_ref());
                    put(&mut scope.affects, change.affects.as_ref());
                }
                Event::Lifted(_) | Event::Resumed(_) | Event::Mitigated(_) => {}
            }
            replace(&mut scope.areas, areas_of(said));
            replace(&mut scope.corridors, corridors_of(said));
        }
        scope
    }
}

/// The areas that a report says the constraint covers, if it says.
pub(crate) fn areas_of(said: &Event) -> Option<&List<Title>> {
    match said {
        Event::Reported(report) => report.areas.as_ref(),
        Event::Tightened(change) | Event::Eased(change) => change.areas.as_ref(),
        Event::Lifted(_) | Event::Resumed(_) | Event::Mitigated(_) => None,
    }
}

/// The corridors that a report says the constraint bars, if it says.
pub(crate) fn corridors_of(said: &Event) -> Option<&List<Id>> {
    match said {
        Event::Reported(report) => report.corridors.as_ref(),
        Event::Tightened(change) | Event::Eased(change) => change.corridors.as_ref(),
        Event::Lifted(_) | Event::Resumed(_) | Event::Mitigated(_) => None,
    }
}

fn put<T: Clone>(place: &mut Option<T>, newer: Option<&T>) {
    if newer.is_some() {
        *place = newer.cloned();
    }
}

fn replace<T: Clone>(place: &mut T, newer: Option<&T>) {
    if let Some(newer) = newer {
        place.clone_from(newer);
    }
}
