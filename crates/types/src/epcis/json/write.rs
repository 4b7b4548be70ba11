//! Writing events as EPCIS 2.0 JSON-LD, for query answers.

use super::GS1_CONTEXT;
use crate::{
    epcis::{
        event::{BizTransaction, Endpoint, Event, EventId, EventKind, QuantityElement},
        kept::KeptJson,
        time::Timestamp,
    },
    identifiers::Epc,
};
use serde_json::{Map, Value, json};

/// How identifiers are written (`GS1-EPC-Format`, EPCIS 2.0 section 12.6).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EpcFormat {
    /// Canonical GS1 Digital Links; URNs for schemes that have none.
    #[default]
    DigitalLink,
    /// EPC URNs where the company prefix's length is known, else Digital Links.
    Urn,
}

/// One event that stands by itself: with the GS1 context and the prefixes it uses.
pub fn event_json(event: &Event, format: EpcFormat) -> Value {
    let mut map = Map::new();
    let mut context = vec![Value::from(GS1_CONTEXT)];
    context.extend(own_context(event));
    map.insert("@context".into(), Value::Array(context));
    body(event, format, &mut map);
    Value::Object(map)
}

/// An `EPCISDocument` with these events.
pub fn document_json(events: &[Event], creation_date: Timestamp, format: EpcFormat) -> Value {
    let list: Vec<Value> = events
        .iter()
        .map(|event| {
            let mut map = Map::new();
            if let Some(context) = own_context(event) {
                map.insert("@context".into(), json!([context]));
            }
            body(event, format, &mut map);
            Value::Object(map)
        })
        .collect();
    json!({
        "@context": [GS1_CONTEXT],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": creation_date.to_string(),
        "epcisBody": { "eventList": list },
    })
}

fn own_context(event: &Event) -> Option<Value> {
    let namespaces = &event.more().namespaces;
    (!namespaces.is_empty()).then(|| json!(namespaces))
}

fn epc(id: &Epc, format: EpcFormat) -> Value {
    match format {
        EpcFormat::DigitalLink => id.to_string(),
        EpcFormat::Urn => id.urn().unwrap_or_else(|| id.to_string()),
    }
    .into()
}

struct Writer<'m> {
    map: &'m mut Map<String, Value>,
    format: EpcFormat,
}

impl Writer<'_> {
    fn put(&mut self, name: &str, value: impl Into<Value>) {
        self.map.insert(name.into(), value.into());
    }

    fn text(&mut self, name: &str, value: Option<impl ToString>) {
        if let Some(value) = value {
            self.put(name, value.to_string());
        }
    }

    fn id(&mut self, name: &str, id: Option<&Epc>) {
        if let Some(id) = id {
            self.put(name, epc(id, self.format));
        }
    }

    fn list<T>(&mut self, name: &str, items: &[T], write: impl Fn(&T) -> Value) {
        if !items.is_empty() {
            self.put(name, items.iter().map(write).collect::<Vec<_>>());
        }
    }

    fn kept(&mut self, name: &str, kept: Option<&KeptJson>) {
        if let Some(kept) = kept {
            self.put(name, kept.value());
        }
    }

    fn quantities(&mut self, name: &str, items: &[QuantityElement]) {
        let format = self.format;
        self.list(name, items, |item| {
            let mut map = Map::new();
            map.insert("epcClass".into(), epc(&item.class, format));
            if let Some(quantity) = item.quantity {
                map.insert(
                    "quantity".into(),
                    serde_json::from_str(&quantity.to_string()).unwrap_or(Value::Null),
                );
            }
            if let Some(uom) = &item.uom {
                map.insert("uom".into(), uom.as_ref().into());
            }
            Value::Object(map)
        });
    }

    fn place(&mut self, name: &str, id: Option<&Epc>, extensions: Option<&KeptJson>) {
        let Some(id) = id else { return };
        let mut map = Map::new();
        map.insert("id".into(), epc(id, self.format));
        extend(&mut map, extensions);
        self.put(name, Value::Object(map));
    }
}

/// Adds the members of a kept object.
fn extend(map: &mut Map<String, Value>, kept: Option<&KeptJson>) {
    if let Some(Value::Object(members)) = kept.map(KeptJson::value) {
        map.extend(members);
    }
}

fn body(event: &Event, format: EpcFormat, map: &mut Map<String, Value>) {
    let more = event.more();
    let mut out = Writer { map, format };
    out.put("type", event.kind.name());
    out.text("eventID", event.id.as_ref());
    out.put("eventTime", event.event_time.to_string());
    out.put("eventTimeZoneOffset", event.offset.to_string());
    out.text("recordTime", more.record_time);
    error_declaration(event, &mut out);
    out.kept("certificationInfo", more.certification_info.as_ref());
    out.id("parentID", event.parent.as_ref());
    let (epcs, quantities) = match event.kind {
        EventKind::Object | EventKind::Transaction => ("epcList", "quantityList"),
        EventKind::Aggregation | EventKind::Association => ("childEPCs", "childQuantityList"),
        EventKind::Transformation => ("inputEPCList", "inputQuantityList"),
    };
    out.list(epcs, &event.epcs, |id| epc(id, format));
    out.quantities(quantities, &event.quantities);
    out.list("outputEPCList", &more.output_epcs, |id| epc(id, format));
    out.quantities("outputQuantityList", &more.output_quantities);
    out.text("action", event.action);
    out.id("transformationID", more.transformation_id.as_ref());
    out.text("bizStep", event.biz_step.as_ref());
    out.text("disposition", event.disposition.as_ref());
    if let Some(lasting) = &more.persistent_disposition {
        let words = |list: &[crate::epcis::cbv::Disposition]| {
            list.iter().map(|d| d.word().into()).collect::<Vec<Value>>()
        };
        let mut map = Map::new();
        for (name, list) in [("set", &lasting.set), ("unset", &lasting.unset)] {
            if !list.is_empty() || (name == "set" && lasting.unset.is_empty()) {
                map.insert(name.into(), words(list).into());
            }
        }
        out.put("persistentDisposition", Value::Object(map));
    }
    out.place(
        "readPoint",
        event.read_point.as_ref(),
        more.read_point_extensions.as_ref(),
    );
    out.place(
        "bizLocation",
        event.biz_location.as_ref(),
        more.biz_location_extensions.as_ref(),
    );
    out.list("bizTransactionList", &more.biz_transactions, |item| {
        biz_transaction(item, format)
    });
    out.list("sourceList", &more.sources, |item| {
        endpoint("source", item, format)
    });
    out.list("destinationList", &more.destinations, |item| {
        endpoint("destination", item, format)
    });
    out.kept("sensorElementList", more.sensor_elements.as_ref());
    out.kept("ilmd", more.ilmd.as_ref());
    extend(out.map, more.extensions.as_ref());
}

fn error_declaration(event: &Event, out: &mut Writer<'_>) {
    let Some(declaration) = event.error_declaration() else {
        return;
    };
    let mut map = Map::new();
    let mut inner = Writer {
        map: &mut map,
        format: out.format,
    };
    inner.put("declarationTime", declaration.time.to_string());
    inner.text("reason", declaration.reason.as_ref());
    inner.list(
        "correctiveEventIDs",
        &declaration.corrective_event_ids,
        |id: &EventId| id.to_string().into(),
    );
    extend(&mut map, declaration.extensions.as_ref());
    out.put("errorDeclaration", Value::Object(map));
}

fn biz_transaction(item: &BizTransaction, format: EpcFormat) -> Value {
    let mut map = Map::new();
    if let Some(kind) = &item.kind {
        map.insert("type".into(), kind.word().into());
    }
    map.insert("bizTransaction".into(), epc(&item.id, format));
    Value::Object(map)
}

fn endpoint(name: &str, item: &Endpoint, format: EpcFormat) -> Value {
    json!({ "type": item.kind.word(), name: epc(&item.id, format) })
}
