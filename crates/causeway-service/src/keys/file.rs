//! The file that keys are kept in. It is always whole: written beside itself, synced, renamed, the
//! folder synced.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

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
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(Error::Storage { path: path.to_owned(), source }),
    };
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
    let beside = path.with_extension("json.new");
    match std::fs::remove_file(&beside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
    serde_json::to_writer_pretty(&mut file, document)?;
    file.write_all(b"\n")?;
    file.sync_all()?;
    std::fs::rename(&beside, path)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}
