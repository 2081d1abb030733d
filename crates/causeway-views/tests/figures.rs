//! What holds of histories, claims, disputes and indicators, whatever was recorded.

use causeway_domain::{Id, Kind, Time};
use causeway_views::history::Period;
use causeway_views::indicators::{Bucket, Question};
use causeway_views::{Asked, Paging, Policy, claim_list, disputes};
use chrono::{DateTime, Utc};
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;
use serde_json::{Value, json};

use crate::comparison::compare;
use crate::histories::{About, doubts, drafts, history, question, without_files};
use crate::laws::{anything, names, strip, told, withdrawn};
use crate::world::{World, sent};

/// A question about the middle of what happens, from an instant that is on nobody's grid.
fn middle(bucket: Option<Bucket>) -> Question {
    let time = |text: &str| text.parse::<Time>().expect("a time");
    Question {
        period: Period {
            from: time("2024-01-02T03:00:00+04:00"),
            to: time("2024-01-09T12:30:00Z"),
        },
        bucket,
        corridor: None,
        area: None,
        organisation: None,
        with_events: true,
    }
}

/// Every figure that can be asked of the record, in one answer.
fn figures(world: &World, asked: &Asked) -> Value {
    let view = world.snapshot.view(asked);
    let all = Paging::default();
    let subjects = |kind: Kind| world.snapshot.streams(kind).iter().map(|(id, _)| id.clone());
    let claims = |kind: Kind| {
        let of = |id: Id| {
            let subject = causeway_domain::SubjectId { kind, id };
            view.claims_on(&subject, &claim_list::Filter::default(), &all).items
        };
        subjects(kind).map(of).collect::<Vec<_>>()
    };
    let period = middle(None).period;
    let past = |id: Id| view.corridor_history(&id, period).expect("it fits");
    let force = |id: Id| view.constraint_history(&id, period).expect("it fits");
    let kinds = [Kind::Corridor, Kind::Constraint, Kind::Delivery, Kind::Incident, Kind::Movement];
    json!({
        "disputes": view.disputes(&disputes::Filter::default(), &all).items,
        "indicators": view.indicators(&middle(Some(Bucket::Day))).expect("it fits"),
        "claims": kinds.map(claims),
        "corridors": subjects(Kind::Corridor).map(past).collect::<Vec<_>>(),
        "constraints": subjects(Kind::Constraint).map(force).collect::<Vec<_>>(),
    })
}

fn instant(value: &Value) -> DateTime<Utc> {
    value.as_str().and_then(|text| text.parse().ok()).expect("an instant")
}

/// That intervals tile the period and say at every instant what is answered about it.
fn check_intervals(
    intervals: &Value,
    seconds: &Value,
    answer: impl Fn(DateTime<Utc>) -> Value,
) -> Result<(), TestCaseError> {
    let Period { from, to } = middle(None).period;
    let intervals = intervals.as_array().expect("a list");
    let mut expected = from.instant();
    for interval in intervals {
        let (starts, ends) = (instant(&interval["from"]), instant(&interval["to"]));
        prop_assert_eq!(starts, expected, "without gap or overlap");
        prop_assert!(starts < ends);
        expected = ends;
        let said = interval.get("status").unwrap_or(&interval["value"]);
        for at in [starts, starts + (ends - starts) / 2, ends - chrono::TimeDelta::seconds(1)] {
            prop_assert_eq!(said, &answer(at), "at {}", at);
        }
    }
    prop_assert_eq!(expected, to.instant());
    let said = |interval: &Value| interval.get("status").unwrap_or(&interval["value"]).clone();
    let merged = intervals.windows(2).all(|pair| said(&pair[0]) != said(&pair[1]));
    prop_assert!(merged, "neighbours differ: {intervals:?}");
    let sum: i64 = members(seconds).filter_map(|(_, seconds)| seconds.as_i64()).sum();
    prop_assert_eq!(sum, (to.instant() - from.instant()).num_seconds());
    Ok(())
}

fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

/// The question, about another moment.
fn at(asked: &Asked, instant: DateTime<Utc>) -> Asked {
    let effective_at = instant.to_rfc3339().replace("+00:00", "Z").parse().expect("a time");
    Asked { effective_at, ..asked.clone() }
}

proptest! {
    #![proptest_config(without_files())]

    #[test]
    fn intervals_tile_the_period_and_are_the_answers_of_every_instant(
        (about, drafts, doubts) in (
            prop::sample::select(vec![About::Corridor, About::Constraint]), drafts(1..24), doubts(2)
        ),
    ) {
        let world = history(about, &drafts);
        for doubt in doubts {
            let asked = question(about, &doubt, &world);
            let figures = figures(&world, &asked);
            let past = figures["corridors"].as_array().expect("a list").iter();
            for (corridor, past) in past.filter(|past| !past.is_null()).enumerate() {
                for index in [0, 5, 8, 13] {
                    let cell = &past["cells"][index];
                    check_intervals(&cell["intervals"], &cell["seconds"], |instant| {
                        if instant >= asked.moment() {
                            return json!("unknown");
                        }
                        let then = world.answers(&at(&asked, instant));
                        then["corridors"][corridor]["status"][index]["status"].clone()
                    })?;
                }
            }
            for past in figures["constraints"].as_array().expect("a list") {
                if past.is_null() {
                    continue;
                }
                check_intervals(&past["intervals"], &past["seconds"], |instant| {
                    if instant >= asked.moment() {
                        return json!("unknown");
                    }
                    let asked = at(&asked, instant);
                    let view = world.snapshot.view(&asked);
                    let id = past["id"].as_str().expect("an id").parse().expect("an id");
                    sent(view.constraint(&id).expect("it is known").in_force.value)
                })?;
            }
        }
    }

    #[test]
    fn buckets_add_up_to_the_whole(
        (about, drafts, doubts) in (anything(), drafts(1..28), doubts(2)),
    ) {
        let world = history(about, &drafts);
        for doubt in doubts {
            let asked = question(about, &doubt, &world);
            for bucket in [Bucket::Day, Bucket::Week, Bucket::Month] {
                let view = world.snapshot.view(&asked);
                let whole = sent(view.indicators(&middle(Some(bucket))).expect("it fits"));
                let buckets = whole["buckets"].as_array().expect("a list");
                check_sums(&whole, buckets)?;
            }
        }
    }

    #[test]
    fn a_bucket_is_the_answer_about_its_own_period(
        (about, drafts, doubts) in (anything(), drafts(1..28), doubts(2)),
    ) {
        let world = history(about, &drafts);
        for doubt in doubts {
            let asked = question(about, &doubt, &world);
            let view = world.snapshot.view(&asked);
            let whole = sent(view.indicators(&middle(Some(Bucket::Day))).expect("it fits"));
            for bucket in whole["buckets"].as_array().expect("a list") {
                let time = |end: &str| bucket[end].as_str().unwrap().parse().expect("a time");
                let period = Period { from: time("from"), to: time("to") };
                let mut alone = sent(
                    view.indicators(&Question { period, ..middle(None) }).expect("it fits"),
                );
                alone.as_object_mut().expect("an object").remove("about");
                // Behind a figure stand the same reports, in whatever order they won.
                compare(&sorted(alone), &sorted(bucket.clone()), &asked, &world)?;
            }
        }
    }

    #[test]
    fn what_was_known_then_gives_the_same_figures_for_ever(
        (about, drafts, doubts) in (anything(), drafts(1..24), doubts(2)),
    ) {
        let world = history(about, &drafts);
        for doubt in doubts {
            let mut asked = question(about, &doubt, &world);
            asked.clearance = world.ask("best", "d1").clearance;
            let known = asked.position.map_or(0, |position| position + 1);
            let then = world.up_to(usize::try_from(known).expect("few events"));
            let (then_figures, now_figures) = (figures(&then, &asked), figures(&world, &asked));
            // Subjects that nobody knew of then are not there, or have nothing to tell.
            compare(&told_of(then_figures), &told_of(now_figures), &asked, &world)?;
        }
    }

    #[test]
    fn figures_rest_on_nothing_above_the_clearance(
        (about, drafts, doubts) in (anything(), drafts(1..28), doubts(2)),
    ) {
        let world = history(about, &drafts);
        for doubt in doubts {
            let mut asked = question(about, &doubt, &world);
            asked.position = world.head();
            let visible =
                world.told.iter().filter(|event| world.classification(event) <= asked.clearance);
            let without = told(visible.cloned());
            let less = figures(&without, &Asked { position: without.head(), ..asked.clone() });
            let (mut less, mut more) = (told_of(less), told_of(figures(&world, &asked)));
            strip(&mut less, &["position"]);
            strip(&mut more, &["position"]);
            compare(&less, &more, &asked, &world)?;
        }
    }

    #[test]
    fn winners_and_dissent_are_live_claims_and_disputes_are_what_is_contested(
        (about, drafts, doubts) in (
            prop::sample::select(vec![About::Corridor, About::Constraint, About::Incident]),
            drafts(1..28),
            doubts(3),
        ),
    ) {
        let world = history(about, &drafts);
        for doubt in doubts {
            let asked = question(about, &doubt, &world);
            let (answers, figures) = (world.answers(&asked), figures(&world, &asked));
            let claims = figures["claims"].as_array().expect("a list").iter();
            let claims: Vec<&Value> =
                claims.flat_map(|of| of.as_array().into_iter().flatten())
                    .flat_map(|of| of.as_array().into_iter().flatten()).collect();
            let live = |event: &Value| {
                claims.iter().any(|claim| claim["event"] == *event && claim["state"] == "live")
            };
            let mut contested = 0;
            for answer in resolved(&answers) {
                let winner = answer["basis"].get(0).into_iter();
                let dissent = answer["dissent"].as_array().expect("a list");
                for event in winner.chain(dissent.iter().map(|claim| &claim["event"])) {
                    prop_assert!(live(event), "{event} of {answer}");
                }
                contested += usize::from(answer["contested"] == true);
            }
            let disputes = figures["disputes"].as_array().expect("a list").iter();
            let on_claims = disputes.filter(|one| one["on"] != "report" && one["on"] != "attribution");
            let cells = |one: &Value| one["cells"].as_array().map_or(1, Vec::len);
            prop_assert_eq!(on_claims.map(cells).sum::<usize>(), contested);
        }
    }

    #[test]
    fn nothing_withdrawn_and_nothing_refuted_makes_a_figure(
        (about, drafts, doubts) in (anything(), drafts(1..28), doubts(4)),
    ) {
        let world = history(about, &drafts);
        for doubt in doubts {
            let asked = question(about, &doubt, &world);
            let mut figures = figures(&world, &asked);
            figures["claims"].take(); // they tell of what was withdrawn too
            strip(&mut figures, &["lag_hours"]); // what was late was late
            let withdrawn = withdrawn(&world, &asked);
            let mut named = Vec::new();
            names(&figures, &mut named);
            prop_assert!(named.iter().all(|id| !withdrawn.contains(id)), "{withdrawn:?} of {figures}");
            if matches!(asked.policy, Policy::Best | Policy::Verified) {
                let disputes = figures["disputes"].as_array().expect("a list").iter();
                for dispute in disputes.filter(|one| one["on"] == "status") {
                    prop_assert!(!dispute.to_string().contains(r#""level":"refuted""#), "{dispute}");
                }
            }
        }
    }
}

/// What buckets share out is in the whole, no more and no less.
fn check_sums(whole: &Value, buckets: &[Value]) -> Result<(), TestCaseError> {
    for (row, hours) in whole["open_hours"].as_array().expect("a list").iter().enumerate() {
        for (status, seconds) in members(&hours["seconds"]) {
            let parts = buckets.iter().map(|one| &one["open_hours"][row]["seconds"][status]);
            let sum: i64 = parts.map(|seconds| seconds.as_i64().expect("whole seconds")).sum();
            prop_assert_eq!(Some(sum), seconds.as_i64());
        }
    }
    let union = |one: &Value| one["blockade_days"]["union_seconds"].as_i64().expect("seconds");
    prop_assert_eq!(buckets.iter().map(union).sum::<i64>(), union(whole));
    let counts = [
        ["outcomes", "with", "denominator"],
        ["outcomes", "without", "denominator"],
        ["outcomes", "counts", "in_progress"],
        ["clearance", "open", ""],
        ["clearance", "answered", ""],
        ["lag_hours", "reports", ""],
    ];
    for [figure, member, inner] in counts {
        let count = |one: &Value| {
            let count = &one[figure][member];
            count.get(inner).unwrap_or(count).as_u64().expect("a count")
        };
        prop_assert_eq!(buckets.iter().map(count).sum::<u64>(), count(whole), "{}", figure);
    }
    let tonnes = |one: &Value, stage: &str| {
        let text = one["tonnes"][stage].as_str().unwrap_or("0").to_owned();
        text.parse::<f64>().expect("tonnes")
    };
    for stage in ["planned", "dispatched", "crossed", "arrived", "distributed"] {
        let sum: f64 = buckets.iter().map(|one| tonnes(one, stage)).sum();
        prop_assert!((sum - tonnes(whole, stage)).abs() < 1e-6, "{stage}");
    }
    Ok(())
}

/// Everything that was resolved as a cell is.
fn resolved(answers: &Value) -> Vec<&Value> {
    let list = |name: &str| answers[name].as_array().into_iter().flatten();
    let cells = list("corridors").flat_map(|one| one["status"].as_array().into_iter().flatten());
    let control = list("corridors").map(|one| &one["control"]);
    let in_force = list("constraints").map(|one| &one["in_force"]);
    let harm = list("incidents").map(|one| &one["figures"]);
    cells.chain(control).chain(in_force).chain(harm).collect()
}

/// With the reports behind each figure in the order of their ids.
fn sorted(mut figures: Value) -> Value {
    for events in figures["events"].as_object_mut().expect("an object").values_mut() {
        events.as_array_mut().expect("a list").sort_by_key(Value::to_string);
    }
    figures
}

/// Without subjects of which there is nothing to tell.
fn told_of(mut figures: Value) -> Value {
    for kind in ["corridors", "constraints"] {
        figures[kind].as_array_mut().expect("a list").retain(|past| !past.is_null());
    }
    for of_kind in figures["claims"].as_array_mut().expect("a list") {
        of_kind.as_array_mut().expect("a list").retain(|claims| *claims != json!([]));
    }
    figures
}
