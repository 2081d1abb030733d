//! What a log on disk promises beyond the contract.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::process::Stdio;
use std::thread;

use causeway_log::disk::{Disk, Options};
use causeway_log::memory::Drive;
use causeway_log::{Error, Journal, Log, Position};
use tempfile::TempDir;

use crate::child;
use crate::places::{entry, group, noise, read_all};

fn open(folder: &Path) -> Result<Disk, Error> {
    Disk::open(folder, Options::default())
}

#[test]
fn the_folder_is_made_with_all_above_it() {
    let scratch = tempfile::tempdir().unwrap();
    let folder = scratch.path().join("a/b/c");
    open(&folder).unwrap().append(&group(0..2)).unwrap();
    assert_eq!(read_all(&open(&folder).unwrap()), group(0..2));
}

#[test]
fn a_file_in_place_of_the_folder_is_an_error() {
    let scratch = tempfile::NamedTempFile::new().unwrap();
    assert!(matches!(open(scratch.path()), Err(Error::Storage(_))));
}

#[test]
fn a_folder_has_one_log_at_a_time() {
    let scratch = tempfile::tempdir().unwrap();
    let log = open(scratch.path()).unwrap();
    let refused = open(scratch.path()).err();
    assert!(matches!(&refused, Some(Error::InUse { folder }) if folder == scratch.path()));

    let reader = log.reader();
    drop(log);
    assert!(matches!(open(scratch.path()), Err(Error::InUse { .. })), "a reader holds it too");
    drop(reader);
    open(scratch.path()).unwrap();
}

#[test]
fn a_folder_is_free_as_soon_as_its_log_is_closed() {
    let folders = [(); 8].map(|()| tempfile::tempdir().unwrap());
    thread::scope(|scope| {
        for folder in &folders {
            scope.spawn(|| (0..20).for_each(|number| open_and_append(folder.path(), number)));
        }
    });
}

fn open_and_append(folder: &Path, number: usize) {
    let mut log = open(folder).expect("the folder is free");
    log.append(&group(number..number + 1)).expect("a sound log takes entries");
}

#[test]
fn a_second_process_is_refused() {
    if let Some(folder) = child::folder() {
        assert!(matches!(open(&folder), Err(Error::InUse { .. })));
        return;
    }
    let scratch = tempfile::tempdir().unwrap();
    let mut log = open(scratch.path()).unwrap();
    let second = child::command("disk::a_second_process_is_refused", scratch.path()).output();
    child::assert_passed(&second.unwrap());
    log.append(&group(0..2)).unwrap();
}

#[test]
fn what_was_acknowledged_survives_a_kill() {
    if let Some(folder) = child::folder() {
        let mut log = open(&folder).unwrap();
        for number in 0..usize::MAX {
            println!("{:?}", log.append(&[entry(number)]).unwrap());
        }
    }
    const ENOUGH: usize = 50;
    let scratch = tempfile::tempdir().unwrap();
    let mut victim = child::command("disk::what_was_acknowledged_survives_a_kill", scratch.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let said = BufReader::new(victim.stdout.take().expect("it is piped"));
    let acknowledged = said.lines().filter(|line| line.as_ref().unwrap().contains(".."));
    assert_eq!(acknowledged.take(ENOUGH).count(), ENOUGH);
    victim.kill().unwrap();
    victim.wait().unwrap();

    let found = read_all(&open(scratch.path()).unwrap());
    assert!(found.len() >= ENOUGH);
    assert_eq!(found, group(0..found.len()));
}

#[test]
fn a_write_that_the_system_refuses_ends_all_writing() {
    const FILE_LIMIT_KIB: u32 = 2048;
    const TEST: &str = "disk::a_write_that_the_system_refuses_ends_all_writing";
    if let Some(folder) = child::folder() {
        let mut log = open(&folder).unwrap();
        let failed = (0..100).find_map(|seed| log.append(&[noise(seed, 50_000)]).err());
        assert!(matches!(failed, Some(Error::Storage(_))), "{failed:?}");
        assert!(matches!(log.append(&group(0..1)), Err(Error::Poisoned)));
        assert_eq!(read_all(&log).len() as u64, log.reader().len());
        fs::write(folder.join("acknowledged"), log.reader().len().to_string()).unwrap();
        return;
    }
    let scratch = tempfile::tempdir().unwrap();
    let limited = child::command_with_small_files(TEST, scratch.path(), FILE_LIMIT_KIB).output();
    child::assert_passed(&limited.unwrap());

    let acknowledged = fs::read_to_string(scratch.path().join("acknowledged")).unwrap();
    let mut log = open(scratch.path()).unwrap();
    let found = read_all(&log);
    assert!(found.len() >= acknowledged.parse().unwrap());
    assert!(found.iter().zip(0..).all(|(entry, seed)| *entry == noise(seed, 50_000)));
    log.append(&group(0..1)).unwrap();
}

#[test]
fn a_full_disk_refuses_writes_and_reads_go_on() {
    let scratch = tempfile::tempdir().unwrap();
    open(scratch.path()).unwrap().append(&group(0..3)).unwrap();

    let full = Options { reserve_bytes: u64::MAX, ..Options::default() };
    let mut log = Disk::open(scratch.path(), full).unwrap();
    let refused = log.append(&group(3..6)).unwrap_err();
    assert!(matches!(refused, Error::DiskFull { free: 1.., reserve: u64::MAX }), "{refused}");
    assert!(matches!(log.writable(), Err(Error::DiskFull { .. })));
    assert_eq!(read_all(&log), group(0..3));
}

#[test]
fn what_is_known_to_be_there_makes_no_difference_to_what_is_found() {
    let drive = Drive::default();
    let mut log = Journal::over(drive.clone()).unwrap();
    let many = 25_000;
    for first in (0..many).step_by(500) {
        log.append(&group(first..first + 500)).unwrap();
    }
    let many = many as Position;
    for known in [0, 1, 9_999, 10_001, 17_777, many, many + 1, 2 * many, Position::MAX] {
        let mut log = Journal::over_known(drive.clone(), known).unwrap();
        assert_eq!(log.reader().len(), many, "{known}");
        assert_eq!(log.append(&[]).unwrap(), many..many);
    }
    assert_eq!(Journal::over_known(Drive::default(), 7).unwrap().reader().len(), 0);
}

#[test]
fn half_a_snapshot_of_a_start_cut_short_does_no_harm() {
    let scratch = tempfile::tempdir().unwrap();
    open(scratch.path()).unwrap().append(&group(0..3)).unwrap();
    fs::write(scratch.path().join("snap.7FFFFFFFFFFFFFFF.generating"), b"half a snap").unwrap();
    assert_eq!(read_all(&open(scratch.path()).unwrap()), group(0..3));
}

#[test]
fn a_page_outside_the_database_file_is_never_acknowledged() {
    let scratch = tempfile::tempdir().unwrap();
    let mut log = open(scratch.path()).unwrap();
    fs::write(scratch.path().join("blobs/7"), b"a page that nobody syncs").unwrap();
    assert!(matches!(log.append(&group(0..3)), Err(Error::Storage(_))));
    assert!(matches!(log.append(&group(0..3)), Err(Error::Poisoned)));
    assert!(log.reader().is_empty());
}

#[test]
fn a_panic_of_the_database_is_an_error() {
    let scratch = tempfile::tempdir().unwrap();
    open(scratch.path()).unwrap().append(&group(0..3)).unwrap();
    let unexpected = scratch.path().join("blobs").join(OsStr::from_bytes(b"\xff"));
    fs::write(&unexpected, b"").unwrap();
    assert!(matches!(open(scratch.path()), Err(Error::Corrupt { .. })));
    fs::remove_file(unexpected).unwrap();
    assert_eq!(read_all(&open(scratch.path()).unwrap()), group(0..3));
}

#[test]
fn a_flipped_byte_is_an_error_or_costs_the_end_of_the_log_but_never_lies() {
    let sound = tempfile::tempdir().unwrap();
    for start in (0..500).step_by(100) {
        open(sound.path()).unwrap().append(&group(start..start + 100)).unwrap();
    }
    for place in (0..9000).step_by(151) {
        let damaged = copy(sound.path()).unwrap();
        flip(&damaged.path().join("db"), place).unwrap();
        let Ok(log) = open(damaged.path()) else {
            continue;
        };
        let found = read_all(&log);
        assert_eq!(found, group(0..found.len()), "with byte {place} flipped");
    }
}

#[test]
fn damage_in_an_older_part_of_the_file_is_found_at_the_start_with_its_position() {
    const SEGMENT_BYTES: usize = 8 << 20;
    let scratch = tempfile::tempdir().unwrap();
    let large: Vec<_> = (0..200).map(|seed| noise(seed, 60_000)).collect();
    append_one_by_one(scratch.path(), &large);
    open(scratch.path()).unwrap();

    let file = scratch.path().join("db");
    let mut found = Vec::new();
    for place in (2 * SEGMENT_BYTES..4 * SEGMENT_BYTES).step_by(SEGMENT_BYTES / 8) {
        flip(&file, place).unwrap();
        match open(scratch.path()) {
            Ok(log) => assert!(read_all(&log) == large, "byte {place} is not in use"),
            Err(Error::Corrupt { position, .. }) => found.push(position),
            Err(error) => assert!(matches!(error, Error::Storage(_)), "{error}"),
        }
        flip(&file, place).unwrap();
    }
    assert!(!found.is_empty(), "no damage was found");
    assert!(found.iter().all(|&position| position < 200), "{found:?}");
}

/// In an order that gives the database the same layout every time.
fn append_one_by_one(folder: &Path, entries: &[Vec<u8>]) {
    let mut log = open(folder).expect("a new log");
    for entry in entries {
        log.append(std::slice::from_ref(entry)).expect("room");
    }
}

fn copy(folder: &Path) -> io::Result<TempDir> {
    let copy = tempfile::tempdir()?;
    for file in fs::read_dir(folder)? {
        let file = file?;
        if file.file_type()?.is_file() {
            fs::copy(file.path(), copy.path().join(file.file_name()))?;
        }
    }
    Ok(copy)
}

fn flip(file: &Path, place: usize) -> io::Result<()> {
    let file = File::options().read(true).write(true).open(file)?;
    let mut byte = [0];
    file.read_exact_at(&mut byte, place as u64)?;
    file.write_all_at(&[byte[0] ^ 0x20], place as u64)
}
