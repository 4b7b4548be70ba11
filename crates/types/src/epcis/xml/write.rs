//! Writing events as EPCIS XML 2.0 or 1.2, in the order of their schemas.
//!
//! Rules: times are UTC with milliseconds; CBV terms are web URIs in 2.0 and URNs in 1.2; every namespace an event uses is
//! declared on its element. EPCIS 1.2 has `eventID`, `errorDeclaration` in `baseExtension`, newer fields in `extension` and
//! in the `extension` within that, TransformationEvent in one `extension` and AssociationEvent in two.
//!
//! What has no form in XML is refused by name ([`Unwritable`]), never left out. Two things go past the schema of the standard
//! because it has no place for them: more than one `certificationInfo` or one with details, and nested fields in a sensor report.

use super::{
    order,
    told::{EPCIS_1, KEYWORDS},
    values::Values,
};
use crate::{
    epcis::{
        cbv::{BizTransactionType, SourceDestType},
        document::DocumentKind,
        event::{ErrorDeclaration, Event, EventKind, QuantityElement},
        json::EpcFormat,
        kept::KeptJson,
        time::Timestamp,
    },
    identifiers::Epc,
};
use quick_xml::escape::escape;
use serde_json::Value;

/// Which version of the standard is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Version {
    /// EPCIS 1.2.
    V1_2,
    /// EPCIS 2.0.
    #[default]
    V2_0,
}

/// Something in an event that XML cannot say.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{field}` has no form in XML: {why}; ask for the event in JSON")]
pub struct Unwritable {
    /// The field.
    pub field: String,
    /// Why not.
    pub why: &'static str,
}

/// What is around the events of a query document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueryNames<'n> {
    /// The query's name, such as `SimpleEventQuery`.
    pub query: &'n str,
    /// The subscription that the results answer.
    pub subscription: Option<&'n str>,
}

/// An `EPCISDocument` with these events.
///
/// # Errors
/// What in an event XML cannot say.
pub fn document_xml(
    events: &[Event],
    creation_date: Timestamp,
    format: EpcFormat,
    version: Version,
) -> Result<String, Unwritable> {
    let mut out = start(DocumentKind::Capture, creation_date, version);
    out.push_str("<EPCISBody>");
    list(events, format, version, &mut out)?;
    out.push_str("</EPCISBody></epcis:EPCISDocument>\n");
    Ok(out)
}

/// An `EPCISQueryDocument` with these events as the results of a query.
///
/// # Errors
/// What in an event XML cannot say.
pub fn query_document_xml(
    events: &[Event],
    creation_date: Timestamp,
    names: QueryNames<'_>,
    format: EpcFormat,
    version: Version,
) -> Result<String, Unwritable> {
    let mut out = start(DocumentKind::Query, creation_date, version);
    out.push_str("<EPCISBody><epcisq:QueryResults>");
    element(&mut out, "queryName", names.query);
    if let Some(subscription) = names.subscription {
        element(&mut out, "subscriptionID", subscription);
    }
    out.push_str("<resultsBody>");
    list(events, format, version, &mut out)?;
    out.push_str("</resultsBody></epcisq:QueryResults></EPCISBody></epcisq:EPCISQueryDocument>\n");
    Ok(out)
}

/// One event by itself, as in a list of events (in EPCIS 1.2 without the wrappers around it).
///
/// # Errors
/// What in the event XML cannot say.
pub fn event_xml(event: &Event, format: EpcFormat, version: Version) -> Result<String, Unwritable> {
    let mut values = Values::new(event);
    let mut writer = Writer {
        event,
        format,
        version,
        out: String::with_capacity(1_024),
    };
    match version {
        Version::V2_0 => writer.event_2_0(&mut values)?,
        Version::V1_2 => writer.event_1_2(&mut values)?,
    }
    let name = event.kind.name();
    let namespaces = values.declarations()?;
    Ok(format!("<{name}{namespaces}>{}</{name}>", writer.out))
}

fn start(kind: DocumentKind, creation_date: Timestamp, version: Version) -> String {
    let (prefix, name, namespace) = match kind {
        DocumentKind::Query => (
            "epcisq",
            "EPCISQueryDocument",
            "urn:epcglobal:epcis-query:xsd",
        ),
        _ => ("epcis", "EPCISDocument", "urn:epcglobal:epcis:xsd"),
    };
    let (major, schema) = match version {
        Version::V1_2 => (1, "1.2"),
        Version::V2_0 => (2, "2.0"),
    };
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{prefix}:{name} xmlns:{prefix}=\"{namespace}:{major}\" schemaVersion=\"{schema}\" creationDate=\"{creation_date}\">"
    )
}

fn list(
    events: &[Event],
    format: EpcFormat,
    version: Version,
    out: &mut String,
) -> Result<(), Unwritable> {
    out.push_str("<EventList>");
    for event in events {
        let wrappers = match (version, event.kind) {
            (Version::V1_2, EventKind::Transformation) => 1,
            (Version::V1_2, EventKind::Association) => 2,
            _ => 0,
        };
        out.push_str(&"<extension>".repeat(wrappers));
        out.push_str(&event_xml(event, format, version)?);
        out.push_str(&"</extension>".repeat(wrappers));
    }
    out.push_str("</EventList>");
    Ok(())
}

pub(super) fn element(out: &mut String, name: &str, text: &str) {
    out.push_str(&format!("<{name}>{}</{name}>", escaped(text)));
}

/// Text for an element or attribute; line ends by number, as readers would change them.
pub(super) fn escaped(text: &str) -> String {
    let escaped = escape(text);
    match escaped.contains(['\n', '\r', '\t']) {
        true => escaped
            .replace('\n', "&#10;")
            .replace('\r', "&#13;")
            .replace('\t', "&#9;"),
        false => escaped.into_owned(),
    }
}

struct Writer<'e> {
    event: &'e Event,
    format: EpcFormat,
    version: Version,
    out: String,
}

impl Writer<'_> {
    fn event_2_0(&mut self, values: &mut Values) -> Result<(), Unwritable> {
        for name in order::of(self.event.kind.name()) {
            self.field(name, values)?;
        }
        self.extensions(values, false)
    }

    fn event_1_2(&mut self, values: &mut Values) -> Result<(), Unwritable> {
        let kind = self.event.kind;
        for name in ["eventTime", "recordTime", "eventTimeZoneOffset"] {
            self.field(name, values)?;
        }
        self.wrapped("baseExtension", |this| {
            this.field("eventID", values)?;
            this.field("errorDeclaration", values)?;
            this.wrapped("extension", |this| this.field("certificationInfo", values))
        })?;
        let outer: Vec<&str> = order::of(kind.name())
            .iter()
            .copied()
            .filter(|name| !order::is_newer(kind.name(), name))
            .collect();
        for name in outer {
            let before = self.out.len();
            self.field(name, values)?;
            let required = match kind {
                EventKind::Object | EventKind::Transaction => name == "epcList",
                EventKind::Aggregation => name == "childEPCs",
                _ => false,
            };
            if required && self.out.len() == before {
                self.out.push_str(&format!("<{name}/>"));
            }
        }
        let second = |this: &mut Self, values: &mut Values| {
            this.field("sensorElementList", values)?;
            this.field("persistentDisposition", values)?;
            this.extensions(values, true)
        };
        match kind {
            EventKind::Transformation | EventKind::Association => {
                self.wrapped("extension", |this| second(this, values))?;
            }
            _ => self.wrapped("extension", |this| {
                for name in [
                    "quantityList",
                    "childQuantityList",
                    "sourceList",
                    "destinationList",
                    "ilmd",
                ] {
                    this.field(name, values)?;
                }
                this.wrapped("extension", |this| second(this, values))
            })?,
        }
        self.extensions(values, false)
    }

    /// What `write` writes in an element of this name, or nothing where it writes nothing.
    fn wrapped(
        &mut self,
        name: &str,
        write: impl FnOnce(&mut Self) -> Result<(), Unwritable>,
    ) -> Result<(), Unwritable> {
        let before = self.out.len();
        self.out.push_str(&format!("<{name}>"));
        let inside = self.out.len();
        write(self)?;
        match self.out.len() == inside {
            true => self.out.truncate(before),
            false => self.out.push_str(&format!("</{name}>")),
        }
        Ok(())
    }

    /// The extension fields: those of the namespace of EPCIS 1.x go into its own wrappers there.
    fn extensions(&mut self, values: &mut Values, wrapped: bool) -> Result<(), Unwritable> {
        let Some(Value::Object(map)) = self.event.more().extensions.as_ref().map(KeptJson::value)
        else {
            return Ok(());
        };
        for (name, value) in &map {
            let old =
                self.version == Version::V1_2 && values.namespace(name).as_deref() == Some(EPCIS_1);
            if old == wrapped {
                values.member(&mut self.out, name, value, old)?;
            }
        }
        Ok(())
    }

    fn epc(&self, id: &Epc) -> String {
        match self.format {
            EpcFormat::DigitalLink => id.to_string(),
            EpcFormat::Urn => id.urn().unwrap_or_else(|| id.to_string()),
        }
    }

    fn put(&mut self, name: &str, text: Option<String>) {
        if let Some(text) = text {
            element(&mut self.out, name, &text);
        }
    }

    fn epcs(&mut self, name: &str, list: &[Epc]) {
        if !list.is_empty() {
            self.out.push_str(&format!("<{name}>"));
            list.iter()
                .for_each(|id| self.put("epc", Some(self.epc(id))));
            self.out.push_str(&format!("</{name}>"));
        }
    }

    fn quantities(&mut self, name: &str, list: &[QuantityElement]) {
        if list.is_empty() {
            return;
        }
        self.out.push_str(&format!("<{name}>"));
        for item in list {
            self.out.push_str("<quantityElement>");
            self.put("epcClass", Some(self.epc(&item.class)));
            self.put(
                "quantity",
                item.quantity.map(|quantity| quantity.to_string()),
            );
            self.put("uom", item.uom.as_deref().map(str::to_owned));
            self.out.push_str("</quantityElement>");
        }
        self.out.push_str(&format!("</{name}>"));
    }

    fn term(&self, web: String, urn: String) -> String {
        match self.version {
            Version::V1_2 => urn,
            Version::V2_0 => web,
        }
    }

    /// A list of `<name type="...">id</name>`.
    fn typed(&mut self, list: &str, name: &str, items: &[(Option<String>, &Epc)]) {
        if items.is_empty() {
            return;
        }
        self.out.push_str(&format!("<{list}>"));
        for (kind, id) in items {
            let kind = kind
                .as_ref()
                .map_or_else(String::new, |kind| format!(" type=\"{}\"", escaped(kind)));
            let id = self.epc(id);
            self.out
                .push_str(&format!("<{name}{kind}>{}</{name}>", escaped(&id)));
        }
        self.out.push_str(&format!("</{list}>"));
    }

    fn place(
        &mut self,
        name: &str,
        id: Option<&Epc>,
        kept: Option<&KeptJson>,
        values: &mut Values,
    ) -> Result<(), Unwritable> {
        let Some(id) = id else { return Ok(()) };
        self.out.push_str(&format!("<{name}>"));
        self.put("id", Some(self.epc(id)));
        values.members(&mut self.out, kept)?;
        self.out.push_str(&format!("</{name}>"));
        Ok(())
    }

    /// Writes the standard's field of this name, where the event has it.
    fn field(&mut self, name: &str, values: &mut Values) -> Result<(), Unwritable> {
        let event = self.event;
        let more = event.more();
        match name {
            "eventTime" => self.put(name, Some(event.event_time.to_string())),
            "recordTime" => self.put(name, more.record_time.map(|time| time.to_string())),
            "eventTimeZoneOffset" => self.put(name, Some(event.offset.to_string())),
            "eventID" => self.put(name, event.id.as_ref().map(ToString::to_string)),
            "parentID" => self.put(name, event.parent.as_ref().map(|id| self.epc(id))),
            "action" => self.put(name, event.action.map(|action| action.name().to_owned())),
            "transformationID" => {
                self.put(name, more.transformation_id.as_ref().map(|id| self.epc(id)));
            }
            "bizStep" => {
                let step = event.biz_step.as_ref();
                self.put(name, step.map(|step| self.term(step.uri(), step.urn())));
            }
            "disposition" => {
                let disposition = event.disposition.as_ref();
                self.put(
                    name,
                    disposition.map(|term| self.term(term.uri(), term.urn())),
                );
            }
            "epcList" | "childEPCs" | "inputEPCList" => self.epcs(name, &event.epcs),
            "quantityList" | "childQuantityList" | "inputQuantityList"
                if matches_kind(event.kind, name) =>
            {
                self.quantities(name, &event.quantities);
            }
            "outputEPCList" => self.epcs(name, &more.output_epcs),
            "outputQuantityList" => self.quantities(name, &more.output_quantities),
            "readPoint" => {
                let kept = more.read_point_extensions.as_ref();
                return self.place(name, event.read_point.as_ref(), kept, values);
            }
            "bizLocation" => {
                let kept = more.biz_location_extensions.as_ref();
                return self.place(name, event.biz_location.as_ref(), kept, values);
            }
            "bizTransactionList" | "sourceList" | "destinationList" => self.parties(name),
            "persistentDisposition" => self.persistent_disposition(),
            "errorDeclaration" => {
                return event.error_declaration().map_or(Ok(()), |declaration| {
                    self.error_declaration(declaration, values)
                });
            }
            "certificationInfo" => {
                let kept = more.certification_info.as_ref().map(KeptJson::value);
                return kept.map_or(Ok(()), |value| {
                    values.plain(&mut self.out, "certificationInfo", &value)
                });
            }
            "sensorElementList" => {
                return values.sensors(&mut self.out, more.sensor_elements.as_ref());
            }
            "ilmd" => {
                if let Some(ilmd) = &more.ilmd {
                    self.out.push_str("<ilmd>");
                    values.members(&mut self.out, Some(ilmd))?;
                    self.out.push_str("</ilmd>");
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn parties(&mut self, name: &str) {
        let more = self.event.more();
        let end = |kind: &SourceDestType| Some(self.term(kind.uri(), kind.urn()));
        let document = |kind: &BizTransactionType| self.term(kind.uri(), kind.urn());
        let (item, items): (&str, Vec<(Option<String>, &Epc)>) = match name {
            "sourceList" => (
                "source",
                more.sources
                    .iter()
                    .map(|item| (end(&item.kind), &item.id))
                    .collect(),
            ),
            "destinationList" => (
                "destination",
                more.destinations
                    .iter()
                    .map(|item| (end(&item.kind), &item.id))
                    .collect(),
            ),
            _ => (
                "bizTransaction",
                more.biz_transactions
                    .iter()
                    .map(|item| (item.kind.as_ref().map(document), &item.id))
                    .collect(),
            ),
        };
        self.typed(name, item, &items);
    }

    fn persistent_disposition(&mut self) {
        let Some(lasting) = &self.event.more().persistent_disposition else {
            return;
        };
        self.out.push_str("<persistentDisposition>");
        for (name, list) in [("unset", &lasting.unset), ("set", &lasting.set)] {
            for term in list {
                self.put(name, Some(self.term(term.uri(), term.urn())));
            }
        }
        self.out.push_str("</persistentDisposition>");
    }

    fn error_declaration(
        &mut self,
        declaration: &ErrorDeclaration,
        values: &mut Values,
    ) -> Result<(), Unwritable> {
        self.out.push_str("<errorDeclaration>");
        self.put("declarationTime", Some(declaration.time.to_string()));
        let reason = declaration.reason.as_ref();
        self.put(
            "reason",
            reason.map(|reason| self.term(reason.uri(), reason.urn())),
        );
        if !declaration.corrective_event_ids.is_empty() {
            self.out.push_str("<correctiveEventIDs>");
            for id in &declaration.corrective_event_ids {
                self.put("correctiveEventID", Some(id.to_string()));
            }
            self.out.push_str("</correctiveEventIDs>");
        }
        values.members(&mut self.out, declaration.extensions.as_ref())?;
        self.out.push_str("</errorDeclaration>");
        Ok(())
    }
}

/// Whether the event type has its amounts under this name.
fn matches_kind(kind: EventKind, name: &str) -> bool {
    let own = match kind {
        EventKind::Object | EventKind::Transaction => "quantityList",
        EventKind::Aggregation | EventKind::Association => "childQuantityList",
        EventKind::Transformation => "inputQuantityList",
    };
    own == name
}

/// The namespace of JSON-LD keywords, for the declarations.
pub(super) const KEYWORDS_PREFIX: (&str, &str) = ("jsonld", KEYWORDS);
