//! Other people's EPCIS documents, handed in at a running node as they are.

use super::harness::{Running, json};
use axum::http::StatusCode;
use convoy_modules::custody::reject;
use convoy_types::vectors;
use serde_json::Value;
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::Duration,
};

const LIMIT: Duration = Duration::from_secs(30);

/// The documents of one folder of openEPCIS, by folder and name.
fn documents(folder: &str) -> Option<Vec<(String, PathBuf)>> {
    let dir = vectors::dir("epcis/openepcis/2.0/EPCIS/JSON/Capture")?;
    let entries = std::fs::read_dir(dir.join(folder)).unwrap();
    let mut files: Vec<_> = entries
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            let name = path.file_stem().unwrap().to_str().unwrap();
            (format!("{folder}/{name}"), path)
        })
        .collect();
    files.sort();
    Some(files)
}

/// What became of a document: nothing where it is final, otherwise the problem.
async fn captured(running: &Running, path: &Path) -> Option<Value> {
    let document = std::fs::read(path).unwrap();
    let token = &running.officer;
    let answer = running
        .post("/v1/epcis/capture", token, "application/ld+json", document)
        .await;
    if answer.status() != StatusCode::ACCEPTED {
        let status = answer.status();
        let problem = json(answer).await;
        assert_eq!(problem["status"], status.as_u16(), "{problem}");
        return Some(problem);
    }
    let job = json(answer).await;
    let client = running.client(token);
    for id in job["statements"].as_array().unwrap() {
        let id = id.as_str().unwrap().parse().unwrap();
        let status = client.follow(&id, LIMIT).await.unwrap();
        assert_eq!(
            status.state,
            convoy_client::State::Accepted,
            "{}: {status:?}",
            path.display()
        );
    }
    None
}

/// Whether a problem names each broken rule by number or source, with a place that is in the document and a remedy.
fn is_told(problem: &Value, path: &Path) -> bool {
    let document: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let errors = problem["errors"].as_array().unwrap();
    let text = |error: &Value, field: &str| error[field].as_str().unwrap().to_owned();
    !errors.is_empty()
        && errors.iter().all(|error| {
            document.pointer(&text(error, "pointer")).is_some()
                && !text(error, "rule").is_empty()
                && !text(error, "remedy").is_empty()
        })
}

/// One ledger for all. What nobody has brought in cannot be used: no holding goes below zero (226). One of the bare events is an event of a
/// document before it (207), one makes an amount that it does not say (203).
#[tokio::test(flavor = "multi_thread")]
async fn documents_and_events_of_others_become_final_or_are_refused_by_a_rule_of_the_ledger() {
    let (Some(whole), Some(bare)) = (documents("Documents"), documents("Events")) else {
        return;
    };
    let running = Running::start().await;
    let mut refused = BTreeMap::new();
    for (name, path) in whole.iter().chain(&bare) {
        if let Some(problem) = captured(&running, path).await {
            assert!(is_told(&problem, path), "{name}: {problem}");
            refused.insert(name.as_str(), problem["code"].as_u64().unwrap());
        }
    }
    assert!(whole.len() >= 23 && bare.len() >= 4);
    let expected = [
        ("Documents/AssociationEvent", reject::BELOW_ZERO),
        (
            "Documents/AssociationEvent_all_possible_fields",
            reject::BELOW_ZERO,
        ),
        ("Documents/TransformationEvent", reject::BELOW_ZERO),
        (
            "Documents/TransformationEvent_with_digitalLink",
            reject::BELOW_ZERO,
        ),
        ("Events/AssociationEvent", reject::BELOW_ZERO),
        ("Events/TransactionEvent", reject::DUPLICATE_EVENT),
        ("Events/TransformationEvent", reject::AMOUNT_NEEDED),
    ];
    let expected = expected.map(|(name, rule)| (name, u64::from(rule.number)));
    assert_eq!(refused, expected.into());
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_documents_of_others_are_refused_with_pointer_and_rule() {
    let Some(invalid) = documents("Invalid") else {
        return;
    };
    let running = Running::start().await;
    for (name, path) in &invalid {
        let problem = captured(&running, path).await;
        let problem = problem.unwrap_or_else(|| panic!("{name} was captured"));
        assert_eq!(
            (problem["status"].as_u64(), problem["name"].as_str()),
            (Some(400), Some("bad-document")),
            "{name}: {problem}"
        );
        assert!(is_told(&problem, path), "{name}: {problem}");
        let errors = problem["errors"].as_array().unwrap();
        assert!(
            errors.iter().all(|error| {
                let rule = error["rule"].as_str().unwrap();
                rule.contains('§') || rule.contains("GS1")
            }),
            "{name}: {problem}"
        );
        // Its name says what is wrong with it.
        let wrong = [
            ("eventTime", "/eventTime"),
            ("bizStep", "/bizStep"),
            ("disposition", "/disposition"),
            ("quantity_as_text", "/quantity"),
            ("ilmd", "/ilmd/"),
            ("certificationInfo", "/certificationInfo/"),
            ("quantityList", "/quantityList/"),
        ];
        let named = wrong.iter().filter(|(word, _)| name.contains(word));
        for (word, field) in named {
            let found = errors
                .iter()
                .any(|error| error["pointer"].as_str().unwrap().contains(field));
            assert!(found, "{name}, {word}: {problem}");
        }
        assert!(wrong.iter().any(|(word, _)| name.contains(word)), "{name}");
    }
    assert!(invalid.len() >= 8);
}
