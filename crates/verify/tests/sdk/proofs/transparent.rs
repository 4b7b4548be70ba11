//! Transparent statements: every kind of verdict, every failing check.

use super::{Case, Story};
use crate::{common::Chain, sdk::wire};
use convoy_types::{
    Digest, NetworkId, Statement, StatementBuilder,
    cose::{Algorithm, SigningKey, sig_structure},
    receipt::{BlockEvidence, InclusionReceipt, TreeHead, attach},
    wire::Writer,
};

pub fn cases(story: &Story<'_>) -> Vec<Case> {
    let mut cases = good(story);
    cases.extend(under_other_trust(story));
    cases.extend(forms(story));
    cases.extend(heads(story));
    cases.extend(evidence(story));
    cases.extend(disagreements(story));
    cases.extend(statement_signatures(story));
    cases.extend(receipt_forms(story));
    cases
}

/// The receipt of `statements[n]` by `member` at the head of block `height`.
fn receipt(
    story: &Story<'_>,
    n: usize,
    member: usize,
    key: usize,
    height: u64,
    block: Option<u64>,
) -> Vec<u8> {
    let signed = story.head(member, key, height);
    story.chain.receipt(signed, 4 + n as u64, block).encode()
}

fn one(story: &Story<'_>) -> Vec<u8> {
    attach(&story.statements[0], &[receipt(story, 0, 0, 0, 3, Some(2))])
}

fn good(story: &Story<'_>) -> Vec<Case> {
    let all: Vec<_> = (0..4)
        .flat_map(|member| [(member, 0), (member, 1)])
        .map(|(member, key)| receipt(story, 0, member, key, 3, Some(2)))
        .collect();
    let two = [
        receipt(story, 1, 1, 0, 2, Some(2)),
        receipt(story, 1, 2, 0, 3, Some(2)),
    ];
    let refused = [
        receipt(story, 2, 3, 1, 3, Some(2)),
        receipt(story, 2, 3, 0, 3, None),
    ];
    let [a, b, c] = &story.statements;
    vec![
        Case::new("accepted-ed25519-by-all", "full", attach(a, &all)),
        Case::new("accepted-es256-by-two-heads", "full", attach(b, &two)),
        Case::new("refused-ml-dsa-65", "full", attach(c, &refused)),
        Case::new("accepted-by-one", "small", one(story)),
        Case::new(
            "ordered",
            "small",
            attach(a, &[receipt(story, 0, 0, 0, 3, None)]),
        ),
        Case::new("accepted-unknown-signer", "without-signers", one(story)),
        Case::new("accepted-signer-in-time", "signer-in-time", one(story)),
        Case::new(
            "ordered-unknown-signer",
            "without-signers",
            attach(a, &[receipt(story, 0, 2, 0, 2, None)]),
        ),
        Case::new(
            "ordered-signer-for-a-time",
            "signer-revoked",
            attach(a, &[receipt(story, 0, 1, 0, 3, None)]),
        ),
    ]
}

fn under_other_trust(story: &Story<'_>) -> Vec<Case> {
    let two = attach(
        &story.statements[0],
        &[
            receipt(story, 0, 1, 0, 3, Some(2)),
            receipt(story, 0, 0, 0, 3, Some(2)),
        ],
    );
    vec![
        Case::new("another-network", "another-network", one(story)),
        Case::new("too-few-members", "five-members", two.clone()),
        Case::new("key-ended", "key-ended", two),
        Case::new("key-not-begun", "key-not-begun", one(story)),
        Case::new("key-unknown", "without-keys", one(story)),
        Case::new(
            "key-of-another-algorithm",
            "small",
            attach(&story.statements[0], &[receipt(story, 0, 0, 1, 3, None)]),
        ),
        Case::new("signer-revoked", "signer-revoked", one(story)),
    ]
}

fn forms(story: &Story<'_>) -> Vec<Case> {
    let good = one(story);
    let a = &story.statements[0];
    let with_header = |write: &dyn Fn(&mut Writer)| {
        wire(|w| {
            w.tag(18).array(4).bytes(a.protected());
            write(w);
            w.bytes(a.payload()).bytes(a.signature());
        })
    };
    let many = vec![vec![0u8]; 257];
    let float = {
        let mut bytes = a.bytes().to_vec();
        let at = bytes
            .windows(5)
            .position(|window| window == b"offer")
            .unwrap();
        bytes[at - 1] = 0xfb;
        bytes
    };
    vec![
        Case::new("without-receipts", "small", a.bytes().to_vec()),
        Case::new("empty-file", "small", Vec::new()),
        Case::new("cut-short", "small", good[..good.len() - 1].to_vec()),
        Case::new("one-byte-more", "small", [good.as_slice(), &[0]].concat()),
        Case::new("untagged", "small", good[1..].to_vec()),
        Case::new("no-cose", "small", b"{\"not\": \"cose\"}".to_vec()),
        Case::new(
            "receipts-empty-list",
            "small",
            with_header(&|w| {
                w.map(1).int(394).array(0);
            }),
        ),
        Case::new(
            "receipts-under-another-label",
            "small",
            with_header(&|w| {
                w.map(1).int(393).array(1).bytes(&[0]);
            }),
        ),
        Case::new(
            "two-unprotected-members",
            "small",
            with_header(&|w| {
                w.map(2).int(4).bytes(&[0]).int(394).array(1).bytes(&[0]);
            }),
        ),
        Case::new("receipts-too-many", "small", attach(a, &many)),
        Case::new("receipt-empty", "small", attach(a, &[Vec::new()])),
        Case::new("statement-with-a-float", "small", float),
    ]
}

/// One receipt of statement 0 by member 0 for what `change` makes of the head.
fn forged(story: &Story<'_>, key: &SigningKey, change: impl FnOnce(&mut TreeHead)) -> Vec<u8> {
    let mut head = story.chain.head(&story.world, 0, 3);
    change(&mut head);
    let signed = story.vault.head(&head, key);
    let path = story.chain.path(4, story.chain.size(3));
    attach(
        &story.statements[0],
        &[InclusionReceipt::new(signed, 4, path, None).encode()],
    )
}

fn heads(story: &Story<'_>) -> Vec<Case> {
    let key = &story.world.members[0].tree_head_keys[0];
    let genesis = story.world.genesis;
    let other = NetworkId::of_genesis("adriatic", &genesis).unwrap();
    let fra = story.world.members[1].issuer.clone();
    let stranger = SigningKey::from_secret(Algorithm::Ed25519, &Digest::of(b"stranger").0).unwrap();
    let mut flipped = receipt(story, 0, 0, 1, 3, None);
    let last = flipped.len() - 9;
    flipped[last] ^= 1;
    vec![
        Case::new(
            "root-is-another",
            "small",
            forged(story, key, |h| h.root.0[0] ^= 1),
        ),
        Case::new(
            "receipt-of-another-network",
            "small",
            forged(story, key, |h| h.network = other),
        ),
        Case::new(
            "receipt-by-a-stranger",
            "small",
            forged(story, &stranger, |_| {}),
        ),
        Case::new(
            "receipt-in-anothers-name",
            "small",
            forged(story, key, |h| h.issuer = fra),
        ),
        Case::new(
            "size-is-another",
            "small",
            forged(story, key, |h| h.size = 20),
        ),
        Case::new(
            "size-does-not-hold-the-leaf",
            "small",
            forged(story, key, |h| h.size = 4),
        ),
        Case::new(
            "ml-dsa-65-signature-flipped",
            "full",
            attach(&story.statements[0], &[flipped]),
        ),
        Case::new("second-receipt-flipped", "small", {
            let mut second = receipt(story, 0, 1, 0, 3, Some(2));
            let at = second.len() - 40;
            second[at] ^= 0x10;
            attach(
                &story.statements[0],
                &[receipt(story, 0, 0, 0, 3, Some(2)), second],
            )
        }),
    ]
}

fn evidence(story: &Story<'_>) -> Vec<Case> {
    let with = |name: &str, block: u64, change: fn(&mut BlockEvidence)| {
        let signed = story.head(0, 0, 3);
        let size = signed.head().size;
        let mut evidence = story.chain.evidence(block, size);
        change(&mut evidence);
        let receipt = InclusionReceipt::new(signed, 4, story.chain.path(4, size), Some(evidence));
        Case::new(
            name,
            "small",
            attach(&story.statements[0], &[receipt.encode()]),
        )
    };
    // The summary of block 3, honestly signed at a head that says it is of block 2.
    let late = {
        let mut head = story.chain.head(&story.world, 0, 3);
        head.height = 1;
        let signed = story
            .vault
            .head(&head, &story.world.members[0].tree_head_keys[0]);
        let receipt = story.chain.receipt(signed, 4, Some(2));
        attach(&story.statements[0], &[receipt.encode()])
    };
    vec![
        with("evidence-of-another-block", 1, |_| {}),
        with("evidence-with-another-count", 2, |e| {
            e.summary.accepted += 1
        }),
        with("evidence-with-counts-that-overflow", 2, |e| {
            e.summary.accepted = u64::MAX
        }),
        with("evidence-with-another-path", 2, |e| e.path[0].0[5] ^= 1),
        with("evidence-without-path", 2, |e| e.path.clear()),
        Case::new("evidence-later-than-the-head", "small", late),
    ]
}

fn disagreements(story: &Story<'_>) -> Vec<Case> {
    let world = &story.world;
    // Another log of the same size in which the statement has the same leaf.
    let build = |accepted: bool, first: usize| {
        let mut chain = Chain::new(world);
        let others: Vec<_> = (20..22)
            .map(|n| world.statement(Algorithm::Ed25519, n))
            .collect();
        let head: Vec<_> = others.iter().take(first).map(|s| (s, true)).collect();
        chain.block(&head);
        let a = &story.statements[0];
        if accepted {
            chain.block(&[(a, true), (&others[0], true), (&others[1], false)]);
        } else {
            chain.block(&[(a, false), (&others[0], false), (&others[1], false)]);
        }
        chain.block(&[(&others[1], false)]);
        chain
    };
    let by = |chain: &Chain, member: usize, height: u64, leaf: u64, block: Option<u64>| {
        let head = chain.head(world, member, height);
        let signed = story
            .vault
            .head(&head, &world.members[member].tree_head_keys[0]);
        chain.receipt(signed, leaf, block).encode()
    };
    let ours = by(&story.chain, 0, 3, 4, None);
    let ours_accepted = by(&story.chain, 0, 3, 4, Some(2));
    let attach = |receipts: &[Vec<u8>]| attach(&story.statements[0], receipts);
    let (other, refusing, shifted) = (build(true, 2), build(false, 2), build(true, 1));
    vec![
        Case::new(
            "two-roots-for-one-size",
            "small",
            attach(&[ours.clone(), by(&other, 1, 3, 4, None)]),
        ),
        Case::new(
            "two-leaves",
            "small",
            attach(&[ours, by(&shifted, 1, 2, 3, None)]),
        ),
        Case::new(
            "two-outcomes",
            "small",
            attach(&[ours_accepted, by(&refusing, 1, 2, 4, Some(2))]),
        ),
    ]
}

/// The log has a statement whose signature does not hold.
fn statement_signatures(story: &Story<'_>) -> Vec<Case> {
    let logged = |name: &str, statement: &Statement| {
        let mut chain = Chain::new(&story.world);
        chain.block(&[(statement, true)]);
        let head = chain.head(&story.world, 0, 1);
        let signed = story
            .vault
            .head(&head, &story.world.members[0].tree_head_keys[0]);
        Case::new(
            name,
            "full",
            attach(statement, &[chain.receipt(signed, 1, Some(1)).encode()]),
        )
    };
    let flip = |n: usize, at: usize| {
        let mut bytes = story.statements[n].bytes().to_vec();
        let index = bytes.len() - at;
        bytes[index] ^= 1;
        Statement::decode(bytes).unwrap()
    };
    let high_s = {
        let mut bytes = story.statements[1].bytes().to_vec();
        let at = bytes.len() - 32;
        let high = subtract_from_order(&bytes[at..]);
        bytes[at..].copy_from_slice(&high);
        Statement::decode(bytes).unwrap()
    };
    // Signed with -19 and -9, which are read like -8 and -7.
    let again = |n: usize, at: usize, from: u8, to: u8, more: &[u8]| {
        let statement = &story.statements[n];
        let mut protected = statement.protected().to_vec();
        assert_eq!(protected[at], from);
        protected.splice(at..=at, [&[to][..], more].concat());
        let key = &story.world.signer_keys[n];
        let signature = story
            .vault
            .sign(key, &sig_structure(&protected, statement.payload()));
        Statement::decode(wire(|w| {
            w.tag(18).array(4).bytes(&protected).map(0);
            w.bytes(statement.payload()).bytes(&signature);
        }))
        .unwrap()
    };
    let rich = StatementBuilder::new(story.world.network.clone(), story.world.signer.clone(), 9)
        .compartment(convoy_types::Compartment::new("nordic").unwrap())
        .sequence(3, 8)
        .action("custody", vec![0xf6])
        .action("membership", vec![0x80])
        .sign(&story.world.signer_keys[0])
        .unwrap();
    vec![
        logged("statement-signature-flipped-ed25519", &flip(0, 3)),
        logged("statement-signature-flipped-es256", &flip(1, 3)),
        logged("statement-signature-flipped-ml-dsa-65", &flip(2, 3)),
        logged("statement-signature-high-s", &high_s),
        logged(
            "accepted-ed25519-written-as-19",
            &again(0, 2, 0x27, 0x32, &[]),
        ),
        logged("accepted-es256-written-as-9", &again(1, 2, 0x26, 0x28, &[])),
        logged("accepted-in-a-compartment", &rich),
    ]
}

fn subtract_from_order(s: &[u8]) -> Vec<u8> {
    let order =
        hex::decode("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551").unwrap();
    let mut borrow = 0i16;
    let mut result: Vec<u8> = order
        .iter()
        .zip(s)
        .rev()
        .map(|(n, s)| {
            let difference = i16::from(*n) - i16::from(*s) - borrow;
            borrow = i16::from(difference < 0);
            (difference & 0xff) as u8
        })
        .collect();
    result.reverse();
    result
}

/// What a receipt is made of, each part open to damage.
struct Parts {
    alg: i64,
    seconds: u64,
    vds: i64,
    kid: Vec<u8>,
    kinds: usize,
    proof_key: i64,
    proofs: usize,
    proof: Vec<u8>,
    extra: Option<(&'static str, Vec<u8>)>,
    payload: Option<Vec<u8>>,
}

fn receipt_bytes(story: &Story<'_>, change: impl FnOnce(&mut Parts)) -> Vec<u8> {
    let signed = story.head(0, 0, 3);
    let head = signed.head().clone();
    let path = story.chain.path(4, head.size);
    let mut parts = Parts {
        alg: -8,
        seconds: head.time_ms / 1_000,
        vds: 1,
        kid: signed.key_id().0.to_vec(),
        kinds: 1,
        proof_key: -1,
        proofs: 1,
        proof: proof(head.size, 4, &path),
        extra: None,
        payload: None,
    };
    change(&mut parts);
    let protected = wire(|w| {
        w.map(4)
            .int(1)
            .int(parts.alg)
            .int(4)
            .bytes(&parts.kid)
            .int(15)
            .map(6);
        w.int(1)
            .text(head.issuer.as_str())
            .int(2)
            .text(head.network.as_str());
        w.int(6)
            .uint(parts.seconds)
            .text("height")
            .uint(head.height);
        w.text("time-ms")
            .uint(head.time_ms)
            .text("log-size")
            .uint(head.size);
        w.int(395).int(parts.vds);
    });
    let key = &story.world.members[0].tree_head_keys[0];
    let signature = story
        .vault
        .sign(key, &sig_structure(&protected, &head.root.0));
    wire(|w| {
        w.tag(18).array(4).bytes(&protected);
        w.map(1 + usize::from(parts.extra.is_some()))
            .int(396)
            .map(parts.kinds);
        for kind in 0..parts.kinds {
            w.int(parts.proof_key - kind as i64).array(parts.proofs);
            (0..parts.proofs).for_each(|_| {
                w.bytes(&parts.proof);
            });
        }
        if let Some((name, content)) = &parts.extra {
            w.text(name).bytes(content);
        }
        match &parts.payload {
            Some(payload) => w.bytes(payload),
            None => w.null(),
        };
        w.bytes(&signature);
    })
}

fn proof(size: u64, leaf: u64, path: &[Digest]) -> Vec<u8> {
    wire(|w| {
        w.array(3).uint(size).uint(leaf).array(path.len());
        path.iter().for_each(|hash| {
            w.bytes(&hash.0);
        });
    })
}

fn receipt_forms(story: &Story<'_>) -> Vec<Case> {
    let size = story.chain.size(3);
    let path = story.chain.path(4, size);
    let case = |name: &str, change: &dyn Fn(&mut Parts)| {
        let receipt = receipt_bytes(story, change);
        Case::new(name, "small", attach(&story.statements[0], &[receipt]))
    };
    let longer: Vec<Digest> = path.iter().copied().chain([Digest::ZERO]).collect();
    let endless = vec![Digest::ZERO; 65];
    vec![
        case("ordered-written-by-hand", &|_| {}),
        case("receipt-of-another-structure", &|p| p.vds = 2),
        case("receipt-of-an-unknown-algorithm", &|p| p.alg = -37),
        case("receipt-with-two-times", &|p| p.seconds += 1),
        case("receipt-with-a-short-kid", &|p| p.kid.truncate(7)),
        case("receipt-of-consistency", &|p| p.proof_key = -2),
        case("receipt-with-two-kinds", &|p| p.kinds = 2),
        case("receipt-with-two-proofs", &|p| p.proofs = 2),
        case("receipt-with-another-size", &|p| {
            p.proof = proof(size + 1, 4, &path)
        }),
        case("receipt-with-another-leaf", &|p| {
            p.proof = proof(size, 5, &path)
        }),
        case("receipt-with-the-largest-leaf", &|p| {
            p.proof = proof(size, u64::MAX, &path)
        }),
        case("receipt-with-a-longer-path", &|p| {
            p.proof = proof(size, 4, &longer)
        }),
        case("receipt-without-path", &|p| p.proof = proof(size, 4, &[])),
        case("receipt-with-an-endless-path", &|p| {
            p.proof = proof(size, 4, &endless)
        }),
        case("receipt-with-its-payload", &|p| {
            p.payload = Some(vec![0; 32])
        }),
        case("receipt-with-another-member", &|p| {
            p.extra = Some(("convoy-x", vec![0]))
        }),
        case("receipt-with-broken-evidence", &|p| {
            p.extra = Some(("convoy-block", vec![0x82, 0x41, 0x00, 0x80]))
        }),
        case("receipt-with-two-items-in-its-proof", &|p| p.proof.push(0)),
    ]
}
