//! The record on disk, as it stands in memory: so that a start need not replay the whole log.
//!
//! A snapshot is a shortcut, never trusted over the log: it counts only for the code that made it,
//! signed by a key of the log, and where the log up to there has the root that it had. Whatever
//! else is found in its place is told, ignored and overwritten in time.
//!
//! The file: the parts of the record, each packed (postcard, zstd) and led by its length in four
//! bytes; a length of 0; then a signed note (C2SP signed-note) of `causeway snapshot` and five lines
//! behind it: the origin, the code, the number of events, the root of the log, and the root of the
//! tree over the packed parts; then the length of the note in four bytes. Numbers are big-endian.

mod parts;
mod saver;

use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use causeway_log::note::{Note, Signer, Verifier};
use causeway_log::tree::{Hash, Tree};
use causeway_log::{Error as LogError, Evidence, lasting};
use causeway_views::saved::Misfit;
use zstd::zstd_safe;

use crate::Position;
use crate::in_order::in_order;
use crate::record::Record;
use parts::{Part, Rejoined};
pub(crate) use saver::Saver;
pub use saver::Snapshots;

/// Which code made a snapshot, and can read it.
const CODE: &str = env!("CAUSEWAY_CODE");

/// The first line of the note. No log has this name, so that the note is no checkpoint.
const TITLE: &str = "causeway snapshot";

/// What the files are called, with the code behind it: after an upgrade the old one stays until
/// the new one is there.
const NAME: &str = "snapshot-";

/// How a part is packed: the fastest that makes much of it.
const LEVEL: i32 = 1;

/// No part is larger. One has 512 subjects at most, of which megabytes are a lot.
const PART_LIMIT: usize = 1 << 30;

/// No note is longer.
const NOTE_LIMIT: u64 = 64 << 10;

/// What is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Label {
    origin: String,
    code: String,
    size: Position,
    root: Hash,
    parts: Hash,
}

/// Why a snapshot is not used.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// The file cannot be read.
    #[error("it cannot be read")]
    Read(#[from] io::Error),
    /// Not a snapshot, or a part of one.
    #[error("it is damaged")]
    Damaged,
    /// Nobody who signs for the log has signed it.
    #[error("it is not signed by a key of this log")]
    Unsigned,
    /// Other code made it.
    #[error("it was made by other code")]
    OtherCode,
    /// The log is not the one that it was made of.
    #[error("it is not of this log")]
    OtherLog,
    /// The log cannot be read.
    #[error("the log cannot be read")]
    Log(#[from] LogError),
}

impl From<Misfit> for Unusable {
    fn from(Misfit: Misfit) -> Unusable {
        Unusable::Damaged
    }
}

/// Where the snapshot of this code is in a folder.
fn place(folder: &Path) -> PathBuf {
    folder.join(format!("{NAME}{CODE}"))
}

/// The snapshots of other code in a folder.
fn others(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in folder.read_dir()? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let is_whole = path.extension() != Some(lasting::UNFINISHED.as_ref());
        if name.starts_with(NAME) && is_whole && name != format!("{NAME}{CODE}") {
            found.push(path);
        }
    }
    Ok(found)
}

/// Removes the snapshots of other code but the newest, which is that of the version before, for a
/// step back, or of the next, which was prepared for it.
fn remove_old(folder: &Path) -> io::Result<()> {
    let mut others = others(folder)?;
    others.sort_by_cached_key(|path| path.metadata().and_then(|about| about.modified()).ok());
    others.pop();
    others.iter().try_for_each(|path| match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    })
}

/// Writes the snapshot of a record, which is that of a log with this root, signed by all of
/// `signers`, of which there is one at least.
///
/// # Errors
/// Where it cannot be written.
pub fn save(folder: &Path, record: &Record, root: Hash, signers: &[Signer]) -> io::Result<()> {
    lasting::replace_with(&place(folder), |file| {
        let mut file = BufWriter::new(file);
        let mut tree = Tree::default();
        for part in record.parts() {
            let part = postcard::to_stdvec(&part).map_err(io::Error::other)?;
            if part.len() > PART_LIMIT {
                return Err(io::Error::other("a part of it is larger than could be read again"));
            }
            let packed = zstd::bulk::compress(&part, LEVEL)?;
            tree.push(Hash::of_leaf(&packed));
            file.write_all(&length(&packed)?)?;
            file.write_all(&packed)?;
        }
        file.write_all(&length(&[])?)?;
        let label = Label {
            origin: signers[0].name().to_owned(),
            code: CODE.to_owned(),
            size: record.snapshot.chronicle.len(),
            root,
            parts: tree.root(),
        };
        let note = label.signed(signers).to_string();
        file.write_all(note.as_bytes())?;
        file.write_all(&length(note.as_bytes())?)?;
        file.flush()
    })
}

fn length(bytes: &[u8]) -> io::Result<[u8; 4]> {
    Ok(u32::try_from(bytes.len()).map_err(io::Error::other)?.to_be_bytes())
}

/// Reads the snapshot in a folder, if there is one that can be used.
///
/// # Errors
/// Why the one that is there cannot.
fn load(folder: &Path, evidence: &Evidence) -> Result<Option<Record>, Unusable> {
    let mut file = match File::open(place(folder)) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let is_upgrade = !others(folder)?.is_empty();
            return if is_upgrade { Err(Unusable::OtherCode) } else { Ok(None) };
        }
        Err(error) => return Err(error.into()),
    };
    let label = Label::read(&mut file, evidence.keys())?;
    label.check(evidence)?;
    file.rewind()?;
    let (mut tree, mut rejoined) = (Tree::default(), Rejoined::default());
    let take = |unpacked: Result<(Hash, Part), Unusable>| {
        let (hash, part) = unpacked?;
        tree.push(hash);
        rejoined.take(part);
        Ok(())
    };
    in_order(|hand_out| read_parts(file, hand_out), unpack, take)?;
    match tree.root() == label.parts {
        true => Ok(Some(rejoined.finish()?)),
        false => Err(Unusable::Damaged),
    }
}

fn read_parts(
    file: File,
    hand_out: &mut dyn FnMut(Vec<u8>) -> ControlFlow<()>,
) -> Result<(), Unusable> {
    let mut file = BufReader::new(file);
    loop {
        let mut length = [0; 4];
        file.read_exact(&mut length)?;
        let length = u32::from_be_bytes(length);
        if length == 0 {
            return Ok(());
        }
        let mut packed = Vec::new();
        file.by_ref().take(length.into()).read_to_end(&mut packed)?;
        if hand_out(packed).is_break() {
            return Ok(()); // whoever takes has an error to tell
        }
    }
}

fn unpack(packed: Vec<u8>) -> Result<(Hash, Part), Unusable> {
    let hash = Hash::of_leaf(&packed);
    let length = zstd_safe::get_frame_content_size(&packed).ok().flatten();
    let length = length.and_then(|length| usize::try_from(length).ok());
    let length = length.filter(|length| *length <= PART_LIMIT).ok_or(Unusable::Damaged)?;
    let part = zstd::bulk::decompress(&packed, length)?;
    let part = postcard::from_bytes(&part).map_err(|_wrong| Unusable::Damaged)?;
    Ok((hash, part))
}

impl Label {
    fn signed(&self, signers: &[Signer]) -> Note {
        let Label { origin, code, size, root, parts } = self;
        let text = format!("{TITLE}\n{origin}\n{code}\n{size}\n{root}\n{parts}\n");
        let signatures = signers.iter().map(|signer| signer.sign(&text)).collect();
        Note { text, signatures }
    }

    /// Reads the label of the snapshot in a file, signed by one of `keys`.
    fn read(file: &mut File, keys: &[Verifier]) -> Result<Label, Unusable> {
        let end = file.seek(SeekFrom::End(-4)).map_err(|_short| Unusable::Damaged)?;
        let mut length = [0; 4];
        file.read_exact(&mut length)?;
        let length = u64::from(u32::from_be_bytes(length));
        let start = end.checked_sub(length).filter(|_| length <= NOTE_LIMIT);
        file.seek(SeekFrom::Start(start.ok_or(Unusable::Damaged)?))?;
        let mut note = String::new();
        file.take(length).read_to_string(&mut note).map_err(|_no_text| Unusable::Damaged)?;
        let note: Note = note.parse().map_err(|_wrong| Unusable::Damaged)?;
        note.signed_by(keys).map_err(|_doubt| Unusable::Unsigned)?;
        Label::parse(&note.text).ok_or(Unusable::Damaged)
    }

    fn parse(text: &str) -> Option<Label> {
        let lines: Vec<_> = text.lines().collect();
        let [TITLE, origin, code, size, root, parts] = lines[..] else { return None };
        Some(Label {
            origin: origin.to_owned(),
            code: code.to_owned(),
            size: size.parse().ok()?,
            root: root.parse().ok()?,
            parts: parts.parse().ok()?,
        })
    }

    /// Whether this code made it, of the log that `evidence` is of.
    fn check(&self, evidence: &Evidence) -> Result<(), Unusable> {
        if self.code != CODE {
            return Err(Unusable::OtherCode);
        }
        let is_of_log = self.origin == evidence.origin()
            && self.size <= evidence.hashed()
            && self.root == evidence.root_of(self.size)?;
        if is_of_log { Ok(()) } else { Err(Unusable::OtherLog) }
    }
}
