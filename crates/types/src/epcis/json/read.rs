//! One event from its JSON object (EPCIS 2.0 sections 7.3, 7.4 and 10).

use super::{
    context::Context,
    fields::{Fields, kind, quoted},
    sensor,
};
use crate::epcis::{
    cbv::{BizStep, BizTransactionType, Disposition, ErrorReason, SourceDestType, TermError},
    error::{At, Issues},
    event::{
        Action, BizTransaction, Endpoint, ErrorDeclaration, Event, EventKind, More,
        PersistentDisposition,
    },
    kept::KeptJson,
    rules,
    time::ZoneOffset,
};
use serde_json::{Map, Value};
use std::{borrow::Cow, collections::BTreeMap};

/// Fields that every event type may have.
const COMMON: &[&str] = &[
    "@context",
    "type",
    "eventTime",
    "recordTime",
    "eventTimeZoneOffset",
    "eventID",
    "errorDeclaration",
    "certificationInfo",
    "bizStep",
    "disposition",
    "persistentDisposition",
    "readPoint",
    "bizLocation",
    "bizTransactionList",
    "sourceList",
    "destinationList",
    "sensorElementList",
];

/// Fields of one event type beyond [`COMMON`].
const fn fields_of(kind: EventKind) -> &'static [&'static str] {
    match kind {
        EventKind::Object => &["action", "epcList", "quantityList", "ilmd"],
        EventKind::Aggregation | EventKind::Association => {
            &["action", "parentID", "childEPCs", "childQuantityList"]
        }
        EventKind::Transaction => &["action", "parentID", "epcList", "quantityList"],
        EventKind::Transformation => &[
            "inputEPCList",
            "inputQuantityList",
            "outputEPCList",
            "outputQuantityList",
            "transformationID",
            "ilmd",
        ],
    }
}

/// Reads the event at `at`; faults go to `issues`, and then the result is not to be used.
pub(in crate::epcis) fn event(
    map: &Map<String, Value>,
    at: &At<'_>,
    outer: &Context,
    issues: &Issues,
) -> Option<Event> {
    let own = match map.get("@context") {
        None => Cow::Borrowed(outer),
        Some(context) => {
            let mut own = outer.clone();
            own.extend(context, &at.key("@context"), issues);
            Cow::Owned(own)
        }
    };
    let fields = Fields {
        map,
        at,
        context: &own,
        issues,
    };
    let kind = event_kind(&fields)?;
    let mut known = COMMON.to_vec();
    known.extend(fields_of(kind));
    let extensions = fields.extensions(&known);

    let offset = offset(&fields);
    if fields.get("eventTime").is_none() {
        fields.missing("eventTime", "EPCIS 2.0 §7.4.1: eventTime is required");
    }
    let action = action(&fields, kind);
    let lists: [&str; 2] = match kind {
        EventKind::Object | EventKind::Transaction => ["epcList", "quantityList"],
        EventKind::Aggregation | EventKind::Association => ["childEPCs", "childQuantityList"],
        EventKind::Transformation => ["inputEPCList", "inputQuantityList"],
    };
    let (read_point, read_point_extensions) = place(&fields, "readPoint");
    let (biz_location, biz_location_extensions) = place(&fields, "bizLocation");
    let mut more = more(&fields, extensions.as_ref());
    more.read_point_extensions = read_point_extensions;
    more.biz_location_extensions = biz_location_extensions;
    let event = Event {
        kind,
        action,
        event_time: fields.time("eventTime")?,
        offset: offset?,
        id: fields
            .get("eventID")
            .and_then(|id| fields.event_id_of(id, &at.key("eventID"))),
        parent: fields.epc("parentID"),
        epcs: fields.epcs(lists[0]),
        quantities: fields.quantities(lists[1]),
        biz_step: term(&fields, "bizStep", BizStep::parse),
        disposition: term(&fields, "disposition", Disposition::parse),
        read_point,
        biz_location,
        more: (!more.is_empty()).then(|| Box::new(more)),
    };
    for fault in rules::faults(&event) {
        // A list whose members were refused one by one is not also called empty.
        let spoilt = fault
            .fields
            .iter()
            .any(|name| fields.get(name).is_some_and(|value| !is_empty(value)));
        if !(fault.about_absence && spoilt) {
            issues.add(at, fault.rule, fault.found, fault.remedy);
        }
    }
    Some(event)
}

fn is_empty(value: &Value) -> bool {
    value.as_array().is_some_and(Vec::is_empty)
}

fn event_kind(fields: &Fields<'_>) -> Option<EventKind> {
    const RULE: &str = "EPCIS 2.0 §7.4: type is ObjectEvent, AggregationEvent, TransactionEvent, TransformationEvent or AssociationEvent";
    let Some(value) = fields.get("type") else {
        fields.missing("type", RULE);
        return None;
    };
    let text = value.as_str().unwrap_or("");
    let name = text
        .strip_prefix("epcis:")
        .or_else(|| text.strip_prefix("https://ref.gs1.org/epcis/"))
        .unwrap_or(text);
    let kind = EventKind::ALL.into_iter().find(|kind| kind.name() == name);
    if kind.is_none() {
        fields.refuse(
            "type",
            RULE,
            self::kind(value),
            "correct the type; event types of one's own are not supported",
        );
    }
    kind
}

fn offset(fields: &Fields<'_>) -> Option<ZoneOffset> {
    const RULE: &str = "EPCIS 2.0 §7.4.1: eventTimeZoneOffset is required, from -14:00 to +14:00";
    if fields.get("eventTimeZoneOffset").is_none() {
        fields.missing("eventTimeZoneOffset", RULE);
        return None;
    }
    let text = fields.text("eventTimeZoneOffset", RULE)?;
    let offset = ZoneOffset::parse(text);
    if offset.is_none() {
        fields.refuse(
            "eventTimeZoneOffset",
            RULE,
            quoted(text),
            "write for example +01:00",
        );
    }
    offset
}

fn action(fields: &Fields<'_>, kind: EventKind) -> Option<Action> {
    const RULE: &str = "EPCIS 2.0 §7.3.2: action is ADD, OBSERVE or DELETE";
    if kind == EventKind::Transformation {
        return None;
    }
    let Some(value) = fields.get("action") else {
        fields.missing("action", rules::action_rule(kind));
        return None;
    };
    let action = Action::ALL
        .into_iter()
        .find(|action| value.as_str() == Some(action.name()));
    if action.is_none() {
        fields.refuse(
            "action",
            RULE,
            self::kind(value),
            "write one of the three, in capitals",
        );
    }
    action
}

fn term<T>(
    fields: &Fields<'_>,
    name: &str,
    parse: impl Fn(&str) -> Result<T, TermError>,
) -> Option<T> {
    let value = fields.get(name)?;
    term_of(fields, value, &fields.at.key(name), parse)
}

fn term_of<T>(
    fields: &Fields<'_>,
    value: &Value,
    at: &At<'_>,
    parse: impl Fn(&str) -> Result<T, TermError>,
) -> Option<T> {
    const RULE: &str =
        "CBV 2.0 §7: a term is a word of the vocabulary or a URI of one's own namespace";
    let Some(text) = value.as_str() else {
        fields.issues.add(at, RULE, kind(value), "write a string");
        return None;
    };
    match parse(&fields.context.expanded(text)) {
        Ok(term) => Some(term),
        Err(error) => {
            fields.issues.add(at, RULE, quoted(text), error.to_string());
            None
        }
    }
}

/// A read point or business location: `{"id": ...}` and perhaps extensions.
fn place(fields: &Fields<'_>, name: &str) -> (Option<crate::identifiers::Epc>, Option<KeptJson>) {
    const RULE: &str = "EPCIS 2.0 §7.3.4: readPoint and bizLocation are objects with an id";
    let map = match fields.get(name) {
        None => return (None, None),
        Some(Value::Object(map)) => map,
        Some(other) => {
            fields.refuse(
                name,
                RULE,
                kind(other),
                "write {\"id\": \"urn:epc:id:sgln:...\"}",
            );
            return (None, None);
        }
    };
    let at = fields.at.key(name);
    let inner = Fields {
        map,
        at: &at,
        ..*fields
    };
    if inner.get("id").is_none() {
        inner.missing("id", RULE);
    }
    (
        inner.epc("id"),
        inner.extensions(&["id"]).as_ref().map(KeptJson::new),
    )
}

fn more(fields: &Fields<'_>, extensions: Option<&Value>) -> More {
    let mut namespaces = BTreeMap::new();
    for name in [
        "sensorElementList",
        "ilmd",
        "certificationInfo",
        "readPoint",
        "bizLocation",
        "errorDeclaration",
    ] {
        if let Some(value) = fields.get(name) {
            fields.context.note_used(value, &mut namespaces);
        }
    }
    if let Some(value) = extensions {
        fields.context.note_used(value, &mut namespaces);
    }
    More {
        record_time: fields.time("recordTime"),
        biz_transactions: biz_transactions(fields),
        sources: endpoints(fields, "sourceList", "source"),
        destinations: endpoints(fields, "destinationList", "destination"),
        persistent_disposition: persistent_disposition(fields),
        error_declaration: error_declaration(fields),
        output_epcs: fields.epcs("outputEPCList"),
        output_quantities: fields.quantities("outputQuantityList"),
        transformation_id: fields.epc("transformationID"),
        sensor_elements: sensor::elements(fields),
        ilmd: ilmd(fields),
        certification_info: certification_info(fields),
        extensions: extensions.map(KeptJson::new),
        namespaces,
        ..More::default()
    }
}

fn biz_transactions(fields: &Fields<'_>) -> Vec<BizTransaction> {
    const RULE: &str =
        "EPCIS 2.0 §7.3.5.3: a business transaction has bizTransaction and perhaps type";
    fields.each("bizTransactionList", RULE, |item| {
        item.only(&["type", "bizTransaction"], RULE);
        if item.get("bizTransaction").is_none() {
            item.missing("bizTransaction", RULE);
        }
        let kind = term(item, "type", BizTransactionType::parse);
        Some(BizTransaction {
            kind,
            id: item.epc("bizTransaction")?,
        })
    })
}

fn endpoints(fields: &Fields<'_>, list: &str, name: &str) -> Vec<Endpoint> {
    const RULE: &str = "EPCIS 2.0 §7.3.5.4: a source or destination has a type and an identifier";
    fields.each(list, RULE, |item| {
        item.only(&["type", name], RULE);
        for required in ["type", name] {
            if item.get(required).is_none() {
                item.missing(required, RULE);
            }
        }
        let kind = term(item, "type", SourceDestType::parse);
        let id = item.epc(name);
        Some(Endpoint {
            kind: kind?,
            id: id?,
        })
    })
}

fn persistent_disposition(fields: &Fields<'_>) -> Option<PersistentDisposition> {
    const RULE: &str = "EPCIS 2.0 §7.3.5.6: persistentDisposition has lists set and unset";
    let map = match fields.get("persistentDisposition")? {
        Value::Object(map) => map,
        other => {
            fields.refuse(
                "persistentDisposition",
                RULE,
                kind(other),
                "write {\"set\": [...], \"unset\": [...]}",
            );
            return None;
        }
    };
    let at = fields.at.key("persistentDisposition");
    let inner = Fields {
        map,
        at: &at,
        ..*fields
    };
    inner.only(&["set", "unset"], RULE);
    if inner.get("set").is_none() && inner.get("unset").is_none() {
        inner.missing("set", RULE);
    }
    let terms = |name: &str| {
        let at = at.key(name);
        let items = inner.list(name, RULE).iter().enumerate();
        items
            .filter_map(|(index, item)| term_of(&inner, item, &at.index(index), Disposition::parse))
            .collect()
    };
    Some(PersistentDisposition {
        set: terms("set"),
        unset: terms("unset"),
    })
}

fn error_declaration(fields: &Fields<'_>) -> Option<ErrorDeclaration> {
    const RULE: &str = "EPCIS 2.0 §7.4.1.2: an error declaration has declarationTime, and perhaps reason and correctiveEventIDs";
    let map = match fields.get("errorDeclaration")? {
        Value::Object(map) => map,
        other => {
            fields.refuse(
                "errorDeclaration",
                RULE,
                kind(other),
                "write {\"declarationTime\": ...}",
            );
            return None;
        }
    };
    let at = fields.at.key("errorDeclaration");
    let inner = Fields {
        map,
        at: &at,
        ..*fields
    };
    if inner.get("declarationTime").is_none() {
        inner.missing("declarationTime", RULE);
    }
    let ids_at = at.key("correctiveEventIDs");
    let ids = inner.list("correctiveEventIDs", RULE).iter().enumerate();
    let corrective_event_ids = ids
        .filter_map(|(index, id)| inner.event_id_of(id, &ids_at.index(index)))
        .collect();
    let reason = term(&inner, "reason", ErrorReason::parse);
    let extensions = inner.extensions(&["declarationTime", "reason", "correctiveEventIDs"]);
    Some(ErrorDeclaration {
        time: inner.time("declarationTime")?,
        reason,
        corrective_event_ids,
        extensions: extensions.as_ref().map(KeptJson::new),
    })
}

fn ilmd(fields: &Fields<'_>) -> Option<KeptJson> {
    let value = fields.get("ilmd")?;
    let Value::Object(map) = value else {
        fields.refuse(
            "ilmd",
            "EPCIS 2.0 §7.3.6: ilmd is an object",
            kind(value),
            "write { ... }",
        );
        return None;
    };
    let at = fields.at.key("ilmd");
    let inner = Fields {
        map,
        at: &at,
        ..*fields
    };
    map.keys().for_each(|name| inner.must_be_qualified(name));
    (!map.is_empty()).then(|| KeptJson::new(value))
}

/// URIs of certificates, or their details in the GS1 Web Vocabulary, whose dates have to be dates.
fn certification_info(fields: &Fields<'_>) -> Option<KeptJson> {
    let value = fields.get("certificationInfo")?;
    let at = fields.at.key("certificationInfo");
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                certificate(fields, item, &at.index(index));
            }
        }
        single => certificate(fields, single, &at),
    }
    Some(KeptJson::new(value))
}

fn certificate(fields: &Fields<'_>, value: &Value, at: &At<'_>) {
    match value {
        Value::String(_) => drop(fields.epc_of(value, at)),
        Value::Object(map) => {
            let inner = Fields { map, at, ..*fields };
            if map.is_empty() {
                fields.issues.add(
                    at,
                    "EPCIS 2.0 §7.4.1: certificationInfo is the URI of a certificate or its details",
                    "an empty object",
                    "write the certificate's URI",
                );
            }
            map.keys()
                .filter(|name| !name.starts_with('@') && *name != "type" && *name != "id")
                .for_each(|name| inner.must_be_qualified(name));
            certificate_dates(fields, value, at);
        }
        other => fields.issues.add(
            at,
            "EPCIS 2.0 §7.4.1: certificationInfo is the URI of a certificate or its details",
            kind(other),
            "write the certificate's URI",
        ),
    }
}

fn certificate_dates(fields: &Fields<'_>, value: &Value, at: &At<'_>) {
    match value {
        Value::Array(items) => {
            items
                .iter()
                .enumerate()
                .for_each(|(index, item)| certificate_dates(fields, item, &at.index(index)));
        }
        Value::Object(map) => {
            for (name, value) in map {
                let uri = fields.context.expanded(name);
                let dated = uri.starts_with("https://gs1.org/voc/") && uri.ends_with("Date");
                match value {
                    Value::String(text) if dated && !is_date(text) => fields.issues.add(
                        &at.key(name),
                        "GS1 Web Vocabulary: this property is an xsd:date",
                        quoted(text),
                        "write for example 2026-11-20",
                    ),
                    nested => certificate_dates(fields, nested, &at.key(name)),
                }
            }
        }
        _ => {}
    }
}

fn is_date(text: &str) -> bool {
    let midnight = text.get(..10).map(|date| format!("{date}T00:00:00Z"));
    midnight.is_some_and(|moment| crate::epcis::Timestamp::parse(&moment).is_some())
}
