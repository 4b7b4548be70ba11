//! The founders' signatures under a genesis document.
//!
//! Each member that founds the network or runs a validator signs the document's digest with a key that the document itself names: its
//! tree-head key, or that of one of its first administrators. A node starts from a document that all of them signed and from no other, so
//! nobody is founded into a network unasked, and a document that was changed on its way is noticed.
//!
//! ```text
//! signed = "convoy genesis 1" ‖ digest of the document without its signatures
//! ```

use crate::genesis::{GenesisDocument, GenesisError, GenesisMember};
use convoy_modules::membership::types::Role;
use convoy_types::{
    MemberId,
    cose::{KeyId, PublicKey, SigningKey},
};
use serde::{Deserialize, Serialize};

const TAG: &[u8] = b"convoy genesis 1";

/// A founder's word that this is the network it founds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FounderSignature {
    /// The founder.
    pub member: MemberId,
    /// The key, one that the document names for that member.
    pub key: KeyId,
    /// The signature in hexadecimal.
    pub signature: String,
}

impl GenesisMember {
    /// Whether the network cannot be founded without its signature.
    pub fn must_sign(&self) -> bool {
        self.member.founding || self.member.validator.is_some()
    }

    /// The keys with which it may sign the document.
    fn founding_keys(&self) -> impl Iterator<Item = &PublicKey> {
        let administrators = self
            .signers
            .iter()
            .filter(|signer| signer.roles.has(Role::MemberAdministrator));
        let theirs = administrators.flat_map(|signer| signer.keys.iter().map(|key| &key.key));
        self.member.tree_head_keys.iter().chain(theirs)
    }
}

impl GenesisDocument {
    fn signed_bytes(&self) -> Vec<u8> {
        [TAG, &self.digest().0].concat()
    }

    /// `member`'s signature under the document.
    ///
    /// # Errors
    /// The document does not name the key for that member.
    pub fn signature(
        &self,
        member: &MemberId,
        key: &SigningKey,
    ) -> Result<FounderSignature, GenesisError> {
        let refused = |reason: String| Err(GenesisError::Refused(reason));
        let Some(founder) = self.member(member) else {
            return refused(format!("member `{member}` is not in it"));
        };
        if !founder.founding_keys().any(|known| known == key.public()) {
            return refused(format!(
                "it names other keys for member `{member}` than the one to sign with"
            ));
        }
        let signature = key
            .sign(&self.signed_bytes())
            .map_err(|error| GenesisError::Refused(error.to_string()))?;
        Ok(FounderSignature {
            member: member.clone(),
            key: key.public().key_id(),
            signature: hex::encode(signature),
        })
    }

    /// Adds a signature, in the order of the members; one of the same member is replaced.
    ///
    /// # Errors
    /// It does not hold for this document.
    pub fn add_signature(&mut self, signature: FounderSignature) -> Result<(), GenesisError> {
        self.check_signature(&signature)?;
        self.signatures
            .retain(|known| known.member != signature.member);
        self.signatures.push(signature);
        let places: Vec<MemberId> = self
            .members
            .iter()
            .map(|founder| founder.member.member.clone())
            .collect();
        self.signatures
            .sort_by_key(|known| places.iter().position(|place| *place == known.member));
        Ok(())
    }

    fn check_signature(&self, signature: &FounderSignature) -> Result<(), GenesisError> {
        let member = &signature.member;
        let refused = |reason: String| Err(GenesisError::Refused(reason));
        let Some(founder) = self.member(member) else {
            return refused(format!(
                "it is signed by `{member}`, who is none of its members"
            ));
        };
        let key = founder
            .founding_keys()
            .find(|key| key.key_id() == signature.key);
        let Some(key) = key else {
            return refused(format!(
                "the signature of `{member}` is by a key that the document does not name for that member"
            ));
        };
        let bytes = hex::decode(&signature.signature).unwrap_or_default();
        if key.verify(&self.signed_bytes(), &bytes).is_err() {
            return refused(format!(
                "the signature of `{member}` does not hold: the document was changed after it was signed, or the signature is of another one"
            ));
        }
        Ok(())
    }

    /// The members whose signatures are missing.
    pub fn unsigned(&self) -> Vec<&MemberId> {
        let signed =
            |member: &MemberId| self.signatures.iter().any(|known| known.member == *member);
        self.members
            .iter()
            .filter(|founder| founder.must_sign() && !signed(&founder.member.member))
            .map(|founder| &founder.member.member)
            .collect()
    }

    /// Whether every founder signed the document as it is.
    ///
    /// # Errors
    /// Whose signature is missing or does not hold.
    pub fn check_signed(&self) -> Result<(), GenesisError> {
        for signature in &self.signatures {
            self.check_signature(signature)?;
        }
        let missing = self.unsigned();
        if missing.is_empty() {
            return Ok(());
        }
        let names: Vec<&str> = missing.iter().map(|member| member.as_str()).collect();
        Err(GenesisError::Refused(format!(
            "it is not signed by {}; each founder signs it with `convoy network sign`, and `convoy network found` puts the signatures together",
            names.join(", ")
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use convoy_modules::membership::types::{MemberKind, NewMember, ValidatorKey};
    use convoy_types::{Digest, cose::Algorithm};

    fn founder(id: &str, key: &SigningKey) -> GenesisMember {
        GenesisMember {
            member: NewMember {
                member: id.parse().unwrap(),
                name: id.to_uppercase(),
                kind: MemberKind::Nation,
                founding: true,
                validator: Some(ValidatorKey(Digest::of(id.as_bytes()))),
                tree_head_keys: vec![key.public().clone()],
                node: None,
            },
            node: "did:convoy:1".parse().unwrap(),
            place: None,
            signers: Vec::new(),
        }
    }

    #[test]
    fn a_document_is_whole_with_the_signatures_of_all_founders_and_of_no_others() {
        let keys: Vec<SigningKey> = (0..2)
            .map(|_| SigningKey::generate(Algorithm::Ed25519).unwrap())
            .collect();
        let mut document = GenesisDocument {
            version: crate::genesis::GENESIS_VERSION,
            name: "trial".into(),
            time_ms: 1,
            members: vec![founder("est", &keys[0]), founder("fra", &keys[1])],
            signatures: Vec::new(),
        };
        let digest = document.digest();
        let [est, fra]: [MemberId; 2] = ["est", "fra"].map(|id| id.parse().unwrap());
        let told = |refused: Result<(), GenesisError>| refused.unwrap_err().to_string();
        document
            .add_signature(document.signature(&fra, &keys[1]).unwrap())
            .unwrap();
        assert!(told(document.check_signed()).contains("not signed by est;"));
        assert!(document.signature(&est, &keys[1]).is_err());
        let own = document.signature(&est, &keys[0]).unwrap();
        let forged = FounderSignature {
            member: fra.clone(),
            ..own.clone()
        };
        assert!(told(document.add_signature(forged)).contains("does not name for that member"));
        document.add_signature(own).unwrap();
        document.check_signed().unwrap();
        assert_eq!(
            (document.digest(), document.signatures[0].member.clone()),
            (digest, est)
        );
        document.members[1].member.name = "Other".into();
        assert!(told(document.check_signed()).contains("of `est` does not hold"));
    }
}
