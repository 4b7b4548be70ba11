//! A document read one event at a time.

use super::{
    source::{Binding, Element, Source, Token, fault},
    told::{EPCIS_1, EPCIS_2, Place, QUERY_1, QUERY_2, Teller, is_schema_attribute, standard_name},
};
use crate::{
    epcis::{
        document::{DocumentKind, Header, Told},
        error::{At, EpcisError, Issues},
        event::EventKind,
        json,
        kept::KeptJson,
        time::Timestamp,
    },
    limits::{STREAM_BYTES_MAX, STREAM_EVENTS_MAX},
};
use serde_json::{Map, Value};
use std::io::BufRead;

const STRUCTURE: &str = "EPCIS 2.0 §9: the elements are those of the XML schema";

/// An element that is open while events are read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    Root,
    Body,
    Results,
    ResultsBody,
    List,
    /// `extension` around the events that EPCIS 1.x did not know.
    Wrapper,
}

/// The events of a document, one after another: each by itself right or wrong, or what is wrong with the document,
/// which ends it. Holds one event at a time.
pub struct Events<R> {
    source: Source<R>,
    levels: Vec<Level>,
    kind: DocumentKind,
    creation_date: Option<Timestamp>,
    root: String,
    /// What surrounds the events, and the prefixes in it.
    rest: Map<String, Value>,
    rest_teller: Teller,
    strict: bool,
    had_list: bool,
    pending: Option<Element>,
    read: usize,
    events_max: usize,
    ended: bool,
}

impl<R: BufRead> Events<R> {
    /// Starts to read a document as a stream, up to its first event.
    ///
    /// # Errors
    /// What is wrong with the document so far.
    pub fn new(reader: R) -> Result<Self, Vec<EpcisError>> {
        Self::within(reader, STREAM_BYTES_MAX, STREAM_EVENTS_MAX)
    }

    pub(super) fn within(
        reader: R,
        bytes_max: usize,
        events_max: usize,
    ) -> Result<Self, Vec<EpcisError>> {
        Self::start(reader, bytes_max, events_max).map_err(|error| vec![error])
    }

    fn start(reader: R, bytes_max: usize, events_max: usize) -> Result<Self, EpcisError> {
        let mut source = Source::new(reader, bytes_max)?;
        let root = loop {
            match source.next()? {
                Token::Start(root) => break root,
                Token::Text(_) | Token::End | Token::Eof => {}
            }
        };
        let (kind, strict) = root_kind(&root, &source)?;
        let mut events = Self {
            root: source.pointer(),
            source,
            levels: vec![Level::Root],
            kind,
            creation_date: None,
            rest: Map::new(),
            rest_teller: Teller::new(Vec::new(), false, false),
            strict,
            had_list: false,
            pending: None,
            read: 0,
            events_max,
            ended: false,
        };
        if kind == DocumentKind::Event {
            events.levels = vec![];
            events.had_list = true;
            events.pending = Some(events.source.subtree(root)?);
            return Ok(events);
        }
        events.root_attributes(&root)?;
        events.pending = events.advance()?;
        Ok(events)
    }

    /// What the document says of itself, as far as it has been read: whole when the events have ended.
    pub fn header(&self) -> Header {
        Header {
            kind: self.kind,
            creation_date: self.creation_date,
            rest: (!self.rest.is_empty()).then(|| KeptJson::new(&Value::Object(self.rest.clone()))),
        }
    }

    /// The header, when the events have ended.
    pub fn into_header(self) -> Header {
        self.header()
    }

    fn root_attributes(&mut self, root: &Element) -> Result<(), EpcisError> {
        let own = |wanted: &str| {
            let found = root
                .attributes
                .iter()
                .find(|(name, _)| name.namespace.is_none() && *name.local == *wanted);
            found.map(|(_, value)| value.trim())
        };
        let version = own("schemaVersion").unwrap_or("none");
        let known = match self.strict {
            true => version == "2" || version == "2.0" || version.starts_with("2.0."),
            // Documents in the older namespace that call themselves 2.0 are about and mean no harm.
            false => matches!(version, "1" | "1.0" | "1.1" | "1.2" | "2.0"),
        };
        if !known {
            let rule = "EPCIS 2.0 §9: schemaVersion is that of the namespace: 2.0 with urn:epcglobal:epcis:xsd:2, 1.0 to 1.2 with urn:epcglobal:epcis:xsd:1";
            return Err(fault(
                format!("{}/@schemaVersion", self.source.pointer()),
                rule,
                version,
                "write schemaVersion=\"2.0\"",
            ));
        }
        let date = own("creationDate");
        // The schema does not ask for a zone here, and nothing but a log depends on it: without one it is UTC.
        self.creation_date = date.map(str::trim).and_then(|date| {
            Timestamp::parse(date).or_else(|| Timestamp::parse(&format!("{date}Z")))
        });
        if self.creation_date.is_none() {
            return Err(fault(
                format!("{}/@creationDate", self.source.pointer()),
                "EPCIS 2.0 §9: creationDate is required, as ISO 8601 with seconds",
                date.map_or("none".to_owned(), |text| format!("`{text}`")),
                "write for example creationDate=\"2026-11-20T08:00:00Z\"",
            ));
        }
        for (name, value) in &root.attributes {
            let said = matches!(&*name.local, "schemaVersion" | "creationDate");
            if !is_schema_attribute(name) && !said {
                let key = self.rest_teller.key(name);
                self.rest.insert(key, value.as_str().into());
            }
        }
        Ok(())
    }

    /// Reads on to the next event element; `None` at the end of the document.
    fn advance(&mut self) -> Result<Option<Element>, EpcisError> {
        loop {
            match self.source.next()? {
                Token::Start(element) => {
                    if let Some(event) = self.element(element)? {
                        return Ok(Some(event));
                    }
                }
                Token::Text(text) if text.trim().is_empty() => {}
                Token::Text(text) => {
                    let shown: String = text.trim().chars().take(40).collect();
                    return Err(self.source.fault(
                        STRUCTURE,
                        format!("the text `{shown}`"),
                        "remove it",
                    ));
                }
                Token::End => drop(self.levels.pop()),
                Token::Eof => return self.end().map(|()| None),
            }
        }
    }

    fn end(&self) -> Result<(), EpcisError> {
        if self.had_list || self.kind == DocumentKind::Event {
            return Ok(());
        }
        let (rule, remedy) = match self.kind {
            DocumentKind::Query => (
                "EPCIS 2.0 §9: the body holds QueryResults with a resultsBody and an EventList",
                "send the results of a query",
            ),
            _ => (
                "EPCIS 2.0 §9: EPCISBody holds an EventList",
                "add <EPCISBody><EventList>...</EventList></EPCISBody>",
            ),
        };
        Err(fault(self.root.clone(), rule, "none", remedy))
    }

    fn element(&mut self, element: Element) -> Result<Option<Element>, EpcisError> {
        let level = self.levels.last().copied();
        let name = standard_name(&element.name, self.strict)
            .unwrap_or("")
            .to_owned();
        let deeper = match (level, &*name) {
            (Some(Level::Root), "EPCISBody") => Some(Level::Body),
            // Query documents without all of their wrappers are about and mean no harm.
            (Some(Level::Body), "EventList") => Some(Level::List),
            (Some(Level::Body), "QueryResults") if self.kind == DocumentKind::Query => {
                Some(Level::Results)
            }
            (Some(Level::Root | Level::Results), "resultsBody")
                if self.kind == DocumentKind::Query =>
            {
                Some(Level::ResultsBody)
            }
            (Some(Level::ResultsBody), "EventList") => Some(Level::List),
            (Some(Level::List | Level::Wrapper), "extension") => Some(Level::Wrapper),
            _ => None,
        };
        if let Some(level) = deeper {
            if level == Level::List && std::mem::replace(&mut self.had_list, true) {
                return Err(self.source.fault(
                    STRUCTURE,
                    "a second EventList",
                    "put the events into one",
                ));
            }
            self.levels.push(level);
            self.source.start_part();
            return Ok(None);
        }
        if matches!(level, Some(Level::List | Level::Wrapper)) {
            self.source.start_part();
            return self.source.subtree(element).map(Some);
        }
        let refused = matches!(level, Some(Level::Body)) && self.kind == DocumentKind::Query;
        if refused || (level == Some(Level::ResultsBody)) {
            return Err(self.source.fault(
                "EPCIS 2.0 §9: the body holds QueryResults with a resultsBody and an EventList",
                format!("`{}`", element.name.written()),
                "send the results of a query, not the query",
            ));
        }
        let pointer = self.source.pointer();
        let element = self.source.subtree(element)?;
        let value = self.rest_teller.value(&element, &Place::base(&pointer));
        let key = match name.is_empty() {
            true => self.rest_teller.key(&element.name),
            false => name,
        };
        self.rest.insert(key, value);
        Ok(None)
    }

    fn told(&self, element: &Element) -> Told {
        const RULE: &str = "EPCIS 2.0 §7.4: events are ObjectEvent, AggregationEvent, TransactionEvent, TransformationEvent or AssociationEvent";
        let base = match self.kind {
            DocumentKind::Event => format!("/{}", element.name.written()),
            _ => format!(
                "{}/{}[{}]",
                self.source.pointer(),
                element.name.written(),
                element.place
            ),
        };
        let name = standard_name(&element.name, self.strict);
        let known = name.is_some_and(|name| EventKind::ALL.iter().any(|kind| kind.name() == name));
        if !known {
            let remedy = match name {
                Some("QuantityEvent") => {
                    "send an ObjectEvent with a quantityList; EPCIS 1.1 gave QuantityEvent up"
                }
                _ => "correct the element; event types of one's own are not supported",
            };
            let found = format!("`{}`", element.name.written());
            return Err(vec![fault(base, RULE, found, remedy)]);
        }
        let attempt = |places: bool| {
            let scope: Vec<Binding> = self
                .source
                .scope()
                .map(|(prefix, uri)| (prefix.into(), uri.clone()))
                .collect();
            let mut teller = Teller::new(scope, self.strict, places);
            teller.minutes = self.kind == DocumentKind::Query || !self.strict;
            let map = teller.event(element, &base, self.kind == DocumentKind::Event);
            let issues = Issues::default();
            let event = json::read::event(&map, &At::ROOT, &teller.context(), &issues);
            (event, issues.into_list(), teller)
        };
        let (event, errors, teller) = attempt(false);
        match event {
            Some(event) if errors.is_empty() && teller.issues.is_empty() => Ok(event),
            _ => {
                let (_, errors, teller) = attempt(true);
                let in_xml = errors.into_iter().map(|mut error| {
                    error.pointer = teller
                        .place_of(&error.pointer)
                        .unwrap_or_else(|| base.clone());
                    error
                });
                let mut all: Vec<EpcisError> = in_xml.collect();
                all.splice(0..0, teller.issues.iter().cloned());
                all.truncate(crate::epcis::ERRORS_PER_EVENT_MAX);
                Err(all)
            }
        }
    }

    fn step(&mut self) -> Result<Option<Told>, EpcisError> {
        let Some(element) = self.pending.take() else {
            return Ok(None);
        };
        self.read += 1;
        if self.read > self.events_max {
            return Err(self.source.fault(
                &format!("limit: a document has at most {} events", self.events_max),
                "more",
                "send it in parts",
            ));
        }
        let told = self.told(&element);
        self.pending = self.advance()?;
        Ok(Some(told))
    }
}

impl<R: BufRead> Iterator for Events<R> {
    type Item = Result<Told, Vec<EpcisError>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let step = self.step();
        self.ended = !matches!(step, Ok(Some(_)));
        step.map_err(|error| vec![error]).transpose()
    }
}

/// What the document is, and whether it is of EPCIS 2.0.
fn root_kind<R: BufRead>(
    root: &Element,
    source: &Source<R>,
) -> Result<(DocumentKind, bool), EpcisError> {
    let (name, namespace) = (&*root.name.local, root.name.namespace.as_deref());
    let event = EventKind::ALL.iter().any(|kind| kind.name() == name);
    match (name, namespace) {
        ("EPCISDocument", Some(EPCIS_2)) => Ok((DocumentKind::Capture, true)),
        ("EPCISDocument", Some(EPCIS_1)) => Ok((DocumentKind::Capture, false)),
        ("EPCISQueryDocument", Some(QUERY_2)) => Ok((DocumentKind::Query, true)),
        ("EPCISQueryDocument", Some(QUERY_1)) => Ok((DocumentKind::Query, false)),
        (_, None | Some(EPCIS_2)) if event => Ok((DocumentKind::Event, true)),
        (_, Some(EPCIS_1)) if event => Ok((DocumentKind::Event, false)),
        _ => Err(source.fault(
            "EPCIS 2.0 §9: a document is an EPCISDocument in urn:epcglobal:epcis:xsd:2 or :1, an EPCISQueryDocument in urn:epcglobal:epcis-query:xsd:2 or :1, or one event",
            format!("`{name}` in {}", namespace.unwrap_or("no namespace")),
            "set the namespace, such as xmlns:epcis=\"urn:epcglobal:epcis:xsd:2\"",
        )),
    }
}
