//! Who says so, and how far to trust it: the Admiralty (NATO) scale, its two judgements kept apart.

use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use crate::id::Id;
use crate::quantity::whole_number;
use crate::text::{List, Prose, Title, Url};
use crate::time::Published;
use crate::words::{Reliability, SourceKind};

/// The origin of a report, as opposed to the producer who recorded it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// What sort of source.
    pub kind: SourceKind,
    /// The actor who says so.
    pub by: Option<Id>,
    /// A name where there is no actor id.
    pub name: Option<Title>,
    /// How far the source can be trusted; left out, it cannot be judged (F).
    pub reliability: Option<Reliability>,
    /// How likely this piece of information is; left out, it cannot be judged (6).
    pub credibility: Option<Credibility>,
    /// Where it was published.
    pub url: Option<Url>,
    /// When it was published.
    pub published: Option<Published>,
    /// The actor who passed it on: two outlets that quote one ministry are one source.
    pub relayed_by: Option<Id>,
    /// What supports it: photographs, documents, reference numbers.
    pub evidence: Option<List<Prose>>,
}

/// How credible a piece of information is: 1 confirmed, 2 probably true, 3 possibly true,
/// 4 doubtful, 5 improbable, 6 cannot be judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[schema(value_type = u32, minimum = 1, maximum = 6)]
pub struct Credibility(u8);

impl Default for Credibility {
    fn default() -> Self {
        Credibility(6)
    }
}

impl Credibility {
    /// Lower is better. "Cannot be judged" stands between possible and doubtful (rule 7).
    #[must_use]
    pub fn rank(self) -> u8 {
        match self.0 {
            judged @ 1..=3 => judged,
            6 => 4,
            doubtful => doubtful + 1,
        }
    }
}

impl<'de> Deserialize<'de> for Credibility {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Credibility, D::Error> {
        let number = whole_number(deserializer, 1, 6)?;
        Ok(Credibility(u8::try_from(number).unwrap_or(6)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credibility(json: &str) -> Option<Credibility> {
        serde_json::from_str(json).ok()
    }

    #[test]
    fn what_cannot_be_judged_stands_between_possible_and_doubtful() {
        let best_first = ["1", "2", "3", "6", "4", "5"].map(|json| credibility(json).unwrap());
        assert!(best_first.is_sorted_by_key(|one| one.rank()));
        assert!(best_first.windows(2).all(|pair| pair[0].rank() != pair[1].rank()));
        assert_eq!(Credibility::default(), credibility("6").unwrap());
    }

    #[test]
    fn credibility_is_a_whole_number_from_1_to_6() {
        assert_eq!(credibility("2.0"), credibility("2"));
        for wrong in ["0", "7", "1.5", "-1", "\"1\"", "null"] {
            assert_eq!(credibility(wrong), None, "{wrong}");
        }
    }
}
