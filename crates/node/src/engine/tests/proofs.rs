//! State proofs of logs of many sizes: the offline check agrees with the database, and accepts nothing else.

use crate::engine::{
    contract::CELL_BYTES,
    databases::{DatabaseSizes, Key, StateDb, Value, config},
    proof::encode_proof,
};
use commonware_runtime::{
    Runner as _, Strategizer as _, Supervisor as _, buffer::paged::CacheRef, deterministic,
};
use commonware_storage::qmdb::floor::Proportional;
use commonware_utils::{NZU16, NZU64, NZUsize};
use convoy_types::{header::HISTORY_BIT, receipt::engine_proof::check};
use sha2::{Digest as _, Sha256};
use std::path::Path;

type Db = StateDb<deterministic::Context>;

fn key(number: u64) -> [u8; 32] {
    let mut key: [u8; 32] = Sha256::digest(number.to_be_bytes()).into();
    key[0] &= !HISTORY_BIT;
    key
}

async fn write(db: Db, numbers: impl Iterator<Item = u64>, round: u8) -> Db {
    let mut batch = db.new_batch();
    for number in numbers {
        batch = batch.write(
            Key::from(key(number)),
            Some(Value::new([round; CELL_BYTES])),
        );
    }
    let sealed = batch.merkleize(&db, None, &mut Proportional).await.unwrap();
    let db = db.apply_batch(sealed).await.unwrap();
    let (db, synced) = db.start_sync().await.unwrap();
    synced.await.unwrap();
    db
}

async fn check_some(db: &Db, known: u64) -> usize {
    let root = db.root().0;
    let mut flags = 0;
    for number in [0, known / 2, known - 1, known + 1, known + 7] {
        let (value, proof) = encode_proof(db, &Key::from(key(number))).await.unwrap();
        assert_eq!(value.is_some(), number < known);
        let value = value.as_ref().map(|cell| &cell[..]);
        check(&root, &key(number), value, &proof).unwrap();
        refuses_everything_else(&root, &key(number), value, &proof);
        flags |= usize::from(proof[1]);
    }
    flags
}

fn refuses_everything_else(root: &[u8; 32], key: &[u8; 32], value: Option<&[u8]>, proof: &[u8]) {
    let other = [3; CELL_BYTES];
    assert!(check(&[0; 32], key, value, proof).is_err(), "another root");
    assert!(
        check(root, &[0; 32], Some(&other), proof).is_err(),
        "another record"
    );
    assert!(
        check(
            root,
            key,
            if value.is_some() { None } else { Some(&other) },
            proof
        )
        .is_err(),
        "the opposite"
    );
    for at in (0..proof.len()).step_by(7) {
        let mut wrong = proof.to_vec();
        wrong[at] ^= 1 << (at % 8);
        assert!(
            check(root, key, value, &wrong).is_err(),
            "byte {at} flipped"
        );
        assert!(
            check(root, key, value, &proof[..at]).is_err(),
            "cut at {at}"
        );
    }
}

async fn case(db: &Db, number: u64) -> serde_json::Value {
    let (value, proof) = encode_proof(db, &Key::from(key(number))).await.unwrap();
    serde_json::json!({
        "root": hex::encode(db.root().0),
        "key": hex::encode(key(number)),
        "value": value.map(hex::encode),
        "proof": hex::encode(proof),
    })
}

/// The verifier's tests read these; `CONVOY_WRITE_VECTORS=1` writes them anew when the format has changed.
fn agrees_with_the_verifiers_vectors(cases: &[serde_json::Value]) {
    let file =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../verify/tests/vectors/engine-proofs.json");
    if std::env::var_os("CONVOY_WRITE_VECTORS").is_some() {
        let text = serde_json::to_string_pretty(cases).unwrap() + "\n";
        std::fs::write(&file, text).unwrap();
    }
    let kept: Vec<serde_json::Value> =
        serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
    assert_eq!(kept, cases);
}

#[test]
fn offline_check_agrees_with_the_database_at_every_stage_of_a_log() {
    deterministic::Runner::default().start(|context| async move {
        let sizes = DatabaseSizes {
            page_cache: CacheRef::new(NZU16!(4_096), NZUsize!(256)),
            items_per_blob: NZU64!(1_024),
            write_buffer: NZUsize!(65_536),
            replay_buffer: NZUsize!(65_536),
            takes_over: false,
        };
        let strategy = context.strategy(NZUsize!(1));
        let (config, ..) = config(&context, "proofs", &sizes, &strategy).await;
        let mut db: Db = Db::init(context.child("db"), config, None).await.unwrap();
        let mut cases = Vec::new();
        let (mut known, mut flags, mut seed) = (0, 0, 1u64);
        for round in 1..=60u8 {
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let new = 1 + (seed >> 33) % 97;
            let again = (seed >> 40) % (known + 1);
            db = write(db, (known..known + new).chain(0..again), round).await;
            known += new;
            flags |= check_some(&db, known).await;
            if [1, 20, 60].contains(&round) {
                cases.push(case(&db, 0).await);
                cases.push(case(&db, known + 1).await);
            }
        }
        agrees_with_the_verifiers_vectors(&cases);
        assert_eq!(
            flags, 7,
            "logs with pending and partial chunks were among them"
        );
    });
}
