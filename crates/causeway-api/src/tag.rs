//! Tags: one name for everything that the `data` of an answer depends on.
//!
//! The same tag means the same `data`, byte for byte (rule 13). So whoever has the tag has the
//! data; and data that was made once may be kept under its tag and be given to everybody who asks
//! for the same. An event that bears on an answer gives it another tag: what is kept under the old
//! one is never wrong, only asked for no more.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use causeway_domain::Time;
use causeway_domain::words::Classification;
use causeway_views::Position;
use serde::Serialize;
use sha2::{Digest, Sha256};

/// The first half of the SHA-256 of what it covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Tag([u8; 16]);

/// Everything that the `data` of an answer depends on.
#[derive(Debug, Serialize)]
pub struct Covered<'a> {
    /// The list or the subject.
    pub path: &'a str,
    /// Every parameter that bears on the answer, as it was sent, in the order of their names: the
    /// policy, the window, filters, the page, and the cursor with all that it pins.
    pub parameters: &'a [(String, String)],
    /// The moment asked about, which is another every minute where nobody names it.
    pub effective_at: Time,
    /// The time of knowing, where the answer prints it.
    pub known_at: Option<Time>,
    /// What the reader may see.
    pub clearance: Classification,
    /// The newest event that can bear on the answer, of those that were known at the time asked.
    pub touched: Option<Position>,
    /// The newest on an actor, where a party is asked about.
    pub actors: Option<Position>,
    /// The newest on a place, where an area is asked about.
    pub places: Option<Position>,
    /// The newest event that took something older from the sight of readers (rule 47).
    pub last_raise: Option<Position>,
}

impl Tag {
    /// The tag of what depends on this, and on the software, and on nothing else.
    #[must_use]
    pub fn of(covered: &Covered<'_>) -> Tag {
        let covered = serde_json::to_vec(&(env!("CARGO_PKG_VERSION"), covered));
        let covered = covered.expect("names and numbers can be written as JSON");
        let hash: [u8; 32] = Sha256::digest(covered).into();
        Tag(std::array::from_fn(|at| hash[at]))
    }

    #[cfg(test)]
    pub fn numbered(number: u8) -> Tag {
        Tag([number; 16])
    }

    /// Whether it is among the tags in `if_none_match`, weak or strong (RFC 9110, section 13.1.2).
    #[must_use]
    pub fn is_among(&self, if_none_match: &str) -> bool {
        let opaque = self.opaque();
        let mut known = if_none_match.split(',').map(str::trim);
        known.any(|known| known.strip_prefix("W/").unwrap_or(known).as_bytes() == opaque)
    }

    /// The tag in quotes.
    fn opaque(&self) -> [u8; 24] {
        let mut opaque = [b'"'; 24];
        let written = URL_SAFE_NO_PAD.encode_slice(self.0, &mut opaque[1..23]);
        written.expect("16 bytes are 22 characters");
        opaque
    }
}

/// As an `ETag` has it.
impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "W/\"{}\"", URL_SAFE_NO_PAD.encode(self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn covered() -> Covered<'static> {
        Covered {
            path: "/v1/corridors/lachin",
            parameters: &[],
            effective_at: "2023-07-01T00:00:00Z".parse().unwrap(),
            known_at: None,
            clearance: Classification::Public,
            touched: Some(7),
            actors: None,
            places: None,
            last_raise: None,
        }
    }

    #[test]
    fn whatever_is_covered_changes_the_tag() {
        let tag = Tag::of(&covered());
        assert_eq!(tag, Tag::of(&covered()));
        let policy = [("policy".to_owned(), "latest".to_owned())];
        let minute = "2023-07-01T00:01:00Z".parse().unwrap();
        let others = [
            Covered { path: "/v1/corridors/lachi", ..covered() },
            Covered { parameters: &policy, ..covered() },
            Covered { effective_at: minute, ..covered() },
            Covered { known_at: Some(minute), ..covered() },
            Covered { clearance: Classification::Restricted, ..covered() },
            Covered { touched: Some(8), ..covered() },
            Covered { touched: None, actors: Some(7), ..covered() },
            Covered { touched: None, places: Some(7), ..covered() },
            Covered { last_raise: Some(7), ..covered() },
        ];
        let mut tags: Vec<Tag> = others.iter().map(Tag::of).chain([tag]).collect();
        tags.sort_by_key(|tag| tag.0);
        tags.dedup();
        assert_eq!(tags.len(), others.len() + 1);
    }

    #[test]
    fn a_tag_is_found_among_others_weak_or_strong() {
        let tag = Tag::of(&covered());
        let weak = tag.to_string();
        for known in [weak.clone(), weak[2..].to_owned(), format!("\"x\" , {weak},\"y\"")] {
            assert!(tag.is_among(&known), "{known}");
        }
        for other in ["", "*", "\"x\"", &weak[3..], &weak[..weak.len() - 1]] {
            assert!(!tag.is_among(other), "{other}");
        }
    }
}
