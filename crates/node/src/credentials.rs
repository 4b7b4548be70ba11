//! Credentials that the node issues in its member's name.

use crate::{handle::NodeHandle, keystore::KeystoreError};
use convoy_types::{
    Did,
    credential::{Position, Terms},
    did::document::fragment,
    sd_jwt::{SdJwt, SdJwtError},
    status_list::{self, StatusList},
};

/// Why a credential cannot be issued.
#[derive(Debug, thiserror::Error)]
pub enum CredentialError {
    /// The member's key cannot be used.
    #[error(transparent)]
    Key(#[from] KeystoreError),
    /// It cannot be signed.
    #[error(transparent)]
    Form(#[from] SdJwtError),
}

impl NodeHandle {
    /// The DID under which the node signs tree heads and credentials; none where its member is no founder.
    pub fn issuer(&self) -> Option<&Did> {
        let mut heads = self.trust().tree_heads.iter();
        let own = heads.find(|head| head.member == self.info().member);
        own.map(|head| &head.issuer)
    }

    /// Issues a credential that says `position` on these terms.
    ///
    /// # Errors
    /// The keystore holds no key of the member, or the system's random source fails.
    pub fn issue(&self, position: &Position, terms: &Terms) -> Result<SdJwt, CredentialError> {
        Ok(position.issue(terms, &self.0.signers.member_key()?)?)
    }

    /// Signs the status list of the credentials issued here.
    ///
    /// # Errors
    /// The keystore holds no key of the member, or the system's random source fails.
    pub fn publish_status(
        &self,
        list: &StatusList,
        issuer: &Did,
        terms: status_list::Terms<'_>,
    ) -> Result<String, CredentialError> {
        let key = self.0.signers.member_key()?;
        let kid = format!("{issuer}#{}", fragment(issuer, key.public()));
        let terms = status_list::Terms {
            issuer: issuer.as_str(),
            kid: &kid,
            ..terms
        };
        Ok(list.publish(&terms, &key)?)
    }
}
