//! Listening: connections with bounds on the time of a request's head, on their number, and on the time to stop.

use crate::{ApiConfig, App, auth, edge, epcis, routes};
use axum::{Router, middleware};
use convoy_node::NodeHandle;
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
    service::TowerToHyperService,
};
use std::{io, sync::Arc, time::Duration};
use tokio::{
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

/// Serves `node` on `listener` until `shutdown` resolves; then open requests end within [`ApiConfig::shutdown_ms`].
///
/// # Errors
/// When the listener's address cannot be told, which says that it is not a listening socket.
pub async fn serve(
    listener: TcpListener,
    node: NodeHandle,
    config: ApiConfig,
    shutdown: impl Future<Output = ()> + Send,
) -> io::Result<()> {
    let address = listener.local_addr()?;
    let (close, closing) = watch::channel(false);
    let app = App::new(node, config.clone(), closing);
    tokio::spawn(epcis::deliver::run(app.clone()));
    let service = TowerToHyperService::new(router(app));
    let connections = Arc::new(Semaphore::new(config.connections_max));
    let graceful = GracefulShutdown::new();
    tracing::info!(%address, "the interface listens");
    tokio::pin!(shutdown);
    loop {
        let (stream, place) = tokio::select! {
            () = &mut shutdown => break,
            accepted = accept(&listener, &connections) => match accepted {
                Some(accepted) => accepted,
                None => continue,
            },
        };
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(config.head_timeout())
            .max_buf_size(HEAD_BYTES_MAX)
            .serve_connection(TokioIo::new(stream), service.clone());
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            let _place = place;
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection ended early");
            }
        });
    }
    drop(listener);
    // Nobody left to tell is closed as well.
    let _ = close.send(true);
    if tokio::time::timeout(config.shutdown(), graceful.shutdown())
        .await
        .is_err()
    {
        tracing::warn!("requests were cut off at the end of the time to stop");
    }
    Ok(())
}

/// The next connection, once there is a place for it.
async fn accept(
    listener: &TcpListener,
    connections: &Arc<Semaphore>,
) -> Option<(TcpStream, OwnedSemaphorePermit)> {
    let place = Arc::clone(connections).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, _)) => {
            let _ = stream.set_nodelay(true);
            Some((stream, place))
        }
        Err(error) => {
            tracing::warn!(%error, "a connection could not be accepted");
            tokio::time::sleep(ACCEPT_PAUSE).await;
            None
        }
    }
}
