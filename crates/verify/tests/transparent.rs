//! Transparent statements: what holds, and what each kind of damage is called.

#![allow(clippy::unwrap_used, reason = "a test's failure is its message")]

mod common;

use common::{Story, TIME_MS, World};
use convoy_types::{
    cose::SigningKey,
    receipt::{InclusionReceipt, TransparentStatement, Trust, attach},
};
use convoy_verify::{Proved, Report, VerifyError, verify, verify_transparent};
use proptest::prelude::*;
use std::sync::LazyLock;

static STORY: LazyLock<Story> = LazyLock::new(Story::new);

fn failed_check(result: Result<Report, VerifyError>) -> String {
    result.unwrap_err().check
}

/// The transparent statement with one receipt, by `key` for what `change` makes of the head.
fn forged(key: &SigningKey, change: impl FnOnce(&mut convoy_types::receipt::TreeHead)) -> Vec<u8> {
    let mut head = STORY.chain.head(&STORY.world, 0, 3);
    change(&mut head);
    let signed = head.sign(key).unwrap();
    let size = signed.head().size;
    let path = STORY.chain.path(4, size.min(STORY.chain.size(3)));
    attach(
        &STORY.statements[0],
        &[InclusionReceipt::new(signed, 4, path, None).encode()],
    )
}

#[test]
fn receipts_of_every_member_and_algorithm_prove_acceptance() {
    let trust = STORY.world.trust();
    for n in 0..2 {
        let report = verify(&STORY.transparent(n, 3, true), &trust).unwrap();
        assert_eq!(report.proved, Proved::Accepted);
        assert_eq!(report.statement, Some(STORY.statements[n].id()));
        assert_eq!(report.leaf, Some(4 + n as u64));
        let members: Vec<_> = report.attested_by.iter().map(|m| m.as_str()).collect();
        assert_eq!(members, ["est", "fra", "ita", "pol"]);
        assert_eq!(
            (report.height, report.time_ms, report.log_size),
            (3, TIME_MS + 3_000, STORY.chain.size(3))
        );
        assert_eq!(
            (report.recorded_height, report.recorded_ms),
            (Some(2), Some(TIME_MS + 2_000))
        );
        assert!(report.signature_checked);
        assert!(report.notes.is_empty());
    }
}

#[test]
fn a_refused_statement_is_proved_refused() {
    let report = verify_transparent(&STORY.transparent(2, 2, true), &STORY.world.trust()).unwrap();
    assert_eq!(report.proved, Proved::Refused);
    assert!(report.to_string().contains("REFUSED"));
}

#[test]
fn without_the_block_summary_only_the_order_is_proved() {
    let report = verify_transparent(&STORY.transparent(0, 3, false), &STORY.world.trust()).unwrap();
    assert_eq!(
        (report.proved, report.recorded_height),
        (Proved::Ordered, None)
    );
}

#[test]
fn an_unknown_signer_is_said_and_not_passed_over() {
    let trust = Trust {
        signers: Vec::new(),
        ..STORY.world.trust()
    };
    let report = verify_transparent(&STORY.transparent(0, 3, true), &trust).unwrap();
    assert!(!report.signature_checked);
    assert!(
        report.notes[0].contains("the validators checked it"),
        "{}",
        report.notes[0]
    );
    let report = verify_transparent(&STORY.transparent(0, 3, false), &trust).unwrap();
    assert!(
        report.notes[0].contains("nothing here vouches"),
        "{}",
        report.notes[0]
    );
}

#[test]
fn each_failing_check_is_named() {
    let trust = STORY.world.trust();
    let good = STORY.transparent(0, 3, true);
    let keys = &STORY.world.members[0].tree_head_keys;
    let failed = |bytes: &[u8], trust: &Trust| failed_check(verify_transparent(bytes, trust));

    assert_eq!(failed(STORY.statements[0].bytes(), &trust), "receipts");
    assert_eq!(failed(&good[1..], &trust), "form of the file");
    let mut other = STORY.world.trust();
    other.network = convoy_types::NetworkId::of_genesis("adriatic", &other.genesis).unwrap();
    assert_eq!(failed(&good, &other), "network of the statement");
    let few = Trust {
        members_required: 5,
        ..STORY.world.trust()
    };
    assert_eq!(failed(&good, &few), "members that vouch");
    let mut expired = STORY.world.trust();
    expired.tree_heads[0].until_ms = Some(TIME_MS + 3_000);
    assert_eq!(failed(&good, &expired), "receipt 1 of 8: key");
    expired.tree_heads.clear();
    assert_eq!(failed(&good, &expired), "receipt 1 of 8: key");
    let mut revoked = STORY.world.trust();
    revoked.signers[0].until_ms = Some(TIME_MS + 2_000);
    assert_eq!(failed(&good, &revoked), "signature of the statement");
    let ordered = verify_transparent(&STORY.transparent(0, 3, false), &revoked).unwrap();
    assert!(ordered.notes[0].contains("holds for a time only"));

    let inclusion = "receipt 1 of 1: inclusion and signature";
    assert!(verify_transparent(&forged(&keys[0], |_| {}), &trust).is_ok());
    assert_eq!(
        failed(&forged(&keys[0], |h| h.root.0[0] ^= 1), &trust),
        inclusion
    );
    let foreign = forged(&keys[0], |h| {
        h.network = convoy_types::NetworkId::of_genesis("adriatic", &STORY.world.genesis).unwrap();
    });
    assert_eq!(failed(&foreign, &trust), "receipt 1 of 1: network");
    let stranger = &World::new(7).members[6].tree_head_keys;
    assert_eq!(
        failed(&forged(&stranger[0], |_| {}), &trust),
        "receipt 1 of 1: key"
    );
    let mallory = forged(&keys[0], |h| {
        h.issuer = STORY.world.members[1].issuer.clone()
    });
    assert_eq!(failed(&mallory, &trust), "receipt 1 of 1: key");
}

#[test]
fn evidence_of_another_block_or_root_is_refused() {
    let trust = STORY.world.trust();
    let key = &STORY.world.members[0].tree_head_keys[0];
    let with = |block: u64, change: fn(&mut convoy_types::receipt::BlockEvidence)| {
        let signed = STORY.chain.head(&STORY.world, 0, 3).sign(key).unwrap();
        let size = signed.head().size;
        let mut evidence = STORY.chain.evidence(block, size);
        change(&mut evidence);
        let receipt = InclusionReceipt::new(signed, 4, STORY.chain.path(4, size), Some(evidence));
        verify_transparent(&attach(&STORY.statements[0], &[receipt.encode()]), &trust)
    };
    assert_eq!(with(2, |_| {}).unwrap().proved, Proved::Accepted);
    assert_eq!(failed_check(with(1, |_| {})), "receipt 1 of 1: outcome");
    assert_eq!(
        failed_check(with(2, |e| e.summary.accepted += 1)),
        "receipt 1 of 1: outcome"
    );
    assert_eq!(
        failed_check(with(2, |e| e.path[0].0[5] ^= 1)),
        "receipt 1 of 1: outcome"
    );
}

#[test]
fn two_roots_for_one_size_are_named_as_equivocation() {
    let world = &STORY.world;
    // Another log of the same size in which the statement has the same leaf.
    let mut other = common::Chain::new(world);
    let filler: Vec<_> = (20..22)
        .map(|n| world.statement(convoy_types::cose::Algorithm::Ed25519, n))
        .collect();
    other.block(&[(&filler[0], true), (&filler[1], true)]);
    other.block(&[
        (&STORY.statements[0], true),
        (&filler[0], true),
        (&filler[1], false),
    ]);
    other.block(&[(&filler[1], false)]);
    let one = STORY
        .chain
        .head(world, 0, 3)
        .sign(&world.members[0].tree_head_keys[0])
        .unwrap();
    let two = other
        .head(world, 1, 3)
        .sign(&world.members[1].tree_head_keys[0])
        .unwrap();
    let receipts = [
        STORY.chain.receipt(one, 4, None).encode(),
        other.receipt(two, 4, None).encode(),
    ];
    let error =
        verify_transparent(&attach(&STORY.statements[0], &receipts), &world.trust()).unwrap_err();
    assert_eq!(error.check, "agreement of the receipts");
    assert!(error.reason.contains("equivocates"), "{error}");
}

#[test]
fn a_forged_statement_signature_is_found_although_the_log_has_it() {
    let mut bytes = STORY.statements[0].bytes().to_vec();
    let last = bytes.len() - 3;
    bytes[last] ^= 1;
    let forged = convoy_types::Statement::decode(bytes).unwrap();
    let mut chain = common::Chain::new(&STORY.world);
    chain.block(&[(&forged, true)]);
    let signed = chain
        .head(&STORY.world, 0, 1)
        .sign(&STORY.world.members[0].tree_head_keys[0])
        .unwrap();
    let file = attach(&forged, &[chain.receipt(signed, 1, None).encode()]);
    assert_eq!(
        failed_check(verify_transparent(&file, &STORY.world.trust())),
        "signature of the statement"
    );
}

#[test]
fn receipts_can_be_taken_off_and_reordered_without_touching_the_statement() {
    let file = STORY.transparent(0, 3, true);
    let mut parts = TransparentStatement::decode(&file).unwrap();
    assert_eq!(parts.statement, STORY.statements[0]);
    parts.receipts.reverse();
    parts.receipts.truncate(3);
    let again = attach(&parts.statement, &parts.receipts);
    let report = verify_transparent(&again, &STORY.world.trust()).unwrap();
    assert_eq!(report.attested_by.len(), 2);
    assert_eq!(
        attach(&parts.statement, &[]),
        STORY.statements[0].bytes().to_vec()
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_flipped_bit_is_refused(at: prop::sample::Index, bit in 0u8..8) {
        static FILE: LazyLock<Vec<u8>> = LazyLock::new(|| STORY.transparent(0, 3, true));
        static TRUST: LazyLock<Trust> = LazyLock::new(|| STORY.world.trust());
        let mut bytes = FILE.clone();
        let index = at.index(bytes.len());
        bytes[index] ^= 1 << bit;
        prop_assert!(verify(&bytes, &TRUST).is_err(), "bit {bit} of byte {index}");
    }

    #[test]
    fn bytes_from_anywhere_never_panic(noise in prop::collection::vec(any::<u8>(), 0..300), kind in 0u8..4) {
        static TRUST: LazyLock<Trust> = LazyLock::new(|| STORY.world.trust());
        let head: &[u8] = [b"\xd2\x84".as_slice(), b"\xda\x63\x6e\x76\x01\x88", b"\xda\x63\x6e\x76\x02\x87", b""][usize::from(kind)];
        prop_assert!(verify(&[head, &noise].concat(), &TRUST).is_err());
    }
}
