//! API keys: who may ask, for which organisation, in which role, up to which clearance.
//!
//! A key is shown once, when it is made. Kept is its public id and the SHA-256 of its secret.
//! Time is passed in.

mod file;

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use causeway_domain::words::Classification;
use causeway_domain::{Id, Time};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use strum::{Display, EnumIter, EnumString, IntoStaticStr};
use subtle::ConstantTimeEq;
use utoipa::ToSchema;

use crate::caller::Caller;

/// What a key may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[derive(Display, EnumIter, EnumString, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Role {
    /// Reads.
    Reader,
    /// Reads, and records for its organisation.
    Reporter,
    /// Does what a reporter does, and assesses what others recorded.
    Assessor,
    /// Reads everything, proofs and exports, and records nothing.
    Auditor,
    /// Does all of it, and makes keys and imports history.
    Admin,
}

impl Role {
    /// Whether the role records events at all; which ones, the writer decides.
    #[must_use]
    pub fn records(self) -> bool {
        matches!(self, Role::Reporter | Role::Assessor | Role::Admin)
    }

    /// What a key of this role may see unless it was made with another clearance.
    #[must_use]
    pub fn usual_clearance(self) -> Classification {
        match self {
            Role::Reader => Classification::Public,
            Role::Reporter | Role::Assessor => Classification::Confidential,
            Role::Auditor | Role::Admin => Classification::StrictlyConfidential,
        }
    }
}

/// A key as it is listed: everything but the secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Key {
    /// Its public id, as it stands in `recordedby`.
    #[schema(example = "5f1d7a84c2b0493e8a6cf02d91e4b753")]
    pub id: Id,
    /// The organisation it speaks for.
    #[schema(example = "icrc")]
    pub organisation: Id,
    /// What it may do.
    pub role: Role,
    /// The most sensitive events it may see and record.
    pub clearance: Classification,
    /// What it records where the event does not say how sensitive it is.
    pub default_classification: Classification,
    /// When it was made.
    pub created: Time,
    /// From when it opens nothing any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Time>,
    /// When it was revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked: Option<Time>,
}

/// What a key is to be.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewKey {
    /// The organisation it speaks for.
    #[schema(example = "icrc")]
    pub organisation: Id,
    /// What it may do.
    pub role: Role,
    /// The most sensitive events it may see and record; left out, the role's usual one.
    pub clearance: Option<Classification>,
    /// What it records where the event does not say how sensitive it is; left out, `restricted`.
    pub default_classification: Option<Classification>,
    /// From when it opens nothing any more; left out, never.
    pub expires: Option<Time>,
}

/// The text that opens the service, `cw_<public id>_<secret>`. Nobody can show it again.
pub struct Token(String);

impl Token {
    /// The text, to be handed to its owner and to nobody else.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(…)")
    }
}

/// Why keys could not be read, made or revoked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file does not hold keys.
    #[error(
        "{path} does not hold keys; restore it from a backup, or move it away and make new keys"
    )]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// The file could not be read or written.
    #[error("cannot read or write {path}")]
    Storage {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// There is no key of this id.
    #[error("no key has the id `{0}`; list the keys to see which there are")]
    Unknown(String),
    /// What the key would record by default is more than it may see.
    #[error("a key with clearance {clearance} cannot record {default} events by default")]
    DefaultAboveClearance {
        /// What it would record.
        default: Classification,
        /// What it may see.
        clearance: Classification,
    },
    /// The key would never open anything.
    #[error(
        "a key that expires at {0} would open nothing; leave `expires` out, or name a later time"
    )]
    Expired(Time),
    /// The operating system gave no random bits.
    #[error("the operating system gave no random bits")]
    NoRandomness(#[source] getrandom::Error),
}

/// All keys. Shared by everyone who asks; a revoked key opens nothing from that moment on.
#[derive(Debug)]
pub struct Keys {
    path: PathBuf,
    known: ArcSwap<BTreeMap<Id, Stored>>,
    /// Held while the file is written, so that no change is lost to another.
    writing: Mutex<()>,
}

/// What is kept of a key.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Stored {
    #[serde(flatten)]
    key: Key,
    /// Base64url of the hash of the secret's 32 bytes.
    secret_sha256: String,
}

impl Keys {
    /// The keys in the file at `path`; none where there is no file yet.
    ///
    /// # Errors
    /// [`Error::Storage`] where the file cannot be read, [`Error::Corrupt`] where it holds
    /// something else.
    pub fn open(path: impl Into<PathBuf>) -> Result<Keys, Error> {
        let path = path.into();
        let stored: Vec<Stored> = file::read(&path)?;
        let known = stored.into_iter().map(|stored| (stored.key.id.clone(), stored)).collect();
        Ok(Keys { path, known: ArcSwap::from_pointee(known), writing: Mutex::default() })
    }

    /// All keys ever made, by id.
    #[must_use]
    pub fn list(&self) -> Vec<Key> {
        self.known.load().values().map(|stored| stored.key.clone()).collect()
    }

    /// Whether no key was ever made.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.known.load().is_empty()
    }

    /// Makes a key. Its token is in the answer and nowhere else.
    ///
    /// # Errors
    /// [`Error::DefaultAboveClearance`], [`Error::Expired`], [`Error::NoRandomness`],
    /// [`Error::Storage`]; then nobody holds such a key.
    pub fn create(&self, new: NewKey, now: DateTime<Utc>) -> Result<(Key, Token), Error> {
        let key = new.into_key(random_id()?, now)?;
        let secret: [u8; 32] = random()?;
        let token = format!("{TOKEN_PREFIX}{}_{}", key.id, URL_SAFE_NO_PAD.encode(secret));
        let stored = Stored { key: key.clone(), secret_sha256: hash(&secret) };
        self.change(|known| {
            known.insert(stored.key.id.clone(), stored);
            Ok(())
        })?;
        Ok((key, Token(token)))
    }

    /// Revokes a key, from now on. A key that was revoked before stays revoked since then.
    ///
    /// # Errors
    /// [`Error::Unknown`] where there is no such key, [`Error::Storage`] where it could not be
    /// written; then it opens as before.
    pub fn revoke(&self, id: &str, now: DateTime<Utc>) -> Result<Key, Error> {
        self.change(|known| {
            let named = known.iter_mut().find(|(known, _)| known.as_str() == id);
            let (_, stored) = named.ok_or_else(|| Error::Unknown(id.to_owned()))?;
            stored.key.revoked.get_or_insert(Time::stamp(now));
            Ok(stored.key.clone())
        })
    }

    /// Who holds this token, if it opens the service at `now`.
    #[must_use]
    pub fn authenticate(&self, token: &str, now: DateTime<Utc>) -> Option<Caller> {
        let (id, secret) = token.strip_prefix(TOKEN_PREFIX)?.split_once('_')?;
        let secret = URL_SAFE_NO_PAD.decode(secret).ok()?;
        let known = self.known.load();
        let Stored { key, secret_sha256 } = known.get(&id.parse::<Id>().ok()?)?;
        let is_right = hash(&secret).as_bytes().ct_eq(secret_sha256.as_bytes());
        (bool::from(is_right) && key.opens_at(now)).then(|| key.caller())
    }

    /// Changes the keys on disk, and then in memory.
    fn change<T>(
        &self,
        change: impl FnOnce(&mut BTreeMap<Id, Stored>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let _alone = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut keys = BTreeMap::clone(&self.known.load());
        let outcome = change(&mut keys)?;
        file::write(&self.path, keys.values())?;
        self.known.store(Arc::new(keys));
        Ok(outcome)
    }
}

impl NewKey {
    fn into_key(self, id: Id, now: DateTime<Utc>) -> Result<Key, Error> {
        let clearance = self.clearance.unwrap_or_else(|| self.role.usual_clearance());
        if let Some(default) = self.default_classification.filter(|default| *default > clearance) {
            return Err(Error::DefaultAboveClearance { default, clearance });
        }
        if let Some(expired) = self.expires.filter(|expires| expires.instant() <= now) {
            return Err(Error::Expired(expired));
        }
        Ok(Key {
            id,
            organisation: self.organisation,
            role: self.role,
            clearance,
            // Above the clearance it only means that the event itself must say what it is:
            // nothing becomes public because somebody left a word out.
            default_classification: self
                .default_classification
                .unwrap_or(Classification::Restricted),
            created: Time::stamp(now),
            expires: self.expires,
            revoked: None,
        })
    }
}

impl Key {
    fn opens_at(&self, now: DateTime<Utc>) -> bool {
        self.revoked.is_none() && self.expires.is_none_or(|expires| now < expires.instant())
    }

    fn caller(&self) -> Caller {
        Caller {
            key: self.id.clone(),
            organisation: self.organisation.clone(),
            role: self.role,
            clearance: self.clearance,
            default_classification: self.default_classification,
        }
    }
}

/// What every token starts with, so that a scanner for leaked secrets knows one when it sees it.
const TOKEN_PREFIX: &str = "cw_";

fn hash(secret: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(secret))
}

fn random<const N: usize>() -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(Error::NoRandomness)?;
    Ok(bytes)
}

/// 128 random bits in hexadecimal.
fn random_id() -> Result<Id, Error> {
    let digits = format!("{:032x}", u128::from_be_bytes(random()?));
    Ok(digits.parse().expect("32 hexadecimal digits are an id"))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse::<Time>().unwrap().instant()
    }

    fn noon() -> DateTime<Utc> {
        at("2023-07-26T12:00:00Z")
    }

    fn reporter() -> NewKey {
        NewKey {
            organisation: "icrc".parse().unwrap(),
            role: Role::Reporter,
            clearance: None,
            default_classification: None,
            expires: None,
        }
    }

    fn scratch() -> (tempfile::TempDir, Keys) {
        let folder = tempfile::tempdir().unwrap();
        let keys = Keys::open(folder.path().join("keys.json")).unwrap();
        (folder, keys)
    }

    #[test]
    fn a_token_opens_for_whom_it_was_made() {
        let (_folder, keys) = scratch();
        let (key, token) = keys.create(reporter(), noon()).unwrap();
        let caller = keys.authenticate(token.reveal(), noon()).unwrap();
        assert_eq!(caller.key, key.id);
        assert_eq!(caller.organisation.as_str(), "icrc");
        assert_eq!(caller.clearance, Classification::Confidential);
        assert_eq!(caller.default_classification, Classification::Restricted);
    }

    #[test]
    fn nothing_else_opens() {
        let (_folder, keys) = scratch();
        let (key, token) = keys.create(reporter(), noon()).unwrap();
        let (_, other) = keys.create(reporter(), noon()).unwrap();
        let others_secret = other.reveal().splitn(3, '_').nth(2).unwrap();
        let mixed = format!("cw_{}_{others_secret}", key.id);
        let cut = &token.reveal()[..token.reveal().len() - 1];
        for wrong in ["", "cw_", "cw__", &mixed, cut, key.id.as_str(), &token.reveal()[3..]] {
            assert_eq!(keys.authenticate(wrong, noon()), None, "{wrong}");
        }
    }

    #[test]
    fn keys_survive_a_restart() {
        let (folder, keys) = scratch();
        let (key, token) = keys.create(reporter(), noon()).unwrap();
        let reopened = Keys::open(folder.path().join("keys.json")).unwrap();
        assert_eq!(reopened.list(), [key]);
        assert!(reopened.authenticate(token.reveal(), noon()).is_some());
    }

    #[test]
    fn a_revoked_key_opens_nothing_from_that_moment_and_after_a_restart() {
        let (folder, keys) = scratch();
        let (key, token) = keys.create(reporter(), noon()).unwrap();
        keys.revoke(key.id.as_str(), noon()).unwrap();
        assert_eq!(keys.authenticate(token.reveal(), noon()), None);
        let reopened = Keys::open(folder.path().join("keys.json")).unwrap();
        assert_eq!(reopened.authenticate(token.reveal(), noon()), None);
    }

    #[test]
    fn revoking_twice_keeps_the_first_time() {
        let (_folder, keys) = scratch();
        let (key, _) = keys.create(reporter(), noon()).unwrap();
        let first = keys.revoke(key.id.as_str(), noon()).unwrap();
        let second = keys.revoke(key.id.as_str(), at("2024-01-01T00:00:00Z")).unwrap();
        assert_eq!(first, second);
    }

    #[test]
    fn an_expired_key_opens_nothing() {
        let (_folder, keys) = scratch();
        let expires = Some("2023-07-26T13:00:00Z".parse().unwrap());
        let (_, token) = keys.create(NewKey { expires, ..reporter() }, noon()).unwrap();
        assert!(keys.authenticate(token.reveal(), at("2023-07-26T12:59:59Z")).is_some());
        assert!(keys.authenticate(token.reveal(), at("2023-07-26T13:00:00Z")).is_none());
    }

    #[test]
    fn a_key_that_would_open_nothing_is_not_made() {
        let (_folder, keys) = scratch();
        let expires = Some("2023-07-26T12:00:00Z".parse().unwrap());
        let error = keys.create(NewKey { expires, ..reporter() }, noon()).unwrap_err();
        assert!(matches!(error, Error::Expired(_)), "{error}");
    }

    #[test]
    fn an_unknown_key_is_named() {
        let (_folder, keys) = scratch();
        let error = keys.revoke("nobody", noon()).unwrap_err();
        assert!(error.to_string().contains("`nobody`"), "{error}");
    }

    #[test]
    fn a_damaged_file_is_named_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys.json");
        std::fs::write(&path, "{\"keys\": [").unwrap();
        let error = Keys::open(&path).unwrap_err();
        assert!(error.to_string().contains("keys.json"), "{error}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "{\"keys\": [");
    }

    #[test]
    fn the_file_is_its_owners_and_holds_no_secret() {
        let (folder, keys) = scratch();
        let (_, token) = keys.create(reporter(), noon()).unwrap();
        let path = folder.path().join("keys.json");
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let secret = token.reveal().splitn(3, '_').nth(2).unwrap();
        assert!(!std::fs::read_to_string(&path).unwrap().contains(secret));
        assert!(!format!("{token:?}").contains(secret));
    }

    #[test]
    fn a_key_that_could_not_be_written_does_not_open() {
        let folder = tempfile::tempdir().unwrap();
        let keys = Keys::open(folder.path().join("missing").join("keys.json")).unwrap();
        assert!(matches!(keys.create(reporter(), noon()), Err(Error::Storage { .. })));
        assert!(keys.is_empty());
    }

    #[test]
    fn no_key_records_more_than_it_may_see_by_default() {
        let (_folder, keys) = scratch();
        let wrong = NewKey {
            clearance: Some(Classification::Public),
            default_classification: Some(Classification::Confidential),
            ..reporter()
        };
        let error = keys.create(wrong, noon()).unwrap_err();
        assert!(matches!(error, Error::DefaultAboveClearance { .. }));
    }
}
