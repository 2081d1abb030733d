//! From the entries of a log to the hashes of its tree, on all cores.

use std::ops::{ControlFlow, Range};

use rayon::prelude::*;

use crate::tile::WIDTH;
use crate::tree::{Hash, Tree, perfect};
use crate::{Error, Position, Reader};

/// Tiles that a thread takes at a time, and tiles that are under way at a time.
pub const TILES_AT_ONCE: usize = 32;
const TILES_UNDER_WAY: usize = 1_024;

/// The leaves of the entries of `range`, all of which the log must have.
///
/// # Errors
/// As [`Reader::scan`].
pub fn leaves(log: &dyn Reader, range: Range<Position>) -> Result<Vec<Hash>, Error> {
    let mut leaves = Vec::with_capacity((range.end - range.start) as usize);
    log.scan(range.clone(), &mut |_, entry| {
        leaves.push(Hash::of_leaf(entry));
        ControlFlow::Continue(())
    })?;
    match range.start + leaves.len() as u64 {
        end if end == range.end => Ok(leaves),
        position => Err(Error::Corrupt { position, damage: "no entry is there".to_owned() }),
    }
}

/// The hashes of a run of whole tiles.
///
/// # Errors
/// As [`Reader::scan`].
pub fn run(log: &dyn Reader, tiles: Range<u64>) -> Result<Vec<Hash>, Error> {
    let leaves = leaves(log, tiles.start * WIDTH..tiles.end * WIDTH)?;
    Ok(leaves.chunks(WIDTH as usize).map(perfect).collect())
}

/// Brings the tree to the first `size` entries of the log. `progress` hears of so many entries
/// more.
///
/// # Errors
/// As [`Reader::scan`]; what was hashed before stays.
pub fn grow(
    tree: &mut Tree,
    log: &dyn Reader,
    size: u64,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<(), Error> {
    let unfinished = size.min(tree.size().next_multiple_of(WIDTH));
    push(tree, log, unfinished)?;
    let tiles: Vec<_> = (tree.size() / WIDTH..size / WIDTH).collect();
    for under_way in tiles.chunks(TILES_UNDER_WAY) {
        let hashed: Result<Vec<_>, _> = under_way
            .par_chunks(TILES_AT_ONCE)
            .map(|tiles| {
                let hashed = run(log, tiles[0]..tiles[0] + tiles.len() as u64)?;
                progress(hashed.len() as u64 * WIDTH);
                Ok(hashed)
            })
            .collect();
        hashed?.into_iter().flatten().for_each(|tile| tree.push_tile(tile));
    }
    push(tree, log, size)
}

fn push(tree: &mut Tree, log: &dyn Reader, size: u64) -> Result<(), Error> {
    leaves(log, tree.size()..size)?.into_iter().for_each(|leaf| tree.push(leaf));
    Ok(())
}
