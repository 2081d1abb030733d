//! Query parameters: each known, each given once, each with a value that is allowed.
//!
//! What a parameter is called and what it takes is said once, in the struct it is read into.

use std::borrow::Cow;
use std::fmt::{self, Display};
use std::future::{Ready, ready};
use std::str::FromStr;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use serde::Deserialize;
use serde::de::value::MapDeserializer;
use serde::de::{DeserializeOwned, Deserializer, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;
use utoipa::PartialSchema;

use crate::problem::Problem;

/// The parameters of a request.
#[derive(Debug, Default)]
pub struct Parameters {
    given: Vec<(String, String)>,
    allowed: Vec<&'static str>,
}

/// All parameters of a request that takes these and no others.
#[derive(Debug)]
pub struct Given<A, B = NoParameters>(pub A, pub B);

/// No parameters.
#[derive(Debug, Deserialize)]
pub struct NoParameters {}

impl<A: DeserializeOwned, B: DeserializeOwned> FromRequest for Given<A, B> {
    type Error = Problem;
    type Future = Ready<Result<Given<A, B>, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Parameters::parse(request.query_string()).and_then(|mut parameters| {
            let given = Given(parameters.take()?, parameters.take()?);
            parameters.finish().map(|()| given)
        }))
    }
}

impl Parameters {
    /// Reads a query string.
    ///
    /// # Errors
    /// Where a parameter is given twice.
    pub fn parse(query: &str) -> Result<Parameters, Problem> {
        let mut given: Vec<(String, String)> = Vec::new();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            if given.iter().any(|(known, _)| *known == name) {
                return Err(Problem::bad_parameter(&name, "expected it once"));
            }
            given.push((name.into_owned(), value.into_owned()));
        }
        Ok(Parameters { given, allowed: Vec::new() })
    }

    /// Takes out what `T` has fields for.
    ///
    /// # Errors
    /// Where a value is not what its field takes.
    pub fn take<T: DeserializeOwned>(&mut self) -> Result<T, Problem> {
        let mut culprit = None;
        T::deserialize(Taking { parameters: self, culprit: &mut culprit }).map_err(|error| {
            match culprit.unwrap_or_default().as_str() {
                "cursor" => Problem::bad_cursor("cursor", &error.0),
                name => Problem::bad_parameter(name, &error.0),
            }
        })
    }

    /// What nobody has taken yet.
    #[must_use]
    pub fn rest(&self) -> &[(String, String)] {
        &self.given
    }

    /// Puts `rest` in the place of what nobody has taken yet.
    pub fn replace_rest(&mut self, rest: Vec<(String, String)>) {
        self.given = rest;
    }

    /// # Errors
    /// Where a parameter is left that nobody takes.
    pub fn finish(self) -> Result<(), Problem> {
        match self.given.first() {
            None => Ok(()),
            Some((unknown, _)) => {
                let expected = format!("expected only {}", self.allowed.join(", "));
                Err(Problem::bad_parameter(unknown, &expected))
            }
        }
    }
}

/// Reads a value from its text. For a field: `#[serde(default, deserialize_with = "parsed")]`.
///
/// # Errors
/// What the type expects.
pub fn parsed<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err: Display>,
{
    let text: Cow<'_, str> = Deserialize::deserialize(deserializer)?;
    text.parse().map(Some).map_err(|expected| {
        let found: String = text.chars().take(FOUND_LIMIT).collect();
        let hint = if found.contains(' ') { " (in an address, `+` is sent as %2B)" } else { "" };
        serde::de::Error::custom(format_args!("{expected}, found `{found}`{hint}"))
    })
}

/// How much of a wrong value is told.
const FOUND_LIMIT: usize = 100;

/// Reads a word of a closed list. For a field: `#[serde(default, deserialize_with = "word")]`.
///
/// # Errors
/// Which words there are.
pub fn word<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr + PartialSchema,
{
    let text: Cow<'_, str> = Deserialize::deserialize(deserializer)?;
    text.parse().map(Some).map_err(|_unknown| {
        let words = serde_json::json!(T::schema())["enum"].clone();
        let words = words.as_array().into_iter().flatten().filter_map(|word| word.as_str());
        let words = words.collect::<Vec<_>>().join(", ");
        serde::de::Error::custom(format_args!("expected one of {words}"))
    })
}

/// What was expected.
#[derive(Debug)]
struct Wrong(String);

impl Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Wrong {}

impl serde::de::Error for Wrong {
    fn custom<T: Display>(message: T) -> Self {
        Wrong(message.to_string())
    }
}

/// Hands a struct those parameters that it has fields for, and notes their names.
struct Taking<'a> {
    parameters: &'a mut Parameters,
    culprit: &'a mut Option<String>,
}

impl<'de> Deserializer<'de> for Taking<'_> {
    type Error = Wrong;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        self.parameters.allowed.extend(fields);
        let is_taken = |pair: &mut (String, String)| fields.contains(&pair.0.as_str());
        let taken: Vec<_> = self.parameters.given.extract_if(.., is_taken).collect();
        let culprit = self.culprit;
        let noted = taken.into_iter().map(|(name, value)| {
            *culprit = Some(name.clone());
            (name, Text(value))
        });
        visitor.visit_map(MapDeserializer::new(noted))
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        self.deserialize_struct("", &[], visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

/// The text of one parameter; where it may be left out, it is there.
struct Text(String);

impl IntoDeserializer<'_, Wrong> for Text {
    type Deserializer = Text;

    fn into_deserializer(self) -> Text {
        self
    }
}

impl<'de> Deserializer<'de> for Text {
    type Error = Wrong;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_string(self.0)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_some(self)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        match self.0.as_str() {
            "true" => visitor.visit_bool(true),
            "false" => visitor.visit_bool(false),
            _ => Err(Wrong("expected true or false".into())),
        }
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        let number =
            self.0.parse().map_err(|_bad| Wrong("expected a plain number from 0".into()))?;
        visitor.visit_u64(number)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        words: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        match words.contains(&self.0.as_str()) {
            true => visitor.visit_enum(self.0.into_deserializer()),
            false => Err(Wrong(format!("expected one of {}", words.join(", ")))),
        }
    }

    forward_to_deserialize_any! {
        i8 i16 i32 i64 u8 u16 u32 f32 f64 char str string bytes byte_buf unit unit_struct
        newtype_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::ResponseError;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Wanted {
        limit: Option<u64>,
        name: Option<String>,
        whole: Option<bool>,
        side: Option<Side>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Side {
        Left,
        Right,
    }

    fn read(query: &str) -> Result<Wanted, Problem> {
        let mut parameters = Parameters::parse(query)?;
        let wanted = parameters.take()?;
        parameters.finish().map(|()| wanted)
    }

    #[test]
    fn every_parameter_reaches_its_field() {
        let wanted = read("limit=5&name=G%C3%B6ris+road&whole=true&side=left").unwrap();
        let expected = Wanted {
            limit: Some(5),
            name: Some("G\u{f6}ris road".into()),
            whole: Some(true),
            side: Some(Side::Left),
        };
        assert_eq!(wanted, expected);
    }

    #[test]
    fn what_is_left_out_is_left_out() {
        let expected = Wanted { limit: None, name: None, whole: None, side: None };
        assert_eq!(read("").unwrap(), expected);
    }

    #[test]
    fn what_is_wrong_is_named_with_what_is_allowed() {
        let cases = [
            ("limit=-1", "`limit`: expected a plain number from 0"),
            ("whole=yes", "`whole`: expected true or false"),
            ("side=up", "`side`: expected one of left, right"),
            ("name=a&name=b", "`name`: expected it once"),
            ("limits=5", "`limits`: expected only limit, name, whole, side"),
        ];
        for (query, detail) in cases {
            let problem = read(query).unwrap_err();
            assert_eq!(problem.to_json()["detail"], detail, "{query}");
            assert_eq!(problem.status_code(), 400);
        }
    }
}
