//! A stream that was read on is the one that is read from the beginning.

use std::collections::HashMap;

use causeway_domain::SubjectId;
use causeway_domain::words::Classification;
use causeway_views::Seen;
use causeway_views::streams::Stream;
use proptest::prelude::*;
use serde_json::json;

use crate::histories::{drafts, history, without_files};
use crate::laws::anything;
use crate::world::{World, id};

/// All that is known of the reports on a stream.
fn known(stream: &Stream, world: &World) -> String {
    let chronicle = &world.snapshot.chronicle;
    let seen = Seen::new(chronicle, world.head(), Classification::StrictlyConfidential);
    format!("{:?} {:?}", stream.positions(), stream.seen(seen).collect::<Vec<_>>())
}

proptest! {
    #![proptest_config(without_files())]

    #[test]
    fn read_on_it_is_what_it_is_from_the_beginning(
        about in anything(),
        drafts in drafts(1..40),
        steps in prop::collection::vec(1..5_usize, 1..20),
    ) {
        let whole = history(about, &drafts);
        let (mut streams, mut length) = (HashMap::<_, Stream>::new(), 0);
        for step in steps {
            length = (length + step).min(whole.told.len());
            let world = whole.up_to(length);
            for subject in about.subjects() {
                let SubjectId { kind, id } = subject.parse().expect("a subject");
                let Some(tape) = world.snapshot.streams(kind).get(&id) else { continue };
                let stream = streams.entry(subject).or_default();
                stream.read_on(tape, &world.snapshot.chronicle);
                let afresh = Stream::unpack(tape, &world.snapshot.chronicle);
                prop_assert_eq!(known(stream, &world), known(&afresh, &world));
            }
        }
    }
}

/// A road of which somebody says something so many times.
fn long(reports: usize) -> World {
    let mut world = World::default();
    world.tell(json!({ "type": "corridor.registered", "subject": "corridor/road", "time": "d1",
        "data": { "names": { "en": "Road" } } }));
    (0..reports).for_each(|number| say(&mut world, "open", number));
    world
}

fn say(world: &mut World, status: &str, number: usize) {
    let time = format!("d2h{}:{:02}", number / 60, number % 60);
    world.tell(json!({ "type": "corridor.status_reported", "subject": "corridor/road",
        "time": time, "data": { "status": status } }));
}

/// Answers as a record gives that was never asked before.
fn check(world: &World) {
    let afresh = world.up_to(world.told.len());
    for moment in ["d2h0:40", "d3"] {
        let asked = world.ask("latest", moment);
        assert_eq!(world.answers(&asked), afresh.answers(&asked));
    }
}

#[test]
fn a_long_record_is_asked_again_and_again() {
    let mut world = long(100);
    check(&world);
    let mut earlier = world.clone();
    say(&mut world, "closed", 100);
    let paper = json!({ "type": "report.withdrawn", "subject": "corridor/road", "time": "d3",
        "data": { "event": id(50), "reason": "wrong" } });
    world.tell(paper);
    say(&mut world, "closed", 33); // it comes late
    check(&world);
    check(&earlier); // its tape is shorter than the one that was read last
    say(&mut earlier, "restricted", 100); // and it goes another way
    check(&earlier);
    check(&world);
    (101..300).for_each(|number| say(&mut world, "restricted", number));
    check(&world);
}
