//! The routes, one file a subject. Each handler reads its request, asks the node, and shapes the answer; nothing else is decided here.

pub mod actions;
pub mod blocks;
pub mod capture;
pub mod feed;
pub mod goods;
pub mod health;
pub mod identifiers;
pub mod members;
pub mod modules;
pub mod network;
pub mod state;
pub mod statements;

use crate::app::App;
use utoipa_axum::{router::OpenApiRouter, routes};

/// Every route with its description. A route that is not here does not exist; a test holds it against the access table.
pub fn all() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(health::summary))
        .routes(routes!(health::live))
        .routes(routes!(health::ready))
        .routes(routes!(health::metrics))
        .routes(routes!(health::openapi))
        .routes(routes!(network::network))
        .routes(routes!(network::trust))
        .routes(routes!(network::limits))
        .routes(routes!(network::modules))
        .routes(routes!(network::refusals))
        .routes(routes!(statements::submit))
        .routes(routes!(statements::status))
        .routes(routes!(statements::body))
        .routes(routes!(statements::transparent))
        .routes(routes!(statements::compact))
        .routes(routes!(actions::act))
        .routes(routes!(capture::capture))
        .routes(routes!(capture::job))
        .routes(routes!(identifiers::identify))
        .routes(routes!(goods::trace))
        .routes(routes!(goods::contents))
        .routes(routes!(goods::handovers))
        .routes(routes!(goods::handover))
        .routes(routes!(goods::cases))
        .routes(routes!(goods::case))
        .routes(routes!(goods::events))
        .routes(routes!(members::members))
        .routes(routes!(members::member))
        .routes(routes!(members::signer))
        .routes(routes!(blocks::blocks))
        .routes(routes!(blocks::block))
        .routes(routes!(state::proof))
        .routes(routes!(feed::feed))
        .merge(modules::routes())
}
