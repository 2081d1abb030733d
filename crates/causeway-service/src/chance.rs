//! Ids and nonces: the one place where chance comes in.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use causeway_domain::EventId;
use uuid::Uuid;

/// A new event id, or the id of a new subject: UUIDv7, so that ids sort by time.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "the edge: from here on, identity is an argument")]
pub fn new_id() -> EventId {
    EventId(Uuid::now_v7())
}

/// 128 random bits, base64url: without them the public hash of a short secret event could be
/// guessed.
///
/// # Errors
/// Where the system gives no randomness.
pub fn nonce() -> Result<String, getrandom::Error> {
    let mut bits = [0_u8; 16];
    getrandom::fill(&mut bits)?;
    Ok(URL_SAFE_NO_PAD.encode(bits))
}
