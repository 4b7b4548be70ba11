//! Compact receipts: every kind of verdict, every failing check.

use super::{Case, Story};
use crate::{
    common::{Chain, certificate_of},
    sdk::wire,
};
use convoy_types::{
    Statement,
    receipt::{CompactReceipt, compact::Subject},
};

pub fn cases(story: &Story<'_>) -> Vec<Case> {
    let mut cases = good(story);
    cases.extend(damaged(story));
    cases.extend(forms(story));
    cases
}

fn receipt(story: &Story<'_>, n: usize, height: u64, evidence: Option<u64>) -> CompactReceipt {
    let leaf = 4 + n as u64;
    story
        .chain
        .compact(&story.world, &story.statements[n], leaf, height, evidence)
}

/// Certifies what the receipt says now, by the first `signers` members.
fn certify(story: &Story<'_>, receipt: &mut CompactReceipt, signers: usize) {
    let core = receipt.core(&story.world.network).unwrap();
    let block = core.block_digest(&receipt.rest);
    let finalization = story.world.finalize(&block, 3, 2_000, signers);
    receipt.certificate = certificate_of(&finalization);
}

fn good(story: &Story<'_>) -> Vec<Case> {
    let case = |name: &str, trust: &'static str, receipt: &CompactReceipt| {
        Case::new(name, trust, receipt.encode())
    };
    let mut by_three = receipt(story, 0, 2, None);
    certify(story, &mut by_three, 3);
    let mut id_only = receipt(story, 0, 2, None);
    id_only.subject = Subject::Id(story.statements[0].id());
    let summary = {
        let mut chain = receipt(story, 0, 2, None);
        // The leaf of the block's own summary: nothing is said of a statement there.
        chain.subject = Subject::Id(convoy_types::StatementId(story.chain.summaries[1].entry()));
        chain.leaf = 7;
        chain.path = story.chain.path(7, story.chain.size(2));
        chain
    };
    vec![
        case(
            "compact-accepted-ed25519",
            "full",
            &receipt(story, 0, 2, None),
        ),
        case(
            "compact-accepted-es256",
            "full",
            &receipt(story, 1, 2, None),
        ),
        case(
            "compact-refused-ml-dsa-65",
            "full",
            &receipt(story, 2, 2, None),
        ),
        case("compact-accepted-by-three", "small", &by_three),
        case("compact-accepted-id-only", "small", &id_only),
        case(
            "compact-accepted-unknown-signer",
            "without-signers",
            &receipt(story, 0, 2, None),
        ),
        case("compact-ordered", "small", &receipt(story, 0, 3, None)),
        case(
            "compact-ordered-signer-for-a-time",
            "signer-revoked",
            &receipt(story, 0, 3, None),
        ),
        case(
            "compact-refused-with-evidence",
            "full",
            &receipt(story, 2, 3, Some(2)),
        ),
        case(
            "compact-another-network",
            "another-network",
            &receipt(story, 0, 2, None),
        ),
        case("compact-id-of-another-network", "another-network", &id_only),
        case(
            "compact-signer-revoked",
            "signer-revoked",
            &receipt(story, 0, 2, None),
        ),
        case(
            "compact-three-validators",
            "three-validators",
            &receipt(story, 0, 2, None),
        ),
        case(
            "compact-without-epochs",
            "without-epochs",
            &receipt(story, 0, 2, None),
        ),
        case(
            "compact-last-block-of-its-epoch",
            "ended-with-it",
            &receipt(story, 0, 2, None),
        ),
        case(
            "compact-beyond-its-epoch",
            "ended-before",
            &receipt(story, 0, 2, None),
        ),
        case(
            "compact-before-its-epoch",
            "begun-behind-it",
            &receipt(story, 0, 2, None),
        ),
        case("compact-leaf-of-the-summary", "small", &summary),
        case(
            "compact-evidence-of-another-block",
            "small",
            &receipt(story, 0, 3, Some(1)),
        ),
        case(
            "compact-evidence-of-its-own-block",
            "small",
            &receipt(story, 0, 2, Some(2)),
        ),
    ]
}

type Damage = fn(&mut CompactReceipt);

const DAMAGES: [(&str, Damage); 17] = [
    ("compact-leaf-outside", |r| r.leaf = 99),
    ("compact-largest-leaf", |r| r.leaf = u64::MAX),
    ("compact-path-longer", |r| r.path.push(r.path[0])),
    ("compact-path-flipped", |r| r.path[0].0[0] ^= 1),
    ("compact-unknown-epoch", |r| r.epoch = 4),
    ("compact-another-time", |r| r.time_ms += 1),
    ("compact-another-height", |r| r.height += 1),
    ("compact-more-accepted", |r| r.accepted += 1),
    ("compact-another-first-leaf", |r| r.first_leaf = 0),
    ("compact-another-rest", |r| r.rest.0[31] ^= 1),
    ("compact-another-view", |r| r.certificate.view += 1),
    ("compact-another-parent-view", |r| {
        r.certificate.parent_view = 300
    }),
    ("compact-signature-flipped", |r| {
        r.certificate.signatures[1][9] ^= 1
    }),
    ("compact-signer-is-no-validator", |r| {
        r.certificate.signers = vec![0, 1, 2, 9]
    }),
    ("compact-too-few-signers", |r| {
        r.certificate.signers.truncate(2);
        r.certificate.signatures.truncate(2);
    }),
    ("compact-signatures-swapped", |r| {
        r.certificate.signatures.swap(0, 1)
    }),
    ("compact-a-signature-missing", |r| {
        r.certificate.signatures.pop();
    }),
];

fn damaged(story: &Story<'_>) -> Vec<Case> {
    let good = receipt(story, 0, 2, None);
    let mut cases: Vec<Case> = DAMAGES
        .iter()
        .map(|(name, damage)| {
            let mut receipt = good.clone();
            damage(&mut receipt);
            Case::new(*name, "small", receipt.encode())
        })
        .collect();
    let mut evidence = receipt(story, 0, 3, Some(2));
    if let Some(evidence) = &mut evidence.evidence {
        evidence.path[0].0[0] ^= 1;
    }
    cases.push(Case::new(
        "compact-evidence-flipped",
        "small",
        evidence.encode(),
    ));
    cases.push(forged_statement(story));
    cases
}

/// Certified, though the statement's own signature does not hold.
fn forged_statement(story: &Story<'_>) -> Case {
    let mut bytes = story.statements[0].bytes().to_vec();
    let at = bytes.len() - 3;
    bytes[at] ^= 1;
    let forged = Statement::decode(bytes).unwrap();
    let mut chain = Chain::new(&story.world);
    chain.block(&[(&forged, true)]);
    let receipt = chain.compact(&story.world, &forged, 1, 1, None);
    Case::new(
        "compact-statement-signature-flipped",
        "small",
        receipt.encode(),
    )
}

fn forms(story: &Story<'_>) -> Vec<Case> {
    let receipt = receipt(story, 0, 2, None);
    let good = receipt.encode();
    let with_tail = |version: u64, write: &dyn Fn(&mut convoy_types::wire::Writer)| {
        wire(|w| {
            w.tag(0x636e_7601).array(8).uint(version);
            w.bytes(story.statements[0].bytes()).uint(4);
            write(w);
        })
    };
    let bitmap = |bitmap: &[u8], signatures: usize| {
        let (bitmap, signatures) = (bitmap.to_vec(), vec![1u8; signatures]);
        with_tail(1, &move |w| {
            w.bytes(&[0; 32]).array(6);
            (0..6u64).for_each(|n| {
                w.uint(n);
            });
            w.bytes(&[0; 32]).array(4).uint(1).uint(0);
            w.bytes(&bitmap).bytes(&signatures).null();
        })
    };
    let subject = |bytes: &[u8]| {
        wire(|w| {
            w.tag(0x636e_7601)
                .array(8)
                .uint(1)
                .bytes(bytes)
                .uint(4)
                .bytes(&[]);
            w.array(0).null().null().null();
        })
    };
    let mut empty_path = receipt.clone();
    empty_path.evidence = Some(story.chain.evidence(2, story.chain.size(2)));
    if let Some(evidence) = &mut empty_path.evidence {
        evidence.path.clear();
    }
    vec![
        Case::new(
            "compact-cut-short",
            "small",
            good[..good.len() - 1].to_vec(),
        ),
        Case::new(
            "compact-one-byte-more",
            "small",
            [good.as_slice(), &[0]].concat(),
        ),
        Case::new("compact-version-2", "small", with_tail(2, &|_| {})),
        Case::new(
            "compact-path-of-31-bytes",
            "small",
            with_tail(1, &|w| {
                w.bytes(&[0; 31])
                    .array(6)
                    .null()
                    .null()
                    .null()
                    .null()
                    .null();
            }),
        ),
        Case::new(
            "compact-path-too-long",
            "small",
            with_tail(1, &|w| {
                w.bytes(&[0; 65 * 32])
                    .array(6)
                    .null()
                    .null()
                    .null()
                    .null()
                    .null();
            }),
        ),
        Case::new("compact-no-signers", "small", bitmap(&[], 0)),
        Case::new("compact-bitmap-of-zero", "small", bitmap(&[0], 0)),
        Case::new(
            "compact-bitmap-longer-than-needed",
            "small",
            bitmap(&[1, 0], 64),
        ),
        Case::new("compact-bitmap-too-long", "small", bitmap(&[1; 14], 64)),
        Case::new("compact-signatures-of-63-bytes", "small", bitmap(&[1], 63)),
        Case::new("compact-statement-of-31-bytes", "small", subject(&[0; 31])),
        Case::new(
            "compact-evidence-without-path",
            "small",
            empty_path.encode(),
        ),
    ]
}
