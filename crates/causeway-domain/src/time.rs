//! Time as a source wrote it: an instant, and the text it came in.
//!
//! RFC 3339 with upper-case `T` and `Z`, at most nine fraction digits and no leap second
//! (rule 53). Two times are compared by their instants and printed as they were sent.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Timelike, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_with::{As, DeserializeFromStr, SerializeDisplay};

use utoipa::openapi::{KnownFormat, RefOr, Schema, SchemaFormat};
use utoipa::{PartialSchema, ToSchema};

use crate::text::text_schema;
use crate::{Expected, packed};

/// A point in time, RFC 3339, kept in the very text it was sent in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self")]
pub struct Time {
    #[serde(with = "As::<packed::Instant>")]
    instant: DateTime<Utc>,
    zone: Zone,
    fraction_digits: u8,
}

/// Minutes east of UTC, or one of two ways of saying none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Zone(i16);

/// What a text must look like to be a [`Time`].
pub const EXPECTED: Expected = Expected(
    "an RFC 3339 time with offset, upper-case T and Z, no leap second, \
     such as 2023-06-15T13:19:00+04:00",
);

impl PartialSchema for Time {
    fn schema() -> RefOr<Schema> {
        text_schema()
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .description(Some(EXPECTED.0))
            .into()
    }
}

impl ToSchema for Time {}

impl Time {
    /// The moment itself, in UTC.
    #[must_use]
    pub fn instant(self) -> DateTime<Utc> {
        self.instant
    }

    /// The server's way of writing `instant`: UTC, microseconds.
    #[must_use]
    pub fn stamp(instant: DateTime<Utc>) -> Time {
        let micros = instant.nanosecond() / 1_000 * 1_000;
        let instant = instant.with_nanosecond(micros).unwrap_or(instant);
        Time { instant, zone: Zone::Z, fraction_digits: 6 }
    }

    /// `instant` in UTC without a fraction, rounded up to the whole minute (rule 13).
    #[must_use]
    pub fn minute_from(instant: DateTime<Utc>) -> Time {
        let into_minute = TimeDelta::seconds(i64::from(instant.second()))
            + TimeDelta::nanoseconds(i64::from(instant.nanosecond()));
        let whole = match into_minute.is_zero() {
            true => instant,
            false => instant - into_minute + TimeDelta::minutes(1),
        };
        Time { instant: whole, zone: Zone::Z, fraction_digits: 0 }
    }
}

/// A time in as few bytes as hold it, for whoever keeps millions of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShortTime([u8; 11]);

/// How many bits each part takes: seconds since 1970, nanoseconds, minutes of the zone, digits.
const SECONDS_BITS: u32 = 40;
const NANOSECONDS_BITS: u32 = 30;
const ZONE_BITS: u32 = 12;
const DIGITS_BITS: u32 = 4;

/// What is added to make seconds and minutes positive.
const SECONDS_BIAS: i64 = 1 << (SECONDS_BITS - 1);
const ZONE_BIAS: i16 = 1 << (ZONE_BITS - 1);

impl From<Time> for ShortTime {
    fn from(time: Time) -> ShortTime {
        // Outside of what can be written as a time, the nearest that can.
        let seconds = time.instant.timestamp().clamp(-SECONDS_BIAS, SECONDS_BIAS - 1);
        let zone = time.zone.0.clamp(-ZONE_BIAS, ZONE_BIAS - 1);
        let mut bits = (seconds + SECONDS_BIAS) as u128;
        let mut push = |value: u32, width| bits = bits << width | u128::from(value);
        push(time.instant.timestamp_subsec_nanos(), NANOSECONDS_BITS);
        push(u32::from((zone + ZONE_BIAS).unsigned_abs()), ZONE_BITS);
        push(u32::from(time.fraction_digits), DIGITS_BITS);
        let bytes = bits.to_le_bytes();
        ShortTime(*bytes.first_chunk().expect("11 of 16"))
    }
}

impl From<ShortTime> for Time {
    fn from(ShortTime(short): ShortTime) -> Time {
        let mut bytes = [0; 16];
        bytes[..short.len()].copy_from_slice(&short);
        let mut bits = u128::from_le_bytes(bytes);
        let mut pop = |width: u32| {
            let value = bits & ((1 << width) - 1);
            bits >>= width;
            value
        };
        let fraction_digits = pop(DIGITS_BITS) as u8;
        let zone = match pop(ZONE_BITS) as i16 - ZONE_BIAS {
            minutes if minutes == ZONE_BIAS - 1 => Zone::Z,
            minutes if minutes == -ZONE_BIAS => Zone::NEGATIVE_ZERO,
            minutes => Zone(minutes),
        };
        let nanoseconds = pop(NANOSECONDS_BITS) as u32;
        let seconds = pop(SECONDS_BITS) as i64 - SECONDS_BIAS;
        let instant = DateTime::from_timestamp(seconds, nanoseconds).unwrap_or_default();
        Time { instant, zone, fraction_digits }
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match serializer.is_human_readable() {
            true => serializer.collect_str(self),
            false => Time::serialize(self, serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Time, D::Error> {
        match deserializer.is_human_readable() {
            true => packed::from_text(deserializer),
            false => Time::deserialize(deserializer),
        }
    }
}

impl FromStr for Time {
    type Err = Expected;

    fn from_str(text: &str) -> Result<Time, Expected> {
        parse(text.as_bytes()).ok_or(EXPECTED)
    }
}

fn parse(text: &[u8]) -> Option<Time> {
    let (clock, rest) = text.split_at_checked(19)?;
    let marks = [(10, b'T'), (13, b':'), (16, b':')];
    if marks.iter().any(|&(at, mark)| clock[at] != mark) {
        return None;
    }
    let (nanos, fraction_digits, rest) = fraction(rest)?;
    let zone = zone(rest)?;
    let (hour, minute, second) =
        (number(&clock[11..13])?, number(&clock[14..16])?, number(&clock[17..19])?);
    let local = date(&clock[..10])?.and_hms_nano_opt(hour, minute, second, nanos)?;
    let instant = (local - zone.east_of_utc()).and_utc();
    Some(Time { instant, zone, fraction_digits })
}

fn date(text: &[u8]) -> Option<NaiveDate> {
    let [year @ .., b'-', month_tens, month, b'-', day_tens, day] = text else { return None };
    if year.len() != 4 {
        return None;
    }
    let year = i32::try_from(number(year)?).ok()?;
    NaiveDate::from_ymd_opt(year, number(&[*month_tens, *month])?, number(&[*day_tens, *day])?)
}

/// Reads `.123` if it is there: nanoseconds, how many digits, and what follows.
fn fraction(text: &[u8]) -> Option<(u32, u8, &[u8])> {
    let Some(after_dot) = text.strip_prefix(b".") else {
        return Some((0, 0, text));
    };
    let digits = after_dot.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if !(1..=9).contains(&digits) {
        return None;
    }
    let scale = 10_u32.pow(9 - u32::try_from(digits).ok()?);
    let nanos = number(&after_dot[..digits])? * scale;
    Some((nanos, u8::try_from(digits).ok()?, &after_dot[digits..]))
}

fn zone(text: &[u8]) -> Option<Zone> {
    if text == b"Z" {
        return Some(Zone::Z);
    }
    let (sign, rest) = text.split_first()?;
    let negative = match sign {
        b'+' => false,
        b'-' => true,
        _ => return None,
    };
    if rest.len() != 5 || rest[2] != b':' {
        return None;
    }
    let (hours, minutes) = (number(&rest[0..2])?, number(&rest[3..5])?);
    if hours > 23 || minutes > 59 {
        return None;
    }
    let east = i16::try_from(hours * 60 + minutes).ok()?;
    Some(match (negative, east) {
        (true, 0) => Zone::NEGATIVE_ZERO,
        (true, _) => Zone(-east),
        (false, _) => Zone(east),
    })
}

/// All-digit ASCII as a number; `None` for anything else, a sign included.
fn number(digits: &[u8]) -> Option<u32> {
    let all_digits = digits.iter().all(u8::is_ascii_digit);
    all_digits.then(|| digits.iter().fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0')))
}

impl Zone {
    const Z: Zone = Zone(i16::MAX);
    /// `-00:00`, which is printed otherwise than `+00:00`.
    const NEGATIVE_ZERO: Zone = Zone(i16::MIN);

    fn east_of_utc(self) -> TimeDelta {
        match self {
            Zone::Z | Zone::NEGATIVE_ZERO => TimeDelta::zero(),
            Zone(minutes) => TimeDelta::minutes(i64::from(minutes)),
        }
    }

    /// Writes itself to the beginning of `room`; returns how long it is.
    fn write(self, room: &mut [u8]) -> usize {
        match self {
            Zone::Z => {
                room[0] = b'Z';
                1
            }
            Zone(minutes) => {
                let is_behind = self == Zone::NEGATIVE_ZERO || minutes < 0;
                room[0] = if is_behind { b'-' } else { b'+' };
                let minutes = u32::try_from(self.east_of_utc().num_minutes().abs()).unwrap_or(0);
                write_digits(&mut room[1..3], minutes / 60);
                room[3] = b':';
                write_digits(&mut room[4..6], minutes % 60);
                6
            }
        }
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let local = self.instant.naive_utc() + self.zone.east_of_utc();
        let mut text = *b"0000-00-00T00:00:00.000000000+00:00";
        let mut length = 19;
        let year = u32::try_from(local.year()).ok().filter(|year| *year <= 9_999);
        write_digits(&mut text[0..4], year.unwrap_or_default());
        write_digits(&mut text[5..7], local.month());
        write_digits(&mut text[8..10], local.day());
        write_digits(&mut text[11..13], local.hour());
        write_digits(&mut text[14..16], local.minute());
        write_digits(&mut text[17..19], local.second());
        if self.fraction_digits > 0 {
            write_digits(&mut text[20..29], local.nanosecond());
            length += 1 + usize::from(self.fraction_digits);
        }
        length += self.zone.write(&mut text[length..]);
        let text = std::str::from_utf8(&text[..length]).map_err(|_not_ascii| fmt::Error)?;
        match year {
            Some(_) => f.write_str(text),
            // No RFC 3339, but what else to call a year that only an offset leads to?
            None => write!(f, "{:+05}{}", local.year(), &text[4..]),
        }
    }
}

/// Writes `number` in as many digits as there is room for.
fn write_digits(room: &mut [u8], mut number: u32) {
    for digit in room.iter_mut().rev() {
        *digit = b"0123456789"[number as usize % 10];
        number /= 10;
    }
}

/// A date (`2023-06-15`) or a [`Time`], as a publication states it.
#[derive(Debug, Clone, PartialEq, Eq, SerializeDisplay, DeserializeFromStr)]
pub struct Published(Box<str>);

impl Published {
    /// The schema format that stands for it; a validator asks [`Published`] itself.
    pub(crate) const FORMAT: &str = "date-or-time";
    const EXPECTED: Expected = Expected("a date such as 2023-06-15, or an RFC 3339 time");
}

impl PartialSchema for Published {
    fn schema() -> RefOr<Schema> {
        text_schema()
            .format(Some(SchemaFormat::Custom(Published::FORMAT.to_owned())))
            .description(Some(Published::EXPECTED.0))
            .into()
    }
}

impl ToSchema for Published {}

impl FromStr for Published {
    type Err = Expected;

    fn from_str(text: &str) -> Result<Published, Expected> {
        match date(text.as_bytes()).is_some() || text.parse::<Time>().is_ok() {
            true => Ok(Published(text.into())),
            false => Err(Published::EXPECTED),
        }
    }
}

impl fmt::Display for Published {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn time(text: &str) -> Time {
        text.parse().unwrap()
    }

    #[test]
    fn a_time_is_printed_as_it_was_sent() {
        for text in [
            "2023-06-15T13:19:00Z",
            "2023-06-15T13:19:00+04:00",
            "2023-06-15T13:19:00-03:30",
            "2023-06-15T13:19:00+00:00",
            "2023-06-15T13:19:00-00:00",
            "2023-06-15T13:19:00-00:30",
            "2023-06-15T13:19:00+23:59",
            "2023-06-15T13:19:00-23:59",
            "2023-06-15T13:19:00.0Z",
            "2023-06-15T13:19:00.120Z",
            "2023-06-15T13:19:00.000000001+04:00",
            "2023-06-15T13:19:00.999999999Z",
            "2024-02-29T23:59:59Z",
            "2000-02-29T00:00:00Z",
            "0000-01-01T00:00:00Z",
            "0000-01-01T00:00:00+23:59",
            "9999-12-31T23:59:59.999999999Z",
            "9999-12-31T23:59:59-23:59",
        ] {
            assert_eq!(time(text).to_string(), text);
            assert_eq!(time(&time(text).to_string()), time(text));
        }
    }

    #[test]
    fn what_is_no_rfc_3339_time_is_not_a_time() {
        for text in [
            "",
            "2023-06-15",
            "2023-06-15T13:19Z",
            "2023-06-15T13:19:00",
            "2023-06-15 13:19:00Z",
            "2023-06-15t13:19:00Z",
            "2023-06-15T13:19:00z",
            "2023-06-15T13:19:00 Z",
            "2023-06-15T13:19:00Z ",
            " 2023-06-15T13:19:00Z",
            "2023-06-15T13:19:60Z",
            "2023-06-15T23:59:60Z",
            "2023-06-15T24:00:00Z",
            "2023-06-15T13:60:00Z",
            "2023-02-29T00:00:00Z",
            "1900-02-29T00:00:00Z",
            "2023-06-31T00:00:00Z",
            "2023-13-01T00:00:00Z",
            "2023-00-01T00:00:00Z",
            "2023-06-00T00:00:00Z",
            "2023-06-15T13:19:00.Z",
            "2023-06-15T13:19:00.1234567890Z",
            "2023-06-15T13:19:00,5Z",
            "2023-06-15T13:19:00+4:00",
            "2023-06-15T13:19:00+0400",
            "2023-06-15T13:19:00+04",
            "2023-06-15T13:19:00+24:00",
            "2023-06-15T13:19:00+04:60",
            "2023-06-15T13:19:00\u{2212}04:00",
            "12023-06-15T13:19:00Z",
            "-023-06-15T13:19:00Z",
            "+023-06-15T13:19:00Z",
            "2023-06-15T13:19:00Z\n",
            "\u{662}023-06-15T13:19:00Z",
        ] {
            assert_eq!(text.parse::<Time>(), Err(EXPECTED), "{text:?}");
        }
    }

    #[test]
    fn times_are_compared_as_instants() {
        let instant = |text| time(text).instant();
        assert_eq!(instant("2023-06-15T13:19:00+04:00"), instant("2023-06-15T09:19:00.000Z"));
        assert_eq!(instant("2023-06-15T13:19:00-00:00"), instant("2023-06-15T13:19:00Z"));
        assert_eq!(instant("2023-06-15T00:00:00-00:30"), instant("2023-06-15T00:30:00Z"));
        assert!(instant("2023-06-15T13:19:00.000000001Z") > instant("2023-06-15T13:19:00Z"));
        assert!(instant("0000-01-01T00:00:00+00:01") < instant("0000-01-01T00:00:00Z"));
    }

    #[test]
    fn the_server_stamps_in_microseconds() {
        let stamp = Time::stamp(time("2023-06-15T13:19:00.123456789+04:00").instant());
        assert_eq!(stamp.to_string(), "2023-06-15T09:19:00.123456Z");
        assert_eq!(stamp, time("2023-06-15T09:19:00.123456Z"));
    }

    #[test]
    fn a_year_before_the_first_is_printed_with_its_sign() {
        let stamp = Time::stamp(time("0000-01-01T00:00:00+00:01").instant());
        assert_eq!(stamp.to_string(), "-0001-12-31T23:59:00.000000Z");
        let stamp = Time::stamp(time("9999-12-31T23:59:00-00:01").instant());
        assert_eq!(stamp.to_string(), "+10000-01-01T00:00:00.000000Z");
    }

    #[test]
    fn a_moving_now_is_the_next_whole_minute() {
        let minute = |text| Time::minute_from(time(text).instant()).to_string();
        assert_eq!(minute("2023-06-15T13:19:00Z"), "2023-06-15T13:19:00Z");
        assert_eq!(minute("2023-06-15T13:19:00.000000001Z"), "2023-06-15T13:20:00Z");
        assert_eq!(minute("2023-12-31T23:59:59.5Z"), "2024-01-01T00:00:00Z");
    }

    #[test]
    fn a_publication_states_a_date_or_a_time() {
        for text in ["2023-06-15", "2024-02-29", "2023-06-15T13:19:00+04:00"] {
            assert_eq!(text.parse::<Published>().unwrap().to_string(), text);
        }
        for text in ["2023-06", "2023-02-29", "15.06.2023", "2023-06-15T", "yesterday", ""] {
            assert_eq!(text.parse::<Published>(), Err(Published::EXPECTED), "{text:?}");
        }
    }

    proptest! {
        /// Dates and clocks in and just out of range, in every form of fraction and offset.
        #[test]
        fn any_time_means_what_an_independent_parser_reads(
            year in 0..=9_999, month in 0..=13, day in 0..=32,
            hour in 0..=24, minute in 0..=60, second in 0..=60,
            fraction in "(\\.[0-9]{0,10})?", zone in "Z|z|[+-](0[0-9]|1[0-9]|2[0-4]):([0-5][0-9]|60)",
        ) {
            let text = format!(
                "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}{zone}"
            );
            let theirs = DateTime::parse_from_rfc3339(&text).ok();
            let is_ours = second < 60 && zone != "z" && fraction.len() <= 10;
            let theirs = theirs.filter(|_| is_ours).map(|time| time.to_utc());
            let ours = text.parse::<Time>().ok();
            if let Some(ours) = ours {
                prop_assert_eq!(Time::from(ShortTime::from(ours)), ours);
            }
            prop_assert_eq!(ours.map(Time::instant), theirs, "{}", text);
            prop_assert_eq!(ours.map_or(text.clone(), |time| time.to_string()), text);
        }
    }
}
