//! Which failures each kind of operation can answer, for the OpenAPI document.

use std::collections::BTreeMap;

use utoipa::IntoResponses;
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Response, ResponseBuilder};

use crate::code::Code;

type Responses = BTreeMap<String, RefOr<Response>>;

/// What reading can fail with, and that nothing has changed.
pub struct Reading;

/// What reading one thing can fail with, and that nothing has changed.
pub struct ReadingOne;

/// What reading figures can fail with, and that nothing has changed.
pub struct ReadingFigures;

/// What reading the log can fail with.
pub struct ReadingLog;

/// What following the log can fail with.
pub struct FollowingLog;

/// What reading one event can fail with.
pub struct ReadingEvent;

/// What checking the log can fail with.
pub struct CheckingLog;

/// What reading entries of the log can fail with.
pub struct ReadingTile;

/// What comparing lists can fail with.
pub struct Comparing;

/// What recording can fail with.
pub struct Recording;

/// What issuing a bulletin can fail with.
pub struct Issuing;

/// What managing keys can fail with.
pub struct ManagingKeys;

/// What asking for readiness can fail with.
pub struct BeingReady;

/// What looking up a page can fail with.
pub struct LookingUp;

const READING: [Code; 6] = [
    Code::BadParameter,
    Code::BadCursor,
    Code::NotAuthenticated,
    Code::NotAcceptable,
    Code::NotReached,
    Code::InternalError,
];

impl IntoResponses for Reading {
    fn responses() -> Responses {
        reading(&[])
    }
}

impl IntoResponses for ReadingOne {
    fn responses() -> Responses {
        reading(&[Code::NotFound])
    }
}

impl IntoResponses for ReadingFigures {
    fn responses() -> Responses {
        reading(&[Code::NotFound, Code::TooWide])
    }
}

impl IntoResponses for ReadingLog {
    fn responses() -> Responses {
        problems(&[&READING[..], &[Code::LogFailed]].concat())
    }
}

impl IntoResponses for FollowingLog {
    fn responses() -> Responses {
        problems(&[
            Code::BadParameter,
            Code::NotAuthenticated,
            Code::NotAcceptable,
            Code::InternalError,
            Code::TooManyStreams,
            Code::Stopping,
        ])
    }
}

impl IntoResponses for ReadingEvent {
    fn responses() -> Responses {
        let others = [Code::NotFound, Code::LogFailed, Code::LogRefused, Code::NotSigned];
        problems(&[&READING[..], &others].concat())
    }
}

const CHECKING: [Code; 7] = [
    Code::BadParameter,
    Code::NotFound,
    Code::NotAcceptable,
    Code::InternalError,
    Code::LogFailed,
    Code::LogRefused,
    Code::NotSigned,
];

impl IntoResponses for CheckingLog {
    fn responses() -> Responses {
        problems(&CHECKING)
    }
}

impl IntoResponses for ReadingTile {
    fn responses() -> Responses {
        let others = [Code::NotAuthenticated, Code::EntriesAboveClearance];
        problems(&[&CHECKING[..], &others].concat())
    }
}

impl IntoResponses for Comparing {
    fn responses() -> Responses {
        problems(&[
            Code::BadParameter,
            Code::NotAuthenticated,
            Code::NotPermitted,
            Code::NotFound,
            Code::NotAcceptable,
            Code::InternalError,
            Code::TooManyQuestions,
        ])
    }
}

const RECORDING: [Code; 31] = [
    Code::BadRequest,
    Code::MalformedJson,
    Code::BadParameter,
    Code::NotAuthenticated,
    Code::NotPermitted,
    Code::AboveClearance,
    Code::OwnReport,
    Code::NotAcceptable,
    Code::RequestTimeout,
    Code::EventIdReused,
    Code::SubjectExists,
    Code::DeliveryCancelled,
    Code::DeliveryClosed,
    Code::VersionMismatch,
    Code::BodyTooLarge,
    Code::TooManyEvents,
    Code::EntryTooLarge,
    Code::UnsupportedMediaType,
    Code::InvalidEvent,
    Code::UnknownSubject,
    Code::UnknownEvent,
    Code::BadTarget,
    Code::TimeInFuture,
    Code::HistoryClosed,
    Code::BatchRejected,
    Code::InternalError,
    Code::LogFailed,
    Code::LogRefused,
    Code::DiskFull,
    Code::Overloaded,
    Code::Stopping,
];

impl IntoResponses for Recording {
    fn responses() -> Responses {
        problems(&RECORDING)
    }
}

impl IntoResponses for Issuing {
    fn responses() -> Responses {
        problems(&[&RECORDING[..], &[Code::TooWide, Code::TooManyQuestions]].concat())
    }
}

impl IntoResponses for ManagingKeys {
    fn responses() -> Responses {
        problems(&[
            Code::BadRequest,
            Code::MalformedJson,
            Code::BadParameter,
            Code::NotAuthenticated,
            Code::NotPermitted,
            Code::NotFound,
            Code::NotAcceptable,
            Code::RequestTimeout,
            Code::BodyTooLarge,
            Code::UnsupportedMediaType,
            Code::InvalidKey,
            Code::InternalError,
        ])
    }
}

impl IntoResponses for BeingReady {
    fn responses() -> Responses {
        problems(&[Code::LogFailed, Code::LogRefused, Code::DiskFull, Code::Stopping])
    }
}

impl IntoResponses for LookingUp {
    fn responses() -> Responses {
        problems(&[Code::NotFound])
    }
}

/// The problems, one response for each status.
/// What reading a view can fail with, `others` among it, and that nothing has changed.
fn reading(others: &[Code]) -> Responses {
    let mut responses = problems(&[&READING[..], others, &[Code::TooManyQuestions]].concat());
    responses.insert("304".into(), unchanged());
    responses
}

fn problems(codes: &[Code]) -> Responses {
    let mut by_status: BTreeMap<u16, Vec<String>> = BTreeMap::new();
    for code in codes {
        let line = format!("`{}`: {}", code.name(), code.row().title);
        by_status.entry(code.row().status).or_default().push(line);
    }
    let response = |(status, lines): (u16, Vec<String>)| {
        let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
        let response = ResponseBuilder::new()
            .description(lines.join(". "))
            .content("application/problem+json", content)
            .build();
        (status.to_string(), response.into())
    };
    by_status.into_iter().map(response).collect()
}

fn unchanged() -> RefOr<Response> {
    let description = "`data` is what the client has already, by its `If-None-Match`";
    ResponseBuilder::new().description(description).build().into()
}
