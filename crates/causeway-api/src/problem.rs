//! Problems: every failure leaves the service as `application/problem+json` (RFC 9457).
//!
//! This is the one place where what went wrong inside becomes a status and a code. Causes are
//! logged here, once, and never sent.

use std::fmt;

use actix_web::body::BoxBody;
use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, ResponseError};
use causeway_domain::Refusal;
use causeway_domain::faults::Fault;
use causeway_service::{AskError, Unavailable, keys};
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use crate::code::{Code, Row};

/// How long a client should wait before it tries again, in seconds.
const RETRY_AFTER_SECONDS: u32 = 2;

/// A failure, as it is sent.
#[derive(Debug, Clone)]
pub struct Problem {
    code: Code,
    status: StatusCode,
    detail: String,
    errors: Vec<Wrong>,
    members: Map<String, Value>,
    headers: Vec<(header::HeaderName, String)>,
}

/// A failure (RFC 9457).
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct Body<'a> {
    /// Where the problem is explained: `/problems/<code>`.
    #[schema(example = "/problems/invalid-event")]
    r#type: String,
    /// What it is, in one line.
    title: &'static str,
    /// The HTTP status.
    #[schema(example = 422)]
    status: u16,
    /// What is wrong this time.
    detail: &'a str,
    /// What to do next.
    advice: &'static str,
    /// Everything that is wrong, each with where.
    #[serde(skip_serializing_if = "<[Wrong]>::is_empty")]
    errors: &'a [Wrong],
    /// Values that belong to the problem, such as `current` beside a version mismatch.
    #[serde(flatten)]
    members: &'a Map<String, Value>,
}

/// One thing that is wrong, and where: in the event that was sent, or in a parameter.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Wrong {
    /// JSON pointer (RFC 6901) into the event as it was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "/data/status")]
    pointer: Option<String>,
    /// The parameter's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    parameter: Option<String>,
    /// What was expected there.
    #[schema(example = "expected one of open, restricted, closed")]
    detail: String,
}

impl From<Fault> for Wrong {
    fn from(fault: Fault) -> Wrong {
        Wrong { pointer: Some(fault.pointer), parameter: None, detail: fault.detail }
    }
}

impl Problem {
    /// A problem of this code; `detail` says what is wrong this time.
    pub fn new(code: Code, detail: impl fmt::Display) -> Problem {
        let status = StatusCode::from_u16(code.row().status);
        Problem {
            code,
            status: status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            detail: detail.to_string(),
            errors: Vec::new(),
            members: Map::new(),
            headers: Vec::new(),
        }
    }

    /// Nothing of that name, as far as the reader may know.
    #[must_use]
    pub fn not_found(name: &str) -> Problem {
        Problem::new(Code::NotFound, format_args!("nothing here is called `{name}`"))
    }

    /// A parameter that is unknown or has a value that is not allowed.
    #[must_use]
    pub fn bad_parameter(name: &str, detail: &str) -> Problem {
        Problem::about_parameter(Code::BadParameter, name, detail)
    }

    /// A cursor that does not belong here, or a parameter that does not agree with it.
    #[must_use]
    pub fn bad_cursor(name: &str, detail: &str) -> Problem {
        Problem::about_parameter(Code::BadCursor, name, detail)
    }

    fn about_parameter(code: Code, name: &str, detail: &str) -> Problem {
        let problem = Problem::new(code, format_args!("`{name}`: {detail}"));
        let wrong = Wrong { pointer: None, parameter: Some(name.into()), detail: detail.into() };
        Problem { errors: vec![wrong], ..problem }
    }

    /// A failure of our own; the cause goes to the log only.
    pub fn internal(cause: impl fmt::Display) -> Problem {
        tracing::error!(%cause, "a request failed");
        Problem::new(Code::InternalError, "the cause is in the service's log")
    }

    /// The problem with what is wrong in what was sent.
    #[must_use]
    pub fn with_faults(self, faults: Vec<Fault>) -> Problem {
        Problem { errors: faults.into_iter().map(Wrong::from).collect(), ..self }
    }

    /// The problem with one more member.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Problem {
        self.members.insert(name.to_owned(), value.into());
        self
    }

    /// The problem with another status than its code usually has.
    #[must_use]
    pub fn with_status(self, status: StatusCode) -> Problem {
        Problem { status, ..self }
    }

    /// The problem with a header.
    #[must_use]
    pub fn with_header(mut self, name: header::HeaderName, value: impl Into<String>) -> Problem {
        self.headers.push((name, value.into()));
        self
    }

    fn retry(self) -> Problem {
        self.with_header(header::RETRY_AFTER, RETRY_AFTER_SECONDS.to_string())
    }

    /// The problem as JSON.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!(self.body())
    }

    fn body(&self) -> Body<'_> {
        let Row { title, advice, .. } = self.code.row();
        Body {
            r#type: format!("/problems/{}", self.code.name()),
            title,
            status: self.status.as_u16(),
            detail: &self.detail,
            advice,
            errors: &self.errors,
            members: &self.members,
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code.name(), self.detail)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse<BoxBody> {
        let mut response = HttpResponse::build(self.status);
        for (name, value) in &self.headers {
            response.insert_header((name.clone(), value.as_str()));
        }
        response.content_type("application/problem+json").body(self.to_json().to_string())
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Problem {
        let problem = Problem::new(Code::of(&refusal), &refusal);
        match refusal {
            Refusal::Invalid(faults) => problem.with_faults(faults),
            Refusal::VersionMismatch { current, expected } => {
                problem.with("current", current).with("expected", expected)
            }
            Refusal::TooLarge { size, limit } => problem.with("size", size).with("limit", limit),
            Refusal::Malformed(_)
            | Refusal::UnknownSubject(_)
            | Refusal::SubjectExists(_)
            | Refusal::DeliveryCancelled
            | Refusal::DeliveryClosed
            | Refusal::UnknownEvent(_)
            | Refusal::BadTarget(_)
            | Refusal::OwnReport
            | Refusal::NotPermitted(_)
            | Refusal::AboveClearance { .. }
            | Refusal::EventIdReused
            | Refusal::TimeInFuture
            | Refusal::HistoryClosed => problem,
        }
    }
}

impl Code {
    /// The code of a refusal; the same word that the domain has for it.
    fn of(refusal: &Refusal) -> Code {
        refusal.code().parse().unwrap_or(Code::InternalError)
    }
}

impl From<Unavailable> for Problem {
    fn from(unavailable: Unavailable) -> Problem {
        let code = match unavailable {
            Unavailable::LogFailed => Code::LogFailed,
            Unavailable::DiskFull { .. } => Code::DiskFull,
            Unavailable::Overloaded => Code::Overloaded,
            Unavailable::LogRefused { .. } => Code::LogRefused,
            Unavailable::Unsigned => Code::NotSigned,
            Unavailable::Stopping => Code::Stopping,
        };
        Problem::new(code, unavailable).retry()
    }
}

impl From<AskError> for Problem {
    fn from(error: AskError) -> Problem {
        let parameter = match &error {
            AskError::Unsettled(unavailable) => return unavailable.clone().into(),
            AskError::KnownAtAhead => "known_at",
            AskError::PositionAhead { .. } | AskError::BothGiven => "at_position",
        };
        Problem::bad_parameter(parameter, &error.to_string())
    }
}

impl From<keys::Error> for Problem {
    fn from(error: keys::Error) -> Problem {
        match error {
            keys::Error::Unknown(_) => Problem::new(Code::NotFound, error),
            keys::Error::DefaultAboveClearance { .. } | keys::Error::Expired(_) => {
                Problem::new(Code::InvalidKey, error)
            }
            keys::Error::Corrupt { .. }
            | keys::Error::Storage { .. }
            | keys::Error::NoRandomness(_) => Problem::internal(describe(&error)),
        }
    }
}

impl From<actix_web::error::BlockingError> for Problem {
    fn from(error: actix_web::error::BlockingError) -> Problem {
        Problem::internal(error)
    }
}

impl Problem {
    /// The position asked for with `min_position` did not come in time.
    #[must_use]
    pub fn not_reached(position: u64) -> Problem {
        let detail = format_args!("position {position} is not on record yet");
        Problem::new(Code::NotReached, detail).retry()
    }

    /// As many streams are open as are served at once.
    #[must_use]
    pub fn too_many_streams() -> Problem {
        let code = Code::TooManyStreams;
        Problem::new(code, code.row().title).retry()
    }

    /// As many questions are waiting as may wait.
    #[must_use]
    pub fn too_many_questions() -> Problem {
        let code = Code::TooManyQuestions;
        Problem::new(code, code.row().title).retry()
    }

    /// A failure that the framework answered in its own way.
    #[must_use]
    pub fn of_status(status: StatusCode) -> Problem {
        let code = match status.as_u16() {
            404 => Code::NotFound,
            405 => Code::MethodNotAllowed,
            406 => Code::NotAcceptable,
            408 => Code::RequestTimeout,
            413 => Code::BodyTooLarge,
            415 => Code::UnsupportedMediaType,
            400..=499 => Code::BadRequest,
            _ => Code::InternalError,
        };
        Problem::new(code, code.row().title)
    }
}

/// An error with all its causes, for the log.
fn describe(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_has_its_own_code() {
        use causeway_domain::words::Classification::{Public, Restricted};
        let refusals = [
            (Refusal::Invalid(Vec::new()), 422),
            (Refusal::Malformed(String::new()), 400),
            (Refusal::UnknownSubject(String::new()), 422),
            (Refusal::SubjectExists(String::new()), 409),
            (Refusal::DeliveryCancelled, 409),
            (Refusal::DeliveryClosed, 409),
            (Refusal::UnknownEvent(String::new()), 422),
            (Refusal::BadTarget(""), 422),
            (Refusal::OwnReport, 403),
            (Refusal::NotPermitted(""), 403),
            (Refusal::AboveClearance { event: Restricted, clearance: Public }, 403),
            (Refusal::VersionMismatch { current: 2, expected: 1 }, 412),
            (Refusal::EventIdReused, 409),
            (Refusal::TimeInFuture, 422),
            (Refusal::HistoryClosed, 422),
            (Refusal::TooLarge { size: 60_001, limit: 60_000 }, 413),
        ];
        for (refusal, status) in refusals {
            let code = refusal.code();
            let problem = Problem::from(refusal);
            assert_eq!(problem.code.name(), code);
            assert_eq!(problem.status_code().as_u16(), status, "{code}");
        }
    }

    #[test]
    fn a_version_mismatch_tells_the_current_version() {
        let problem = Problem::from(Refusal::VersionMismatch { current: 31, expected: 30 });
        let body = problem.to_json();
        assert_eq!(body["type"], "/problems/version-mismatch");
        assert_eq!(body["current"], 31);
    }
}
