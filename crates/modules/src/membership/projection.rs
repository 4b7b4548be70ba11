//! Membership's events as rows: every member, unit, signer and key as it is now.
//!
//! Events tell records whole, so a row is replaced by the next event about the same thing.

use super::{NAME, types::Event};
use convoy_readmodel::{
    EventFacts, Fault, Projection, Rows,
    schema::{Table, bytes, integer, text},
};
use convoy_types::cbor;

/// Members by short name. `now` is the record in CBOR.
pub(super) static MEMBER: Table = Table {
    name: "membership_member",
    columns: &[
        integer("compartment"),
        text("member"),
        bytes("now"),
        integer("position"),
    ],
    key: 2,
    indexes: &[],
};
/// Units by member and short name.
pub(super) static UNIT: Table = Table {
    name: "membership_unit",
    columns: &[
        integer("compartment"),
        text("member"),
        text("unit"),
        bytes("now"),
        integer("position"),
    ],
    key: 3,
    indexes: &[],
};
/// Posts by member and short name.
pub(super) static POST: Table = Table {
    name: "membership_post",
    columns: &[
        integer("compartment"),
        text("member"),
        text("post"),
        bytes("now"),
        integer("position"),
    ],
    key: 3,
    indexes: &[],
};
/// Signers by DID, and by member for the list.
pub(super) static SIGNER: Table = Table {
    name: "membership_signer",
    columns: &[
        integer("compartment"),
        text("did"),
        text("member"),
        bytes("now"),
        integer("position"),
    ],
    key: 2,
    indexes: &[&["compartment", "member"]],
};
/// Keys by DID and key id.
pub(super) static KEY: Table = Table {
    name: "membership_key",
    columns: &[
        integer("compartment"),
        text("did"),
        bytes("key_id"),
        bytes("now"),
        text("reason"),
        integer("position"),
    ],
    key: 3,
    indexes: &[],
};

/// Records that are the only one of their table, by its name: the set of validators, the nodes; and the reinstatement of a member.
pub(super) static ONE: Table = Table {
    name: "membership_one",
    columns: &[
        integer("compartment"),
        text("name"),
        bytes("now"),
        integer("position"),
    ],
    key: 2,
    indexes: &[],
};

/// The name in [`ONE`] of what is planned about a member that lost everything.
pub(super) fn reinstatement_of(member: &str) -> String {
    format!("reinstatement/{member}")
}

/// The projection of membership.
#[derive(Clone, Copy, Debug, Default)]
pub struct MembershipProjection;

impl Projection for MembershipProjection {
    fn module(&self) -> &'static str {
        NAME
    }

    fn version(&self) -> u32 {
        3
    }

    fn tables(&self) -> &'static [&'static Table] {
        static ALL: [&Table; 6] = [&MEMBER, &UNIT, &POST, &SIGNER, &KEY, &ONE];
        &ALL
    }

    fn apply<'e>(
        &mut self,
        rows: &mut Rows<'_>,
        event: &EventFacts<'e>,
    ) -> Result<Option<&'e [u8]>, Fault> {
        let said: Event =
            cbor::from_slice(event.body).map_err(|error| Fault::Event(error.to_string()))?;
        let (compartment, position) = (rows.compartment().into(), event.position.raw().into());
        match said {
            Event::Member { member, now } => {
                let now = cbor::to_vec(&now);
                let row = [
                    compartment,
                    member.as_str().into(),
                    now[..].into(),
                    position,
                ];
                rows.upsert(&MEMBER, &row)?;
            }
            Event::Unit { member, unit, now } => {
                let now = cbor::to_vec(&now);
                let (member, unit) = (member.as_str().into(), unit.as_str().into());
                rows.upsert(
                    &UNIT,
                    &[compartment, member, unit, now[..].into(), position],
                )?;
            }
            Event::Post { member, post, now } => {
                let now = cbor::to_vec(&now);
                let (member, post) = (member.as_str().into(), post.as_str().into());
                rows.upsert(
                    &POST,
                    &[compartment, member, post, now[..].into(), position],
                )?;
            }
            Event::Signer { did, now } => {
                let stored = cbor::to_vec(&now);
                let (did, member) = (did.as_str().into(), now.member.as_str().into());
                rows.upsert(
                    &SIGNER,
                    &[compartment, did, member, stored[..].into(), position],
                )?;
            }
            Event::Validators { now } => {
                let now = cbor::to_vec(&now);
                rows.upsert(
                    &ONE,
                    &[compartment, "validators".into(), now[..].into(), position],
                )?;
            }
            Event::Protocol { now } => {
                let now = cbor::to_vec(&now);
                rows.upsert(
                    &ONE,
                    &[compartment, "protocol".into(), now[..].into(), position],
                )?;
            }
            Event::Reinstatement { member, now } => {
                let (name, now) = (reinstatement_of(member.as_str()), cbor::to_vec(&now));
                rows.upsert(
                    &ONE,
                    &[compartment, name.as_str().into(), now[..].into(), position],
                )?;
            }
            Event::Nodes { now } => {
                let now = cbor::to_vec(&now);
                rows.upsert(
                    &ONE,
                    &[compartment, "nodes".into(), now[..].into(), position],
                )?;
            }
            // Told on the feed; what is now is read from the state.
            Event::Enrolment { .. } | Event::Recovery { .. } => {}
            Event::Key {
                did,
                key_id,
                now,
                reason,
            } => {
                let now = cbor::to_vec(&now);
                let row = [
                    compartment,
                    did.as_str().into(),
                    key_id.0[..].into(),
                    now[..].into(),
                    reason.as_str().into(),
                    position,
                ];
                rows.upsert(&KEY, &row)?;
            }
        }
        Ok(None)
    }
}
