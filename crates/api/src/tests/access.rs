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

/// Parameters without which a route has nothing to answer.
fn with_parameters(route: &str, path: String) -> String {
    let asked = match route {
        "/v1/places" => "near=59.437,24.7536,50",
        "/v1/search" => "q=pump",
        "/v1/epcis/queries/{name}/events" => return path.replace("none", "SimpleEventQuery"),
        _ => {
            let query = convoy_modules::domains().iter().find_map(|domain| {
                let name = route.strip_prefix(&format!("/v1/modules/{}/", domain.name()))?;
                domain.queries().iter().find(|query| query.name == name)
            });
            let fields = query.map_or(&[][..], |query| &query.fields);
            let needed = fields.iter().filter(|field| field.required).map(|field| {
                let value = match field.name.as_str() {
                    "handover" | "case" | "request" => "ab".repeat(16),
                    "record" => "custody/objects/x:y".to_owned(),
                    "action" => "view::record".to_owned(),
                    "did" => "did:convoy:officer".to_owned(),
                    "member" => "est".to_owned(),
                    "id" if route.starts_with("/v1/modules/policy/") => "custody.record".to_owned(),
                    _ => "urn:epc:id:sgtin:9521141.012345.1".to_owned(),
                };
                format!("{}={value}", field.name)
            });
            return format!("{path}?{}", needed.collect::<Vec<_>>().join("&"));
        }
    };
    format!("{path}?{asked}")
}

#[tokio::test(flavor = "multi_thread")]
async fn every_reading_route_asks_the_view_that_the_table_says() {
    use crate::who_may::{Asked, LOOKED, asked};
    use convoy_modules::policy::vocabulary::View;
    let running = Running::start().await;
    let status = running.client(&running.officer);
    let unit = serde_json::json!({"member": "est", "unit": "depot", "name": "Depot"});
    let action = serde_json::json!({ "enrol_unit": unit });
    let id = status.act(&[("membership", action)], None).await.unwrap();
    status
        .follow(&id, std::time::Duration::from_secs(20))
        .await
        .unwrap();
    for (method, route, _) in rows() {
        if method != axum::http::Method::GET {
            continue;
        }
        let view = match asked(method, route).unwrap() {
            Asked::View(view) => Some(view),
            Asked::Auditor => Some(View::Record),
            _ => None,
        };
        let mut path = with_parameters(route, example(route));
        if route.starts_with("/v1/statements/{id}") {
            path = route.replace("{id}", &id.to_string());
        }
        LOOKED.lock().unwrap().clear();
        let response = running
            .call("GET", &path, Some(&running.officer), None, Body::empty())
            .await;
        let told = response.status();
        let own = format!("GET {}", path.split('?').next().unwrap());
        let looked = LOOKED.lock().unwrap();
        let mut views: Vec<View> = looked
            .iter()
            .filter(|(asked, _)| *asked == own)
            .map(|(_, view)| *view)
            .collect();
        views.sort();
        views.dedup();
        // A job that is not there is not asked about, and neither is a list of none.
        if route.starts_with("/v1/epcis/capture") {
            continue;
        }
        // The event is looked for, then its document is made like any other.
        let also = (route == "/v1/epcis/events/{id}").then_some(View::List);
        assert!(
            views
                .iter()
                .all(|one| Some(*one) == view || Some(*one) == also),
            "{path} ({told}): {views:?}"
        );
        assert_eq!(views.is_empty(), view.is_none(), "{path} ({told})");
    }
}
