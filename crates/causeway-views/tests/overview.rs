//! The overview says what the lists say, and says it too where it was carried on.

use causeway_views::overview::Overview;
use causeway_views::saved::Restoring;
use causeway_views::{Asked, Paging, Snapshot, View, constraints, corridors, deliveries, disputes};
use chrono::TimeDelta;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::histories::{About, Draft, doubts, drafts, question, without_files};
use crate::laws::anything;
use crate::teller::Teller;
use crate::world::{World, id, sent};

/// A record about subjects of all kinds.
fn told(drafts: &[(About, Draft)]) -> World {
    let mut world = World::default();
    for (about, draft) in drafts {
        Teller { about: *about, draft, world: &mut world }.next();
    }
    world
}

/// What is said of subjects of any kind.
fn drafts_about_anything() -> impl Strategy<Value = Vec<(About, Draft)>> {
    let about = prop::collection::vec(anything(), 28);
    (about, drafts(1..28)).prop_map(|(about, drafts)| about.into_iter().zip(drafts).collect())
}

/// The overview, put together from the lists.
fn listed(view: &View<'_>) -> Value {
    let all = Paging::default();
    let newest = Paging { limit: Some(10), ..Paging::default() };
    let blockades = constraints::Filter {
        kind: "blockade".parse().ok(),
        status: Some(constraints::Answer::Yes),
        ..constraints::Filter::default()
    };
    let mut stages: Map<String, Value> = Map::new();
    for delivery in view.deliveries(&deliveries::Filter::default(), &all).items {
        let count = stages.entry(delivery.stage.to_string()).or_insert(json!(0));
        *count = json!(count.as_u64().expect("a count") + 1);
    }
    json!({
        "corridors": only(
            sent(view.corridors(&corridors::Filter::default(), &all).items),
            &["id", "names", "status", "control"],
        ),
        "blockades": only(
            sent(view.constraints(&blockades, &all).items),
            &["id", "title", "imposed_by", "in_force", "days"],
        ),
        "deliveries": stages,
        "incidents": view.incidents(&Default::default(), &newest).items,
        "disputes": view.disputes(&disputes::Filter::default(), &newest).items,
    })
}

/// What an overview says that was carried on to this view.
fn carried_on(overview: &Overview, view: &View<'_>) -> Value {
    serde_json::from_slice(&overview.situation(view).expect("it can be written")).expect("JSON")
}

/// These members of each item.
fn only(mut items: Value, members: &[&str]) -> Value {
    for item in items.as_array_mut().expect("a list") {
        item.as_object_mut().expect("an object").retain(|name, _| members.contains(&&**name));
    }
    items
}

proptest! {
    #![proptest_config(without_files())]

    #[test]
    fn the_overview_says_what_the_lists_say(
        drafts in drafts_about_anything(), doubts in doubts(4),
    ) {
        let world = told(&drafts);
        for doubt in doubts {
            let asked = question(About::Corridor, &doubt, &world);
            let view = world.snapshot.view(&asked);
            let mut situation = sent(view.situation());
            situation.as_object_mut().expect("an object").remove("freshness");
            prop_assert_eq!(situation, listed(&view));
        }
    }

    #[test]
    fn carried_on_it_is_what_it_would_be_from_the_beginning(
        drafts in drafts_about_anything(),
        doubt in doubts(1),
        steps in prop::collection::vec((0..3_usize, 0..14_i64), 1..48),
    ) {
        let whole = told(&drafts);
        let first = question(About::Corridor, &doubt[0], &whole);
        let (mut overview, mut length, mut moment) = (Overview::default(), 0, TimeDelta::zero());
        for (more, hours) in steps {
            length = (length + more).min(whole.told.len());
            moment += TimeDelta::hours(hours);
            let world = whole.up_to(length);
            let asked = Asked {
                position: world.head(),
                effective_at: (first.moment() + moment).to_rfc3339().parse().expect("a time"),
                ..first.clone()
            };
            let view = world.snapshot.view(&asked);
            prop_assert!(!overview.is_past(&view));
            overview.carry_on(&view);
            prop_assert_eq!(carried_on(&overview, &view), sent(view.situation()));
        }
    }

    #[test]
    fn who_asks_something_else_gets_that(
        drafts in drafts_about_anything(), doubts in doubts(6),
    ) {
        let world = told(&drafts);
        let mut overview = Overview::default();
        for doubt in doubts {
            let asked = Asked { position: world.head(), ..question(About::Corridor, &doubt, &world) };
            let view = world.snapshot.view(&asked);
            if overview.is_past(&view) {
                overview = Overview::default();
            }
            overview.carry_on(&view);
            prop_assert_eq!(carried_on(&overview, &view), sent(view.situation()));
        }
    }
}

#[test]
fn what_was_said_until_then_is_looked_at_again_then() {
    let mut world = World::default();
    for event in [
        json!({ "type": "corridor.registered", "subject": "corridor/road", "time": "d1",
            "data": { "names": { "en": "Road" } } }),
        json!({ "type": "corridor.status_reported", "subject": "corridor/road", "time": "d2",
            "data": { "status": "open", "until": "2024-01-04T00:00:00Z" } }),
    ] {
        world.tell(event);
    }
    let mut overview = Overview::default();
    for (day, status) in [("d3", "open"), ("d3h23:59", "open"), ("d4", "unknown")] {
        let asked = world.ask("best", day);
        let view = world.snapshot.view(&asked);
        overview.carry_on(&view);
        let situation = carried_on(&overview, &view);
        assert_eq!(situation["corridors"][0]["status"][0]["status"], status, "{day}");
    }
}

#[test]
fn what_was_denied_before_it_was_recorded_is_disputed() {
    let mut world = World::default();
    let early = id(1);
    world.tell(json!({ "type": "statement.recorded", "subject": "statement/denial", "time": "d1",
        "data": { "by": "b", "summary": "It will not close.", "denies": early } }));
    let road = world.tell(json!({ "type": "corridor.status_reported", "subject": "corridor/road",
        "time": "d2", "data": { "status": "closed" } }));
    assert_eq!(road, early);
    let again = restored(&world.snapshot);
    let snapshots = [&world.snapshot, &again];
    for snapshot in snapshots {
        let asked = world.ask("best", "d3");
        let view = snapshot.view(&asked);
        let mut overview = Overview::default();
        overview.carry_on(&view);
        let situation = carried_on(&overview, &view);
        assert_eq!(situation["disputes"][0]["event"], json!(early));
    }
}

/// A snapshot that was written down and taken up again.
fn restored(snapshot: &Snapshot) -> Snapshot {
    let mut restoring = Restoring::default();
    snapshot.parts().for_each(|part| restoring.take(part));
    restoring.finish().expect("all parts")
}

#[test]
fn the_overview_of_many_subjects_is_put_together_in_order() {
    let mut world = World::default();
    for number in 0..1_500 {
        let (road, delivery) = (number * 7 % 1_000, number % 400);
        world.tell(match number % 3 {
            0 => json!({ "type": "delivery.planned", "subject": format!("delivery/d{delivery}"),
                "time": "d1", "data": { "organisation": "un", "destination": { "name": "Town" } } }),
            _ => json!({ "type": "corridor.status_reported", "subject": format!("corridor/r{road}"),
                "time": "d1", "data": { "status": "open" } }),
        });
    }
    let asked = world.ask("best", "d3");
    let view = world.snapshot.view(&asked);
    let mut overview = Overview::default();
    overview.carry_on(&view);
    assert_eq!(carried_on(&overview, &view), sent(view.situation()));
    assert!(sent(view.situation())["corridors"].as_array().expect("a list").len() > 500);
}
