//! What other modules, the node and the interface may read of custody; names and keys of its records.

use super::types::*;
use convoy_ledger::{Halt, Reader};
use convoy_types::{
    Digest, StatementId, cbor,
    epcis::{Event, EventId},
    identifiers::Epc,
    limits::AGGREGATION_DEPTH_MAX,
};
use std::{borrow::Cow, sync::Arc};

/// The record key of the only [`Policy`].
pub const POLICY_KEY: &[u8] = b"policy";

/// The record key of an object.
pub fn object_key(object: &Epc) -> &[u8] {
    object.key().as_bytes()
}

/// The name under which policies and labels know an object, class or lot.
pub use super::about::object_name;

/// The record key of a holding.
pub fn holding_key(class: &Epc, holder: &Holder) -> Vec<u8> {
    let (tag, holder): (u8, &[u8]) = match holder {
        Holder::Loose(member) => (0, member.as_str().as_bytes()),
        Holder::In(container) => (1, container.key().as_bytes()),
        Holder::Offered(handover) => (2, &handover.0),
        Holder::Missing(case) => (3, &case.0),
        Holder::Fitted(asset) => (4, asset.key().as_bytes()),
        Holder::Fixed(member, place) => {
            let member = member.as_str().as_bytes();
            let parts: [&[u8]; 5] = [
                class.key().as_bytes(),
                &[0, 5],
                member,
                &[0],
                place.key().as_bytes(),
            ];
            return parts.concat();
        }
    };
    [class.key().as_bytes(), &[0, tag], holder].concat()
}

/// What a [`Listing`] is about.
#[derive(Clone, Copy, Debug)]
pub enum Listed<'a> {
    /// The objects tied so to this container, asset or place.
    Objects(Bond, &'a Epc),
    /// The classes of which this holder holds an amount.
    Amounts(&'a Holder),
}

/// The record key of a listing.
pub fn listing_key(of: &Listed<'_>) -> Vec<u8> {
    match of {
        Listed::Objects(bond, parent) => [&[bond.number()], parent.key().as_bytes()].concat(),
        Listed::Amounts(holder) => {
            let none: &[u8] = b"";
            let (tag, member, name) = match holder {
                Holder::In(container) => (3, none, container.key().as_bytes()),
                Holder::Fitted(asset) => (4, none, asset.key().as_bytes()),
                Holder::Fixed(member, place) => {
                    (5, member.as_str().as_bytes(), place.key().as_bytes())
                }
                Holder::Loose(member) => (6, member.as_str().as_bytes(), none),
                Holder::Offered(handover) => (7, none, &handover.0[..]),
                Holder::Missing(case) => (8, none, &case.0[..]),
            };
            [&[tag], member, &[0], name].concat()
        }
    }
}

/// Whether the identifier is that of a place: a GLN with or without an inner place.
pub fn is_place(name: &Epc) -> bool {
    name.scheme() == convoy_types::identifiers::Scheme::Sgln
}

/// The record key of a transformation.
pub fn transformation_key(id: &Epc) -> &[u8] {
    id.key().as_bytes()
}

/// The production with this `transformationID`.
pub fn transformation(
    reader: &mut Reader<'_>,
    id: &Epc,
) -> Result<Option<Arc<Transformation>>, Halt> {
    reader.read(transformation_key(id))
}

/// What the ids begin with that are made here for events whose sender gave none; the reference follows.
const MADE_ID: &str = "urn:convoy:event:";

/// The id of an event whose sender gave none: made of its content, so it is the same at every node.
pub fn made_id(event: &Event) -> EventId {
    EventId::Other(format!("{MADE_ID}{}", reference(event)).into())
}

/// The reference of the event with this id. An id made here names the event that it was made for, so
/// that an event which was answered with it and comes back is the same event.
pub fn event_ref(id: &EventId) -> EventRef {
    if let EventId::Other(uri) = id
        && let Some(made) = uri.strip_prefix(MADE_ID)
        && let Ok(reference) = made.parse()
    {
        return reference;
    }
    let (tag, bytes): (&[u8], &[u8]) = match id {
        EventId::Hash(digest) => (b"h", digest),
        EventId::Uuid(uuid) => (b"u", uuid),
        EventId::Other(uri) => (b"o", uri.as_bytes()),
    };
    EventRef::of(&Digest::of_parts(&[b"convoy/event/1", tag, bytes]))
}

/// The reference of `event`: by its id, or by its whole content where it has none. An error
/// declaration has the reference of the event that it repeats.
pub fn reference(event: &Event) -> EventRef {
    if let Some(id) = &event.id {
        return event_ref(id);
    }
    let content = cbor::to_vec(&*plain(event));
    EventRef::of(&Digest::of_parts(&[b"convoy/event/1", b"n", &content]))
}

/// `event` without what is said about it.
fn plain(event: &Event) -> Cow<'_, Event> {
    let Some(more) = &event.more else {
        return Cow::Borrowed(event);
    };
    if !more.is_empty() && more.error_declaration.is_none() && more.record_time.is_none() {
        return Cow::Borrowed(event);
    }
    let mut plain = event.clone();
    let mut more = more.clone();
    more.error_declaration = None;
    more.record_time = None;
    plain.more = (!more.is_empty()).then_some(more);
    Cow::Owned(plain)
}

/// The id of the handover that action number `action` of `statement` offers.
pub fn handover_id(statement: &StatementId, action: u32) -> HandoverId {
    HandoverId::of(&derived(b"convoy/handover/1", statement, action))
}

/// The id of the case that action number `action` of `statement` opens.
pub fn case_id(statement: &StatementId, action: u32) -> CaseId {
    CaseId::of(&derived(b"convoy/case/1", statement, action))
}

fn derived(domain: &[u8], statement: &StatementId, action: u32) -> Digest {
    Digest::of_parts(&[domain, &statement.0.0, &action.to_be_bytes()])
}

/// The object, if the ledger knows it.
pub fn object(reader: &mut Reader<'_>, object: &Epc) -> Result<Option<Arc<Object>>, Halt> {
    let found = reader.read::<Object>(object_key(object))?;
    Ok(found.filter(|object| object.life != Life::Void))
}

/// The outermost container of `object` (itself where it is not packed) with its record: its custodian
/// answers for everything in it.
pub fn outermost(
    reader: &mut Reader<'_>,
    object: &Epc,
) -> Result<Option<(Epc, Arc<Object>)>, Halt> {
    let mut name = object.clone();
    for _ in 0..=AGGREGATION_DEPTH_MAX {
        let Some(record) = self::object(reader, &name)? else {
            return Ok(None);
        };
        match record.container() {
            None => return Ok(Some((name, record))),
            Some(parent) => name = parent.clone(),
        }
    }
    panic!("objects are packed deeper than the limit, around {object}")
}

/// The amount of `class` with `holder`.
pub fn holding(
    reader: &mut Reader<'_>,
    class: &Epc,
    holder: &Holder,
) -> Result<Option<Arc<Holding>>, Halt> {
    reader.read(&holding_key(class, holder))
}

/// The handover with this id.
pub fn handover(reader: &mut Reader<'_>, id: HandoverId) -> Result<Option<Arc<Handover>>, Halt> {
    reader.read(&id.0)
}

/// The case with this id.
pub fn case(reader: &mut Reader<'_>, id: CaseId) -> Result<Option<Arc<Case>>, Halt> {
    reader.read(&id.0)
}

/// The recorded event with this reference.
pub fn event(reader: &mut Reader<'_>, event: EventRef) -> Result<Option<Arc<EventRecord>>, Halt> {
    reader.read(&event.0)
}
