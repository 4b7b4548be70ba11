//! The bytes of every format, kept in `golden/`. A test here fails when a format changes, which breaks every statement, receipt and block
//! that exists: change the format's version instead, and add files.
//!
//! A missing file is written when `CONVOY_WRITE_GOLDEN` is set; a file that is there is never overwritten. ES256 and ML-DSA-65 signatures are randomised, so
//! theirs are read, checked and encoded again.

#![allow(clippy::unwrap_used, reason = "a test's failure is its message")]

use convoy_types::{
    Compartment, Did, Digest, MemberId, NetworkId, Statement, StatementBuilder,
    cose::{Algorithm, PublicKey, SigningKey},
    header::{Header, HeaderCore, HeaderRest, StateCommitment, Validator, validators_digest},
    log::{BlockLog, BlockSummary, Frontier, MemoryLog, consistency_path, inclusion_path},
    receipt::{
        BlockEvidence, Certificate, CompactReceipt, ConsistencyReceipt, Handover, InclusionReceipt,
        Recovery, SignedTreeHead, StateProof, TransparentStatement, TreeHead, Trust, attach,
        compact::Subject,
        recovery::{NextValidator, ProvedCell, RecoveryDocument},
        state_proof::Database,
        trust::{TrustedEpoch, TrustedSigner, TrustedTreeHeadKey, TrustedValidator},
    },
    statement::{Assurance, Classification, Label},
};
use std::{fs, path::PathBuf};

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(name)
}

fn stored(name: &str, make: impl FnOnce() -> Vec<u8>) -> Vec<u8> {
    let path = path(&format!("{name}.hex"));
    if !path.exists() {
        assert!(
            std::env::var_os("CONVOY_WRITE_GOLDEN").is_some(),
            "{name}.hex is missing; write it with CONVOY_WRITE_GOLDEN=1"
        );
        let text = hex::encode(make());
        let lines: Vec<_> = text
            .as_bytes()
            .chunks(96)
            .map(|line| String::from_utf8_lossy(line))
            .collect();
        fs::write(&path, lines.join("\n") + "\n").unwrap();
    }
    let text: String = fs::read_to_string(&path)
        .unwrap()
        .split_whitespace()
        .collect();
    hex::decode(text).unwrap()
}

/// Compares `bytes` with the file `name`.
fn golden(name: &str, bytes: &[u8]) {
    let stored = stored(name, || bytes.to_vec());
    assert_eq!(
        hex::encode(bytes),
        hex::encode(stored),
        "the format of `{name}` changed"
    );
}

fn key(algorithm: Algorithm) -> SigningKey {
    SigningKey::from_secret(algorithm, &[0x42; 32]).unwrap()
}

fn network() -> NetworkId {
    NetworkId::of_genesis("baltic", &Digest::of(b"genesis")).unwrap()
}

fn minimal(algorithm: Algorithm) -> Statement {
    StatementBuilder::new(
        network(),
        Did::new("did:web:est.example:anna").unwrap(),
        1_795_000_000_000,
    )
    .action("custody", vec![0x01])
    .sign(&key(algorithm))
    .unwrap()
}

fn full() -> Statement {
    let members = ["est", "fra"].map(|name| MemberId::new(name).unwrap());
    StatementBuilder::new(
        network(),
        Did::new("did:web:est.example:anna").unwrap(),
        1_795_000_000_000,
    )
    .subject("urn:epc:id:sgtin:4012345.011111.9876")
    .compartment(Compartment::new("nordic").unwrap())
    .label(Label {
        classification: Classification::Restricted,
        releasable_to: members.to_vec(),
    })
    .sequence(63, u64::MAX)
    .assurance(Assurance::HeldByNode)
    .action("custody", vec![0x82, 0x01, 0x61, 0x61])
    .action("membership", vec![0xa0])
    .sign(&key(Algorithm::Ed25519))
    .unwrap()
}

#[test]
fn statements() {
    golden("statement-ed25519", minimal(Algorithm::Ed25519).bytes());
    golden("statement-full", full().bytes());
    for (name, algorithm) in [
        ("statement-es256", Algorithm::Es256),
        ("statement-ml-dsa-65", Algorithm::MlDsa65),
    ] {
        let bytes = stored(name, || minimal(algorithm).bytes().to_vec());
        let statement = Statement::decode(bytes).unwrap();
        statement.verify(key(algorithm).public()).unwrap();
        let twin = minimal(algorithm);
        assert_eq!(statement.protected(), twin.protected());
        assert_eq!(statement.payload(), twin.payload());
    }
}

#[test]
fn keys() {
    for algorithm in Algorithm::ALL {
        let name = algorithm.name().to_lowercase();
        let key = key(algorithm);
        golden(&format!("cose-key-{name}"), &key.public().to_cose_key());
        golden(&format!("spki-{name}"), &key.public().to_spki_der());
        golden(&format!("pkcs8-{name}"), &key.to_pkcs8().unwrap());
        let read =
            PublicKey::from_cose_key(&stored(&format!("cose-key-{name}"), Vec::new)).unwrap();
        assert_eq!(&read, key.public());
    }
}

/// A log of a genesis leaf and a block that accepted `full()` and refused `minimal()`.
struct Story {
    log: MemoryLog,
    summary: BlockSummary,
    header: Header,
}

impl Story {
    fn new() -> Self {
        let (mut log, mut frontier) = (MemoryLog::new(), Frontier::new());
        log.append(&Digest::of(b"genesis"));
        frontier.append(&Digest::of(b"genesis"), |_, _, _| {});
        let mut block = BlockLog::new();
        block.push(minimal(Algorithm::Ed25519).id(), false);
        block.push(full().id(), true);
        let outcomes = Digest::of(b"outcomes");
        let summary = block.append_to(&mut frontier, 1, 1_794_999_999_123, outcomes, |_, _, _| {});
        block.entries().chain([&summary.entry()]).for_each(|entry| {
            log.append(entry);
        });
        let state = |n: u8| StateCommitment {
            root: Digest::of(&[n]),
            ops_root: Digest::of(&[n, n]),
            ops_start: 3,
            ops_end: 70_000,
        };
        let core = HeaderCore {
            network: HeaderCore::network_digest(&network()),
            epoch: 0,
            height: 1,
            time_ms: summary.time_ms,
            first_leaf: 1,
            accepted: 1,
            log_size: log.size(),
            log_root: log.root(),
        };
        let rest = HeaderRest {
            parent: Digest::of(b"parent"),
            statements_root: Digest::of(b"statements"),
            outcomes_root: outcomes,
            state: state(1),
            history: state(3),
            lanes: state(2),
            validators: validators_digest(&[validator("fra", 2), validator("est", 1)]),
            next_validators: validators_digest(&[validator("fra", 2), validator("lva", 3)]),
            tree_head_keys: Digest::of(b"keys"),
            extension: Digest::ZERO,
        };
        Self {
            log,
            summary,
            header: Header { core, rest },
        }
    }

    fn head(&self) -> TreeHead {
        TreeHead {
            issuer: Did::new("did:web:est.example").unwrap(),
            network: network(),
            height: 1,
            time_ms: self.summary.time_ms,
            size: self.log.size(),
            root: self.log.root(),
        }
    }

    fn evidence(&self) -> BlockEvidence {
        let path = inclusion_path(&self.log, 3, 4).unwrap().unwrap();
        BlockEvidence {
            summary: self.summary,
            path,
        }
    }

    fn receipt(&self, algorithm: Algorithm) -> InclusionReceipt {
        let signed = self.head().sign(&key(algorithm)).unwrap();
        let path = inclusion_path(&self.log, 1, 4).unwrap().unwrap();
        InclusionReceipt::new(signed, 1, path, Some(self.evidence()))
    }

    fn certificate(&self) -> Certificate {
        Certificate {
            view: 300,
            parent_view: 299,
            signers: vec![0, 2, 9],
            signatures: vec![[1; 64], [2; 64], [3; 64]],
        }
    }
}

fn validator(name: &str, n: u8) -> Validator {
    Validator {
        member: MemberId::new(name).unwrap(),
        key: [n; 32],
    }
}

#[test]
fn blocks() {
    let story = Story::new();
    golden("block-summary", &story.summary.encode());
    golden("header", &story.header.encode());
    golden("header-digest", &story.header.digest().0);
    let handover = Handover {
        header: story.header,
        certificate: story.certificate(),
        next: vec![validator("fra", 2), validator("lva", 3)],
        recovery: None,
    };
    golden("handover", &handover.encode());
    assert_eq!(Handover::decode_all(&handover.encode()), Ok(vec![handover]));
    let document = RecoveryDocument {
        network: network(),
        header: story.header,
        certificate: story.certificate(),
        next: [
            ("fra", 2, None),
            ("lva", 3, Some("convoy.lva.example:9101")),
        ]
        .map(|(name, n, address)| NextValidator {
            validator: validator(name, n),
            address: address.map(str::to_owned),
        })
        .into(),
        time_ms: 1_800_000_000_000,
        reason: "fire in both data centres".into(),
    };
    golden("recovery-digest", &document.digest().0);
    let mut recovery = Recovery::unsigned(document);
    let admin = SigningKey::from_secret(Algorithm::Ed25519, &[9; 32]).unwrap();
    let (fra, did) = ("fra".parse().unwrap(), "did:convoy:admin".parse().unwrap());
    let signature = recovery.document.sign(&fra, &did, &admin).unwrap();
    recovery.add_signature(signature);
    recovery.add_cells([ProvedCell {
        key: Digest::of(b"key"),
        value: [1; 160],
        proof: vec![7; 64],
    }]);
    golden("recovery", &recovery.encode());
    let step = Handover::from(recovery);
    assert_eq!(Handover::decode_all(&step.encode()), Ok(vec![step]));
    golden(
        "certificate-message",
        &story
            .certificate()
            .signed_message(&network(), 300, &Digest::ZERO),
    );
    assert_eq!(
        Header::decode(&stored("header", Vec::new)).unwrap(),
        story.header
    );
    assert_eq!(
        BlockSummary::decode(&stored("block-summary", Vec::new)).unwrap(),
        story.summary
    );
}

#[test]
fn receipts() {
    let story = Story::new();
    let receipt = story.receipt(Algorithm::Ed25519);
    golden("tree-head-ed25519", &receipt.signed().encode());
    golden("receipt-ed25519", &receipt.encode());
    let attached = attach(&full(), &[receipt.encode()]);
    golden("transparent-statement", &attached);
    assert_eq!(
        TransparentStatement::decode(&attached).unwrap().receipts,
        [receipt.encode()]
    );
    let consistency = ConsistencyReceipt {
        old_size: 3,
        path: consistency_path(&story.log, 3, 4).unwrap().unwrap(),
        signed: receipt.signed().clone(),
    };
    golden("receipt-consistency", &consistency.encode());
    for (name, algorithm) in [
        ("tree-head-es256", Algorithm::Es256),
        ("tree-head-ml-dsa-65", Algorithm::MlDsa65),
    ] {
        let bytes = stored(name, || {
            story.head().sign(&key(algorithm)).unwrap().encode()
        });
        let signed = SignedTreeHead::decode(&bytes).unwrap();
        assert_eq!((signed.head(), signed.encode()), (&story.head(), bytes));
        signed.verify(key(algorithm).public()).unwrap();
    }
}

#[test]
fn compact_receipts_and_state_proofs() {
    let story = Story::new();
    let path = inclusion_path(&story.log, 1, 4).unwrap().unwrap();
    let subjects = [
        (
            "compact-receipt",
            Subject::Statement(Box::new(full())),
            None,
        ),
        (
            "compact-receipt-id",
            Subject::Id(full().id()),
            Some(story.evidence()),
        ),
    ];
    for (name, subject, evidence) in subjects {
        let receipt = CompactReceipt::new(
            subject,
            1,
            path.clone(),
            &story.header,
            story.certificate(),
            evidence,
        );
        golden(name, &receipt.encode());
        assert_eq!(CompactReceipt::decode(&receipt.encode()).unwrap(), receipt);
    }
    for (name, database, value) in [
        ("state-proof-present", Database::State, Some(vec![1, 2, 3])),
        ("state-proof-absent", Database::Lanes, None),
    ] {
        let (key, engine_proof) = (Digest::of(b"key"), vec![9; 40]);
        let (header, certificate) = (story.header, story.certificate());
        let proof = StateProof {
            database,
            key,
            value,
            engine_proof,
            header,
            certificate,
        };
        golden(name, &proof.encode());
        assert_eq!(StateProof::decode(&proof.encode()).unwrap(), proof);
    }
}

/// Of four validators three sign, and the path to ten million entries has 24 hashes: so a statement of up to 440 bytes, one of an officer about a few
/// objects, has a compact receipt of at most 1,500 bytes.
#[test]
fn a_compact_receipt_at_ten_million_entries_adds_a_kilobyte_to_its_statement() {
    let mut header = Story::new().header;
    header.core.epoch = 40;
    header.core.height = 1_000_000;
    header.core.first_leaf = 9_996_000;
    header.core.accepted = 4_000;
    header.core.log_size = 10_000_000;
    let certificate = Certificate {
        view: 1_000_123,
        parent_view: 1_000_122,
        signers: vec![0, 2, 3],
        signatures: vec![[7; 64]; 3],
    };
    let statement = minimal(Algorithm::Ed25519);
    let length = statement.bytes().len();
    let path = vec![Digest::ZERO; 24];
    let subject = Subject::Statement(Box::new(statement));
    let receipt = CompactReceipt::new(subject, 9_998_000, path, &header, certificate, None);
    let added = receipt.encode().len() - length;
    assert!(added <= 1_060, "{added} bytes");
}

#[test]
fn trust_file() {
    let ed25519 = key(Algorithm::Ed25519);
    let est = MemberId::new("est").unwrap();
    let trust = Trust {
        version: 1,
        network: network(),
        genesis: Digest::of(b"genesis"),
        members_required: 1,
        epochs: vec![TrustedEpoch {
            epoch: 0,
            validators: vec![TrustedValidator {
                member: est.clone(),
                key: Digest(ed25519.public().raw().try_into().unwrap()),
            }],
            last_block: None,
            recovery: None,
        }],
        tree_heads: [Algorithm::Ed25519, Algorithm::Es256]
            .map(|algorithm| TrustedTreeHeadKey {
                member: est.clone(),
                issuer: Did::new("did:web:est.example").unwrap(),
                key: key(algorithm).public().clone(),
                from_ms: 0,
                until_ms: Some(1_800_000_000_000),
            })
            .to_vec(),
        signers: vec![TrustedSigner {
            did: Did::new("did:web:est.example:anna").unwrap(),
            key: ed25519.public().clone(),
            from_ms: 0,
            until_ms: None,
        }],
    };
    let path = path("trust.json");
    if !path.exists() {
        assert!(
            std::env::var_os("CONVOY_WRITE_GOLDEN").is_some(),
            "trust.json is missing; write it with CONVOY_WRITE_GOLDEN=1"
        );
        fs::write(&path, trust.to_json() + "\n").unwrap();
    }
    let stored = fs::read_to_string(&path).unwrap();
    assert_eq!(trust.to_json() + "\n", stored, "the trust file changed");
    assert_eq!(Trust::from_json(&stored).unwrap(), trust);
}
