//! A log of a million entries checked, where it is stored and from a backup. Beside it the least
//! that can cost on one core: the SHA-256 of the same entries, from memory.
//!
//! Rounds of each alternate, so that all meet the same machine; the median of them counts.

mod support;

use std::fs;
use std::path::Path;
use std::time::Instant;

use causeway_log::backup::backup;
use causeway_log::disk::{Disk, Options};
use causeway_log::mirror::Directory;
use causeway_log::note::{Signer, Verifier};
use causeway_log::shelf::{Files, Shelf};
use causeway_log::verify::{self, Against};
use causeway_log::{Log, Notary};
use sha2::{Digest, Sha256};

use support::entry;

const ENTRIES: u64 = 1_000_000;
const GROUP: u64 = 1_000;
const ROUNDS: usize = 5;

fn main() {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let signer = Signer::new("log.example/bench", &[7; 32]).expect("a name");
    let trusted = [signer.verifier()];
    record(scratch.path(), signer, &trusted);
    let hashed = entry(0).len();

    let before = resident_peak();
    let mut figures = [const { Vec::new() }; 3];
    for _ in 0..ROUNDS {
        figures[0].push(rate(|| stored(scratch.path(), &trusted)));
        figures[1].push(rate(|| copied(&scratch.path().join("backup"), &trusted)));
        figures[2].push(rate(plain));
    }
    let [stored, copied, plain] = figures.map(median);
    println!("{ENTRIES} entries of {hashed} bytes");
    println!("checked as stored: {stored:.0} entries/s");
    println!("checked from a backup: {copied:.0} entries/s");
    println!("SHA-256 of the same, one core: {plain:.0} entries/s");
    println!("as stored / SHA-256: {:.2}, from a backup: {:.2}", stored / plain, copied / plain);
    println!("most memory at a time: {} MiB, {before} MiB before", resident_peak());
}

/// A log, signed, and a backup of it.
fn record(folder: &Path, signer: Signer, trusted: &[Verifier]) {
    let mut log = Disk::open(&folder.join("log"), Options::default()).expect("a new log");
    for first in (0..ENTRIES).step_by(GROUP as usize) {
        let group: Vec<_> = (first..first + GROUP).map(entry).collect();
        log.append(&group).expect("room");
    }
    let shelf = Box::new(Files::in_folder(folder));
    let notary = Notary::open(log.reader(), vec![signer], shelf, &|_| {});
    let mut notary = notary.expect("a log that goes on");
    notary.sign().expect("room");
    let copied = backup(&notary.evidence(), trusted, &folder.join("backup"), &|_| {});
    copied.expect("a sound log");
}

fn stored(folder: &Path, trusted: &[Verifier]) {
    let log = Disk::open(&folder.join("log"), Options::default()).expect("the log of before");
    let shelf = Files::in_folder(folder);
    let note = shelf.checkpoint().expect("a file").expect("a checkpoint");
    let note = note.parse().expect("a note");
    let kept = shelf.tiles().expect("a file");
    let against = Against { trusted, since: None };
    let report = verify::stored(&*log.reader(), &note, &kept, &against, &|_| {});
    assert!(report.expect("a sound disk").is_sound());
}

fn copied(backup: &Path, trusted: &[Verifier]) {
    let against = Against { trusted, since: None };
    let report = verify::mirror(&Directory::at(backup), &against, &|_| {});
    assert!(report.expect("a sound disk").is_sound());
}

fn plain() {
    let one = entry(0);
    let all = (0..ENTRIES)
        .fold(0_u64, |sum, _| sum + u64::from(Sha256::digest(std::hint::black_box(&one))[0]));
    std::hint::black_box(all);
}

fn rate(check: impl FnOnce()) -> f64 {
    let started = Instant::now();
    check();
    ENTRIES as f64 / started.elapsed().as_secs_f64()
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

/// The most memory that was resident so far, in MiB.
fn resident_peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("a system that tells");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a peak");
    let kib = line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number");
    kib >> 10
}
