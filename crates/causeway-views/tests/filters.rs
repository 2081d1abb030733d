//! A filtered list is the whole list without what the filter leaves out.

use causeway_views::filter::{BoundingBox, Words};
use causeway_views::{
    Asked, Paging, View, constraints, corridors, deliveries, incidents, movements, statements,
};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::histories::{About, doubts, drafts, history, question, without_files};
use crate::world::{World, sent};

/// A filter, and by what one can tell from an answer that it belongs.
type Case = (&'static str, fn(&View<'_>, &Paging) -> Value, fn(&Value) -> bool);

const ALL: Paging = Paging { after: None, limit: None };

/// The list under each filter is the part of the whole that it speaks of.
fn check(world: &World, asked: &Asked, kind: &str, cases: &[Case]) -> Result<(), TestCaseError> {
    let whole = &world.answers(asked)[kind];
    let view = world.snapshot.view(asked);
    for (name, filtered, belongs) in cases {
        let items = whole.as_array().expect("a list").iter();
        let expected: Vec<&Value> = items.filter(|item| belongs(item)).collect();
        prop_assert_eq!(filtered(&view, &ALL), json!(expected), "{}", name);
    }
    Ok(())
}

fn has(list: &Value, wanted: &str) -> bool {
    list.as_array().is_some_and(|list| list.iter().any(|one| one == wanted))
}

fn is_from(time: &Value, from: &str) -> bool {
    let instant = |text: &str| chrono::DateTime::parse_from_rfc3339(text).expect("a time");
    time.as_str().is_some_and(|time| instant(time) >= instant(from))
}

const NOON: &str = "2024-01-04T12:00:00Z";

const CORRIDORS: [Case; 2] = [
    (
        "status",
        |view, all| {
            let status = Some(corridors::Known::Closed);
            sent(view.corridors(&corridors::Filter { status, ..Default::default() }, all).items)
        },
        |corridor| {
            let cells = corridor["status"].as_array().expect("a matrix");
            cells.iter().any(|cell| cell["status"] == "closed")
        },
    ),
    (
        "words",
        |view, all| {
            let words = Some(Words::new("NORTHERN"));
            sent(view.corridors(&corridors::Filter { words, ..Default::default() }, all).items)
        },
        |corridor| corridor["names"]["en"] == "Northern road",
    ),
];

const CONSTRAINTS: [Case; 5] = [
    (
        "kind",
        |view, all| {
            let kind = Some("blockade".parse().expect("a kind"));
            sent(view.constraints(&constraints::Filter { kind, ..Default::default() }, all).items)
        },
        |constraint| constraint["kind"] == "blockade",
    ),
    (
        "category",
        |view, all| {
            let category = Some("RMW".parse().expect("a category"));
            let filter = constraints::Filter { category, ..Default::default() };
            sent(view.constraints(&filter, all).items)
        },
        |constraint| constraint["category"] == "RMW",
    ),
    (
        "status",
        |view, all| {
            let status = Some(constraints::Answer::Yes);
            let filter = constraints::Filter { status, ..Default::default() };
            sent(view.constraints(&filter, all).items)
        },
        |constraint| constraint["in_force"]["value"] == "yes",
    ),
    (
        "area",
        |view, all| {
            let area = Some("AZ1".to_owned());
            sent(view.constraints(&constraints::Filter { area, ..Default::default() }, all).items)
        },
        |constraint| has(&constraint["areas"], "AZ1"),
    ),
    (
        "corridor",
        |view, all| {
            let corridor = "road".parse().ok();
            let filter = constraints::Filter { corridor, ..Default::default() };
            sent(view.constraints(&filter, all).items)
        },
        |constraint| has(&constraint["corridors"], "road"),
    ),
];

const DELIVERIES: [Case; 4] = [
    (
        "stage",
        |view, all| {
            let stage = Some(deliveries::Stage::Held);
            sent(view.deliveries(&deliveries::Filter { stage, ..Default::default() }, all).items)
        },
        |delivery| delivery["stage"] == "held",
    ),
    (
        "status",
        |view, all| {
            let status = Some(deliveries::Outcome::Impeded);
            sent(view.deliveries(&deliveries::Filter { status, ..Default::default() }, all).items)
        },
        |delivery| delivery["outcome"] == "impeded",
    ),
    (
        "organisation",
        |view, all| {
            let organisation = "un".parse().ok();
            let filter = deliveries::Filter { organisation, ..Default::default() };
            sent(view.deliveries(&filter, all).items)
        },
        |delivery| delivery["organisation"] == "un",
    ),
    (
        "corridor",
        |view, all| {
            let corridor = "road".parse().ok();
            let filter = deliveries::Filter { corridor, ..Default::default() };
            sent(view.deliveries(&filter, all).items)
        },
        |delivery| delivery["corridor"] == "road",
    ),
];

const INCIDENTS: [Case; 4] = [
    (
        "kind",
        |view, all| {
            let kind = Some("shelling".parse().expect("a kind"));
            sent(view.incidents(&incidents::Filter { kind, ..Default::default() }, all).items)
        },
        |incident| incident["kind"] == "shelling",
    ),
    (
        "corridor",
        |view, all| {
            let corridor = "road".parse().ok();
            sent(view.incidents(&incidents::Filter { corridor, ..Default::default() }, all).items)
        },
        |incident| has(&incident["corridors"], "road"),
    ),
    (
        "from",
        |view, all| {
            let from = NOON.parse().ok();
            sent(view.incidents(&incidents::Filter { from, ..Default::default() }, all).items)
        },
        |incident| is_from(&incident["time"], NOON),
    ),
    (
        "to",
        |view, all| {
            let to = NOON.parse().ok();
            sent(view.incidents(&incidents::Filter { to, ..Default::default() }, all).items)
        },
        |incident| incident["time"].is_string() && !is_from(&incident["time"], NOON),
    ),
];

const MOVEMENTS: [Case; 2] = [
    (
        "kind",
        |view, all| {
            let kind = Some("evacuation".parse().expect("a kind"));
            sent(view.movements(&movements::Filter { kind, ..Default::default() }, all).items)
        },
        |movement| movement["kind"] == "evacuation",
    ),
    (
        "corridor",
        |view, all| {
            let corridor = "road".parse().ok();
            sent(view.movements(&movements::Filter { corridor, ..Default::default() }, all).items)
        },
        |movement| movement["corridor"] == "road",
    ),
];

const STATEMENTS: [Case; 2] = [
    (
        "organisation",
        |view, all| {
            let organisation = "a".parse().ok();
            let filter = statements::Filter { organisation, ..Default::default() };
            sent(view.statements(&filter, all).items)
        },
        |statement| statement["by"] == "a",
    ),
    (
        "corridor",
        |view, all| {
            let corridor = "road".parse().ok();
            let filter = statements::Filter { corridor, ..Default::default() };
            sent(view.statements(&filter, all).items)
        },
        |statement| has(&statement["about"], "corridor/road"),
    ),
];

proptest! {
    #![proptest_config(ProptestConfig { cases: without_files().cases / 2, ..without_files() })]

    #[test]
    fn a_filter_leaves_out_what_does_not_belong_and_nothing_else(
        drafts in drafts(4..20), doubts in doubts(2),
    ) {
        let kinds: [(About, &str, &[Case]); 6] = [
            (About::Corridor, "corridors", &CORRIDORS),
            (About::Constraint, "constraints", &CONSTRAINTS),
            (About::Delivery, "deliveries", &DELIVERIES),
            (About::Incident, "incidents", &INCIDENTS),
            (About::Movement, "movements", &MOVEMENTS),
            (About::Statement, "statements", &STATEMENTS),
        ];
        for (about, kind, cases) in kinds {
            let world = history(about, &drafts);
            for doubt in &doubts {
                check(&world, &question(about, doubt, &world), kind, cases)?;
            }
        }
    }
}

#[test]
fn a_box_on_the_map_has_its_edges_and_may_cross_the_date_line() {
    let holds = |bounds: &str, point: [f64; 2]| {
        let place =
            causeway_domain::place::Place { point: point.try_into().ok(), ..Default::default() };
        bounds.parse::<BoundingBox>().expect("a box").holds(Some(&place))
    };
    assert!(holds("46,39,47,40", [46.0, 40.0]));
    assert!(!holds("46,39,47,40", [45.99, 39.5]));
    assert!(!holds("46,39,47,40", [46.5, 40.01]));
    assert!(holds("170,-10,-170,10", [180.0, 0.0]));
    assert!(holds("170,-10,-170,10", [-175.0, 0.0]));
    assert!(!holds("170,-10,-170,10", [0.0, 0.0]));
    assert!("46,40,47,39".parse::<BoundingBox>().is_err(), "south above north");
    assert!("46,39,47".parse::<BoundingBox>().is_err());
    assert!("46,39,47,x,40".parse::<BoundingBox>().is_err());
}
