//! The HTTP interface: what the service can do, as requests and answers.
//!
//! Knows nothing of storage. `routes` is the table of contents: the server, the tests and the
//! OpenAPI document are all made from it.

mod answer;
mod body;
mod caller;
mod code;
mod cursor;
mod edge;
mod feed;
mod metrics;
pub mod openapi;
mod parameters;
mod problem;
mod query;
mod recorded;
mod responses;
mod routes;
mod server;

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use actix_web::HttpRequest;
use causeway_service::Service;
use causeway_service::keys::Keys;

pub use code::{Code, Row};
pub use server::{serve, serve_metrics};

use metrics::Metrics;

/// The service with what HTTP needs beside it. Clones are handles to the same one.
#[derive(Clone)]
pub struct Api(Arc<Inner>);

struct Inner {
    service: Service,
    keys: Keys,
    settings: Settings,
    metrics: Metrics,
    is_stopping: AtomicBool,
}

/// What an operator may choose.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Whether public events may be read without a key.
    pub anonymous_reads: bool,
}

impl Api {
    /// Puts a service behind HTTP.
    #[must_use]
    pub fn new(service: Service, keys: Keys, settings: Settings) -> Api {
        let metrics = Metrics::default();
        let is_stopping = AtomicBool::new(false);
        Api(Arc::new(Inner { service, keys, settings, metrics, is_stopping }))
    }

    /// What records and answers.
    #[must_use]
    pub fn service(&self) -> &Service {
        &self.0.service
    }

    /// Who may ask.
    #[must_use]
    pub fn keys(&self) -> &Keys {
        &self.0.keys
    }

    /// What the operator chose.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    pub(crate) fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    /// From now on the service is not ready for more: it finishes what it has.
    pub fn stop(&self) {
        self.0.is_stopping.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_stopping(&self) -> bool {
        self.0.is_stopping.load(Ordering::Relaxed)
    }

    fn of(request: &HttpRequest) -> &Api {
        request.app_data::<Api>().expect("there is no way to a handler but through `server::app`")
    }
}

impl fmt::Debug for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Api").field("settings", self.settings()).finish_non_exhaustive()
    }
}
