//! Lengths of time as they are printed: seconds exactly, hours and days to four places (rule 44).

use chrono::TimeDelta;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use utoipa::ToSchema;

/// A length of time in seconds, exact: a whole number, or with as many places as it needs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, ToSchema)]
#[schema(value_type = f64, example = 86_400)]
pub struct Seconds(pub TimeDelta);

/// A length of time in hours, rounded to four places.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ToSchema)]
#[schema(value_type = f64, example = 24.0)]
pub struct Hours(pub TimeDelta);

impl Serialize for Seconds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let nanoseconds = nanoseconds(self.0);
        let (whole, places) = (nanoseconds / BILLION, nanoseconds % BILLION);
        let text = match places {
            0 => whole.to_string(),
            _ => format!("{whole}.{places:09}").trim_end_matches('0').to_owned(),
        };
        RawValue::from_string(text).map_err(serde::ser::Error::custom)?.serialize(serializer)
    }
}

impl Serialize for Hours {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(hours(self.0))
    }
}

/// A length of time in hours, to four places.
#[must_use]
pub fn hours(length: TimeDelta) -> f64 {
    in_units_of(3_600, length)
}

/// A length of time in days of 24 hours, to four places.
#[must_use]
pub fn days(length: TimeDelta) -> f64 {
    in_units_of(86_400, length)
}

/// `part` of `whole`, to four places; none where there is no whole.
#[must_use]
pub fn share(part: TimeDelta, whole: TimeDelta) -> Option<f64> {
    let whole = nanoseconds(whole);
    (whole > 0).then(|| four_places(nanoseconds(part) * PLACES, whole))
}

const BILLION: i128 = 1_000_000_000;
const PLACES: i128 = 10_000;

fn in_units_of(seconds: i128, length: TimeDelta) -> f64 {
    four_places(nanoseconds(length) * PLACES, seconds * BILLION)
}

/// A quotient whose numerator counts ten-thousandths, rounded half away from zero.
pub(crate) fn four_places(numerator: i128, denominator: i128) -> f64 {
    let half = denominator / 2 * numerator.signum();
    #[expect(clippy::cast_precision_loss, reason = "ten-thousandths of centuries fit in 53 bits")]
    let places = ((numerator + half) / denominator) as f64;
    places / 10_000.0
}

fn nanoseconds(length: TimeDelta) -> i128 {
    i128::from(length.num_seconds()) * BILLION + i128::from(length.subsec_nanos())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(seconds: TimeDelta) -> String {
        serde_json::to_string(&Seconds(seconds)).unwrap()
    }

    #[test]
    fn seconds_are_exact() {
        assert_eq!(printed(TimeDelta::days(286)), "24710400");
        assert_eq!(printed(TimeDelta::milliseconds(1_500)), "1.5");
        assert_eq!(printed(TimeDelta::days(286) + TimeDelta::nanoseconds(1)), "24710400.000000001");
        assert_eq!(printed(TimeDelta::zero()), "0");
    }

    #[test]
    fn hours_and_days_are_rounded_to_four_places() {
        assert_eq!(hours(TimeDelta::minutes(90)), 1.5);
        assert_eq!(hours(TimeDelta::seconds(1)), 0.0003);
        assert_eq!(hours(TimeDelta::milliseconds(180)), 0.0001, "half is rounded up");
        assert_eq!(days(TimeDelta::hours(36)), 1.5);
        assert_eq!(days(TimeDelta::hours(1)), 0.0417);
        assert_eq!(hours(TimeDelta::minutes(-90)), -1.5);
    }

    #[test]
    fn a_share_of_nothing_is_none() {
        assert_eq!(share(TimeDelta::hours(1), TimeDelta::hours(3)), Some(0.3333));
        assert_eq!(share(TimeDelta::zero(), TimeDelta::zero()), None);
    }
}
