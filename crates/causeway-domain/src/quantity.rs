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
    let digits = |part: &str, most: usize| {
        (1..=most).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    if !digits(whole, 12) || !digits(places, PLACES) {
        return None;
    }
    format!("{whole}{places:0<PLACES$}")
        .parse()
        .ok()
        .map(Decimal)
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let (whole, places) = (self.0.abs() / SCALE, self.0.abs() % SCALE);
        match places {
            0 => write!(f, "{sign}{whole}"),
            _ => write!(
                f,
                "{sign}{whole}.{}",
                format!("{places:0PLACES$}").trim_end_matches('0')
            ),
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
