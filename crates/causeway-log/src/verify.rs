//! Whether a log is what was signed: every entry, every hash, the root, the signatures.
//!
//! What is found is told with the place it is in and the positions it concerns. Memory is bounded:
//! 32 bytes for 256 entries are kept.

use std::fmt;
use std::io;
use std::ops::Range;

use rayon::prelude::*;

use crate::checkpoint::Checkpoint;
use crate::hashing::{self, TILES_AT_ONCE};
use crate::mirror::Mirror;
use crate::note::{Note, Verifier};
use crate::tile::{self, Content, Tile, WIDTH};
use crate::tree::{Hash, Tree, perfect, root_of_first};
use crate::{Error, Reader};

/// How many damages are told one by one.
pub const DAMAGES_LIMIT: usize = 100;

/// How many tiles are under way at a time.
const UNDER_WAY: usize = 1_024;

/// Something that is not as it was signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// What is damaged: `checkpoint`, `log`, `tiles`, or the path of a tile.
    pub place: String,
    /// The positions it concerns, where it concerns some.
    pub positions: Option<Range<u64>>,
    /// What is wrong with it.
    pub what: String,
}

impl Damage {
    /// Damage to something, whichever positions it concerns.
    #[must_use]
    pub fn to(place: &str, what: impl ToString) -> Damage {
        Damage { place: place.to_owned(), positions: None, what: what.to_string() }
    }

    fn of(tile: Tile, positions: Range<u64>, what: String) -> Damage {
        Damage { place: format!("tile/{tile}"), positions: Some(positions), what }
    }

    /// The same, at these positions.
    #[must_use]
    pub fn at(self, positions: Range<u64>) -> Damage {
        Damage { positions: Some(positions), ..self }
    }
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.place)?;
        match &self.positions {
            Some(Range { start, end }) if start + 1 == *end => write!(f, ", position {start}")?,
            Some(Range { start, end }) if start < end => {
                write!(f, ", positions {start} to {}", end - 1)?;
            }
            Some(_) | None => {}
        }
        write!(f, ": {}", self.what)
    }
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// What was signed, as far as it can be read.
    pub checkpoint: Option<Checkpoint>,
    /// Which of the trusted keys have signed it.
    pub signed_by: Vec<Verifier>,
    /// Entries on record that were not signed yet.
    pub unsigned: u64,
    /// Entries that were kept from the reader, so that only their hashes were checked.
    pub withheld: u64,
    /// What is damaged, the first of it where there is much.
    pub damages: Vec<Damage>,
    /// How much is damaged in all.
    pub damaged: usize,
}

impl Report {
    /// Whether all is as it was signed.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.damaged == 0
    }

    /// That nothing could be checked because of one damage.
    #[must_use]
    pub fn only(damage: Damage) -> Report {
        let mut report = Report::default();
        report.add(damage);
        report
    }

    /// What is said of a checkpoint, and the checkpoint where it is believed: of any other, what it
    /// says is nothing to go by.
    fn about(note: &Note, trusted: &[Verifier]) -> (Report, Option<Checkpoint>) {
        let mut report = Report { checkpoint: note.text.parse().ok(), ..Report::default() };
        if report.checkpoint.is_none() {
            report.add(Damage::to("checkpoint", "it is none"));
        }
        match note.signed_by(trusted) {
            Ok(signed) => report.signed_by = signed.into_iter().cloned().collect(),
            Err(doubt) => report.add(Damage::to("checkpoint", doubt)),
        }
        let believed = report.checkpoint.clone().filter(|_| report.is_sound());
        (report, believed)
    }

    /// Adds what was found.
    pub fn add(&mut self, damage: Damage) {
        self.damaged += 1;
        if self.damages.len() < DAMAGES_LIMIT {
            self.damages.push(damage);
        }
    }

    fn compare(&mut self, checkpoint: &Checkpoint, root: Hash) {
        if self.is_sound() && root != checkpoint.root {
            let other = Damage::to("checkpoint", "its root is not that of the entries");
            self.add(other.at(0..checkpoint.size));
        }
    }
}

/// What a log is checked against, beside itself.
#[derive(Debug, Clone, Copy)]
pub struct Against<'a> {
    /// The keys of which one has to have signed it.
    pub trusted: &'a [Verifier],
    /// An earlier checkpoint, kept elsewhere, that it has to go on from.
    pub since: Option<&'a Note>,
}

impl Against<'_> {
    /// Whether the log, of which `tree` is the tree, goes on from the earlier checkpoint. `leaves`
    /// gives those of a tile.
    fn check_since<E>(
        &self,
        report: &mut Report,
        tree: &Tree,
        leaves: impl FnOnce(u64) -> Result<Vec<Hash>, E>,
    ) -> Result<(), E> {
        let (Some(since), Some(now)) = (self.since, report.checkpoint.clone()) else {
            return Ok(());
        };
        let place = "the checkpoint that was kept";
        let (said, Some(since)) = Report::about(since, self.trusted) else {
            report.add(Damage::to(place, "it is none, or none of the trusted keys has signed it"));
            return Ok(());
        };
        drop(said);
        if since.origin != now.origin {
            report.add(Damage::to(place, format!("it is of another log, {}", since.origin)));
        } else if since.size > now.size {
            let lost = "they were signed, and are missing: the log has fallen behind";
            report.add(Damage::to("log", lost).at(now.size..since.size));
        } else if root_of_first(since.size, tree.tiles(), &leaves(since.size / WIDTH)?)
            != since.root
        {
            let changed = "they are not those of the checkpoint that was kept";
            report.add(Damage::to("log", changed).at(0..since.size));
        }
        Ok(())
    }
}

/// Checks a log that is laid out as tiles. `progress` hears, from any thread, of so many entries
/// more.
///
/// # Errors
/// Where nobody can tell, because something could not be read for another reason than damage.
pub fn mirror(
    mirror: &dyn Mirror,
    against: &Against<'_>,
    progress: &(dyn Fn(u64) + Sync),
) -> io::Result<Report> {
    let note = match mirror.checkpoint() {
        Err(error) if error.kind() == io::ErrorKind::InvalidData => {
            return Ok(Report::only(Damage::to("checkpoint", error)));
        }
        note => note?,
    };
    let (mut report, checkpoint) = match Report::about(&note, against.trusted) {
        (report, Some(checkpoint)) => (report, checkpoint),
        (report, None) => return Ok(report),
    };
    let size = checkpoint.size;
    let mut tree = Tree::default();
    let mut tiles: Vec<_> = Tile::all(Content::Entries, size).collect();
    let unfinished = tiles.pop_if(|tile| tile.width < WIDTH);
    for under_way in tiles.chunks(UNDER_WAY) {
        let check = |tile: &Tile| {
            let checked = check_whole(mirror, *tile, size)?;
            progress(WIDTH);
            Ok(checked)
        };
        let checked: io::Result<Vec<_>> = under_way.par_iter().map(check).collect();
        for Checked { hash, damages, is_withheld } in checked? {
            tree.push_tile(hash);
            damages.into_iter().for_each(|damage| report.add(damage));
            report.withheld += if is_withheld { WIDTH } else { 0 };
        }
    }
    if let Some(tile) = unfinished {
        let pair = Pair::read(mirror, tile)?;
        let with = |leaves: &[Hash]| {
            let mut tree = tree.clone();
            leaves.iter().for_each(|leaf| tree.push(*leaf));
            tree
        };
        let is_right = |leaves: &[Hash]| with(leaves).root() == checkpoint.root;
        if !pair.agrees() {
            pair.blamed(is_right).into_iter().for_each(|damage| report.add(damage));
        }
        report.withheld += if pair.is_withheld { tile.width } else { 0 };
        tree = with(&pair.leaves(is_right));
        progress(tile.width);
    }
    check_upper_levels(mirror, &tree, &mut report)?;
    report.compare(&checkpoint, tree.root());
    let leaves = |tile: u64| -> io::Result<Vec<Hash>> {
        match Tile::all(Content::Hashes { level: 0 }, size).nth(tile as usize) {
            Some(tile) => Ok(read(mirror, tile, tile::hashes)?.unwrap_or_default()),
            None => Ok(Vec::new()),
        }
    };
    against.check_since(&mut report, &tree, leaves)?;
    Ok(report)
}

/// A whole tile that was checked.
struct Checked {
    /// Its hash, as far as anybody can tell.
    hash: Hash,
    damages: Vec<Damage>,
    is_withheld: bool,
}

/// Checks a whole tile; where it does not agree with itself, the level above decides.
fn check_whole(mirror: &dyn Mirror, bundle: Tile, size: u64) -> io::Result<Checked> {
    let pair = Pair::read(mirror, bundle)?;
    let is_withheld = pair.is_withheld;
    if pair.agrees() {
        let hash = perfect(&pair.leaves(|_| true));
        return Ok(Checked { hash, damages: Vec::new(), is_withheld });
    }
    let above = above(mirror, bundle.index, size)?;
    let is_right = |leaves: &[Hash]| Some(perfect(leaves)) == above;
    let hash = above.unwrap_or_else(|| perfect(&pair.leaves(is_right)));
    Ok(Checked { hash, damages: pair.blamed(is_right), is_withheld })
}

/// A bundle of entries and the tile of their hashes: the hashes by each, or what is wrong with it.
struct Pair {
    bundle: Tile,
    tile: Tile,
    of_bundle: Result<Vec<Hash>, String>,
    of_tile: Result<Vec<Hash>, String>,
    /// Whether the bundle is kept from us, so that it is taken for what the tile says.
    is_withheld: bool,
}

impl Pair {
    fn read(mirror: &dyn Mirror, bundle: Tile) -> io::Result<Pair> {
        let tile = Tile { content: Content::Hashes { level: 0 }, ..bundle };
        let of_tile = read(mirror, tile, tile::hashes)?;
        let leaves = |bytes: &[u8]| tile::leaves(bytes, bundle.width);
        let (of_bundle, is_withheld) = match read(mirror, bundle, leaves) {
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                (of_tile.clone(), true)
            }
            of_bundle => (of_bundle?, false),
        };
        Ok(Pair { bundle, tile, of_bundle, of_tile, is_withheld })
    }

    fn agrees(&self) -> bool {
        self.of_bundle.is_ok() && self.of_bundle == self.of_tile
    }

    /// The hashes that are right, or that may be.
    fn leaves(&self, is_right: impl Fn(&[Hash]) -> bool) -> Vec<Hash> {
        let known = || [&self.of_bundle, &self.of_tile].into_iter().flatten();
        let right = known().find(|leaves| is_right(leaves)).or_else(|| known().last());
        right.cloned().unwrap_or_else(|| vec![Hash::of_nothing(); self.bundle.width as usize])
    }

    /// What is damaged of the two, where they do not agree.
    fn blamed(&self, is_right: impl Fn(&[Hash]) -> bool) -> Vec<Damage> {
        let is_right = |leaves: &Result<Vec<Hash>, String>| {
            leaves.as_ref().is_ok_and(|leaves| is_right(leaves))
        };
        let (bundle_is_right, tile_is_right) = (is_right(&self.of_bundle), is_right(&self.of_tile));
        let of_bundle = match (&self.of_bundle, &self.of_tile) {
            _ if bundle_is_right => None,
            (Err(what), _) => Some((self.bundle.range(), what.clone())),
            (Ok(leaves), Ok(hashes)) => Some(differing(self.bundle.range(), leaves, hashes)),
            (Ok(_), Err(_)) => Some((self.bundle.range(), "not what was signed".to_owned())),
        };
        let of_tile = match &self.of_tile {
            _ if tile_is_right => None,
            Err(what) => Some((self.tile.range(), what.clone())),
            Ok(_) if bundle_is_right => Some((self.tile.range(), "a hash was changed".to_owned())),
            Ok(_) => None, // it may be right
        };
        let damage = |tile, found: Option<_>| {
            found.map(|(positions, what)| Damage::of(tile, positions, what))
        };
        damage(self.bundle, of_bundle).into_iter().chain(damage(self.tile, of_tile)).collect()
    }
}

/// What `parse` makes of a tile, or what is wrong with it.
fn read(
    mirror: &dyn Mirror,
    tile: Tile,
    parse: impl FnOnce(&[u8]) -> Option<Vec<Hash>>,
) -> io::Result<Result<Vec<Hash>, String>> {
    let bytes = match mirror.tile(tile) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Ok(Err("it is missing".to_owned()));
        }
        Err(error) if error.kind() == io::ErrorKind::InvalidData => {
            return Ok(Err(error.to_string()));
        }
        Err(error) => return Err(error),
    };
    let parsed = parse(&bytes).filter(|hashes| hashes.len() as u64 == tile.width);
    Ok(parsed.ok_or_else(|| format!("it does not hold {} whole pieces", tile.width)))
}

/// The hash that the level above has for a whole tile.
fn above(mirror: &dyn Mirror, index: u64, size: u64) -> io::Result<Option<Hash>> {
    let level = Content::Hashes { level: 1 };
    let Some(tile) = Tile::all(level, size).nth((index / WIDTH) as usize) else { return Ok(None) };
    let hashes = read(mirror, tile, tile::hashes)?.unwrap_or_default();
    Ok(hashes.get((index % WIDTH) as usize).copied())
}

/// Where the entries at `positions` and their hashes differ.
fn differing(positions: Range<u64>, leaves: &[Hash], hashes: &[Hash]) -> (Range<u64>, String) {
    let pairs = positions.zip(leaves.iter().zip(hashes));
    let differ: Vec<_> = pairs.filter(|(_, (leaf, hash))| leaf != hash).map(|(at, _)| at).collect();
    let first = differ.first().copied().unwrap_or_default();
    let last = differ.last().copied().unwrap_or_default();
    (first..last + 1, "not what was hashed".to_owned())
}

/// Every hash above the lowest level is the one of the tile below it.
fn check_upper_levels(mirror: &dyn Mirror, tree: &Tree, report: &mut Report) -> io::Result<()> {
    for level in Tile::levels(tree.size()).filter(|level| *level > 0) {
        for tile in Tile::all(Content::Hashes { level }, tree.size()) {
            let expected = tree.hashes(level, tile.range()).unwrap_or_default();
            match read(mirror, tile, tile::hashes)? {
                Ok(hashes) if hashes == expected => {}
                Ok(_) => {
                    let what = "a hash is not that of the tile below";
                    report.add(Damage::to(&format!("tile/{tile}"), what));
                }
                Err(what) => report.add(Damage::to(&format!("tile/{tile}"), what)),
            }
        }
    }
    Ok(())
}

/// Checks a stored log against its last checkpoint and the hashes of tiles kept beside it.
/// `progress` hears, from any thread, of so many entries more.
///
/// # Errors
/// Where nobody can tell, because the storage fails.
pub fn stored(
    log: &dyn Reader,
    note: &Note,
    kept: &[Hash],
    against: &Against<'_>,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<Report, Error> {
    let (mut report, checkpoint) = match Report::about(note, against.trusted) {
        (report, Some(checkpoint)) => (report, checkpoint),
        (report, None) => return Ok(report),
    };
    let Checkpoint { size, root, .. } = checkpoint;
    if log.len() < size {
        report.add(Damage::to("log", "its end is missing").at(log.len()..size));
    }
    report.unsigned = log.len().saturating_sub(size);
    let mut tree = Tree::default();
    let end = log.len().min(size);
    let tiles: Vec<_> = (0..end / WIDTH).collect();
    for hashed in tiles.chunks(UNDER_WAY).flat_map(|tiles| hash_each(log, tiles, progress)) {
        tree.push_tile(match hashed {
            Ok(hash) => hash,
            Err(error) => {
                let tile = tree.tiles().len();
                report.add(unreadable(error)?);
                kept.get(tile).copied().unwrap_or_else(Hash::of_nothing)
            }
        });
    }
    if let Err(error) = hashing::grow(&mut tree, log, end, progress) {
        report.add(unreadable(error)?);
    }
    let is_signed = tree.size() == size && tree.root() == root;
    for (tile, (hash, kept)) in (0..).zip(tree.tiles().iter().zip(kept)) {
        if hash != kept {
            let damage = match is_signed {
                true => {
                    Damage::to("tiles", "a hash was changed; the entries are as they were signed")
                }
                false => Damage::to("log", "not what was hashed"),
            };
            report.add(damage.at(tile * WIDTH..(tile + 1) * WIDTH));
        }
    }
    report.compare(&checkpoint, tree.root());
    against.check_since(&mut report, &tree, |tile| {
        let first = tile * WIDTH;
        hashing::leaves(log, first..end.min(first + WIDTH).max(first))
    })?;
    Ok(report)
}

/// What is said of a stored log that cannot be opened.
///
/// # Errors
/// Where that is not because of damage.
pub fn unopened(note: &Note, trusted: &[Verifier], error: Error) -> Result<Report, Error> {
    let (mut report, _) = Report::about(note, trusted);
    let damage = unreadable(error)?;
    // A database that does not open at all says nothing of positions.
    let is_placed = damage.positions.as_ref().is_some_and(|positions| positions.start > 0);
    report.add(if is_placed { damage } else { Damage { positions: None, ..damage } });
    Ok(report)
}

/// The hashes of tiles, or why one has none.
fn hash_each(
    log: &dyn Reader,
    tiles: &[u64],
    progress: &(dyn Fn(u64) + Sync),
) -> Vec<Result<Hash, Error>> {
    let hashed = tiles.par_chunks(TILES_AT_ONCE).map(|tiles| {
        let whole = tiles[0]..tiles[0] + tiles.len() as u64;
        let hashed = match hashing::run(log, whole) {
            Ok(hashes) => hashes.into_iter().map(Ok).collect(),
            Err(_) => tiles.iter().map(|tile| Ok(hashing::run(log, *tile..tile + 1)?[0])).collect(),
        };
        progress(tiles.len() as u64 * WIDTH);
        hashed
    });
    let hashed: Vec<Vec<_>> = hashed.collect();
    hashed.into_iter().flatten().collect()
}

/// Damage, if that is why it cannot be read.
fn unreadable(error: Error) -> Result<Damage, Error> {
    match error {
        Error::Corrupt { position, damage } => {
            Ok(Damage::to("log", damage).at(position..position + 1))
        }
        other @ (Error::InUse { .. }
        | Error::TooLarge { .. }
        | Error::DiskFull { .. }
        | Error::Poisoned
        | Error::Storage(_)) => Err(other),
    }
}
