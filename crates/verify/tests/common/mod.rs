//! A small network to make proofs of: four members, their keys, a log of some blocks, certificates by the real consensus crate.

#![allow(clippy::unwrap_used, reason = "a test's failure is its message")]
#![allow(dead_code, reason = "each test binary uses a part")]

use bytes::Bytes;
use commonware_codec::DecodeExt as _;
use commonware_consensus::{
    simplex::{
        scheme::ed25519::Scheme,
        types::{Finalization, Finalize, Proposal},
    },
    types::{Epoch, Round, View},
};
use commonware_cryptography::{Signer as _, ed25519, sha256};
use commonware_parallel::Sequential;
use commonware_utils::{non_empty, ordered::Set};
use convoy_types::{
    Did, Digest, MemberId, NetworkId, Statement, StatementBuilder,
    cose::{Algorithm, SigningKey},
    header::{Header, HeaderCore, HeaderRest},
    log::{
        BlockLog, BlockSummary, Frontier, MemoryLog, NodeStore, inclusion_path, leaf_hash,
        node_hash,
    },
    receipt::{
        BlockEvidence, Certificate, CompactReceipt, InclusionReceipt, SignedTreeHead, TreeHead,
        Trust, attach,
        certificate::consensus_namespace,
        compact::Subject,
        trust::{TrustedEpoch, TrustedSigner, TrustedTreeHeadKey, TrustedValidator},
    },
};
use std::convert::Infallible;

pub const MEMBERS: [&str; 7] = ["est", "fra", "ita", "pol", "ltu", "lva", "fin"];
pub const TIME_MS: u64 = 1_795_000_000_123;

pub struct Member {
    pub id: MemberId,
    pub issuer: Did,
    pub tree_head_keys: [SigningKey; 2],
    pub consensus: ed25519::PrivateKey,
}

pub struct World {
    pub network: NetworkId,
    pub genesis: Digest,
    pub members: Vec<Member>,
    pub signer: Did,
    pub signer_keys: Vec<SigningKey>,
}

fn seed(n: u8) -> [u8; 32] {
    Digest::of(&[n]).0
}

fn secret(algorithm: Algorithm, n: u8) -> SigningKey {
    SigningKey::from_secret(algorithm, &seed(n)).unwrap()
}

impl World {
    pub fn new(members: usize) -> Self {
        let genesis = Digest::of(b"the genesis document of these tests");
        let members = (0u8..).zip(&MEMBERS[..members]).map(|(n, name)| Member {
            id: MemberId::new(name).unwrap(),
            issuer: Did::new(&format!("did:web:{name}.example")).unwrap(),
            tree_head_keys: [
                secret(Algorithm::Ed25519, 10 + n),
                secret(Algorithm::MlDsa65, 30 + n),
            ],
            consensus: ed25519::PrivateKey::decode(Bytes::copy_from_slice(&seed(50 + n))).unwrap(),
        });
        Self {
            network: NetworkId::of_genesis("baltic", &genesis).unwrap(),
            genesis,
            members: members.collect(),
            signer: Did::new("did:web:est.example:anna").unwrap(),
            signer_keys: Algorithm::ALL
                .iter()
                .map(|algorithm| secret(*algorithm, 70))
                .collect(),
        }
    }

    pub fn trust(&self) -> Trust {
        let validator = |member: &Member| TrustedValidator {
            member: member.id.clone(),
            key: Digest(member.consensus.public_key().as_ref().try_into().unwrap()),
        };
        let heads = |member: &Member| {
            member
                .tree_head_keys
                .each_ref()
                .map(|key| TrustedTreeHeadKey {
                    member: member.id.clone(),
                    issuer: member.issuer.clone(),
                    key: key.public().clone(),
                    from_ms: 0,
                    until_ms: None,
                })
        };
        let signer = |key: &SigningKey| TrustedSigner {
            did: self.signer.clone(),
            key: key.public().clone(),
            from_ms: 0,
            until_ms: None,
        };
        let trust = Trust {
            version: 1,
            network: self.network.clone(),
            genesis: self.genesis,
            members_required: 1,
            epochs: vec![TrustedEpoch {
                epoch: 3,
                validators: self.members.iter().map(validator).collect(),
                last_block: None,
                recovery: None,
            }],
            tree_heads: self.members.iter().flat_map(heads).collect(),
            signers: self.signer_keys.iter().map(signer).collect(),
        };
        trust.check().unwrap();
        trust
    }

    /// A handover of one serialised part, as the spine's demo makes them.
    pub fn statement(&self, algorithm: Algorithm, sequence: u64) -> Statement {
        let key = self
            .signer_keys
            .iter()
            .find(|key| key.algorithm() == algorithm)
            .unwrap();
        let epc = "urn:epc:id:sgtin:4012345.011111.9876";
        StatementBuilder::new(
            self.network.clone(),
            self.signer.clone(),
            TIME_MS + 3_600_000,
        )
        .subject(epc)
        .sequence(0, sequence)
        .action(
            "custody",
            convoy_types::cbor::to_vec(&("offer", epc, "fra", TIME_MS)),
        )
        .sign(key)
        .unwrap()
    }

    /// The real engine's finalization of `block`, by the first `signers` members.
    pub fn finalize(
        &self,
        block: &Digest,
        epoch: u64,
        view: u64,
        signers: usize,
    ) -> Finalization<Scheme, sha256::Digest> {
        let keys: Vec<_> = self
            .members
            .iter()
            .map(|member| member.consensus.clone())
            .collect();
        finalize_by(&self.network, &keys, block, epoch, view, signers)
    }
}

/// A member's consensus key.
pub fn consensus_key(member: &Member) -> [u8; 32] {
    member.consensus.public_key().as_ref().try_into().unwrap()
}

/// The finalization of `block` by the first `signers` of a set with these keys.
pub fn finalize_by(
    network: &NetworkId,
    keys: &[ed25519::PrivateKey],
    block: &Digest,
    epoch: u64,
    view: u64,
    signers: usize,
) -> Finalization<Scheme, sha256::Digest> {
    let namespace = consensus_namespace(network);
    let public: Vec<_> = keys.iter().map(ed25519::PrivateKey::public_key).collect();
    let participants = Set::try_from(public).unwrap();
    let scheme = |key: &ed25519::PrivateKey| {
        Scheme::signer(&namespace, participants.clone(), key.clone()).unwrap()
    };
    let payload = sha256::Digest::from(block.0);
    let proposal = Proposal::new(
        Round::new(Epoch::new(epoch), View::new(view)),
        View::new(view - 1),
        payload,
    );
    let votes: Vec<_> = keys[..signers]
        .iter()
        .map(|key| Finalize::sign(&scheme(key), proposal.clone()).unwrap())
        .collect();
    let finalization =
        Finalization::from_finalizes(&scheme(&keys[0]), non_empty![@votes.iter()], &Sequential)
            .unwrap();
    let verifier = Scheme::verifier(&namespace, participants);
    assert!(finalization.verify(&mut commonware_utils::test_rng(), &verifier, &Sequential));
    finalization
}

/// What a node does to put the engine's finalization in a receipt.
pub fn certificate_of(finalization: &Finalization<Scheme, sha256::Digest>) -> Certificate {
    let certificate = &finalization.certificate;
    Certificate {
        view: finalization.proposal.round.view().get(),
        parent_view: finalization.proposal.parent.get(),
        signers: certificate
            .signers
            .iter()
            .map(|signer| u8::try_from(signer.get()).unwrap())
            .collect(),
        signatures: certificate
            .signatures
            .iter()
            .map(|signature| signature.get().unwrap().as_ref().try_into().unwrap())
            .collect(),
    }
}

/// A log of a genesis leaf and blocks; block `n` has height `n` and one second more than the one before.
pub struct Chain {
    pub log: MemoryLog,
    frontier: Frontier,
    pub summaries: Vec<BlockSummary>,
}

impl Chain {
    pub fn new(world: &World) -> Self {
        let mut chain = Self {
            log: MemoryLog::new(),
            frontier: Frontier::new(),
            summaries: Vec::new(),
        };
        chain.log.append(&world.genesis);
        chain.frontier.append(&world.genesis, |_, _, _| {});
        chain
    }

    pub fn block(&mut self, statements: &[(&Statement, bool)]) -> BlockSummary {
        let mut block = BlockLog::new();
        statements
            .iter()
            .for_each(|(statement, accepted)| block.push(statement.id(), *accepted));
        let height = self.summaries.len() as u64 + 1;
        let (time_ms, outcomes) = (self.time(height), Digest::of(b"outcomes"));
        let summary = block.append_to(&mut self.frontier, height, time_ms, outcomes, |_, _, _| {});
        block.entries().chain([&summary.entry()]).for_each(|entry| {
            self.log.append(entry);
        });
        assert_eq!(self.log.root(), self.frontier.root());
        self.summaries.push(summary);
        summary
    }

    pub fn time(&self, height: u64) -> u64 {
        TIME_MS + 1_000 * height
    }

    /// The log after block `height`.
    pub fn size(&self, height: u64) -> u64 {
        self.summaries[height as usize - 1].leaf().unwrap() + 1
    }

    pub fn head(&self, world: &World, member: usize, height: u64) -> TreeHead {
        let size = self.size(height);
        TreeHead {
            issuer: world.members[member].issuer.clone(),
            network: world.network.clone(),
            height,
            time_ms: self.time(height),
            size,
            root: convoy_types::log::root_of_size(&self.log, size).unwrap(),
        }
    }

    pub fn path(&self, leaf: u64, size: u64) -> Vec<Digest> {
        inclusion_path(&self.log, leaf, size).unwrap().unwrap()
    }

    pub fn evidence(&self, block: u64, size: u64) -> BlockEvidence {
        let summary = self.summaries[block as usize - 1];
        BlockEvidence {
            summary,
            path: self.path(summary.leaf().unwrap(), size),
        }
    }

    /// The receipt of leaf `leaf` of block `block` at the head of block `height`.
    pub fn receipt(
        &self,
        signed: SignedTreeHead,
        leaf: u64,
        block: Option<u64>,
    ) -> InclusionReceipt {
        let size = signed.head().size;
        InclusionReceipt::new(
            signed,
            leaf,
            self.path(leaf, size),
            block.map(|block| self.evidence(block, size)),
        )
    }

    pub fn header(&self, world: &World, height: u64) -> Header {
        let (summary, size) = (self.summaries[height as usize - 1], self.size(height));
        let rest = HeaderRest {
            parent: Digest::of(b"parent"),
            ..HeaderRest::default()
        };
        Header {
            core: HeaderCore {
                network: HeaderCore::network_digest(&world.network),
                epoch: 3,
                height,
                time_ms: summary.time_ms,
                first_leaf: summary.first_leaf,
                accepted: summary.accepted,
                log_size: size,
                log_root: convoy_types::log::root_of_size(&self.log, size).unwrap(),
            },
            rest,
        }
    }

    /// A compact receipt of `statement` at `leaf`, certified at block `height`.
    pub fn compact(
        &self,
        world: &World,
        statement: &Statement,
        leaf: u64,
        height: u64,
        evidence: Option<u64>,
    ) -> CompactReceipt {
        let header = self.header(world, height);
        let finalization = world.finalize(&header.digest(), 3, 1_000 + height, world.members.len());
        CompactReceipt::new(
            Subject::Statement(Box::new(statement.clone())),
            leaf,
            self.path(leaf, header.core.log_size),
            &header,
            certificate_of(&finalization),
            evidence.map(|block| self.evidence(block, header.core.log_size)),
        )
    }
}

/// Three blocks; block 2 accepts `statements[0]` at leaf 4 and `statements[1]` at leaf 5, and refuses `statements[2]` at leaf 6.
pub struct Story {
    pub world: World,
    pub chain: Chain,
    pub statements: [Statement; 3],
}

impl Story {
    pub fn new() -> Self {
        let world = World::new(4);
        let mut chain = Chain::new(&world);
        let filler: Vec<_> = (10..12)
            .map(|n| world.statement(Algorithm::Ed25519, n))
            .collect();
        chain.block(&[(&filler[0], true), (&filler[1], true)]);
        let statements = Algorithm::ALL.map(|algorithm| world.statement(algorithm, 1));
        let [a, b, c] = &statements;
        chain.block(&[(a, true), (c, false), (b, true)]);
        chain.block(&[(&filler[1], false)]);
        Self {
            world,
            chain,
            statements,
        }
    }

    /// The transparent statement of `statements[n]` with Ed25519 and ML-DSA-65 receipts of every member at block `height`.
    pub fn transparent(&self, n: usize, height: u64, evidence: bool) -> Vec<u8> {
        let leaf = 4 + n as u64;
        let receipts: Vec<_> = (0..self.world.members.len())
            .flat_map(|member| {
                self.world.members[member]
                    .tree_head_keys
                    .iter()
                    .map(move |key| (member, key))
            })
            .map(|(member, key)| {
                let signed = self
                    .chain
                    .head(&self.world, member, height)
                    .sign(key)
                    .unwrap();
                self.chain
                    .receipt(signed, leaf, evidence.then_some(2))
                    .encode()
            })
            .collect();
        attach(&self.statements[n], &receipts)
    }
}

/// A tree of many leaves that are all alike, but for some: enough to have real paths at any size without holding it.
pub struct LargeLog {
    pub entries: Vec<(u64, Digest)>,
}

impl LargeLog {
    fn hash(&self, level: u32, index: u64) -> Digest {
        let range = index << level..(index + 1) << level;
        let special = self.entries.iter().find(|(leaf, _)| range.contains(leaf));
        match (level, special) {
            (0, Some((_, entry))) => leaf_hash(entry),
            (0, None) => leaf_hash(&Digest::of(b"filler")),
            (_, Some(_)) => node_hash(
                &self.hash(level - 1, 2 * index),
                &self.hash(level - 1, 2 * index + 1),
            ),
            (_, None) => {
                let child = Self {
                    entries: Vec::new(),
                }
                .hash(level - 1, 0);
                node_hash(&child, &child)
            }
        }
    }
}

impl NodeStore for LargeLog {
    type Error = Infallible;
    fn node(&self, level: u32, index: u64) -> Result<Digest, Infallible> {
        Ok(self.hash(level, index))
    }
}
