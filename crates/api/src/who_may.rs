//! `docs/reference/who-may-routes.md`: every route with the scope it takes, what the policies are asked, and what they answer for each role and
//! label. Checked in; a test fails until `cargo xtask reference` has been run after a change, and for a route that is not in [`ASKED`].
//!
//! That a route asks what it says is held by a test that calls each one.

use crate::auth;
use axum::http::Method;
use convoy_modules::{
    domain::Shape,
    domains,
    membership::types::Role,
    policy::{
        defaults,
        vocabulary::{View, vocabulary},
        who_may,
    },
};
use std::{
    fmt::Write as _,
    path::Path,
    sync::{Mutex, PoisonError},
};

/// What the policies are asked when a route is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// Nothing: it tells no record of the ledger. The scope decides.
    Scope,
    /// The view of every record that is told.
    View(View),
    /// The action, for the signer, by every node; and what a refusal may tell.
    Action(String),
    /// Each of the actions that are submitted.
    Actions,
    /// Whether the reader has the role `auditor`.
    Auditor,
}

const RECORD: Asked = Asked::View(View::Record);
const LIST: Asked = Asked::View(View::List);
const EXPORT: Asked = Asked::View(View::Export);
const FEED: Asked = Asked::View(View::Feed);

/// Where people and machines sign in, and what they sign in with.
const DOOR: [&str; 5] = [
    "/v1/signin",
    "/v1/session",
    "/v1/passkeys",
    "/v1/invitations",
    "/v1/tokens",
];

/// The routes of the interface itself. What modules declare follows from their descriptions.
fn own(method: &Method, route: &str) -> Option<Asked> {
    Some(match (method.as_str(), route) {
        ("GET", "/v1/health" | "/v1/health/live" | "/v1/health/ready" | "/openapi.json") => {
            Asked::Scope
        }
        (
            "GET",
            "/metrics" | "/v1/network" | "/v1/trust" | "/v1/validators" | "/v1/session"
            | "/v1/limits",
        ) => Asked::Scope,
        // Heights and times of the ledger itself, which every token may know.
        ("GET", "/v1/validators/liveness") => Asked::Scope,
        ("GET", "/v1/modules" | "/v1/refusals" | "/v1/identifiers" | "/v1/epcis") => Asked::Scope,
        ("POST", "/v1/statements" | "/v1/actions") => Asked::Actions,
        ("GET", "/v1/statements/{id}" | "/v1/statements/{id}/life") => RECORD,
        (
            "GET",
            "/v1/statements/{id}/body"
            | "/v1/statements/{id}/transparent"
            | "/v1/statements/{id}/compact",
        ) => EXPORT,
        ("POST", "/v1/epcis/capture" | "/v1/epcis/events") => {
            Asked::Action("custody::capture".to_owned())
        }
        ("GET", "/v1/epcis/capture" | "/v1/epcis/capture/{job}") => RECORD,
        ("GET", "/v1/epcis/events/{id}") => RECORD,
        (
            "GET",
            "/v1/epcis/events"
            | "/v1/epcis/{list}"
            | "/v1/epcis/{list}/{name}"
            | "/v1/epcis/{list}/{name}/events"
            | "/v1/epcis/queries/{name}/events",
        ) => LIST,
        // Queries are the member's own; what they find is asked about when they are run.
        ("GET" | "POST", "/v1/epcis/queries") => Asked::Scope,
        ("GET" | "DELETE", "/v1/epcis/queries/{name}") => Asked::Scope,
        ("DELETE", "/v1/epcis/nextPageToken/{token}") => Asked::Scope,
        ("POST", "/v1/epcis/queries/{name}/subscriptions") => FEED,
        ("GET", "/v1/epcis/queries/{name}/subscriptions") => Asked::Scope,
        ("GET" | "DELETE", "/v1/epcis/queries/{name}/subscriptions/{id}") => Asked::Scope,
        ("GET", "/v1/places" | "/v1/places/{id}/objects" | "/v1/search") => LIST,
        ("GET", "/v1/stock" | "/v1/consignments") => LIST,
        ("GET", "/v1/trace/{id}" | "/v1/objects/{id}/contents") => RECORD,
        ("GET", "/v1/handovers" | "/v1/cases" | "/v1/events" | "/v1/members" | "/v1/blocks") => {
            LIST
        }
        ("GET", "/v1/blocks/{height}") => LIST,
        (
            "GET",
            "/v1/handovers/{id}" | "/v1/cases/{id}" | "/v1/members/{id}" | "/v1/signers/{did}",
        ) => RECORD,
        ("GET", "/v1/state/{module}/{table}/{key}/proof") => EXPORT,
        ("GET", "/v1/feed") => FEED,
        ("GET", "/v1/audit") => Asked::Auditor,
        // The keys of who signs; those of the host's own member for anybody, as its plain reader sees them.
        ("GET", "/v1/dids/{did}") => RECORD,
        ("GET", "/.well-known/did.json") => Asked::Scope,
        // Headers, certificates and ids: what there is to be read is asked about one by one.
        ("GET", "/v1/log") => Asked::Scope,
        ("POST", "/v1/credentials" | "/v1/credentials/check") => RECORD,
        // Bits without names; taking back asks who the caller is.
        ("POST", "/v1/credentials/revoke") | ("GET", "/v1/credentials/status") => Asked::Scope,
        ("GET", "/v1/signers/{did}/statements") => LIST,
        // The door: who comes is held against the ledger, and told nothing of it but their own standing.
        ("GET" | "POST" | "DELETE", door) if DOOR.iter().any(|at| door.starts_with(at)) => {
            Asked::Scope
        }
        _ => return None,
    })
}

/// What is asked when a route is called; `None` for one that is not here.
pub fn asked(method: &Method, route: &str) -> Option<Asked> {
    let of_module = domains().iter().find_map(|domain| {
        let rest = route.strip_prefix(&format!("/v1/modules/{}/", domain.name()))?;
        if rest == "schema" {
            return Some(Asked::Scope);
        }
        if let Some(action) = rest.strip_prefix("actions/") {
            return Some(Asked::Action(format!("{}::{action}", domain.name())));
        }
        let query = domain.queries().iter().find(|query| query.name == rest)?;
        Some(match query.shape {
            Shape::List { .. } => LIST,
            Shape::Record | Shape::Timeline { .. } => RECORD,
        })
    });
    of_module.or_else(|| own(method, route))
}

/// What was asked, as method and path with the view.
pub static LOOKED: Mutex<Vec<(String, View)>> = Mutex::new(Vec::new());

/// Remembers that a question was asked.
pub fn looked(asked: &str, view: View) {
    let mut looked = LOOKED.lock().unwrap_or_else(PoisonError::into_inner);
    looked.push((asked.to_owned(), view));
}

const HEAD: &str = "\
# Who may call which route

<!-- Made by `cargo xtask reference` from the routes, the modules' types and the default policies. Do not edit. -->

A request passes two doors. The token's *scope* opens the route. Then the policies decide: about the action, for the token's signer, and
about every record that an answer would tell, with its label. The columns show what a network that keeps the default policies permits
to a signer with that role alone, and to a token without signer, which reads as its member's plain reader. The words are those of
[who may do what](who-may.md); `scope` means that no record of the ledger is told, so that the scope alone decides.

What the policies keep from a reader is not there: rows are left out before they are counted, a single record is 404 as though it did
not exist (403 with the policy's words where the policies of `view::existence` let it be known), a refusal or a dry run says nothing of it.

## Labels

What of a record with this label a reader with this clearance sees, on every route that asks for a view, whatever the role:

";

fn cell(asked: &Asked, role: Option<Role>) -> String {
    let by_name = |name: &str| match vocabulary().number(name) {
        Some(number) => who_may::cell(defaults::set(), role, number),
        None => String::new(),
    };
    match asked {
        Asked::Scope => "scope".to_owned(),
        Asked::View(view) => by_name(view.action()),
        Asked::Action(name) => by_name(name),
        Asked::Actions => "by action".to_owned(),
        Asked::Auditor => match role {
            Some(Role::Auditor) => "yes".to_owned(),
            _ => String::new(),
        },
    }
}

fn words(asked: &Asked) -> String {
    match asked {
        Asked::Scope => "-".to_owned(),
        Asked::View(view) => format!("`{}`", view.action()),
        Asked::Action(name) => format!("`{name}`"),
        Asked::Actions => "each action".to_owned(),
        Asked::Auditor => "the role".to_owned(),
    }
}

fn page() -> String {
    let mut page = HEAD.to_owned();
    page.push_str(&who_may::labels(defaults::set()));
    let roles: Vec<&str> = Role::ALL.iter().map(|role| role.word()).collect();
    let rule = " --- |".repeat(roles.len() + 4);
    // Writing to a text cannot fail.
    let _ = write!(
        page,
        "\n## Routes\n\n| route | scope | asked | {} | no signer |\n|{rule}\n",
        roles.join(" | ")
    );
    for (method, route, access) in auth::rows() {
        let Some(asked) = asked(method, route) else {
            continue;
        };
        let everybody = Role::ALL.iter().copied().map(Some).chain([None]);
        let cells: Vec<String> = everybody.map(|role| cell(&asked, role)).collect();
        let _ = writeln!(
            page,
            "| {method} `{route}` | {} | {} | {} |",
            access.words(),
            words(&asked),
            cells.join(" | ")
        );
    }
    page
}

#[test]
fn every_route_says_what_the_policies_are_asked() {
    let rows = auth::rows().iter();
    let missing: Vec<String> = rows
        .filter(|(method, route, _)| asked(method, route).is_none())
        .map(|(method, route, _)| format!("{method} {route}"))
        .collect();
    assert!(
        missing.is_empty(),
        "say in crates/api/src/who_may.rs what is asked by {missing:?}"
    );
}

#[test]
fn the_checked_in_table_of_routes_is_the_generated_one() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/who-may-routes.md");
    let page = page();
    if std::env::var_os("CONVOY_WRITE_OPENAPI").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == page,
        "docs/reference/who-may-routes.md is out of date: run `cargo xtask reference`"
    );
}
