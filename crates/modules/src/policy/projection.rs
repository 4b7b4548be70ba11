//! Policy's events as rows: every policy as it is now. Events tell records whole, so a row is replaced by the next event about it.

use super::{NAME, types::Event};
use convoy_readmodel::{
    EventFacts, Fault, Projection, Rows,
    schema::{Table, bytes, integer, text},
};
use convoy_types::cbor;

/// Policies by id. `now` is the record in CBOR.
pub(super) static POLICY: Table = Table {
    name: "policy_policy",
    columns: &[
        integer("compartment"),
        text("id"),
        bytes("now"),
        text("reason"),
        integer("position"),
    ],
    key: 2,
    indexes: &[],
};

/// Labels by the name of their record. `now` is the record in CBOR.
pub(super) static LABEL: Table = Table {
    name: "policy_label",
    columns: &[
        integer("compartment"),
        text("record"),
        bytes("now"),
        text("reason"),
        integer("position"),
    ],
    key: 2,
    indexes: &[&["compartment", "position"]],
};

/// Requests for approval by id. `now` is the record in CBOR.
pub(super) static REQUEST: Table = Table {
    name: "policy_request",
    columns: &[
        integer("compartment"),
        bytes("request"),
        integer("state"),
        bytes("now"),
        integer("position"),
    ],
    key: 2,
    indexes: &[&["compartment", "position"]],
};

/// The projection of policy.
#[derive(Clone, Copy, Debug, Default)]
pub struct PolicyProjection;

impl Projection for PolicyProjection {
    fn module(&self) -> &'static str {
        NAME
    }

    fn version(&self) -> u32 {
        2
    }

    fn tables(&self) -> &'static [&'static Table] {
        static ALL: [&Table; 3] = [&POLICY, &LABEL, &REQUEST];
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
            Event::Request { request, now } => {
                let state = i64::from(now.state.number()).into();
                let now = cbor::to_vec(&now);
                let row = [
                    compartment,
                    request.0[..].into(),
                    state,
                    now[..].into(),
                    position,
                ];
                rows.upsert(&REQUEST, &row)?;
            }
            Event::Label {
                record,
                now,
                reason,
            } => {
                let now = cbor::to_vec(&now);
                let row = [
                    compartment,
                    record.as_str().into(),
                    now[..].into(),
                    reason.as_str().into(),
                    position,
                ];
                rows.upsert(&LABEL, &row)?;
            }
            Event::Policy { id, now, reason } => {
                let now = cbor::to_vec(&now);
                let row = [
                    compartment,
                    id.as_str().into(),
                    now[..].into(),
                    reason.as_str().into(),
                    position,
                ];
                rows.upsert(&POLICY, &row)?;
            }
        }
        Ok(None)
    }
}
