//! Single entries, as from months of quiet days, in two logs: one is tidied as it grows, the other
//! is not; then the other is tidied too, all at once, and goes on.
//!
//! The logs take turns, so that both meet the same machine.

mod support;

use std::fs;
use std::hint::black_box;
use std::ops::ControlFlow;
use std::path::Path;
use std::time::{Duration, Instant};

use causeway_log::Log;
use causeway_log::disk::{Disk, Options};
use tempfile::TempDir;

use support::entry;

const ENTRIES: u64 = 100_000;
/// Appends to one log before it is the other's turn.
const STRETCH: u64 = 1_000;
/// As the service does it.
const APPENDS_PER_TIDYING: u64 = 128;
const SCANS: usize = 5;

struct Grown {
    folder: TempDir,
    log: Disk,
    appends: Vec<Duration>,
    tidyings: Vec<Duration>,
    is_tidied: bool,
}

fn main() {
    let mut logs = [Grown::new(false), Grown::new(true)];
    for first in (0..ENTRIES).step_by(STRETCH as usize) {
        logs.iter_mut().for_each(|log| log.append(first..first + STRETCH));
    }
    let raw: u64 = (0..ENTRIES).map(|number| entry(number).len() as u64).sum();
    println!("{ENTRIES} entries of {} bytes, appended one by one", raw / ENTRIES);
    let [left, tidied] = logs;
    let left = left.report("left as it was", raw);
    tidied.report("tidied as it grew", raw);

    let mut late = Grown::open(left);
    let began = Instant::now();
    while late.tidy() {}
    println!("\ntidied all at once in {:.1} s", began.elapsed().as_secs_f64());
    let mut late = Grown::open(late.report("tidied later", raw));
    late.append(ENTRIES..2 * ENTRIES);
    late.report("as many again, tidied as it grew", 2 * raw);
}

impl Grown {
    fn new(is_tidied: bool) -> Grown {
        Grown { is_tidied, ..Grown::open(tempfile::tempdir().expect("a scratch folder")) }
    }

    fn open(folder: TempDir) -> Grown {
        let log = Disk::open(folder.path(), Options::default()).expect("a sound log");
        Grown { folder, log, appends: Vec::new(), tidyings: Vec::new(), is_tidied: true }
    }

    /// A tidying counts with the append that has to wait for it.
    fn append(&mut self, numbers: std::ops::Range<u64>) {
        for number in numbers {
            let entry = [entry(number)];
            let began = Instant::now();
            if self.is_tidied && number % APPENDS_PER_TIDYING == 0 {
                self.tidy();
            }
            self.log.append(&entry).expect("room");
            self.appends.push(began.elapsed());
        }
    }

    fn tidy(&mut self) -> bool {
        let began = Instant::now();
        let is_merged = self.log.tidy().expect("a sound disk");
        if is_merged {
            self.tidyings.push(began.elapsed());
        }
        is_merged
    }

    /// Prints what there is to know, after a fresh start.
    fn report(self, name: &str, raw: u64) -> TempDir {
        let Grown { folder, log, appends, tidyings, .. } = self;
        drop(log);
        println!("\n{name}");
        tell("an append", appends);
        tell("a tidying", tidyings);
        let again = Instant::now();
        drop(Disk::open(folder.path(), Options::default()).expect("a sound log"));
        let again_first = again.elapsed();
        let began = Instant::now();
        let log = Disk::open(folder.path(), Options::default()).expect("a sound log");
        let opened = began.elapsed();
        println!("opened in {again_first:.0?}, and again in {opened:.0?}");
        println!("on disk / raw: {:.2}", size(folder.path()) as f64 / raw as f64);
        let mut scans: Vec<_> = (0..SCANS).map(|_| scan(&log)).collect();
        scans.sort();
        let rate = ENTRIES as f64 / scans[SCANS / 2].as_secs_f64();
        println!("scan: {rate:.0} entries/s");
        folder
    }
}

fn tell(what: &str, mut times: Vec<Duration>) {
    if times.is_empty() {
        return;
    }
    times.sort();
    let total: Duration = times.iter().sum();
    let rate = times.len() as f64 / total.as_secs_f64();
    let [p50, p99, p999] = [0.5, 0.99, 0.999].map(|p| times[(times.len() as f64 * p) as usize]);
    let most = times[times.len() - 1];
    println!("{what}: {rate:.0}/s; p50 {p50:.2?}, p99 {p99:.2?}, p99.9 {p999:.2?}, {most:.2?}");
}

fn scan(log: &Disk) -> Duration {
    let began = Instant::now();
    let visit = &mut |_, entry: &[u8]| {
        black_box(entry);
        ControlFlow::Continue(())
    };
    log.reader().scan(0..ENTRIES, visit).expect("a sound log");
    began.elapsed()
}

fn size(folder: &Path) -> u64 {
    let files = fs::read_dir(folder).expect("a folder");
    files.map(|file| file.expect("a file").metadata().expect("one").len()).sum()
}
