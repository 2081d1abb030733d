//! Signed notes: a text, and who stands by it (C2SP signed-note, tlog-cosignature).
//!
//! Logs sign with Ed25519; a witness's signature also says when it was made.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signer as _, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// Most signatures that are read in a note.
const SIGNATURES_LIMIT: usize = 100;

/// What a key signs as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// The text itself.
    Plain,
    /// The text and the time.
    Cosignature,
}

impl Kind {
    /// The byte that stands for it in keys and their ids.
    fn byte(self) -> u8 {
        match self {
            Kind::Plain => 0x01,
            Kind::Cosignature => 0x04,
        }
    }
}

/// Tells keys of one name apart: four bytes of a hash of the name and the key.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyId([u8; 4]);

impl KeyId {
    fn of(name: &str, kind: Kind, key: &VerifyingKey) -> KeyId {
        let hash = Sha256::new()
            .chain_update(name)
            .chain_update([b'\n', kind.byte()])
            .chain_update(key.as_bytes());
        let [a, b, c, d, ..]: [u8; 32] = hash.finalize().into();
        KeyId([a, b, c, d])
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", u32::from_be_bytes(self.0))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text that is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a key of a signed note, which reads <name>+<id>+<base64>")]
pub struct NotAKey;

/// A key that signs. Secret.
#[derive(Clone)]
pub struct Signer {
    name: String,
    key: SigningKey,
}

impl Signer {
    /// The key made of 32 random bytes, under a name.
    ///
    /// # Errors
    /// Where the name is none: empty, or with white space or `+` in it.
    pub fn new(name: &str, seed: &[u8; 32]) -> Result<Signer, NotAKey> {
        let key = SigningKey::from_bytes(seed);
        if is_name(name) { Ok(Signer { name: name.to_owned(), key }) } else { Err(NotAKey) }
    }

    /// Whose key it is.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What others check its signatures with.
    #[must_use]
    pub fn verifier(&self) -> Verifier {
        let key = self.key.verifying_key();
        let id = KeyId::of(&self.name, Kind::Plain, &key);
        Verifier { name: self.name.clone(), id, kind: Kind::Plain, key }
    }

    /// The key as text, `PRIVATE+KEY+<name>+<id>+<base64>`, to be kept by its owner.
    #[must_use]
    pub fn reveal(&self) -> Zeroizing<String> {
        let mut secret = Zeroizing::new(vec![Kind::Plain.byte()]);
        secret.extend_from_slice(self.key.as_bytes());
        let secret = Zeroizing::new(STANDARD.encode(&*secret));
        let id = self.verifier().id;
        Zeroizing::new(format!("{PRIVATE}{}+{id}+{}", self.name, *secret))
    }

    /// The signature of `text`.
    #[must_use]
    pub fn sign(&self, text: &str) -> Signature {
        let bytes = self.key.sign(text.as_bytes()).to_bytes().to_vec();
        Signature { name: self.name.clone(), id: self.verifier().id, bytes }
    }
}

const PRIVATE: &str = "PRIVATE+KEY+";

impl FromStr for Signer {
    type Err = NotAKey;

    fn from_str(text: &str) -> Result<Signer, NotAKey> {
        let (name, id, secret) = parts(text.strip_prefix(PRIVATE).ok_or(NotAKey)?)?;
        let secret = Zeroizing::new(secret);
        let Some((1, seed)) = secret.split_first() else { return Err(NotAKey) };
        let seed = Zeroizing::new(<[u8; 32]>::try_from(seed).map_err(|_wrong| NotAKey)?);
        let signer = Signer::new(name, &seed)?;
        if signer.verifier().id == id { Ok(signer) } else { Err(NotAKey) }
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({})", self.verifier())
    }
}

/// A key that signatures are checked with: `<name>+<id>+<base64>`.
#[derive(Clone, PartialEq, Eq)]
pub struct Verifier {
    name: String,
    id: KeyId,
    kind: Kind,
    key: VerifyingKey,
}

impl Verifier {
    /// Whose key it is.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Which of the keys of that name.
    #[must_use]
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// Whether the signature says that it is by this key.
    #[must_use]
    pub fn made(&self, signature: &Signature) -> bool {
        self.name == signature.name && self.id == signature.id
    }

    /// Whether the signature is one of `text` by this key.
    fn holds(&self, text: &str, signature: &Signature) -> bool {
        let (message, signature) = match self.kind {
            Kind::Plain => (text.to_owned(), &signature.bytes[..]),
            Kind::Cosignature => {
                let Some((time, signature)) = signature.bytes.split_first_chunk() else {
                    return false;
                };
                let time = u64::from_be_bytes(*time);
                (format!("cosignature/v1\ntime {time}\n{text}"), signature)
            }
        };
        let signature = ed25519_dalek::Signature::from_slice(signature);
        signature
            .is_ok_and(|signature| self.key.verify_strict(message.as_bytes(), &signature).is_ok())
    }
}

impl fmt::Display for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = [&[self.kind.byte()], &self.key.as_bytes()[..]].concat();
        write!(f, "{}+{}+{}", self.name, self.id, STANDARD.encode(key))
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Verifier {
    type Err = NotAKey;

    fn from_str(text: &str) -> Result<Verifier, NotAKey> {
        let (name, id, key) = parts(text)?;
        let (kind, key) = key.split_first().ok_or(NotAKey)?;
        let kinds = [Kind::Plain, Kind::Cosignature];
        let kind = kinds.into_iter().find(|known| known.byte() == *kind).ok_or(NotAKey)?;
        let key = VerifyingKey::try_from(key).map_err(|_wrong| NotAKey)?;
        match is_name(name) && KeyId::of(name, kind, &key) == id {
            true => Ok(Verifier { name: name.to_owned(), id, kind, key }),
            false => Err(NotAKey),
        }
    }
}

/// Name, id and key of a key's text.
fn parts(text: &str) -> Result<(&str, KeyId, Vec<u8>), NotAKey> {
    let mut parts = text.splitn(3, '+');
    let mut part = || parts.next().ok_or(NotAKey);
    let (name, id, key) = (part()?, part()?, part()?);
    let number = u32::from_str_radix(id, 16).map_err(|_wrong| NotAKey)?;
    let key = STANDARD.decode(key).map_err(|_wrong| NotAKey)?;
    if id.len() == 8 { Ok((name, KeyId(number.to_be_bytes()), key)) } else { Err(NotAKey) }
}

/// Whether a key may have this name.
fn is_name(name: &str) -> bool {
    let is_part =
        |character: char| character != '+' && !character.is_whitespace() && !character.is_control();
    !name.is_empty() && name.chars().all(is_part)
}

/// Who signed, with which key, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    name: String,
    id: KeyId,
    bytes: Vec<u8>,
}

/// The line that it is in a note.
impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let signature = [&self.id.0, &self.bytes[..]].concat();
        writeln!(f, "— {} {}", self.name, STANDARD.encode(signature))
    }
}

impl Signature {
    fn parse(line: &str) -> Option<Signature> {
        let (name, signature) = line.strip_prefix("— ")?.split_once(' ')?;
        let signature = STANDARD.decode(signature).ok()?;
        let (id, bytes) = signature.split_first_chunk()?;
        let is_whole = is_name(name) && !bytes.is_empty();
        is_whole.then(|| Signature { name: name.to_owned(), id: KeyId(*id), bytes: bytes.to_vec() })
    }

    /// The signatures of `lines`, each of which must be one.
    ///
    /// # Errors
    /// Where a line is none, or there are too many.
    pub fn parse_lines(lines: &str) -> Result<Vec<Signature>, NotANote> {
        let lines = lines.strip_suffix('\n').ok_or(NotANote)?.split('\n');
        let signatures: Option<Vec<_>> = lines.map(Signature::parse).collect();
        signatures.filter(|all| all.len() <= SIGNATURES_LIMIT).ok_or(NotANote)
    }
}

/// A text, and signatures of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The text, which ends with a line feed.
    pub text: String,
    /// The signatures, of whatever keys.
    pub signatures: Vec<Signature>,
}

/// A text that is no signed note.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a signed note: expected a text, an empty line, and lines of signatures")]
pub struct NotANote;

/// Why a note is not believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Doubt {
    /// None of the keys that are trusted has signed it.
    #[error("none of the trusted keys has signed it")]
    Unsigned,
    /// A signature is not one of this text.
    #[error("the signature of {name} by the key {id} is not one of this text")]
    Forged {
        /// Whose key it is said to be by.
        name: String,
        /// Which of their keys.
        id: KeyId,
    },
}

impl Note {
    /// Which of `trusted` have signed the note.
    ///
    /// # Errors
    /// Where a signature of one of them is wrong, or there is none.
    pub fn signed_by<'a>(&self, trusted: &'a [Verifier]) -> Result<Vec<&'a Verifier>, Doubt> {
        let mut signed = Vec::new();
        for signature in &self.signatures {
            let Some(verifier) = trusted.iter().find(|verifier| verifier.made(signature)) else {
                continue;
            };
            if !verifier.holds(&self.text, signature) {
                return Err(Doubt::Forged { name: verifier.name.clone(), id: verifier.id });
            }
            if !signed.contains(&verifier) {
                signed.push(verifier);
            }
        }
        if signed.is_empty() { Err(Doubt::Unsigned) } else { Ok(signed) }
    }
}

impl Note {
    /// Adds a signature, in place of an earlier one by the same key.
    pub fn add(&mut self, signature: Signature) {
        self.signatures.retain(|other| (&other.name, other.id) != (&signature.name, signature.id));
        self.signatures.push(signature);
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures.iter().try_for_each(|signature| write!(f, "{signature}"))
    }
}

impl FromStr for Note {
    type Err = NotANote;

    fn from_str(note: &str) -> Result<Note, NotANote> {
        if note.chars().any(|character| character < ' ' && character != '\n') {
            return Err(NotANote);
        }
        let (text, signatures) = note.rsplit_once("\n\n").ok_or(NotANote)?;
        let signatures = Signature::parse_lines(signatures)?;
        Ok(Note { text: format!("{text}\n"), signatures })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example in the documentation of Go's `golang.org/x/mod/sumdb/note`.
    const SIGNER: &str =
        "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
    const VERIFIER: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    const NOTE: &str = "If you think cryptography is the answer to your problem,\n\
        then you don't know what your problem is.\n\n\
        — PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

    fn verifier() -> Verifier {
        VERIFIER.parse().unwrap()
    }

    #[test]
    fn a_note_signed_elsewhere_is_read_checked_and_signed_the_same() {
        let note: Note = NOTE.parse().unwrap();
        assert_eq!(note.to_string(), NOTE);
        assert_eq!(note.signed_by(&[verifier()]), Ok(vec![&verifier()]));
        let signer: Signer = SIGNER.parse().unwrap();
        assert_eq!(signer.sign(&note.text), note.signatures[0]);
    }

    #[test]
    fn keys_read_as_they_are_written() {
        let signer: Signer = SIGNER.parse().unwrap();
        assert_eq!(*signer.reveal(), SIGNER);
        assert_eq!(signer.verifier().to_string(), VERIFIER);
        assert!(!format!("{signer:?}").contains("AYEK"));
    }

    #[test]
    fn a_text_that_was_changed_is_a_forgery() {
        let note: Note = NOTE.replace("cryptography", "blockchains").parse().unwrap();
        let Verifier { name, id, .. } = verifier();
        assert_eq!(note.signed_by(&[verifier()]), Err(Doubt::Forged { name, id }));
    }

    #[test]
    fn signatures_of_unknown_keys_say_nothing() {
        let mut note: Note = NOTE.parse().unwrap();
        let stranger = Signer::new("PeterNeumann", &[7; 32]).unwrap();
        assert_eq!(note.signed_by(&[stranger.verifier()]), Err(Doubt::Unsigned));
        note.signatures.insert(0, stranger.sign("another text\n"));
        assert_eq!(note.signed_by(&[verifier()]), Ok(vec![&verifier()]));
        assert_eq!(note.signed_by(&[]), Err(Doubt::Unsigned));
    }

    #[test]
    fn a_cosignature_is_one_of_the_text_and_the_time() {
        let key = SigningKey::from_bytes(&[9; 32]);
        let id = KeyId::of("witness.example/w1", Kind::Cosignature, &key.verifying_key());
        let (kind, key_of) = (Kind::Cosignature, key.verifying_key());
        let witness = Verifier { name: "witness.example/w1".into(), id, kind, key: key_of };
        let signed = |time: u64, message: &str| {
            let signature = key.sign(message.as_bytes());
            let bytes = [&time.to_be_bytes()[..], &signature.to_bytes()].concat();
            let signatures = vec![Signature { name: witness.name.clone(), id, bytes }];
            Note { text: "a\n1\n".into(), signatures }
        };
        let good = signed(1_679_315_147, "cosignature/v1\ntime 1679315147\na\n1\n");
        let parsed: Verifier = witness.to_string().parse().unwrap();
        assert_eq!(good.signed_by(&[parsed]), Ok(vec![&witness]));
        let other_time = signed(1_679_315_148, "cosignature/v1\ntime 1679315147\na\n1\n");
        let plain = signed(1_679_315_147, "a\n1\n");
        for wrong in [other_time, plain] {
            assert!(wrong.signed_by(std::slice::from_ref(&witness)).is_err());
        }
    }

    #[test]
    fn other_texts_are_no_notes_and_no_keys() {
        for wrong in [
            "",
            "text\n",
            "text\n\n",
            "text\n\n— a\n",
            "text\n\n— a b c\n",
            "text\n\n- a AAAAAAA=\n",
            "te\rxt\n\n— a AAAAAAA=\n",
            "text\n\n— a AAAAAAA=",
            "text\n\n— a+b AAAAAAA=\n",
            "text\n\n— a AAAA\n",
        ] {
            assert_eq!(wrong.parse::<Note>(), Err(NotANote), "{wrong:?}");
        }
        for wrong in [
            "",
            "PeterNeumann",
            "PeterNeumann+c74f20a3+",
            &VERIFIER.replace("c74f20a3", "c74f20a4"),
            &VERIFIER.replace("c74f20a3", "C74F20A3FF"),
            &VERIFIER.replace("PeterNeumann", "Peter Neumann"),
            SIGNER,
        ] {
            assert_eq!(wrong.parse::<Verifier>(), Err(NotAKey), "{wrong:?}");
        }
        assert!(VERIFIER.parse::<Signer>().is_err());
        assert!(SIGNER.replace("c74f20a3", "c74f20a4").parse::<Signer>().is_err());
    }
}
