//! Text with a limit, lists with a limit, and the names of things.
//!
//! Limits count characters after Unicode normalisation to NFC (rule 52).

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Deref;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize};
use serde_with::{DeserializeFromStr, SerializeDisplay};
use utoipa::__dev::ComposeSchema;
use utoipa::openapi::schema::{AdditionalProperties, ArrayBuilder, ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::Expected;

/// Free text of at most `LIMIT` characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, DeserializeFromStr)]
pub struct Text<const LIMIT: usize>(Box<str>);

/// A title or a name: 200 characters.
pub type Title = Text<200>;
/// A note, summary, reason or any other free text: 4,000 characters.
pub type Prose = Text<4_000>;
/// A web address: 2,000 characters.
pub type Url = Text<2_000>;

impl<const LIMIT: usize> FromStr for Text<LIMIT> {
    type Err = Expected;

    fn from_str(text: &str) -> Result<Self, Expected> {
        let fits = text.len() <= LIMIT || text.chars().count() <= LIMIT;
        fits.then(|| Text(text.into())).ok_or(match LIMIT {
            200 => Expected("at most 200 characters"),
            2_000 => Expected("at most 2,000 characters"),
            _ => Expected("at most 4,000 characters"),
        })
    }
}

impl<const LIMIT: usize> fmt::Display for Text<LIMIT> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<const LIMIT: usize> Deref for Text<LIMIT> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<const LIMIT: usize> PartialSchema for Text<LIMIT> {
    fn schema() -> RefOr<Schema> {
        text_schema().max_length(Some(LIMIT)).into()
    }
}

impl<const LIMIT: usize> ToSchema for Text<LIMIT> {
    fn name() -> std::borrow::Cow<'static, str> {
        format!("Text{LIMIT}").into()
    }
}

/// The schema of a string that matches `pattern`, which is to say: `expected`.
pub(crate) fn pattern_schema(pattern: &str, expected: Expected) -> RefOr<Schema> {
    let schema = text_schema().pattern(Some(pattern));
    schema.description(Some(expected.0)).into()
}

/// The schema of a plain string, to be narrowed.
pub(crate) fn text_schema() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}

/// The largest number of items in any list of an event.
pub const LIST_LIMIT: usize = 100;

/// At least `LEAST` items, and at most `MOST`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct List<T, const LEAST: usize = 0, const MOST: usize = LIST_LIMIT>(Vec<T>);

impl<T> Default for List<T> {
    fn default() -> Self {
        List(Vec::new())
    }
}

impl<T, const LEAST: usize, const MOST: usize> Deref for List<T, LEAST, MOST> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<'de, T, const LEAST: usize, const MOST: usize> Deserialize<'de> for List<T, LEAST, MOST>
where
    T: Deserialize<'de>,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let items = Vec::deserialize(deserializer)?;
        match (LEAST..=MOST).contains(&items.len()) {
            true => Ok(List(items)),
            false => {
                Err(serde::de::Error::custom(format_args!("expected {LEAST} to {MOST} items")))
            }
        }
    }
}

impl<T: ToSchema, const LEAST: usize, const MOST: usize> ComposeSchema for List<T, LEAST, MOST> {
    fn compose(item: Vec<RefOr<Schema>>) -> RefOr<Schema> {
        let item = item.into_iter().next().unwrap_or_else(T::schema);
        let list = ArrayBuilder::new().items(item).max_items(Some(MOST));
        list.min_items((LEAST > 0).then_some(LEAST)).into()
    }
}

impl<T: ToSchema, const LEAST: usize, const MOST: usize> ToSchema for List<T, LEAST, MOST> {
    fn name() -> std::borrow::Cow<'static, str> {
        format!("ListOf{}", T::name()).into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((T::name().into(), T::schema()));
        T::schemas(schemas);
    }
}

/// A language tag (BCP 47), such as `hy`, `az` or `hy-Latn`.
#[derive(
    Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, SerializeDisplay, DeserializeFromStr,
)]
pub struct Language(Box<str>);

impl Language {
    const PATTERN: &str = "^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$";
    const LIMIT: usize = 64;
    const EXPECTED: Expected = Expected("a language tag (BCP 47) such as hy, az or hy-Latn");
}

impl FromStr for Language {
    type Err = Expected;

    fn from_str(text: &str) -> Result<Language, Expected> {
        let mut parts = text.split('-');
        let language = parts.next().unwrap_or_default();
        let starts_well =
            (2..=8).contains(&language.len()) && language.bytes().all(|b| b.is_ascii_alphabetic());
        let goes_on_well = parts.all(|part| {
            (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric())
        });
        match starts_well && goes_on_well && text.len() <= Language::LIMIT {
            true => Ok(Language(text.into())),
            false => Err(Language::EXPECTED),
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The largest number of languages a thing may be named in.
const LANGUAGE_LIMIT: usize = 20;

/// Names of one thing by language (BCP 47 tags), all of equal standing: 1 to 20 of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Names(BTreeMap<Language, Title>);

impl Names {
    /// Each language with its name, in order of the language tags.
    pub fn iter(&self) -> impl Iterator<Item = (&Language, &Title)> {
        self.0.iter()
    }
}

impl<'de> Deserialize<'de> for Names {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Names, D::Error> {
        let names = BTreeMap::deserialize(deserializer)?;
        match (1..=LANGUAGE_LIMIT).contains(&names.len()) {
            true => Ok(Names(names)),
            false => Err(serde::de::Error::custom(Names::EXPECTED)),
        }
    }
}

impl Names {
    const EXPECTED: Expected =
        Expected("names by language (BCP 47 tags, of equal standing), in 1 to 20 languages");
}

impl PartialSchema for Names {
    fn schema() -> RefOr<Schema> {
        let tag = text_schema()
            .pattern(Some(Language::PATTERN))
            .max_length(Some(Language::LIMIT))
            .description(Some(Language::EXPECTED.0));
        ObjectBuilder::new()
            .description(Some(Names::EXPECTED.0))
            .property_names(Some(tag.build()))
            .additional_properties(Some(AdditionalProperties::RefOr(Title::schema())))
            .min_properties(Some(1))
            .max_properties(Some(LANGUAGE_LIMIT))
            .into()
    }
}

impl ToSchema for Names {}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(json: &str) -> Result<Names, serde_json::Error> {
        serde_json::from_str(json)
    }

    #[test]
    fn text_is_limited_in_characters_not_bytes() {
        let letters = |count| "\u{567}".repeat(count);
        assert!(letters(200).parse::<Title>().is_ok());
        assert!(letters(201).parse::<Title>().is_err());
        assert!(letters(2_000).parse::<Url>().is_ok() && letters(2_001).parse::<Url>().is_err());
        assert!(
            letters(4_000).parse::<Prose>().is_ok() && letters(4_001).parse::<Prose>().is_err()
        );
    }

    #[test]
    fn text_is_counted_after_it_was_composed() {
        // Two characters as sent, one as stored.
        let decomposed = "o\u{308}".repeat(4_000);
        let event = |note: &str| {
            let event = serde_json::json!({
                "specversion": "1.0", "type": "corridor.status_reported.v1",
                "subject": "corridor/lachin", "time": "2023-06-15T13:19:00Z",
                "data": { "status": "open", "note": note },
            });
            crate::event::parse(&event.to_string())
        };
        let note = event(&decomposed).unwrap().details.note.unwrap();
        assert_eq!(note.chars().count(), 4_000);
        assert!(event(&(decomposed + "o")).is_err());
    }

    #[test]
    fn a_list_has_at_most_100_items() {
        let list = |count| serde_json::to_string(&vec![1; count]).unwrap();
        let read = |count| serde_json::from_str::<List<u8>>(&list(count));
        assert_eq!(read(0).unwrap().len(), 0);
        assert_eq!(read(100).unwrap().len(), 100);
        assert!(read(101).is_err());
        assert!(serde_json::from_str::<List<u8, 1>>("[]").is_err());
    }

    #[test]
    fn a_language_is_a_tag() {
        for tag in ["hy", "az", "en", "hy-Latn", "az-Latn-AZ", "sr-Cyrl", "es-419", "abcdefgh"] {
            assert_eq!(tag.parse::<Language>().unwrap().to_string(), tag);
        }
        for tag in
            ["", "e", "abcdefghi", "en_GB", "en-", "-en", "en--gb", "e1", "en-abcdefghi", "\u{e9}n"]
        {
            assert_eq!(tag.parse::<Language>(), Err(Language::EXPECTED), "{tag:?}");
        }
        assert!(["en"; 22].join("-").parse::<Language>().is_err(), "65 characters");
    }

    #[test]
    fn a_thing_is_named_in_1_to_20_languages() {
        let of = |count: usize| {
            let names = (0..count).map(|index| (format!("en-{index}"), "Northern road"));
            names.collect::<BTreeMap<_, _>>()
        };
        let read = |count| names(&serde_json::to_string(&of(count)).unwrap());
        assert!(read(0).is_err());
        assert_eq!(read(20).unwrap().iter().count(), 20);
        assert!(read(21).is_err());
        assert!(names(r#"{"en":null}"#).is_err() && names(r#"{"en":5}"#).is_err());
        assert!(names(&format!(r#"{{"en":"{}"}}"#, "x".repeat(201))).is_err());
    }

    #[test]
    fn names_of_both_sides_are_kept() {
        let sent = r#"{"az":"Laçın","en":"Lachin","hy":"Բերձոր"}"#;
        assert_eq!(serde_json::to_string(&names(sent).unwrap()).unwrap(), sent);
    }
}
