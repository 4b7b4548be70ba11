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
//!
//! Invariant: **a bundle does not vouch for the key that signed it.** The key is the inviter's by the founding document, or by a trust file that
//! the invited has by another way; what the bundle's own trust file says of it counts for nothing.

use crate::{
    clock,
    failure::{Attempt as _, Failure, Outcome},
};
use convoy_modules::membership::types::MemberKind;
use convoy_node::{config::PeerConfig, genesis::GenesisDocument};
use convoy_types::{
    Did, Digest, MemberId, NetworkId, cbor,
    cose::{KeyId, PublicKey, SigningKey},
    receipt::{Trust, trust::holds_at},
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
    /// Reads a bundle and checks it part by part; `expected` is the network that the invited expects, `known` what it knows of that network by
    /// another way.
    pub fn open(path: &Path, expected: Option<&NetworkId>, known: Option<&Trust>) -> Outcome<Self> {
        let bytes = fs::read(path).attempt(|| format!("read {}", path.display()))?;
        let bundle = Self::parse(&bytes).map_err(|failure| Failure {
            what: format!("{}: {}", path.display(), failure.what),
            ..failure
        })?;
        bundle.check(expected, known, clock::now_ms())?;
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
    pub fn check(
        &self,
        expected: Option<&NetworkId>,
        known: Option<&Trust>,
        now_ms: u64,
    ) -> Outcome {
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
        if known.is_some_and(|known| known.genesis != content.genesis.digest()) {
            return Err(Failure::refused(format!(
                "the bundle is of the network {}, the trust file that you gave is of another",
                content.network
            ))
            .remedy("give the trust file of the network you mean to join"));
        }
        self.check_signature(known, now_ms)?;
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

    /// Whether the founding document names the key that signed it, so that whoever has the bundle can check it.
    pub fn is_by_founding_key(&self) -> bool {
        let mut founding = self.founding_keys().iter();
        founding.any(|key| key.key_id() == self.key)
    }

    /// The inviter's keys in the founding document; none where it came later.
    fn founding_keys(&self) -> &[PublicKey] {
        let founder = self.content.genesis.member(&self.member);
        founder
            .map(|founder| founder.member.tree_head_keys.as_slice())
            .unwrap_or_default()
    }

    fn check_signature(&self, known: Option<&Trust>, now_ms: u64) -> Outcome {
        let inviter = &self.member;
        let later = known
            .iter()
            .flat_map(|known| &known.tree_heads)
            .filter(|head| head.member == *inviter)
            .filter(|head| holds_at(now_ms, head.from_ms, head.until_ms))
            .map(|head| &head.key);
        let mut keys = self.founding_keys().iter().chain(later);
        let Some(key) = keys.find(|key| key.key_id() == self.key) else {
            let known_by = match known {
                None => "the founding document",
                Some(_) => "the founding document or the trust file that you gave",
            };
            return Err(Failure::refused(format!(
                "the bundle is signed with a key that is none of `{inviter}`'s in {known_by}"
            ))
            .remedy(format!(
                "take it again from whoever invited you, by a way you trust; where `{inviter}` has that key since the founding only, have a founding member make the bundle, or give the network's newest trust file (/v1/trust of a node whose word you take) with --trust"
            )));
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
    use convoy_types::{cose::Algorithm, receipt::trust::TrustedTreeHeadKey};

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
        bundle.check(None, None, now_ms).unwrap_err().what
    }

    #[test]
    fn a_bundle_that_is_whole_is_taken_and_every_wrong_part_is_named() {
        let (_folder, bundle) = made();
        bundle
            .check(Some(&bundle.content.network), None, NOW_MS + 1)
            .unwrap();
        let bytes = serde_json::to_vec(&bundle).unwrap();
        let parsed = Bundle::parse(&bytes).unwrap();
        parsed.check(None, None, NOW_MS).unwrap();

        let cut = Bundle::parse(&bytes[..bytes.len() / 2]).unwrap_err();
        assert!(cut.what.contains("cut short"), "{cut}");
        let none = Bundle::parse(b"{\"a\": 1}").unwrap_err();
        assert!(none.what.contains("no join bundle"), "{none}");

        let other: NetworkId = made().1.content.network;
        let told = bundle.check(Some(&other), None, NOW_MS).unwrap_err().what;
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

    #[test]
    fn a_key_that_only_the_bundle_itself_names_signs_no_bundle() {
        let (_folder, bundle) = made();
        assert!(bundle.is_by_founding_key());
        let own = SigningKey::generate(Algorithm::Ed25519).unwrap();
        let mut trust = bundle.trust().unwrap();
        trust.tree_heads.push(TrustedTreeHeadKey {
            member: bundle.member.clone(),
            issuer: "did:convoy:9".parse().unwrap(),
            key: own.public().clone(),
            from_ms: 0,
            until_ms: None,
        });
        let mut content = bundle.content.clone();
        content.url = "https://elsewhere.example".into();
        content.trust = trust.to_json();
        let forged = content.sign(bundle.member.clone(), &own).unwrap();
        assert!(!forged.is_by_founding_key());
        let network = Some(&bundle.content.network);
        let told = forged.check(network, None, NOW_MS).unwrap_err();
        assert!(told.what.contains("none of `est`'s"), "{told}");
        assert!(told.remedy.unwrap().contains("--trust"));

        // What the invited knows by another way decides, and only as long as it says.
        let genesis = bundle.trust().unwrap();
        let told = forged.check(network, Some(&genesis), NOW_MS).unwrap_err();
        assert!(told.what.contains("none of `est`'s"), "{told}");
        forged.check(network, Some(&trust), NOW_MS).unwrap();
        trust.tree_heads.last_mut().unwrap().until_ms = Some(NOW_MS);
        let told = forged.check(network, Some(&trust), NOW_MS).unwrap_err();
        assert!(told.what.contains("none of `est`'s"), "{told}");
        let other = made().1.trust().unwrap();
        let told = bundle.check(network, Some(&other), NOW_MS).unwrap_err();
        assert!(told.what.contains("is of another"), "{told}");
    }
}
