//! A subject's stream of events, reduced to what admitting the next one needs.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_with::As;

use crate::delivery::Journey;
use crate::event::{Creation, Event, Payload};
use crate::flags::{Flag, Flags};
use crate::id::EventId;
use crate::packed;
use crate::refusal::Refusal;
use crate::words::Classification;

/// What is known of a subject when its next event comes.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Stream {
    version: u32,
    /// The event that created the subject, unless it was withdrawn.
    creator: Option<Known>,
    /// When the newest of its reports of each classification happened.
    #[serde(with = "As::<[Option<packed::Instant>; 4]>")]
    newest: [Option<DateTime<Utc>>; 4],
    /// Most subjects are no deliveries.
    journey: Option<Box<Journey>>,
    /// How many of its events, paperwork aside, have each classification.
    by_classification: [u32; 4],
}

/// An event that counts, and how sensitive it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// The event.
    pub event: EventId,
    /// How sensitive it is by now.
    pub classification: Classification,
}

impl Known {
    /// Whether it exists for somebody of this clearance (rule 47).
    #[must_use]
    pub fn is_seen_by(self, clearance: Classification) -> bool {
        self.classification <= clearance
    }
}

/// How far ahead of the server's clock an event may lie, and how far behind it is not yet late.
const DAY: TimeDelta = TimeDelta::hours(24);

impl Stream {
    /// The number of events so far.
    #[must_use]
    pub fn version(&self) -> u64 {
        u64::from(self.version)
    }

    /// Whether the event that created the subject stands, for somebody of this clearance.
    #[must_use]
    pub fn is_registered(&self, clearance: Classification) -> bool {
        self.creator.is_some_and(|creator| creator.is_seen_by(clearance))
    }

    /// Whether somebody of this clearance knows of the subject.
    #[must_use]
    pub fn is_known_to(&self, clearance: Classification) -> bool {
        self.by_classification[..=clearance as usize].iter().any(|count| *count > 0)
    }

    /// Whether somebody of this clearance may record the event at `now`.
    ///
    /// # Errors
    /// For a subject that is not there or is there already, and a time too far ahead.
    pub fn admit(
        &self,
        event: &Event,
        clearance: Classification,
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        let time = event.time.instant();
        match event.payload.creation() {
            Creation::Once if self.creator.is_some() => {
                return Err(Refusal::SubjectExists(event.subject.to_string()));
            }
            Creation::No if !self.is_known_to(clearance) => {
                return Err(Refusal::UnknownSubject(event.subject.to_string()));
            }
            Creation::Once | Creation::OrReports | Creation::No => {}
        }
        if time - now > DAY && !event.payload.may_lie_ahead() {
            return Err(Refusal::TimeInFuture);
        }
        Ok(())
    }

    /// Whether the event goes with our own administration, as far as somebody of this clearance
    /// knows it.
    ///
    /// # Errors
    /// Where our own administration would contradict itself (rule 17).
    pub fn admit_step(&self, event: &Event, clearance: Classification) -> Result<(), Refusal> {
        let Payload::Delivery(step) = &event.payload else { return Ok(()) };
        self.journey().admit(step, event.time.instant(), clearance)
    }

    /// What is remarkable about the event, recorded at `now`. Whoever may see the event sees its
    /// flags, so nothing more sensitive than the event itself counts (rule 47).
    #[must_use]
    pub fn flags(&self, event: &Event, now: DateTime<Utc>) -> Flags {
        self.journey_flags(event).with(self.clock_flags(event, now))
    }

    fn journey(&self) -> &Journey {
        static NOWHERE: Journey = Journey::new();
        self.journey.as_deref().unwrap_or(&NOWHERE)
    }

    fn journey_flags(&self, event: &Event) -> Flags {
        if let Payload::Delivery(step) = &event.payload {
            return self.journey().flags(step, event.time.instant(), event.classification);
        }
        let mut flags = Flags::default();
        flags.add_if(self.journey().has_ended(event.classification), Flag::AfterEnd);
        flags
    }

    fn clock_flags(&self, event: &Event, now: DateTime<Utc>) -> Flags {
        let mut flags = Flags::default();
        if event.payload.is_report() {
            let time = event.time.instant();
            flags.add_if(now - time > DAY, Flag::Late);
            flags.add_if(time > now, Flag::Future);
            let newest = self.newest[..=event.classification as usize].iter().flatten().max();
            flags.add_if(newest.is_some_and(|newest| time < *newest), Flag::OutOfOrder);
        }
        flags
    }

    /// The stream after the event.
    pub fn evolve(&mut self, event: &Event) {
        let known = Known { event: event.id, classification: event.classification };
        self.version += 1;
        if !matches!(event.payload, Payload::Report(_)) {
            self.by_classification[event.classification as usize] += 1;
        }
        if event.payload.is_report() {
            let newest = &mut self.newest[event.classification as usize];
            *newest = (*newest).max(Some(event.time.instant()));
        }
        if event.payload.creation() != Creation::No {
            self.creator = self.creator.or(Some(known));
        }
        if let Payload::Delivery(step) = &event.payload {
            let journey = self.journey.get_or_insert_default();
            journey.evolve(known, step, event.time.instant());
        }
    }

    /// The stream after one of its reports took another form: that of a correction, or the one
    /// before it where a correction was withdrawn.
    pub fn correct(&mut self, report: EventId, form: &Payload) {
        if let (Some(journey), Payload::Delivery(form)) = (&mut self.journey, form) {
            journey.correct(report, form);
        }
    }

    /// The stream after one of its reports was withdrawn.
    pub fn forget(&mut self, report: EventId) {
        self.creator = self.creator.filter(|creator| creator.event != report);
        if let Some(journey) = &mut self.journey {
            journey.forget(report);
        }
    }

    /// The stream after one of its reports was found to be more sensitive (rule 47): for what it
    /// was and for what it is now, when the newest of the reports that are just so sensitive
    /// happened.
    pub fn raise(&mut self, report: EventId, newest: [(Classification, Option<DateTime<Utc>>); 2]) {
        let [(from, _), (to, _)] = newest;
        self.by_classification[from as usize] -= 1;
        self.by_classification[to as usize] += 1;
        for (classification, time) in newest {
            self.newest[classification as usize] = time;
        }
        if let Some(creator) = self.creator.as_mut().filter(|creator| creator.event == report) {
            creator.classification = to;
        }
        if let Some(journey) = &mut self.journey {
            journey.raise(report, to);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::given::{closing_of, given, told, withdrawal_of};

    fn unknown(subject: &str) -> Refusal {
        Refusal::UnknownSubject(subject.to_owned())
    }

    fn exists(subject: &str) -> Refusal {
        Refusal::SubjectExists(subject.to_owned())
    }

    #[test]
    fn what_nothing_has_created_cannot_be_reported_on() {
        given([]).when(told("corridor.status_reported.v1")).is_refused(&unknown("corridor/a"));
        given([]).when(told("constraint.lifted.v1")).is_refused(&unknown("constraint/a"));
        given([]).when(told("delivery.arrived.v1")).is_refused(&unknown("delivery/a"));
        given([]).when(told("incident.revised.v1")).is_refused(&unknown("incident/a"));
        given([]).when(told("movement.revised.v1")).is_refused(&unknown("movement/a"));
        given([]).when(told("report.disputed.v1")).is_refused(&unknown("corridor/a"));
    }

    #[test]
    fn what_creates_once_creates_once() {
        for creating in [
            "corridor.registered.v1",
            "delivery.planned.v1",
            "statement.recorded.v1",
            "bulletin.issued.v1",
            "actor.registered.v1",
            "place.registered.v1",
        ] {
            given([]).when(told(creating)).is_recorded();
            let kind = creating.split('.').next().unwrap();
            let again = given([told(creating)]).when(told(creating));
            again.is_refused(&exists(&format!("{kind}/a")));
        }
    }

    #[test]
    fn a_report_that_creates_is_one_more_report_where_the_subject_exists() {
        for creating in [
            "constraint.reported.v1",
            "delivery.reported.v1",
            "incident.reported.v1",
            "movement.reported.v1",
        ] {
            given([]).when(told(creating)).is_recorded();
            given([told(creating)]).when(told(creating)).is_recorded();
        }
        given([told("delivery.planned.v1")])
            .when(told("delivery.reported.v1"))
            .is_flagged([Flag::UnplannedLine]);
    }

    #[test]
    fn a_delivery_that_was_seen_cannot_be_planned_any_more() {
        given([told("delivery.reported.v1")])
            .when(told("delivery.planned.v1"))
            .is_refused(&exists("delivery/a"));
    }

    #[test]
    fn a_subject_whose_creation_was_withdrawn_may_be_created_again() {
        let withdrawn = given([told("corridor.registered.v1"), withdrawal_of(0)]);
        withdrawn.when(told("corridor.registered.v1")).is_recorded();
        let created_again = given([
            told("corridor.registered.v1"),
            withdrawal_of(0),
            told("corridor.registered.v1"),
        ]);
        created_again.when(told("corridor.registered.v1")).is_refused(&exists("corridor/a"));
    }

    #[test]
    fn withdrawing_what_did_not_create_a_subject_does_not_uncreate_it() {
        let record =
            [told("corridor.registered.v1"), told("corridor.status_reported.v1"), withdrawal_of(1)];
        given(record).when(told("corridor.registered.v1")).is_refused(&exists("corridor/a"));
    }

    #[test]
    fn a_subject_whose_creation_was_withdrawn_is_still_known() {
        let withdrawn = given([told("corridor.registered.v1"), withdrawal_of(0)]);
        withdrawn.when(told("corridor.status_reported.v1")).is_recorded();
        withdrawn.when(told("report.disputed.v1")).is_recorded();
    }

    #[test]
    fn a_subject_above_the_callers_clearance_is_unknown() {
        let secret = || {
            let registered = told("corridor.registered.v1");
            given([registered.classified(Classification::Confidential)])
        };
        let report = || told("corridor.status_reported.v1");
        secret()
            .seen_by(Classification::Restricted)
            .when(report())
            .is_refused(&unknown("corridor/a"));
        secret().seen_by(Classification::Confidential).when(report()).is_recorded();
        let told_in_public = given([
            told("corridor.registered.v1").classified(Classification::Confidential),
            report().classified(Classification::Public),
        ]);
        told_in_public.seen_by(Classification::Public).when(report()).is_recorded();
    }

    #[test]
    fn what_leaked_is_unknown_again_once_it_is_classified_higher() {
        let leaked = || given([told("corridor.registered.v1"), closing_of(0)]);
        let report = || told("corridor.status_reported.v1");
        let unknown = unknown("corridor/a");
        leaked().seen_by(Classification::Restricted).when(report()).is_refused(&unknown);
        leaked().seen_by(Classification::Confidential).when(report()).is_recorded();
    }

    #[test]
    fn a_time_up_to_24_hours_ahead_is_recorded_and_flagged() {
        let open = given([told("corridor.registered.v1")]);
        let ahead = |by: TimeDelta| told("corridor.status_reported.v1").on(2).recorded_after(-by);
        open.when(ahead(TimeDelta::zero())).is_recorded();
        open.when(ahead(TimeDelta::microseconds(1))).is_flagged([Flag::Future]);
        open.when(ahead(DAY)).is_flagged([Flag::Future]);
        open.when(ahead(DAY + TimeDelta::microseconds(1))).is_refused(&Refusal::TimeInFuture);
    }

    #[test]
    fn announcements_and_plans_may_lie_far_ahead() {
        let year = TimeDelta::days(365);
        given([])
            .when(told("delivery.planned.v1").recorded_after(-year))
            .is_flagged([Flag::Future]);
        given([told("corridor.registered.v1")])
            .when(told("corridor.window_announced.v1").recorded_after(-year))
            .is_flagged([Flag::Future]);
        given([])
            .when(told("statement.recorded.v1").recorded_after(-year))
            .is_refused(&Refusal::TimeInFuture);
        given([told("corridor.registered.v1")])
            .when(told("report.disputed.v1").recorded_after(-year))
            .is_refused(&Refusal::TimeInFuture);
    }

    #[test]
    fn more_than_24_hours_later_is_late() {
        let registered = |delay| told("corridor.registered.v1").recorded_after(delay);
        given([]).when(registered(DAY)).is_recorded();
        given([]).when(registered(DAY + TimeDelta::microseconds(1))).is_flagged([Flag::Late]);
    }

    #[test]
    fn what_is_older_than_the_newest_report_is_out_of_order() {
        let open = given([told("corridor.registered.v1").on(5)]);
        let report = || told("corridor.status_reported.v1").on(5);
        open.when(report()).is_recorded();
        let earlier = report().earlier_by(TimeDelta::microseconds(1));
        open.when(earlier).is_flagged([Flag::OutOfOrder]);
    }

    #[test]
    fn what_is_more_sensitive_does_not_show_in_the_order() {
        let record = [
            told("corridor.registered.v1").on(1),
            told("corridor.status_reported.v1").on(9).classified(Classification::Confidential),
        ];
        let report =
            |classification| told("corridor.status_reported.v1").on(5).classified(classification);
        given(record.clone()).when(report(Classification::Restricted)).is_recorded();
        given(record).when(report(Classification::Confidential)).is_flagged([Flag::OutOfOrder]);
    }

    #[test]
    fn what_leaked_does_not_show_in_the_order_once_it_is_classified_higher() {
        let record = [
            told("corridor.registered.v1").on(1),
            told("corridor.status_reported.v1").on(5),
            told("corridor.status_reported.v1").on(9),
            closing_of(2),
        ];
        let report = |day| told("corridor.status_reported.v1").on(day);
        given(record.clone()).when(report(7)).is_recorded();
        given(record.clone()).when(report(4)).is_flagged([Flag::OutOfOrder]);
        let confidential = report(7).classified(Classification::Confidential);
        given(record).when(confidential).is_flagged([Flag::OutOfOrder]);
    }

    #[test]
    fn a_withdrawn_report_still_counts_for_the_order() {
        let record = [
            told("corridor.registered.v1").on(1),
            told("corridor.status_reported.v1").on(9),
            withdrawal_of(1).on(10),
        ];
        given(record)
            .when(told("corridor.status_reported.v1").on(5))
            .is_flagged([Flag::OutOfOrder]);
    }

    #[test]
    fn the_time_of_paperwork_plays_no_part() {
        let record = [told("corridor.registered.v1").on(9), told("report.disputed.v1").on(20)];
        given(record.clone()).when(told("corridor.status_reported.v1").on(10)).is_recorded();
        let old_and_late = told("report.disputed.v1").on(1).recorded_after(DAY * 30);
        given(record).when(old_and_late).is_recorded();
        given([]).when(told("bulletin.issued.v1").recorded_after(DAY * 30)).is_recorded();
    }

    #[test]
    fn every_event_is_one_more_version() {
        given([]).has_version(0);
        given([told("corridor.registered.v1"), withdrawal_of(0), told("report.disputed.v1")])
            .has_version(3);
    }
}
