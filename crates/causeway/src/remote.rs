//! A running service, as its HTTP interface shows it.
//!
//! What passes by itself (a broken line, a service that is full or restarting) is tried again
//! for a while by those who ask patiently; everything else is told at once.

use std::fmt;
use std::io;
use std::time::Duration;

use anyhow::anyhow;
use indicatif::ProgressBar;
use serde::Deserialize;
use ureq::config::ConfigBuilder;
use ureq::http::{HeaderMap, Response, StatusCode};
use ureq::tls::{RootCerts, TlsConfig};
use ureq::typestate::AgentScope;
use ureq::{Agent, Body, RequestBuilder};

use crate::Refused;

/// How long to wait before each new attempt, in seconds; then it is given up.
const PAUSES_SECONDS: [u64; 9] = [1, 1, 2, 4, 8, 15, 30, 30, 30];
/// How long a connection may take.
const CONNECT_PATIENCE: Duration = Duration::from_secs(10);
/// How long an answer, or the next bytes of one, may take.
const ANSWER_PATIENCE: Duration = Duration::from_secs(60);

/// A running service, and the key to it.
#[derive(Debug, Clone)]
pub struct Remote {
    agent: Agent,
    base: String,
    authorization: Option<String>,
}

/// A request: where, and what is sent.
#[derive(Debug, Clone, Copy)]
pub enum Request<'a> {
    /// Read `path`, as the type that is named.
    Get(&'a str, &'a str),
    /// Send to `path` a body of the type that is named.
    Post(&'a str, &'a str, &'a [u8]),
    /// Delete `path`.
    Delete(&'a str),
}

/// Why there is no answer.
#[derive(Debug)]
pub enum Failure {
    /// The same may succeed later; not before so many seconds, where the service says so.
    Passing(anyhow::Error, Option<u64>),
    /// The same will fail again.
    Final(anyhow::Error),
}

impl Remote {
    /// The service at `url`, for anybody.
    #[must_use]
    pub fn to(url: &str) -> Remote {
        let agent = agent(|config| config.timeout_per_read(Some(ANSWER_PATIENCE)));
        Remote { agent, base: url.trim_end_matches('/').to_owned(), authorization: None }
    }

    /// The same service for the holder of `key`.
    #[must_use]
    pub fn with_key(&self, key: &str) -> Remote {
        let authorization = Some(format!("Bearer {key}"));
        Remote { agent: self.agent.clone(), base: self.base.clone(), authorization }
    }

    /// Sends a request once.
    ///
    /// # Errors
    /// Where there is no answer, or it is a refusal.
    pub fn send(&self, request: Request<'_>) -> Result<Response<Body>, Failure> {
        let response = self.ask(request)?;
        match response.status().is_success() {
            true => Ok(response),
            false => Err(self.refusal(response)),
        }
    }

    /// What is at `path`, or why nothing is there.
    ///
    /// # Errors
    /// As [`Remote::send`].
    pub fn bytes(&self, path: &str) -> Result<io::Result<Vec<u8>>, Failure> {
        let mut response = self.ask(Request::Get(path, "*/*"))?;
        if response.status().is_success() {
            let bytes = response.body_mut().with_config().limit(ANSWER_LIMIT).read_to_vec();
            return bytes.map(Ok).map_err(|error| self.unanswered(error));
        }
        let status = response.status();
        let problem = response.body_mut().read_json::<Problem>().ok();
        match problem.as_ref().map(Problem::code) {
            Some("not-found") => Ok(Err(io::ErrorKind::NotFound.into())),
            Some("entries-above-clearance") => Ok(Err(io::ErrorKind::PermissionDenied.into())),
            Some("log-refused") => {
                let damaged = "the service refuses its own log: look at /readyz";
                Ok(Err(io::Error::new(io::ErrorKind::InvalidData, damaged)))
            }
            _ => Err(self.refused(status, response.headers(), problem)),
        }
    }

    fn ask(&self, request: Request<'_>) -> Result<Response<Body>, Failure> {
        let url = |path: &str| format!("{}{path}", self.base);
        let sent = match request {
            Request::Get(path, accept) => {
                self.signed(self.agent.get(url(path))).header("accept", accept).call()
            }
            Request::Post(path, content_type, body) => {
                let post = self.signed(self.agent.post(url(path)));
                post.header("content-type", content_type).send(body)
            }
            Request::Delete(path) => self.signed(self.agent.delete(url(path))).call(),
        };
        sent.map_err(|error| self.unanswered(error))
    }

    /// The request with the key, if there is one.
    fn signed<B>(&self, request: RequestBuilder<B>) -> RequestBuilder<B> {
        match &self.authorization {
            Some(authorization) => request.header("authorization", authorization),
            None => request,
        }
    }

    /// Sends a request once and reads the JSON of its answer.
    ///
    /// # Errors
    /// As [`Remote::send`], and where the answer is not what was expected.
    pub fn json<T: for<'de> Deserialize<'de>>(&self, request: Request<'_>) -> Result<T, Failure> {
        let mut response = self.send(request)?;
        let text = response.body_mut().with_config().limit(ANSWER_LIMIT).read_to_vec();
        let text = text.map_err(|error| self.unanswered(error))?;
        serde_json::from_slice(&text).map_err(|error| {
            let error = anyhow::Error::new(error);
            Failure::Final(error.context(format!("{} does not answer as Causeway does", self.base)))
        })
    }

    /// Why nothing came back.
    pub fn unanswered(&self, error: ureq::Error) -> Failure {
        let passes = matches!(
            error,
            ureq::Error::Io(_)
                | ureq::Error::Timeout(_)
                | ureq::Error::ConnectionFailed
                | ureq::Error::Protocol(_)
        );
        let error = anyhow::Error::new(error).context(format!("{} does not answer", self.base));
        match passes {
            true => Failure::Passing(error, None),
            false => Failure::Final(error),
        }
    }

    fn refusal(&self, mut response: Response<Body>) -> Failure {
        let problem = response.body_mut().read_json::<Problem>().ok();
        self.refused(response.status(), response.headers(), problem)
    }

    fn refused(
        &self,
        status: StatusCode,
        headers: &HeaderMap,
        problem: Option<Problem>,
    ) -> Failure {
        let told = problem.map_or_else(|| format!("it answers {status}"), Problem::into_text);
        let has_no_key = status == StatusCode::UNAUTHORIZED && self.authorization.is_none();
        let hint = if has_no_key { "; give --key KEY, or set CAUSEWAY_KEY" } else { "" };
        let told = format!("{}: {told}{hint}", self.base);
        let passing = [
            StatusCode::TOO_MANY_REQUESTS,
            StatusCode::BAD_GATEWAY,
            StatusCode::SERVICE_UNAVAILABLE,
            StatusCode::GATEWAY_TIMEOUT,
        ];
        match passing.contains(&status) {
            true => Failure::Passing(anyhow!(told), retry_after(headers)),
            false => Failure::Final(Refused(told).into()),
        }
    }
}

/// What asks over HTTP, with the certificates that the system trusts, and with `patience`.
pub fn agent(
    patience: impl FnOnce(ConfigBuilder<AgentScope>) -> ConfigBuilder<AgentScope>,
) -> Agent {
    let roots = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build();
    let config = Agent::config_builder()
        .tls_config(roots)
        .http_status_as_error(false)
        .user_agent(concat!("causeway/", env!("CARGO_PKG_VERSION")))
        .timeout_connect(Some(CONNECT_PATIENCE));
    patience(config).build().new_agent()
}

/// The largest JSON answer that is read.
const ANSWER_LIMIT: u64 = 64 << 20;

/// Tries until it succeeds, fails for good, or has failed too often. `bar` steps aside while
/// people are told that they have to wait.
///
/// # Errors
/// The failure for good, or the last one.
pub fn patiently<T>(
    bar: &ProgressBar,
    mut attempt: impl FnMut() -> Result<T, Failure>,
) -> anyhow::Result<T> {
    for pause in PAUSES_SECONDS {
        match attempt() {
            Ok(done) => return Ok(done),
            Err(Failure::Final(error)) => return Err(error),
            Err(Failure::Passing(error, retry_after)) => {
                let pause = retry_after.map_or(pause, |seconds| seconds.clamp(pause, 60));
                bar.suspend(|| eprintln!("{error:#}; trying again in {pause} s"));
                std::thread::sleep(Duration::from_secs(pause));
            }
        }
    }
    attempt().map_err(anyhow::Error::from)
}

impl From<Failure> for anyhow::Error {
    fn from(failure: Failure) -> anyhow::Error {
        match failure {
            Failure::Passing(error, _) | Failure::Final(error) => error,
        }
    }
}

fn retry_after(headers: &HeaderMap) -> Option<u64> {
    headers.get("retry-after")?.to_str().ok()?.parse().ok()
}

/// A problem (RFC 9457), as far as people need it.
#[derive(Debug, Deserialize)]
pub struct Problem {
    r#type: String,
    #[serde(default)]
    detail: String,
    #[serde(default)]
    advice: String,
    #[serde(default)]
    errors: Vec<Wrong>,
}

/// One thing that is wrong, and where.
#[derive(Debug, Deserialize)]
pub struct Wrong {
    /// JSON pointer into what was sent.
    pointer: Option<String>,
    /// Name of the parameter.
    parameter: Option<String>,
    /// What was expected there.
    detail: String,
}

impl Problem {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &str {
        self.r#type.rsplit('/').next().unwrap_or_default()
    }

    /// What is wrong, and all the places where.
    #[must_use]
    pub fn into_parts(self) -> (String, Vec<Wrong>) {
        (self.detail, self.errors)
    }

    /// What is wrong, where, and what to do next.
    fn into_text(self) -> String {
        let faults = self.errors.iter().map(|wrong| format!("\n    {wrong}"));
        let advice = Some(self.advice).filter(|advice| !advice.is_empty());
        let advice = advice.map(|advice| format!("\n  {advice}"));
        std::iter::once(self.detail).chain(faults).chain(advice).collect()
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = self.pointer.as_ref().or(self.parameter.as_ref());
        match place {
            Some(place) if !place.is_empty() => write!(f, "{place}: {}", self.detail),
            Some(_) | None => f.write_str(&self.detail),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_is_told_with_every_place_and_what_to_do() {
        let problem = r#"{"type":"/problems/bad-parameter","title":"t","status":400,
            "detail":"`limit`: expected a number","advice":"Correct it.",
            "errors":[{"parameter":"limit","detail":"expected a number"}]}"#;
        let problem: Problem = serde_json::from_str(problem).unwrap();
        assert_eq!(problem.code(), "bad-parameter");
        let told = "`limit`: expected a number\n    limit: expected a number\n  Correct it.";
        assert_eq!(problem.into_text(), told);
    }

    #[test]
    fn what_passes_is_tried_again_and_what_does_not_is_not() {
        let mut attempts = 0;
        let outcome: anyhow::Result<()> = patiently(&ProgressBar::hidden(), || {
            attempts += 1;
            match attempts {
                1 => Err(Failure::Passing(anyhow!("it is busy"), None)),
                _ => Err(Failure::Final(anyhow!("it is gone"))),
            }
        });
        assert_eq!(outcome.unwrap_err().to_string(), "it is gone");
        assert_eq!(attempts, 2);
    }
}
