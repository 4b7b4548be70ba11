//! The membership actions of a genesis document.

use super::{
    NAME,
    types::{Action, NewMember, NewSigner},
};
use convoy_types::cbor;

/// A member with its first people, devices and node.
#[derive(Clone, Debug)]
pub struct Founder {
    /// The member.
    pub member: NewMember,
    /// Its signers; one at least should be an administrator.
    pub signers: Vec<NewSigner>,
}

/// The actions, as module name and body each, that found a network of `founders`: every member, then
/// every signer, in the order given, then the policies that a network begins with. Hand them to [`convoy_ledger::Ledger::found`].
pub fn actions(founders: &[Founder]) -> Vec<(String, Vec<u8>)> {
    let members = founders
        .iter()
        .map(|founder| Action::EnrolMember(founder.member.clone()));
    let signers = founders
        .iter()
        .flat_map(|founder| &founder.signers)
        .map(|signer| Action::EnrolSigner(signer.clone()));
    members
        .chain(signers)
        .map(|action| (NAME.to_owned(), cbor::to_vec(&action)))
        .chain(crate::policy::founding())
        .collect()
}
