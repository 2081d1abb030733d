//! Values in compact formats without member names, such as postcard.
//!
//! What has members that may be left out, or is told apart by one of them, cannot be read back from
//! such a format: it is kept there as the JSON text that everybody else sees.

use std::borrow::Cow;
use std::fmt::Display;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use serde::de::{DeserializeOwned, Error as _};
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_with::{DeserializeAs, DisplayFromStr, SerializeAs};

/// Writes a value as JSON text.
pub(crate) fn serialize<S: Serializer>(
    value: &impl Serialize,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&serde_json::to_string(value).map_err(S::Error::custom)?)
}

/// Reads a value from JSON text.
pub(crate) fn deserialize<'de, D: Deserializer<'de>, T: DeserializeOwned>(
    deserializer: D,
) -> Result<T, D::Error> {
    let text = Cow::<str>::deserialize(deserializer)?;
    serde_json::from_str(&text).map_err(D::Error::custom)
}

/// A value that is kept as its JSON text.
pub(crate) struct AsText<T>(pub(crate) T);

impl<T: Serialize> Serialize for AsText<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize(&self.0, serializer)
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for AsText<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<AsText<T>, D::Error> {
        deserialize(deserializer).map(AsText)
    }
}

/// Reads a value from its own text.
pub(crate) fn from_text<'de, D: Deserializer<'de>, T>(deserializer: D) -> Result<T, D::Error>
where
    T: FromStr,
    T::Err: Display,
{
    DisplayFromStr::deserialize_as(deserializer)
}

/// A moment as seconds and nanoseconds since 1970.
pub(crate) struct Instant;

impl SerializeAs<DateTime<Utc>> for Instant {
    fn serialize_as<S: Serializer>(
        instant: &DateTime<Utc>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        (instant.timestamp(), instant.timestamp_subsec_nanos()).serialize(serializer)
    }
}

impl<'de> DeserializeAs<'de, DateTime<Utc>> for Instant {
    fn deserialize_as<D: Deserializer<'de>>(deserializer: D) -> Result<DateTime<Utc>, D::Error> {
        let (seconds, nanoseconds) = Deserialize::deserialize(deserializer)?;
        let instant = DateTime::from_timestamp(seconds, nanoseconds);
        instant.ok_or_else(|| D::Error::custom("a moment out of range"))
    }
}

#[cfg(test)]
mod tests {
    use crate::details::Details;
    use crate::event::{Payload, parse};
    use crate::place::Place;
    use crate::schema::EVENT_TYPES;

    #[test]
    fn a_place_is_the_same_once_unpacked() {
        let places = [
            r#"{}"#,
            r#"{"name":"Goris","precision":"settlement"}"#,
            r#"{"names":{"en":"Goris","hy":"Գորիս"},"pcode":"AM09","pcode_edition":"2020"}"#,
            r#"{"point":[46.34,39.51],"geometry":{"type":"Point","coordinates":[46.34,39.51]}}"#,
        ];
        for text in places {
            let place: Place = serde_json::from_str(text).unwrap();
            let packed = postcard::to_stdvec(&place).unwrap();
            assert_eq!(postcard::from_bytes::<Place>(&packed).unwrap(), place);
            assert!(packed.len() < text.len().max(8));
        }
    }

    #[test]
    fn every_report_is_the_same_once_unpacked() {
        for one in EVENT_TYPES.iter().filter(|one| !one.name.starts_with("report.")) {
            let told = parse(one.example).expect("an example is right");
            let form = (told.details, told.payload);
            let packed = postcard::to_stdvec(&form).expect("it can be packed");
            let unpacked: (Details, Payload) = postcard::from_bytes(&packed).expect("and read");
            assert_eq!(format!("{unpacked:?}"), format!("{form:?}"), "{}", one.name);
        }
    }
}
