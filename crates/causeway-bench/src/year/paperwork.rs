//! What is said about reports: how well they are verified, what was wrong, who objects.

use std::collections::VecDeque;

use serde_json::{Value, json};

use super::Told;
use super::pen::Pen;

/// The type of an assessment.
pub const ASSESSED: &str = "report.assessed.v1";
const WINDOW: &str = "corridor.window_announced.v1";

/// What somebody will say about a report.
#[derive(Debug, Clone)]
enum Say {
    Assessed,
    Disputed,
    Withdrawn,
    /// With the whole new data.
    Corrected(Value),
    /// Of a window that was announced: there will be none.
    WindowWithdrawn,
}

/// Something to say about a report.
pub struct Paper {
    subject: String,
    /// The id of the report.
    report: String,
    say: Say,
}

/// Whoever assesses lets reports pile up and then works through the pile, so that assessments come
/// one after the other.
pub struct Desk {
    pile: VecDeque<Paper>,
    high_enough: usize,
    is_worked_at: bool,
}

impl Desk {
    /// A desk whose pile is higher in a longer year.
    pub fn for_a_year_of(events: u64) -> Desk {
        let high_enough = (events / 250).clamp(8, 400) as usize;
        Desk { pile: VecDeque::new(), high_enough, is_worked_at: false }
    }

    /// Another one on the pile.
    pub fn put(&mut self, paper: Paper) {
        self.pile.push_back(paper);
        self.is_worked_at |= self.pile.len() >= self.high_enough;
    }

    /// The next one, while the pile is worked at.
    pub fn next(&mut self) -> Option<Paper> {
        let next = self.is_worked_at.then(|| self.pile.pop_front()).flatten();
        self.is_worked_at = next.is_some();
        next
    }
}

impl Paper {
    /// What somebody will have to say about what is told now, if anything.
    pub fn about(told: &Told, pen: &mut Pen) -> Option<Paper> {
        let say = match pen.below(100) {
            0..7 => Say::Assessed,
            7..9 => Say::Disputed,
            9..11 => Say::Withdrawn,
            11..14 => Say::Corrected(corrected(&told.data, pen)),
            14..50 if told.type_name == WINDOW => Say::WindowWithdrawn,
            _ => return None,
        };
        Some(Paper { subject: told.subject.clone(), report: String::new(), say })
    }

    /// The same, about the report with this id.
    pub fn naming(self, report: &str) -> Paper {
        Paper { report: report.to_owned(), ..self }
    }

    /// Whether it says how well a report is verified.
    pub fn assesses(&self) -> bool {
        matches!(self.say, Say::Assessed)
    }

    /// What is told.
    pub fn told(&self, pen: &mut Pen) -> Told {
        let event = &self.report;
        let reason = "The first message was heard wrongly on a bad line.";
        let (type_name, data) = match &self.say {
            Say::Assessed => (ASSESSED, assessment(event, pen)),
            Say::Disputed => (
                "report.disputed.v1",
                json!({"event": event, "reason": pen.note(), "source": pen.source()}),
            ),
            Say::Withdrawn => ("report.withdrawn.v1", json!({"event": event, "reason": reason})),
            Say::Corrected(data) => {
                ("report.corrected.v1", json!({"event": event, "data": data, "reason": reason}))
            }
            Say::WindowWithdrawn => {
                ("corridor.window_withdrawn.v1", json!({"window": event, "reason": pen.note()}))
            }
        };
        // A window is withdrawn by a report of its own, all else is classified as what it is about.
        let classification = matches!(self.say, Say::WindowWithdrawn).then_some("public");
        let (subject, type_name) = (self.subject.clone(), type_name.to_owned());
        Told { subject, type_name, classification, data }
    }

    /// What is said about this: a correction that has this id may be assessed.
    pub fn followed_by(&self, id: &str, pen: &mut Pen) -> Option<Paper> {
        let is_looked_at = matches!(self.say, Say::Corrected(_)) && pen.in_a_hundred(30);
        let (subject, report) = (self.subject.clone(), id.to_owned());
        is_looked_at.then_some(Paper { subject, report, say: Say::Assessed })
    }
}

fn assessment(event: &str, pen: &mut Pen) -> Value {
    json!({
        "event": event,
        "level": pen.one_of(&["verified", "corroborated", "corroborated", "partially_corroborated",
            "unverified", "disputed", "refuted"]),
        "method": "calls to two people who were there",
        "rationale": pen.note(),
    })
}

/// The data as it should have been.
fn corrected(data: &Value, pen: &mut Pen) -> Value {
    let mut data = data.clone();
    if let Some(status) = data.get_mut("status") {
        *status = json!(pen.one_of(&["open", "restricted", "closed"]));
    }
    if let Some(trucks) = data.get_mut("trucks") {
        *trucks = json!(pen.between(1..30));
    }
    data["note"] = json!(pen.note());
    data
}
