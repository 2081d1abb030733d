//! What is stored small is stored anew in larger blocks, and nobody can tell.

use std::io::{self, BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use causeway_log::disk::{Disk, Options};
use causeway_log::faulty::Fault;
use causeway_log::memory::Drive;
use causeway_log::{Block, Error, Journal, Log, Position, Reader, Store};

use crate::child;
use crate::places::{entry, everywhere, group, noise, read, read_all};

/// As many single entries as make two full blocks, and some of a third.
const SINGLES: usize = 2 * 128 + 40;

fn append_singles(log: &mut dyn Log, numbers: std::ops::Range<usize>) {
    for number in numbers {
        log.append(&[entry(number)]).expect("a sound log takes entries");
    }
}

/// How many runs were merged.
fn tidy_all(log: &mut dyn Log) -> usize {
    std::iter::from_fn(|| log.tidy().expect("a sound log").then_some(())).count()
}

/// By scan, from everywhere, and one by one.
fn assert_reads(reader: &dyn Reader, count: usize) {
    assert_eq!(read(reader, 0..Position::MAX), group(0..count));
    for number in (0..count).step_by(7) {
        let found = reader.get(number as Position).expect("a sound log is read");
        assert_eq!(found, Some(entry(number)));
        let end = count.min(number + 150);
        assert_eq!(read(reader, number as Position..end as Position), group(number..end));
    }
}

#[test]
fn a_tidied_log_reads_the_same() {
    everywhere(|place| {
        let mut log = place.log();
        append_singles(&mut *log, 0..SINGLES);
        assert_eq!(tidy_all(&mut *log), 2);
        assert_reads(&*log.reader(), SINGLES);
        assert_eq!(log.append(&[entry(SINGLES)]).unwrap().start, SINGLES as Position);
        drop(log);
        assert_reads(&*place.log().reader(), SINGLES + 1);
    });
}

#[test]
fn what_was_merged_is_one_block() {
    let drive = Drive::default();
    let mut log = Journal::over(drive.clone()).unwrap();
    append_singles(&mut log, 0..SINGLES);
    tidy_all(&mut log);
    let firsts: Vec<_> = [0, 127, 128, 255, 256, 257]
        .map(|position| drive.block_at(position).unwrap().expect("a block").first)
        .into();
    assert_eq!(firsts, [0, 0, 128, 128, 256, 257]);
}

#[test]
fn the_newest_entries_are_left_alone() {
    everywhere(|place| {
        let mut log = place.log();
        append_singles(&mut *log, 0..128);
        assert!(!log.tidy().unwrap());
        append_singles(&mut *log, 128..129);
        assert!(log.tidy().unwrap());
    });
}

#[test]
fn a_restart_finds_what_is_still_small_and_not_what_was_merged() {
    everywhere(|place| {
        append_singles(&mut *place.log(), 0..SINGLES);
        assert!(place.log().tidy().unwrap());
        assert_eq!(tidy_all(&mut *place.log()), 1);
        assert_eq!(tidy_all(&mut *place.log()), 0);
        assert_reads(&*place.log().reader(), SINGLES);
    });
}

#[test]
fn entries_that_do_not_compress_are_merged_as_far_as_they_fit() {
    everywhere(|place| {
        let mut log = place.log();
        let entries: Vec<_> =
            (0..400).map(|seed| noise(seed, 800 * (seed as usize % 40))).collect();
        for entry in &entries {
            log.append(std::slice::from_ref(entry)).unwrap();
        }
        assert!(tidy_all(&mut *log) > 50);
        assert!(read_all(&*log) == entries, "they come back");
    });
}

#[test]
fn readers_notice_nothing() {
    everywhere(|place| {
        append_singles(&mut *place.log(), 0..10 * 128 + 1);
        let mut log = place.log();
        let (reader, is_over) = (log.reader(), AtomicBool::new(false));
        thread::scope(|scope| {
            scope.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    assert_reads(&*reader, 10 * 128 + 1);
                }
            });
            assert_eq!(tidy_all(&mut *log), 10);
            is_over.store(true, Ordering::Relaxed);
        });
        assert_reads(&*reader, 10 * 128 + 1);
    });
}

/// The sync of opening, then a replacement and a sync for each of two runs.
const STEPS: u64 = 1 + 2 * 2;

#[test]
fn no_fault_loses_or_doubles_an_entry() {
    for fault in Fault::at_every_step(STEPS) {
        everywhere(|place| {
            eprintln!("{fault:?}");
            append_singles(&mut *place.log(), 0..SINGLES);
            if let Ok(mut log) = place.start_with(fault) {
                tidy_until_it_breaks(&mut *log);
            }
            let mut log = place.log();
            assert_reads(&*log.reader(), SINGLES);
            tidy_all(&mut *log);
            append_singles(&mut *log, SINGLES..SINGLES + 1);
            assert_reads(&*log.reader(), SINGLES + 1);
        });
    }
}

fn tidy_until_it_breaks(log: &mut dyn Log) {
    let broken = (0..=2).find_map(|_| log.tidy().err()).expect("the fault happens");
    assert!(matches!(broken, Error::Storage(_)), "{broken}");
    assert!(matches!(log.tidy(), Err(Error::Poisoned)));
    assert!(matches!(log.append(&group(0..1)), Err(Error::Poisoned)));
    assert_reads(&*log.reader(), SINGLES);
}

/// Fails in the middle of a replacement.
struct Torn(Drive);

impl Store for Torn {
    fn write(&self, blocks: Vec<Block>) -> io::Result<()> {
        self.0.write(blocks)
    }

    fn replace(&self, mut block: Block) -> io::Result<()> {
        block.bytes.truncate(9);
        self.0.replace(block)?;
        Err(io::Error::other("it failed in the middle"))
    }

    fn sync(&self) -> io::Result<()> {
        self.0.sync()
    }

    fn block_at(&self, position: Position) -> io::Result<Option<Block>> {
        self.0.block_at(position)
    }

    fn free_bytes(&self) -> io::Result<u64> {
        self.0.free_bytes()
    }
}

#[test]
fn reads_go_on_where_a_replacement_stopped_in_the_middle() {
    let mut log = Journal::over(Torn(Drive::default())).unwrap();
    append_singles(&mut log, 0..SINGLES);
    assert!(matches!(log.tidy(), Err(Error::Storage(_))));
    assert_reads(&*log.reader(), SINGLES);
}

#[test]
fn what_cannot_be_read_stays_as_it_is() {
    let drive = Drive::default();
    let mut log = Journal::over(drive.clone()).unwrap();
    append_singles(&mut log, 0..SINGLES);
    let cut = Block { first: 100, bytes: vec![1, 1, 0, 9] };
    drive.write(vec![cut.clone()]).unwrap();
    assert!(matches!(log.tidy(), Err(Error::Corrupt { position: 100, .. })));
    assert_eq!(drive.block_at(100).unwrap(), Some(cut));
    assert!(log.tidy().unwrap(), "the next run is sound");
    append_singles(&mut log, SINGLES..SINGLES + 1);
}

#[test]
fn nothing_is_merged_on_a_full_disk() {
    let drive = Drive::default();
    let mut log = Journal::over(drive.clone()).unwrap();
    append_singles(&mut log, 0..SINGLES);
    drive.fill(causeway_log::RESERVE_BYTES - 1);
    assert!(matches!(log.tidy(), Err(Error::DiskFull { .. })));
    drive.fill(u64::MAX);
    assert_eq!(tidy_all(&mut log), 2);
}

fn open(folder: &Path) -> Disk {
    Disk::open(folder, Options::default()).expect("a sound log")
}

#[test]
fn a_kill_in_the_middle_loses_nothing() {
    const TEST: &str = "tidying::a_kill_in_the_middle_loses_nothing";
    const RUNS: usize = 60;
    if let Some(folder) = child::folder() {
        let mut log = open(&folder);
        println!("begins");
        while log.tidy().unwrap() {
            println!("merged");
        }
        thread::park();
    }
    let scratch = tempfile::tempdir().unwrap();
    append_blocks_of_three(scratch.path(), RUNS);
    for merged in [1, 0, 2, 5, 3, 11] {
        let mut victim =
            child::command(TEST, scratch.path()).stdout(Stdio::piped()).spawn().unwrap();
        let said = BufReader::new(victim.stdout.take().expect("it is piped"));
        let told = said.lines().map(Result::unwrap).filter(|line| line.ends_with("merged"));
        assert_eq!(told.take(merged).count(), merged);
        victim.kill().unwrap();
        victim.wait().unwrap();
        assert_reads(&*open(scratch.path()).reader(), RUNS * 126 + 3);
    }
    assert!(tidy_all(&mut open(scratch.path())) > 0, "it was killed before it was done");
}

fn append_blocks_of_three(folder: &Path, runs: usize) {
    let mut log = open(folder);
    for first in (0..=runs * 126).step_by(3) {
        log.append(&group(first..first + 3)).expect("room");
    }
}

#[test]
fn a_write_that_the_system_refuses_is_not_noticed_by_readers() {
    const FILE_LIMIT_KIB: u32 = 1024;
    const TEST: &str = "tidying::a_write_that_the_system_refuses_is_not_noticed_by_readers";
    if let Some(folder) = child::folder() {
        let mut log = open(&folder);
        let failed =
            (0..9_999).find_map(|number| log.append(&[entry(number)]).and(log.tidy()).err());
        assert!(matches!(failed, Some(Error::Storage(_))), "{failed:?}");
        assert!(matches!(log.tidy(), Err(Error::Poisoned)));
        let count = log.reader().len() as usize;
        assert!(count > 2 * 128, "nothing was tidied");
        return assert_reads(&*log.reader(), count);
    }
    let scratch = tempfile::tempdir().unwrap();
    let limited = child::command_with_small_files(TEST, scratch.path(), FILE_LIMIT_KIB).output();
    child::assert_passed(&limited.unwrap());
    let found = open(scratch.path()).reader();
    assert_reads(&*found, found.len() as usize);
}
