//! Tiles: the pieces in which a log is handed out, so that anyone can check it (C2SP tlog-tiles).
//!
//! A tile is 256 hashes of one level of the tree, or the 256 entries that its lowest level hashes;
//! the last one of a level may be narrower. A piece of one name never changes.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use crate::tree::Hash;

/// Hashes, or entries, in a whole tile.
pub const WIDTH: u64 = 1 << HEIGHT;

/// Levels of the tree that a tile spans.
pub const HEIGHT: u32 = 8;

/// The highest level of tiles there can be.
const TOP: u32 = 63;

/// What a tile holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Content {
    /// Hashes of whole tiles of the level below; on level 0, of entries.
    Hashes {
        /// The level.
        level: u32,
    },
    /// Entries, each after its length in two bytes, big-endian.
    Entries,
}

/// The name of a tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Tile {
    /// What it holds.
    pub content: Content,
    /// Its place on its level.
    pub index: u64,
    /// How many it holds: 1 to 256.
    pub width: u64,
}

impl Tile {
    /// The tiles of `content` in a log of `size` entries, whole ones first.
    pub fn all(content: Content, size: u64) -> impl Iterator<Item = Tile> {
        let width = width_of(content, size);
        let tile = move |index| Tile { content, index, width: WIDTH.min(width - index * WIDTH) };
        (0..width.div_ceil(WIDTH)).map(tile)
    }

    /// The last tile of `content` in a log of `size` entries, if it has one.
    #[must_use]
    pub fn last(content: Content, size: u64) -> Option<Tile> {
        let width = width_of(content, size);
        let index = width.div_ceil(WIDTH).checked_sub(1)?;
        Some(Tile { content, index, width: width - index * WIDTH })
    }

    /// The levels of hashes of a log of `size` entries, the lowest first.
    pub fn levels(size: u64) -> impl Iterator<Item = u32> {
        (0..=TOP).take_while(move |level| width_of(Content::Hashes { level: *level }, size) > 0)
    }

    /// What the tile spans on its level.
    #[must_use]
    pub fn range(&self) -> Range<u64> {
        let start = self.index * WIDTH;
        start..start + self.width
    }

    /// Whether a log of `size` entries has the tile.
    #[must_use]
    pub fn is_in(&self, size: u64) -> bool {
        self.range().end <= width_of(self.content, size)
    }
}

/// How many hashes, or entries, there are on the level of `content`.
fn width_of(content: Content, size: u64) -> u64 {
    match content {
        Content::Entries => size,
        Content::Hashes { level } => size.checked_shr(HEIGHT * level).unwrap_or(0),
    }
}

/// The path below `tile/`.
impl fmt::Display for Tile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.content {
            Content::Hashes { level } => write!(f, "{level}")?,
            Content::Entries => f.write_str("entries")?,
        }
        let digits = self.index.to_string();
        let digits = format!("{digits:0>0$}", digits.len().next_multiple_of(3));
        let last = digits.len() - 3;
        for from in (0..last).step_by(3) {
            write!(f, "/x{}", &digits[from..from + 3])?;
        }
        write!(f, "/{}", &digits[last..])?;
        if self.width < WIDTH { write!(f, ".p/{}", self.width) } else { Ok(()) }
    }
}

/// A path that no tile has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected <level>/<index> or entries/<index>, as C2SP tlog-tiles has it")]
pub struct NotATile;

impl FromStr for Tile {
    type Err = NotATile;

    fn from_str(path: &str) -> Result<Tile, NotATile> {
        let (path, width) = match path.split_once(".p/") {
            Some((path, width)) => (path, number(width).filter(|width| (1..WIDTH).contains(width))),
            None => (path, Some(WIDTH)),
        };
        let (content, index) = path.split_once('/').ok_or(NotATile)?;
        let tile = Tile {
            content: content.parse()?,
            // No log is so long that its last tile would have no end.
            index: index_of(index).filter(|index| *index < u64::MAX / WIDTH).ok_or(NotATile)?,
            width: width.ok_or(NotATile)?,
        };
        // Only one way of writing it is right.
        let is_right = tile.to_string().split(".p/").next() == Some(path);
        if is_right { Ok(tile) } else { Err(NotATile) }
    }
}

impl FromStr for Content {
    type Err = NotATile;

    fn from_str(text: &str) -> Result<Content, NotATile> {
        if text == "entries" {
            return Ok(Content::Entries);
        }
        let level = number(text).and_then(|level| u32::try_from(level).ok());
        let level = level.filter(|level| *level <= TOP).ok_or(NotATile)?;
        Ok(Content::Hashes { level })
    }
}

fn index_of(path: &str) -> Option<u64> {
    path.split('/').try_fold(0_u64, |index, element| {
        let digits = element.strip_prefix('x').unwrap_or(element);
        let is_three = digits.len() == 3 && digits.bytes().all(|byte| byte.is_ascii_digit());
        let digits = is_three.then(|| digits.parse::<u64>().ok())??;
        index.checked_mul(1000)?.checked_add(digits)
    })
}

/// A decimal number without sign or leading zeros.
pub(crate) fn number(text: &str) -> Option<u64> {
    text.parse::<u64>().ok().filter(|number| number.to_string() == text)
}

/// A tile of hashes, one after another.
#[must_use]
pub fn of_hashes(hashes: &[Hash]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| hash.0).collect()
}

/// The hashes of a tile; none where it is cut off.
#[must_use]
pub fn hashes(tile: &[u8]) -> Option<Vec<Hash>> {
    let (hashes, rest) = tile.as_chunks::<{ Hash::LENGTH }>();
    rest.is_empty().then(|| hashes.iter().copied().map(Hash).collect())
}

/// Adds an entry to a bundle; entries are never longer than two bytes can say.
pub fn push_entry(bundle: &mut Vec<u8>, entry: &[u8]) {
    bundle.extend_from_slice(&(entry.len() as u16).to_be_bytes());
    bundle.extend_from_slice(entry);
}

/// The entries of a bundle, in order; at the end an error where it is cut off.
pub fn entries(mut bundle: &[u8]) -> impl Iterator<Item = Result<&[u8], CutOff>> {
    std::iter::from_fn(move || {
        if bundle.is_empty() {
            return None;
        }
        let entry = bundle.split_first_chunk().and_then(|(length, rest)| {
            rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))
        });
        bundle = entry.map_or(&[], |(_, rest)| rest);
        Some(entry.map(|(entry, _)| entry).ok_or(CutOff))
    })
}

/// The hashes of the entries of a bundle; none where it is not one of `width` whole entries.
#[must_use]
pub fn leaves(bundle: &[u8], width: u64) -> Option<Vec<Hash>> {
    let leaves: Option<Vec<_>> =
        entries(bundle).map(|entry| entry.ok().map(Hash::of_leaf)).collect();
    leaves.filter(|leaves| leaves.len() as u64 == width)
}

/// A bundle ends in the middle of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it ends in the middle of an entry")]
pub struct CutOff;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tile(content: Content, index: u64, width: u64) -> Tile {
        Tile { content, index, width }
    }

    #[test]
    fn paths_are_those_of_the_specification() {
        let hashes = |level| Content::Hashes { level };
        for (tile, path) in [
            (tile(hashes(0), 1_234_067, 256), "0/x001/x234/067"),
            (tile(hashes(1), 0, 17), "1/000.p/17"),
            (tile(hashes(63), 999, 256), "63/999"),
            (tile(Content::Entries, 1000, 1), "entries/x001/000.p/1"),
        ] {
            assert_eq!(tile.to_string(), path);
            assert_eq!(path.parse(), Ok(tile));
        }
    }

    #[test]
    fn no_other_path_is_a_tile() {
        for path in [
            "",
            "0",
            "0/",
            "0/1",
            "0/0001",
            "00/000",
            "64/000",
            "-1/000",
            "0/000.p/0",
            "0/000.p/256",
            "0/000.p/01",
            "0/000.p/",
            "0/x000/001",
            "0/001/000",
            "0/x001",
            "entries/+01",
            "0/000/",
            "data/000",
            "0/x999/x999/x999/x999/x999/x999/999",
        ] {
            assert_eq!(path.parse::<Tile>(), Err(NotATile), "{path}");
        }
    }

    #[test]
    fn the_tree_of_the_specifications_example_has_its_tiles() {
        let tiles = |level| {
            let all: Vec<_> = Tile::all(Content::Hashes { level }, 70_000).collect();
            (all.len(), all.last().unwrap().width)
        };
        assert_eq!([tiles(0), tiles(1), tiles(2)], [(274, 112), (2, 17), (1, 1)]);
        assert_eq!(Tile::levels(70_000).collect::<Vec<_>>(), [0, 1, 2]);
        assert_eq!(Tile::levels(256).collect::<Vec<_>>(), [0, 1]);
        assert_eq!(Tile::levels(0).count(), 0);
    }

    #[test]
    fn a_log_has_the_tiles_that_it_fills() {
        let level = |level| Content::Hashes { level };
        assert!(tile(level(0), 1, 44).is_in(300) && !tile(level(0), 1, 45).is_in(300));
        assert!(tile(level(1), 0, 1).is_in(300) && !tile(level(1), 0, 2).is_in(300));
        assert!(!tile(level(63), 0, 1).is_in(u64::MAX));
    }

    #[test]
    fn a_bundle_that_is_cut_off_says_so_after_its_last_whole_entry() {
        let mut bundle = Vec::new();
        push_entry(&mut bundle, b"one");
        push_entry(&mut bundle, b"");
        let whole: Vec<_> = entries(&bundle).collect();
        assert_eq!(whole, [Ok(&b"one"[..]), Ok(b"")]);
        bundle.push(0);
        assert_eq!(entries(&bundle).last(), Some(Err(CutOff)));
        assert_eq!(entries(&bundle[..4]).collect::<Vec<_>>(), [Err(CutOff)]);
    }

    proptest! {
        #[test]
        fn a_path_says_which_tile_it_is(level in 0..=TOP, index in 0..u64::MAX / WIDTH, width in 1..=WIDTH) {
            for content in [Content::Hashes { level }, Content::Entries] {
                let tile = tile(content, index, width);
                prop_assert_eq!(tile.to_string().parse(), Ok(tile));
            }
        }
    }
}
