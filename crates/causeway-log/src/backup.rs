//! A log as plain files, to be carried away: `checkpoint`, `tile/…` as C2SP tlog-tiles lays them
//! out, and `log.vkey`; and a log made of them again.
//!
//! A backup with a checkpoint is one that was found to lead to it. Whole tiles never change, so the
//! next backup adds to what is there, and one that was interrupted goes on.

use std::fs;
use std::io;
use std::path::Path;

use rayon::prelude::*;

use crate::checkpoint::Checkpoint;
use crate::lasting;
use crate::mirror::{Directory, Mirror};
use crate::note::{Doubt, Note, Verifier};
use crate::tile::{self, Content, Tile, WIDTH};
use crate::tree::{Hash, Tree, perfect, root_of_first};
use crate::{Error, Log};

/// Tiles that are under way at a time.
const UNDER_WAY: usize = 256;

/// Tiles that a restored log takes as one group.
const TILES_IN_GROUP: usize = 8;

/// Why a log was not backed up, or not restored.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    /// Something could not be read or written.
    #[error("{what} cannot be read or written")]
    Storage {
        /// What.
        what: String,
        /// Why.
        #[source]
        cause: io::Error,
    },
    /// The checkpoint cannot be read.
    #[error("the checkpoint is damaged")]
    Unreadable,
    /// Nobody who is trusted has signed the checkpoint.
    #[error("the checkpoint is not believed")]
    Untrusted(#[from] Doubt),
    /// The log has fewer entries than were backed up of it.
    #[error(
        "the backup has {before} entries of this log, which has {now} now: an older copy was put in its place; stop the service and start it with `--not-before` and the checkpoint of the backup"
    )]
    FallenBehind {
        /// How many were backed up.
        before: u64,
        /// How many are there.
        now: u64,
    },
    /// What is there does not go on from what was backed up.
    #[error(
        "the backup is of {before}, and this is {now}, which does not go on from it: another log, or a second version of its past; keep both"
    )]
    AnotherLog {
        /// Origin and size of what was backed up.
        before: String,
        /// Origin and size of what is there.
        now: String,
    },
    /// A tile is not what was signed.
    #[error("{0} is not what was signed: `causeway verify` says more")]
    Damaged(String),
    /// The log that is made refuses an entry.
    #[error("the log cannot be written")]
    Log(#[source] Error),
}

fn storage(what: impl ToString) -> impl FnOnce(io::Error) -> Failed {
    move |cause| Failed::Storage { what: what.to_string(), cause }
}

/// What a backup holds now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// What was signed.
    pub checkpoint: Checkpoint,
    /// How many entries were there before.
    pub before: u64,
}

/// Copies what `from` has signed to the folder at `to`, as far as it is not there yet. `trusted`
/// have to have signed it. `progress` hears, from any thread, of so many entries more.
///
/// # Errors
/// Then the folder holds the last backup that was finished, and what can be gone on from.
pub fn backup(
    from: &dyn Mirror,
    trusted: &[Verifier],
    to: &Path,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<Kept, Failed> {
    let note = from.checkpoint().map_err(storage("checkpoint"))?;
    let checkpoint = believed(&note, trusted)?;
    let there = Directory::at(to);
    let before = match there.checkpoint() {
        Ok(note) => Some(note.text.parse::<Checkpoint>().map_err(|_wrong| Failed::Unreadable)?),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(storage(there.checkpoint_path().display())(error)),
    };
    let whole = hashes_of_whole_tiles(from, checkpoint.size)?;
    if let Some(before) = &before
        && before.origin == checkpoint.origin
        && before.size > checkpoint.size
    {
        let (before, now) = (before.size, checkpoint.size);
        return Err(Failed::FallenBehind { before, now });
    }
    if let Some(before) = &before
        && !goes_on(from, &whole, before, &checkpoint)?
    {
        let name = |one: &Checkpoint| format!("`{}` with {} entries", one.origin, one.size);
        return Err(Failed::AnotherLog { before: name(before), now: name(&checkpoint) });
    }
    let tree = copy_tiles(from, &there, &whole, checkpoint.size, progress)?;
    if tree.root() != checkpoint.root {
        return Err(Failed::Damaged("the root of all that was copied".to_owned()));
    }
    keep_upper_levels(&there, &tree)?;
    let keys: String = trusted.iter().map(|key| format!("{key}\n")).collect();
    keep(&there.keys_path(), keys.as_bytes())?;
    keep(&there.checkpoint_path(), note.to_string().as_bytes())?;
    let before = before.map_or(0, |before| before.size);
    remove_narrower(&there, before, checkpoint.size)?;
    Ok(Kept { checkpoint, before })
}

/// Whether the log of the mirror goes on from what was backed up: nothing of a good backup is ever
/// exchanged for tiles of another log.
fn goes_on(
    from: &dyn Mirror,
    whole: &[Hash],
    before: &Checkpoint,
    now: &Checkpoint,
) -> Result<bool, Failed> {
    if before.origin != now.origin {
        return Ok(false);
    }
    let next =
        Tile::all(Content::Hashes { level: 0 }, now.size).nth((before.size / WIDTH) as usize);
    let leaves = next.map_or(Ok(Vec::new()), |tile| hashes(from, tile))?;
    Ok(root_of_first(before.size, whole, &leaves) == before.root)
}

fn believed(note: &Note, trusted: &[Verifier]) -> Result<Checkpoint, Failed> {
    note.signed_by(trusted)?;
    note.text.parse().map_err(|_wrong| Failed::Unreadable)
}

/// Copies the entries of a log of `size` and their hashes, and gives the tree over them.
fn copy_tiles(
    from: &dyn Mirror,
    there: &Directory,
    whole: &[Hash],
    size: u64,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<Tree, Failed> {
    let mut tree = Tree::default();
    let tiles: Vec<_> = Tile::all(Content::Entries, size).collect();
    for under_way in tiles.chunks(UNDER_WAY) {
        let copied: Result<Vec<_>, _> = under_way
            .par_iter()
            .map(|bundle| {
                let expected = whole.get(bundle.index as usize);
                let leaves = copy_pair(from, there, *bundle, expected)?;
                progress(bundle.width);
                Ok::<_, Failed>(leaves)
            })
            .collect();
        for leaves in copied? {
            match leaves.len() as u64 == WIDTH {
                true => tree.push_tile(perfect(&leaves)),
                false => leaves.into_iter().for_each(|leaf| tree.push(leaf)),
            }
        }
    }
    Ok(tree)
}

/// Writes the tiles above the lowest level.
fn keep_upper_levels(there: &Directory, tree: &Tree) -> Result<(), Failed> {
    for level in Tile::levels(tree.size()).filter(|level| *level > 0) {
        for tile in Tile::all(Content::Hashes { level }, tree.size()) {
            let hashes = tree.hashes(level, tile.range()).unwrap_or_default();
            keep_tile(there, tile, &tile::of_hashes(hashes))?;
        }
    }
    Ok(())
}

/// The hashes of the whole tiles of entries, as the mirror has them.
fn hashes_of_whole_tiles(from: &dyn Mirror, size: u64) -> Result<Vec<Hash>, Failed> {
    let mut whole = Vec::new();
    for tile in Tile::all(Content::Hashes { level: 1 }, size) {
        whole.extend(hashes(from, tile)?);
    }
    Ok(whole)
}

fn hashes(from: &dyn Mirror, tile: Tile) -> Result<Vec<Hash>, Failed> {
    let bytes = from.tile(tile).map_err(storage(format!("tile/{tile}")))?;
    let hashes = tile::hashes(&bytes).filter(|hashes| hashes.len() as u64 == tile.width);
    hashes.ok_or_else(|| Failed::Damaged(format!("tile/{tile}")))
}

/// Copies a bundle and the tile of its hashes, where they are not there yet. Gives the hashes,
/// which are those that the mirror has: nothing else is ever kept.
fn copy_pair(
    from: &dyn Mirror,
    there: &Directory,
    bundle: Tile,
    whole: Option<&Hash>,
) -> Result<Vec<Hash>, Failed> {
    let tile = Tile { content: Content::Hashes { level: 0 }, ..bundle };
    let unfinished = if whole.is_none() { Some(hashes(from, tile)?) } else { None };
    let are_right = |leaves: &Vec<Hash>| match (whole, &unfinished) {
        (Some(whole), _) => leaves.len() as u64 == WIDTH && perfect(leaves) == *whole,
        (None, unfinished) => Some(leaves) == unfinished.as_ref(),
    };
    // What is there already may have suffered since.
    let kept = there.tile(bundle).ok().and_then(|bytes| tile::leaves(&bytes, bundle.width));
    if let Some(leaves) = kept.filter(are_right) {
        if there.tile(tile).ok() != Some(tile::of_hashes(&leaves)) {
            keep_tile(there, tile, &tile::of_hashes(&leaves))?;
        }
        return Ok(leaves);
    }
    let bytes = from.tile(bundle).map_err(storage(format!("tile/{bundle}")))?;
    let leaves = tile::leaves(&bytes, bundle.width).filter(are_right);
    let leaves = leaves.ok_or_else(|| Failed::Damaged(format!("tile/{bundle}")))?;
    keep_tile(there, bundle, &bytes)?;
    keep_tile(there, tile, &tile::of_hashes(&leaves))?;
    Ok(leaves)
}

fn keep_tile(there: &Directory, tile: Tile, bytes: &[u8]) -> Result<(), Failed> {
    keep(&there.tile_path(tile), bytes)
}

fn keep(path: &Path, contents: &[u8]) -> Result<(), Failed> {
    let folder = path.parent().unwrap_or(path);
    let kept = lasting::make(folder).and_then(|()| lasting::replace(path, contents));
    kept.map_err(storage(path.display()))
}

/// Removes the tiles at the end of the last backup that have become wider since.
fn remove_narrower(there: &Directory, before: u64, now: u64) -> Result<(), Failed> {
    let levels = Tile::levels(before).map(|level| Content::Hashes { level });
    for content in levels.chain([Content::Entries]) {
        let last = Tile::last(content, before).filter(|tile| tile.width < WIDTH);
        if let Some(last) = last.filter(|last| Tile::last(content, now) != Some(*last)) {
            let path = there.tile_path(last);
            fs::remove_file(&path).map_err(storage(path.display()))?;
            // The folder of the narrower ones stays where it holds others.
            drop(path.parent().map(fs::remove_dir));
        }
    }
    Ok(())
}

/// Makes a log of a backup and finds that it leads to what `trusted` have signed. `log` has to be
/// empty. `progress` hears of so many entries more.
///
/// # Errors
/// Then the log is not whole, and is to be thrown away.
pub fn restore(
    from: &dyn Mirror,
    trusted: &[Verifier],
    log: &mut dyn Log,
    progress: &dyn Fn(u64),
) -> Result<Note, Failed> {
    let note = from.checkpoint().map_err(storage("checkpoint"))?;
    let checkpoint = believed(&note, trusted)?;
    let mut tree = Tree::default();
    let tiles: Vec<_> = Tile::all(Content::Entries, checkpoint.size).collect();
    for group in tiles.chunks(TILES_IN_GROUP) {
        let mut entries = Vec::new();
        for bundle in group {
            let bytes = from.tile(*bundle).map_err(storage(format!("tile/{bundle}")))?;
            let leaves = tile::leaves(&bytes, bundle.width);
            let leaves = leaves.ok_or_else(|| Failed::Damaged(format!("tile/{bundle}")))?;
            leaves.into_iter().for_each(|leaf| tree.push(leaf));
            entries.extend(tile::entries(&bytes).flatten().map(<[u8]>::to_vec));
        }
        log.append(&entries).map_err(Failed::Log)?;
        progress(entries.len() as u64);
    }
    match tree.root() == checkpoint.root {
        true => Ok(note),
        false => Err(Failed::Damaged("the root of all entries".to_owned())),
    }
}
