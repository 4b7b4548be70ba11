//! The join bundle: one signed file with all that a new node needs, and the errors that say which part of it is wrong.
//!
//! ```text
//! bundle = content + member, key and signature of who invites
//! signed = "convoy bundle 1" ‖ SHA-256 of the content's deterministic CBOR
//! ```
//!
//! It opens what it names, once: the invitation's key enrols the member's first administrator here and ends with that, the token lets the
//! new node submit through the inviter's until the bundle expires. So it is handed over as a password is. That it is of the right network is
//! what a person compares: `--network`, or the identifier that is printed.

use crate::{
    clock,
    failure::{Attempt as _, Failure, Outcome},
};
use convoy_modules::membership::types::MemberKind;
use convoy_node::{config::PeerConfig, genesis::GenesisDocument};
use convoy_types::{
    Did, Digest, MemberId, NetworkId, cbor,
    cose::{KeyId, SigningKey},
    receipt::Trust,
};
use serde::{Deserialize, Serialize};
use std::{fmt, fs, path::Path};

/// The version of the format.
pub const BUNDLE_VERSION: u32 = 1;
const TAG: &[u8] = b"convoy bundle 1";
/// How far the clocks of two machines may be apart, milliseconds.
pub const CLOCKS_APART_MS: u64 = 60_000;
const MINUTE_MS: u64 = 60_000;

/// A bundle as it is handed over.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bundle {
    /// What it says.
    pub content: Content,
    /// Who signed it.
    pub member: MemberId,
    /// With which of its keys.
    pub key: KeyId,
    /// The signature in hexadecimal.
    pub signature: String,
}

/// What a bundle says.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Content {
    /// Format version.
    pub version: u32,
    /// The network.
    pub network: NetworkId,
    /// Whom it invites.
    pub invited: Invited,
    /// When it was made, milliseconds since 1970.
    pub made_ms: u64,
    /// It works before this time.
    pub expires_ms: u64,
    /// The address of the inviter's interface over HTTPS.
    pub url: String,
    /// Opens that interface, to submit statements.
    pub token: String,
    /// The signer to become.
    pub did: Did,
    /// That signer's first key, hexadecimal: it ends when the new member's own takes its place.
    pub secret: String,
    /// Where other nodes are.
    pub peers: Vec<PeerConfig>,
    /// The authorities of the network's nodes, PEM.
    pub authorities: String,
    /// Who validates and signs tree heads, by epoch: the trust file.
    pub trust: String,
    /// The founding document with the founders' signatures.
    pub genesis: GenesisDocument,
}

/// Never its secrets.
impl fmt::Debug for Content {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "invitation of {} to {}",
            self.invited.member, self.network
        )
    }
}

/// Whom a bundle invites.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Invited {
    /// The member.
    pub member: MemberId,
    /// Its name for people.
    pub name: String,
    /// What it is.
    pub kind: MemberKind,
}

impl Content {
    fn signed_bytes(&self) -> Vec<u8> {
        [TAG, &Digest::of(&cbor::to_vec(self)).0].concat()
    }

    /// Signs it for `member`.
    pub fn sign(self, member: MemberId, key: &SigningKey) -> Outcome<Bundle> {
        let signature = key
            .sign(&self.signed_bytes())
            .attempt(|| "sign the bundle".into())?;
        Ok(Bundle {
            member,
            key: key.public().key_id(),
            signature: hex::encode(signature),
            content: self,
        })
    }
}

impl Bundle {
    /// Reads a bundle and checks it part by part; `expected` is the network that the invited expects.
    pub fn open(path: &Path, expected: Option<&NetworkId>) -> Outcome<Self> {
        let bytes = fs::read(path).attempt(|| format!("read {}", path.display()))?;
        let bundle = Self::parse(&bytes).map_err(|failure| Failure {
            what: format!("{}: {}", path.display(), failure.what),
            ..failure
        })?;
        bundle.check(expected, clock::now_ms())?;
        Ok(bundle)
    }

    fn parse(bytes: &[u8]) -> Outcome<Self> {
        serde_json::from_slice(bytes).map_err(|error| {
            if error.is_eof() {
                return Failure::usage("the bundle is cut short")
                    .remedy("take the whole file again from whoever invited you");
            }
            Failure::usage(format!("this is no join bundle: {error}")).remedy(
                "`convoy network invite` writes it; take the file again from whoever invited you",
            )
        })
    }

    /// Checks every part of it.
    ///
    /// # Errors
    /// The first part that is wrong, and what to do.
    pub fn check(&self, expected: Option<&NetworkId>, now_ms: u64) -> Outcome {
        let content = &self.content;
        let inviter = &self.member;
        if content.version != BUNDLE_VERSION {
            return Err(Failure::usage(format!(
                "the bundle has version {}, this program knows version {BUNDLE_VERSION}",
                content.version
            ))
            .remedy(format!(
                "use the version of this program that `{inviter}` uses"
            )));
        }
        if let Some(expected) = expected.filter(|expected| **expected != content.network) {
            return Err(Failure::refused(format!(
                "the bundle is of the network {}, not of {expected}",
                content.network
            ))
            .remedy("ask for a bundle of the network you mean to join"));
        }
        let trust = self.trust()?;
        self.check_signature(&trust)?;
        content.genesis.check_signed().map_err(|error| {
            Failure::refused(error).remedy(format!(
                "ask `{inviter}` to have its founding document checked"
            ))
        })?;
        let network = content.genesis.network().map_err(Failure::refused)?;
        if network != content.network || trust.network != content.network {
            return Err(Failure::refused(format!(
                "the bundle says network {}, its founding document founds {network}, its trust file is of {}",
                content.network, trust.network
            ))
            .remedy(format!("ask `{inviter}` for a new bundle")));
        }
        if trust.genesis != content.genesis.digest() {
            return Err(Failure::refused(
                "the bundle's trust file is of another founding document than its own",
            )
            .remedy(format!("ask `{inviter}` for a new bundle")));
        }
        if content.peers.is_empty() {
            return Err(
                Failure::refused("the bundle names no other node to connect with")
                    .remedy(format!("ask `{inviter}` for a new bundle")),
            );
        }
        self.check_time(now_ms)
    }

    /// The bundle's trust file.
    pub fn trust(&self) -> Outcome<Trust> {
        Trust::from_json(&self.content.trust).map_err(|error| {
            Failure::refused(format!("the bundle's trust file: {error}"))
                .remedy(format!("ask `{}` for a new bundle", self.member))
        })
    }

    fn check_signature(&self, trust: &Trust) -> Outcome {
        let inviter = &self.member;
        let founder = self.content.genesis.member(inviter);
        let founding = founder
            .iter()
            .flat_map(|founder| &founder.member.tree_head_keys);
        let later = trust
            .tree_heads
            .iter()
            .filter(|known| known.member == *inviter)
            .map(|known| &known.key);
        let key = founding.chain(later).find(|key| key.key_id() == self.key);
        let Some(key) = key else {
            return Err(Failure::refused(format!(
                "the bundle is signed with a key that is none of `{inviter}`'s in this network"
            ))
            .remedy("take it again from whoever invited you, by a way you trust"));
        };
        let signature = hex::decode(&self.signature).unwrap_or_default();
        key.verify(&self.content.signed_bytes(), &signature)
            .map_err(|_| {
                Failure::refused(format!(
                    "the bundle was changed after `{inviter}` signed it"
                ))
                .remedy("take it again from whoever invited you, by a way you trust")
            })
    }

    fn check_time(&self, now_ms: u64) -> Outcome {
        let content = &self.content;
        if content.made_ms > now_ms + CLOCKS_APART_MS {
            return Err(Failure::environment(format!(
                "the bundle was made at {}, and by this machine's clock it is {} now",
                clock::utc(content.made_ms),
                clock::utc(now_ms)
            ))
            .remedy("set this machine's clock (a time service keeps it right); if it is right, the inviter's is wrong"));
        }
        if now_ms >= content.expires_ms {
            return Err(Failure::refused(format!(
                "the bundle expired at {}, {} minutes ago by this machine's clock",
                clock::utc(content.expires_ms),
                (now_ms - content.expires_ms) / MINUTE_MS
            ))
            .remedy(format!("ask `{}` for a new one", self.member)));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{
        file::NetworkFile,
        found::{Ports, found},
        home::{DATA, PASSPHRASE},
    };
    use convoy_node::keystore::{Keystore, Purpose};
    use convoy_types::cose::Algorithm;

    const HOUR_MS: u64 = 60 * MINUTE_MS;
    const NOW_MS: u64 = 1_800_000_000_000;

    /// A network of one node, and a bundle by it.
    fn made() -> (tempfile::TempDir, Bundle) {
        let text = include_str!("../../../../examples/network/one-node.toml");
        let file = NetworkFile::parse(text).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let ports = Ports::free(&file).unwrap();
        found(&file, folder.path(), &ports, &[], |_, to| ports.peer[to]).unwrap();
        let genesis = GenesisDocument::read(&folder.path().join("genesis.json")).unwrap();
        let home = folder.path().join("est");
        let passphrase = fs::read_to_string(home.join(PASSPHRASE)).unwrap();
        let keys = Keystore::open(&home.join(DATA), passphrase.trim()).unwrap();
        let key = keys.key(Purpose::TreeHead, Algorithm::Ed25519).unwrap();
        let est: MemberId = "est".parse().unwrap();
        let content = Content {
            version: BUNDLE_VERSION,
            network: genesis.network().unwrap(),
            invited: Invited {
                member: "nor".parse().unwrap(),
                name: "Norway".into(),
                kind: MemberKind::Nation,
            },
            made_ms: NOW_MS,
            expires_ms: NOW_MS + HOUR_MS,
            url: "https://localhost:8501".into(),
            token: "t".into(),
            did: "did:convoy:1".parse().unwrap(),
            secret: "00".into(),
            peers: vec![PeerConfig {
                member: est.clone(),
                address: ports.peer[0],
            }],
            authorities: String::new(),
            trust: genesis.trust().unwrap().to_json(),
            genesis,
        };
        let bundle = content.sign(est, &key).unwrap();
        (folder, bundle)
    }

    fn refused(bundle: &Bundle, now_ms: u64) -> String {
        bundle.check(None, now_ms).unwrap_err().what
    }

    #[test]
    fn a_bundle_that_is_whole_is_taken_and_every_wrong_part_is_named() {
        let (_folder, bundle) = made();
        bundle
            .check(Some(&bundle.content.network), NOW_MS + 1)
            .unwrap();
        let bytes = serde_json::to_vec(&bundle).unwrap();
        Bundle::parse(&bytes).unwrap().check(None, NOW_MS).unwrap();

        let cut = Bundle::parse(&bytes[..bytes.len() / 2]).unwrap_err();
        assert!(cut.what.contains("cut short"), "{cut}");
        let none = Bundle::parse(b"{\"a\": 1}").unwrap_err();
        assert!(none.what.contains("no join bundle"), "{none}");

        let other: NetworkId = made().1.content.network;
        let told = bundle.check(Some(&other), NOW_MS).unwrap_err().what;
        assert!(told.contains("not of"), "{told}");

        let told = refused(&bundle, NOW_MS + HOUR_MS + 5 * MINUTE_MS);
        assert!(
            told.contains("expired") && told.contains("5 minutes ago"),
            "{told}"
        );
        let told = refused(&bundle, NOW_MS - HOUR_MS);
        assert!(told.contains("this machine's clock"), "{told}");
    }

    #[test]
    fn a_bundle_that_was_changed_is_not_taken() {
        let (_folder, bundle) = made();
        let changed = |change: &dyn Fn(&mut Bundle)| {
            let mut bundle = bundle.clone();
            change(&mut bundle);
            refused(&bundle, NOW_MS)
        };
        let told = changed(&|bundle| bundle.content.url = "https://elsewhere".into());
        assert!(told.contains("was changed"), "{told}");
        let told = changed(&|bundle| bundle.content.expires_ms += 1);
        assert!(told.contains("was changed"), "{told}");
        let told = changed(&|bundle| bundle.content.genesis.members[0].member.name = "X".into());
        assert!(told.contains("was changed"), "{told}");
        let told = changed(&|bundle| bundle.member = "fra".parse().unwrap());
        assert!(told.contains("none of `fra`'s"), "{told}");
        let told = changed(&|bundle| bundle.content.version = 2);
        assert!(told.contains("version 2"), "{told}");
    }
}
