//! The OpenAPI description: generated from the routes, checked in as `openapi/convoy.json`, served as `/openapi.json`.
//!
//! What all operations share is added here: who may call (from the access table), and the problems that any route can answer. After a
//! change: `cargo xtask reference`; a test fails until it is done.

use crate::{
    auth,
    problem::ProblemBody,
    routes::{self, statements::Counts},
};
use axum::http::Method;
use convoy_modules::domains;
use std::sync::LazyLock;
use utoipa::{
    Modify, OpenApi, ToSchema,
    openapi::{
        Content, ContentBuilder, KnownFormat, ObjectBuilder, Ref, RefOr, ResponseBuilder,
        SchemaFormat, Type,
        path::{Operation, PathItem},
        security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme},
        tag::TagBuilder,
    },
};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Convoy",
        version = "1",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
        description = "The interface of one member's node of a Convoy network, the shared ledger of allied defence logistics.\n\n\
            **Writing** is signing: hand in statements that you signed (`/v1/statements`), or EPCIS 2.0 documents and actions that the node signs for your \
            token's signer (`/v1/epcis/capture`, `/v1/actions`). Every submission has an id and reaches a final state; `GET /v1/statements/{id}?wait_ms=10000` \
            waits for it.\n\n\
            **Reading** answers from final blocks only and says for which height the answer is true.\n\n\
            **Proving** needs no node: transparent statements and compact receipts verify offline.\n\n\
            Every error is problem details (RFC 9457) with a number, a reason and a remedy; `/v1/refusals` lists them. Send `x-request-id` and it comes back."
    ),
    components(schemas(ProblemBody, Counts)),
    tags(
        (name = "statements", description = "Hand in, follow, fetch with proof"),
        (name = "goods", description = "EPCIS capture, traces, handovers, cases"),
        (name = "epcis", description = "The EPCIS 2.0 query interface: events, lists, named queries, subscriptions"),
        (name = "members", description = "Who takes part, with which keys and roles"),
        (name = "ledger", description = "Blocks, state proofs, the live feed"),
        (name = "sign-in", description = "Ways of signing in, sessions, passkeys, invitations, tokens"),
        (name = "network", description = "What network this is, its rules and limits"),
        (name = "node", description = "Health, metrics, this description"),
    ),
    modifiers(&Shared),
)]
struct Description;

struct Shared;

impl Modify for Shared {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let components = document.components.get_or_insert_default();
        let bearer = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some(
                "A token of this node, made with `convoy node token add`",
            ))
            .build();
        components.add_security_scheme("token", SecurityScheme::Http(bearer));
    }
}

/// The description of every route.
pub fn document() -> utoipa::openapi::OpenApi {
    let (_, routes) = routes::all().split_for_parts();
    let mut document = Description::openapi().merge_from(routes);
    let tags = domains().iter().map(|domain| {
        TagBuilder::new()
            .name(domain.name())
            .description(Some(domain.summary()))
            .build()
    });
    document.tags.get_or_insert_default().extend(tags);
    for (path, item) in &mut document.paths.paths {
        for (method, operation) in operations(item) {
            complete(operation, &method, path);
        }
    }
    document
}

/// The description as it is checked in and served.
pub fn json() -> &'static str {
    static JSON: LazyLock<String> = LazyLock::new(|| {
        let mut text = document().to_pretty_json().unwrap_or_default();
        text.push('\n');
        text
    });
    &JSON
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = (Method, &mut Operation)> {
    let get = item.get.as_mut().map(|operation| (Method::GET, operation));
    let post = item
        .post
        .as_mut()
        .map(|operation| (Method::POST, operation));
    let delete = item
        .delete
        .as_mut()
        .map(|operation| (Method::DELETE, operation));
    get.into_iter().chain(post).chain(delete)
}

/// Adds who may call, and the problems that every route has.
fn complete(operation: &mut Operation, method: &Method, path: &str) {
    let Some(access) = auth::row(method, path) else {
        return;
    };
    binary(operation);
    let scopes = [
        (access.read, "read"),
        (access.submit, "submit"),
        (access.admin, "admin"),
    ];
    let any_of = scopes
        .iter()
        .filter(|(may, _)| *may)
        .map(|(_, scope)| SecurityRequirement::new("token", [*scope]));
    operation.security = Some(if access.anyone {
        vec![SecurityRequirement::default()]
    } else {
        any_of.collect()
    });
    let mut add = |status: &str, description: &str| {
        operation
            .responses
            .responses
            .entry(status.to_owned())
            .or_insert_with(|| problem(description));
    };
    if !access.anyone {
        add("401", "No token, or one that is not known");
        add(
            "403",
            "The token lacks the scope, or the signer may not do this",
        );
    }
    if path.contains('{') {
        add("404", "There is no such thing");
    }
    if *method == Method::POST {
        add("413", "The body is larger than the route takes");
        add("415", "The body is of a type that the route does not take");
        add("422", "Well formed, and against the rules of the ledger");
        add(
            "429",
            "The member's queue is full: wait as long as Retry-After says",
        );
    }
    add(
        "400",
        "The request cannot be read; the detail names the field",
    );
    add(
        "503",
        "The node has as much work as it takes on, or is not ready",
    );
    add("default", "Any other problem");
}

/// Bodies of bytes are bytes, not lists of numbers.
fn binary(operation: &mut Operation) {
    let request = operation
        .request_body
        .iter_mut()
        .flat_map(|body| &mut body.content);
    for (kind, content) in request {
        as_bytes(kind, content);
    }
    for response in operation.responses.responses.values_mut() {
        if let RefOr::T(response) = response {
            for (kind, content) in &mut response.content {
                as_bytes(kind, content);
            }
        }
    }
}

fn as_bytes(kind: &str, content: &mut Content) {
    if matches!(
        kind,
        "application/cose" | "application/cbor" | "application/cbor-seq"
    ) {
        let bytes = ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Binary)));
        content.schema = Some(bytes.into());
    }
}

fn problem(description: &str) -> RefOr<utoipa::openapi::Response> {
    let schema = Ref::from_schema_name(ProblemBody::name());
    let content = ContentBuilder::new().schema(Some(schema)).build();
    ResponseBuilder::new()
        .description(description)
        .content("application/problem+json", content)
        .build()
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{collections::BTreeSet, path::Path};

    #[test]
    fn every_route_has_exactly_one_row_in_the_access_table() {
        let mut document = document();
        let described: BTreeSet<(String, String)> = document
            .paths
            .paths
            .iter_mut()
            .flat_map(|(path, item)| {
                operations(item)
                    .map(|(method, _)| (method.to_string(), path.clone()))
                    .collect::<Vec<_>>()
            })
            .collect();
        let rows: Vec<(String, String)> = auth::rows()
            .iter()
            .map(|(method, path, _)| (method.to_string(), path.clone()))
            .collect();
        let distinct: BTreeSet<(String, String)> = rows.iter().cloned().collect();
        assert_eq!(rows.len(), distinct.len(), "a route has two rows");
        assert_eq!(described, distinct);
    }

    #[test]
    fn a_modules_types_are_described_as_the_module_says() {
        let document = document();
        let schemas = document.components.unwrap().schemas;
        for domain in domains() {
            for (name, schema) in domain.components() {
                assert!(
                    schemas.get(name) == Some(schema),
                    "the type `{name}` of {} and one of the interface have one name: write #[schema(as = …)] on it",
                    domain.name()
                );
            }
        }
    }

    #[test]
    fn operation_ids_are_unique_and_every_operation_explains_itself() {
        let mut document = document();
        let mut seen = BTreeSet::new();
        for (path, item) in &mut document.paths.paths {
            for (method, operation) in operations(item) {
                let id = operation.operation_id.clone().unwrap_or_default();
                assert!(
                    !id.is_empty() && seen.insert(id.clone()),
                    "{method} {path}: operation id `{id}`"
                );
                assert!(
                    operation.summary.is_some() && operation.tags.is_some(),
                    "{method} {path} has no summary or tag"
                );
                assert!(
                    operation.security.is_some(),
                    "{method} {path} has no security"
                );
            }
        }
    }

    #[test]
    fn the_checked_in_description_is_the_generated_one() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../openapi/convoy.json");
        if std::env::var_os("CONVOY_WRITE_OPENAPI").is_some() {
            std::fs::write(&path, json()).unwrap();
        }
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            kept == json(),
            "openapi/convoy.json is out of date: run `cargo xtask reference`"
        );
    }
}
