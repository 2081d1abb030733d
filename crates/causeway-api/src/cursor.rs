//! Cursors: where the next page starts, and everything the first one was asked with.
//!
//! A cursor is opaque to the client, but no secret: it pins inputs, never rights. It opens
//! nothing that its bearer's own clearance would not.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use causeway_domain::words::Classification;
use causeway_domain::{Expected, Time};
use causeway_service::Question;
use causeway_views::{Asked, Chronicle, Policy, Position, Window};
use serde::{Deserialize, Serialize};
use serde_with::{DisplayFromStr, serde_as};

use crate::problem::Problem;
use crate::query::{Inputs, Limit};

/// A page's beginning, with the inputs of the page before.
#[serde_as]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cursor {
    /// The list.
    pub path: String,
    /// The newest position that counts.
    pub position: Option<Position>,
    /// The time of knowing.
    pub known_at: Time,
    /// The time in the world.
    pub effective_at: Time,
    /// How claims are weighed.
    #[serde_as(as = "DisplayFromStr")]
    pub policy: Policy,
    /// How long they count.
    #[serde(with = "hours")]
    pub window: Window,
    /// What the reader may see.
    pub clearance: Classification,
    /// Which items are wanted.
    pub filters: Vec<(String, String)>,
    /// How many to a page.
    pub limit: usize,
    /// The last item of the page before.
    pub after: String,
}

impl Cursor {
    /// What was asked when the first page was read.
    #[must_use]
    pub fn asked(&self) -> Asked {
        Asked {
            position: self.position,
            known_at: self.known_at,
            effective_at: self.effective_at,
            policy: self.policy.clone(),
            window: self.window,
            clearance: self.clearance,
        }
    }

    /// # Errors
    /// Where the cursor is of another list or of another reader.
    pub fn check(&self, path: &str, clearance: Classification) -> Result<(), Problem> {
        if self.path != path {
            return Err(Problem::bad_cursor("cursor", "it belongs to another list"));
        }
        if self.clearance != clearance {
            return Err(Problem::bad_cursor("cursor", "it belongs to a key of another clearance"));
        }
        if !(1..=Limit::MOST).contains(&self.limit) {
            return Err(Problem::bad_cursor("cursor", "its pages are too long"));
        }
        Ok(())
    }

    /// # Errors
    /// Where what the cursor says was known is not what was known then.
    pub fn check_log(&self, chronicle: &Chronicle) -> Result<(), Problem> {
        let known_at = self.known_at.instant();
        let entry = self.position.and_then(|position| chronicle.entry(position));
        let is_known = self.position == chronicle.known_at(known_at)
            || entry.is_some_and(|entry| entry.recorded.instant() == known_at);
        match is_known {
            true => Ok(()),
            false => Err(Problem::bad_cursor("cursor", "it does not belong to this log")),
        }
    }

    /// What the first page was asked with.
    #[must_use]
    pub fn question(&self) -> Question {
        Question {
            effective_at: Some(self.effective_at),
            known_at: Some(self.known_at),
            at_position: None,
            policy: self.policy.clone(),
            window: self.window,
        }
    }

    /// # Errors
    /// Where something is given beside the cursor that it does not say too.
    pub fn agrees_with(
        &self,
        inputs: &Inputs,
        filters: &[(String, String)],
    ) -> Result<(), Problem> {
        let same_time = |given: Option<Time>, pinned: Time| {
            given.is_none_or(|given| given.instant() == pinned.instant())
        };
        let agreements = [
            ("effective_at", same_time(inputs.effective_at, self.effective_at)),
            ("known_at", same_time(inputs.known_at, self.known_at)),
            ("at_position", inputs.at_position.is_none_or(|at| Some(at) == self.position)),
            ("policy", inputs.policy.as_ref().is_none_or(|policy| *policy == self.policy)),
            ("window_hours", inputs.window_hours.is_none_or(|window| window == self.window)),
        ];
        let filters =
            filters.iter().map(|filter| (filter.0.as_str(), self.filters.contains(filter)));
        match agreements.into_iter().chain(filters).find(|(_, agrees)| !agrees) {
            None => Ok(()),
            Some((name, _)) => Err(Problem::bad_cursor(name, "it is not what the cursor pins")),
        }
    }
}

impl FromStr for Cursor {
    type Err = Expected;

    fn from_str(text: &str) -> Result<Cursor, Expected> {
        let json = URL_SAFE_NO_PAD.decode(text).ok();
        let cursor = json.and_then(|json| serde_json::from_slice(&json).ok());
        cursor.ok_or(Expected("the `next` of the page before, exactly as it was given"))
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let json = serde_json::to_vec(self).map_err(|_error| fmt::Error)?;
        f.write_str(&URL_SAFE_NO_PAD.encode(json))
    }
}

/// A window as its number of hours.
mod hours {
    use causeway_views::Window;
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(window: &Window, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u32(window.hours())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Window, D::Error> {
        let hours = u32::deserialize(deserializer)?;
        hours.to_string().parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cursor() -> Cursor {
        Cursor {
            path: "/v1/incidents".into(),
            position: Some(1204),
            known_at: "2023-07-27T00:00:00Z".parse().unwrap(),
            effective_at: "2023-07-26T04:00:00+04:00".parse().unwrap(),
            policy: "party:az-mfa".parse().unwrap(),
            window: Window::default(),
            clearance: Classification::Restricted,
            filters: vec![("category".into(), "VIO".into())],
            limit: 50,
            after: "2023-07-01T00:00:00Z 17".into(),
        }
    }

    #[test]
    fn a_cursor_survives_the_way_there_and_back() {
        assert_eq!(cursor().to_string().parse(), Ok(cursor()));
    }

    #[test]
    fn what_is_no_cursor_is_refused() {
        let cut = cursor().to_string();
        for text in ["", "x", "e30", &cut[..cut.len() - 2]] {
            assert!(text.parse::<Cursor>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_cursor_opens_only_its_own_list_for_its_own_clearance() {
        use Classification::{Confidential, Restricted};
        let cursor = cursor();
        assert!(cursor.check("/v1/incidents", Restricted).is_ok());
        assert!(cursor.check("/v1/movements", Restricted).is_err());
        assert!(cursor.check("/v1/incidents", Confidential).is_err());
        assert!(cursor.check_log(&Chronicle::default()).is_err());
    }

    #[test]
    fn what_stands_beside_a_cursor_must_agree_with_it() {
        let agreeing = Inputs {
            effective_at: Some("2023-07-26T00:00:00Z".parse().unwrap()),
            policy: Some("party:az-mfa".parse().unwrap()),
            ..Inputs::default()
        };
        let filter = |value: &str| [("category".to_owned(), value.to_owned())];
        assert!(cursor().agrees_with(&agreeing, &filter("VIO")).is_ok());
        assert!(cursor().agrees_with(&Inputs::default(), &[]).is_ok());
        assert!(cursor().agrees_with(&Inputs::default(), &filter("DEN")).is_err());
        let other = Inputs { at_position: Some(7), ..Inputs::default() };
        assert!(cursor().agrees_with(&other, &[]).is_err());
    }
}
