//! The log block by block: whoever takes all of it can build it again.

use super::harness::Running;
use axum::http::StatusCode;
use convoy_client::OnError;
use convoy_types::receipt::Trust;
use convoy_verify::Replay;
use serde_json::json;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread")]
async fn a_log_taken_block_by_block_is_built_again_and_proved() {
    let running = Running::start().await;
    let client = running.client(&running.officer);
    let document = json!({
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
        "type": "EPCISDocument", "schemaVersion": "2.0", "creationDate": "2026-05-01T10:00:00.000Z",
        "epcisBody": { "eventList": [{
            "type": "ObjectEvent", "action": "ADD", "bizStep": "commissioning",
            "eventTime": "2026-05-01T10:00:00Z", "eventTimeZoneOffset": "+00:00",
            "epcList": ["urn:epc:id:sgtin:9521141.012345.77"],
        }] },
    });
    let job = client
        .capture_and_follow(document.to_string(), OnError::Rollback, LIMIT)
        .await
        .unwrap();
    let tip = running.node.tip().unwrap().core;

    let mut taken = Vec::new();
    while taken.len() < tip.height as usize {
        let (_, mut blocks) = client.log(taken.len() as u64 + 1).await.unwrap();
        assert!(
            !blocks.is_empty(),
            "{} of {} blocks",
            taken.len(),
            tip.height
        );
        taken.append(&mut blocks);
    }
    taken.truncate(tip.height as usize);
    let ids: Vec<_> = taken.iter().flat_map(|block| &block.ids).copied().collect();
    assert_eq!(ids, job.statements);

    let trust = Trust::from_json(&running.node.trust().to_json()).unwrap();
    let mut replay = Replay::new(&trust);
    taken.iter().for_each(|block| replay.push(block).unwrap());
    let proof = replay.finish().expect("a block with a certificate");
    assert!(proof.log_size > 2, "{proof:?}");

    let (_, none) = client.log(tip.height + 1_000_000).await.unwrap();
    assert!(none.is_empty(), "past the last block there is nothing");
    for bad in ["limit=0", "limit=257", "from=0", "from=x"] {
        let answer = running.get(&format!("/v1/log?{bad}")).await;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{bad}");
    }
}
