//! Tells this code from other code: snapshots on disk are for the code that made them.

use std::path::{Path, PathBuf};
use std::{env, fs};

use sha2::{Digest, Sha256};

/// What decides how a record looks in a snapshot: the sources of these crates, and the versions of
/// all others.
const DECIDING: [&str; 4] =
    ["../causeway-domain/src", "../causeway-views/src", "src", "../../Cargo.lock"];

fn main() {
    let mut files = Vec::new();
    for path in DECIDING {
        println!("cargo::rerun-if-changed={path}");
        collect(Path::new(path), &mut files);
    }
    files.sort();
    let mut hasher = Sha256::new();
    hasher.update(env::var("CARGO_PKG_VERSION").expect("cargo sets it"));
    for file in files {
        let contents = fs::read(&file).expect("sources can be read");
        hasher.update(format!("{} {}\n", file.display(), contents.len()));
        hasher.update(contents);
    }
    let code: String = hasher.finalize()[..8].iter().map(|byte| format!("{byte:02x}")).collect();
    println!("cargo::rustc-env=CAUSEWAY_CODE={code}");
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) {
    if path.is_dir() {
        let entries = fs::read_dir(path).expect("folders of sources can be listed");
        entries
            .for_each(|entry| collect(&entry.expect("and so can what is in them").path(), files));
    } else if path.exists() {
        files.push(path.to_owned());
    }
}
