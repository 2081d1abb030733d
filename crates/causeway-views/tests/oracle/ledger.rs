//! The ledger of a delivery: what adds, what replaces, what differs (rules 34 to 37).

use std::cmp::Reverse;

use causeway_views::Policy;
use serde_json::{Value, json};

use super::{Oracle, Source, Standing, rank};

const STAGES: [&str; 5] = ["planned", "dispatched", "crossed", "arrived", "distributed"];
const CAUSES: [&str; 7] = [
    "damaged",
    "spoiled",
    "taken_by_crowd",
    "seized_by_armed_actor",
    "confiscated_by_authority",
    "returned",
    "lost",
];

/// One quantity in one report.
struct Figure<'a> {
    report: &'a Standing,
    /// A stage or a cause of loss.
    at: String,
    line: String,
    unit: String,
    amount: i64,
    is_total: bool,
    item: Option<&'a str>,
}

/// What one source says was counted somewhere.
struct Sum<'a> {
    source: Source,
    amount: i64,
    best: &'a Standing,
}

impl Oracle<'_> {
    pub(super) fn ledger(&self, admitted: &[Standing]) -> Vec<Value> {
        let figures: Vec<Figure> = admitted.iter().flat_map(figures).collect();
        let mut rows: Vec<(&str, &str)> = Vec::new();
        for figure in &figures {
            if !rows.contains(&(&figure.line, &figure.unit)) {
                rows.push((&figure.line, &figure.unit));
            }
        }
        rows.into_iter().map(|(line, unit)| self.row(&figures, line, unit)).collect()
    }

    fn row(&self, figures: &[Figure], line: &str, unit: &str) -> Value {
        let named = || figures.iter().filter(|figure| figure.line == line && figure.item.is_some());
        let item = named().find(|figure| figure.at == "planned").or(named().next());
        let item = item.and_then(|figure| figure.item);
        let places = STAGES.into_iter().chain(CAUSES);
        let counted = places.map(|at| {
            let there = figures
                .iter()
                .filter(|figure| figure.at == at && figure.line == line && figure.unit == unit);
            (at, self.sums(&there.collect::<Vec<_>>()))
        });
        let counted: Vec<(&str, Vec<Sum>)> = counted.collect();
        let amount = |wanted: &str| {
            let sums = counted.iter().find(|(at, _)| *at == wanted);
            sums.and_then(|(_, sums)| Some(sums.first()?.amount))
        };
        let lost: i64 = CAUSES.into_iter().filter_map(amount).sum();
        let gap = amount("dispatched").zip(amount("arrived"));
        let gap = gap.map(|(dispatched, arrived)| dispatched - arrived - lost);
        let stages = STAGES.map(|at| (at.to_owned(), json!(amount(at).map(decimal))));
        let losses = CAUSES
            .into_iter()
            .filter_map(|cause| Some(json!({"cause": cause, "quantity": decimal(amount(cause)?)})));
        json!({
            "line": line,
            "item": item,
            "unit": unit,
            "stages": Value::from_iter(stages),
            "losses": losses.collect::<Vec<_>>(),
            "gap": gap.map(decimal),
            "dissent": counted.iter().flat_map(|(at, sums)| dissent(at, sums)).collect::<Vec<_>>(),
        })
    }

    /// What each source says was counted at one place, the source that supplies the figure first.
    fn sums<'a>(&self, there: &[&Figure<'a>]) -> Vec<Sum<'a>> {
        let mut sums: Vec<Sum> = Vec::new();
        for figure in there {
            let source = figure.report.source();
            let known = sums.iter().position(|sum| sum.source == source);
            let earlier = known.map(|index| sums.remove(index)).filter(|_| !figure.is_total);
            sums.push(match earlier {
                None => Sum { source, amount: figure.amount, best: figure.report },
                Some(sum) => Sum {
                    source,
                    amount: sum.amount + figure.amount,
                    best: [sum.best, figure.report]
                        .into_iter()
                        .max_by_key(|report| self.merit(report))
                        .expect("there are two"),
                },
            });
        }
        sums.sort_by_key(|sum| Reverse(self.merit(sum.best)));
        sums
    }

    /// The policy's own order of reports.
    fn merit(&self, report: &Standing) -> impl Ord + use<> {
        let evidence = match self.asked.policy {
            Policy::Best => (rank(&report.level), Reverse(report.credibility())),
            Policy::Verified | Policy::Latest | Policy::Party(_) => (0, Reverse(0)),
        };
        (evidence, report.age())
    }
}

/// The figures that differ from the one that counts.
fn dissent(at: &str, sums: &[Sum]) -> Vec<Value> {
    let Some((winner, others)) = sums.split_first() else {
        return Vec::new();
    };
    let differing = others.iter().filter(|other| other.amount != winner.amount);
    let entry = |other: &Sum| {
        json!({
            "by": other.source.by(),
            "stage": at,
            "quantity": decimal(other.amount),
            "event": other.best.id,
        })
    };
    differing.map(entry).collect()
}

/// What one report counts: trucks and lines, at its stage or as lost.
fn figures(report: &Standing) -> Vec<Figure<'_>> {
    let Some(at) = counted_at(report) else {
        return Vec::new();
    };
    let data = &report.data;
    let of_report = data["cumulative"] == true;
    let trucks = data["trucks"].as_i64().map(|trucks| Figure {
        report,
        at: at.clone(),
        line: "trucks".to_owned(),
        unit: "truck".to_owned(),
        amount: trucks * 1_000_000,
        is_total: of_report,
        item: None,
    });
    let member = |name: &str| data[name].as_array().map(Vec::as_slice).unwrap_or_default();
    let lines = member("consignment").iter().chain(member("lines")).map(|line| {
        let text = |value: &Value| value.as_str().expect("checked when recorded").to_owned();
        Figure {
            report,
            at: at.clone(),
            line: text(&line["line"]),
            unit: text(&line["quantity"]["unit"]),
            amount: millionths(&text(&line["quantity"]["value"])),
            is_total: line["cumulative"].as_bool().unwrap_or(of_report),
            item: line["item"].as_str(),
        }
    });
    trucks.into_iter().chain(lines).collect()
}

/// The stage or cause of loss at which a report's figures were counted (rule 36).
fn counted_at(report: &Standing) -> Option<String> {
    if report.is("delivery.loss_recorded") {
        return report.data["cause"].as_str().map(str::to_owned);
    }
    if report.is("delivery.reported") {
        let stage = report.data["stage"].as_str()?;
        let on_its_way = ["held", "turned_back"].contains(&stage);
        return Some(if on_its_way { "dispatched" } else { stage }.to_owned());
    }
    let at = STAGES.into_iter().find(|stage| report.is(&format!("delivery.{stage}")));
    at.map(str::to_owned)
}

/// A decimal as a whole number of millionths.
pub fn millionths(text: &str) -> i64 {
    let (whole, places) = text.split_once('.').unwrap_or((text, ""));
    format!("{whole}{places:0<6}").parse().expect("a decimal of up to six places")
}

/// Millionths as a decimal, without exponent and trailing zeros.
fn decimal(millionths: i64) -> String {
    let sign = if millionths < 0 { "-" } else { "" };
    let digits = format!("{:07}", millionths.abs());
    let (whole, places) = digits.split_at(digits.len() - 6);
    let text = format!("{sign}{whole}.{places}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
