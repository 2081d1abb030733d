//! A service to measure, over HTTP.

use std::net::TcpListener;
use std::path::Path;
use std::thread;

use causeway_api::{Api, Settings};
use causeway_domain::words::Classification;
use causeway_service::keys::{Keys, NewKey, Role};
use causeway_service::{Service, clock};
use tikv_jemallocator::Jemalloc;
use tokio::sync::oneshot;

/// As in the executable.
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

/// A service over HTTP on two threads, and a key to it.
pub struct Server {
    /// Where it listens.
    pub url: String,
    /// The header that brings the key.
    pub authorization: String,
    /// Who asks.
    pub agent: ureq::Agent,
    stop: oneshot::Sender<()>,
    thread: thread::JoinHandle<()>,
}

impl Server {
    /// Starts it, and makes a key of this role.
    pub fn start(service: Service, folder: &Path, role: Role) -> Server {
        let keys = Keys::open(folder.join("keys.json")).expect("no keys yet");
        let new = NewKey {
            organisation: "icrc".parse().expect("an id"),
            role,
            clearance: None,
            default_classification: Some(Classification::Public),
            expires: None,
        };
        let (_, token) = keys.create(new, clock::now()).expect("a key");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let api = Api::new(service, keys, Settings::default());
        let (stop, stopped) = oneshot::channel();
        let thread = thread::spawn(move || {
            let served = causeway_api::serve(api, listener, 2, async { drop(stopped.await) });
            actix_web::rt::System::new().block_on(served).expect("a service");
        });
        let authorization = format!("Bearer {}", token.reveal());
        Server { url, authorization, agent: ureq::Agent::new_with_defaults(), stop, thread }
    }

    /// Records every line of `batch`.
    pub fn post(&self, batch: &str) {
        let post = self
            .agent
            .post(format!("{}/v1/events", self.url))
            .header("authorization", &self.authorization);
        let answer = post.header("content-type", "application/x-ndjson").send(batch);
        let answer = answer.expect("an answer").into_body().read_to_vec().expect("results");
        let recorded = b"\"status\":\"recorded\"";
        let recorded = answer.windows(recorded.len()).filter(|part| part == recorded).count();
        assert_eq!(recorded, batch.lines().count(), "{}", String::from_utf8_lossy(&answer));
    }

    /// Stops it, and waits until it has.
    pub fn stop(self) {
        self.stop.send(()).expect("a service that runs");
        self.thread.join().expect("a service that ends well");
    }
}
