//! Figures for Prometheus: what was asked, how long it took, where the log stands.

use std::sync::atomic::AtomicU64;
use std::time::Duration;

use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use crate::Api;
use crate::problem::Problem;

/// All figures.
pub struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    durations: Family<RouteLabels, Histogram, fn() -> Histogram>,
    recorded: Counter,
    rejected: Counter,
    events: Gauge<u64, AtomicU64>,
    writable: Gauge<u64, AtomicU64>,
    signed: Gauge<u64, AtomicU64>,
    trusted: Gauge<u64, AtomicU64>,
    streams: Gauge<u64, AtomicU64>,
    kept: Gauge<u64, AtomicU64>,
}

/// A stream that is open, and counted until it is dropped.
pub struct OpenStream(Gauge<u64, AtomicU64>);

/// How many streams are open at once at most.
const STREAMS_LIMIT: u64 = 2_000;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    method: &'static str,
    route: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabels {
    route: String,
}

/// Upper bounds of the buckets for durations, in seconds.
const BOUNDS: [f64; 12] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1., 5.];

impl Default for Metrics {
    fn default() -> Self {
        let mut metrics = Metrics {
            registry: Registry::with_prefix("causeway"),
            requests: Family::default(),
            durations: Family::new_with_constructor(|| Histogram::new(BOUNDS)),
            recorded: Counter::default(),
            rejected: Counter::default(),
            events: Gauge::default(),
            writable: Gauge::default(),
            signed: Gauge::default(),
            trusted: Gauge::default(),
            streams: Gauge::default(),
            kept: Gauge::default(),
        };
        metrics.register();
        metrics
    }
}

impl Metrics {
    fn register(&mut self) {
        let registry = &mut self.registry;
        let requests = self.requests.clone();
        registry.register("http_requests", "Requests answered", requests);
        registry.register_with_unit(
            "http_request_duration",
            "Time from a request's head to its answer's",
            Unit::Seconds,
            self.durations.clone(),
        );
        let recorded = self.recorded.clone();
        registry.register("events_recorded", "Events recorded over HTTP", recorded);
        let rejected = self.rejected.clone();
        registry.register("events_rejected", "Events rejected over HTTP", rejected);
        registry.register("log_events", "Events on record", self.events.clone());
        let writable = self.writable.clone();
        registry.register("log_writable", "1 while events can be recorded, else 0", writable);
        registry.register(
            "log_signed",
            "Events in the last signed checkpoint",
            self.signed.clone(),
        );
        let trusted = self.trusted.clone();
        registry.register("log_trusted", "1 while the log holds what was signed, else 0", trusted);
        registry.register("streams", "Streams of events that are open", self.streams.clone());
        let kept = self.kept.clone();
        registry.register_with_unit("answers_kept", "Answers kept in memory", Unit::Bytes, kept);
    }

    /// Counts an answered request. `route` is a pattern, so that there are few.
    pub fn answered(&self, method: &Method, route: String, status: StatusCode, elapsed: Duration) {
        let known = ["GET", "HEAD", "POST", "DELETE"];
        let method = known.into_iter().find(|known| *known == method.as_str()).unwrap_or("other");
        let labels = RequestLabels { method, route, status: status.as_u16() };
        self.requests.get_or_create(&labels).inc();
        let labels = RouteLabels { route: labels.route };
        self.durations.get_or_create(&labels).observe(elapsed.as_secs_f64());
    }

    /// Counts what became of the events of a request.
    pub fn judged(&self, recorded: usize, rejected: usize) {
        self.recorded.inc_by(recorded as u64);
        self.rejected.inc_by(rejected as u64);
    }

    /// Counts a stream while it is open; none where there are too many already.
    pub fn open_stream(&self) -> Option<OpenStream> {
        let others = self.streams.inc();
        let open = OpenStream(self.streams.clone());
        (others < STREAMS_LIMIT).then_some(open)
    }

    /// All figures, in the form that Prometheus reads.
    ///
    /// # Errors
    /// Where they cannot be written down.
    pub fn text(&self, api: &Api) -> Result<String, std::fmt::Error> {
        self.events.set(api.service().head().chronicle.len());
        self.writable.set(u64::from(api.service().health().is_ok()));
        let signed = api.service().evidence().signed();
        self.trusted.set(u64::from(signed.is_ok()));
        let signed = signed.ok().flatten();
        self.signed.set(signed.map_or(0, |signed| signed.checkpoint.size));
        self.kept.set(api.kept().weight());
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

impl Drop for OpenStream {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// The figures as text.
pub async fn get_metrics(request: HttpRequest) -> Result<HttpResponse, Problem> {
    let api = Api::of(&request);
    let text = api.metrics().text(api).map_err(Problem::internal)?;
    let content_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    Ok(HttpResponse::Ok().content_type(content_type).body(text))
}
