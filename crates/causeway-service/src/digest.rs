//! One hash for a whole list, so that an auditor's own replay shows what the served answers follow
//! from.

use causeway_domain::words::Classification;
use causeway_views::whole::{List, Whole};
use causeway_views::{AsOf, Snapshot};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use utoipa::ToSchema;

use crate::ask::Known;
use crate::{AskError, Position, Question};

/// The hash of a list.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ListDigest)]
pub struct Digest {
    /// Which list.
    pub view: List,
    /// The SHA-256 of the canonical JSON (RFC 8785) of the whole list, in hexadecimal.
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    pub sha256: String,
}

/// Why there is no digest.
#[derive(Debug, thiserror::Error)]
pub enum NoDigest {
    /// Nothing stands at the position.
    #[error(transparent)]
    Ask(#[from] AskError),
    /// The list cannot be written down.
    #[error("the list cannot be written as canonical JSON")]
    Json(#[from] serde_json::Error),
}

/// The digest of a list as known at `position` and true when the event there was recorded, under
/// the policy `best`, for somebody who may see everything.
///
/// # Errors
/// Where nothing stands at the position.
pub fn digest(
    snapshot: &Snapshot,
    position: Position,
    list: List,
) -> Result<(AsOf, Digest), NoDigest> {
    let everything = Classification::StrictlyConfidential;
    let asked = Question::default().pin(&Known::Position(position), snapshot, everything)?;
    let view = snapshot.view(&asked);
    let canonical = serde_json_canonicalizer::to_vec(&Whole { view: &view, list })?;
    let sha256 = Sha256::digest(canonical).iter().map(|byte| format!("{byte:02x}")).collect();
    Ok((asked.as_of(), Digest { view: list, sha256 }))
}
