//! `docs/reference/http.md`: every route at a glance, made from the same description as OpenAPI. Checked in; a test fails until
//! `cargo xtask reference` has been run after a change.

use crate::{auth, openapi};
use axum::http::Method;
use std::{fmt::Write as _, path::Path};
use utoipa::openapi::{OpenApi, path::PathItem};

const HEAD: &str = "\
# The HTTP interface at a glance

<!-- Made by `cargo xtask reference` from the routes. Do not edit. -->

Every detail (fields, answers, errors) is in [`openapi/convoy.json`](../../openapi/convoy.json), which each node serves as
`/openapi.json`. Errors are problem details (RFC 9457) with a stable number, the reason and the remedy. Who may call what
depends on the token's scope: `read`, `submit` or `admin`. Fields of the modules' actions and questions, with examples:
[modules](modules/README.md).
";

fn page(document: &OpenApi) -> String {
    let mut page = HEAD.to_owned();
    for tag in document.tags.iter().flatten() {
        let rows: Vec<String> = document
            .paths
            .paths
            .iter()
            .flat_map(|(path, item)| rows(&tag.name, path, item))
            .collect();
        if rows.is_empty() {
            continue;
        }
        let description = tag.description.as_deref().unwrap_or_default();
        // Writing to a text cannot fail.
        let _ = write!(
            page,
            "\n## {}\n\n{}.\n\n| | | | scope |\n| --- | --- | --- | --- |\n{}",
            tag.name,
            description.trim_end_matches('.'),
            rows.concat()
        );
    }
    page
}

fn rows(tag: &str, path: &str, item: &PathItem) -> Vec<String> {
    let methods = [
        (Method::GET, &item.get),
        (Method::POST, &item.post),
        (Method::PUT, &item.put),
        (Method::DELETE, &item.delete),
    ];
    methods
        .iter()
        .filter_map(|(method, operation)| Some((method, operation.as_ref()?)))
        .filter(|(_, operation)| operation.tags.iter().flatten().any(|own| own == tag))
        .map(|(method, operation)| {
            let summary = operation.summary.as_deref().unwrap_or_default();
            let scopes = auth::row(method, path).map_or_else(String::new, |row| row.words());
            format!(
                "| {method} | `{path}` | {} | {scopes} |\n",
                summary.replace('|', "\\|")
            )
        })
        .collect()
}

#[test]
fn the_checked_in_overview_is_the_generated_one() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/http.md");
    let page = page(&openapi::document());
    if std::env::var_os("CONVOY_WRITE_OPENAPI").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == page,
        "docs/reference/http.md is out of date: run `cargo xtask reference`"
    );
}

#[test]
fn every_route_is_in_the_overview_once() {
    let page = page(&openapi::document());
    for (method, path, _) in auth::rows() {
        let row = format!("| {method} | `{path}` |");
        assert_eq!(page.matches(&row).count(), 1, "{row}");
    }
}
