//! Exact quantities: decimals with a unit, counts, and plain measures.

use std::fmt;
use std::ops::{Add, AddAssign, Sub};
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize};
use serde_with::{DeserializeFromStr, SerializeDisplay};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::Expected;
use crate::text::pattern_schema;
use crate::words::Unit;

/// An exact decimal with up to six places, never a binary float. What a client sends has at
/// most twelve digits before the point and no sign; sums and gaps may go beyond.
/// Printed without exponent and trailing zeros.
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    SerializeDisplay,
    DeserializeFromStr,
)]
pub struct Decimal(i128);

const PLACES: usize = 6;
const SCALE: i128 = 1_000_000;

impl Decimal {
    const EXPECTED: Expected =
        Expected("a decimal as text, such as \"361.5\": up to 12 digits, then up to 6 places");

    /// The whole number `count`.
    #[must_use]
    pub fn whole(count: u32) -> Decimal {
        Decimal(i128::from(count) * SCALE)
    }
}

impl PartialSchema for Decimal {
    fn schema() -> RefOr<Schema> {
        pattern_schema(r"^[0-9]{1,12}(\.[0-9]{1,6})?$", Decimal::EXPECTED)
    }
}

impl ToSchema for Decimal {}

impl FromStr for Decimal {
    type Err = Expected;

    fn from_str(text: &str) -> Result<Decimal, Expected> {
        decimal(text).ok_or(Decimal::EXPECTED)
    }
}

fn decimal(text: &str) -> Option<Decimal> {
    let (whole, places) = text.split_once('.').unwrap_or((text, "0"));
    let missing_places = PLACES.checked_sub(places.len())?;
    let places = digits(places, PLACES)? * 10_i128.pow(u32::try_from(missing_places).ok()?);
    Some(Decimal(digits(whole, 12)? * SCALE + places))
}

/// A number of at least one and at most so many digits.
fn digits(text: &str, most: usize) -> Option<i128> {
    let are_digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let number = (text.len() <= most && are_digits).then(|| text.parse::<u64>().ok());
    number.flatten().map(i128::from)
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let (whole, places) = (self.0.abs() / SCALE, self.0.abs() % SCALE);
        match places {
            0 => write!(f, "{sign}{whole}"),
            _ => write!(f, "{sign}{whole}.{}", format!("{places:0PLACES$}").trim_end_matches('0')),
        }
    }
}

impl Add for Decimal {
    type Output = Decimal;

    fn add(self, other: Decimal) -> Decimal {
        Decimal(self.0 + other.0)
    }
}

impl AddAssign for Decimal {
    fn add_assign(&mut self, other: Decimal) {
        self.0 += other.0;
    }
}

impl Sub for Decimal {
    type Output = Decimal;

    fn sub(self, other: Decimal) -> Decimal {
        Decimal(self.0 - other.0)
    }
}

/// How much of something, in a unit of the closed list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Quantity {
    /// The exact amount.
    pub value: Decimal,
    /// What it is counted in; never converted.
    pub unit: Unit,
}

/// A number of things or people: a whole number from 0 to 4,294,967,295.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[schema(value_type = u32, minimum = 0, maximum = 4_294_967_295_u32)]
pub struct Count(pub u32);

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Count, D::Error> {
        whole_number(deserializer, 0, u32::MAX).map(Count)
    }
}

/// Reads a whole number from `least` to `most`. JSON Schema counts `5.0` as whole; so do we.
pub(crate) fn whole_number<'de, D: Deserializer<'de>>(
    deserializer: D,
    least: u32,
    most: u32,
) -> Result<u32, D::Error> {
    if !deserializer.is_human_readable() {
        return u32::deserialize(deserializer);
    }
    let number = f64::deserialize(deserializer)?;
    let whole = number.fract() == 0.0 && (f64::from(least)..=f64::from(most)).contains(&number);
    match whole {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "checked above"
        )]
        true => Ok(number as u32),
        false => Err(serde::de::Error::custom(format_args!(
            "expected a whole number from {least} to {most}"
        ))),
    }
}

/// A measure that is not counted, such as kilometres: a finite number of at least 0.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "f64")]
#[schema(value_type = f64, minimum = 0)]
pub struct Measure(f64);

impl TryFrom<f64> for Measure {
    type Error = Expected;

    fn try_from(number: f64) -> Result<Measure, Expected> {
        match number.is_finite() && number >= 0.0 {
            true => Ok(Measure(number)),
            false => Err(Expected("a number of at least 0")),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decimal(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn a_decimal_is_printed_without_exponent_and_trailing_zeros() {
        for (sent, printed) in [
            ("0", "0"),
            ("0.0", "0"),
            ("361.50", "361.5"),
            ("007", "7"),
            ("0.000001", "0.000001"),
            ("10.010", "10.01"),
            ("100", "100"),
            ("999999999999.999999", "999999999999.999999"),
        ] {
            assert_eq!(decimal(sent).to_string(), printed);
        }
    }

    #[test]
    fn what_is_no_decimal_is_refused() {
        for text in [
            "",
            ".",
            "1.",
            ".5",
            "-1",
            "+1",
            "1e3",
            " 1",
            "1 ",
            "1,5",
            "1.2.3",
            "0x1",
            "NaN",
            "1234567890123",
            "1.1234567",
            "\u{661}",
            "1_000",
        ] {
            assert_eq!(text.parse::<Decimal>(), Err(Decimal::EXPECTED), "{text:?}");
        }
    }

    #[test]
    fn decimals_are_exact_and_a_gap_may_be_negative() {
        assert_eq!(decimal("0.1") + decimal("0.2"), decimal("0.3"));
        assert_eq!((decimal("19.4") - decimal("20")).to_string(), "-0.6");
        assert_eq!((decimal("1") - decimal("3")).to_string(), "-2");
        let mut sum = Decimal::whole(u32::MAX);
        sum += decimal("0.000001");
        assert_eq!(sum.to_string(), "4294967295.000001");
        let most = decimal("999999999999.999999");
        assert_eq!((most + most).to_string(), "1999999999999.999998");
    }

    #[test]
    fn decimals_are_ordered_by_value() {
        assert!(decimal("9") < decimal("10"));
        assert!(decimal("0.5") < decimal("0.45") + decimal("0.1"));
        assert!(decimal("1") - decimal("2") < Decimal::default());
    }

    #[test]
    fn a_count_is_a_whole_number() {
        let count = |json: &str| serde_json::from_str::<Count>(json).map(|count| count.0).ok();
        assert_eq!(count("0"), Some(0));
        assert_eq!(count("5.0"), Some(5), "JSON knows one kind of number");
        assert_eq!(count("4294967295"), Some(u32::MAX));
        for wrong in ["4294967296", "-1", "0.5", "\"5\"", "null", "true", "1e300"] {
            assert_eq!(count(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_measure_is_finite_and_not_negative() {
        let measure = |json: &str| serde_json::from_str::<Measure>(json).ok();
        assert!(measure("0").is_some() && measure("68.5").is_some());
        assert!(measure("-0.1").is_none() && measure("\"68\"").is_none());
        assert!(Measure::try_from(f64::INFINITY).is_err() && Measure::try_from(f64::NAN).is_err());
    }

    proptest! {
        #[test]
        fn a_printed_decimal_is_the_same_decimal(text in "[0-9]{1,12}(\\.[0-9]{1,6})?") {
            let printed = decimal(&text).to_string();
            prop_assert_eq!(decimal(&printed), decimal(&text));
            prop_assert!(!printed.contains('.') || !printed.ends_with('0'), "{}", printed);
        }
    }
}
