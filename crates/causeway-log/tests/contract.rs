//! What every log promises.

use std::ops::ControlFlow;
use std::thread;

use causeway_log::{ENTRY_LIMIT, Error, Position};
use proptest::prelude::*;

use crate::places::{Group, Place, entry, everywhere, group, noise, read, read_all};

#[test]
fn a_new_log_is_empty() {
    everywhere(|place| {
        let log = place.log();
        assert!(log.reader().is_empty());
        assert_eq!(log.reader().get(0).unwrap(), None);
        assert_eq!(read_all(&*log), Group::new());
    });
}

#[test]
fn positions_are_dense_from_zero() {
    everywhere(|place| {
        let mut log = place.log();
        assert_eq!(log.append(&group(0..1)).unwrap(), 0..1);
        assert_eq!(log.append(&group(1..4)).unwrap(), 1..4);
        assert_eq!(log.append(&group(4..300)).unwrap(), 4..300);
        assert_eq!(log.reader().len(), 300);
    });
}

#[test]
fn an_entry_comes_back_byte_for_byte() {
    let entries = vec![b"{}".to_vec(), Vec::new(), vec![0; 9], (0..=255).collect(), noise(7, 999)];
    everywhere(|place| {
        let mut log = place.log();
        log.append(&entries).unwrap();
        assert_eq!(read_all(&*log), entries);
        assert_eq!(log.reader().get(3).unwrap().as_ref(), Some(&entries[3]));
    });
}

#[test]
fn a_restart_goes_on_where_the_log_ended() {
    everywhere(|place| {
        place.log().append(&group(0..10)).unwrap();
        assert_eq!(place.log().append(&group(10..200)).unwrap(), 10..200);
        assert_eq!(read_all(&*place.log()), group(0..200));
    });
}

#[test]
fn a_group_of_a_thousand_is_kept_whole() {
    everywhere(|place| {
        assert_eq!(place.log().append(&group(0..1000)).unwrap(), 0..1000);
        assert_eq!(read_all(&*place.log()), group(0..1000));
    });
}

#[test]
fn a_group_larger_than_any_file_segment_is_kept_whole() {
    let entries: Group = (0..300).map(|seed| noise(seed, ENTRY_LIMIT)).collect();
    everywhere(|place| {
        place.log().append(&entries).unwrap();
        assert!(read_all(&*place.log()) == entries, "300 large entries come back");
    });
}

#[test]
fn an_entry_over_the_limit_is_refused_with_its_whole_group() {
    everywhere(|place| {
        let mut log = place.log();
        let refused = log.append(&[entry(0), vec![b'x'; ENTRY_LIMIT + 1]]).unwrap_err();
        assert!(matches!(refused, Error::TooLarge { index: 1, len: 60_001 }), "{refused}");
        assert!(log.reader().is_empty());
        assert_eq!(log.append(&[entry(0), vec![b'x'; ENTRY_LIMIT]]).unwrap(), 0..2);
    });
}

#[test]
fn an_empty_group_records_nothing() {
    everywhere(|place| {
        let mut log = place.log();
        log.append(&group(0..3)).unwrap();
        assert_eq!(log.append(&[]).unwrap(), 3..3);
        assert_eq!(log.reader().len(), 3);
    });
}

#[test]
fn a_scan_keeps_to_its_range() {
    everywhere(|place| {
        let mut log = place.log();
        log.append(&group(0..5)).unwrap();
        log.append(&group(5..700)).unwrap();
        let reader = log.reader();
        assert_eq!(read(&*reader, 3..6), group(3..6));
        assert_eq!(read(&*reader, 130..400), group(130..400));
        assert_eq!(read(&*reader, 699..1_000_000), group(699..700));
        assert_eq!(read(&*reader, 700..800), Group::new());
        assert_eq!(read(&*reader, 9..9), Group::new());
    });
}

#[test]
fn a_scan_stops_when_it_is_told() {
    everywhere(|place| {
        let mut log = place.log();
        log.append(&group(0..500)).unwrap();
        let mut visited = Vec::new();
        let visit = &mut |position, _: &[u8]| {
            visited.push(position);
            if position == 201 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        log.reader().scan(200..500, visit).unwrap();
        assert_eq!(visited, [200, 201]);
    });
}

#[test]
fn readers_on_other_threads_see_only_whole_groups() {
    const GROUPS: usize = 40;
    everywhere(|place| {
        let mut log = place.log();
        let reader = log.reader();
        let reading = thread::spawn(move || {
            while reader.len() < 10 * GROUPS as Position {
                let seen = reader.len();
                assert_eq!(seen % 10, 0);
                assert_eq!(read(&*reader, 0..seen), group(0..seen as usize));
            }
        });
        for start in (0..GROUPS).map(|number| 10 * number) {
            log.append(&group(start..start + 10)).unwrap();
        }
        reading.join().expect("the reader saw nothing odd");
    });
}

/// What can happen to a log in use.
#[derive(Debug, Clone)]
enum Event {
    Append(Group),
    Tidy,
    Restart,
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let short = prop::collection::vec(any::<u8>(), 0..300);
    let long = (any::<u64>(), 0..=ENTRY_LIMIT).prop_map(|(seed, length)| noise(seed, length));
    let entry = prop_oneof![40 => short, 1 => long];
    let sizes = || prop_oneof![1 => 0..300_usize, 4 => 0..12_usize];
    let append = sizes().prop_flat_map(move |size| prop::collection::vec(entry.clone(), size));
    let append = append.prop_map(Event::Append);
    let other = prop_oneof![Just(Event::Restart), Just(Event::Tidy)];
    prop::collection::vec(prop_oneof![6 => append, 2 => other], 0..40)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(24) })]

    #[test]
    fn whatever_was_appended_is_read_in_order(events in events()) {
        everywhere(|place| follow(place, &events));
    }
}

fn follow(place: &Place, events: &[Event]) {
    let mut log = place.log();
    let mut expected = Group::new();
    for event in events {
        match event {
            Event::Append(group) => {
                let start = expected.len() as Position;
                expected.extend_from_slice(group);
                assert_eq!(
                    log.append(group).expect("a sound log takes entries"),
                    start..expected.len() as Position
                );
            }
            Event::Tidy => while log.tidy().expect("a sound log") {},
            Event::Restart => {
                drop(log);
                log = place.log();
            }
        }
        assert!(read_all(&*log) == expected, "the log holds what was appended");
    }
}
