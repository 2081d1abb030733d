//! What every report needs: chance, the clock of the year, a source, a note.

use chrono::{DateTime, FixedOffset, SecondsFormat, TimeDelta, Utc};
use fastrand::Rng;
use serde_json::{Value, json};
use uuid::Uuid;

use super::country::{ACTORS, AUTHORITIES, CARRIERS, Country};
use super::prose;

/// Between two steps of a story lies this part of the year, more or less.
const PAUSES_IN_A_YEAR: u64 = 2_000;
const SHORTEST_PAUSE: u64 = 4;

/// Writes what sources say.
pub struct Pen {
    /// What it is about.
    pub country: Country,
    chance: Rng,
}

impl Pen {
    /// A pen that writes the same for the same seed.
    pub fn new(country: Country, seed: u64) -> Pen {
        Pen { country, chance: Rng::with_seed(seed) }
    }

    /// A number from 0 to one below the limit.
    pub fn below(&mut self, limit: usize) -> usize {
        self.chance.usize(..limit.max(1))
    }

    /// A number in the range.
    pub fn between(&mut self, range: std::ops::Range<u32>) -> u32 {
        self.chance.u32(range)
    }

    /// True so many times in a hundred.
    pub fn in_a_hundred(&mut self, times: u32) -> bool {
        self.chance.u32(..100) < times
    }

    /// One of several.
    pub fn one_of<T: Copy>(&mut self, several: &[T]) -> T {
        several[self.chance.usize(..several.len())]
    }

    /// How many events later something goes on.
    pub fn pause(&mut self) -> u64 {
        let usual = (self.country.size / PAUSES_IN_A_YEAR).max(SHORTEST_PAUSE);
        1 + self.chance.u64(..2 * usual)
    }

    /// An id as a client makes it (RFC 9562, version 7).
    pub fn id(&mut self, made: DateTime<Utc>) -> Uuid {
        let mut random = [0; 10];
        self.chance.fill(&mut random);
        let milliseconds = u64::try_from(made.timestamp_millis()).unwrap_or_default();
        uuid::Builder::from_unix_timestamp_millis(milliseconds, &random).into_uuid()
    }

    /// When it happened, of what is recorded now: mostly hours ago, sometimes days.
    pub fn time_of(&mut self, recorded: DateTime<Utc>) -> String {
        let minutes = match self.chance.u32(..100) {
            0..70 => self.chance.i64(1..360),
            70..90 => self.chance.i64(360..1_440),
            _ => self.chance.i64(1_440..20_000),
        };
        let happened = recorded - TimeDelta::minutes(minutes);
        let hours = if self.in_a_hundred(80) { 4 } else { 0 };
        let there = FixedOffset::east_opt(hours * 3_600).map(|zone| happened.with_timezone(&zone));
        there.unwrap_or_default().to_rfc3339_opts(SecondsFormat::Secs, true)
    }

    /// A time in the year, a share of it from its beginning.
    pub fn moment(&mut self) -> DateTime<Utc> {
        let (first, last) = super::recorded_between();
        first + TimeDelta::minutes(self.chance.i64(0..(last - first).num_minutes()))
    }

    /// Who delivers.
    pub fn carrier(&mut self) -> usize {
        self.below(CARRIERS)
    }

    /// Who decides what passes.
    pub fn authority(&mut self) -> usize {
        AUTHORITIES.start + self.below(AUTHORITIES.len())
    }

    /// A town, as reports name it.
    pub fn place(&mut self) -> Value {
        let number = self.below(self.country.places);
        self.country.place(number)
    }

    /// Somebody who says so.
    pub fn source(&mut self) -> Value {
        let number = self.below(ACTORS.len());
        let kind = match ACTORS[number].2 {
            "ngo" | "un_agency" | "red_cross_red_crescent" => "partner_agency",
            "state_authority" | "de_facto_authority" => "authority",
            "armed_group" => "party",
            "media" => "media",
            "community" => "community",
            _ => "other",
        };
        let mut source = json!({
            "kind": kind,
            "by": self.country.actor(number),
            "reliability": self.one_of(&["A", "B", "B", "C", "C", "D", "F"]),
            "credibility": self.between(1..7),
        });
        if kind == "media" {
            source["url"] = json!(format!("https://example.org/news/{}", self.between(0..900_000)));
        }
        source
    }

    /// What the person who records adds in words.
    pub fn note(&mut self) -> String {
        let places = self.country.places;
        prose::note(&mut self.chance, places)
    }
}
