//! Custody's events as rows.
//!
//! Flow: the core stores each event; this notes under which objects, lots, containers, handovers and
//! cases it is found (postings), and keeps the captured EPCIS event itself beside the event. What an
//! object is now needs no row: it is what the last event that lists it says. Rows exist where a question
//! is not about one object: open handovers, cases, amounts, times.
//!
//! Cost: an ordinary captured event writes two postings and no row of its own.

use super::{
    NAME,
    index::{GEO, Index, KNOWN, stored_key},
    types::{Case, CaseState, Changes, Discrepancy, Event, Handover, HandoverState, Holder},
};
use convoy_ledger::Prepared;
use convoy_readmodel::{
    EventFacts, Fault, Position, Projection, Rows,
    schema::{Table, bytes, integer, text},
    value::unsigned,
};
use convoy_types::{Statement, cbor, epcis::EventKind, identifiers::Epc, wire::Reader};

/// Postings under an object, class, lot or container, by [`Epc::key`](convoy_types::identifiers::Epc::key).
pub(super) const OBJECT: &str = "object";
/// Postings under a handover's id.
pub(super) const HANDOVER: &str = "handover";
/// Postings under a case's id.
pub(super) const CASE: &str = "case";

/// Events declared wrong, by their reference; `position` is that of the declaration.
pub(super) static WRONG: Table = Table {
    name: "custody_wrong",
    columns: &[integer("compartment"), bytes("event"), integer("position")],
    key: 2,
    indexes: &[],
};
/// Handovers that are open, so few that looking one up is cheap; `position` is that of the offer.
pub(super) static OPEN: Table = Table {
    name: "custody_open",
    columns: &[
        integer("compartment"),
        bytes("handover"),
        integer("position"),
    ],
    key: 2,
    indexes: &[],
};
/// Handovers by the position of their offer; `ended` is the position of what ended it, `sender` and
/// `receiver` are words.
pub(super) static HANDOVERS: Table = Table {
    name: "custody_handover",
    columns: &[
        integer("position"),
        integer("sender"),
        integer("receiver"),
        integer("state"),
        integer("ended").or_null(),
    ],
    key: 1,
    indexes: &[],
};
/// Cases; `opened` and `changed` are positions, `member` is a word.
pub(super) static CASES: Table = Table {
    name: "custody_case",
    columns: &[
        integer("compartment"),
        bytes("id"),
        integer("member"),
        integer("state"),
        integer("opened"),
        integer("changed"),
        integer("due_ms"),
    ],
    key: 2,
    indexes: &[&["compartment", "state"]],
};
/// Amounts as they are now; `holder` as [`holder_name`] writes it, `now` in CBOR.
pub(super) static HOLDING: Table = Table {
    name: "custody_holding",
    columns: &[
        integer("compartment"),
        text("class"),
        text("holder"),
        bytes("now"),
        integer("position"),
    ],
    key: 3,
    indexes: &[&["compartment", "holder"]],
};
/// The earliest and the latest claimed time of a block's events, by the block's first position.
pub(super) static SPAN: Table = Table {
    name: "custody_span",
    columns: &[integer("position"), integer("first_ms"), integer("last_ms")],
    key: 1,
    indexes: &[&["first_ms"], &["last_ms"]],
};

/// The projection of custody.
#[derive(Clone, Debug, Default)]
pub struct CustodyProjection {
    /// Claimed times of the block's events so far.
    span: Option<(i64, i64)>,
    /// What else they are found under.
    index: Index,
}

/// A holder as stored: `member:est`, `in:` or `fitted:` and a key, `fixed:` with a place's key and a member,
/// `handover:` or `case:` and its id.
pub(super) fn holder_name(holder: &Holder) -> String {
    match holder {
        Holder::Loose(member) => format!("member:{member}"),
        Holder::In(container) => format!("in:{}", container.key()),
        Holder::Offered(handover) => format!("handover:{handover}"),
        Holder::Missing(case) => format!("case:{case}"),
        Holder::Fitted(asset) => format!("fitted:{}", asset.key()),
        Holder::Fixed(member, place) => format!("fixed:{}:{member}", place.key()),
    }
}

impl Event {
    /// What it changed.
    pub fn changes(&self) -> &Changes {
        match self {
            Self::Captured(event) => &event.changes,
            Self::DeclaredWrong(event) => &event.changes,
            Self::Offered(event) => &event.changes,
            Self::HandoverEnded(event) => &event.changes,
            Self::LossReported(event) => &event.changes,
            Self::DiscrepancyReported(event) => &event.changes,
            Self::CaseChanged(event) => &event.changes,
        }
    }

    /// Claimed time, milliseconds since 1970.
    pub fn event_time_ms(&self) -> i64 {
        match self {
            Self::Captured(event) => event.event_time_ms,
            Self::DeclaredWrong(event) => event.event_time_ms,
            Self::Offered(event) => event.event_time_ms,
            Self::HandoverEnded(event) => event.event_time_ms,
            Self::LossReported(event) => event.event_time_ms,
            Self::DiscrepancyReported(event) => event.event_time_ms,
            Self::CaseChanged(event) => event.event_time_ms,
        }
    }
}

impl Projection for CustodyProjection {
    fn module(&self) -> &'static str {
        NAME
    }

    fn version(&self) -> u32 {
        3
    }

    fn tables(&self) -> &'static [&'static Table] {
        static ALL: [&Table; 8] = [
            &WRONG, &OPEN, &HANDOVERS, &CASES, &HOLDING, &SPAN, &KNOWN, &GEO,
        ];
        &ALL
    }

    fn apply<'e>(
        &mut self,
        rows: &mut Rows<'_>,
        event: &EventFacts<'e>,
    ) -> Result<Option<&'e [u8]>, Fault> {
        if let Some(plain) = Plain::read(event.body) {
            self.widen(plain.event_time_ms);
            for object in &plain.objects {
                rows.post(OBJECT, object.as_bytes());
            }
            let body = action_body(event, plain.action);
            self.index
                .note(rows, &plain.event, body, &plain.objects, &plain.places)?;
            return Ok(body);
        }
        let said: Event =
            cbor::from_slice(event.body).map_err(|error| Fault::Event(error.to_string()))?;
        self.widen(said.event_time_ms());
        post_changes(rows, event.position, said.changes())?;
        for place in places(said.changes()) {
            self.index.note_place(rows, place);
        }
        let (compartment, position) = (rows.compartment(), event.position.raw());
        match &said {
            Event::Captured(captured) => {
                captured
                    .passed
                    .iter()
                    .for_each(|name| rows.post(OBJECT, name.key().as_bytes()));
                let body = action_body(event, captured.action);
                self.index.note(rows, &captured.event.0, body, &[], &[])?;
                return Ok(body);
            }
            Event::DeclaredWrong(declared) => {
                let row = [
                    compartment.into(),
                    declared.event.0[..].into(),
                    position.into(),
                ];
                rows.upsert(&WRONG, &row)?;
                let body = action_body(event, declared.action);
                self.index.note(rows, &declared.event.0, body, &[], &[])?;
                return Ok(body);
            }
            Event::Offered(offered) => {
                open_handover(rows, &offered.handover.0, &offered.now, position)?;
                say(rows, &offered.now.terms)?;
            }
            Event::HandoverEnded(ended) => {
                rows.post(HANDOVER, &ended.handover.0);
                say(rows, &ended.reason)?;
                end_handover(rows, &ended.handover.0, ended.state, position)?;
            }
            Event::LossReported(reported) => {
                open_case(rows, &reported.case.0, &reported.now, position)?;
                say(rows, &reported.circumstances)?;
            }
            Event::DiscrepancyReported(reported) => {
                post_discrepancies(rows, &reported.discrepancies);
                open_case(rows, &reported.case.0, &reported.now, position)?;
            }
            Event::CaseChanged(changed) => {
                rows.post(CASE, &changed.case.0);
                say(rows, &changed.account)?;
                change_case(rows, &changed.case.0, changed.now.state, position)?;
            }
        }
        Ok(None)
    }

    fn end_block(&mut self, rows: &mut Rows<'_>) -> convoy_readmodel::Result<()> {
        self.index.end_block(rows);
        let Some((first, last)) = self.span.take() else {
            return Ok(());
        };
        let position = rows.position().raw();
        rows.insert(&SPAN, &[position.into(), first.into(), last.into()])
    }

    fn abandon(&mut self) {
        self.span = None;
        self.index.abandon();
    }
}

impl CustodyProjection {
    fn widen(&mut self, time_ms: i64) {
        let (first, last) = self.span.unwrap_or((time_ms, time_ms));
        self.span = Some((first.min(time_ms), last.max(time_ms)));
    }
}

/// What the projection needs of an ordinary captured event, read in one pass over its bytes.
///
/// Most events are of this kind, and making identifiers and members of all that they hold costs more
/// than their rows. An event of any other shape is `None` here and is decoded in full.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Plain<'a> {
    pub(super) event_time_ms: i64,
    /// The event's reference.
    pub(super) event: [u8; 16],
    pub(super) action: u32,
    /// [`Epc::key`](convoy_types::identifiers::Epc::key) of each object that it lists: at least one.
    pub(super) objects: Vec<&'a str>,
    /// The same of each place where some of them are from now on.
    pub(super) places: Vec<&'a str>,
}

impl<'a> Plain<'a> {
    /// Reads a [`Captured`](super::types::Captured) that changed objects and no amounts.
    pub(super) fn read(body: &'a [u8]) -> Option<Self> {
        let mut reader = Reader::new(body);
        if reader.map().ok()? != 1 || reader.text().ok()? != "captured" {
            return None;
        }
        reader.array_of(9).ok()?;
        reader.uint_exact(2).ok()?;
        let event_time_ms = reader.int().ok()?;
        let event = reader.bytes_exact::<16>().ok()?;
        let action = u32::try_from(reader.uint().ok()?).ok()?;
        reader.text().ok()?;
        reader.uint().ok()?;
        if reader.uint().ok()? > u64::from(u8::from(EventKind::Aggregation)) {
            return None; // ties objects to documents, to places or to what came of them
        }
        if reader.array().ok()? > 0 {
            return None; // passed over something
        }
        reader.array_of(2).ok()?;
        let mut objects = Vec::with_capacity(1);
        let groups = reader.array().ok()?;
        let mut places = Vec::with_capacity(1);
        for _ in 0..groups {
            reader.array_of(2).ok()?;
            for _ in 0..reader.array().ok()? {
                objects.push(stored_key(reader.text().ok()?));
            }
            if let Some(place) = read_place(&mut reader)?
                && !places.contains(&place)
            {
                places.push(place);
            }
        }
        let amounts = reader.array().ok()?;
        reader.end().ok()?;
        (amounts == 0 && !objects.is_empty()).then_some(Self {
            event_time_ms,
            event,
            action,
            objects,
            places,
        })
    }
}

/// Passes over an [`ObjectNow`](super::types::ObjectNow) and says where the objects are.
fn read_place<'a>(reader: &mut Reader<'a>) -> Option<Option<&'a str>> {
    reader.array_of(11).ok()?;
    let _two_texts = (reader.text().ok()?, reader.text().ok()?);
    let _two_numbers = (reader.uint().ok()?, reader.uint().ok()?);
    skip_term(reader)?;
    reader.uint().ok()?;
    if !reader.null() {
        return None; // held: part of an offer or a case
    }
    let place = match reader.null() {
        true => None,
        false => Some(stored_key(reader.text().ok()?)),
    };
    skip_term(reader)?;
    skip_term(reader)?;
    reader.int().ok()?;
    Some(place)
}

/// Passes over an identifier or a CBV term: text, a number or nothing.
fn skip_term(reader: &mut Reader<'_>) -> Option<()> {
    if reader.null() {
        Some(())
    } else if reader.next_is_text() {
        reader.text().ok().map(drop)
    } else {
        reader.uint().ok().map(drop)
    }
}

/// The action that an event comes from, as signed.
fn action_body<'e>(event: &EventFacts<'e>, action: u32) -> Option<&'e [u8]> {
    let known = event.statement?.prepared.as_ref()?;
    let statement = match known.downcast_ref::<Prepared>() {
        Some(prepared) => &prepared.statement,
        None => known.downcast_ref::<Statement>()?,
    };
    Some(&statement.actions().get(action as usize)?.body)
}

/// Makes an event findable by what people wrote.
fn say(rows: &mut Rows<'_>, text: &str) -> convoy_readmodel::Result<()> {
    match text.is_empty() {
        true => Ok(()),
        false => rows.index_text(text),
    }
}

/// Where what changed is from now on.
fn places(changes: &Changes) -> impl Iterator<Item = &Epc> {
    let objects = changes
        .objects
        .iter()
        .filter_map(|group| group.now.place.as_ref());
    let amounts = changes.holdings.iter();
    objects.chain(amounts.filter_map(|holding| holding.now.as_ref()?.place.as_ref()))
}

/// Notes the event under everything it changed, and stores amounts.
fn post_changes(rows: &mut Rows<'_>, at: Position, changes: &Changes) -> Result<(), Fault> {
    for group in &changes.objects {
        for object in &group.objects {
            rows.post(OBJECT, object.key().as_bytes());
        }
    }
    for holding in &changes.holdings {
        rows.post(OBJECT, holding.class.key().as_bytes());
        if let Holder::In(container) | Holder::Fitted(container) | Holder::Fixed(_, container) =
            &holding.holder
        {
            rows.post(OBJECT, container.key().as_bytes());
        }
        let (class, holder) = (holding.class.key(), holder_name(&holding.holder));
        let key = [rows.compartment().into(), class.into(), holder[..].into()];
        match &holding.now {
            None => rows.delete(&HOLDING, &key)?,
            Some(now) => {
                let now = cbor::to_vec(now);
                let [compartment, class, holder] = key;
                let row = [compartment, class, holder, now[..].into(), at.raw().into()];
                rows.upsert(&HOLDING, &row)?;
            }
        }
    }
    Ok(())
}

fn open_handover(
    rows: &mut Rows<'_>,
    id: &[u8],
    now: &Handover,
    position: i64,
) -> Result<(), Fault> {
    rows.post(HANDOVER, id);
    if let Some(returned) = &now.returns {
        rows.post(HANDOVER, &returned.0);
    }
    let sender = rows.word(now.from.as_str())?;
    let receiver = rows.word(now.to.as_str())?;
    let compartment = rows.compartment();
    rows.upsert(&OPEN, &[compartment.into(), id.into(), position.into()])?;
    let row = [
        position.into(),
        sender.into(),
        receiver.into(),
        i64::from(now.state.number()).into(),
        None::<i64>.into(),
    ];
    rows.upsert(&HANDOVERS, &row)?;
    Ok(())
}

fn end_handover(
    rows: &mut Rows<'_>,
    id: &[u8],
    state: HandoverState,
    position: i64,
) -> Result<(), Fault> {
    let key = [rows.compartment().into(), id.into()];
    let sql = "SELECT position FROM custody_open WHERE compartment = ?1 AND handover = ?2";
    let Some(offer) = rows.first(sql, &key, |row| row.integer(0))? else {
        return Ok(());
    };
    rows.delete(&OPEN, &key)?;
    let state = i64::from(state.number());
    let sql = "UPDATE custody_handover SET state = ?2, ended = ?3 WHERE position = ?1";
    rows.execute(sql, &[offer.into(), state.into(), position.into()])?;
    Ok(())
}

/// Notes under what a discrepancy names that there is one, also where it changed nothing.
fn post_discrepancies(rows: &mut Rows<'_>, discrepancies: &[Discrepancy]) {
    for one in discrepancies {
        let portion = one.portion.as_ref();
        let container = portion.and_then(|portion| portion.container.as_ref());
        let class = portion.map(|portion| &portion.class);
        for name in one.object.iter().chain(class).chain(container) {
            rows.post(OBJECT, name.key().as_bytes());
        }
    }
}

fn open_case(rows: &mut Rows<'_>, id: &[u8], now: &Case, position: i64) -> Result<(), Fault> {
    rows.post(CASE, id);
    let member = rows.word(now.member.as_str())?;
    let row = [
        rows.compartment().into(),
        id.into(),
        member.into(),
        i64::from(now.state.number()).into(),
        position.into(),
        position.into(),
        unsigned(now.due_ms),
    ];
    rows.upsert(&CASES, &row)?;
    Ok(())
}

fn change_case(
    rows: &mut Rows<'_>,
    id: &[u8],
    state: CaseState,
    position: i64,
) -> Result<(), Fault> {
    let values = [
        rows.compartment().into(),
        id.into(),
        i64::from(state.number()).into(),
        position.into(),
    ];
    let sql = "UPDATE custody_case SET state = ?3, changed = ?4 WHERE compartment = ?1 AND id = ?2";
    rows.execute(sql, &values)?;
    Ok(())
}
