//! A period cut into days, weeks or months of UTC, the first and last of them clipped (rule 45).

use causeway_domain::Time;
use chrono::{DateTime, Datelike, Days, Months, NaiveDate, Utc};
use utoipa::ToSchema;

use crate::history::Period;

/// How a period is cut.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    serde::Serialize,
    serde::Deserialize,
    ToSchema,
    strum::EnumString,
    strum::Display,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Bucket {
    /// UTC days.
    Day,
    /// ISO weeks: from Monday.
    Week,
    /// Calendar months of UTC.
    Month,
}

impl Bucket {
    /// The first day of the bucket that `day` lies in.
    fn first_day(self, day: NaiveDate) -> Option<NaiveDate> {
        match self {
            Bucket::Day => Some(day),
            Bucket::Week => {
                day.checked_sub_days(Days::new(u64::from(day.weekday().num_days_from_monday())))
            }
            Bucket::Month => day.with_day(1),
        }
    }

    /// The first day of the next bucket.
    fn next_day(self, first: NaiveDate) -> Option<NaiveDate> {
        match self {
            Bucket::Day => first.checked_add_days(Days::new(1)),
            Bucket::Week => first.checked_add_days(Days::new(7)),
            Bucket::Month => first.checked_add_months(Months::new(1)),
        }
    }

    fn end_of(self, instant: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let next = self.next_day(self.first_day(instant.date_naive())?)?;
        Some(next.and_hms_opt(0, 0, 0)?.and_utc())
    }

    /// The parts of the period, in order; they tile it.
    pub(super) fn cut(self, period: Period) -> impl Iterator<Item = Period> {
        let mut from = Some(period.from);
        std::iter::from_fn(move || {
            let start = from.take()?;
            let end = self.end_of(start.instant()).filter(|end| *end < period.to.instant());
            from = end.map(Time::minute_from);
            Some(Period { from: start, to: from.unwrap_or(period.to) })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(bucket: Bucket, from: &str, to: &str) -> Vec<(String, String)> {
        let period = Period { from: from.parse().unwrap(), to: to.parse().unwrap() };
        let parts = bucket.cut(period);
        parts.map(|part| (part.from.to_string(), part.to.to_string())).collect()
    }

    fn days(parts: &[(String, String)]) -> Vec<&str> {
        parts.iter().map(|(from, _)| &from[..10]).collect()
    }

    #[test]
    fn months_are_clipped_to_the_period() {
        let parts = cut(Bucket::Month, "2022-12-12T00:00:00+04:00", "2023-02-03T12:00:00Z");
        assert_eq!(days(&parts), ["2022-12-12", "2023-01-01", "2023-02-01"]);
        assert_eq!(parts[0].0, "2022-12-12T00:00:00+04:00", "as it was asked");
        assert_eq!(parts[2].1, "2023-02-03T12:00:00Z");
        assert!(parts.windows(2).all(|pair| pair[0].1 == pair[1].0), "they tile the period");
    }

    #[test]
    fn weeks_begin_on_monday() {
        let parts = cut(Bucket::Week, "2023-06-15T00:00:00Z", "2023-06-27T00:00:00Z");
        assert_eq!(days(&parts), ["2023-06-15", "2023-06-19", "2023-06-26"]);
    }

    #[test]
    fn a_period_that_ends_with_a_bucket_has_no_empty_one() {
        let parts = cut(Bucket::Day, "2023-06-15T00:00:00Z", "2023-06-17T00:00:00Z");
        assert_eq!(days(&parts), ["2023-06-15", "2023-06-16"]);
        assert_eq!(cut(Bucket::Month, "2023-06-15T01:00:00Z", "2023-06-15T02:00:00Z").len(), 1);
    }
}
