//! The running server: the app as it is served, and its graceful end.

use std::any::Any;
use std::future::Future;
use std::io;
use std::net::TcpListener;
use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::dev::{Server, ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::middleware::{Compress, from_fn};
use actix_web::rt::net::TcpStream;
use actix_web::{App, Error, HttpServer, web};
use socket2::SockRef;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::{Api, edge, metrics, routes};

/// How long requests in hand may take to be answered when the server stops.
const GRACE_SECONDS: u64 = 30;

/// The one app: the server runs it, the tests call it.
pub(crate) fn app(
    api: Api,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody + 'static>,
        Error = Error,
        InitError = (),
    >,
> {
    App::new()
        .app_data(api)
        .configure(|config| routes::table(&mut ServiceConfig::new(config)))
        .configure(routes::beside_the_table)
        .wrap(Compress::default())
        .wrap(from_fn(edge::pass))
}

/// Serves on `listener` until `end` comes, then answers what it has accepted and returns.
/// From `end` on the service says that it is not ready. Signals are the caller's business.
///
/// # Errors
/// Where the socket cannot be used.
pub async fn serve(
    api: Api,
    listener: TcpListener,
    workers: usize,
    end: impl Future<Output = ()>,
) -> io::Result<()> {
    let served = api.clone();
    let stall_limit = api.settings().stall_limit;
    let server = HttpServer::new(move || app(served.clone()))
        .on_connect(move |connection, _| prepare(connection, stall_limit))
        .workers(workers)
        .shutdown_timeout(GRACE_SECONDS)
        .disable_signals()
        .listen(listener)?
        .run();
    let end = async {
        end.await;
        api.stop();
    };
    until(server, end).await
}

/// Cuts a client off that takes nothing for so long. The system has to do it: an answer that
/// nobody takes is not asked for more, so nothing of ours runs that could notice. And sends what
/// there is to send at once: an answer in two pieces would wait for the first to be acknowledged.
fn prepare(connection: &dyn Any, stall_limit: Duration) {
    let Some(connection) = connection.downcast_ref::<TcpStream>() else { return };
    if let Err(error) = SockRef::from(connection).set_tcp_user_timeout(Some(stall_limit)) {
        tracing::warn!(%error, "a client that takes nothing will not be cut off");
    }
    if let Err(error) = connection.set_nodelay(true) {
        tracing::warn!(%error, "answers will be slower than they could be");
    }
}

/// Serves the figures for Prometheus at `/metrics`, on a listener of their own, until `end`.
///
/// # Errors
/// Where the socket cannot be used.
pub async fn serve_metrics(
    api: Api,
    listener: TcpListener,
    end: impl Future<Output = ()>,
) -> io::Result<()> {
    let app = move || {
        let figures = web::resource("/metrics").route(web::get().to(metrics::get_metrics));
        App::new().app_data(api.clone()).service(figures)
    };
    let server = HttpServer::new(app).workers(1).disable_signals().listen(listener)?.run();
    until(server, end).await
}

async fn until(server: Server, end: impl Future<Output = ()>) -> io::Result<()> {
    let handle = server.handle();
    let stop = async {
        end.await;
        handle.stop(true).await;
    };
    tokio::pin!(server);
    tokio::select! {
        outcome = &mut server => outcome,
        () = stop => server.await,
    }
}
