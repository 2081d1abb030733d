//! What was counted, per line and unit: stages side by side, sources never added (rules 34 to 37).

use std::cmp::Reverse;
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};

use causeway_domain::delivery::{Consignment, Event, Line, LineName};
use causeway_domain::quantity::{Count, Decimal, Quantity};
use causeway_domain::text::Title;
use causeway_domain::words::{self, LossCause, Unit};
use causeway_domain::{EventId, Id, Payload};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::Position;
use crate::asked::Policy;
use crate::claims::{Speaker, rank};
use crate::streams::Standing;
use crate::view::View;

/// One line of a delivery in one unit.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Row {
    /// The line's name.
    pub line: LineName,
    /// What it is, by the plan or a consignment.
    #[schema(required)]
    pub item: Option<Title>,
    /// What it is counted in.
    pub unit: Unit,
    /// What was counted at each stage.
    pub stages: Stages,
    /// What was lost, by cause.
    pub losses: Vec<Loss>,
    /// Dispatched less arrived less lost; positive is missing, negative is surplus.
    #[schema(required, value_type = Option<String>, pattern = r"^-?[0-9]+(\.[0-9]{1,6})?$")]
    pub gap: Option<Decimal>,
    /// Figures of other sources that differ.
    pub dissent: Vec<QuantityDissent>,
}

/// What was counted at each stage; null where nobody counted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Stages {
    /// By plan.
    #[schema(required)]
    pub planned: Option<Decimal>,
    /// Set out.
    #[schema(required)]
    pub dispatched: Option<Decimal>,
    /// Passed the crossing point.
    #[schema(required)]
    pub crossed: Option<Decimal>,
    /// Reached the destination.
    #[schema(required)]
    pub arrived: Option<Decimal>,
    /// Reached people.
    #[schema(required)]
    pub distributed: Option<Decimal>,
}

/// What was lost in one way.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Loss {
    /// How.
    pub cause: LossCause,
    /// How much.
    pub quantity: Decimal,
}

/// A source whose figure differs.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct QuantityDissent {
    /// Who; null where the report names nobody.
    #[schema(required)]
    pub by: Option<Id>,
    /// At which stage, or through which cause of loss.
    pub stage: String,
    /// Its figure.
    pub quantity: Decimal,
    /// Its best report there.
    pub event: EventId,
}

/// Where something was counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Counter {
    Planned,
    Dispatched,
    Crossed,
    Arrived,
    Distributed,
    Lost(LossCause),
}

impl Stages {
    /// What is counted there, unless it is a loss.
    pub(crate) fn at(&mut self, counter: Counter) -> Option<&mut Option<Decimal>> {
        match counter {
            Counter::Planned => Some(&mut self.planned),
            Counter::Dispatched => Some(&mut self.dispatched),
            Counter::Crossed => Some(&mut self.crossed),
            Counter::Arrived => Some(&mut self.arrived),
            Counter::Distributed => Some(&mut self.distributed),
            Counter::Lost(_) => None,
        }
    }
}

impl Counter {
    fn name(self) -> String {
        match self {
            Counter::Planned => "planned".into(),
            Counter::Dispatched => "dispatched".into(),
            Counter::Crossed => "crossed".into(),
            Counter::Arrived => "arrived".into(),
            Counter::Distributed => "distributed".into(),
            Counter::Lost(cause) => cause.to_string(),
        }
    }

    /// A delivery seen held or sent back was on its way (rule 36).
    fn at(stage: words::Stage) -> Counter {
        match stage {
            words::Stage::Dispatched | words::Stage::Held | words::Stage::TurnedBack => {
                Counter::Dispatched
            }
            words::Stage::Crossed => Counter::Crossed,
            words::Stage::Arrived => Counter::Arrived,
            words::Stage::Distributed => Counter::Distributed,
        }
    }
}

/// One figure in one report.
struct Figure<'a> {
    line: LineName,
    unit: Unit,
    item: Option<&'a Title>,
    value: Decimal,
    replaces: bool,
}

impl<'a> Figure<'a> {
    fn trucks(count: Option<Count>, replaces: bool) -> Option<Figure<'a>> {
        let of = |count: Count| Figure {
            line: LineName::trucks(),
            unit: Unit::Truck,
            item: None,
            value: Decimal::whole(count.0),
            replaces,
        };
        count.map(of)
    }

    fn of(line: &'a LineName, quantity: &Quantity, replaces: bool) -> Figure<'a> {
        Figure {
            line: line.clone(),
            unit: quantity.unit,
            item: None,
            value: quantity.value,
            replaces,
        }
    }

    fn counted(lines: Option<&'a [Line]>, all: bool) -> impl Iterator<Item = Figure<'a>> {
        let lines = lines.unwrap_or_default().iter();
        lines
            .map(move |line| Figure::of(&line.line, &line.quantity, line.cumulative.unwrap_or(all)))
    }

    fn consigned(lines: Option<&'a [Consignment]>, all: bool) -> impl Iterator<Item = Figure<'a>> {
        let lines = lines.unwrap_or_default().iter();
        lines.map(move |line| Figure {
            item: Some(&line.item),
            ..Figure::of(&line.line, &line.quantity, line.cumulative.unwrap_or(all))
        })
    }
}

/// The figures of a report, trucks first, and where they were counted.
fn figures(event: &Event) -> Option<(Counter, Vec<Figure<'_>>)> {
    let (counter, counted) = match event {
        Event::Planned(plan) => {
            let lines = Figure::consigned(plan.consignment.as_deref(), false);
            let figures = Figure::trucks(plan.trucks, false).into_iter().chain(lines);
            return Some((Counter::Planned, figures.collect()));
        }
        Event::Reported(report) => {
            let all = report.cumulative.unwrap_or(false);
            let lines = Figure::consigned(report.consignment.as_deref(), all);
            let figures = Figure::trucks(report.trucks, all).into_iter().chain(lines);
            return Some((Counter::at(report.stage), figures.collect()));
        }
        Event::LossRecorded(loss) => {
            let figures = Figure::counted(Some(&loss.lines), loss.cumulative.unwrap_or(false));
            return Some((Counter::Lost(loss.cause), figures.collect()));
        }
        Event::Dispatched(counted) => (Counter::Dispatched, counted),
        Event::Crossed(counted) => (Counter::Crossed, counted),
        Event::Arrived(counted) => (Counter::Arrived, counted),
        Event::Distributed(counted) => (Counter::Distributed, counted),
        Event::ClearanceRequested(_)
        | Event::ClearanceGranted(_)
        | Event::ClearanceDenied(_)
        | Event::Held(_)
        | Event::Released(_)
        | Event::Rerouted(_)
        | Event::TurnedBack(_)
        | Event::Postponed(_)
        | Event::Cancelled(_)
        | Event::Closed(_) => return None,
    };
    let all = counted.cumulative.unwrap_or(false);
    let lines = Figure::counted(counted.lines.as_deref(), all);
    Some((counter, Figure::trucks(counted.trucks, all).into_iter().chain(lines).collect()))
}

/// One figure in one report, as it is shown.
pub(crate) struct Counted {
    pub line: LineName,
    pub quantity: Quantity,
    /// The stage, or the cause of loss.
    pub stage: String,
    /// Whether it replaces what its source counted there before.
    pub replaces: bool,
}

/// The figures of a report, one by one.
pub(crate) fn counted(event: &Event) -> impl Iterator<Item = Counted> {
    let figures = figures(event).into_iter();
    let each = figures
        .flat_map(|(counter, figures)| figures.into_iter().map(move |figure| (counter, figure)));
    each.map(|(counter, figure)| Counted {
        line: figure.line,
        quantity: Quantity { value: figure.value, unit: figure.unit },
        stage: counter.name(),
        replaces: figure.replaces,
    })
}

/// What one source counted at one place: the sum of its reports, and the best of them.
struct Tally {
    sum: Decimal,
    merit: Merit,
    event: EventId,
    parts: Vec<Part>,
}

/// What one report adds to what its source counted. Where it counts anew, that is how much it
/// says more than what it replaces, or less.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    pub counter: Counter,
    pub time: DateTime<Utc>,
    pub value: Decimal,
    pub event: EventId,
}

/// Greatest wins.
type Merit = (u8, Reverse<u8>, (DateTime<Utc>, Position));

/// What was counted of one line in one unit, and where.
type Sheet = BTreeMap<Counter, HashMap<Speaker, Tally>>;

/// What each line is: by the plan, else by the first consignment that has it.
#[derive(Default)]
struct Items<'a> {
    planned: HashMap<LineName, &'a Title>,
    seen: HashMap<LineName, &'a Title>,
}

impl<'a> Items<'a> {
    fn note(&mut self, counter: Counter, figure: &Figure<'a>) {
        let Some(item) = figure.item else { return };
        let names = if counter == Counter::Planned { &mut self.planned } else { &mut self.seen };
        names.entry(figure.line.clone()).or_insert(item);
    }

    fn of(&self, line: &LineName) -> Option<Title> {
        self.planned.get(line).or(self.seen.get(line)).copied().cloned()
    }
}

/// What was counted of a delivery: line by line in each of its units, in order of first
/// appearance.
pub(crate) struct Ledger<'a> {
    sheets: Vec<((LineName, Unit), Sheet)>,
    items: Items<'a>,
}

impl<'a> Ledger<'a> {
    /// The ledger from the admitted reports.
    pub(crate) fn of(view: &View<'_>, admitted: &[Standing<'a>]) -> Ledger<'a> {
        let mut ledger = Ledger { sheets: Vec::new(), items: Items::default() };
        let mut indices: HashMap<(LineName, Unit), usize> = HashMap::new();
        for standing in admitted {
            let Payload::Delivery(event) = &standing.form.payload else {
                continue;
            };
            let Some((counter, figures)) = figures(event) else {
                continue;
            };
            for figure in figures {
                ledger.items.note(counter, &figure);
                let key = (figure.line.clone(), figure.unit);
                let index = *indices.entry(key.clone()).or_insert_with(|| {
                    ledger.sheets.push((key, Sheet::default()));
                    ledger.sheets.len() - 1
                });
                let tallies = ledger.sheets[index].1.entry(counter).or_default();
                let tally = Tally::of(&figure, counter, standing, merit(view, standing));
                count(tallies, Speaker::of(standing), figure.replaces, tally);
            }
        }
        ledger
    }

    /// What was counted in tonnes, by the sources whose figures stand, report by report.
    pub(crate) fn tonnes(&self) -> Vec<Part> {
        let in_tonnes = self.sheets.iter().filter(|((_, unit), _)| *unit == Unit::T);
        let places = in_tonnes.flat_map(|(_, sheet)| sheet.values());
        let standing = places.filter_map(|tallies| tallies.values().max_by_key(|one| one.merit));
        standing.flat_map(|tally| tally.parts.iter().cloned()).collect()
    }

    /// Its rows.
    pub(crate) fn into_rows(self) -> Vec<Row> {
        let Ledger { sheets, items } = self;
        let row = |((line, unit), sheet)| Row::new(items.of(&line), (line, unit), sheet);
        sheets.into_iter().map(row).collect()
    }
}

/// How a report counts against another source's: by evidence under `best`, by age otherwise.
fn merit(view: &View<'_>, standing: &Standing<'_>) -> Merit {
    let source = standing.form.details.source.as_ref();
    let credibility = source.and_then(|source| source.credibility).unwrap_or_default();
    match view.asked.policy {
        Policy::Best => (rank(standing.level), Reverse(credibility.rank()), standing.age()),
        Policy::Verified | Policy::Latest | Policy::Party(_) => (0, Reverse(0), standing.age()),
    }
}

impl Tally {
    fn of(figure: &Figure<'_>, counter: Counter, by: &Standing<'_>, merit: Merit) -> Tally {
        let (value, event) = (figure.value, by.report.id);
        let part = Part { counter, time: by.report.time.instant(), value, event };
        Tally { sum: value, merit, event, parts: vec![part] }
    }

    fn add(&mut self, other: Tally) {
        self.sum += other.sum;
        if other.merit > self.merit {
            (self.merit, self.event) = (other.merit, other.event);
        }
        self.parts.extend(other.parts);
    }

    /// Puts `other` in its place; the parts tell by how much that differs.
    fn replace(&mut self, mut other: Tally) {
        for part in &mut other.parts {
            part.value = part.value - self.sum;
        }
        let earlier = std::mem::take(&mut self.parts);
        *self = Tally { parts: earlier.into_iter().chain(other.parts).collect(), ..other };
    }
}

/// Adds a figure to what its source counted there before, or puts it in the place of that: what
/// is replaced lends no evidence to what replaces it.
fn count(tallies: &mut HashMap<Speaker, Tally>, by: Speaker, replaces: bool, new: Tally) {
    match tallies.entry(by) {
        Entry::Vacant(none) => {
            none.insert(new);
        }
        Entry::Occupied(tally) if replaces => tally.into_mut().replace(new),
        Entry::Occupied(tally) => tally.into_mut().add(new),
    }
}

impl Row {
    fn new(item: Option<Title>, (line, unit): (LineName, Unit), sheet: Sheet) -> Row {
        let mut row = Row {
            line,
            item,
            unit,
            stages: Stages::default(),
            losses: Vec::new(),
            gap: None,
            dissent: Vec::new(),
        };
        for (counter, tallies) in sheet {
            row.take(counter, tallies);
        }
        row.gap = row.reconcile();
        row
    }

    fn take(&mut self, counter: Counter, tallies: HashMap<Speaker, Tally>) {
        let mut tallies: Vec<_> = tallies.into_iter().collect();
        tallies.sort_by_key(|(_, tally)| Reverse(tally.merit));
        let Some((_, winner)) = tallies.first() else {
            return;
        };
        let quantity = winner.sum;
        if let Counter::Lost(cause) = counter {
            self.losses.push(Loss { cause, quantity });
        }
        if let Some(stage) = self.stages.at(counter) {
            *stage = Some(quantity);
        }
        let differing = tallies.into_iter().skip(1).filter(|(_, tally)| tally.sum != quantity);
        self.dissent.extend(differing.map(|(by, tally)| QuantityDissent {
            by: by.actor().cloned(),
            stage: counter.name(),
            quantity: tally.sum,
            event: tally.event,
        }));
    }

    fn reconcile(&self) -> Option<Decimal> {
        let missing = self.stages.dispatched? - self.stages.arrived?;
        Some(self.losses.iter().fold(missing, |gap, loss| gap - loss.quantity))
    }

    /// Whether the row does not add up.
    pub(crate) fn has_gap(&self) -> bool {
        self.gap.is_some_and(|gap| gap != Decimal::default())
    }

    /// Whether less arrived than set out, or was planned; the row of trucks plays no part.
    pub(crate) fn fell_short(&self) -> bool {
        let meant = self.stages.dispatched.or(self.stages.planned);
        let is_of_trucks = self.line == LineName::trucks() && self.unit == Unit::Truck;
        !is_of_trucks
            && self.stages.arrived.zip(meant).is_some_and(|(arrived, meant)| arrived < meant)
    }
}
