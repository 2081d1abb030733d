//! What was counted, per line and unit: stages side by side, sources never added (rules 34 to 37).

use std::cmp::Reverse;

use causeway_domain::delivery::{Consignment, Event, Line, LineName};
use causeway_domain::quantity::{self, Decimal, Quantity};
use causeway_domain::text::Title;
use causeway_domain::words::{self, LossCause, Unit};
use causeway_domain::{EventId, Id, Payload};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::Position;
use crate::asked::Policy;
use crate::claims::{Speaker, rank};
use crate::reports::Standing;
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
    fn of(sheet: &[Entry<'_>]) -> Stages {
        let mut stages = Stages::default();
        for place in places(sheet) {
            if let Some(stage) = stages.at(place[0].counter) {
                *stage = standing(place).map(|tally| tally.sum);
            }
        }
        stages
    }

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
    line: &'a LineName,
    unit: Unit,
    item: Option<&'a Title>,
    value: Decimal,
    replaces: bool,
}

/// The figures of one report, and where they were counted.
struct Count<'a> {
    counter: Counter,
    trucks: Option<quantity::Count>,
    consigned: &'a [Consignment],
    lines: &'a [Line],
    /// Whether they count anew, where a line does not say.
    cumulative: bool,
}

impl<'a> Count<'a> {
    fn of(event: &'a Event) -> Option<Count<'a>> {
        let (counter, counted) = match event {
            Event::Planned(plan) => {
                let consigned = plan.consignment.as_deref().unwrap_or_default();
                return Some(Count {
                    consigned,
                    ..Count::new(Counter::Planned, plan.trucks, None)
                });
            }
            Event::Reported(report) => {
                let consigned = report.consignment.as_deref().unwrap_or_default();
                let counter = Counter::at(report.stage);
                let count = Count::new(counter, report.trucks, report.cumulative);
                return Some(Count { consigned, ..count });
            }
            Event::LossRecorded(loss) => {
                let count = Count::new(Counter::Lost(loss.cause), None, loss.cumulative);
                return Some(Count { lines: &loss.lines, ..count });
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
        let lines = counted.lines.as_deref().unwrap_or_default();
        Some(Count { lines, ..Count::new(counter, counted.trucks, counted.cumulative) })
    }

    /// Trucks alone.
    fn new(
        counter: Counter,
        trucks: Option<quantity::Count>,
        cumulative: Option<bool>,
    ) -> Count<'a> {
        let cumulative = cumulative.unwrap_or(false);
        Count { counter, trucks, consigned: &[], lines: &[], cumulative }
    }

    /// Figure by figure, trucks first.
    fn figures(self) -> impl Iterator<Item = Figure<'a>> {
        let all = self.cumulative;
        let of = move |line, quantity: &Quantity, cumulative: Option<bool>, item| Figure {
            line,
            unit: quantity.unit,
            item,
            value: quantity.value,
            replaces: cumulative.unwrap_or(all),
        };
        let trucks =
            self.trucks.map(|count| Quantity { value: Decimal::whole(count.0), unit: Unit::Truck });
        let trucks = trucks.map(|trucks| of(LineName::trucks(), &trucks, None, None));
        let consigned = self.consigned.iter();
        let consigned =
            consigned.map(move |one| of(&one.line, &one.quantity, one.cumulative, Some(&one.item)));
        let lines =
            self.lines.iter().map(move |one| of(&one.line, &one.quantity, one.cumulative, None));
        trucks.into_iter().chain(consigned).chain(lines)
    }
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
    Count::of(event).into_iter().flat_map(|count| {
        let counter = count.counter;
        count.figures().map(move |figure| Counted {
            line: figure.line.clone(),
            quantity: Quantity { value: figure.value, unit: figure.unit },
            stage: counter.name(),
            replaces: figure.replaces,
        })
    })
}

/// A figure, where it was counted, and by whom.
struct Entry<'a> {
    figure: Figure<'a>,
    counter: Counter,
    by: Speaker,
    merit: Merit,
    event: EventId,
    /// In order of the reports.
    number: usize,
}

/// Greatest wins.
type Merit = (u8, Reverse<u8>, (DateTime<Utc>, Position));

/// What was counted of a delivery.
pub(crate) struct Ledger<'a> {
    /// By line, unit, place and source; figures of one source in order of the reports.
    entries: Vec<Entry<'a>>,
}

impl<'a> Ledger<'a> {
    /// The ledger from the admitted reports.
    pub(crate) fn of(view: &View<'_>, admitted: &[Standing<'a>]) -> Ledger<'a> {
        let mut entries: Vec<Entry<'a>> = Vec::new();
        for standing in admitted {
            let Payload::Delivery(event) = &standing.form.payload else { continue };
            let Some(count) = Count::of(event) else { continue };
            let counter = count.counter;
            for figure in count.figures() {
                entries.push(Entry {
                    figure,
                    counter,
                    by: Speaker::of(standing),
                    merit: merit(view, standing),
                    event: standing.report.id,
                    number: entries.len(),
                });
            }
        }
        entries.sort_by(|one, other| one.place().cmp(&other.place()));
        Ledger { entries }
    }

    /// Line by line, in each of its units.
    fn sheets(&self) -> impl Iterator<Item = &[Entry<'a>]> {
        let sheet = |entry: &Entry<'a>| (entry.figure.line, entry.figure.unit);
        self.entries.chunk_by(move |one, next| sheet(one) == sheet(next))
    }

    /// Whether of some line less arrived than set out, or was planned; trucks play no part.
    pub(crate) fn fell_short(&self) -> bool {
        self.sheets().any(|sheet| {
            let Figure { line, unit, .. } = sheet[0].figure;
            let is_of_trucks = unit == Unit::Truck && line == LineName::trucks();
            let stages = Stages::of(sheet);
            let meant = stages.dispatched.or(stages.planned);
            !is_of_trucks
                && stages.arrived.zip(meant).is_some_and(|(arrived, meant)| arrived < meant)
        })
    }

    /// What was counted in tonnes, by the sources whose figures stand, report by report.
    pub(crate) fn tonnes(&self) -> Vec<Part> {
        let in_tonnes = self.sheets().filter(|sheet| sheet[0].figure.unit == Unit::T);
        in_tonnes.flat_map(places).filter_map(standing).flat_map(Tally::parts).collect()
    }

    /// Its rows, line by line in each of its units, in order of first appearance.
    pub(crate) fn rows(&self) -> Vec<Row> {
        let mut sheets: Vec<_> = self.sheets().collect();
        sheets.sort_by_key(|sheet| sheet.iter().map(|entry| entry.number).min());
        sheets.into_iter().map(|sheet| Row::new(self.item(sheet[0].figure.line), sheet)).collect()
    }

    /// What a line is: by the plan, else by the first consignment that has it.
    fn item(&self, line: &LineName) -> Option<&'a Title> {
        let first = self.entries.partition_point(|entry| entry.figure.line < line);
        let of_line = self.entries[first..].iter().take_while(|entry| entry.figure.line == line);
        let named = of_line.filter(|entry| entry.figure.item.is_some());
        named.min_by_key(|entry| (entry.counter != Counter::Planned, entry.number))?.figure.item
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

impl Entry<'_> {
    /// Where it was counted, and by whom.
    fn place(&self) -> ((&LineName, Unit, Counter), &Speaker) {
        ((self.figure.line, self.figure.unit, self.counter), &self.by)
    }

    fn time(&self) -> DateTime<Utc> {
        self.merit.2.0
    }

    /// What its source has counted there, when it had counted `before`.
    fn counted_on(&self, before: Decimal) -> Decimal {
        if self.figure.replaces { self.figure.value } else { before + self.figure.value }
    }
}

/// What one source counted at one place: the sum of its reports, and the best of them.
struct Tally<'e, 'a> {
    entries: &'e [Entry<'a>],
    sum: Decimal,
    merit: Merit,
    event: EventId,
}

/// Where a line was counted.
fn places<'e, 'a>(sheet: &'e [Entry<'a>]) -> impl Iterator<Item = &'e [Entry<'a>]> {
    sheet.chunk_by(|one, next| one.counter == next.counter)
}

/// What was counted at one place, source by source.
fn tallies<'e, 'a>(place: &'e [Entry<'a>]) -> impl Iterator<Item = Tally<'e, 'a>> {
    place.chunk_by(|one, next| one.by == next.by).map(Tally::of)
}

/// What the source counted there whose figure stands.
fn standing<'e, 'a>(place: &'e [Entry<'a>]) -> Option<Tally<'e, 'a>> {
    tallies(place).max_by_key(|tally| tally.merit)
}

impl<'e, 'a> Tally<'e, 'a> {
    /// A figure is added to what its source counted there before, or put in the place of that:
    /// what is replaced lends no evidence to what replaces it.
    fn of(entries: &'e [Entry<'a>]) -> Tally<'e, 'a> {
        let Entry { merit, event, .. } = entries[0];
        let mut tally = Tally { entries, sum: Decimal::default(), merit, event };
        for entry in entries {
            if entry.figure.replaces || entry.merit > tally.merit {
                (tally.merit, tally.event) = (entry.merit, entry.event);
            }
            tally.sum = entry.counted_on(tally.sum);
        }
        tally
    }

    /// What each report adds.
    fn parts(self) -> impl Iterator<Item = Part> {
        self.entries.iter().scan(Decimal::default(), |sum, entry| {
            let before = std::mem::replace(sum, entry.counted_on(*sum));
            let (counter, time, event) = (entry.counter, entry.time(), entry.event);
            Some(Part { counter, time, value: *sum - before, event })
        })
    }
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

impl Row {
    fn new(item: Option<&Title>, sheet: &[Entry<'_>]) -> Row {
        let Figure { line, unit, .. } = sheet[0].figure;
        let mut row = Row {
            line: line.clone(),
            item: item.cloned(),
            unit,
            stages: Stages::of(sheet),
            losses: Vec::new(),
            gap: None,
            dissent: Vec::new(),
        };
        places(sheet).for_each(|place| row.take(place));
        row.gap = row.reconcile();
        row
    }

    fn take(&mut self, place: &[Entry<'_>]) {
        let counter = place[0].counter;
        let mut tallies: Vec<_> = tallies(place).collect();
        tallies.sort_by_key(|tally| Reverse(tally.merit));
        let quantity = tallies[0].sum;
        if let Counter::Lost(cause) = counter {
            self.losses.push(Loss { cause, quantity });
        }
        let differing = tallies.iter().skip(1).filter(|tally| tally.sum != quantity);
        self.dissent.extend(differing.map(|tally| QuantityDissent {
            by: tally.entries[0].by.actor().cloned(),
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
}
