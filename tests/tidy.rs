//! Rules about the code that matter enough to be tests. Each says what to do.

use std::fs;
use std::path::{Path, PathBuf};

use crate::world::contents;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// All Rust files below `folder`.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.extend(sources(&path)),
            false => {
                found.extend(path.extension().is_some_and(|ending| ending == "rs").then_some(path))
            }
        }
    }
    found
}

/// Which of our crates each may use.
const ARROWS: [(&str, &[&str]); 6] = [
    ("causeway-domain", &[]),
    ("causeway-log", &[]),
    ("causeway-views", &["causeway-domain"]),
    ("causeway-service", &["causeway-domain", "causeway-log", "causeway-views"]),
    ("causeway-api", &["causeway-domain", "causeway-service", "causeway-views"]),
    (
        "causeway",
        &["causeway-api", "causeway-domain", "causeway-log", "causeway-service", "causeway-views"],
    ),
];

#[test]
fn crates_keep_their_promises_of_absence() {
    for (name, allowed) in ARROWS {
        let manifest = contents(&root().join("crates").join(name).join("Cargo.toml"));
        let dependencies = manifest.split("[dependencies]").nth(1).unwrap_or_default();
        let dependencies = dependencies.split("\n[").next().unwrap_or_default();
        for line in dependencies.lines().filter(|line| line.starts_with("causeway")) {
            let used = line.split(['.', ' ', '=']).next().unwrap();
            assert!(
                allowed.contains(&used),
                "{name} uses {used}: docs/ARCHITECTURE.md says it does not know it; move the code"
            );
        }
    }
}

#[test]
fn only_one_file_names_the_database() {
    let naming: Vec<_> = sources(&root().join("crates"))
        .into_iter()
        .filter(|path| {
            let code = contents(path);
            let code = code.lines().filter(|line| !line.trim_start().starts_with("//"));
            code.into_iter().any(|line| line.contains("sled"))
        })
        .collect();
    let disk = naming.len() == 1 && naming[0].ends_with("causeway-log/src/disk.rs");
    assert!(disk, "only causeway-log/src/disk.rs may name sled; it is named in {naming:?}");
}

#[test]
fn files_stay_small_enough_to_read() {
    for folder in ["crates", "tests"] {
        for path in sources(&root().join(folder)) {
            let lines = contents(&path).lines().count();
            assert!(
                lines <= 500,
                "{} has {lines} lines: find the second idea in it",
                path.display()
            );
        }
    }
}

#[test]
fn every_file_opens_by_saying_what_it_is() {
    for path in sources(&root().join("crates")) {
        let text = contents(&path);
        assert!(text.starts_with("//!"), "{} does not say what it is", path.display());
    }
}
