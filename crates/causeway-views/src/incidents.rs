//! What happened, and whom did it harm, as now known?

use causeway_domain::incident::{Event, Harm, Reported};
use causeway_domain::place::Place;
use causeway_domain::text::Title;
use causeway_domain::words::{Category, IncidentKind, Level};
use causeway_domain::{EventId, Id, Kind, Payload, Time};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::areas::Area;
use crate::claims::{Claim, Dissent, Resolved, Speaker};
use crate::filter::{BoundingBox, Words};
use crate::reports::{Age, Form};
use crate::streams::Stream;
use crate::view::{Page, Paging, View};

/// An incident as one reader sees it at one moment.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Incident {
    /// Its id.
    pub id: Id,
    /// The number of events on it.
    pub version: u64,
    /// What was done.
    #[schema(required)]
    pub kind: Option<IncidentKind>,
    /// OCHA's category of access constraint.
    #[schema(required)]
    pub category: Option<Category>,
    /// One line that names it.
    #[schema(required)]
    pub title: Option<Title>,
    /// When: the time of its first report that stands.
    #[schema(required)]
    pub time: Option<Time>,
    /// Where.
    #[schema(required)]
    pub place: Option<Place>,
    /// Corridors it touched.
    pub corridors: Vec<Id>,
    /// Deliveries it touched.
    pub deliveries: Vec<Id>,
    /// Constraints it belongs to.
    pub constraints: Vec<Id>,
    /// Whom it harmed, as resolved; null where nobody gives figures. Never summed over reports.
    #[schema(required)]
    pub harm: Option<Vec<Harm>>,
    /// How that was resolved.
    pub figures: Figures<Vec<Harm>>,
    /// All standing reports with figures, oldest first, under every policy.
    pub revisions: Vec<Revision>,
    /// Who is said to have done it: each source's newest word, newest first.
    pub attributed: Vec<Attribution>,
}

/// How a figure was resolved.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Figures<V> {
    /// Since when it is the figure.
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
    pub dissent: Vec<Dissent<V>>,
}

impl<V> Figures<V> {
    /// What was resolved, and how.
    pub(crate) fn of(resolved: Resolved<V>) -> (Option<V>, Figures<V>) {
        let figures = Figures {
            since: resolved.since,
            level: resolved.level,
            contested: !resolved.dissent.is_empty(),
            stale: resolved.is_stale,
            basis: resolved.basis,
            dissent: resolved.dissent,
        };
        (resolved.value, figures)
    }
}

/// One report's figures.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = IncidentRevision)]
pub struct Revision {
    /// The report.
    pub event: EventId,
    /// The time its figures stand for.
    pub time: Time,
    /// Whom it harmed.
    pub harm: Vec<Harm>,
    /// Who says so; null where the report names nobody.
    #[schema(required)]
    pub by: Option<Id>,
}

/// One source's word on who did it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Attribution {
    /// Who says so; null where the report names nobody.
    #[schema(required)]
    pub by: Option<Id>,
    /// Whom it names.
    pub actor: Id,
    /// The report.
    pub event: EventId,
    /// Its time.
    pub time: Time,
}

/// Which incidents a list shows.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Of this kind.
    pub kind: Option<IncidentKind>,
    /// Of this category.
    pub category: Option<Category>,
    /// Touching this corridor.
    pub corridor: Option<Id>,
    /// In this place, by id or P-code, or in one that lies in it.
    pub area: Option<String>,
    /// At or after this instant.
    pub from: Option<DateTime<Utc>>,
    /// Before this instant.
    pub to: Option<DateTime<Utc>>,
    /// In this box on the map.
    pub bbox: Option<BoundingBox>,
    /// With these words in the id or title.
    pub words: Option<Words>,
}

impl Filter {
    fn shows(&self, incident: &Incident, area: Option<&Area<'_>>) -> bool {
        let named = |words: &Words| {
            words.found_in(incident.title.as_deref().into_iter().chain([incident.id.as_str()]))
        };
        self.kind.is_none_or(|kind| incident.kind == Some(kind))
            && self.category.is_none_or(|category| incident.category == Some(category))
            && self.corridor.as_ref().is_none_or(|id| incident.corridors.contains(id))
            && area.is_none_or(|area| area.holds(incident.place.as_ref()))
            && happened_within(incident.time, self.from, self.to)
            && self.bbox.is_none_or(|bbox| bbox.holds(incident.place.as_ref()))
            && self.words.as_ref().is_none_or(named)
    }
}

/// Whether `time` lies in `[from, to)`; an end that is not given does not bound.
pub(crate) fn happened_within(
    time: Option<Time>,
    from: Option<DateTime<Utc>>,
    to: Option<DateTime<Utc>>,
) -> bool {
    let instant = time.map(Time::instant);
    from.is_none_or(|from| instant.is_some_and(|instant| from <= instant))
        && to.is_none_or(|to| instant.is_some_and(|instant| instant < to))
}

impl View<'_> {
    /// The incidents that have happened, newest first.
    #[must_use]
    pub fn incidents(&self, filter: &Filter, paging: &Paging) -> Page<Incident> {
        let begun = self.by_time(Kind::Incident, paging);
        let incidents = begun.map(|(key, id, stream)| (key, self.about_incident(id, &stream)));
        let area = filter.area.as_deref().map(|name| self.area(name));
        paging.cut(incidents.filter(|(_, incident)| filter.shows(incident, area.as_ref())))
    }

    /// One incident, if the reader knows of it.
    #[must_use]
    pub fn incident(&self, id: &Id) -> Option<Incident> {
        Some(self.about_incident(id, &*self.known(Kind::Incident, id)?))
    }

    /// By what an incident is placed among others, if it has happened.
    pub(crate) fn incident_age(&self, stream: &Stream) -> Option<Age> {
        let first = stream.first(self.seen)?;
        (first.time.instant() <= self.asked.moment()).then(|| first.age())
    }

    pub(crate) fn about_incident(&self, id: &Id, stream: &Stream) -> Incident {
        let ids = |listed: fn(&Reported) -> Option<&[Id]>| {
            self.earliest(stream, |form| listed(reported(form)?)).unwrap_or_default().to_vec()
        };
        let place = |form: &Form| reported(form).and(form.details.place.as_deref().cloned());
        let claims = self.harm_claims(stream);
        let resolved = self.scales().resolve(&claims.iter().collect::<Vec<_>>());
        let (harm, figures) = Figures::of(resolved);
        Incident {
            id: id.clone(),
            version: stream.version(self.seen),
            kind: self.earliest(stream, |form| Some(reported(form)?.kind)),
            category: self.earliest(stream, |form| Some(reported(form)?.category)),
            title: self.earliest(stream, |form| Some(reported(form)?.title.clone())),
            time: stream.first_standing(self.seen).map(|first| first.report.time),
            place: self.earliest(stream, place),
            corridors: ids(|report| report.corridors.as_deref()),
            deliveries: ids(|report| report.deliveries.as_deref()),
            constraints: ids(|report| report.constraints.as_deref()),
            harm,
            figures,
            revisions: self.harm_revisions(stream),
            attributed: self.attributions(stream),
        }
    }

    /// What is said of whom an incident harmed.
    pub(crate) fn harm_claims<'s>(&'s self, stream: &'s Stream) -> Vec<Claim<'s, Vec<Harm>>> {
        self.claims(stream, harm)
    }

    fn harm_revisions(&self, stream: &Stream) -> Vec<Revision> {
        let happened = self.happened(stream);
        let revision = |standing: &crate::reports::Standing<'_>| {
            Some(Revision {
                event: standing.report.id,
                time: standing.report.time,
                harm: harm(&standing.form.payload)?,
                by: Speaker::of(standing).actor().cloned(),
            })
        };
        happened.iter().filter_map(revision).collect()
    }

    /// Each source's newest attribution (rule 42).
    fn attributions(&self, stream: &Stream) -> Vec<Attribution> {
        let mut named: Vec<Speaker> = Vec::new();
        let mut attributed = Vec::new();
        for standing in self.happened(stream).iter().rev() {
            let speaker = Speaker::of(standing);
            if let Payload::Incident(Event::Attributed(claim)) = &standing.form.payload
                && !named.contains(&speaker)
            {
                attributed.push(Attribution {
                    by: speaker.actor().cloned(),
                    actor: claim.actor.clone(),
                    event: standing.report.id,
                    time: standing.report.time,
                });
                named.push(speaker);
            }
        }
        attributed
    }
}

pub(crate) fn reported(form: &Form) -> Option<&Reported> {
    let Payload::Incident(Event::Reported(report)) = &form.payload else {
        return None;
    };
    Some(report)
}

/// The figures of a report: the whole list, roles in their own order.
pub(crate) fn harm(said: &Payload) -> Option<Vec<Harm>> {
    let Payload::Incident(event) = said else {
        return None;
    };
    let mut harm = event.harm()?.to_vec();
    harm.sort_by_key(|one| one.role);
    Some(harm)
}
