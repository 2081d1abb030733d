//! Every write and every sync fails once, in both ways, and nothing acknowledged is lost.

use causeway_log::faulty::{Fault, Outcome};
use causeway_log::memory::Drive;
use causeway_log::{Error, Journal, Log};

use crate::places::{Group, Place, everywhere, group, read_all};

/// Of different sizes, so that some are one block and some are several.
fn groups() -> Vec<Group> {
    vec![group(0..1), group(1..20), group(20..500), group(500..501)]
}

/// The sync of opening, then a write and a sync for each group.
const STEPS: u64 = 1 + 2 * 4;

#[test]
fn nothing_acknowledged_is_lost_by_any_fault() {
    for fault in Fault::at_every_step(STEPS) {
        everywhere(|place| {
            eprintln!("{fault:?}");
            let acknowledged = record_until_it_breaks(place, fault);
            let found = read_all(&*place.log());
            let whole = [acknowledged, acknowledged + 1].map(|count| groups()[..count].concat());
            assert!(whole.contains(&found), "{} entries survived", found.len());
        });
    }
}

/// The number of groups that were acknowledged before the fault.
fn record_until_it_breaks(place: &Place, fault: Fault) -> usize {
    let mut log = match place.start_with(fault) {
        Ok(log) => log,
        Err(error) => return assert_storage(&error, 0),
    };
    for (acknowledged, group) in groups().iter().enumerate() {
        if let Err(error) = log.append(group) {
            assert_poisoned(&mut *log, acknowledged);
            return assert_storage(&error, acknowledged);
        }
    }
    panic!("{fault:?} never happened");
}

fn assert_storage(error: &Error, acknowledged: usize) -> usize {
    assert!(matches!(error, Error::Storage(_)), "{error}");
    acknowledged
}

/// Writes are over; reads go on at the last acknowledged position.
fn assert_poisoned(log: &mut dyn Log, acknowledged: usize) {
    assert!(matches!(log.writable(), Err(Error::Poisoned)));
    assert!(matches!(log.append(&group(0..2)), Err(Error::Poisoned)));
    assert!(matches!(log.append(&[]), Err(Error::Poisoned)));
    assert_eq!(read_all(log), groups()[..acknowledged].concat());
}

#[test]
fn a_restart_after_a_fault_takes_entries_again() {
    for fault in Fault::at_every_step(STEPS) {
        everywhere(|place| {
            record_until_it_breaks(place, fault);
            let mut expected = read_all(&*place.log());
            place.log().append(&group(0..9)).unwrap();
            expected.extend(group(0..9));
            assert_eq!(read_all(&*place.log()), expected, "{fault:?}");
        });
    }
}

#[test]
fn a_fault_does_to_the_drive_what_it_says() {
    for (outcome, survivors) in [(Outcome::Lost, 0), (Outcome::Persisted, 1)] {
        for after in [1, 2] {
            let place = Place::Memory(Drive::default());
            place.start_with(Fault { after, outcome }).unwrap().append(&group(0..1)).unwrap_err();
            assert_eq!(place.log().reader().len(), survivors, "{outcome:?} after {after} steps");
        }
    }
}

#[test]
fn a_full_disk_refuses_before_anything_is_touched_and_resumes_by_itself() {
    let drive = Drive::default();
    let mut log = Journal::over(drive.clone()).unwrap();
    log.append(&group(0..3)).unwrap();

    drive.fill(causeway_log::RESERVE_BYTES - 1);
    let refused = log.append(&group(3..6)).unwrap_err();
    assert!(matches!(refused, Error::DiskFull { free, reserve } if free < reserve), "{refused}");
    assert!(matches!(log.writable(), Err(Error::DiskFull { .. })));
    assert_eq!(read_all(&log), group(0..3));

    drive.fill(causeway_log::RESERVE_BYTES + 1_000_000);
    log.writable().unwrap();
    assert_eq!(log.append(&group(3..6)).unwrap(), 3..6);
}

#[test]
fn a_group_may_not_eat_into_the_reserve() {
    let drive = Drive::default();
    drive.fill(causeway_log::RESERVE_BYTES + 1000);
    let mut log = Journal::over(drive).unwrap();
    log.writable().unwrap();
    assert!(matches!(log.append(&[vec![b'x'; 1000]]), Err(Error::DiskFull { .. })));
    log.append(&[vec![b'x'; 900]]).unwrap();
}
