//! What each figure is, in words that can be checked by hand.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

/// What a figure is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct About {
    /// What it is counted in.
    pub unit: &'static str,
    /// How it is made.
    pub formula: &'static str,
    /// What stands above the line; null where nothing is divided.
    #[schema(required)]
    pub numerator: Option<&'static str>,
    /// What stands below it.
    #[schema(required)]
    pub denominator: Option<&'static str>,
    /// Which filters narrow it; the others leave it as it is.
    pub narrowed_by: &'static [&'static str],
}

const PLACES: &[&str] = &["corridor", "area"];
const ALL: &[&str] = &["corridor", "area", "organisation"];

/// What each figure is.
pub(super) fn about() -> BTreeMap<&'static str, About> {
    BTreeMap::from(FIGURES)
}

const FIGURES: [(&str, About); 10] = [
    (
        "open_hours",
        About {
            unit: "hour",
            formula: "the time for which the cell resolves to each status under the policy; open + \
                      restricted + closed + unknown is the length of the stretch",
            numerator: Some("seconds at the status"),
            denominator: Some("3600"),
            narrowed_by: PLACES,
        },
    ),
    (
        "blockade_days",
        About {
            unit: "day of 24 hours",
            formula: "the time for which a constraint of kind blockade resolves to in force; union \
                      counts time in which several were in force once",
            numerator: Some("seconds in force"),
            denominator: Some("86400"),
            narrowed_by: PLACES,
        },
    ),
    (
        "outcomes",
        About {
            unit: "delivery",
            formula: "deliveries whose first report lies in the stretch, by their outcome at \
                      effective_at; those in progress are in no denominator",
            numerator: Some("deliveries with the outcome"),
            denominator: Some(
                "without: facilitated + partially_facilitated + impeded + denied; with: these + \
                 postponed + cancelled",
            ),
            narrowed_by: ALL,
        },
    ),
    (
        "clearance",
        About {
            unit: "hour",
            formula: "from request to answer, of requests made in the stretch: nearest-rank \
                      percentiles of the answered, sorted[ceil(q·n) − 1]; median_censored is the \
                      Kaplan–Meier median, in which open requests count as lasting at least as \
                      long as they have at effective_at",
            numerator: None,
            denominator: None,
            narrowed_by: ALL,
        },
    ),
    (
        "hold_hours",
        About {
            unit: "hour",
            formula: "the sum of what lies in the stretch of each hold of each delivery",
            numerator: Some("seconds held"),
            denominator: Some("3600"),
            narrowed_by: ALL,
        },
    ),
    (
        "tonnes",
        About {
            unit: "t",
            formula: "per stage, the sum over deliveries and lines counted in t of what the one \
                      source whose figure stands counted by reports of the stretch; sources, \
                      stages and units are never added to each other",
            numerator: None,
            denominator: None,
            narrowed_by: ALL,
        },
    ),
    (
        "losses",
        About {
            unit: "t",
            formula: "per cause, as tonnes",
            numerator: None,
            denominator: None,
            narrowed_by: ALL,
        },
    ),
    (
        "constraints",
        About {
            unit: "constraint",
            formula: "constraints that resolve to in force at some instant of the stretch, by \
                      category; people affected are not added, because constraints overlap",
            numerator: None,
            denominator: None,
            narrowed_by: PLACES,
        },
    ),
    (
        "harm",
        About {
            unit: "person",
            formula: "the resolved figures of incidents whose first report lies in the stretch, \
                      added over incidents, never over reports",
            numerator: None,
            denominator: None,
            narrowed_by: PLACES,
        },
    ),
    (
        "lag_hours",
        About {
            unit: "hour",
            formula: "recordedtime − time of the reports on record whose time lies in the stretch, \
                      withdrawn ones too, without registrations, plans, announced windows and \
                      statements: nearest-rank percentiles, sorted[ceil(q·n) − 1]",
            numerator: None,
            denominator: None,
            narrowed_by: ALL,
        },
    ),
];
