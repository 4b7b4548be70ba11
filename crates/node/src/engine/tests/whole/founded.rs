//! A network as its founders agreed on it: four members, each with a validator, keys for tree heads and two officers.

use crate::{
    engine::tests::world,
    genesis::{Founded, GENESIS_VERSION, GenesisDocument, GenesisMember},
};
use commonware_cryptography::Signer as _;
use convoy_ledger::Ledger;
use convoy_modules::membership::types::{
    MemberKind, NewKey, NewMember, NewSigner, Role, Roles, SignerKind, ValidatorKey,
};
use convoy_types::{
    Did, Digest, MemberId,
    cose::{Algorithm, SigningKey},
    receipt::Trust,
    statement::Assurance,
};
use std::sync::Arc;

/// When the network is founded and its simulation begins, milliseconds since 1970.
pub const START_MS: u64 = 1_796_000_000_000;

const MEMBERS: [&str; 4] = ["deu", "est", "fra", "pol"];

/// Officers of each member.
pub const OFFICERS: usize = 2;

/// Everything that all nodes have in common.
pub struct Network {
    pub genesis: GenesisDocument,
    pub ledger: Ledger,
    pub founded: Founded,
    pub trust: Trust,
}

fn key(algorithm: Algorithm, whose: &str) -> SigningKey {
    SigningKey::from_secret(algorithm, &Digest::of(whose.as_bytes()).0).unwrap()
}

/// The key with which a member's node signs tree heads here.
pub fn tree_head_key(member: usize) -> SigningKey {
    key(Algorithm::Ed25519, &format!("heads of {member}"))
}

/// An officer of a member, and the officer's key.
pub fn officer(member: usize, officer: usize) -> (Did, SigningKey) {
    let name = format!("{}-{officer}", MEMBERS[member]);
    let did = format!("did:convoy:{name}").parse().unwrap();
    (did, key(Algorithm::Ed25519, &name))
}

fn founder(index: usize) -> GenesisMember {
    let member: MemberId = MEMBERS[index].parse().unwrap();
    let consensus = world::keys()[index].public_key();
    let post_quantum = key(Algorithm::MlDsa65, &format!("heads of {index}"));
    let signer = |number: usize| {
        let (did, key) = officer(index, number);
        NewSigner {
            did,
            member: member.clone(),
            kind: SignerKind::Person,
            unit: None,
            roles: Roles::of(&[Role::LogisticsOfficer, Role::MemberAdministrator]),
            keys: vec![NewKey {
                key: key.public().clone(),
                valid_from_ms: None,
                valid_until_ms: None,
                assurance: Assurance::OwnKey,
                hardware: false,
            }],
        }
    };
    GenesisMember {
        member: NewMember {
            member: member.clone(),
            name: MEMBERS[index].to_uppercase(),
            kind: MemberKind::Nation,
            founding: true,
            validator: Some(ValidatorKey(Digest(consensus.as_ref().try_into().unwrap()))),
            tree_head_keys: vec![
                tree_head_key(index).public().clone(),
                post_quantum.public().clone(),
            ],
            node: None,
        },
        node: format!("did:convoy:node-{member}").parse().unwrap(),
        signers: (0..OFFICERS).map(signer).collect(),
        place: None,
    }
}

impl Network {
    pub fn found() -> Self {
        let mut genesis = GenesisDocument {
            version: GENESIS_VERSION,
            name: "simulated".into(),
            time_ms: START_MS,
            members: (0..MEMBERS.len()).map(founder).collect(),
            signatures: Vec::new(),
        };
        for (index, member) in MEMBERS.iter().enumerate() {
            let member = member.parse().unwrap();
            let signature = genesis.signature(&member, &tree_head_key(index)).unwrap();
            genesis.add_signature(signature).unwrap();
        }
        genesis.check_signed().unwrap();
        let (ledger, founded) = genesis.found(Arc::new(convoy_modules::registry())).unwrap();
        Self {
            trust: genesis.trust().unwrap(),
            genesis,
            ledger,
            founded,
        }
    }
}
