//! Deliveries: stage, holds, clearances, outcome (rules 31 to 33, 38, 39).

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::{Moment, Oracle, Standing, or};

/// A time during which a delivery was held.
struct Hold {
    from: Moment,
    to: Option<Moment>,
    place: Value,
    by: Value,
    stage_before: String,
}

/// What the steps of a delivery come to.
struct Journey {
    stage: String,
    holds: Vec<Hold>,
}

/// One request to an authority and its answer.
struct Clearance {
    authority: Value,
    requested: Option<Moment>,
    deadline: Option<Moment>,
    answered: Option<Moment>,
    answer: Option<&'static str>,
}

impl Oracle<'_> {
    /// The deliveries that had begun, by id.
    pub fn deliveries(&self) -> Vec<Value> {
        let mut ids = self.subjects("delivery");
        ids.retain(|id| self.had_begun(&format!("delivery/{id}")));
        ids.iter().map(|id| self.delivery(id)).collect()
    }

    pub(super) fn delivery(&self, id: &str) -> Value {
        let subject = format!("delivery/{id}");
        let admitted = self.admitted(&subject);
        let journey = journey(&admitted);
        let ledger = self.ledger(&admitted);
        let clearances = clearances(&admitted);
        json!({
            "id": id,
            "version": self.version(&subject),
            "organisation": self.registered(&subject, "organisation"),
            "origin": self.registered(&subject, "origin"),
            "destination": self.registered(&subject, "destination"),
            "corridor": or(
                self.newest(&subject, "corridor"),
                self.registered(&subject, "corridor"),
            ),
            "mode": self.registered(&subject, "mode"),
            "departs": self.registered(&subject, "departs"),
            "outcome": self.outcome(&admitted, &journey, &ledger, &clearances),
            "stage": journey.stage,
            "flags": flags(&ledger, &clearances, self.moment()),
            "ledger": ledger,
            "holds": journey.holds.iter().map(|hold| self.hold(hold)).collect::<Vec<_>>(),
            "hold_threshold_hours": 2,
            "clearances": clearances.iter().map(|row| self.clearance(row)).collect::<Vec<_>>(),
        })
    }

    /// A field of the plan, which registers a delivery (rules 18, 46); where it gives none, of
    /// the earliest report that does.
    fn registered(&self, subject: &str, member: &str) -> Value {
        let plan = self.standing(subject).into_iter().rfind(|report| report.is("delivery.planned"));
        let planned = plan.map(|plan| plan.data[member].clone()).unwrap_or_default();
        or(planned, self.identity(subject, "delivery.reported", member))
    }

    /// The first that holds (rule 39).
    fn outcome(
        &self,
        admitted: &[Standing],
        journey: &Journey,
        ledger: &[Value],
        clearances: &[Clearance],
    ) -> &'static str {
        let seen_at =
            |stages: &[&str]| admitted.iter().filter_map(step).any(|step| stages.contains(&step));
        let on_the_way = ["dispatched", "held", "crossed", "turned_back", "arrived", "distributed"];
        let last_answer = |authority: &Value| {
            let answers = clearances.iter().filter(|row| row.authority == *authority);
            answers.filter_map(|row| row.answer).next_back()
        };
        let denied = || clearances.iter().any(|row| last_answer(&row.authority) == Some("denied"));
        let holds = journey.holds.iter();
        let held: TimeDelta =
            holds.map(|hold| length(&hold.from, hold.to.as_ref(), self.moment())).sum();
        let too_long = held > TimeDelta::hours(2);
        match &*journey.stage {
            "cancelled" => "cancelled",
            "postponed" => "postponed",
            _ if seen_at(&["arrived", "distributed"]) => {
                let in_part = seen_at(&["turned_back"]) || ledger.iter().any(fell_short);
                match (in_part, too_long) {
                    (true, _) => "partially_facilitated",
                    (false, true) => "impeded",
                    (false, false) => "facilitated",
                }
            }
            "turned_back" => "impeded",
            _ if too_long => "impeded",
            _ if !seen_at(&on_the_way) && denied() => "denied",
            "closed" if seen_at(&on_the_way) => "impeded",
            "closed" => "cancelled",
            _ => "in_progress",
        }
    }

    fn hold(&self, hold: &Hold) -> Value {
        json!({
            "from": hold.from.text,
            "to": hold.to.as_ref().map(|to| &to.text),
            "hours": hours(length(&hold.from, hold.to.as_ref(), self.moment())),
            "place": hold.place,
            "by": hold.by,
        })
    }

    fn clearance(&self, row: &Clearance) -> Value {
        let waited = |requested| length(requested, row.answered.as_ref(), self.moment());
        json!({
            "authority": row.authority,
            "requested": row.requested.as_ref().map(|at| &at.text),
            "answered": row.answered.as_ref().map(|at| &at.text),
            "answer": row.answer,
            "hours": row.requested.as_ref().map(|requested| hours(waited(requested))),
        })
    }
}

fn length(from: &Moment, to: Option<&Moment>, now: DateTime<Utc>) -> TimeDelta {
    to.map_or(now, |to| to.at) - from.at
}

/// Hours to four places.
fn hours(length: TimeDelta) -> f64 {
    (length.as_seconds_f64() / 3600.0 * 10_000.0).round() / 10_000.0
}

/// The step of a journey that a report is.
fn step(report: &Standing) -> Option<&str> {
    const STEPS: [&str; 11] = [
        "planned",
        "dispatched",
        "held",
        "released",
        "crossed",
        "arrived",
        "distributed",
        "turned_back",
        "postponed",
        "cancelled",
        "closed",
    ];
    if report.is("delivery.reported") {
        return report.data["stage"].as_str();
    }
    STEPS.into_iter().find(|step| report.is(&format!("delivery.{step}")))
}

fn journey(admitted: &[Standing]) -> Journey {
    let mut stage = "unknown".to_owned();
    let mut holds: Vec<Hold> = Vec::new();
    for report in admitted {
        let open = holds.last_mut().filter(|hold| hold.to.is_none());
        match (step(report), open) {
            (None, _) | (Some("released"), None) | (Some("held"), Some(_)) => {}
            (Some("released"), Some(hold)) => {
                hold.to = Some(report.time.clone());
                stage = match &*hold.stage_before {
                    "unknown" => "dispatched".to_owned(),
                    before => before.to_owned(),
                };
            }
            (Some("held"), None) => {
                let stage_before = std::mem::replace(&mut stage, "held".to_owned());
                holds.push(Hold {
                    from: report.time.clone(),
                    to: None,
                    place: report.data["place"].clone(),
                    by: report.data["by"].clone(),
                    stage_before,
                });
            }
            (Some(next), open) => {
                stage = next.to_owned();
                if let Some(hold) = open {
                    hold.to = Some(report.time.clone());
                }
            }
        }
    }
    Journey { stage, holds }
}

fn clearances(admitted: &[Standing]) -> Vec<Clearance> {
    let mut rows: Vec<Clearance> = Vec::new();
    for report in admitted {
        let authority = &report.data["authority"];
        let answer = match &*report.type_name {
            "delivery.clearance_requested.v1" => None,
            "delivery.clearance_granted.v1" => Some("granted"),
            "delivery.clearance_denied.v1" => Some("denied"),
            _ => continue,
        };
        let open = rows.iter_mut().find(|row| row.authority == *authority && row.answer.is_none());
        match (answer, open) {
            (None, Some(row)) => {
                let deadline = Moment::in_member(&report.data, "deadline");
                let deadlines = row.deadline.take().into_iter().chain(deadline);
                row.deadline = deadlines.min_by_key(|deadline| deadline.at);
            }
            (Some(_), Some(row)) => {
                row.answer = answer;
                row.answered = Some(report.time.clone());
            }
            (_, None) => rows.push(Clearance {
                authority: authority.clone(),
                requested: answer.is_none().then(|| report.time.clone()),
                deadline: Moment::in_member(&report.data, "deadline"),
                answered: answer.is_some().then(|| report.time.clone()),
                answer,
            }),
        }
    }
    rows
}

fn flags(ledger: &[Value], clearances: &[Clearance], now: DateTime<Utc>) -> Vec<&'static str> {
    let is_overdue = |row: &Clearance| {
        row.answer.is_none() && row.deadline.as_ref().is_some_and(|deadline| deadline.at < now)
    };
    let has_gap = |row: &Value| !row["gap"].is_null() && row["gap"] != "0";
    let late = clearances.iter().any(is_overdue).then_some("deadline_passed");
    let gap = ledger.iter().any(has_gap).then_some("gap");
    late.into_iter().chain(gap).collect()
}

/// Whether less of a line arrived than set out, or was to.
fn fell_short(row: &Value) -> bool {
    let amount = |stage: &str| row["stages"][stage].as_str().map(super::ledger::millionths);
    let sent = amount("dispatched").or(amount("planned"));
    let short = amount("arrived").zip(sent).is_some_and(|(arrived, sent)| arrived < sent);
    short && !(row["line"] == "trucks" && row["unit"] == "truck")
}
