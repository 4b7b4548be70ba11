//! DID documents: of everybody who signs on this ledger by `GET /v1/dids/{did}`, and of this host's own `did:web` identifiers where did:web looks for them.
//!
//! Flow: the DID is a signer, a member's node, or this host → the keys that may sign now → the document (DID Core 1.0), alone or within a result of DID
//! Resolution. did:web asks at `/.well-known/did.json` and, in the fallback of the router, at `/PATH/did.json`.
//!
//! Invariants: without `identity.host` in the configuration nothing is told without a token; with it, only DIDs of that host are, each to
//! who knows it: there is no list. Who is retired has no document by did:web, and one without keys here.

use crate::{
    answers::ask,
    app::App,
    console,
    extract::{self, Segment},
    problem::{Answer, Problem, rule},
    reading::Reader,
};
use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, header},
    response::{IntoResponse, Response},
};
use convoy_modules::{
    membership::documents::{SignsNow, member_now, signer_now},
    policy::vocabulary::View,
};
use convoy_types::{
    Did, MemberId,
    cose::PublicKey,
    did::{DidDocument, Service},
};
use serde_json::{Value, json};

const RESULT: &str = "application/did-resolution";
const DOCUMENT: &str = "application/did+json";
const DOCUMENT_NEW: &str = "application/did";
/// Where did:web looks under a path.
const FILE: &str = "/did.json";

/// A DID as it is now on this node.
struct Resolved {
    document: DidDocument,
    deactivated: bool,
    changed_height: u64,
    height: u64,
}

/// Resolve a DID: the keys that may sign for it now.
///
/// For every signer, the node of every founding member, and this host itself. A key that is revoked, expired or of somebody suspended is left out, so the
/// document says what holds now; what was signed before is proved by receipts. `Accept: application/did-resolution` gives the document within a
/// result of DID Resolution, with the height it is true for; `application/did+json` or `application/did` the document alone.
#[utoipa::path(get, path = "/v1/dids/{did}", operation_id = "resolveDid", tag = "members",
    params(("did" = String, Path, description = "The DID, percent-encoded", example = "did:web:logistics.example:7f3a")),
    responses((status = 200, description = "The document, or the result with the document in it", content(
        (Object = "application/did+json"), (Object = "application/did"), (Object = "application/did-resolution")))))]
pub async fn resolve(
    State(app): State<App>,
    reader: Reader,
    segment: Segment,
    headers: HeaderMap,
) -> Answer<Response> {
    let did: Did = segment.parse()?;
    let kind = extract::preferred(&headers, &[DOCUMENT, DOCUMENT_NEW, RESULT])?;
    let resolved = find(&app, &reader, &did)
        .await?
        .ok_or_else(|| unknown(&did))?;
    let body = match kind == RESULT {
        true => result(&resolved),
        false => resolved.document.to_json(),
    };
    Ok(answer(kind, &body))
}

/// The document of this host's own DID, where did:web looks for it.
///
/// It is the member's: its keys sign tree heads, which make receipts, and credentials.
#[utoipa::path(get, path = "/.well-known/did.json", operation_id = "getHostDid", tag = "members",
    responses((status = 200, description = "The document", body = Object, content_type = "application/did+json")))]
pub async fn host(State(app): State<App>) -> Answer<Response> {
    let did = app.node().config().identity.did();
    let did = did.ok_or_else(|| {
        Problem::new(rule::NOT_FOUND, "this node has no host name of its own")
            .remedy("Its operator sets identity.host in the configuration.")
    })?;
    served(&app, &did).await
}

/// What no route takes: a document of did:web under a path, else the console.
pub async fn fallback(State(app): State<App>, request: Request) -> Response {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let path = request.uri().path().strip_suffix(FILE);
    let host = app.node().config().identity.did();
    if let (true, Some(path), Some(host)) = (reads, path, host)
        && let Ok(did) = Did::new(&format!("{host}{}", path.replace('/', ":")))
    {
        return served(&app, &did).await.into_response();
    }
    console::fallback(request).await
}

/// A document by did:web, for anybody's page too.
async fn served(app: &App, did: &Did) -> Answer<Response> {
    let reader = Reader::of_anybody("did:web");
    let found = find(app, &reader, did)
        .await?
        .filter(|found| !found.deactivated);
    let resolved = found.ok_or_else(|| unknown(did))?;
    let mut response = answer(DOCUMENT, &resolved.document.to_json());
    let headers = response.headers_mut();
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_ORIGIN,
        HeaderValue::from_static("*"),
    );
    headers.insert(
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("cross-origin"),
    );
    Ok(response)
}

fn unknown(did: &Did) -> Problem {
    Problem::new(
        rule::NOT_FOUND,
        format!("up to this node's last block nobody signs as {did}"),
    )
}

fn answer(kind: &'static str, body: &Value) -> Response {
    let kind = [(header::CONTENT_TYPE, HeaderValue::from_static(kind))];
    (kind, body.to_string()).into_response()
}

/// DID Resolution, section 3.
fn result(resolved: &Resolved) -> Value {
    json!({
        "didDocument": resolved.document.to_json(),
        "didResolutionMetadata": { "contentType": DOCUMENT },
        "didDocumentMetadata": {
            "deactivated": resolved.deactivated,
            "versionId": resolved.changed_height.to_string(),
            "height": resolved.height,
        },
    })
}

/// The member whose node signs as `did`, by the founding document or as this host.
pub(crate) fn member_of_node(app: &App, did: &Did) -> Option<MemberId> {
    let node = app.node();
    let mut heads = node.trust().tree_heads.iter();
    let founder = heads.find(|head| head.issuer == *did);
    let host = node.config().identity.did();
    match founder {
        Some(head) => Some(head.member.clone()),
        None => (host.as_ref() == Some(did)).then(|| node.info().member.clone()),
    }
}

async fn find(app: &App, reader: &Reader, did: &Did) -> Answer<Option<Resolved>> {
    let (asked, now_ms) = (did.clone(), app.node().now_ms());
    let of_node = member_of_node(app, did);
    let found = ask(app, reader, View::Record, move |snapshot| {
        let signer = signer_now(snapshot, &asked, now_ms)?;
        let member = match &of_node {
            Some(member) => member_now(snapshot, member)?,
            None => None,
        };
        Ok((signer, member))
    })
    .await?;
    let height = found.height;
    let (signer, member) = found.answer;
    let all: Vec<&SignsNow> = signer.iter().chain(&member).collect();
    let Some(first) = all.first() else {
        return Ok(None);
    };
    let keys: Vec<PublicKey> = all
        .iter()
        .flat_map(|one| one.keys.iter().map(|(key, _)| key.clone()))
        .collect();
    let mut document = DidDocument::new(did.clone(), &keys);
    let identity = &app.node().config().identity;
    if first.member == app.node().info().member {
        document.controller = identity.did().filter(|host| host != did);
        document
            .services
            .extend(identity.host.iter().map(|host| Service {
                fragment: "node".into(),
                kind: "ConvoyNode".into(),
                endpoint: format!("https://{host}/"),
            }));
    }
    Ok(Some(Resolved {
        document,
        deactivated: all.iter().all(|one| one.retired),
        changed_height: all.iter().map(|one| one.changed_height).max().unwrap_or(0),
        height,
    }))
}
