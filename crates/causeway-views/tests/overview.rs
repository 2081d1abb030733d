//! The overview says what the lists say, and says it too where it was carried on.

use causeway_views::overview::{Overview, Overviews};
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

/// What an overview says that was carried on to this view, as it is sent.
fn carried_on(overview: &Overview, view: &View<'_>) -> String {
    String::from_utf8(overview.situation(view)).expect("text")
}

/// What it says from the beginning.
fn written(view: &View<'_>) -> String {
    serde_json::to_string(&view.situation()).expect("it can be written")
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
            prop_assert_eq!(carried_on(&overview, &view), written(&view));
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
            prop_assert_eq!(carried_on(&overview, &view), written(&view));
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
        assert_eq!(carried_on(&overview, &view), written(&view));
        let situation = sent(view.situation());
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
        assert_eq!(carried_on(&overview, &view), written(&view));
        assert_eq!(sent(view.situation())["disputes"][0]["event"], json!(early));
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
    assert_eq!(carried_on(&overview, &view), written(&view));
    assert!(sent(view.situation())["corridors"].as_array().expect("a list").len() > 500);
}

/// A report on this road, and somebody who objects to it.
fn dispute_a_road(world: &mut World, road: &str) {
    let report = world.tell(json!({ "type": "corridor.status_reported", "time": "d2",
        "subject": format!("corridor/{road}"), "data": { "status": "open" } }));
    world.tell(json!({ "type": "report.disputed", "subject": format!("corridor/{road}"),
        "time": "d2", "data": { "event": report, "reason": "It is not." } }));
}

#[test]
fn the_newest_disputes_are_the_newest_of_all() {
    let (mut world, mut overview) = (World::default(), Overview::default());
    let mut says_so = |world: &World| {
        let asked = world.ask("best", "d3");
        let view = world.snapshot.view(&asked);
        overview.carry_on(&view);
        assert_eq!(carried_on(&overview, &view), written(&view));
    };
    let said = |subject: &str, denies: String| {
        json!({ "type": "statement.recorded", "subject": subject, "time": "d1",
            "data": { "by": "b", "summary": "It is not so.", "denies": denies } })
    };
    // The third statement is the newest event of two disputes: it denies, and is denied.
    world.tell(said("statement/one", id(9)));
    world.tell(json!({ "type": "corridor.status_reported", "subject": "corridor/a", "time": "d1",
        "data": { "status": "open" } }));
    world.tell(said("statement/other", id(3)));
    world.tell(said("statement/one", id(1)));
    says_so(&world);
    for road in ["b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "c", "a"] {
        dispute_a_road(&mut world, road);
        says_so(&world);
    }
}

#[test]
fn who_asks_about_less_than_somebody_before_gets_that() {
    let (mut world, overviews) = (World::default(), Overviews::default());
    for road in ["a", "b", "c"] {
        dispute_a_road(&mut world, road);
    }
    for (length, day) in [(4, "d3"), (2, "d3"), (4, "d2"), (6, "d3"), (6, "d1"), (6, "d4")] {
        let earlier = world.up_to(length);
        let asked = earlier.ask("best", day);
        let view = earlier.snapshot.view(&asked);
        let situation = String::from_utf8(overviews.situation(&view)).expect("text");
        assert_eq!(situation, written(&view), "{length} {day}");
    }
}
