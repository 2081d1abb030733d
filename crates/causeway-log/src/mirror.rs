//! Where a log can be read from as a checkpoint and tiles, as C2SP tlog-tiles lays them out: a
//! service, a backup, the log itself.

use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::checkpoint::Checkpoint;
use crate::evidence::Evidence;
use crate::note::{NotAKey, Note, Verifier};
use crate::tile::{self, Content, CutOff, Tile, WIDTH};
use crate::{Error, Position, Reader, Visitor, lasting};

/// A log as a checkpoint and tiles.
pub trait Mirror: Sync {
    /// Its last signed checkpoint.
    ///
    /// # Errors
    /// `NotFound` where there is none, `InvalidData` where it is none.
    fn checkpoint(&self) -> io::Result<Note>;

    /// The bytes of a tile.
    ///
    /// # Errors
    /// `NotFound` where there is no such tile, `InvalidData` where it is seen to be damaged,
    /// `PermissionDenied` where it is kept from the reader; any other says that nobody can tell.
    fn tile(&self, tile: Tile) -> io::Result<Vec<u8>>;

    /// The keys that the log says its signatures are checked with. Whoever trusts nobody takes
    /// them from elsewhere.
    ///
    /// # Errors
    /// As `checkpoint`.
    fn keys(&self) -> io::Result<Vec<Verifier>>;

    /// How many entries the checkpoint speaks of, none where it cannot be read: for whoever waits.
    fn size(&self) -> u64 {
        let checkpoint = self.checkpoint().ok().and_then(|note| note.text.parse().ok());
        checkpoint.map_or(0, |Checkpoint { size, .. }| size)
    }
}

/// The entries of a mirror, read like a log. They are not checked here.
pub struct Entries<'m> {
    mirror: &'m dyn Mirror,
    size: u64,
}

impl<'m> Entries<'m> {
    /// The first `size` entries of a mirror.
    pub fn new(mirror: &'m dyn Mirror, size: u64) -> Entries<'m> {
        Entries { mirror, size }
    }
}

impl Reader for Entries<'_> {
    fn len(&self) -> Position {
        self.size
    }

    fn scan(&self, range: Range<Position>, visit: &mut Visitor<'_>) -> Result<(), Error> {
        let bundles = Tile::all(Content::Entries, self.size);
        let bundles = bundles.skip((range.start / WIDTH) as usize);
        for bundle in bundles.take_while(|bundle| bundle.range().start < range.end) {
            let Range { start, end } = bundle.range();
            let missing = |error: io::Error| match error.kind() == io::ErrorKind::NotFound {
                true => damaged(error),
                false => error,
            };
            let bytes = self.mirror.tile(bundle).map_err(missing);
            let bytes = bytes.map_err(Error::unreadable(start))?;
            let mut entries = tile::entries(&bytes);
            for position in start..end.min(range.end) {
                let entry = entries.next().unwrap_or(Err(CutOff));
                let entry = entry.map_err(damaged).map_err(Error::unreadable(position))?;
                if position >= range.start && visit(position, entry).is_break() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}

/// A log in a folder, under the paths that it has over HTTP: `checkpoint`, `tile/…`; and
/// `log.vkey`, the keys that it is signed with, one on each line.
#[derive(Debug, Clone)]
pub struct Directory(PathBuf);

impl Directory {
    /// The folder at `path`.
    #[must_use]
    pub fn at(path: &Path) -> Directory {
        Directory(path.to_owned())
    }

    /// Where the checkpoint is.
    #[must_use]
    pub fn checkpoint_path(&self) -> PathBuf {
        self.0.join("checkpoint")
    }

    /// Where the keys are.
    #[must_use]
    pub fn keys_path(&self) -> PathBuf {
        self.0.join("log.vkey")
    }

    /// Where a tile is.
    #[must_use]
    pub fn tile_path(&self, tile: Tile) -> PathBuf {
        self.0.join("tile").join(tile.to_string())
    }
}

impl Mirror for Directory {
    fn checkpoint(&self) -> io::Result<Note> {
        text(&self.checkpoint_path())?.parse().map_err(damaged)
    }

    fn tile(&self, tile: Tile) -> io::Result<Vec<u8>> {
        let bytes = std::fs::read(self.tile_path(tile));
        bytes.map_err(|error| match error.kind() == io::ErrorKind::PermissionDenied {
            true => io::Error::other(error), // nobody keeps it from us on purpose
            false => error,
        })
    }

    fn keys(&self) -> io::Result<Vec<Verifier>> {
        let keys: Result<_, NotAKey> = text(&self.keys_path())?.lines().map(str::parse).collect();
        keys.map_err(damaged)
    }
}

fn text(path: &Path) -> io::Result<String> {
    let missing =
        || io::Error::new(io::ErrorKind::NotFound, format!("there is no {}", path.display()));
    let bytes = lasting::read(path)?.ok_or_else(missing)?;
    String::from_utf8(bytes).map_err(damaged)
}

fn damaged(error: impl std::error::Error + Send + Sync + 'static) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}

impl<M: Mirror + Send + ?Sized> Mirror for Arc<M> {
    fn checkpoint(&self) -> io::Result<Note> {
        (**self).checkpoint()
    }

    fn tile(&self, tile: Tile) -> io::Result<Vec<u8>> {
        (**self).tile(tile)
    }

    fn keys(&self) -> io::Result<Vec<Verifier>> {
        (**self).keys()
    }
}

impl Mirror for Evidence {
    fn checkpoint(&self) -> io::Result<Note> {
        let signed = self.signed().map_err(|refusal| damaged(Refused(refusal.to_string())))?;
        Ok(signed.ok_or(io::ErrorKind::NotFound)?.note.clone())
    }

    fn tile(&self, tile: Tile) -> io::Result<Vec<u8>> {
        let bytes = self.tile(tile).map_err(damaged)?;
        bytes.ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn keys(&self) -> io::Result<Vec<Verifier>> {
        Ok(self.keys().to_vec())
    }
}

#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Refused(String);

#[cfg(test)]
mod tests {
    use std::fs;
    use std::ops::ControlFlow;

    use tempfile::TempDir;

    use super::*;

    const SIZE: u64 = 300;

    fn entry(position: Position) -> Vec<u8> {
        format!("entry {position}").into_bytes()
    }

    /// Bundles of entries in a folder.
    fn written() -> (TempDir, Directory) {
        let folder = TempDir::new().unwrap();
        let directory = Directory::at(folder.path());
        for bundle in Tile::all(Content::Entries, SIZE) {
            let mut bytes = Vec::new();
            bundle.range().for_each(|position| tile::push_entry(&mut bytes, &entry(position)));
            let path = directory.tile_path(bundle);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
        (folder, directory)
    }

    fn read(entries: &Entries<'_>, range: Range<Position>) -> (Vec<Vec<u8>>, Result<(), Error>) {
        let mut read = Vec::new();
        let outcome = entries.scan(range, &mut |position, bytes| {
            assert_eq!(bytes, entry(position));
            read.push(bytes.to_vec());
            ControlFlow::Continue(())
        });
        (read, outcome)
    }

    #[test]
    fn entries_are_read_from_any_position_to_any_other() {
        let (_folder, directory) = written();
        let entries = Entries::new(&directory, SIZE);
        for range in [0..SIZE, 0..1, 255..257, 256..SIZE, 290..1_000, SIZE..400, 5..5] {
            let expected: Vec<_> = (range.start..range.end.min(SIZE)).map(entry).collect();
            let (read, outcome) = read(&entries, range.clone());
            outcome.unwrap();
            assert_eq!(read, expected, "{range:?}");
        }
        assert_eq!(entries.get(256).unwrap(), Some(entry(256)));
        assert_eq!(entries.get(SIZE).unwrap(), None);
    }

    #[test]
    fn what_is_cut_off_or_missing_is_damage_where_it_begins() {
        let (_folder, directory) = written();
        let entries = Entries::new(&directory, SIZE);
        let last = directory.tile_path(Tile::last(Content::Entries, SIZE).unwrap());
        let bytes = fs::read(&last).unwrap();
        fs::write(&last, &bytes[..bytes.len() - 1]).unwrap();
        let (whole, outcome) = read(&entries, 0..SIZE);
        assert_eq!(whole.len(), 299);
        assert!(matches!(outcome, Err(Error::Corrupt { position: 299, .. })));
        fs::remove_file(&last).unwrap();
        let (whole, outcome) = read(&entries, 0..SIZE);
        assert_eq!(whole.len(), 256);
        assert!(matches!(outcome, Err(Error::Corrupt { position: 256, .. })));
    }
}
