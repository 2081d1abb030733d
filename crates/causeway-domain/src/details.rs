//! What any report may carry beside its own fields, and how the two are read in one pass.

use std::borrow::Cow;

use serde::de::value::{CowStrDeserializer, StrDeserializer};
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, MapAccess, VariantAccess, Visitor,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::faults::Faults;
use crate::place::Place;
use crate::source::Source;
use crate::strict::Strict;
use crate::text::Prose;
use crate::time::Time;
use crate::words::TimePrecision;

/// The fields that the `data` of any event may carry.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Details {
    /// Who says so. Left out: own staff of the organisation that recorded it.
    pub source: Option<Box<Source>>,
    /// Where it happened.
    pub place: Option<Box<Place>>,
    /// When it stops being so.
    pub until: Option<Time>,
    /// How closely `time` is known; it informs only.
    pub time_precision: Option<TimePrecision>,
    /// Anything else worth keeping.
    pub note: Option<Prose>,
}

impl Details {
    /// Faults that only several fields together show.
    pub(crate) fn check(&self, time: Time, faults: &mut Faults) {
        let until = self.until.map(Time::instant);
        if until.is_some_and(|until| until <= time.instant()) {
            let detail = "expected a time after the event's own `time`";
            faults.compare(&["/time"], "/data/until", detail);
        }
        if let Some(place) = &self.place {
            place.check("/data/place", faults);
        }
    }
}

/// Reads `data` as the variant `name` of the enum `E`, its common fields set aside.
pub(crate) fn read<'de, E: Deserialize<'de>>(
    name: &'de str,
    data: &'de str,
) -> Result<(Details, E), serde_json::Error> {
    let mut details = Details::default();
    let event = E::deserialize(Named { name, data, details: &mut details })?;
    Ok((details, event))
}

/// An enum variant whose name and content stand apart.
struct Named<'de, 'd> {
    name: &'de str,
    data: &'de str,
    details: &'d mut Details,
}

impl<'de> Deserializer<'de> for Named<'de, '_> {
    type Error = serde_json::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        visitor.visit_enum(self)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier
        ignored_any
    }
}

impl<'de, 'd> EnumAccess<'de> for Named<'de, 'd> {
    type Error = serde_json::Error;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(
        self,
        seed: S,
    ) -> Result<(S::Value, Self), Self::Error> {
        let name: StrDeserializer<'_, Self::Error> = self.name.into_deserializer();
        Ok((seed.deserialize(name)?, self))
    }
}

impl<'de> VariantAccess<'de> for Named<'de, '_> {
    type Error = serde_json::Error;

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(
        self,
        seed: S,
    ) -> Result<S::Value, Self::Error> {
        let mut json = serde_json::Deserializer::from_str(self.data);
        let value = seed.deserialize(Split { inner: Strict(&mut json), details: self.details })?;
        json.end()?;
        Ok(value)
    }

    fn unit_variant(self) -> Result<(), Self::Error> {
        Err(serde::de::Error::custom("every event has data"))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, Self::Error> {
        Err(serde::de::Error::custom("every event has data"))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Self::Error> {
        Err(serde::de::Error::custom("every event has data"))
    }
}

/// Hands on a map without the members that belong to [`Details`], and keeps those.
struct Split<'d, D> {
    inner: D,
    details: &'d mut Details,
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Split<'_, D> {
    type Error = D::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.inner.deserialize_map(Split { inner: visitor, details: self.details })
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier
        ignored_any
    }
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Split<'_, V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<V::Value, M::Error> {
        self.inner.visit_map(Split { inner: map, details: self.details })
    }
}

/// A member's name, borrowed where the text allows it.
#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'de, M: MapAccess<'de>> MapAccess<'de> for Split<'_, M> {
    type Error = M::Error;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, M::Error> {
        while let Some(Name(name)) = self.inner.next_key()? {
            match &*name {
                "source" => self.details.source = self.inner.next_value()?,
                "place" => self.details.place = self.inner.next_value()?,
                "until" => self.details.until = self.inner.next_value()?,
                "time_precision" => self.details.time_precision = self.inner.next_value()?,
                "note" => self.details.note = self.inner.next_value()?,
                _ => {
                    let name: CowStrDeserializer<'_, M::Error> = name.into_deserializer();
                    return seed.deserialize(name).map(Some);
                }
            }
        }
        Ok(None)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, M::Error> {
        self.inner.next_value_seed(seed)
    }
}
