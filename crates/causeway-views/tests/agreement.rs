//! Over random records, every field of every answer is what the rules say.

use causeway_views::Asked;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::comparison::compare;
use crate::histories::{About, Doubt, Draft, doubts, drafts, history, question, without_files};
use crate::oracle::Oracle;
use crate::world::{World, sent};

fn agree(about: About, drafts: &[Draft], doubts: &[Doubt]) -> Result<(), TestCaseError> {
    let world = history(about, drafts);
    let events = world.events();
    for doubt in doubts {
        let asked = question(about, doubt, &world);
        let oracle = Oracle::new(&events, &asked);
        let answers = world.answers(&asked);
        let found = json!({
            "listed": listed(about, &answers),
            "by_id": about.subjects().map(|subject| by_id(&world, &asked, subject)),
            "actors": answers["actors"],
            "freshness": answers["situation"]["freshness"],
        });
        let expected = json!({
            "listed": expected(about, &oracle),
            "by_id": about.subjects().map(|subject| oracle.about(subject)),
            "actors": oracle.actors(),
            "freshness": oracle.freshness(),
        });
        compare(&expected, &found, &asked, &world)?;
    }
    Ok(())
}

fn listed(about: About, answers: &Value) -> &Value {
    match about {
        About::Corridor => &answers["corridors"],
        About::Constraint => &answers["constraints"],
        About::Delivery => &answers["deliveries"],
        About::Incident => &answers["incidents"],
        About::Movement => &answers["movements"],
        About::Statement => &answers["statements"],
    }
}

fn expected(about: About, oracle: &Oracle<'_>) -> Vec<Value> {
    match about {
        About::Corridor => oracle.corridors(),
        About::Constraint => oracle.constraints(),
        About::Delivery => oracle.deliveries(),
        About::Incident => oracle.incidents(),
        About::Movement => oracle.movements(),
        About::Statement => oracle.statements(),
    }
}

/// One subject, null where it is not known.
fn by_id(world: &World, asked: &Asked, subject: &str) -> Value {
    let view = world.snapshot.view(asked);
    let (kind, id) = subject.split_once('/').expect("kind and id");
    let id = id.parse().expect("an id");
    match kind {
        "corridor" => sent(view.corridor(&id)),
        "constraint" => sent(view.constraint(&id)),
        "delivery" => sent(view.delivery(&id)),
        "incident" => sent(view.incident(&id)),
        "movement" => sent(view.movement(&id)),
        _ => sent(view.statement(&id)),
    }
}

const QUESTIONS: usize = 6;

proptest! {
    #![proptest_config(without_files())]

    #[test]
    fn corridors_are_as_the_rules_say(drafts in drafts(1..28), doubts in doubts(QUESTIONS)) {
        agree(About::Corridor, &drafts, &doubts)?;
    }

    #[test]
    fn constraints_are_as_the_rules_say(drafts in drafts(1..24), doubts in doubts(QUESTIONS)) {
        agree(About::Constraint, &drafts, &doubts)?;
    }

    #[test]
    fn deliveries_are_as_the_rules_say(drafts in drafts(1..28), doubts in doubts(QUESTIONS)) {
        agree(About::Delivery, &drafts, &doubts)?;
    }

    #[test]
    fn incidents_are_as_the_rules_say(drafts in drafts(1..24), doubts in doubts(QUESTIONS)) {
        agree(About::Incident, &drafts, &doubts)?;
    }

    #[test]
    fn movements_are_as_the_rules_say(drafts in drafts(1..24), doubts in doubts(QUESTIONS)) {
        agree(About::Movement, &drafts, &doubts)?;
    }

    #[test]
    fn statements_are_as_the_rules_say(drafts in drafts(1..16), doubts in doubts(QUESTIONS)) {
        agree(About::Statement, &drafts, &doubts)?;
    }
}
