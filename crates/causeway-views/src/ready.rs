//! Parts of an answer that many answers share, written once.

use std::marker::PhantomData;
use std::sync::Arc;

use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

/// A part of an answer as it is sent: the JSON of a `T`. Clones share it.
#[derive(Debug)]
pub struct Ready<T> {
    json: Arc<RawValue>,
    part: PhantomData<T>,
}

impl<T: Serialize> From<&T> for Ready<T> {
    fn from(part: &T) -> Self {
        let json = serde_json::value::to_raw_value(part).expect("whatever is shown can be written");
        Ready { json: json.into(), part: PhantomData }
    }
}

impl<T> Clone for Ready<T> {
    fn clone(&self) -> Self {
        Ready { json: Arc::clone(&self.json), part: PhantomData }
    }
}

impl<T> Serialize for Ready<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.json.serialize(serializer)
    }
}
