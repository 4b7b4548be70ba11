//! Transparent statements and compact receipts, good and bad, with the verdict of this verifier.

mod compact;
mod transparent;

use super::{Files, put, trusts, vault::Vault};
use crate::common::{Chain, TIME_MS, World};
use convoy_types::{
    Statement,
    cose::Algorithm,
    receipt::{SignedTreeHead, Trust},
};
use convoy_verify::verify;
use serde_json::{Value, json};

/// The network, its log of three blocks, and the statements in block 2: accepted at leaves 4 and 5, refused at 6.
pub struct Story<'a> {
    pub vault: &'a Vault,
    pub world: World,
    pub chain: Chain,
    pub statements: [Statement; 3],
    pub filler: Vec<Statement>,
}

impl<'a> Story<'a> {
    fn new(vault: &'a Vault) -> Self {
        let world = World::new(4);
        let filler: Vec<_> = (10..12)
            .map(|n| world.statement(Algorithm::Ed25519, n))
            .collect();
        let statements = Algorithm::ALL.map(|algorithm| statement(vault, &world, algorithm));
        let mut chain = Chain::new(&world);
        chain.block(&[(&filler[0], true), (&filler[1], true)]);
        let [a, b, c] = &statements;
        chain.block(&[(a, true), (c, false), (b, true)]);
        chain.block(&[(&filler[1], false)]);
        Self {
            vault,
            world,
            chain,
            statements,
            filler,
        }
    }

    /// The head after block `height`, signed by `member` with its Ed25519 (0) or ML-DSA-65 (1) key.
    fn head(&self, member: usize, key: usize, height: u64) -> SignedTreeHead {
        let head = self.chain.head(&self.world, member, height);
        self.vault
            .head(&head, &self.world.members[member].tree_head_keys[key])
    }
}

fn statement(vault: &Vault, world: &World, algorithm: Algorithm) -> Statement {
    let key = world
        .signer_keys
        .iter()
        .find(|key| key.algorithm() == algorithm)
        .unwrap();
    let epc = "urn:epc:id:sgtin:4012345.011111.9876";
    let builder = convoy_types::StatementBuilder::new(
        world.network.clone(),
        world.signer.clone(),
        TIME_MS + 3_600_000,
    );
    let body = convoy_types::cbor::to_vec(&("offer", epc, "fra", TIME_MS));
    let builder = builder.subject(epc).sequence(0, 1).action("custody", body);
    vault.statement(&builder, key)
}

/// A proof and the trust file that it is verified under.
pub struct Case {
    pub name: String,
    pub trust: &'static str,
    pub proof: Vec<u8>,
}

impl Case {
    pub fn new(name: impl Into<String>, trust: &'static str, proof: Vec<u8>) -> Self {
        Self {
            name: name.into(),
            trust,
            proof,
        }
    }
}

/// Writes every proof, every trust file, and `proofs.json` with the verdicts.
pub fn write(vault: &Vault, files: &mut Files) {
    let story = Story::new(vault);
    let trusts: Vec<(&str, Trust)> = trusts::variants(&story.world, TIME_MS);
    for (name, trust) in &trusts {
        let mut text = trust.to_json();
        text.push('\n');
        files.insert(format!("trust-{name}.json"), text.into_bytes());
    }
    let refused = json!({"refused": trusts::refused(&story.world)});
    put(files, "trusts.json", &refused);
    let mut cases = transparent::cases(&story);
    cases.extend(compact::cases(&story));
    let list: Vec<Value> = cases
        .into_iter()
        .map(|case| {
            let trust = trusts.iter().find(|(name, _)| *name == case.trust);
            let (name, trust) = trust.unwrap();
            let file = format!("{}.cose", case.name);
            let mut entry =
                json!({"name": case.name, "file": file, "trust": format!("trust-{name}.json")});
            match verify(&case.proof, trust) {
                Ok(report) => entry["report"] = serde_json::to_value(report).unwrap(),
                Err(error) => {
                    entry["failed"] = json!({"check": error.check, "reason": error.reason});
                }
            }
            let twice = files.insert(file, case.proof);
            assert!(twice.is_none(), "{} is there twice", case.name);
            entry
        })
        .collect();
    put(files, "proofs.json", &json!({"proofs": list}));
}
