//! The file that keys are kept in, always whole.

use std::io;
use std::path::Path;

use causeway_log::lasting;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::Error;

#[derive(Serialize, Deserialize)]
struct Document<T> {
    keys: Vec<T>,
}

/// What the file at `path` holds; nothing where there is no file yet.
///
/// # Errors
/// [`Error::Storage`] where it cannot be read, [`Error::Corrupt`] where it holds something else.
pub fn read<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>, Error> {
    let unreadable = |source| Error::Storage { path: path.to_owned(), source };
    let Some(bytes) = lasting::read(path).map_err(unreadable)? else { return Ok(Vec::new()) };
    let document: Result<Document<T>, _> = serde_json::from_slice(&bytes);
    let document = document.map_err(|source| Error::Corrupt { path: path.to_owned(), source })?;
    Ok(document.keys)
}

/// Replaces the file whole, readable by its owner only. After a crash there is the old one or
/// the new one.
///
/// # Errors
/// [`Error::Storage`] where it cannot be written.
pub fn write<'a, T: Serialize + 'a>(
    path: &Path,
    keys: impl Iterator<Item = &'a T>,
) -> Result<(), Error> {
    let document = Document { keys: keys.collect::<Vec<_>>() };
    replace(path, &document).map_err(|source| Error::Storage { path: path.to_owned(), source })
}

fn replace<T: Serialize>(path: &Path, document: &Document<T>) -> io::Result<()> {
    let mut text = serde_json::to_vec_pretty(document)?;
    text.push(b'\n');
    lasting::replace(path, &text)
}
