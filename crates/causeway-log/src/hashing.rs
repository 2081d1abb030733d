//! From the entries of a log to the hashes of its tree, on all cores.

use std::ops::{ControlFlow, Range};

use rayon::prelude::*;

use crate::tile::WIDTH;
use crate::tree::{Hash, Tree, perfect};
use crate::{Error, Position, Reader};

/// Tiles that a thread takes at a time, and tiles that are under way at a time.
const TILES_AT_ONCE: u64 = 32;
const TILES_UNDER_WAY: u64 = 1_024;

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

/// The hashes of whole tiles, in order. `progress` hears, from any thread, of so many entries more.
///
/// # Errors
/// As [`Reader::scan`].
pub fn tiles(
    log: &dyn Reader,
    tiles: Range<u64>,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<Vec<Hash>, Error> {
    let starts: Vec<_> = tiles.clone().step_by(TILES_AT_ONCE as usize).collect();
    let hashed: Result<Vec<_>, _> = starts
        .into_par_iter()
        .map(|start| {
            let end = tiles.end.min(start + TILES_AT_ONCE);
            let leaves = leaves(log, start * WIDTH..end * WIDTH)?;
            progress(leaves.len() as u64);
            Ok(leaves.chunks(WIDTH as usize).map(perfect).collect::<Vec<_>>())
        })
        .collect();
    Ok(hashed?.concat())
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
    for start in (tree.size() / WIDTH..size / WIDTH).step_by(TILES_UNDER_WAY as usize) {
        let end = (size / WIDTH).min(start + TILES_UNDER_WAY);
        tiles(log, start..end, progress)?.into_iter().for_each(|tile| tree.push_tile(tile));
    }
    push(tree, log, size)
}

fn push(tree: &mut Tree, log: &dyn Reader, size: u64) -> Result<(), Error> {
    leaves(log, tree.size()..size)?.into_iter().for_each(|leaf| tree.push(leaf));
    Ok(())
}
