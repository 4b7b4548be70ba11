//! The routes, one file a subject. Each handler reads its request, asks the node, and shapes the answer; nothing else is decided here.

pub mod actions;
pub mod audit;
pub mod blocks;
pub mod capture;
mod capture_run;
pub mod credential_status;
pub mod credentials;
pub mod dids;
pub mod epcis;
pub mod epcis_queries;
pub mod feed;
pub mod goods;
pub mod health;
pub mod identifiers;
pub mod log;
pub mod members;
pub mod modules;
pub mod network;
pub mod node;
pub mod places;
pub mod session;
pub mod signed;
pub mod state;
pub mod statements;
pub mod stock;
pub mod validators;

use crate::{
    app::App,
    signin::{enrolling, invited, passkeys, provider_routes, routes as door, token_routes},
};
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
        .routes(routes!(validators::validators))
        .routes(routes!(network::liveness))
        .routes(routes!(session::session, door::sign_out))
        .routes(routes!(door::sessions))
        .routes(routes!(door::end_session))
        .routes(routes!(door::ways))
        .routes(routes!(door::passphrase))
        .routes(routes!(door::demo))
        .routes(routes!(passkeys::options))
        .routes(routes!(passkeys::sign_in))
        .routes(routes!(passkeys::list, passkeys::add))
        .routes(routes!(passkeys::new_options))
        .routes(routes!(passkeys::remove))
        .routes(routes!(invited::read))
        .routes(routes!(invited::passkey))
        .routes(routes!(invited::passphrase))
        .routes(routes!(invited::issue))
        .routes(routes!(enrolling::enrol))
        .routes(routes!(provider_routes::away))
        .routes(routes!(provider_routes::back))
        .routes(routes!(token_routes::list, token_routes::issue))
        .routes(routes!(token_routes::revoke))
        .routes(routes!(network::limits))
        .routes(routes!(network::modules))
        .routes(routes!(network::refusals))
        .routes(routes!(statements::submit))
        .routes(routes!(statements::status))
        .routes(routes!(statements::life))
        .routes(routes!(statements::body))
        .routes(routes!(statements::transparent))
        .routes(routes!(statements::compact))
        .routes(routes!(actions::act))
        .routes(routes!(capture::capture, epcis::jobs))
        .routes(routes!(capture::job))
        .routes(routes!(epcis::resources))
        .routes(routes!(epcis::events, epcis::capture_event))
        .routes(routes!(epcis::event))
        .routes(routes!(epcis_queries::queries, epcis_queries::create))
        .routes(routes!(epcis_queries::query, epcis_queries::delete))
        .routes(routes!(epcis_queries::events))
        .routes(routes!(
            epcis_queries::subscriptions,
            epcis_queries::subscribe
        ))
        .routes(routes!(
            epcis_queries::subscription,
            epcis_queries::unsubscribe
        ))
        .routes(routes!(epcis::release_token))
        .routes(routes!(epcis::browse))
        .routes(routes!(epcis::browse_one))
        .routes(routes!(epcis::browse_events))
        .routes(routes!(places::near))
        .routes(routes!(places::objects))
        .routes(routes!(places::search))
        .routes(routes!(stock::stock))
        .routes(routes!(stock::consignments))
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
        .routes(routes!(signed::signed))
        .routes(routes!(credentials::issue))
        .routes(routes!(credentials::check))
        .routes(routes!(credential_status::status))
        .routes(routes!(credential_status::revoke))
        .routes(routes!(dids::resolve))
        .routes(routes!(dids::host))
        .routes(routes!(blocks::blocks))
        .routes(routes!(blocks::block))
        .routes(routes!(log::log))
        .routes(routes!(state::proof))
        .routes(routes!(feed::feed))
        .routes(routes!(audit::entries))
        .routes(routes!(node::storage))
        .routes(routes!(node::history))
        .merge(modules::routes())
}
