//! A country's year, told by many who do not agree: events one after the other, as clients send
//! them.
//!
//! The same name, seed and size give the same bytes. There are ten events to a subject, and the
//! northern road has ten thousand reports, or a tenth of a smaller year. Whoever records the
//! events of each subject in order, and assessments with a second key, gets every one accepted.
//! Only what is under way is in memory, however long the year.

mod constraint;
mod corridor;
mod country;
mod delivery;
mod paperwork;
mod pen;
mod people;
mod prose;
mod register;
mod story;

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::Value;

use country::Country;
use paperwork::{Desk, Paper};
use pen::Pen;
use register::Register;
use story::Story;

const EVENTS_TO_A_SUBJECT: u64 = 10;
/// Reports on the corridor that has most of them.
pub const NORTHERN_ROAD_REPORTS: u64 = 10_000;
/// Of a small year, no more than this part is about the northern road.
const NORTHERN_ROAD_PART: u64 = 10;
/// The first second of the year, 2025-01-01T00:00:00Z.
const FIRST_SECOND: i64 = 1_735_689_600;
const DAYS: i64 = 365;
/// Who records: what sources say is in `data.source`.
pub const ORGANISATION: &str = "relief-network";

/// An event as a client sends it.
#[derive(Debug, Clone)]
pub struct Event {
    /// What it is known by, for ever.
    pub id: String,
    /// What it is about, such as `corridor/northern-road`.
    pub subject: String,
    /// Whether it assesses a report, which takes another key than the report's.
    pub assesses: bool,
    /// The whole event, on one line.
    pub text: String,
}

/// What is told, before it becomes an event.
struct Told {
    subject: String,
    type_name: String,
    /// Left out on paperwork, which is classified as what it is about.
    classification: Option<&'static str>,
    data: Value,
}

/// What comes next of something that is under way.
enum Due {
    Step(Story),
    Paper(Paper),
}

/// The events of a year.
pub struct Year {
    pen: Pen,
    register: Register,
    brings_recorded_time: bool,
    told: u64,
    subjects: u64,
    /// By the event at which it is due; the second number tells those of one event apart.
    due: BTreeMap<(u64, u64), Due>,
    desk: Desk,
}

impl Year {
    /// A year of so many events. Years of other names have other subjects and, with another seed,
    /// other ids: several fit into one record.
    #[must_use]
    pub fn new(name: &str, seed: u64, size: u64) -> Year {
        let pen = Pen::new(Country::new(name, size), seed);
        let register = Register::of(&pen.country);
        Year {
            desk: Desk::for_a_year_of(size),
            due: BTreeMap::new(),
            brings_recorded_time: false,
            told: 0,
            subjects: 0,
            pen,
            register,
        }
    }

    /// The same year as imported history: each event brings the time at which it was recorded.
    #[must_use]
    pub fn into_history(self) -> Year {
        Year { brings_recorded_time: true, ..self }
    }

    /// When the event with this number is recorded, in a year whose recording takes all of it.
    fn recorded(&self) -> DateTime<Utc> {
        let microseconds = i128::from(DAYS) * 86_400_000_000 * i128::from(self.told)
            / i128::from(self.pen.country.size);
        let since = TimeDelta::microseconds(i64::try_from(microseconds).unwrap_or(i64::MAX));
        DateTime::from_timestamp(FIRST_SECOND, 0).unwrap_or_default() + since
    }

    fn tell(&mut self) -> Event {
        if let Some(told) = self.register.next(&mut self.pen) {
            self.subjects += 1;
            return self.event(told);
        }
        if self.is_about_the_northern_road() {
            return self.report_on_corridor(0);
        }
        if let Some(paper) = self.desk.next() {
            return self.file(paper);
        }
        match self.next_due() {
            Some(Due::Step(story)) => self.go_on(story),
            Some(Due::Paper(paper)) => self.file(paper),
            None if self.subjects * EVENTS_TO_A_SUBJECT <= self.told => {
                self.subjects += 1;
                let story = Story::begin(self.subjects, &mut self.pen);
                self.go_on(story)
            }
            None => {
                let corridor = self.pen.below(self.pen.country.corridors);
                self.report_on_corridor(corridor)
            }
        }
    }

    /// What is due now; assessments go to the desk first.
    fn next_due(&mut self) -> Option<Due> {
        while self.due.first_key_value().is_some_and(|(at, _)| at.0 <= self.told) {
            match self.due.pop_first()? {
                (_, Due::Paper(paper)) if paper.assesses() => self.desk.put(paper),
                (_, due) => return Some(due),
            }
        }
        None
    }

    /// Whether the reports on the northern road, spread evenly, have one here.
    fn is_about_the_northern_road(&self) -> bool {
        let size = self.pen.country.size;
        let reports = u128::from(northern_road_reports(size));
        let by = |event: u64| u128::from(event) * reports / u128::from(size);
        by(self.told + 1) > by(self.told)
    }

    fn report_on_corridor(&mut self, number: usize) -> Event {
        let told = corridor::report(number, &mut self.pen);
        self.report(told)
    }

    fn go_on(&mut self, mut story: Story) -> Event {
        let told = story.tell(&mut self.pen);
        if !story.is_over() {
            self.later(Due::Step(story));
        }
        self.report(told)
    }

    fn file(&mut self, paper: Paper) -> Event {
        let next = paper.told(&mut self.pen);
        let event = self.event(next);
        if let Some(about_this) = paper.followed_by(&event.id, &mut self.pen) {
            self.later(Due::Paper(about_this));
        }
        event
    }

    /// A report, and perhaps what somebody will have to say about it.
    fn report(&mut self, told: Told) -> Event {
        let paper = Paper::about(&told, &mut self.pen);
        let event = self.event(told);
        if let Some(paper) = paper {
            self.later(Due::Paper(paper.naming(&event.id)));
        }
        event
    }

    fn later(&mut self, due: Due) {
        let at = self.told + self.pen.pause();
        self.due.insert((at, self.told), due);
    }

    fn event(&mut self, told: Told) -> Event {
        let recorded = self.recorded();
        let id = self.pen.id(recorded).to_string();
        let time = self.pen.time_of(recorded);
        let device = self.pen.below(40);
        let Told { subject, type_name, classification, data } = told;
        let recorded_time = match self.brings_recorded_time {
            true => {
                let recorded = recorded.to_rfc3339_opts(SecondsFormat::Micros, true);
                format!(r#","recordedtime":"{recorded}""#)
            }
            false => String::new(),
        };
        let classification = match classification {
            Some(word) => format!(r#","dataclassification":"{word}""#),
            None => String::new(),
        };
        let text = format!(
            r#"{{"specversion":"1.0","id":"{id}","source":"/orgs/{ORGANISATION}/devices/field-{device}","type":"{type_name}","subject":"{subject}","time":"{time}"{recorded_time}{classification},"data":{data}}}"#
        );
        Event { id, subject, assesses: type_name == paperwork::ASSESSED, text }
    }
}

impl Iterator for Year {
    type Item = Event;

    fn next(&mut self) -> Option<Event> {
        if self.told == self.pen.country.size {
            return None;
        }
        let event = self.tell();
        self.told += 1;
        Some(event)
    }
}

/// How many reports on the northern road a year of so many events has.
#[must_use]
pub fn northern_road_reports(events: u64) -> u64 {
    NORTHERN_ROAD_REPORTS.min(events / NORTHERN_ROAD_PART)
}

/// The id of a road in the year of this name; the first, 0, is the northern one.
#[must_use]
pub fn road(name: &str, number: usize) -> String {
    Country::new(name, 1).corridor(number)
}

/// The first and the last moment at which a year's history is recorded.
#[must_use]
pub fn recorded_between() -> (DateTime<Utc>, DateTime<Utc>) {
    let first = DateTime::from_timestamp(FIRST_SECOND, 0).unwrap_or_default();
    (first, first + TimeDelta::days(DAYS))
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use super::*;

    const SIZE: u64 = 20_000;

    #[test]
    fn the_same_seed_tells_the_same_year_and_another_one_another() {
        let texts = |seed| Year::new("", seed, 2_000).map(|event| event.text).collect::<Vec<_>>();
        assert_eq!(texts(1), texts(1));
        assert_ne!(texts(1), texts(2));
    }

    #[test]
    fn there_are_ten_events_to_a_subject_and_the_northern_road_has_its_reports() {
        let mut reports = HashMap::<String, u64>::new();
        for event in Year::new("", 1, SIZE) {
            *reports.entry(event.subject).or_default() += 1;
        }
        assert_eq!(reports.values().sum::<u64>(), SIZE);
        let subjects = reports.len() as u64;
        assert!((SIZE / 11..=SIZE / 9).contains(&subjects), "{subjects} subjects");
        assert!(reports["corridor/northern-road"] >= SIZE / NORTHERN_ROAD_PART);
    }

    #[test]
    fn events_have_about_six_hundred_bytes() {
        let bytes = Year::new("", 1, SIZE).map(|event| event.text.len() as u64).sum::<u64>() / SIZE;
        assert!((560..=640).contains(&bytes), "{bytes} bytes");
    }

    #[test]
    fn no_id_comes_twice_also_in_years_of_other_names_and_seeds() {
        let years = Year::new("a", 1, SIZE).chain(Year::new("b", 2, SIZE));
        let ids: HashSet<_> = years.map(|event| event.id).collect();
        assert_eq!(ids.len() as u64, 2 * SIZE);
    }

    #[test]
    fn every_sort_of_event_that_people_send_is_told() {
        let type_of = |event: Event| {
            let event: Value = serde_json::from_str(&event.text).unwrap();
            event["type"].as_str().unwrap().to_owned()
        };
        let told: HashSet<_> = Year::new("", 1, SIZE).map(type_of).collect();
        // All of them but the bulletin, which the service computes.
        assert_eq!(told.len(), 41, "{told:?}");
    }
}
