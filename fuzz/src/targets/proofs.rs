//! Parsers of proofs, and the verifier as a whole against one small network.
//!
//! The network has one statement, in block 1, finalized by four validators and vouched for by one tree head. So whatever
//! the verifier accepts has to be about that statement: anything else would be a forgery.

use super::{Outcome, Target, vocabulary::statement_for, with_text};
use convoy_types::cose::{Algorithm, SigningKey};
use convoy_types::header::{Header, HeaderCore, HeaderRest, Validator};
use convoy_types::log::{BlockSummary, MemoryLog, inclusion_path};
use convoy_types::receipt::{
    BlockEvidence, Certificate, CompactReceipt, ConsistencyReceipt, InclusionReceipt, LoggedBlock,
    Recovery, SignedTreeHead, StateProof, TransparentStatement, TreeHead, Trust, attach,
    compact::Subject,
    recovery::{NextValidator, ProvedCell, RecoveryDocument},
    state_proof::Database,
};
use convoy_types::{Did, Digest, MemberId, NetworkId, Statement};
use convoy_verify::Replay;
use std::sync::LazyLock;

/// The rows of this file.
pub const TARGETS: &[Target] = &[
    Target {
        name: "header",
        bytes_max: 1_024,
        seeds: header_seeds,
        run: header,
    },
    Target {
        name: "tree_head",
        bytes_max: 4_096,
        seeds: tree_head_seeds,
        run: tree_head,
    },
    Target {
        name: "receipt",
        bytes_max: 8_192,
        seeds: receipt_seeds,
        run: receipt,
    },
    Target {
        name: "consistency",
        bytes_max: 8_192,
        seeds: consistency_seeds,
        run: consistency,
    },
    Target {
        name: "transparent",
        bytes_max: 8_192,
        seeds: transparent_seeds,
        run: transparent,
    },
    Target {
        name: "compact",
        bytes_max: 4_096,
        seeds: compact_seeds,
        run: compact,
    },
    Target {
        name: "logged",
        bytes_max: 8_192,
        seeds: logged_seeds,
        run: logged,
    },
    Target {
        name: "state_proof",
        bytes_max: 8_192,
        seeds: state_proof_seeds,
        run: state_proof,
    },
    Target {
        name: "recovery",
        bytes_max: 8_192,
        seeds: recovery_seeds,
        run: recovery,
    },
    Target {
        name: "trust",
        bytes_max: 8_192,
        seeds: trust_seeds,
        run: trust,
    },
    Target {
        name: "verify",
        bytes_max: 8_192,
        seeds: verify_seeds,
        run: verify,
    },
    Target {
        name: "foreign",
        bytes_max: 8_192,
        seeds: transparent_seeds,
        run: foreign,
    },
];

/// A network of one statement, the same on every run.
struct World {
    statement: Statement,
    header: Header,
    summary: BlockSummary,
    log: MemoryLog,
    signed: SignedTreeHead,
    certificate: Certificate,
    trust: Trust,
}

const GENESIS: &[u8] = b"genesis of the network that is fuzzed";
const TIME_MS: u64 = 1_790_000_000_123;

static WORLD: LazyLock<World> = LazyLock::new(world);

fn key(number: u8) -> SigningKey {
    SigningKey::from_secret(Algorithm::Ed25519, &[number; 32]).expect("a fixed secret")
}

fn issuer() -> Did {
    Did::new("did:web:est.example").expect("a DID")
}

fn world() -> World {
    let genesis = Digest::of(GENESIS);
    let network =
        NetworkId::new(&format!("fuzz.{}", &genesis.to_string()[..16])).expect("a network id");
    let statement = statement_for(&network);
    let mut log = MemoryLog::new();
    log.append(&genesis);
    log.append(&statement.id().0);
    let summary = BlockSummary {
        height: 1,
        time_ms: TIME_MS,
        first_leaf: 1,
        accepted: 1,
        refused: 0,
        outcomes_root: Digest::of(b"outcomes"),
    };
    log.append(&summary.entry());
    let head = TreeHead {
        issuer: issuer(),
        network: network.clone(),
        height: 1,
        time_ms: TIME_MS,
        size: log.size(),
        root: log.root(),
    };
    let header = Header {
        core: HeaderCore {
            network: HeaderCore::network_digest(&network),
            epoch: 0,
            height: 1,
            time_ms: TIME_MS,
            first_leaf: 1,
            accepted: 1,
            log_size: log.size(),
            log_root: log.root(),
        },
        rest: HeaderRest {
            outcomes_root: summary.outcomes_root,
            ..HeaderRest::default()
        },
    };
    World {
        signed: head.sign(&key(9)).expect("signed"),
        certificate: certificate(&network, &header),
        trust: Trust::from_json(&trust_json(&network, genesis)).expect("a trust file"),
        statement,
        header,
        summary,
        log,
    }
}

/// Validators are numbered in ascending order of their keys.
fn validators() -> Vec<SigningKey> {
    let mut keys: Vec<SigningKey> = (1..=4).map(key).collect();
    keys.sort_by(|a, b| a.public().raw().cmp(b.public().raw()));
    keys
}

fn certificate(network: &NetworkId, header: &Header) -> Certificate {
    let mut certificate = Certificate {
        view: 3,
        parent_view: 1,
        signers: vec![0, 1, 3],
        signatures: Vec::new(),
    };
    let message = certificate.signed_message(network, header.core.epoch, &header.digest());
    let keys = validators();
    for signer in certificate.signers.clone() {
        let signature = keys[usize::from(signer)].sign(&message).expect("signed");
        certificate
            .signatures
            .push(signature.try_into().expect("64 bytes"));
    }
    certificate
}

fn trust_json(network: &NetworkId, genesis: Digest) -> String {
    let hex = |bytes: &[u8]| {
        bytes
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>()
    };
    let validators: Vec<_> = validators()
        .iter()
        .zip(["est", "fra", "ita", "pol"])
        .map(|(key, member)| serde_json::json!({"member": member, "key": hex(key.public().raw())}))
        .collect();
    serde_json::json!({
        "version": 1,
        "network": network.as_str(),
        "genesis": hex(&genesis.0),
        "members_required": 1,
        "epochs": [{"epoch": 0, "validators": validators}],
        "tree_heads": [{"member": "est", "issuer": issuer().as_str(), "key": key(9).public().to_jwk()}],
        "signers": [],
    })
    .to_string()
}

impl World {
    fn path(&self, leaf: u64) -> Vec<Digest> {
        let path = inclusion_path(&self.log, leaf, self.log.size());
        path.unwrap_or_default().expect("the leaf is there")
    }

    fn evidence(&self) -> BlockEvidence {
        BlockEvidence {
            summary: self.summary,
            path: self.path(2),
        }
    }

    fn receipts(&self) -> Vec<Vec<u8>> {
        [None, Some(self.evidence())]
            .map(|evidence| {
                InclusionReceipt::new(self.signed.clone(), 1, self.path(1), evidence).encode()
            })
            .to_vec()
    }
}

fn header_seeds() -> Vec<Vec<u8>> {
    vec![WORLD.header.encode()]
}

fn header(bytes: &[u8]) -> Outcome {
    let decoded = Header::decode(bytes);
    if let Ok(header) = &decoded {
        assert_eq!(header.encode(), bytes);
        let _ = header.check_follows(&WORLD.header);
        let _ = WORLD.header.check_follows(header);
    }
    Outcome::of(&decoded)
}

fn tree_head_seeds() -> Vec<Vec<u8>> {
    vec![WORLD.signed.encode()]
}

fn tree_head(bytes: &[u8]) -> Outcome {
    let decoded = SignedTreeHead::decode(bytes);
    if let Ok(head) = &decoded {
        assert_eq!(head.encode(), bytes);
        if head.verify(key(9).public()).is_ok() {
            assert_eq!(head.head(), WORLD.signed.head(), "a forged tree head");
        }
    }
    Outcome::of(&decoded)
}

fn receipt_seeds() -> Vec<Vec<u8>> {
    WORLD.receipts()
}

fn receipt(bytes: &[u8]) -> Outcome {
    let decoded = InclusionReceipt::decode(bytes, &WORLD.statement.id().0);
    if let Ok(receipt) = &decoded {
        assert_eq!(receipt.encode(), bytes);
        if receipt.signed().verify(key(9).public()).is_ok() {
            assert_eq!(
                (receipt.leaf(), receipt.signed()),
                (1, &WORLD.signed),
                "a forged receipt"
            );
        }
    }
    Outcome::of(&decoded)
}

fn consistency_seeds() -> Vec<Vec<u8>> {
    let path = convoy_types::log::consistency_path(&WORLD.log, 1, 3);
    let receipt = ConsistencyReceipt {
        old_size: 1,
        path: path.unwrap_or_default().expect("a path"),
        signed: WORLD.signed.clone(),
    };
    vec![receipt.encode()]
}

fn consistency(bytes: &[u8]) -> Outcome {
    let decoded = ConsistencyReceipt::decode(bytes, WORLD.log.root());
    if let Ok(receipt) = &decoded {
        assert_eq!(receipt.encode(), bytes);
    }
    Outcome::of(&decoded)
}

fn transparent_seeds() -> Vec<Vec<u8>> {
    vec![
        attach(&WORLD.statement, &[]),
        attach(&WORLD.statement, &WORLD.receipts()),
    ]
}

fn transparent(bytes: &[u8]) -> Outcome {
    let decoded = TransparentStatement::decode(bytes);
    if let Ok(transparent) = &decoded {
        assert_eq!(attach(&transparent.statement, &transparent.receipts), bytes);
    }
    Outcome::of(&decoded)
}

fn compact_seeds() -> Vec<Vec<u8>> {
    let world = &*WORLD;
    [
        Subject::Statement(Box::new(world.statement.clone())),
        Subject::Id(world.statement.id()),
    ]
    .map(|subject| {
        CompactReceipt::new(
            subject,
            1,
            world.path(1),
            &world.header,
            world.certificate.clone(),
            None,
        )
        .encode()
    })
    .to_vec()
}

fn compact(bytes: &[u8]) -> Outcome {
    let decoded = CompactReceipt::decode(bytes);
    if let Ok(receipt) = &decoded {
        assert_eq!(receipt.encode(), bytes);
        let _ = receipt.core(&WORLD.trust.network);
    }
    Outcome::of(&decoded)
}

fn logged_seeds() -> Vec<Vec<u8>> {
    let world = &*WORLD;
    let block = |certificate| LoggedBlock {
        header: world.header,
        certificate,
        ids: vec![world.statement.id()],
    };
    let certified = block(Some(world.certificate.clone())).encode();
    vec![
        [certified.clone(), block(None).encode()].concat(),
        certified,
    ]
}

/// Blocks of a log are read, and a log that is proved holds the network's one statement.
fn logged(bytes: &[u8]) -> Outcome {
    let decoded = LoggedBlock::read_all(bytes);
    if let Ok(blocks) = &decoded {
        let again: Vec<u8> = blocks.iter().flat_map(LoggedBlock::encode).collect();
        assert_eq!(again, bytes);
        let mut replay = Replay::new(&WORLD.trust);
        let whole = blocks.iter().try_for_each(|block| replay.push(block));
        if whole.is_ok() && replay.finish().is_some() {
            assert_eq!(blocks[0].ids, [WORLD.statement.id()], "a forged log");
        }
    }
    Outcome::of(&decoded)
}

fn state_proof_seeds() -> Vec<Vec<u8>> {
    [
        (Database::State, Some(vec![1; 160])),
        (Database::Lanes, None),
    ]
    .map(|(database, value)| {
        let proof = StateProof {
            database,
            key: Digest::of(b"key"),
            value,
            engine_proof: vec![7; 64],
            header: WORLD.header,
            certificate: WORLD.certificate.clone(),
        };
        proof.encode()
    })
    .to_vec()
}

fn state_proof(bytes: &[u8]) -> Outcome {
    let decoded = StateProof::decode(bytes);
    if let Ok(proof) = &decoded {
        assert_eq!(proof.encode(), bytes);
    }
    Outcome::of(&decoded)
}

fn recovery_seeds() -> Vec<Vec<u8>> {
    let next = |number: u8, address: Option<&str>| NextValidator {
        validator: Validator {
            member: MemberId::new(&format!("m{number}")).expect("a short name"),
            key: [number; 32],
        },
        address: address.map(str::to_owned),
    };
    let document = RecoveryDocument {
        network: WORLD.trust.network.clone(),
        header: WORLD.header,
        certificate: WORLD.certificate.clone(),
        next: vec![next(1, None), next(2, Some("m2.example:9101"))],
        time_ms: TIME_MS,
        reason: "fire".to_owned(),
    };
    let unsigned = Recovery::unsigned(document);
    let mut signed = unsigned.clone();
    let member = MemberId::new("m1").expect("a short name");
    let signature = signed.document.sign(&member, &issuer(), &key(9));
    signed.add_signature(signature.expect("a key in memory signs"));
    signed.add_cells([ProvedCell {
        key: Digest::of(b"key"),
        value: [1; 160],
        proof: vec![7; 64],
    }]);
    vec![unsigned.encode(), signed.encode()]
}

/// Nobody is put in the place of validators by bytes that are made up.
fn recovery(bytes: &[u8]) -> Outcome {
    let decoded = Recovery::decode(bytes);
    if let Ok(recovery) = &decoded {
        assert_eq!(recovery.encode(), bytes);
        assert!(convoy_verify::check_recovery(recovery, &WORLD.trust).is_err());
    }
    Outcome::of(&decoded)
}

fn trust_seeds() -> Vec<Vec<u8>> {
    let trust = &WORLD.trust;
    vec![
        trust_json(&trust.network, trust.genesis).into_bytes(),
        serde_json::to_vec(trust).expect("a trust file is JSON"),
    ]
}

/// A trust file from outside is read, and whatever it says, a good receipt only verifies or does not.
fn trust(bytes: &[u8]) -> Outcome {
    with_text(bytes, |text| {
        let parsed = Trust::from_json(text);
        if let Ok(trust) = &parsed {
            let _ = convoy_verify::verify(&compact_seeds()[0], trust);
            let _ = convoy_verify::verify(&transparent_seeds()[1], trust);
        }
        Outcome::of(&parsed)
    })
}

fn verify_seeds() -> Vec<Vec<u8>> {
    let mut seeds = compact_seeds();
    seeds.extend(transparent_seeds().into_iter().skip(1));
    seeds
}

fn verify(bytes: &[u8]) -> Outcome {
    let result = convoy_verify::verify(bytes, &WORLD.trust);
    if let Ok(report) = &result {
        assert_eq!(report.statement, Some(WORLD.statement.id()), "a forgery");
        assert_eq!(
            (report.leaf, report.time_ms),
            (Some(1), TIME_MS),
            "a forgery"
        );
    }
    Outcome::of(&result)
}

/// Statements and receipts of other services are read more loosely; nothing may panic or run away.
fn foreign(bytes: &[u8]) -> Outcome {
    Outcome::of(&convoy_verify::foreign::Sign1::decode("statement", bytes))
}
