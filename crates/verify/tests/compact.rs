//! Compact receipts, their size, state proofs and consistency, with certificates made by the consensus crate.

#![allow(clippy::unwrap_used, reason = "a test's failure is its message")]

mod common;

use common::{LargeLog, Story, TIME_MS, World, certificate_of};
use convoy_types::{
    Digest,
    cose::Algorithm,
    header::{HISTORY_BIT, Header, HeaderCore, HeaderRest},
    log::{consistency_path, inclusion_path, root_of_size},
    receipt::{
        CompactReceipt, ConsistencyReceipt, StateProof, Trust, certificate::quorum,
        compact::Subject, state_proof::Database,
    },
};
use convoy_verify::{
    Proved, verify, verify_compact, verify_consistency, verify_consistency_receipt, verify_state,
};
use proptest::prelude::*;
use std::sync::LazyLock;

static STORY: LazyLock<Story> = LazyLock::new(Story::new);

fn failed_check(bytes: &[u8], trust: &Trust) -> String {
    verify(bytes, trust).unwrap_err().check
}

#[test]
fn the_certified_block_of_the_statement_proves_acceptance_and_refusal_by_place() {
    let trust = STORY.world.trust();
    for (n, proved) in [
        (0, Proved::Accepted),
        (1, Proved::Accepted),
        (2, Proved::Refused),
    ] {
        let receipt =
            STORY
                .chain
                .compact(&STORY.world, &STORY.statements[n], 4 + n as u64, 2, None);
        let report = verify_compact(&receipt.encode(), &trust).unwrap();
        assert_eq!(report.proved, proved);
        assert_eq!((report.height, report.recorded_height), (2, Some(2)));
        assert_eq!(report.recorded_ms, Some(TIME_MS + 2_000));
        assert_eq!(report.attested_by.len(), 4);
        assert!(report.signature_checked);
        assert_eq!(CompactReceipt::decode(&receipt.encode()).unwrap(), receipt);
    }
}

#[test]
fn a_later_block_proves_the_order_and_with_the_summary_the_outcome() {
    let trust = STORY.world.trust();
    let receipt = |evidence| {
        STORY
            .chain
            .compact(&STORY.world, &STORY.statements[2], 6, 3, evidence)
    };
    let report = verify_compact(&receipt(None).encode(), &trust).unwrap();
    assert_eq!(
        (report.proved, report.recorded_height),
        (Proved::Ordered, None)
    );
    let report = verify_compact(&receipt(Some(2)).encode(), &trust).unwrap();
    assert_eq!(
        (report.proved, report.recorded_height),
        (Proved::Refused, Some(2))
    );
    assert_eq!(failed_check(&receipt(Some(1)).encode(), &trust), "outcome");
}

#[test]
fn the_id_alone_proves_without_showing_the_content() {
    let mut receipt = STORY
        .chain
        .compact(&STORY.world, &STORY.statements[0], 4, 2, None);
    receipt.subject = Subject::Id(STORY.statements[0].id());
    let report = verify_compact(&receipt.encode(), &STORY.world.trust()).unwrap();
    assert_eq!(report.proved, Proved::Accepted);
    assert!(!report.signature_checked);
}

#[test]
fn each_failing_check_is_named() {
    let trust = STORY.world.trust();
    let good = STORY
        .chain
        .compact(&STORY.world, &STORY.statements[0], 4, 2, None);
    let broken = |change: fn(&mut CompactReceipt)| {
        let mut receipt = good.clone();
        change(&mut receipt);
        failed_check(&receipt.encode(), &trust)
    };
    let certificate = "certificate of the validators";
    assert_eq!(broken(|r| r.leaf = 99), "path to the log's root");
    assert_eq!(broken(|r| r.epoch = 4), certificate);
    assert_eq!(broken(|r| r.time_ms += 1), certificate);
    assert_eq!(broken(|r| r.accepted += 1), certificate);
    assert_eq!(broken(|r| r.path[0].0[0] ^= 1), certificate);
    assert_eq!(broken(|r| r.certificate.view += 1), certificate);
    assert_eq!(broken(|r| r.certificate.signatures[1][9] ^= 1), certificate);
    assert_eq!(
        broken(|r| r.certificate.signers = vec![0, 1, 2, 9]),
        certificate
    );
    let too_few = |r: &mut CompactReceipt| {
        r.certificate.signers.truncate(2);
        r.certificate.signatures.truncate(2);
    };
    assert_eq!(broken(too_few), certificate);
    let mut other = STORY.world.trust();
    other.epochs[0].validators.pop();
    assert_eq!(failed_check(&good.encode(), &other), certificate);
}

#[test]
fn a_quorum_is_what_the_engine_says() {
    use commonware_utils::{Faults as _, N3f1};
    for n in 1u32..=100 {
        assert_eq!(quorum(n as usize), N3f1::quorum(n) as usize, "{n}");
    }
}

/// Committees of 4 to 7 at 10,000,000 leaves, the statement anywhere in the log; each receipt is verified, too. The statement is one short action: the
/// receipt holds it whole, so with a longer one the file is longer.
#[test]
fn a_compact_receipt_with_a_statement_of_one_short_action_fits_1500_bytes_at_ten_million_entries() {
    let size = 10_000_000u64;
    for members in 4..=7 {
        let world = World::new(members);
        let statement = world.statement(Algorithm::Ed25519, 4_711);
        let mut largest = 0;
        for leaf in [1, 4_999_999, 8_388_608, size - 4_000, size - 2] {
            let log = LargeLog {
                entries: vec![(leaf, statement.id().0)],
            };
            let root = root_of_size(&log, size).unwrap();
            let path = inclusion_path(&log, leaf, size).unwrap().unwrap();
            let own = leaf >= size - 5_001;
            let core = HeaderCore {
                network: HeaderCore::network_digest(&world.network),
                epoch: 3,
                height: 1_234_567,
                time_ms: TIME_MS,
                first_leaf: size - 5_001,
                accepted: 5_000,
                log_size: size,
                log_root: root,
            };
            let header = Header {
                core,
                rest: HeaderRest::default(),
            };
            let finalization = world.finalize(&header.digest(), 3, 2_345_678, quorum(members));
            let subject = Subject::Statement(Box::new(statement.clone()));
            let certificate = certificate_of(&finalization);
            let receipt =
                CompactReceipt::new(subject, leaf, path, &header, certificate, None).encode();
            let report = verify_compact(&receipt, &world.trust()).unwrap();
            assert_eq!(
                report.proved,
                if own {
                    Proved::Accepted
                } else {
                    Proved::Ordered
                }
            );
            largest = largest.max(receipt.len());
            assert!(
                receipt.len() <= 1_500,
                "{members} validators, leaf {leaf}: {} bytes",
                receipt.len()
            );
        }
        println!(
            "{members} validators: {largest} bytes at most, the statement {}",
            statement.bytes().len()
        );
    }
}

/// What the storage engine itself (commonware-storage 2026.10.0) proved, one of each kind of log; written by the node's tests.
#[derive(serde::Deserialize)]
struct EngineCase {
    root: Digest,
    key: Digest,
    value: Option<String>,
    proof: String,
}

fn engine_cases() -> Vec<EngineCase> {
    serde_json::from_str(include_str!("vectors/engine-proofs.json")).unwrap()
}

fn state_proof(case: &EngineCase) -> StateProof {
    let mut header = STORY.chain.header(&STORY.world, 2);
    header.rest.state.root = case.root;
    let certificate = certificate_of(&STORY.world.finalize(&header.digest(), 3, 17, 4));
    StateProof {
        database: Database::State,
        key: case.key,
        value: case.value.as_ref().map(|value| hex::decode(value).unwrap()),
        engine_proof: hex::decode(&case.proof).unwrap(),
        header,
        certificate,
    }
}

#[test]
fn state_proofs_prove_presence_and_absence_against_a_certified_header() {
    let trust = STORY.world.trust();
    for case in engine_cases() {
        let proof = state_proof(&case);
        let bytes = proof.encode();
        assert_eq!(StateProof::decode(&bytes).unwrap(), proof);
        let report = verify(&bytes, &trust).unwrap();
        let proved = if case.value.is_some() {
            Proved::Present
        } else {
            Proved::Absent
        };
        assert_eq!((report.proved, report.height), (proved, 2));

        let mut opposite = proof.clone();
        opposite.value = opposite.value.is_none().then(|| vec![0; 160]);
        let error = verify_state(&opposite.encode(), &trust).unwrap_err();
        assert_eq!(error.check, "record in the state");
        let mut elsewhere = proof.clone();
        elsewhere.key = Digest::of(b"another key");
        let error = verify_state(&elsewhere.encode(), &trust).unwrap_err();
        assert_eq!(error.check, "record in the state");
        let mut history = proof.clone();
        history.key.0[0] |= HISTORY_BIT;
        let error = verify_state(&history.encode(), &trust).unwrap_err();
        assert!(error.to_string().contains("history store"), "{error}");
        let mut lanes = proof.clone();
        lanes.database = Database::Lanes;
        assert!(verify_state(&lanes.encode(), &trust).is_err());
        let mut uncertified = proof;
        uncertified.header.rest.state.root = Digest::ZERO;
        let error = verify_state(&uncertified.encode(), &trust).unwrap_err();
        assert_eq!(error.check, "certificate of the validators");
    }
}

#[test]
fn a_log_that_only_grew_is_consistent_and_a_rewritten_one_is_not() {
    let (world, chain, trust) = (&STORY.world, &STORY.chain, STORY.world.trust());
    let keys = &world.members[0].tree_head_keys;
    let old = chain.head(world, 0, 1).sign(&keys[0]).unwrap();
    let new = chain.head(world, 0, 3).sign(&keys[1]).unwrap();
    let path = consistency_path(&chain.log, chain.size(1), chain.size(3))
        .unwrap()
        .unwrap();
    let report = verify_consistency(&old, &new, &path, &trust).unwrap();
    assert_eq!(report.proved, Proved::Consistent);
    let receipt = ConsistencyReceipt {
        old_size: chain.size(1),
        path: path.clone(),
        signed: new.clone(),
    };
    let root = new.head().root;
    let report = verify_consistency_receipt(&receipt.encode(), old.head(), root, &trust).unwrap();
    assert_eq!(report.proved, Proved::Consistent);
    let wrong = verify_consistency_receipt(&receipt.encode(), old.head(), Digest::ZERO, &trust);
    assert_eq!(wrong.unwrap_err().check, "newer tree head");
    let mut rewritten = chain.head(world, 0, 1);
    rewritten.root = Digest::of(b"another history");
    let rewritten = rewritten.sign(&keys[0]).unwrap();
    let error = verify_consistency(&rewritten, &new, &path, &trust).unwrap_err();
    assert_eq!(error.check, "consistency of the log");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_flipped_bit_is_refused(at: prop::sample::Index, bit in 0u8..8, which in 0usize..3) {
        static FILES: LazyLock<[Vec<u8>; 3]> = LazyLock::new(|| [
            STORY.chain.compact(&STORY.world, &STORY.statements[0], 4, 2, None).encode(),
            STORY.chain.compact(&STORY.world, &STORY.statements[2], 6, 3, Some(2)).encode(),
            state_proof(&engine_cases()[0]).encode(),
        ]);
        static TRUST: LazyLock<Trust> = LazyLock::new(|| STORY.world.trust());
        let mut bytes = FILES[which].clone();
        let index = at.index(bytes.len());
        bytes[index] ^= 1 << bit;
        prop_assert!(verify(&bytes, &TRUST).is_err(), "file {which}, bit {bit} of byte {index}");
    }
}
