//! Listening: connections with bounds on the time of a request's head, on their number, and on the time to stop.

use crate::{
    ApiConfig, App, auth, edge, epcis, routes,
    signin::Peer,
    telemetry,
    tls::{self, Tls},
};
use axum::{Router, middleware};
use convoy_node::NodeHandle;
use hyper::{
    Request,
    body::Incoming,
    server::conn::http1,
    service::{Service as _, service_fn},
};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::{GracefulShutdown, Watcher},
    service::TowerToHyperService,
};
use rustix::net::sockopt;
use std::{io, net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, watch},
};

/// The pause after the system refused to accept, such as for want of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// A request's head, bytes. Headers and the longest identifiers fit.
const HEAD_BYTES_MAX: usize = 64 * 1024;

/// Every route with its layers; behind them the console.
pub fn router(app: App) -> Router {
    let (routes, _) = routes::all().split_for_parts();
    routes
        .route_layer(middleware::from_fn_with_state(
            app.clone(),
            auth::authenticate,
        ))
        .fallback(routes::dids::fallback)
        .layer(middleware::from_fn_with_state(app.clone(), edge::edge))
        .with_state(app)
}

/// Serves `node` on `listener`, and over HTTPS where its configuration says so, until `shutdown` resolves; then open requests end within
/// [`ApiConfig::shutdown_ms`].
///
/// # Errors
/// When the listener's address cannot be told, which says that it is not a listening socket; when HTTPS is configured and cannot be had.
pub async fn serve(
    listener: TcpListener,
    node: NodeHandle,
    config: ApiConfig,
    shutdown: impl Future<Output = ()> + Send,
) -> io::Result<()> {
    let address = listener.local_addr()?;
    let (close, closing) = watch::channel(false);
    let app = App::new(node, config.clone(), closing);
    let secure = secure(&app).await?;
    tokio::spawn(epcis::deliver::run(app.clone()));
    tokio::spawn(telemetry::run(app.clone()));
    if !address.ip().is_loopback() && secure.is_none() {
        tracing::warn!(%address, "the interface speaks plain HTTP beyond this machine: people cannot sign in there; configure api.tls");
    }
    let service = TowerToHyperService::new(router(app.clone()));
    let connections = Arc::new(Semaphore::new(config.connections_max));
    let graceful = GracefulShutdown::new();
    tracing::info!(%address, "the interface listens");
    tokio::pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            () = &mut shutdown => break,
            accepted = accept(&listener, &connections) => accepted.map(|accepted| (accepted, None)),
            accepted = accept_secure(secure.as_ref(), &connections) => accepted,
        };
        let Some(((stream, peer, place), tls)) = accepted else {
            continue;
        };
        prepare(&stream, &config);
        let connection = Connection {
            service: service.clone(),
            head_timeout: config.head_timeout(),
            watcher: graceful.watcher(),
        };
        tokio::spawn(async move {
            let _place = place;
            let ended = match tls {
                None => connection.serve(stream, Peer::plain(peer)).await,
                Some(tls) => connection.serve_secure(stream, peer, &tls).await,
            };
            if let Err(error) = ended {
                tracing::debug!(%error, "a connection ended early");
            }
        });
    }
    drop(listener);
    drop(secure);
    // Nobody left to tell is closed as well.
    let _ = close.send(true);
    let ended = async {
        graceful.shutdown().await;
        // Whoever reads a document on writes down how far it got.
        app.documents().free().await;
    };
    if tokio::time::timeout(config.shutdown(), ended)
        .await
        .is_err()
    {
        tracing::warn!("requests were cut off at the end of the time to stop");
    }
    Ok(())
}

/// The listener for HTTPS with its certificate, where one is configured.
async fn secure(app: &App) -> io::Result<Option<(TcpListener, Arc<Tls>)>> {
    let Some(files) = app.node().config().api.tls.clone() else {
        return Ok(None);
    };
    let tls = Tls::open(&files).map_err(io::Error::other)?;
    let listener = TcpListener::bind(files.listen).await.map_err(|error| {
        let listen = files.listen;
        io::Error::other(format!(
            "cannot listen on {listen}: {error}; set api.tls.listen to a free address"
        ))
    })?;
    tracing::info!(address = %listener.local_addr()?, "the interface listens for HTTPS");
    app.set_tls(Arc::clone(&tls));
    let closed = app.clone();
    tokio::spawn(Arc::clone(&tls).watch(async move { closed.closed().await }));
    Ok(Some((listener, tls)))
}

/// A connection, where it comes from, and its place.
type Accepted = (TcpStream, SocketAddr, OwnedSemaphorePermit);

/// What serves one connection.
struct Connection {
    service: TowerToHyperService<Router>,
    head_timeout: Duration,
    watcher: Watcher,
}

impl Connection {
    async fn serve_secure(
        self,
        stream: TcpStream,
        address: SocketAddr,
        tls: &Tls,
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        let stream = tokio::time::timeout(self.head_timeout, tls.accept(stream)).await??;
        let shown = stream.get_ref().1.peer_certificates();
        let machine = shown
            .and_then(|chain| chain.first())
            .map(|own| tls::machine(own));
        let peer = Peer {
            address,
            tls: true,
            machine,
        };
        self.serve(stream, peer).await
    }

    async fn serve<S>(
        self,
        stream: S,
        peer: Peer,
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let service = self.service;
        let told = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(peer.clone());
            service.call(request)
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.head_timeout)
            .max_buf_size(HEAD_BYTES_MAX)
            .serve_connection(TokioIo::new(stream), told);
        Ok(self.watcher.watch(connection).await?)
    }
}

/// Sends what is written at once, and gives up a reader who takes nothing of it: the system sees that, whatever is behind the connection.
fn prepare(stream: &TcpStream, config: &ApiConfig) {
    let done = stream
        .set_nodelay(true)
        .and_then(|()| Ok(sockopt::set_tcp_user_timeout(stream, config.unread_ms)?));
    if let Err(error) = done {
        tracing::debug!(%error, "a connection is served as it came");
    }
}

/// The next connection for HTTPS; none ever where it is not configured.
async fn accept_secure(
    secure: Option<&(TcpListener, Arc<Tls>)>,
    connections: &Arc<Semaphore>,
) -> Option<(Accepted, Option<Arc<Tls>>)> {
    let Some((listener, tls)) = secure else {
        return std::future::pending().await;
    };
    let accepted = accept(listener, connections).await?;
    Some((accepted, Some(Arc::clone(tls))))
}

/// The next connection, once there is a place for it.
async fn accept(listener: &TcpListener, connections: &Arc<Semaphore>) -> Option<Accepted> {
    let place = Arc::clone(connections).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, peer)) => Some((stream, peer, place)),
        Err(error) => {
            tracing::warn!(%error, "a connection could not be accepted");
            tokio::time::sleep(ACCEPT_PAUSE).await;
            None
        }
    }
}
