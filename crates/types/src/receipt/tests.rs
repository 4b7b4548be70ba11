use super::*;
use crate::{
    Did, Digest, NetworkId,
    cose::{Algorithm, SigningKey},
    log::{BlockSummary, MemoryLog, consistency_path, inclusion_path},
};
use proptest::prelude::*;

fn network() -> NetworkId {
    NetworkId::of_genesis("baltic", &Digest::of(b"genesis")).unwrap()
}

fn key(algorithm: Algorithm) -> SigningKey {
    SigningKey::from_secret(algorithm, &[9; 32]).unwrap()
}

fn log() -> MemoryLog {
    let mut log = MemoryLog::new();
    for n in 0u8..11 {
        log.append(&Digest::of(&[n]));
    }
    log
}

fn head(size: u64) -> TreeHead {
    TreeHead {
        issuer: Did::new("did:web:est.example").unwrap(),
        network: network(),
        height: 77,
        time_ms: 1_795_000_000_123,
        size,
        root: crate::log::root_of_size(&log(), size).unwrap(),
    }
}

fn evidence() -> BlockEvidence {
    let summary = BlockSummary {
        height: 76,
        time_ms: 1_794_999_999_000,
        first_leaf: 3,
        accepted: 4,
        refused: 0,
        outcomes_root: Digest::of(b"outcomes"),
    };
    let path = inclusion_path(&log(), 7, 11).unwrap().unwrap();
    BlockEvidence { summary, path }
}

fn receipt(algorithm: Algorithm, evidence: Option<BlockEvidence>) -> InclusionReceipt {
    let signed = head(11).sign(&key(algorithm)).unwrap();
    let path = inclusion_path(&log(), 5, 11).unwrap().unwrap();
    InclusionReceipt::new(signed, 5, path, evidence)
}

#[test]
fn a_signed_tree_head_survives_and_verifies_under_its_key_only() {
    for algorithm in Algorithm::ALL {
        let key = key(algorithm);
        let signed = head(11).sign(&key).unwrap();
        let read = SignedTreeHead::decode(&signed.encode()).unwrap();
        assert_eq!(read, signed);
        assert_eq!(
            (read.algorithm(), read.key_id()),
            (algorithm, key.public().key_id())
        );
        read.verify(key.public()).unwrap();
        for other in Algorithm::ALL {
            let other = SigningKey::from_secret(other, &[8; 32]).unwrap();
            assert!(read.verify(other.public()).is_err());
        }
        crate::cbor::check(&head(11).protected(algorithm, key.public().key_id())).unwrap();
    }
}

#[test]
fn a_receipt_survives_and_its_root_follows_from_the_entry() {
    for algorithm in Algorithm::ALL {
        for evidence in [None, Some(evidence())] {
            let receipt = receipt(algorithm, evidence);
            let read = InclusionReceipt::decode(&receipt.encode(), &Digest::of(&[5])).unwrap();
            assert_eq!(read, receipt);
            read.signed().verify(key(algorithm).public()).unwrap();
            let other = InclusionReceipt::decode(&receipt.encode(), &Digest::of(&[6])).unwrap();
            assert!(other.signed().verify(key(algorithm).public()).is_err());
        }
    }
}

/// `coset` reads our receipt: a detached payload, the data structure protected, the proof not.
#[test]
fn another_cose_library_reads_a_receipt_as_rfc_9942_has_it() {
    use coset::TaggedCborSerializable;
    let receipt = receipt(Algorithm::Ed25519, Some(evidence()));
    let sign1 = coset::CoseSign1::from_tagged_slice(&receipt.encode()).unwrap();
    assert_eq!(sign1.payload, None);
    let int = coset::Label::Int;
    let protected = &sign1.protected.header;
    assert_eq!(
        protected.key_id,
        key(Algorithm::Ed25519).public().key_id().0
    );
    let labels: Vec<_> = protected
        .rest
        .iter()
        .map(|(label, _)| label.clone())
        .collect();
    assert_eq!(labels, [int(15), int(395)]);
    let labels: Vec<_> = sign1
        .unprotected
        .rest
        .iter()
        .map(|(label, _)| label.clone())
        .collect();
    let block = coset::Label::Text("convoy-block".into());
    assert_eq!(labels, [int(396), block]);
    let signed = sign1.tbs_detached_data(&receipt.signed().head().root.0, &[]);
    let public = key(Algorithm::Ed25519);
    public.public().verify(&signed, &sign1.signature).unwrap();
}

#[test]
fn a_consistency_receipt_survives() {
    let receipt = ConsistencyReceipt {
        old_size: 6,
        path: consistency_path(&log(), 6, 11).unwrap().unwrap(),
        signed: head(11).sign(&key(Algorithm::Ed25519)).unwrap(),
    };
    let read = ConsistencyReceipt::decode(&receipt.encode(), log().root()).unwrap();
    assert_eq!(read, receipt);
    assert!(InclusionReceipt::decode(&receipt.encode(), &Digest::ZERO).is_err());
}

#[test]
fn faults_are_named() {
    let bytes = receipt(Algorithm::Ed25519, None).encode();
    let refusal = |bytes: &[u8]| InclusionReceipt::decode(bytes, &Digest::of(&[5])).unwrap_err();
    // The last byte of the protected header is the data structure.
    let vds = 2
        + 2
        + head(11)
            .protected(
                Algorithm::Ed25519,
                key(Algorithm::Ed25519).public().key_id(),
            )
            .len()
        - 1;
    let mut other = bytes.clone();
    assert_eq!(other[vds], 1);
    other[vds] = 2;
    assert_eq!(refusal(&other), ReceiptError::Vds(2));
    assert!(refusal(&other).to_string().contains("RFC9162_SHA256"));
    // Cut right before the payload, which then is no `null` either.
    let payload = bytes.len() - 64 - 2 - 1;
    for length in (0..bytes.len()).filter(|length| *length != payload) {
        let error = refusal(&bytes[..length]);
        assert!(
            matches!(error, ReceiptError::Form { .. }),
            "{length}: {error}"
        );
    }
    let mut attached = bytes.clone();
    attached[payload] = 0x40;
    assert_eq!(
        refusal(&attached).to_string(),
        "receipt: its payload is not detached"
    );
    let size = head(11).size;
    let mut wrong_leaf = receipt(Algorithm::Ed25519, None);
    wrong_leaf = InclusionReceipt::new(
        wrong_leaf.signed().clone(),
        size,
        wrong_leaf.path().to_vec(),
        None,
    );
    let error = refusal(&wrong_leaf.encode()).to_string();
    assert_eq!(
        error,
        "receipt: inclusion proof: the path does not fit leaf 11 of 11"
    );
}

#[test]
fn a_certificate_survives_for_any_signers() {
    let read = |certificate: &Certificate| {
        let mut writer = Writer::default();
        certificate.write(&mut writer);
        let bytes = writer.finish();
        let mut reader = Reader::new(&bytes);
        let read = Certificate::read(&mut reader)?;
        assert!(reader.end().is_ok());
        Ok::<_, ReceiptError>(read)
    };
    for signers in [vec![0], vec![7], vec![0, 8], (0..100).collect::<Vec<u8>>()] {
        let signatures = signers.iter().map(|n| [*n; 64]).collect();
        let certificate = Certificate {
            view: 9,
            parent_view: 8,
            signers,
            signatures,
        };
        assert_eq!(read(&certificate).unwrap(), certificate);
    }
    let nobody = Certificate {
        view: 9,
        parent_view: 8,
        signers: vec![],
        signatures: vec![],
    };
    assert!(read(&nobody).is_err());
    let uneven = Certificate {
        view: 9,
        parent_view: 8,
        signers: vec![1, 2],
        signatures: vec![[0; 64]],
    };
    assert!(read(&uneven).is_err());
}

#[test]
fn a_trust_file_survives_and_its_faults_are_named() {
    let genesis = Digest::of(b"genesis");
    let ed25519 = key(Algorithm::Ed25519);
    let validator = |member: &str, n: u8| trust::TrustedValidator {
        member: crate::MemberId::new(member).unwrap(),
        key: Digest(
            SigningKey::from_secret(Algorithm::Ed25519, &[n; 32])
                .unwrap()
                .public()
                .raw()
                .try_into()
                .unwrap(),
        ),
    };
    let good = Trust {
        version: 1,
        network: network(),
        genesis,
        members_required: 2,
        epochs: vec![trust::TrustedEpoch {
            epoch: 0,
            validators: vec![validator("est", 1), validator("fra", 2)],
            last_block: None,
            recovery: None,
        }],
        tree_heads: vec![trust::TrustedTreeHeadKey {
            member: crate::MemberId::new("est").unwrap(),
            issuer: Did::new("did:web:est.example").unwrap(),
            key: key(Algorithm::MlDsa65).public().clone(),
            from_ms: 5,
            until_ms: Some(9),
        }],
        signers: vec![trust::TrustedSigner {
            did: Did::new("did:web:est.example:anna").unwrap(),
            key: ed25519.public().clone(),
            from_ms: 0,
            until_ms: None,
        }],
    };
    assert_eq!(Trust::from_json(&good.to_json()).unwrap(), good);
    let holds = |time| trust::holds_at(time, 5, Some(9));
    assert_eq!([4, 5, 8, 9].map(holds), [false, true, true, false]);
    let field = |change: fn(&mut Trust)| {
        let mut bad = good.clone();
        change(&mut bad);
        Trust::from_json(&bad.to_json()).unwrap_err().field
    };
    assert_eq!(field(|t| t.version = 2), "version");
    assert_eq!(field(|t| t.genesis = Digest::ZERO), "network");
    assert_eq!(field(|t| t.members_required = 0), "members_required");
    assert_eq!(field(|t| t.epochs.push(t.epochs[0].clone())), "epochs[1]");
    assert_eq!(
        field(|t| t.epochs[0].validators.clear()),
        "epochs[0].validators"
    );
    assert_eq!(
        field(|t| t.epochs[0].validators[1].key = t.epochs[0].validators[0].key),
        "epochs[0].validators"
    );
    assert_eq!(
        field(|t| t.epochs[0].validators[0].key = Digest::ZERO),
        "epochs[0].est"
    );
    let misspelt = good.to_json().replace("\"signers\"", "\"signer\"");
    assert!(
        Trust::from_json(&misspelt)
            .unwrap_err()
            .detail
            .contains("unknown field")
    );
}

proptest! {
    #[test]
    fn bytes_from_anywhere_never_panic(
        noise in prop::collection::vec(any::<u8>(), 0..300), at: prop::sample::Index, bit in 0u8..8
    ) {
        let _ = SignedTreeHead::decode(&noise);
        let _ = InclusionReceipt::decode(&noise, &Digest::ZERO);
        let _ = ConsistencyReceipt::decode(&noise, Digest::ZERO);
        let _ = BlockEvidence::decode(&noise);
        let _ = CompactReceipt::decode(&noise);
        let _ = StateProof::decode(&noise);
        let _ = TransparentStatement::decode(&noise);
        let mut bytes = receipt(Algorithm::Ed25519, Some(evidence())).encode();
        let index = at.index(bytes.len());
        bytes[index] ^= 1 << bit;
        if let Ok(read) = InclusionReceipt::decode(&bytes, &Digest::of(&[5])) {
            prop_assert_eq!(read.encode(), bytes);
        }
    }
}
