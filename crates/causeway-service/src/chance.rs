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

/// Nonces: 128 random bits each, base64url. Without them the public hash of a short secret event
/// could be guessed. Many are made at a time.
#[derive(Default)]
pub struct Nonces {
    bytes: Vec<u8>,
}

const NONCE_BYTES: usize = 16;
const MADE_AT_A_TIME: usize = 32;

impl Nonces {
    /// One more.
    ///
    /// # Errors
    /// Where the system gives no randomness.
    pub fn make(&mut self) -> Result<String, getrandom::Error> {
        if self.bytes.is_empty() {
            let mut bytes = vec![0; NONCE_BYTES * MADE_AT_A_TIME];
            getrandom::fill(&mut bytes)?;
            self.bytes = bytes;
        }
        let rest = self.bytes.len() - NONCE_BYTES;
        let nonce = URL_SAFE_NO_PAD.encode(&self.bytes[rest..]);
        self.bytes.truncate(rest);
        Ok(nonce)
    }
}
