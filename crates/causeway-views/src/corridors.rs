//! Which corridors could a truck take?

use std::collections::{BTreeSet, HashSet};

use causeway_domain::corridor::{Baseline, Cell, Cells, Event, Registered, cells};
use causeway_domain::place::{Place, Route};
use causeway_domain::quantity::Measure;
use causeway_domain::text::Names;
use causeway_domain::words::{CorridorStatus, Direction, Level, Traffic};
use causeway_domain::{EventId, Id, Kind, Payload, Time};
use serde::Serialize;
use utoipa::ToSchema;

use crate::areas::Area;
use crate::claims::{Claim, Dissent, Resolved};
use crate::filter::{Words, spelled};
use crate::reports::{Form, Standing};
use crate::streams::Stream;
use crate::view::{Page, Paging, View};

const REGISTERED: &str = "corridor.registered.v1";
const STATUS: &str = "corridor.status_reported.v1";
const CONTROL: &str = "corridor.control_reported.v1";
const WINDOW_ANNOUNCED: &str = "corridor.window_announced.v1";
const WINDOW_WITHDRAWN: &str = "corridor.window_withdrawn.v1";

/// A corridor as one reader sees it at one moment.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Corridor {
    /// Its id.
    #[schema(example = "lachin")]
    pub id: Id,
    /// Its names, of equal standing; null where the registration was withdrawn.
    #[schema(required)]
    pub names: Option<Names>,
    /// The number of events on it.
    pub version: u64,
    /// Whether its registration stands.
    pub registered: bool,
    /// Its 14 cells, inbound first (rule 10).
    pub status: Vec<CellStatus>,
    /// Who controls passage.
    pub control: Control,
    /// Promised openings that are not over.
    pub windows: Vec<Window>,
    /// The end from which aid sets out.
    #[schema(required)]
    pub from: Option<Place>,
    /// The end at the people it serves.
    #[schema(required)]
    pub to: Option<Place>,
    /// Kilometres from end to end.
    #[schema(required)]
    pub length_km: Option<Measure>,
    /// The places that depend on it.
    pub serves: Vec<Place>,
    /// Ordinary traffic.
    #[schema(required)]
    pub baseline: Option<Baseline>,
    /// Where it runs.
    #[schema(required)]
    pub route: Option<Route>,
}

/// Whether one class of traffic passes in one direction.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CellStatus {
    /// Which way.
    pub direction: Direction,
    /// What passes.
    pub traffic: Traffic,
    /// The resolved status; `unknown` where nobody spoke.
    pub status: Known,
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
    pub dissent: Vec<CellDissent>,
}

/// A status, or that nobody spoke.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema, strum::EnumString, strum::Display,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Known {
    /// Traffic passes.
    Open,
    /// Some passes, or under conditions.
    Restricted,
    /// None passes.
    Closed,
    /// Nobody spoke.
    Unknown,
}

impl From<Option<CorridorStatus>> for Known {
    fn from(status: Option<CorridorStatus>) -> Known {
        match status {
            Some(CorridorStatus::Open) => Known::Open,
            Some(CorridorStatus::Restricted) => Known::Restricted,
            Some(CorridorStatus::Closed) => Known::Closed,
            None => Known::Unknown,
        }
    }
}

/// A source that says something else about a cell.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CellDissent {
    /// Who; null where the report names nobody.
    #[schema(required)]
    pub by: Option<Id>,
    /// What it says.
    pub status: CorridorStatus,
    /// From when.
    pub time: Time,
    /// How well it is verified.
    pub level: Level,
    /// The report.
    pub event: EventId,
}

/// Who controls passage, resolved as a cell is (rule 28).
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Control {
    /// The actor in control; null where nobody spoke.
    #[schema(required)]
    pub by: Option<Id>,
    /// Since when.
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
    /// Sources that name somebody else, newest first.
    pub dissent: Vec<Dissent<Id>>,
}

/// A promise that the corridor will be open for a while.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Window {
    /// The announcement.
    pub event: EventId,
    /// From when.
    pub opens: Time,
    /// Until when; null where no end was named.
    #[schema(required)]
    pub closes: Option<Time>,
    /// Which way.
    pub direction: Direction,
    /// For which traffic.
    pub traffic: Vec<Traffic>,
    /// Who announced it.
    #[schema(required)]
    pub by: Option<Id>,
}

/// Which corridors a list shows.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// With some cell in this status.
    pub status: Option<Known>,
    /// Serving this place, by id or P-code, or one that lies in it.
    pub area: Option<String>,
    /// With these words in the id or a name.
    pub words: Option<Words>,
}

impl Filter {
    fn shows(&self, corridor: &Corridor, area: Option<&Area<'_>>) -> bool {
        let in_status = |wanted| corridor.status.iter().any(|cell| cell.status == wanted);
        let serves = |area: &Area<'_>| corridor.serves.iter().any(|place| area.holds(Some(place)));
        let named = |words: &Words| {
            words.found_in(spelled(corridor.names.as_ref()).chain([corridor.id.as_str()]))
        };
        self.status.is_none_or(in_status)
            && area.is_none_or(serves)
            && self.words.as_ref().is_none_or(named)
    }
}

impl View<'_> {
    /// The corridors known, by id (rule 46: at every moment).
    #[must_use]
    pub fn corridors(&self, filter: &Filter, paging: &Paging) -> Page<Corridor> {
        let last = paging.after_id();
        let subjects = self.snapshot.streams(Kind::Corridor).after_id(last.as_ref());
        let known = subjects.filter(|(_, stream)| stream.is_known(self.seen));
        let corridors =
            known.map(|(id, stream)| (id.to_string(), self.about_corridor(id, &stream)));
        let area = filter.area.as_deref().map(|name| self.area(name));
        paging.cut(corridors.filter(|(_, corridor)| filter.shows(corridor, area.as_ref())))
    }

    /// One corridor, if the reader knows of it.
    #[must_use]
    pub fn corridor(&self, id: &Id) -> Option<Corridor> {
        Some(self.about_corridor(id, &*self.known(Kind::Corridor, id)?))
    }

    /// The registration that stands.
    pub(crate) fn registered_corridor<'s>(&'s self, stream: &'s Stream) -> Option<&'s Registered> {
        let registrations = stream.standing_of(REGISTERED, self.seen);
        let newest = registrations.max_by_key(|standing| standing.report.position)?;
        registered(newest.form)
    }

    fn about_corridor(&self, id: &Id, stream: &Stream) -> Corridor {
        let of = self.registered_corridor(stream);
        Corridor {
            id: id.clone(),
            names: of.map(|of| of.names.clone()),
            version: stream.version(self.seen),
            registered: of.is_some(),
            status: self.matrix(stream),
            control: self.control(stream),
            windows: self.windows(stream),
            from: of.and_then(|of| of.from.clone()),
            to: of.and_then(|of| of.to.clone()),
            length_km: of.and_then(|of| of.length_km),
            serves: of.and_then(|of| of.serves.as_deref()).unwrap_or_default().to_vec(),
            baseline: of.and_then(|of| of.baseline.clone()),
            route: of.and_then(|of| of.route.clone()),
        }
    }

    /// The status of every cell.
    pub(crate) fn matrix(&self, stream: &Stream) -> Vec<CellStatus> {
        let cells = self.each_cell(stream, |claims| self.scales().resolve(claims));
        cells.into_iter().map(|(cell, resolved)| CellStatus::of(cell, &resolved)).collect()
    }

    /// What `told` makes of the claims on each cell. Cells that the same claims cover share it.
    pub(crate) fn each_cell<T: Clone>(
        &self,
        stream: &Stream,
        told: impl Fn(&[&Claim<'_, CorridorStatus>]) -> T,
    ) -> Vec<(Cell, T)> {
        let mut said = Vec::with_capacity(stream.reports());
        said.extend(self.happened_of(STATUS, stream).filter_map(status));
        let spoken_of: BTreeSet<Cells> = said.iter().map(|(cells, _)| *cells).collect();
        let mut answered: Vec<(Vec<bool>, T)> = Vec::new();
        let mut matrix = Vec::new();
        for (index, cell) in cells().enumerate() {
            let covering: Vec<bool> = spoken_of.iter().map(|cells| cells.has(index)).collect();
            let known = answered.iter().find(|(same, _)| *same == covering);
            let answer = known.map(|(_, answer)| answer.clone()).unwrap_or_else(|| {
                let of_cell = said.iter().filter(|(cells, _)| cells.has(index));
                let answer = told(&of_cell.map(|(_, claim)| claim).collect::<Vec<_>>());
                answered.push((covering, answer.clone()));
                answer
            });
            matrix.push((cell, answer));
        }
        matrix
    }

    pub(crate) fn control(&self, stream: &Stream) -> Control {
        let claims = self.control_claims(stream);
        let resolved = self.scales().resolve(&claims.iter().collect::<Vec<_>>());
        Control {
            by: resolved.value,
            since: resolved.since,
            level: resolved.level,
            contested: !resolved.dissent.is_empty(),
            stale: resolved.is_stale,
            basis: resolved.basis,
            dissent: resolved.dissent,
        }
    }

    /// The claims on who controls passage.
    pub(crate) fn control_claims<'s>(&'s self, stream: &'s Stream) -> Vec<Claim<'s, Id>> {
        self.happened_of(CONTROL, stream).filter_map(control).collect()
    }

    /// Announcements that stand and are not over; policy does not filter them (rule 29).
    fn windows(&self, stream: &Stream) -> Vec<Window> {
        let moment = self.asked.moment();
        let taken_back: HashSet<EventId> =
            self.happened_of(WINDOW_WITHDRAWN, stream).filter_map(taken_back).collect();
        let mut windows = Vec::new();
        for standing in self.happened_of(WINDOW_ANNOUNCED, stream) {
            if let Payload::Corridor(Event::WindowAnnounced(window)) = &standing.form.payload
                && window.closes.is_none_or(|closes| closes.instant() > moment)
                && !taken_back.contains(&standing.report.id)
            {
                let window = Window {
                    event: standing.report.id,
                    opens: window.opens,
                    closes: window.closes,
                    direction: window.direction.unwrap_or_default(),
                    traffic: window.traffic.as_deref().unwrap_or(&[Traffic::All]).to_vec(),
                    by: standing.by().cloned(),
                };
                windows.push((standing.report.position, window));
            }
        }
        windows.sort_by_key(|(position, window)| (window.opens.instant(), *position));
        windows.into_iter().map(|(_, window)| window).collect()
    }
}

fn status(standing: Standing<'_>) -> Option<(Cells, Claim<'_, CorridorStatus>)> {
    let (status, cells) = standing.form.status?;
    Some((cells, Claim::new(standing, status)))
}

fn control(standing: Standing<'_>) -> Option<Claim<'_, Id>> {
    let Payload::Corridor(Event::ControlReported(report)) = &standing.form.payload else {
        return None;
    };
    Some(Claim::new(standing, report.controlled_by.clone()))
}

fn taken_back(standing: Standing<'_>) -> Option<EventId> {
    let Payload::Corridor(Event::WindowWithdrawn(back)) = &standing.form.payload else {
        return None;
    };
    Some(back.window)
}

fn registered(form: &Form) -> Option<&Registered> {
    let Payload::Corridor(Event::Registered(registered)) = &form.payload else {
        return None;
    };
    Some(registered)
}

impl CellStatus {
    fn of((direction, traffic): Cell, resolved: &Resolved<CorridorStatus>) -> CellStatus {
        let dissent = resolved.dissent.iter().map(|claim| CellDissent {
            by: claim.by.clone(),
            status: claim.value,
            time: claim.time,
            level: claim.level,
            event: claim.event,
        });
        CellStatus {
            direction,
            traffic,
            status: resolved.value.into(),
            since: resolved.since,
            level: resolved.level,
            contested: !resolved.dissent.is_empty(),
            stale: resolved.is_stale,
            basis: resolved.basis.clone(),
            dissent: dissent.collect(),
        }
    }
}
