//! What holds whatever was recorded.

use causeway_views::{Asked, Paging, Policy, incidents};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::comparison::compare;
use crate::histories::{
    About, doubts, drafts, history, question, reports_at_distinct_times, without_files,
};
use crate::oracle::Moment;
use crate::world::{World, recorded};

/// A subject of any kind.
pub fn anything() -> impl Strategy<Value = About> {
    prop::sample::select(vec![
        About::Corridor,
        About::Constraint,
        About::Delivery,
        About::Incident,
        About::Movement,
        About::Statement,
    ])
}

pub fn told(events: impl IntoIterator<Item = Value>) -> World {
    let mut world = World::default();
    events.into_iter().for_each(|event| {
        world.tell(event);
    });
    world
}

proptest! {
    #![proptest_config(without_files())]

    #[test]
    fn the_order_of_arrival_does_not_change_the_past(
        (about, drafts, doubts) in (anything(), drafts(1..16), doubts(4)),
        seed in any::<u64>(),
    ) {
        let in_order = reports_at_distinct_times(about, &drafts);
        let mut events = in_order.told.clone();
        // The subject is created first, whatever the order of the rest.
        shuffle(&mut events[1..], seed);
        let late = told(events);
        for doubt in doubts {
            let mut asked = question(about, &doubt, &in_order);
            asked.position = in_order.head();
            compare(&past(&in_order, &asked), &past(&late, &asked), &asked, &late)?;
        }
    }

    #[test]
    fn what_was_known_then_never_changes(
        (about, drafts, doubts) in (anything(), drafts(1..24), doubts(4)),
    ) {
        let world = history(about, &drafts);
        for doubt in doubts {
            let mut asked = question(about, &doubt, &world);
            asked.clearance = world.ask("best", "d1").clearance;
            let known = asked.position.map_or(0, |position| position + 1);
            let then = world.up_to(usize::try_from(known).expect("few events"));
            compare(&then.answers(&asked), &world.answers(&asked), &asked, &world)?;
        }
    }

    #[test]
    fn a_snapshot_stays_as_it_was_taken(
        (about, drafts, doubts) in (anything(), drafts(2..24), doubts(3)),
        cut in any::<prop::sample::Index>(),
    ) {
        let whole = history(about, &drafts);
        let (before, after) = whole.told.split_at(cut.index(whole.told.len() + 1));
        let mut growing = told(before.to_vec());
        let taken = growing.clone();
        let asked: Vec<Asked> = doubts.iter().map(|doubt| question(about, doubt, &taken)).collect();
        let first: Vec<Value> = asked.iter().map(|asked| taken.answers(asked)).collect();
        after.iter().for_each(|event| {
            growing.tell(event.clone());
        });
        let again: Vec<Value> = asked.iter().map(|asked| taken.answers(asked)).collect();
        prop_assert_eq!(first, again);
        for doubt in &doubts {
            let asked = question(about, doubt, &whole);
            compare(&whole.answers(&asked), &growing.answers(&asked), &asked, &whole)?;
        }
    }

    #[test]
    fn nothing_withdrawn_and_nothing_refuted_is_an_answer(
        (about, drafts, doubts) in (anything(), drafts(1..28), doubts(6)),
    ) {
        let world = history(about, &drafts);
        for doubt in doubts {
            let asked = question(about, &doubt, &world);
            let mut answers = world.answers(&asked);
            // A statement decides nothing, and may deny what has been withdrawn.
            answers["statements"].take();
            // A report under an objection is listed with its level, whatever that is.
            answers["situation"]["disputes"].take();
            let withdrawn = withdrawn(&world, &asked);
            let mut named = Vec::new();
            names(&answers, &mut named);
            let standing = named.iter().all(|id| !withdrawn.contains(id));
            prop_assert!(standing, "{withdrawn:?} of {answers}");
            if matches!(asked.policy, Policy::Best | Policy::Verified) {
                prop_assert!(!answers.to_string().contains(r#""level":"refuted""#), "{answers}");
            }
        }
    }

    #[test]
    fn what_is_above_the_clearance_might_as_well_not_have_been_told(
        (about, drafts, doubts) in (anything(), drafts(1..28), doubts(4)),
    ) {
        let world = history(about, &drafts);
        for doubt in doubts {
            let mut asked = question(about, &doubt, &world);
            asked.position = world.head();
            let visible = world.told.iter().filter(|event| {
                world.classification(event) <= asked.clearance
            });
            let without = told(visible.cloned());
            let less = without.answers(&Asked { position: without.head(), ..asked.clone() });
            compare(&unnumbered(less), &unnumbered(world.answers(&asked)), &asked, &world)?;
        }
    }

    #[test]
    fn pages_join_up_to_the_whole_list(
        drafts in drafts(1..28), doubts in doubts(3), limit in 1_usize..4,
    ) {
        let world = history(About::Incident, &drafts);
        for doubt in doubts {
            let asked = question(About::Incident, &doubt, &world);
            let view = world.snapshot.view(&asked);
            let filter = incidents::Filter::default();
            let mut paging = Paging { after: None, limit: Some(limit) };
            let mut items = Vec::new();
            loop {
                let page = view.incidents(&filter, &paging);
                items.extend(page.items);
                paging.after = page.next;
                if paging.after.is_none() {
                    break;
                }
            }
            prop_assert_eq!(&json!(items), &world.answers(&asked)["incidents"]);
        }
    }

    #[test]
    fn known_at_is_the_last_event_recorded_by_then(count in 1_usize..40, at in 0_u64..40) {
        let report = |number| json!({
            "type": "corridor.status_reported",
            "subject": "corridor/road",
            "time": "d1",
            "id": crate::world::id(number),
            "data": {"status": "open"},
        });
        let world = told((0..count as u64).map(report));
        let instant = recorded(at).instant();
        let last = (0..count as u64).rfind(|position| recorded(*position).instant() <= instant);
        prop_assert_eq!(world.snapshot.chronicle.known_at(instant), last);
    }
}

/// Puts events in another order, the same for the same seed.
fn shuffle(events: &mut [Value], seed: u64) {
    let mut state = seed;
    for last in (1..events.len()).rev() {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let other = usize::try_from(state >> 33).expect("31 bits") % (last + 1);
        events.swap(last, other);
    }
}

/// The answers without what depends on the order of arrival by rule: what a subject is comes
/// from the report recorded first (rule 27), equal openings of windows and equal instants of
/// `until` go by position (rules 3, 29).
fn past(world: &World, asked: &Asked) -> Value {
    let mut answers = world.answers(asked);
    answers.as_object_mut().expect("an object").remove("situation");
    for (kind, members) in IDENTITY {
        strip(&mut answers[kind], members);
    }
    let corridors = answers["corridors"].as_array_mut().expect("a list");
    for windows in corridors.iter_mut().filter_map(|corridor| corridor["windows"].as_array_mut()) {
        windows.sort_by_key(|window| window["event"].to_string());
    }
    as_instants(&mut answers);
    answers
}

const IDENTITY: [(&str, &[&str]); 4] = [
    ("constraints", &["kind", "category", "title"]),
    ("deliveries", &["organisation", "destination", "corridor"]),
    (
        "incidents",
        &["kind", "category", "title", "place", "corridors", "deliveries", "constraints"],
    ),
    ("movements", &["kind", "corridor", "from", "to", "direction"]),
];

fn unnumbered(mut answers: Value) -> Value {
    strip(&mut answers, &["version", "position"]);
    answers
}

/// Takes members out, at every depth.
pub fn strip(value: &mut Value, members: &[&str]) {
    if let Some(object) = value.as_object_mut() {
        object.retain(|name, _| !members.contains(&name.as_str()));
        object.values_mut().for_each(|value| strip(value, members));
    }
    value.as_array_mut().into_iter().flatten().for_each(|value| strip(value, members));
}

/// Prints every `since` as an instant.
fn as_instants(value: &mut Value) {
    if let Some(object) = value.as_object_mut() {
        for (name, value) in object {
            match value.as_str().filter(|_| name == "since") {
                Some(since) => *value = json!(Moment::new(since).at),
                None => as_instants(value),
            }
        }
    }
    value.as_array_mut().into_iter().flatten().for_each(as_instants);
}

/// The ids of the events that an answer names.
pub fn names(value: &Value, found: &mut Vec<String>) {
    if let Some(text) = value.as_str().filter(|text| text.starts_with("0192c7c8-")) {
        found.push(text.to_owned());
    }
    value.as_array().into_iter().flatten().for_each(|value| names(value, found));
    value.as_object().into_iter().flat_map(|object| object.values()).for_each(|value| {
        names(value, found);
    });
}

pub fn withdrawn(world: &World, asked: &Asked) -> Vec<String> {
    let known = asked.position.map_or(0, |position| position + 1);
    let known = world.told.iter().take(usize::try_from(known).expect("few events"));
    let withdrawals = known.filter(|event| event["type"] == "report.withdrawn.v1");
    withdrawals.filter_map(|event| event["data"]["event"].as_str().map(str::to_owned)).collect()
}
