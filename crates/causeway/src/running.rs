//! A running service: its sockets, its signals, its graceful end.

use std::net::{SocketAddr, TcpListener};

use anyhow::{Context, bail};
use causeway_api::Api;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

use crate::output;

/// The sockets of a service: open, so that nobody is turned away, but not served yet.
#[derive(Debug)]
pub struct Sockets {
    service: TcpListener,
    metrics: Option<TcpListener>,
}

impl Sockets {
    /// Takes the address of the service, and that of its figures.
    ///
    /// # Errors
    /// Where one cannot be had.
    pub fn open(service: &str, metrics: Option<&str>) -> anyhow::Result<Sockets> {
        let metrics = metrics.map(bind).transpose()?;
        Ok(Sockets { service: bind(service)?, metrics })
    }

    /// Where the service listens, the real port included.
    ///
    /// # Errors
    /// Where the system cannot tell.
    pub fn address(&self) -> anyhow::Result<SocketAddr> {
        Ok(self.service.local_addr()?)
    }
}

fn bind(address: &str) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).with_context(|| {
        format!("cannot listen on `{address}`; another address, or port 0 for a free one, may do")
    })
}

/// A service that is ready to be served.
pub struct Ready<'a> {
    /// What answers.
    pub api: Api,
    /// How many threads answer.
    pub workers: usize,
    /// What people are told once it listens.
    pub welcome: Option<&'a str>,
}

/// Serves until SIGTERM or SIGINT, then answers what was accepted and stops the writer. A second
/// signal does not wait for the answers.
///
/// # Errors
/// Where the sockets cannot be served, or answers were not waited for.
pub fn serve(ready: &Ready<'_>, sockets: Sockets) -> anyhow::Result<()> {
    let outcome = actix_web::rt::System::new().block_on(until_stopped(ready, sockets));
    ready.api.service().stop();
    outcome
}

async fn until_stopped(ready: &Ready<'_>, sockets: Sockets) -> anyhow::Result<()> {
    let Ready { api, workers, welcome } = ready;
    let mut signals = Signals::listen()?;
    let (stop, stopping) = watch::channel(false);
    announce(&sockets, *welcome)?;
    let Sockets { service, metrics } = sockets;
    let figures = async {
        match metrics {
            Some(socket) => {
                causeway_api::serve_metrics(api.clone(), socket, told(stopping.clone())).await
            }
            None => Ok(()),
        }
    };
    let service = causeway_api::serve(api.clone(), service, *workers, told(stopping.clone()));
    let both = async { tokio::try_join!(service, figures).context("the service failed") };
    tokio::pin!(both);
    tokio::select! {
        outcome = &mut both => return outcome.map(drop),
        signal = signals.next() => tracing::info!(signal, "stopping: answering what was accepted"),
    }
    stop.send_replace(true);
    tokio::select! {
        outcome = &mut both => outcome.map(drop),
        signal = signals.next() => bail!("{signal} came again: not every request was answered"),
    }
}

/// Says where the service can be reached, for people and for whatever waits for the line.
fn announce(sockets: &Sockets, welcome: Option<&str>) -> anyhow::Result<()> {
    output::print(&format!("listening on http://{}", sockets.address()?))?;
    if let Some(metrics) = &sockets.metrics {
        output::print(&format!("metrics on http://{}/metrics", metrics.local_addr()?))?;
    }
    welcome.map_or(Ok(()), output::print)
}

async fn told(mut stopping: watch::Receiver<bool>) {
    // A sender that is gone will not tell any more, and means the same.
    drop(stopping.wait_for(|is_stopping| *is_stopping).await);
}

/// What asks us to stop.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn listen() -> anyhow::Result<Signals> {
        let listen = |kind| signal(kind).context("cannot listen for signals");
        let terminate = listen(SignalKind::terminate())?;
        Ok(Signals { terminate, interrupt: listen(SignalKind::interrupt())? })
    }

    async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }
}
