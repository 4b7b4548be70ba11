//! What custody says of itself: who may ask for what, its questions, records and events.

use super::{
    Custody, about,
    capture::CAPTURE_ROLES,
    handover::{BUNDLE_BYTES_MAX, HANDOVER_ROLES},
    limits,
    projection::CustodyProjection,
    queries::{
        self, BelongingPage, CasePage, CaseQuery, CaseView, ContentsView, HandoverPage,
        HandoverQuery, HandoverView, TraceView,
    },
    tell,
    transition::{Request, WRITE_OFF},
    types::{
        Action, BUNDLE_OBJECTS_MAX, CORRECTION_EVENTS_MAX, Case, CaseId, CaseState,
        EVENT_AHEAD_MS_MAX, Event, EventRecord, Handover, HandoverId, HandoverState, Holding,
        LISTED_BYTES_MAX, LISTED_MAX, Listing, OFFER_OPEN_MS_MAX, Object, Policy, SWEPT_BYTES_MAX,
        TEXT_BYTES_MAX, Transformation,
    },
};
use crate::domain::{
    Act, Amount, Domain, Limit, Misfit, Query, RecordKind, Shape, Told, at_most, read,
};
use crate::{Hundred, Slot};
use convoy_ledger::Record;
use convoy_readmodel::{Cursor, Projection, Snapshot};
use convoy_types::{
    MemberId,
    epcis::{Timestamp, json::parse_document},
    identifiers::Epc,
};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

const CAPTURE: &str = r#"{
    "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
    "type": "ObjectEvent", "action": "ADD", "bizStep": "commissioning", "disposition": "active",
    "eventTime": "2026-11-02T09:00:00Z", "eventTimeZoneOffset": "+01:00",
    "epcList": ["urn:epc:id:sscc:9521101.0000000011"],
    "bizLocation": {"id": "urn:epc:id:sgln:9521101.00010.0"}
}"#;

/// Which object.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OneObject {
    /// The object, class or lot: EPC URN, GS1 Digital Link or another URI.
    id: Epc,
}

/// Which document.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OneDocument {
    /// The document: the `bizTransaction` of transaction events.
    id: Epc,
}

/// Which production.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OneProduction {
    /// The `transformationID` of its events.
    id: Epc,
}

/// Which container, and when.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ContentsOf {
    /// The container.
    id: Epc,
    /// As it was at this claimed time; now where left out.
    #[serde(default)]
    at: Option<Timestamp>,
}

/// Which handover.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OneHandover {
    /// The handover's id.
    handover: HandoverId,
}

/// Which case.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OneCase {
    /// The case's id.
    case: CaseId,
}

/// Which handovers.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Handovers {
    /// Only in this state.
    #[serde(default)]
    state: Option<HandoverState>,
    /// Only those offered by or to this member.
    #[serde(default)]
    member: Option<MemberId>,
    /// How many at most.
    #[serde(default)]
    limit: Limit,
    /// Only those before this cursor, from `next` of the page before.
    #[serde(default)]
    cursor: Option<Cursor>,
}

/// Which cases.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Cases {
    /// Only in this state; `open` includes escalated ones.
    #[serde(default)]
    state: Option<CaseState>,
    /// Only those of this member.
    #[serde(default)]
    member: Option<MemberId>,
    /// How many at most.
    #[serde(default)]
    limit: Limit,
    /// Only those before this cursor, from `next` of the page before.
    #[serde(default)]
    cursor: Option<Cursor>,
}

/// Refusals 200 to 299.
impl Slot for Hundred<2> {
    type Module = Custody;
}

impl Domain for Custody {
    const SUMMARY: &'static str = "Goods: where they are, who owns them, who answers for them, how they change hands, and what is missing.";
    const ACTIONS: &'static [Act] = &[
        Act::by(CAPTURE_ROLES, "capture", CAPTURE),
        Act::by(
            HANDOVER_ROLES,
            "offer_handover",
            r#"{"to": "fra", "objects": ["urn:epc:id:sscc:9521101.0000000011"]}"#,
        ),
        Act::by(
            HANDOVER_ROLES,
            "accept_handover",
            r#"{"handover": "0f1e2d3c4b5a69788796a5b4c3d2e1f0"}"#,
        ),
        Act::by(
            HANDOVER_ROLES,
            "refuse_handover",
            r#"{"handover": "0f1e2d3c4b5a69788796a5b4c3d2e1f0", "reason": "the seal is broken"}"#,
        ),
        Act::by(
            HANDOVER_ROLES,
            "withdraw_handover",
            r#"{"handover": "0f1e2d3c4b5a69788796a5b4c3d2e1f0"}"#,
        ),
        Act::by(
            HANDOVER_ROLES,
            "report_loss",
            r#"{"objects": ["urn:epc:id:sgtin:9521101.012001.NP26-0001"], "circumstances": "not in its case at unpacking"}"#,
        ),
        Act::by(
            HANDOVER_ROLES,
            "close_case",
            r#"{"case": "0f1e2d3c4b5a69788796a5b4c3d2e1f0", "finding": "found", "account": "behind the shelf"}"#,
        ),
        Act::by(
            HANDOVER_ROLES,
            "escalate_case",
            r#"{"case": "0f1e2d3c4b5a69788796a5b4c3d2e1f0", "reason": "no answer in two weeks"}"#,
        ),
        Act::genesis("set_policy", r#"{"commission_first": true}"#),
    ];
    const NARROWER: &'static [&'static str] = &[WRITE_OFF];
    const LIMITS: &'static [convoy_types::limits::Limit] = &[
        at_most(
            "custody_bundle_objects",
            BUNDLE_OBJECTS_MAX,
            "objects and portions of one handover or loss",
        ),
        at_most(
            "custody_bundle_bytes",
            BUNDLE_BYTES_MAX,
            "bytes of the identifiers of one handover",
        ),
        at_most(
            "custody_text_bytes",
            TEXT_BYTES_MAX,
            "bytes of terms, reasons, circumstances and findings",
        ),
        at_most(
            "custody_offer_open",
            OFFER_OPEN_MS_MAX as usize,
            "milliseconds",
        ),
        at_most(
            "custody_event_ahead",
            EVENT_AHEAD_MS_MAX as usize,
            "milliseconds after block time",
        ),
        at_most(
            "custody_correction_events",
            CORRECTION_EVENTS_MAX,
            "events of one object that a correction looks back over",
        ),
        at_most(
            "custody_listed",
            LISTED_MAX,
            "objects or classes in a container that is emptied without naming them",
        ),
        at_most(
            "custody_listed_bytes",
            LISTED_BYTES_MAX,
            "bytes of the identifier of one of them",
        ),
        at_most(
            "custody_swept_bytes",
            SWEPT_BYTES_MAX,
            "bytes of the identifiers of all of them",
        ),
    ];
    type Event = Event;

    fn records() -> Vec<RecordKind> {
        vec![
            RecordKind::of::<Object>("the UTF-8 bytes of the object's canonical identifier"),
            RecordKind::of::<Holding>(
                "the class's canonical identifier, a zero byte, and its holder",
            ),
            RecordKind::of::<Listing>(
                "the bond's number and the parent's canonical identifier, or the holder behind its number",
            ),
            RecordKind::of::<Transformation>(
                "the UTF-8 bytes of the canonical identifier that is its `transformationID`",
            ),
            RecordKind::of::<EventRecord>("the event's reference"),
            RecordKind::of::<Handover>("the handover's id"),
            RecordKind::of::<Case>("the case's id"),
            RecordKind::of::<Policy>("the word `policy`"),
        ]
    }

    fn amounts(request: &Request) -> Vec<Amount> {
        limits::said(request)
    }

    fn queries() -> Vec<Query> {
        let handovers = Shape::List {
            rows: "handovers",
            key: "handover",
            opens: Some("handover"),
        };
        let cases = Shape::List {
            rows: "cases",
            key: "case",
            opens: Some("case"),
        };
        let history = Shape::Timeline { entries: "history" };
        vec![
            Query::ask::<Handovers, HandoverPage>(
                "handovers",
                "Handovers, newest first.",
                handovers,
                |snapshot, asked| {
                    let query = HandoverQuery {
                        state: asked.state,
                        member: asked.member,
                        limit: asked.limit.rows(),
                        before: asked.cursor,
                    };
                    queries::handovers(snapshot, &query)
                },
            ),
            Query::find::<OneHandover, HandoverView>(
                "handover",
                "One handover.",
                Shape::Record,
                |snapshot, asked| queries::handover(snapshot, asked.handover),
            ),
            Query::ask::<Cases, CasePage>(
                "cases",
                "Cases of goods that are missing or not as offered, newest first.",
                cases,
                |snapshot, asked| {
                    let query = CaseQuery {
                        state: asked.state,
                        member: asked.member,
                        limit: asked.limit.rows(),
                        before: asked.cursor,
                    };
                    queries::cases(snapshot, &query)
                },
            ),
            Query::find::<OneCase, CaseView>(
                "case",
                "One case of goods that are missing or not as offered.",
                Shape::Record,
                |snapshot, asked| queries::case(snapshot, asked.case),
            ),
            Query::find::<OneObject, TraceView>(
                "trace",
                "Where an object, class or lot is, who answers for it, and everything that happened to it.",
                history,
                |snapshot, asked| queries::trace(snapshot, &asked.id),
            ),
            Query::ask::<ContentsOf, ContentsView>(
                "contents",
                "What is packed in an object, fitted to it or fixed at a place, to any depth, now or at an earlier moment.",
                Shape::Record,
                |snapshot, asked| {
                    queries::contents(snapshot, &asked.id, asked.at.map(|at| at.millis()))
                },
            ),
            Query::ask::<OneDocument, BelongingPage>(
                "document",
                "What transaction events tied to a business document or untied from it, oldest first.",
                Shape::Timeline { entries: "events" },
                |snapshot, asked| queries::tied_to_document(snapshot, &asked.id),
            ),
            Query::ask::<OneProduction, BelongingPage>(
                "transformation",
                "The transformation events that share a transformationID, oldest first.",
                Shape::Timeline { entries: "events" },
                |snapshot, asked| queries::of_transformation(snapshot, &asked.id),
            ),
        ]
    }

    /// Objects are written in any of their forms and kept under one.
    fn record_key(table: &str, text: &str) -> Option<String> {
        match table == Object::TABLE.name {
            true => Epc::parse(text).ok().map(|object| object.key().to_owned()),
            false => Some(text.to_owned()),
        }
    }

    fn projection() -> Box<dyn Projection> {
        Box::new(CustodyProjection::default())
    }

    /// What is captured is an EPCIS event as EPCIS writes it; everything else, and the stored form of an event, is read as it is.
    fn read_action(json: &Value) -> Result<Request, Misfit> {
        let Some(event) = json.get("capture").filter(|event| event.is_object()) else {
            return read(json);
        };
        if event.get("type").is_none()
            && let Ok(stored) = read(json)
        {
            return Ok(stored);
        }
        let document =
            parse_document(event.to_string().as_bytes()).map_err(|errors| {
                match errors.first() {
                    Some(error) => Misfit::at(
                        format!("/capture{}", error.pointer),
                        format!("{}; found {}", error.rule, error.found),
                    ),
                    None => Misfit::at("/capture", "it is no EPCIS event"),
                }
            })?;
        let mut events = document.events.into_iter();
        match (events.next(), events.next()) {
            (Some(event), None) => Ok(Action::Capture(Box::new(event)).into()),
            _ => Err(Misfit::at(
                "/capture",
                "capture holds one EPCIS event; send documents to /v1/epcis/capture",
            )),
        }
    }

    fn tell(event: &Event) -> Told {
        tell::tell(event)
    }

    fn about(event: &Event, detail: Option<&[u8]>) -> Vec<String> {
        about::about(event, detail)
    }

    fn named(request: &Request) -> Vec<String> {
        about::named(request)
    }

    fn seen(snapshot: &Snapshot<'_>, table: &str, key: &str) -> convoy_readmodel::Result<bool> {
        about::seen(snapshot, table, key)
    }

    fn whose(
        snapshot: &Snapshot<'_>,
        table: &str,
        key: &str,
    ) -> convoy_readmodel::Result<[Option<MemberId>; 2]> {
        about::whose(snapshot, table, key)
    }
}
