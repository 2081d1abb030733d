//! What every request passes on its way in and every answer on its way out.
//!
//! Here requests get their ids, failures of the framework become problems, answers get the
//! headers that all have, and both are counted and logged, without any secret.

use std::time::Instant;

use actix_web::body::{BodySize, BoxBody, EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderMap, HeaderName,
    HeaderValue, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, ResponseError};

use crate::Api;
use crate::caller::KeyId;
use crate::problem::Problem;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The headers of an answer that says nothing else.
const USUAL: [(HeaderName, &str); 4] = [
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (REFERRER_POLICY, "no-referrer"),
    (CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
    (CACHE_CONTROL, "no-store"),
];

/// Lets a request pass, and its answer.
///
/// # Errors
/// As what lies behind.
pub async fn pass<B: MessageBody + 'static>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B, BoxBody>>, Error> {
    let started = Instant::now();
    let request_id = request_id(request.headers());
    let method = request.method().clone();
    if method == Method::HEAD {
        // Whatever can be read can be asked about; the connection leaves the body away.
        request.head_mut().method = Method::GET;
    }
    let mut response = as_problem(next.call(request).await?);
    if method == Method::HEAD && response.response().body().size() == BodySize::Stream {
        // The connection waits for the end of a body, and this one may have none.
        response = response.map_body(|_, _| EitherBody::right(BoxBody::new(())));
    }
    dress(response.headers_mut(), &request_id);
    note(&method, &response, &request_id, started);
    Ok(response)
}

/// A failure that is not a problem yet becomes one.
fn as_problem<B: MessageBody>(
    response: ServiceResponse<B>,
) -> ServiceResponse<EitherBody<B, BoxBody>> {
    let status = response.status();
    let is_failure = status.is_client_error() || status.is_server_error();
    let content_type = response.headers().get(CONTENT_TYPE);
    if !is_failure || content_type.is_some_and(|one| one == "application/problem+json") {
        return response.map_into_left_body();
    }
    let problem = Problem::of_status(status).error_response();
    response.into_response(problem).map_into_right_body()
}

/// The headers that every answer has.
fn dress(headers: &mut HeaderMap, request_id: &str) {
    for (name, value) in USUAL {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
    if let Ok(request_id) = HeaderValue::from_str(request_id) {
        headers.insert(REQUEST_ID, request_id);
    }
    if headers.get(CONTENT_ENCODING).is_some_and(|encoding| encoding == "identity") {
        headers.remove(CONTENT_ENCODING); // it has kept the answer from being compressed
    }
}

fn note<B>(method: &Method, response: &ServiceResponse<B>, request_id: &str, started: Instant) {
    let request = response.request();
    let status = response.status();
    let elapsed = started.elapsed();
    let route = request.match_pattern().unwrap_or_else(|| "unmatched".to_owned());
    let key = request.extensions();
    let key = key.get::<KeyId>().map(|key| key.0.as_str());
    tracing::debug!(
        %method,
        path = request.path(),
        status = status.as_u16(),
        milliseconds = elapsed.as_millis(),
        key,
        request = request_id,
        "answered",
    );
    Api::of(request).metrics().answered(method, route, status, elapsed);
}

/// The client's own id for the request, if it is harmless, else a random one.
fn request_id(headers: &HeaderMap) -> String {
    let given = headers.get(REQUEST_ID).and_then(|id| id.to_str().ok());
    let harmless = |id: &&str| {
        (1..=64).contains(&id.len())
            && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    given.filter(harmless).map_or_else(random_id, str::to_owned)
}

fn random_id() -> String {
    let mut bits = [0; 16];
    // Without randomness requests are not told apart in the log of requests, and that is all.
    getrandom::fill(&mut bits).unwrap_or_default();
    format!("{:032x}", u128::from_be_bytes(bits))
}
