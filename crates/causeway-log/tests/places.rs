//! Where a log can be kept, and how to start it there, again and again.

use std::ops::{ControlFlow, Range};

use causeway_log::disk::{Database, Disk, Options};
use causeway_log::faulty::{Fault, Faulty, Outcome};
use causeway_log::memory::Drive;
use causeway_log::{Error, Journal, Log, Position, Reader};
use tempfile::TempDir;

pub type Group = Vec<Vec<u8>>;

#[derive(Debug)]
pub enum Place {
    Disk(TempDir),
    Memory(Drive),
    Faulty(Drive),
}

/// What must be so in every place.
pub fn everywhere(law: impl Fn(&Place)) {
    for place in Place::all() {
        eprintln!("on {place:?}");
        law(&place);
    }
}

impl Place {
    pub fn all() -> [Place; 3] {
        let folder = tempfile::tempdir().expect("a scratch folder");
        [Place::Disk(folder), Place::Memory(Drive::default()), Place::Faulty(Drive::default())]
    }

    /// A fresh start, after a power cut where one can be had.
    pub fn start(&self) -> Result<Box<dyn Log>, Error> {
        const NEVER: Fault = Fault { after: u64::MAX, outcome: Outcome::Lost };
        match self {
            Place::Disk(folder) => Ok(Box::new(Disk::open(folder.path(), Options::default())?)),
            Place::Memory(drive) => Ok(Box::new(Journal::over(after_power_cut(drive))?)),
            Place::Faulty(_) => self.start_with(NEVER),
        }
    }

    pub fn start_with(&self, fault: Fault) -> Result<Box<dyn Log>, Error> {
        match self {
            Place::Disk(folder) => {
                let database = Database::open(folder.path(), Options::default())?;
                Ok(Box::new(Journal::over(Faulty::new(database, fault))?))
            }
            Place::Memory(drive) | Place::Faulty(drive) => {
                Ok(Box::new(Journal::over(Faulty::new(after_power_cut(drive), fault))?))
            }
        }
    }

    pub fn log(&self) -> Box<dyn Log> {
        self.start().expect("a sound log opens")
    }
}

fn after_power_cut(drive: &Drive) -> Drive {
    drive.cut_power();
    drive.clone()
}

/// The `number`th of many entries that all differ, in length too.
pub fn entry(number: usize) -> Vec<u8> {
    format!("entry {number} {}", "of many ".repeat(number % 7)).into_bytes()
}

pub fn group(numbers: Range<usize>) -> Group {
    numbers.map(entry).collect()
}

/// Bytes that no compression makes smaller.
pub fn noise(seed: u64, length: usize) -> Vec<u8> {
    let xorshift = |x: &u64| {
        let x = x ^ (x << 13);
        let x = x ^ (x >> 7);
        Some(x ^ (x << 17))
    };
    std::iter::successors(Some(seed | 1), xorshift).map(|x| (x >> 32) as u8).take(length).collect()
}

/// Every entry of `range`, after making sure that its positions are dense.
pub fn read(reader: &dyn Reader, range: Range<Position>) -> Group {
    let mut entries = Group::new();
    let start = range.start;
    let visit = &mut |position, entry: &[u8]| {
        assert_eq!(position, start + entries.len() as Position, "positions are dense");
        entries.push(entry.to_vec());
        ControlFlow::Continue(())
    };
    reader.scan(range, visit).expect("a sound log is read");
    entries
}

pub fn read_all(log: &dyn Log) -> Group {
    read(&*log.reader(), 0..Position::MAX)
}
