//! What was found: figures with their range, ratios of what ran side by side, targets.

use std::fmt::{self, Display, Write};

/// One figure for each round.
#[derive(Debug, Clone, Default)]
pub struct Figures {
    rounds: Vec<f64>,
}

impl Figures {
    /// The figure of one more round.
    pub fn add(&mut self, figure: f64) {
        self.rounds.push(figure);
    }

    /// The one in the middle.
    pub fn median(&self) -> f64 {
        let mut sorted = self.rounds.clone();
        sorted.sort_by(f64::total_cmp);
        sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
    }

    /// This divided by what ran beside it, round by round.
    pub fn over(&self, beside: &Figures) -> Figures {
        let pairs = self.rounds.iter().zip(&beside.rounds);
        Figures { rounds: pairs.map(|(ours, theirs)| ours / theirs).collect() }
    }

    fn range(&self) -> (f64, f64) {
        let least = self.rounds.iter().copied().fold(f64::INFINITY, f64::min);
        (least, self.rounds.iter().copied().fold(f64::NEG_INFINITY, f64::max))
    }
}

impl FromIterator<f64> for Figures {
    fn from_iter<I: IntoIterator<Item = f64>>(rounds: I) -> Figures {
        Figures { rounds: rounds.into_iter().collect() }
    }
}

impl Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (least, most) = self.range();
        match self.rounds.len() {
            0 => f.write_str("none"),
            1 => f.write_str(&plain(least)),
            _ => write!(f, "{} ({} to {})", plain(self.median()), plain(least), plain(most)),
        }
    }
}

/// A number for people: two or three digits that say something, thousands set apart.
pub fn plain(number: f64) -> String {
    let size = number.abs();
    if !number.is_finite() {
        return "unknown".to_owned();
    }
    if size == 0.0 {
        return "0".to_owned();
    }
    if size < 100.0 {
        let places = [0.01, 1.0, 10.0].iter().filter(|limit| size < **limit).count();
        return format!("{number:.places$}");
    }
    let step = 10_f64.powi(size.log10().floor() as i32 - 2);
    let digits = format!("{:.0}", (size / step).round() * step);
    let mut grouped = String::from(if number < 0.0 { "-" } else { "" });
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// What somebody came to.
#[derive(Debug)]
pub struct Line {
    /// Who, and what is counted.
    pub what: String,
    /// How much of it.
    pub figures: Figures,
    /// In what.
    pub unit: &'static str,
    /// Ours divided by theirs, of a line that ran beside ours.
    pub ratio: Option<Figures>,
}

impl Line {
    /// A line of our own, or one to which nothing is compared.
    pub fn new(what: impl Into<String>, unit: &'static str, figures: Figures) -> Line {
        Line { what: what.into(), figures, unit, ratio: None }
    }

    /// A line that ran beside ours.
    pub fn beside(self, ours: &Figures) -> Line {
        Line { ratio: Some(ours.over(&self.figures)), ..self }
    }
}

/// What was to be reached.
#[derive(Debug)]
pub struct Target {
    what: String,
    wanted: Wanted,
    /// The median; nothing where it could not be measured.
    found: Option<f64>,
}

#[derive(Debug, Clone, Copy)]
enum Wanted {
    AtLeast(f64),
    AtMost(f64),
}

impl Target {
    /// Met by what is as large or larger.
    pub fn at_least(what: impl Into<String>, wanted: f64, found: Option<f64>) -> Target {
        Target { what: what.into(), wanted: Wanted::AtLeast(wanted), found }
    }

    /// Met by what is as small or smaller.
    pub fn at_most(what: impl Into<String>, wanted: f64, found: Option<f64>) -> Target {
        Target { what: what.into(), wanted: Wanted::AtMost(wanted), found }
    }

    fn verdict(&self) -> &'static str {
        match (self.wanted, self.found) {
            (_, None) => "not measured",
            (Wanted::AtLeast(wanted), Some(found)) if found >= wanted => "met",
            (Wanted::AtMost(wanted), Some(found)) if found <= wanted => "met",
            (_, Some(_)) => "missed",
        }
    }
}

impl Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, wanted) = match self.wanted {
            Wanted::AtLeast(wanted) => ("≥", wanted),
            Wanted::AtMost(wanted) => ("≤", wanted),
        };
        let found = self.found.map_or("–".to_owned(), plain);
        let verdict = self.verdict();
        write!(f, "| {} | {sign} {} | {found} | {verdict} |", self.what, plain(wanted))
    }
}

/// One question and its answer.
#[derive(Debug, Default)]
pub struct Section {
    /// What was asked.
    pub title: String,
    /// How it was measured, in sentences.
    pub how: String,
    /// What everybody came to.
    pub lines: Vec<Line>,
    /// What was to be reached.
    pub targets: Vec<Target>,
    /// Who was to run beside us and did not, and why.
    pub missing: Vec<String>,
}

impl Section {
    /// As Markdown.
    pub fn page(&self) -> String {
        let mut page = format!("## {}\n\n{}\n", self.title, self.how.replace(". ", ".\n"));
        if !self.lines.is_empty() {
            page.push_str("\n| what | median (range) | ours ÷ theirs |\n|---|---|---|\n");
        }
        for Line { what, figures, unit, ratio } in &self.lines {
            let ratio = ratio.as_ref().map_or(String::new(), Figures::to_string);
            line(&mut page, format_args!("| {what} | {figures} {unit} | {ratio} |"));
        }
        if !self.targets.is_empty() {
            page.push_str("\n| target | wanted | found | |\n|---|---|---|---|\n");
            self.targets.iter().for_each(|target| line(&mut page, format_args!("{target}")));
        }
        if !self.missing.is_empty() {
            page.push('\n');
        }
        for missing in &self.missing {
            line(&mut page, format_args!("- Not measured: {missing}"));
        }
        page
    }
}

fn line(page: &mut String, text: fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    writeln!(page, "{text}").unwrap_or_default();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_two_or_three_digits_and_set_thousands_apart() {
        let numbers = [1_234_567.0, 33_149.0, -330.0, 100.0, 12.34, 1.234, 0.1234, 0.0, f64::NAN];
        let shown = numbers.map(plain);
        let wanted = ["1,230,000", "33,100", "-330", "100", "12", "1.2", "0.12", "0", "unknown"];
        assert_eq!(shown, wanted);
    }

    #[test]
    fn a_ratio_is_of_figures_of_the_same_round() {
        let [ours, theirs] = [[2.0, 9.0, 4.0], [1.0, 3.0, 4.0]].map(Figures::from_iter);
        assert_eq!(ours.over(&theirs).to_string(), "2.0 (1.0 to 3.0)");
    }

    #[test]
    fn what_could_not_be_measured_is_neither_met_nor_missed() {
        let verdict = |found| Target::at_least("", 2.0, found).verdict();
        assert_eq!([Some(2.0), Some(1.9), None].map(verdict), ["met", "missed", "not measured"]);
    }
}
