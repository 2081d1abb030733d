//! One working example event of every type, ready to be sent to a service that holds the
//! demonstration record.

/// The example of an event type, as JSON.
pub(super) fn of(type_name: &str) -> &'static str {
    let of_this_type = |(name, _): &&(&str, &str)| *name == type_name;
    EXAMPLES.iter().find(of_this_type).map_or("", |(_, example)| example)
}

#[rustfmt::skip] // a table, one line each
const EXAMPLES: [(&str, &str); 42] = [
    ("corridor.registered.v1", include_str!("../../event-examples/corridor.registered.v1.json")),
    ("corridor.status_reported.v1", include_str!("../../event-examples/corridor.status_reported.v1.json")),
    ("corridor.control_reported.v1", include_str!("../../event-examples/corridor.control_reported.v1.json")),
    ("corridor.window_announced.v1", include_str!("../../event-examples/corridor.window_announced.v1.json")),
    ("corridor.window_withdrawn.v1", include_str!("../../event-examples/corridor.window_withdrawn.v1.json")),
    ("corridor.traffic_counted.v1", include_str!("../../event-examples/corridor.traffic_counted.v1.json")),
    ("constraint.reported.v1", include_str!("../../event-examples/constraint.reported.v1.json")),
    ("constraint.tightened.v1", include_str!("../../event-examples/constraint.tightened.v1.json")),
    ("constraint.eased.v1", include_str!("../../event-examples/constraint.eased.v1.json")),
    ("constraint.lifted.v1", include_str!("../../event-examples/constraint.lifted.v1.json")),
    ("constraint.resumed.v1", include_str!("../../event-examples/constraint.resumed.v1.json")),
    ("constraint.mitigated.v1", include_str!("../../event-examples/constraint.mitigated.v1.json")),
    ("delivery.planned.v1", include_str!("../../event-examples/delivery.planned.v1.json")),
    ("delivery.reported.v1", include_str!("../../event-examples/delivery.reported.v1.json")),
    ("delivery.clearance_requested.v1", include_str!("../../event-examples/delivery.clearance_requested.v1.json")),
    ("delivery.clearance_granted.v1", include_str!("../../event-examples/delivery.clearance_granted.v1.json")),
    ("delivery.clearance_denied.v1", include_str!("../../event-examples/delivery.clearance_denied.v1.json")),
    ("delivery.dispatched.v1", include_str!("../../event-examples/delivery.dispatched.v1.json")),
    ("delivery.crossed.v1", include_str!("../../event-examples/delivery.crossed.v1.json")),
    ("delivery.arrived.v1", include_str!("../../event-examples/delivery.arrived.v1.json")),
    ("delivery.distributed.v1", include_str!("../../event-examples/delivery.distributed.v1.json")),
    ("delivery.held.v1", include_str!("../../event-examples/delivery.held.v1.json")),
    ("delivery.released.v1", include_str!("../../event-examples/delivery.released.v1.json")),
    ("delivery.rerouted.v1", include_str!("../../event-examples/delivery.rerouted.v1.json")),
    ("delivery.turned_back.v1", include_str!("../../event-examples/delivery.turned_back.v1.json")),
    ("delivery.loss_recorded.v1", include_str!("../../event-examples/delivery.loss_recorded.v1.json")),
    ("delivery.postponed.v1", include_str!("../../event-examples/delivery.postponed.v1.json")),
    ("delivery.cancelled.v1", include_str!("../../event-examples/delivery.cancelled.v1.json")),
    ("delivery.closed.v1", include_str!("../../event-examples/delivery.closed.v1.json")),
    ("incident.reported.v1", include_str!("../../event-examples/incident.reported.v1.json")),
    ("incident.revised.v1", include_str!("../../event-examples/incident.revised.v1.json")),
    ("incident.attributed.v1", include_str!("../../event-examples/incident.attributed.v1.json")),
    ("movement.reported.v1", include_str!("../../event-examples/movement.reported.v1.json")),
    ("movement.revised.v1", include_str!("../../event-examples/movement.revised.v1.json")),
    ("statement.recorded.v1", include_str!("../../event-examples/statement.recorded.v1.json")),
    ("bulletin.issued.v1", include_str!("../../event-examples/bulletin.issued.v1.json")),
    ("report.assessed.v1", include_str!("../../event-examples/report.assessed.v1.json")),
    ("report.disputed.v1", include_str!("../../event-examples/report.disputed.v1.json")),
    ("report.corrected.v1", include_str!("../../event-examples/report.corrected.v1.json")),
    ("report.withdrawn.v1", include_str!("../../event-examples/report.withdrawn.v1.json")),
    ("actor.registered.v1", include_str!("../../event-examples/actor.registered.v1.json")),
    ("place.registered.v1", include_str!("../../event-examples/place.registered.v1.json")),
];
