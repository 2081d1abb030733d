//! Arguments that take one of a closed list of words.

use std::error::Error;
use std::str::FromStr;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use strum::IntoEnumIterator;

/// Takes one of the words of `T`, as the record spells them.
pub fn of<T>() -> impl TypedValueParser<Value = T>
where
    T: IntoEnumIterator + Into<&'static str> + FromStr<Err: Error + Send + Sync + 'static>,
    T: Clone + Send + Sync + 'static,
{
    let words: Vec<&'static str> = T::iter().map(Into::into).collect();
    PossibleValuesParser::new(words).try_map(|word| word.parse::<T>())
}
