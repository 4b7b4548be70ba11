//! XML text to elements with their namespaces: bounded, without document types or entities.
//!
//! Flow: [`Source::next`] gives one token at a time with the place it stands at; [`Source::subtree`] gathers
//! an element with all it holds.
//!
//! Limits: bytes of the document, of one token and of one part (an event, or what surrounds the events); elements of
//! a part; nesting; attributes and names. A document type is refused before anything in it is read, so there are no
//! entities but the five of XML itself and characters by number.

use crate::{
    epcis::EpcisError,
    limits::{
        EVENT_TEXT_BYTES_MAX, EVENT_VALUES_MAX, XML_ATTRIBUTES_MAX, XML_DEPTH_MAX,
        XML_NAME_BYTES_MAX,
    },
};
use quick_xml::{
    XmlVersion,
    events::{BytesStart, Event as Markup},
    reader::Reader,
};
use std::{
    io::{self, BufRead, Read},
    sync::Arc,
};

/// Names told apart under one element when counting places; hostile documents get no more memory than that.
const COUNTED_NAMES_MAX: usize = 64;
const XML_NAMESPACE: &str = "http://www.w3.org/XML/1998/namespace";

/// A name with its namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Name {
    pub(super) prefix: Box<str>,
    pub(super) local: Box<str>,
    pub(super) namespace: Option<Arc<str>>,
}

impl Name {
    /// As it is written.
    pub(super) fn written(&self) -> String {
        match &*self.prefix {
            "" => self.local.to_string(),
            prefix => format!("{prefix}:{}", self.local),
        }
    }
}

/// A prefix and the namespace it stands for.
pub(super) type Binding = (Box<str>, Arc<str>);

/// An element and all it holds. Text is joined over the children.
#[derive(Debug)]
pub(super) struct Element {
    pub(super) name: Name,
    pub(super) attributes: Vec<(Name, String)>,
    pub(super) children: Vec<Element>,
    pub(super) text: String,
    /// Which of its siblings of the same name it is, from 1.
    pub(super) place: usize,
    /// Prefixes it declares.
    pub(super) declared: Vec<Binding>,
}

/// One step through the document.
pub(super) enum Token {
    Start(Element),
    End,
    Text(String),
    Eof,
}

/// The reader beneath, which stops where a token or the document is too long.
struct Metered<R> {
    inner: R,
    token: usize,
    total: usize,
    total_max: usize,
}

impl<R: BufRead> Read for Metered<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let length = {
            let available = self.fill_buf()?;
            let length = available.len().min(out.len());
            out[..length].copy_from_slice(&available[..length]);
            length
        };
        self.consume(length);
        Ok(length)
    }
}

impl<R: BufRead> BufRead for Metered<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.token > EVENT_TEXT_BYTES_MAX {
            return Err(io::Error::other("limit: a tag or a text has at most 4 MiB"));
        }
        if self.total > self.total_max {
            return Err(io::Error::other(format!(
                "limit: a document has at most {} MiB",
                self.total_max >> 20
            )));
        }
        self.inner.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.token += amount;
        self.total += amount;
        self.inner.consume(amount);
    }
}

/// An open element, for the place of what comes next.
struct Open {
    step: String,
    bindings: usize,
    counted: Vec<(Box<str>, usize)>,
}

/// A document being read.
pub(super) struct Source<R> {
    reader: Reader<Metered<R>>,
    buffer: Vec<u8>,
    open: Vec<Open>,
    bindings: Vec<(Box<str>, Option<Arc<str>>)>,
    part_start: u64,
    part_elements: usize,
    started: bool,
    had_root: bool,
}

impl<R: BufRead> Source<R> {
    pub(super) fn new(mut inner: R, total_max: usize) -> Result<Self, EpcisError> {
        let (utf16, mark) = match inner.fill_buf() {
            Ok(start) => (
                start.starts_with(&[0xfe, 0xff]) || start.starts_with(&[0xff, 0xfe]),
                start.starts_with(b"\xef\xbb\xbf"),
            ),
            Err(_) => (false, false),
        };
        if mark {
            inner.consume(3);
        }
        if utf16 {
            return Err(fault(
                String::new(),
                "XML 1.0 §4.3.3: the encoding is UTF-8 here",
                "UTF-16",
                "save the document as UTF-8",
            ));
        }
        let mut reader = Reader::from_reader(Metered {
            inner,
            token: 0,
            total: 0,
            total_max,
        });
        let config = reader.config_mut();
        config.expand_empty_elements = true;
        config.check_comments = true;
        Ok(Self {
            reader,
            buffer: Vec::new(),
            open: Vec::new(),
            bindings: Vec::new(),
            part_start: 0,
            part_elements: 0,
            started: false,
            had_root: false,
        })
    }

    /// Where the reader is: an XPath to the innermost open element.
    pub(super) fn pointer(&self) -> String {
        self.open.iter().map(|open| open.step.as_str()).collect()
    }

    /// A fault at the innermost open element.
    pub(super) fn fault(&self, rule: &str, found: impl ToString, remedy: &str) -> EpcisError {
        fault(self.pointer(), rule, found, remedy)
    }

    /// Starts a part: what is counted from here on is bounded anew.
    pub(super) fn start_part(&mut self) {
        self.part_start = self.reader.buffer_position();
        self.part_elements = 0;
    }

    /// Prefixes in force at the innermost open element, outer ones first.
    pub(super) fn scope(&self) -> impl Iterator<Item = (&str, &Arc<str>)> {
        let bound = self.bindings.iter();
        bound.filter_map(|(prefix, uri)| Some((&**prefix, uri.as_ref()?)))
    }

    /// The next token that says something.
    pub(super) fn next(&mut self) -> Result<Token, EpcisError> {
        loop {
            let mut buffer = std::mem::take(&mut self.buffer);
            buffer.clear();
            self.reader.get_mut().token = 0;
            let markup = self.reader.read_event_into(&mut buffer);
            let token = match markup {
                Ok(markup) => self.token(&markup),
                Err(error) => Err(self.malformed(&error)),
            };
            self.buffer = buffer;
            self.started = true;
            if let Some(token) = token? {
                return Ok(token);
            }
        }
    }

    /// The element that starts with `start`, to its end.
    pub(super) fn subtree(&mut self, start: Element) -> Result<Element, EpcisError> {
        let mut stack = vec![start];
        loop {
            match self.next()? {
                Token::Start(element) => stack.push(element),
                Token::Text(text) => {
                    if let Some(innermost) = stack.last_mut() {
                        innermost.text.push_str(&text);
                    }
                }
                Token::End => {
                    let Some(done) = stack.pop() else { continue };
                    match stack.last_mut() {
                        Some(parent) => parent.children.push(done),
                        None => return Ok(done),
                    }
                }
                Token::Eof => return Err(self.unclosed()),
            }
        }
    }

    fn unclosed(&self) -> EpcisError {
        self.fault(
            "XML 1.0 §2.1: every element ends",
            "the end of the document",
            "send the whole document",
        )
    }

    fn malformed(&self, error: &quick_xml::Error) -> EpcisError {
        let shown = match error {
            quick_xml::Error::Io(inner) => inner.to_string(),
            other => other.to_string(),
        };
        if let Some(limit) = shown.strip_prefix("limit: ") {
            return self.fault(
                &format!("limit: {limit}"),
                format!("more at byte {}", self.reader.buffer_position()),
                "send it in parts",
            );
        }
        if matches!(error, quick_xml::Error::Encoding(_)) {
            return self.fault(
                "XML 1.0 §4.3.3: the encoding is UTF-8 here",
                format!(
                    "another byte behind offset {}",
                    self.reader.error_position()
                ),
                "save the document as UTF-8",
            );
        }
        self.fault(
            "XML 1.0: the document is well-formed",
            format!("{shown} at byte {}", self.reader.error_position()),
            "correct the XML there",
        )
    }

    fn token(&mut self, markup: &Markup<'_>) -> Result<Option<Token>, EpcisError> {
        let used = self
            .reader
            .buffer_position()
            .saturating_sub(self.part_start);
        if usize::try_from(used).unwrap_or(usize::MAX) > EVENT_TEXT_BYTES_MAX {
            return Err(self.fault(
                "limit: one event, or all that surrounds the events, has at most 4 MiB",
                format!("{used} bytes"),
                "split it",
            ));
        }
        match markup {
            Markup::Start(tag) | Markup::Empty(tag) => self.start(tag).map(Token::Start).map(Some),
            Markup::End(_) => {
                if let Some(closed) = self.open.pop() {
                    self.bindings.truncate(closed.bindings);
                }
                Ok(Some(Token::End))
            }
            Markup::Text(text) => {
                let text = text.xml10_content();
                self.text(text.into_owned())
            }
            Markup::CData(text) => {
                let text = text.xml10_content();
                self.text(text.into_owned())
            }
            Markup::GeneralRef(reference) => {
                let character = reference.resolve_char_ref().ok().flatten();
                let named = || quick_xml::escape::resolve_xml_entity(reference);
                let text = character
                    .map(String::from)
                    .or_else(|| named().map(str::to_owned));
                match text {
                    Some(text) => self.text(text),
                    None => Err(self.fault(
                        "XML 1.0 §4.1: there are no entities here but those of XML itself",
                        format!("&{};", &**reference),
                        "write the character itself",
                    )),
                }
            }
            Markup::Decl(declaration) => self.declaration(declaration).map(|()| None),
            Markup::DocType(_) => Err(self.fault(
                "limit: a document has no document type declaration",
                "<!DOCTYPE ...>",
                "remove it; entities are not expanded and nothing is fetched",
            )),
            Markup::Comment(_) | Markup::PI(_) => Ok(None),
            Markup::Eof if !self.open.is_empty() => Err(self.unclosed()),
            Markup::Eof if !self.had_root => Err(self.fault(
                "XML 1.0 §2.1: a document has one outermost element",
                "none",
                "send an EPCISDocument",
            )),
            Markup::Eof => Ok(Some(Token::Eof)),
        }
    }

    fn declaration(
        &self,
        declaration: &quick_xml::events::BytesDecl<'_>,
    ) -> Result<(), EpcisError> {
        const RULE: &str = "XML 1.0 §4.3.3: the encoding is UTF-8 here";
        if self.started {
            return Err(self.fault(
                "XML 1.0 §2.8: the XML declaration stands first",
                "one further on",
                "remove it",
            ));
        }
        match declaration.encoding() {
            None => Ok(()),
            Some(Ok(name))
                if ["utf-8", "utf8", "us-ascii"]
                    .iter()
                    .any(|known| name.eq_ignore_ascii_case(known)) =>
            {
                Ok(())
            }
            Some(Ok(name)) => Err(self.fault(RULE, name, "save the document as UTF-8")),
            Some(Err(error)) => Err(self.fault(RULE, error, "save the document as UTF-8")),
        }
    }

    fn text(&self, text: String) -> Result<Option<Token>, EpcisError> {
        self.legal(&text)?;
        if self.open.is_empty() {
            return match text.trim() {
                "" => Ok(None),
                stray => Err(self.fault(
                    "XML 1.0 §2.1: text stands within the outermost element",
                    format!("`{}`", stray.chars().take(40).collect::<String>()),
                    "send XML; remove what surrounds the document",
                )),
            };
        }
        Ok(Some(Token::Text(text)))
    }

    fn legal(&self, text: &str) -> Result<(), EpcisError> {
        match text.chars().find(|c| !is_character(*c)) {
            None => Ok(()),
            Some(other) => Err(self.fault(
                "XML 1.0 §2.2: control characters are not allowed",
                format!("U+{:04X}", u32::from(other)),
                "remove it",
            )),
        }
    }

    fn start(&mut self, tag: &BytesStart<'_>) -> Result<Element, EpcisError> {
        self.part_elements += 1;
        let limit = |rule: &str, found: String| Err(self.fault(rule, found, "flatten or split it"));
        if self.open.len() >= XML_DEPTH_MAX {
            let found = format!("level {}", self.open.len() + 1);
            return limit("limit: XML nests at most 64 deep", found);
        }
        if self.part_elements > EVENT_VALUES_MAX {
            let found = format!("more than {EVENT_VALUES_MAX}");
            return limit(
                "limit: one event, or all that surrounds the events, has at most 100000 elements",
                found,
            );
        }
        if self.open.is_empty() && self.had_root {
            return limit(
                "XML 1.0 §2.1: a document has one outermost element",
                "another one".into(),
            );
        }
        self.had_root = true;
        let bindings = self.bindings.len();
        let raw = self.attributes(tag)?;
        let declared = self.declare(&raw)?;
        let name = self.name(tag.name().as_ref(), true)?;
        let place = self.count(&name);
        let step = match self.open.is_empty() || (place == 1 && !name.local.ends_with("Event")) {
            true => format!("/{}", name.written()),
            false => format!("/{}[{place}]", name.written()),
        };
        self.open.push(Open {
            step,
            bindings,
            counted: Vec::new(),
        });
        let mut attributes: Vec<(Name, String)> = Vec::with_capacity(raw.len() - declared.len());
        for (written, value) in raw.into_iter().filter(|(written, _)| !declares(written)) {
            let name = self.name(&written, false)?;
            let same = |other: &(Name, String)| {
                other.0.local == name.local && other.0.namespace == name.namespace
            };
            if attributes.iter().any(same) {
                return Err(self.fault(
                    "XML 1.0 §3.1: the attributes of an element are unique",
                    format!("`{written}` twice"),
                    "remove one of them",
                ));
            }
            attributes.push((name, value));
        }
        Ok(Element {
            name,
            attributes,
            children: Vec::new(),
            text: String::new(),
            place,
            declared,
        })
    }

    fn attributes(&self, tag: &BytesStart<'_>) -> Result<Vec<(String, String)>, EpcisError> {
        let mut raw = Vec::new();
        for attribute in tag.attributes() {
            let malformed = |error: &dyn std::fmt::Display| {
                self.fault(
                    "XML 1.0 §3.1: attributes are well-formed, unique and without entities",
                    error,
                    "correct the attributes of this element",
                )
            };
            let attribute = attribute.map_err(|error| malformed(&error))?;
            let value = attribute
                .normalized_value(XmlVersion::Implicit1_0)
                .map_err(|error| malformed(&error))?;
            if attribute.value.contains('<') {
                return Err(malformed(&"`<` in a value"));
            }
            self.legal(&value)?;
            if raw.len() >= XML_ATTRIBUTES_MAX {
                return Err(self.fault(
                    "limit: an element has at most 100 attributes",
                    "more",
                    "use elements",
                ));
            }
            raw.push((attribute.key.as_ref().to_owned(), value.into_owned()));
        }
        Ok(raw)
    }

    fn declare(&mut self, raw: &[(String, String)]) -> Result<Vec<Binding>, EpcisError> {
        let mut declared = Vec::new();
        for (written, uri) in raw.iter().filter(|(written, _)| declares(written)) {
            let prefix = written.strip_prefix("xmlns:").unwrap_or("");
            let wrong = (written.contains(':') && (uri.is_empty() || !is_name(prefix)))
                || uri.len() > XML_NAME_BYTES_MAX
                || uri.contains(char::is_whitespace);
            if wrong {
                return Err(self.fault(
                    "Namespaces in XML 1.0: a prefix stands for a URI of at most 256 bytes",
                    format!("{written}=\"{}\"", uri.chars().take(60).collect::<String>()),
                    "give the namespace's URI",
                ));
            }
            let bound = (!uri.is_empty()).then(|| Arc::<str>::from(uri.as_str()));
            declared.extend(bound.clone().map(|uri| (prefix.into(), uri)));
            self.bindings.push((prefix.into(), bound));
        }
        Ok(declared)
    }

    fn name(&self, written: &str, element: bool) -> Result<Name, EpcisError> {
        let (prefix, local) = written.split_once(':').unwrap_or(("", written));
        let fits = written.len() <= XML_NAME_BYTES_MAX
            && is_name(local)
            && (prefix.is_empty() || is_name(prefix))
            && !written.starts_with(':');
        let shown = || format!("`{}`", written.chars().take(60).collect::<String>());
        if !fits {
            return Err(self.fault(
                "Namespaces in XML 1.0: a name is letters, digits and . - _, with one prefix at most, up to 256 bytes",
                shown(),
                "correct the name",
            ));
        }
        let namespace = match prefix {
            "" if !element => None,
            "xml" => Some(XML_NAMESPACE.into()),
            _ => {
                let bound = self
                    .bindings
                    .iter()
                    .rev()
                    .find(|(known, _)| **known == *prefix);
                match bound {
                    Some((_, uri)) => uri.clone(),
                    None if prefix.is_empty() => None,
                    None => {
                        return Err(self.fault(
                            "Namespaces in XML 1.0: a prefix is declared before it is used",
                            shown(),
                            "declare it with xmlns:prefix=\"...\"",
                        ));
                    }
                }
            }
        };
        Ok(Name {
            prefix: prefix.into(),
            local: local.into(),
            namespace,
        })
    }

    fn count(&mut self, name: &Name) -> usize {
        let Some(parent) = self.open.last_mut() else {
            return 1;
        };
        let written = name.written();
        if let Some((_, count)) = parent
            .counted
            .iter_mut()
            .find(|(known, _)| **known == *written)
        {
            *count += 1;
            return *count;
        }
        if parent.counted.len() < COUNTED_NAMES_MAX {
            parent.counted.push((written.into(), 1));
        }
        1
    }
}

fn declares(written: &str) -> bool {
    written == "xmlns" || written.starts_with("xmlns:")
}

/// A character of XML 1.0 (section 2.2).
pub(super) fn is_character(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// A name without colon (Namespaces in XML 1.0), ASCII held to the letter and other scripts let through.
pub(super) fn is_name(text: &str) -> bool {
    let starts =
        |c: char| c.is_ascii_alphabetic() || c == '_' || (!c.is_ascii() && c.is_alphabetic());
    let goes_on = |c: char| {
        starts(c)
            || c.is_ascii_digit()
            || matches!(c, '.' | '-' | '\u{b7}')
            || (!c.is_ascii() && c.is_alphanumeric())
    };
    text.chars().next().is_some_and(starts) && text.chars().all(goes_on)
}

pub(super) fn fault(pointer: String, rule: &str, found: impl ToString, remedy: &str) -> EpcisError {
    EpcisError {
        pointer,
        rule: rule.into(),
        found: found.to_string().chars().take(120).collect(),
        remedy: remedy.into(),
    }
}
