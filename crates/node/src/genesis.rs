//! The genesis document: what a network starts from, the same on every node.
//!
//! The network's id ends in the digest of this document, and every statement names the network's id, so
//! nothing signed for one network can be replayed to another, not even to one with the same name.

use crate::{
    core::{peaks, tree_heads_digest},
    engine::contract::{self, Hash},
    founding::FounderSignature,
};
use convoy_ledger::{Event, Ledger, Output};
use convoy_modules::membership::{
    genesis::{Founder, actions},
    types::{NewMember, NewSigner},
};
use convoy_types::{
    Compartment, Did, Digest, MemberId, NetworkId, cbor,
    cose::PublicKey,
    log::Frontier,
    receipt::trust::{
        TRUST_VERSION, Trust, TrustedEpoch, TrustedSigner, TrustedTreeHeadKey, TrustedValidator,
    },
};
use serde::{Deserialize, Serialize};
use std::{path::Path, sync::Arc};

/// The version of the document's format.
pub const GENESIS_VERSION: u32 = 1;

/// Why a genesis document cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum GenesisError {
    /// The file cannot be read.
    #[error("genesis document {0}: {1}")]
    File(String, std::io::Error),
    /// The file is not a genesis document.
    #[error("the genesis document is not readable: {0}")]
    Format(String),
    /// A rule is broken.
    #[error("the genesis document is refused: {0}")]
    Refused(String),
}

/// A member of the first hour.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GenesisMember {
    /// The member.
    pub member: NewMember,
    /// The DID under which its node signs tree heads.
    pub node: Did,
    /// Its first people, devices and node.
    pub signers: Vec<NewSigner>,
    /// Where its node is reached, where that was agreed on at the founding.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<MemberPlace>,
}

/// Where a member's node is reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MemberPlace {
    /// Where other nodes reach it: host name or address, and port.
    pub peer: String,
    /// The address of its interface over HTTPS.
    pub url: String,
    /// The certificate of the authority that its interface's certificate is from, PEM.
    pub authority: String,
}

/// What a network starts from.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GenesisDocument {
    /// Format version.
    pub version: u32,
    /// The network's name.
    pub name: String,
    /// Its founding time, milliseconds since 1970.
    pub time_ms: u64,
    /// The founders, in order.
    pub members: Vec<GenesisMember>,
    /// The founders' signatures; no part of what is signed, nor of the digest.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub signatures: Vec<FounderSignature>,
}

/// A genesis document that was carried out.
pub struct Founded {
    /// The network's id.
    pub network: NetworkId,
    /// The document's digest, which is the log's first entry.
    pub digest: Digest,
    /// What the engine starts from.
    pub engine: contract::Genesis,
    /// What the modules said at the founding, for the read model.
    pub events: Vec<Event>,
}

impl GenesisDocument {
    /// Reads the document at `path`.
    pub fn read(path: &Path) -> Result<Self, GenesisError> {
        let bytes = std::fs::read(path)
            .map_err(|error| GenesisError::File(path.display().to_string(), error))?;
        Self::parse(&bytes)
    }

    /// Reads a document's JSON.
    pub fn parse(bytes: &[u8]) -> Result<Self, GenesisError> {
        let document: Self = serde_json::from_slice(bytes)
            .map_err(|error| GenesisError::Format(error.to_string()))?;
        if document.version != GENESIS_VERSION {
            let reason = format!("version {} is not {GENESIS_VERSION}", document.version);
            return Err(GenesisError::Format(reason));
        }
        Ok(document)
    }

    /// Its digest: SHA-256 of its deterministic CBOR without the signatures, whatever its JSON looks like.
    pub fn digest(&self) -> Digest {
        let unsigned = Self {
            signatures: Vec::new(),
            ..self.clone()
        };
        Digest::of(&cbor::to_vec(&unsigned))
    }

    /// The network's id.
    pub fn network(&self) -> Result<NetworkId, GenesisError> {
        NetworkId::of_genesis(&self.name, &self.digest())
            .map_err(|error| GenesisError::Refused(error.to_string()))
    }

    /// The founders that run validators, with their consensus keys.
    pub fn validators(&self) -> Vec<(MemberId, Hash)> {
        let key = |founder: &GenesisMember| {
            Some((founder.member.member.clone(), founder.member.validator?.0.0))
        };
        self.members.iter().filter_map(key).collect()
    }

    /// The founder called `member`.
    pub fn member(&self, member: &MemberId) -> Option<&GenesisMember> {
        self.members
            .iter()
            .find(|founder| founder.member.member == *member)
    }

    /// Every key that may sign tree heads: its member, its node's DID and the key.
    pub fn tree_head_keys(&self) -> impl Iterator<Item = (&MemberId, &Did, &PublicKey)> {
        self.members.iter().flat_map(|founder| {
            founder
                .member
                .tree_head_keys
                .iter()
                .map(|key| (&founder.member.member, &founder.node, key))
        })
    }

    /// Carries the document out on the ledger that `registry` makes for the network.
    pub fn found(
        &self,
        registry: Arc<convoy_ledger::Registry>,
    ) -> Result<(Ledger, Founded), GenesisError> {
        let (network, digest) = (self.network()?, self.digest());
        if self.validators().is_empty() {
            return Err(GenesisError::Refused("no member has a validator".into()));
        }
        let ledger = Ledger::new(network.clone(), Compartment::common(), registry);
        let founders: Vec<Founder> = self
            .members
            .iter()
            .map(|founder| Founder {
                member: NewMember {
                    node: Some(founder.node.clone()),
                    ..founder.member.clone()
                },
                signers: founder.signers.clone(),
            })
            .collect();
        let output: Output = ledger
            .found(self.time_ms, &actions(&founders))
            .map_err(|reject| GenesisError::Refused(reject.to_string()))?;
        let mut log = Frontier::new();
        log.append(&digest, |_, _, _| {});
        let compartment = &ledger.compartment;
        let tree_head_keys =
            tree_heads_digest(compartment, &output.state_writes).unwrap_or_default();
        let engine = contract::Genesis {
            time_ms: self.time_ms,
            state: output
                .state_writes
                .iter()
                .filter_map(|(key, cell)| Some((key.0.0, (*cell)?)))
                .collect(),
            counters: Vec::new(),
            log_root: log.root().0,
            log_size: log.size(),
            frontier: peaks(&log),
            tree_head_keys: tree_head_keys.0,
        };
        Ok((
            ledger,
            Founded {
                network,
                digest,
                engine,
                events: output.events,
            },
        ))
    }

    /// What somebody needs to verify this network's receipts with no network.
    pub fn trust(&self) -> Result<Trust, GenesisError> {
        let mut validators: Vec<TrustedValidator> = self
            .validators()
            .into_iter()
            .map(|(member, key)| TrustedValidator {
                member,
                key: Digest(key),
            })
            .collect();
        validators.sort_by_key(|validator| validator.key);
        let tree_heads = self
            .tree_head_keys()
            .map(|(member, node, key)| TrustedTreeHeadKey {
                member: member.clone(),
                issuer: node.clone(),
                key: key.clone(),
                from_ms: self.time_ms,
                until_ms: None,
            });
        let signers = self
            .members
            .iter()
            .flat_map(|founder| &founder.signers)
            .flat_map(|signer| {
                signer.keys.iter().map(|key| TrustedSigner {
                    did: signer.did.clone(),
                    key: key.key.clone(),
                    from_ms: key.valid_from_ms.unwrap_or(self.time_ms),
                    until_ms: key.valid_until_ms,
                })
            });
        Ok(Trust {
            version: TRUST_VERSION,
            network: self.network()?,
            genesis: self.digest(),
            members_required: 1,
            epochs: vec![TrustedEpoch {
                epoch: 0,
                validators,
                last_block: None,
                recovery: None,
            }],
            tree_heads: tree_heads.collect(),
            signers: signers.collect(),
        })
    }
}
