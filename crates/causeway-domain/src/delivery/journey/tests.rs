//! What may be recorded about a delivery, and what is remarkable about it (rules 17, 18, 40).

use serde_json::{Value, json};

use super::*;
use crate::given::{Told, correction_of, given, told, withdrawal_of};

fn planned() -> Told {
    told("delivery.planned.v1").with(json!({
        "organisation": "icrc", "destination": {},
        "consignment": [line("flour", "t"), line("oil", "l"), line("oil", "kg")],
    }))
}

fn line(name: &str, unit: &str) -> Value {
    json!({ "line": name, "item": name, "quantity": { "value": "1", "unit": unit } })
}

fn counted(name: &str, unit: &str) -> Value {
    json!({ "line": name, "quantity": { "value": "1", "unit": unit } })
}

fn seen(stage: &str) -> Told {
    told("delivery.reported.v1").with(json!({ "stage": stage }))
}

fn step(name: &'static str) -> Told {
    told(name).with(json!({}))
}

fn cancelled() -> Told {
    step("delivery.cancelled.v1")
}

fn closed() -> Told {
    step("delivery.closed.v1")
}

fn dispatched() -> Told {
    step("delivery.dispatched.v1")
}

fn arrived() -> Told {
    step("delivery.arrived.v1")
}

fn held() -> Told {
    step("delivery.held.v1")
}

fn released() -> Told {
    step("delivery.released.v1")
}

fn clearance_granted() -> Told {
    told("delivery.clearance_granted.v1")
}

/// All that is our own administration of a delivery.
const OURS: [&str; 6] = [
    "delivery.clearance_requested.v1",
    "delivery.clearance_granted.v1",
    "delivery.clearance_denied.v1",
    "delivery.postponed.v1",
    "delivery.cancelled.v1",
    "delivery.closed.v1",
];

/// All that happens to a delivery in the world, and is expected of one that is on its way.
const OF_THE_WORLD: [&str; 8] = [
    "delivery.dispatched.v1",
    "delivery.crossed.v1",
    "delivery.arrived.v1",
    "delivery.distributed.v1",
    "delivery.held.v1",
    "delivery.rerouted.v1",
    "delivery.turned_back.v1",
    "delivery.loss_recorded.v1",
];

#[test]
fn a_cancelled_delivery_cannot_be_administered() {
    let record = given([planned().on(1), cancelled().on(5)]);
    for ours in OURS {
        record.when(told(ours).on(5)).is_refused(&Refusal::DeliveryCancelled);
        record.when(told(ours).on(6)).is_refused(&Refusal::DeliveryCancelled);
    }
}

#[test]
fn a_closed_delivery_cannot_be_administered() {
    let record = given([planned().on(1), closed().on(5)]);
    for ours in OURS {
        record.when(told(ours).on(5)).is_refused(&Refusal::DeliveryClosed);
    }
}

#[test]
fn what_was_administered_before_the_end_is_recorded_late() {
    let record = given([planned().on(1), cancelled().on(5)]);
    for ours in OURS {
        let before = told(ours).on(5).earlier_by(chrono::TimeDelta::microseconds(1));
        record.when(before).is_flagged([Flag::OutOfOrder, Flag::AfterEnd]);
    }
}

#[test]
fn the_world_does_not_wait_for_our_files() {
    let record = given([planned().on(1), dispatched().on(2), cancelled().on(5)]);
    for of_the_world in OF_THE_WORLD {
        record.when(step_or_example(of_the_world).on(6)).is_flagged([Flag::AfterEnd]);
    }
    record.when(seen("crossed").on(6)).is_flagged([Flag::AfterEnd]);
    record.when(told("report.disputed.v1")).is_flagged([Flag::AfterEnd]);
}

/// The type without figures, where it can be without.
fn step_or_example(name: &'static str) -> Told {
    match name {
        "delivery.loss_recorded.v1" => {
            told(name).with(json!({ "cause": "lost", "lines": [counted("flour", "t")] }))
        }
        _ => step(name),
    }
}

#[test]
fn a_withdrawn_cancellation_no_longer_cancels() {
    let record = [planned().on(1), cancelled().on(2), withdrawal_of(1).on(3)];
    given(record.clone()).when(clearance_granted().on(4)).is_recorded();
    given(record).when(dispatched().on(4)).is_recorded();
}

#[test]
fn a_withdrawn_cancellation_leaves_the_closure_in_force() {
    let record = [planned().on(1), cancelled().on(3), closed().on(2), withdrawal_of(1).on(4)];
    let record = given(record);
    record.when(clearance_granted().on(4)).is_refused(&Refusal::DeliveryClosed);
    record.when(clearance_granted().on(1)).is_flagged([Flag::OutOfOrder, Flag::AfterEnd]);
}

#[test]
fn of_two_ends_the_later_one_refuses() {
    let record = given([planned().on(1), cancelled().on(3), closed().on(2)]);
    record.when(clearance_granted().on(2)).is_refused(&Refusal::DeliveryClosed);
    record.when(clearance_granted().on(3)).is_refused(&Refusal::DeliveryCancelled);
}

#[test]
fn a_cancelled_delivery_stays_cancelled_when_its_plan_is_withdrawn() {
    let record = [planned().on(1), cancelled().on(2), withdrawal_of(0).on(3)];
    given(record.clone()).when(clearance_granted().on(4)).is_refused(&Refusal::DeliveryCancelled);
    given(record).when(planned().on(4)).is_flagged([Flag::AfterEnd]);
}

#[test]
fn arriving_without_having_been_seen_on_the_way_is_unexpected() {
    let record = given([planned().on(1), step("delivery.postponed.v1").on(2)]);
    let unexpected = [Flag::UnexpectedStep];
    record.when(arrived().on(3)).is_flagged(unexpected);
    record.when(step("delivery.distributed.v1").on(3)).is_flagged(unexpected);
    record.when(seen("arrived").on(3)).is_flagged(unexpected);
    record.when(seen("distributed").on(3)).is_flagged(unexpected);
    record.when(seen("crossed").on(3)).is_recorded();
}

#[test]
fn arriving_after_having_been_seen_on_the_way_is_expected() {
    for on_the_way in [
        dispatched(),
        step("delivery.crossed.v1"),
        held(),
        step("delivery.turned_back.v1"),
        arrived(),
        step("delivery.distributed.v1"),
        seen("dispatched"),
        seen("held"),
    ] {
        let record = given([planned().on(1), on_the_way.on(3)]);
        record.when(arrived().on(3)).is_recorded();
        let too_early = [Flag::OutOfOrder, Flag::UnexpectedStep];
        record.when(arrived().on(2)).is_flagged(too_early);
    }
}

#[test]
fn what_was_seen_but_withdrawn_was_not_seen() {
    let record = [planned().on(1), dispatched().on(2), withdrawal_of(1).on(3)];
    given(record).when(arrived().on(4)).is_flagged([Flag::UnexpectedStep]);
}

#[test]
fn a_delivery_of_somebody_elses_may_first_be_seen_anywhere() {
    given([]).when(seen("arrived")).is_recorded();
    given([]).when(seen("held")).is_recorded();
    given([seen("arrived").on(1)]).when(step("delivery.distributed.v1").on(2)).is_recorded();
}

#[test]
fn a_step_before_the_plan_is_unexpected() {
    let record = given([planned().on(5)]);
    let unexpected = [Flag::OutOfOrder, Flag::UnexpectedStep];
    record.when(dispatched().on(4)).is_flagged(unexpected);
    record.when(cancelled().on(4)).is_flagged(unexpected);
    record.when(seen("held").on(4)).is_flagged(unexpected);
    record.when(dispatched().on(5)).is_recorded();
    // No steps of the journey: they say nothing about how far the delivery has come.
    record.when(clearance_granted().on(4)).is_flagged([Flag::OutOfOrder]);
    record.when(step("delivery.rerouted.v1").on(4)).is_flagged([Flag::OutOfOrder]);
}

#[test]
fn a_release_without_hold_is_unexpected() {
    let unexpected = [Flag::UnexpectedStep];
    let on_its_way = || vec![planned().on(1), dispatched().on(2)];
    given(on_its_way()).when(released().on(4)).is_flagged(unexpected);
    for hold in [held(), seen("held")] {
        let record = given([on_its_way(), vec![hold.on(3)]].concat());
        record.when(released().on(3)).is_recorded();
        record.when(released().on(2)).is_flagged([Flag::OutOfOrder, Flag::UnexpectedStep]);
    }
}

#[test]
fn a_hold_ends_with_the_next_release_or_stage() {
    let after = |next: Told| given([planned().on(1), held().on(2), next.on(3)]);
    let unexpected = [Flag::UnexpectedStep];
    after(released()).when(released().on(4)).is_flagged(unexpected);
    after(step("delivery.crossed.v1")).when(released().on(4)).is_flagged(unexpected);
    after(step("delivery.postponed.v1")).when(released().on(4)).is_flagged(unexpected);
    after(seen("turned_back")).when(released().on(4)).is_flagged(unexpected);
    after(held()).when(released().on(4)).is_recorded();
    after(clearance_granted()).when(released().on(4)).is_recorded();
    after(step("delivery.rerouted.v1")).when(released().on(4)).is_recorded();
    after(withdrawal_of(1)).when(released().on(4)).is_flagged(unexpected);
}

#[test]
fn at_one_instant_what_was_recorded_last_counts() {
    let held_last = given([planned().on(1), dispatched().on(2), held().on(2)]);
    held_last.when(released().on(2)).is_recorded();
    let dispatched_last = given([planned().on(1), held().on(2), dispatched().on(2)]);
    dispatched_last.when(released().on(2)).is_flagged([Flag::UnexpectedStep]);
}

#[test]
fn what_is_counted_is_compared_with_the_plan() {
    let record = given([planned().on(1), dispatched().on(2)]);
    let arrived_with = |lines: Value| arrived().with(json!({ "lines": lines })).on(3);
    let flour = counted("flour", "t");
    record.when(arrived_with(json!([flour, counted("oil", "kg")]))).is_recorded();
    let unplanned = arrived_with(json!([flour, counted("salt", "t")]));
    record.when(unplanned).is_flagged([Flag::UnplannedLine]);
    let in_bags = arrived_with(json!([counted("flour", "piece")]));
    record.when(in_bags).is_flagged([Flag::UnitMismatch]);
    let both = arrived_with(json!([counted("oil", "t"), counted("salt", "t")]));
    record.when(both).is_flagged([Flag::UnplannedLine, Flag::UnitMismatch]);
}

#[test]
fn losses_and_consignments_seen_are_compared_too() {
    let record = given([planned().on(1), dispatched().on(2)]);
    let lost = told("delivery.loss_recorded.v1")
        .with(json!({ "cause": "lost", "lines": [counted("salt", "t")] }));
    record.when(lost.on(3)).is_flagged([Flag::UnplannedLine]);
    let seen = told("delivery.reported.v1")
        .with(json!({ "stage": "crossed", "consignment": [line("flour", "kg")] }));
    record.when(seen.on(3)).is_flagged([Flag::UnitMismatch]);
}

#[test]
fn without_planned_lines_there_is_nothing_to_compare_with() {
    let lines = json!({ "lines": [counted("salt", "t")] });
    let planned = planned().with(json!({ "organisation": "icrc", "destination": {} }));
    let record = given([planned.on(1)]);
    record.when(dispatched().with(lines.clone()).on(2)).is_recorded();
    let seen_only = given([seen("dispatched").on(1)]);
    seen_only.when(arrived().with(lines).on(2)).is_recorded();
}

#[test]
fn a_corrected_plan_is_the_plan() {
    let corrected = json!({
        "organisation": "icrc", "destination": {}, "consignment": [line("salt", "t")],
    });
    let record = given([planned().on(1), correction_of(0, corrected).on(2)]);
    let dispatched_with = |name| dispatched().with(json!({ "lines": [counted(name, "t")] }));
    record.when(dispatched_with("salt").on(3)).is_recorded();
    record.when(dispatched_with("flour").on(3)).is_flagged([Flag::UnplannedLine]);
}

#[test]
fn a_corrected_stage_is_the_stage() {
    let as_held = correction_of(0, json!({ "stage": "held" }));
    let record = given([seen("crossed").on(1), as_held.on(2)]);
    record.when(released().on(3)).is_recorded();
}

fn secret(step: Told) -> Told {
    step.classified(Classification::Confidential)
}

#[test]
fn an_end_above_the_clearance_has_not_come() {
    let ended = || given([planned().on(1), secret(cancelled()).on(2)]);
    let below = ended().seen_by(Classification::Restricted);
    below.when(clearance_granted().on(3)).is_recorded();
    below.when(dispatched().on(3)).is_recorded();
    ended().when(clearance_granted().on(3)).is_refused(&Refusal::DeliveryCancelled);
    ended().when(secret(dispatched()).on(3)).is_flagged([Flag::AfterEnd]);
    ended().when(told("report.disputed.v1")).is_recorded();
}

#[test]
fn whoever_may_see_an_event_may_see_why_it_is_flagged() {
    let seen_in_secret = given([planned().on(1), secret(dispatched()).on(2)]);
    seen_in_secret.when(arrived().on(3)).is_flagged([Flag::UnexpectedStep]);
    seen_in_secret.when(secret(arrived()).on(3)).is_recorded();
    let planned_in_secret = given([secret(planned()).on(2)]);
    let salt = || dispatched().with(json!({ "lines": [counted("salt", "t")] }));
    planned_in_secret.when(salt().on(1)).is_recorded();
    planned_in_secret.when(secret(salt()).on(3)).is_flagged([Flag::UnplannedLine]);
}

#[test]
fn a_step_that_leaked_is_forgotten_below_once_it_is_classified_higher() {
    let closing = secret(correction_of(2, json!({})));
    let record = given([planned().on(1), dispatched().on(2), held().on(3), closing.on(4)]);
    record.when(released().on(5)).is_flagged([Flag::UnexpectedStep]);
    record.when(secret(released()).on(5)).is_recorded();
}
