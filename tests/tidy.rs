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
            // What a workspace of its own has built.
            true if path.ends_with("target") => {}
            true => found.extend(sources(&path)),
            false => {
                found.extend(path.extension().is_some_and(|ending| ending == "rs").then_some(path))
            }
        }
    }
    found
}

/// Which of our crates each may use, and what from outside none of it may (docs/ARCHITECTURE.md).
const ARROWS: [(&str, &[&str], &[&str]); 7] = [
    ("causeway-domain", &[], &["tokio", "sled", "actix", "ureq", "getrandom"]),
    ("causeway-log", &[], &["tokio", "actix", "serde", "chrono", "ureq"]),
    ("causeway-views", &["causeway-domain"], &["tokio", "sled", "actix", "ureq", "getrandom"]),
    (
        "causeway-service",
        &["causeway-domain", "causeway-log", "causeway-views"],
        &["sled", "actix", "ureq"],
    ),
    ("causeway-api", &["causeway-domain", "causeway-service", "causeway-views"], &["sled", "rpds"]),
    (
        "causeway",
        &["causeway-api", "causeway-domain", "causeway-log", "causeway-service", "causeway-views"],
        &["sled", "rpds"],
    ),
    // It knows the service from outside only: the executable and HTTP.
    ("causeway-bench", &[], &["sled", "rpds", "utoipa"]),
];

/// What a crate is built from, tests and benchmarks aside.
fn dependencies(name: &str) -> Vec<String> {
    let manifest = contents(&root().join("crates").join(name).join("Cargo.toml"));
    let table = manifest.split("\n[dependencies]\n").nth(1).unwrap_or_default();
    let table = table.split("\n[").next().unwrap_or_default();
    let names = table.lines().filter_map(|line| line.split(['.', ' ', '=']).next());
    names.filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

#[test]
fn crates_keep_their_promises_of_absence() {
    for (name, ours, never) in ARROWS {
        for used in dependencies(name) {
            let is_ours = used.starts_with("causeway");
            let is_forbidden = never.iter().any(|outside| used.starts_with(outside));
            assert!(
                if is_ours { ours.contains(&used.as_str()) } else { !is_forbidden },
                "{name} uses {used}: docs/ARCHITECTURE.md says it does not know it; move the code"
            );
        }
    }
}

#[test]
fn every_crate_has_made_its_promises() {
    let folders = fs::read_dir(root().join("crates")).unwrap();
    let mut there: Vec<_> =
        folders.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    there.sort();
    let mut promised: Vec<_> = ARROWS.iter().map(|(name, ..)| (*name).to_owned()).collect();
    promised.sort();
    assert_eq!(there, promised, "say in ARROWS what a new crate may use");
    assert!(promised.iter().all(|name| !dependencies(name).is_empty()), "a table is not found");
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
