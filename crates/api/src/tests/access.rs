//! The access table, held by the running interface for every route and every kind of caller.

use super::harness::{Running, json};
use crate::auth::{Access, rows};
use axum::body::Body;

/// A path of the route whose segments are well formed.
fn example(route: &str) -> String {
    route
        .replace(
            "/v1/statements/{id}",
            &format!("/v1/statements/{}", "ab".repeat(32)),
        )
        .replace(
            "/v1/handovers/{id}",
            &format!("/v1/handovers/{}", "ab".repeat(16)),
        )
        .replace("/v1/cases/{id}", &format!("/v1/cases/{}", "ab".repeat(16)))
        .replace("/v1/members/{id}", "/v1/members/est")
        .replace("/v1/epcis/{list}/{name}", "/v1/epcis/bizSteps/shipping")
        .replace("/v1/epcis/{list}", "/v1/epcis/bizSteps")
        .replace("/queries/{name}", "/queries/none")
        .replace("/nextPageToken/{token}", "/nextPageToken/none")
        .replace("{provider}", "none")
        .replace("{id}", "urn:epc:id:sgtin:9521141.012345.1")
        .replace("{did}", "did:convoy:officer")
        .replace("{height}", "1")
        .replace("{job}", "none")
        .replace("{module}/{table}/{key}", "custody/objects/00")
}

/// Whether the door let the request in: it may still be refused for other reasons.
async fn let_in(running: &Running, method: &str, path: &str, token: Option<&str>) -> bool {
    let response = running.call(method, path, token, None, Body::empty()).await;
    if response.status().is_success() {
        return true;
    }
    let code = json(response).await["code"].as_u64().unwrap();
    code != 2006 && code != 2007
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_lets_in_exactly_those_in_its_row() {
    let running = Running::start().await;
    for (method, route, access) in rows() {
        let path = example(route);
        let found = Access {
            anyone: let_in(&running, method.as_str(), &path, None).await,
            read: let_in(&running, method.as_str(), &path, Some(&running.read)).await,
            submit: let_in(&running, method.as_str(), &path, Some(&running.submit)).await,
            admin: let_in(&running, method.as_str(), &path, Some(&running.admin)).await,
        };
        assert_eq!(found, *access, "{method} {route}");
        if !access.anyone {
            assert!(
                !let_in(&running, method.as_str(), &path, Some("convoy_00")).await,
                "{method} {route} takes an unknown token"
            );
        }
    }
}
