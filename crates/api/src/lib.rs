//! The HTTP interface of a node: routes, authentication, error mapping, OpenAPI, live feed.
//!
//! Flow: [`serve`] accepts connections → [`edge`] bounds, names and traces each request → [`auth`] looks the route up in the access table →
//! a handler in [`routes`] reads the request with [`extract`], asks the [`convoy_node::NodeHandle`], and shapes the answer → every error leaves
//! as [`problem`] details.
//!
//! Invariants:
//! - HTTP status codes appear in this crate only; nothing of the ledger is decided here;
//! - every route has a row in [`auth::rows`] and a description in `openapi/convoy.json`, and tests say so;
//! - every queue, body, wait and connection count has a bound, and an answer that names it.
//!
//! The interface speaks HTTP/1.1: plain on the loopback address, and over TLS ([`tls`]) where it is reached from elsewhere.

mod answers;
mod app;
mod audit;
pub mod auth;
mod cache;
mod capture_jobs;
mod capture_plan;
mod config;
mod console;
mod edge;
mod epcis;
mod extract;
mod interrupted;
mod issued;
mod metrics;
pub mod openapi;
mod outbound;
#[cfg(test)]
mod overview;
mod places;
pub mod problem;
mod reading;
pub mod routes;
mod server;
pub mod signin;
mod spool;
mod telemetry;
#[cfg(test)]
mod tests;
mod tls;
#[cfg(test)]
mod who_may;

pub use app::App;
pub use config::ApiConfig;
pub use outbound::guard::Guard;
pub use server::{router, serve};
pub use tls::{Certificate, examine as examine_certificate};
