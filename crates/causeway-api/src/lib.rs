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
mod follow;
mod kept;
mod metrics;
pub mod openapi;
mod packed;
mod parameters;
mod pieces;
mod prefer;
mod problem;
mod query;
mod recorded;
mod responses;
mod rounds;
mod routes;
mod server;
mod tag;
mod turns;

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use actix_web::HttpRequest;
use causeway_service::Service;
use causeway_service::keys::Keys;
use causeway_views::overview::Overviews;
use tokio::sync::{Semaphore, watch};

pub use code::{Code, Row};
pub use server::{serve, serve_metrics};

use follow::Frames;
use kept::Kept;
use metrics::Metrics;
use rounds::Rounds;
use turns::Turns;

/// The service with what HTTP needs beside it. Clones are handles to the same one.
#[derive(Clone)]
pub struct Api(Arc<Inner>);

struct Inner {
    service: Service,
    keys: Keys,
    settings: Settings,
    metrics: Metrics,
    kept: Kept,
    turns: Turns,
    rounds: Rounds,
    overviews: Overviews,
    frames: Frames,
    stopping: watch::Sender<bool>,
    /// Whose turn it is to read what the log can show: a tile may hold 15 MB.
    showing: Arc<Semaphore>,
}

/// How many tiles and proofs are made at a time; others wait.
const SHOWN_AT_A_TIME: usize = 8;

/// What an operator may choose.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Whether public events may be read without a key.
    pub anonymous_reads: bool,
    /// How long a client may take nothing of what is sent to it before it is cut off.
    pub stall_limit: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Settings { anonymous_reads: false, stall_limit: Duration::from_secs(30) }
    }
}

impl Api {
    /// Puts a service behind HTTP.
    #[must_use]
    pub fn new(service: Service, keys: Keys, settings: Settings) -> Api {
        let metrics = Metrics::default();
        let stopping = watch::Sender::new(false);
        let showing = Arc::new(Semaphore::new(SHOWN_AT_A_TIME));
        Api(Arc::new(Inner {
            service,
            keys,
            settings,
            metrics,
            kept: Kept::default(),
            turns: Turns::default(),
            rounds: Rounds::default(),
            overviews: Overviews::default(),
            frames: Frames::default(),
            stopping,
            showing,
        }))
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

    pub(crate) fn showing(&self) -> &Arc<Semaphore> {
        &self.0.showing
    }

    pub(crate) fn kept(&self) -> &Kept {
        &self.0.kept
    }

    pub(crate) fn turns(&self) -> &Turns {
        &self.0.turns
    }

    pub(crate) fn rounds(&self) -> &Rounds {
        &self.0.rounds
    }

    pub(crate) fn overviews(&self) -> &Overviews {
        &self.0.overviews
    }

    pub(crate) fn frames(&self) -> &Frames {
        &self.0.frames
    }

    pub(crate) fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    /// From now on the service is not ready for more: it finishes what it has.
    pub fn stop(&self) {
        self.0.stopping.send_replace(true);
    }

    pub(crate) fn is_stopping(&self) -> bool {
        *self.0.stopping.borrow()
    }

    /// Waits until the service is told to stop.
    pub(crate) fn stopped(&self) -> impl Future<Output = ()> + use<> {
        let mut stopping = self.0.stopping.subscribe();
        // A service that is gone has stopped too.
        async move { drop(stopping.wait_for(|is_stopping| *is_stopping).await) }
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
