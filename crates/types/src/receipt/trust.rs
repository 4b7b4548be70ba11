//! The trust file: everything a verifier has to believe before it can check anything. JSON, made from the genesis document and kept up to date
//! by members; whoever verifies gets it from somebody they trust, once.
//!
//! ```json
//! {
//!   "version": 1,
//!   "network": "baltic.ba7816bf8f01cfea",
//!   "genesis": "ba7816bf8f01cfea...",
//!   "members_required": 1,
//!   "epochs": [{"epoch": 0, "validators": [{"member": "est", "key": "<64 hexadecimal digits>"}]}],
//!   "tree_heads": [{"member": "est", "issuer": "did:web:est.example", "key": {"kty": "OKP", ...},
//!                   "from_ms": 0, "until_ms": null}],
//!   "signers": [{"did": "did:web:est.example:anna", "key": {...}, "from_ms": 0, "until_ms": null}]
//! }
//! ```
//!
//! `epochs` are the consensus keys by epoch, for certificates; `tree_heads` the keys of members' nodes, for COSE receipts; `signers`, which may be left
//! out, the keys of people and devices. A key holds for block times from `from_ms` to before `until_ms`.

use crate::{
    Did, Digest, MemberId, NetworkId,
    cose::{Algorithm, KeyId, PublicKey},
    header::{Validator, validators_digest},
    limits::VALIDATORS_MAX,
};
use serde::{Deserialize, Serialize};

/// The version of the trust file.
pub const TRUST_VERSION: u64 = 1;

/// One validator's consensus key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrustedValidator {
    /// The member that runs it.
    pub member: MemberId,
    /// Its Ed25519 consensus key, 32 bytes.
    pub key: Digest,
}

/// The validators of one epoch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrustedEpoch {
    /// The epoch.
    pub epoch: u64,
    /// Its validators, in any order.
    pub validators: Vec<TrustedValidator>,
    /// The last block that they made, where they do so no longer: what they sign above it is no block of the network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_block: Option<u64>,
    /// The digest of the members' decision that put them in the place of lost ones; left out where the validators before handed over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recovery: Option<Digest>,
}

impl TrustedEpoch {
    /// What its headers carry for its validators.
    pub fn digest(&self) -> Digest {
        self.recovery.unwrap_or_else(|| {
            let validators = self.validators.iter().map(|validator| Validator {
                member: validator.member.clone(),
                key: validator.key.0,
            });
            validators_digest(&validators.collect::<Vec<_>>())
        })
    }
}

/// A key with which a member's node signs tree heads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrustedTreeHeadKey {
    /// The member.
    pub member: MemberId,
    /// The issuer that its receipts name.
    pub issuer: Did,
    /// The key.
    pub key: PublicKey,
    /// It holds from this block time on, milliseconds since 1970.
    #[serde(default)]
    pub from_ms: u64,
    /// It holds before this block time; `null` for no end.
    #[serde(default)]
    pub until_ms: Option<u64>,
}

/// A signer's key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrustedSigner {
    /// The signer.
    pub did: Did,
    /// The key.
    pub key: PublicKey,
    /// It holds from this block time on, milliseconds since 1970.
    #[serde(default)]
    pub from_ms: u64,
    /// It holds before this block time; `null` for no end.
    #[serde(default)]
    pub until_ms: Option<u64>,
}

/// What a verifier believes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trust {
    /// The version of the file.
    pub version: u64,
    /// The network.
    pub network: NetworkId,
    /// SHA-256 of the genesis document; the network's id ends with its beginning.
    pub genesis: Digest,
    /// From how many different members receipts have to come.
    #[serde(default = "one")]
    pub members_required: usize,
    /// The validators by epoch.
    #[serde(default)]
    pub epochs: Vec<TrustedEpoch>,
    /// The keys of tree heads.
    #[serde(default)]
    pub tree_heads: Vec<TrustedTreeHeadKey>,
    /// The keys of signers, as far as known.
    #[serde(default)]
    pub signers: Vec<TrustedSigner>,
}

fn one() -> usize {
    1
}

/// Why a trust file is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("trust file: {field}: {detail}")]
pub struct TrustError {
    /// The field.
    pub field: String,
    /// What is wrong and what to do.
    pub detail: String,
}

fn refuse(field: impl Into<String>, detail: impl Into<String>) -> TrustError {
    TrustError {
        field: field.into(),
        detail: detail.into(),
    }
}

impl Trust {
    /// Reads and checks a trust file.
    pub fn from_json(text: &str) -> Result<Self, TrustError> {
        let trust: Self = serde_json::from_str(text).map_err(|error| {
            let field = format!("line {} column {}", error.line(), error.column());
            refuse(field, error.to_string())
        })?;
        trust.check()?;
        Ok(trust)
    }

    /// Writes the file.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("a trust file has text keys only")
    }

    /// Checks what JSON cannot say.
    pub fn check(&self) -> Result<(), TrustError> {
        if self.version != TRUST_VERSION {
            let detail = format!("{} is not known; this verifier reads 1", self.version);
            return Err(refuse("version", detail));
        }
        let suffix = format!(".{}", &self.genesis.to_string()[..16]);
        if !self.network.as_str().ends_with(&suffix) {
            let detail = format!(
                "`{}` does not end with `{suffix}`, the genesis digest",
                self.network
            );
            return Err(refuse("network", detail));
        }
        if self.members_required == 0 {
            return Err(refuse("members_required", "write 1 or more"));
        }
        for (index, epoch) in self.epochs.iter().enumerate() {
            let field = format!("epochs[{index}]");
            check_epoch(epoch, &field)?;
            if self.epochs[..index].iter().any(|e| e.epoch == epoch.epoch) {
                return Err(refuse(field, "the epoch is listed twice"));
            }
        }
        for (index, epoch) in self.epochs.iter().enumerate() {
            let Some((last, before)) = epoch.last_block.zip(self.began_behind(epoch.epoch)) else {
                continue;
            };
            if last <= before {
                let detail = format!("{last} is not above {before}, where the epoch before ended");
                return Err(refuse(format!("epochs[{index}].last_block"), detail));
            }
        }
        Ok(())
    }

    /// The validators of `epoch` and what is known of them.
    pub fn epoch(&self, epoch: u64) -> Option<&TrustedEpoch> {
        self.epochs.iter().find(|known| known.epoch == epoch)
    }

    /// The last block of the epoch before, where it is known.
    fn began_behind(&self, epoch: u64) -> Option<u64> {
        self.epoch(epoch.checked_sub(1)?)?.last_block
    }

    /// The validators of `epoch`, in ascending order of their keys as certificates number them.
    pub fn validators(&self, epoch: u64) -> Option<Vec<&TrustedValidator>> {
        let mut validators: Vec<_> = self.epoch(epoch)?.validators.iter().collect();
        validators.sort_by_key(|validator| validator.key);
        Some(validators)
    }

    /// Whether a block of this height is one that the validators of `epoch` could make, as far as is known.
    ///
    /// # Errors
    /// Which of their bounds it is beyond.
    pub fn check_height(&self, epoch: u64, height: u64) -> Result<(), String> {
        let ended = self.epoch(epoch).and_then(|epoch| epoch.last_block);
        if let Some(last) = ended.filter(|last| height > *last) {
            return Err(format!(
                "the validators of epoch {epoch} ended with block {last}, and this is block {height}: others made that one"
            ));
        }
        match self.began_behind(epoch).filter(|last| height <= *last) {
            Some(last) => Err(format!(
                "the validators of epoch {epoch} began behind block {last}, and this is block {height}: others made that one"
            )),
            None => Ok(()),
        }
    }

    /// What the headers of `epoch` carry for its validators: the digest of their set, or of the members' decision that put them there.
    pub fn validators_digest(&self, epoch: u64) -> Option<Digest> {
        self.epoch(epoch).map(TrustedEpoch::digest)
    }

    /// The tree-head key that a receipt names, whatever its validity.
    pub fn tree_head_key(
        &self,
        issuer: &Did,
        key_id: KeyId,
        algorithm: Algorithm,
    ) -> Option<&TrustedTreeHeadKey> {
        self.tree_heads.iter().find(|entry| {
            let key = &entry.key;
            entry.issuer == *issuer && key.key_id() == key_id && key.algorithm() == algorithm
        })
    }

    /// The signer's key that a statement names, whatever its validity.
    pub fn signer_key(
        &self,
        did: &Did,
        key_id: KeyId,
        algorithm: Algorithm,
    ) -> Option<&TrustedSigner> {
        self.signers.iter().find(|entry| {
            let key = &entry.key;
            entry.did == *did && key.key_id() == key_id && key.algorithm() == algorithm
        })
    }
}

/// Whether a key with these bounds holds at `time_ms`.
pub fn holds_at(time_ms: u64, from_ms: u64, until_ms: Option<u64>) -> bool {
    holds_within((time_ms, time_ms), from_ms, until_ms)
}

/// Whether a key with these bounds holds at some moment between two, milliseconds, both included.
pub fn holds_within((first, last): (u64, u64), from_ms: u64, until_ms: Option<u64>) -> bool {
    from_ms <= last && until_ms.is_none_or(|until| first < until)
}

fn check_epoch(epoch: &TrustedEpoch, field: &str) -> Result<(), TrustError> {
    let count = epoch.validators.len();
    if count == 0 || count > VALIDATORS_MAX {
        let detail = format!("{count} validators, 1 to {VALIDATORS_MAX}");
        return Err(refuse(format!("{field}.validators"), detail));
    }
    let mut keys: Vec<_> = epoch.validators.iter().map(|v| v.key).collect();
    keys.sort();
    if keys.windows(2).any(|pair| pair[0] == pair[1]) {
        let detail = "a key is listed twice; a quorum would count it twice";
        return Err(refuse(format!("{field}.validators"), detail));
    }
    for validator in &epoch.validators {
        PublicKey::ed25519(validator.key.0)
            .map_err(|error| refuse(format!("{field}.{}", validator.member), error.to_string()))?;
    }
    Ok(())
}
