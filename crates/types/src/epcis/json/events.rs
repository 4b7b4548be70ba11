//! A document read one event at a time, from anything that can be read twice: a file, or bytes in memory.
//!
//! Flow: a first pass looks at the whole text (`scan`) and keeps what surrounds the events, so that contexts and the header
//! are known whatever order the members have; the second reads the list of events, one event's text at a time.

use super::{
    context::Context,
    document_of, one,
    scan::{self, Scan},
    value,
};
use crate::{
    epcis::{
        document::{DocumentKind, Header, Told},
        error::{At, EpcisError, Issues},
    },
    limits::{STREAM_BYTES_MAX, STREAM_EVENTS_MAX},
};
use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};

const CHUNK_BYTES: usize = 64 * 1024;

/// The events of a document, one after another: each by itself right or wrong, or what is wrong with the document,
/// which ends it. Holds one event at a time, and what surrounds them.
pub struct Events<R> {
    reader: BufReader<R>,
    header: Header,
    context: Context,
    /// The names that lead to the list, or nothing where the events are in `whole`.
    path: Option<&'static [&'static str]>,
    whole: std::vec::IntoIter<Told>,
    read: usize,
    events_max: usize,
    ended: bool,
}

impl<R: Read + Seek> Events<R> {
    /// Starts to read a document as a stream: the whole text is looked at once before its first event is given.
    ///
    /// # Errors
    /// What is wrong with the document as a whole.
    pub fn new(reader: R) -> Result<Self, Vec<EpcisError>> {
        Self::within(reader, STREAM_BYTES_MAX, STREAM_EVENTS_MAX)
    }

    pub(super) fn within(
        mut reader: R,
        bytes_max: usize,
        events_max: usize,
    ) -> Result<Self, Vec<EpcisError>> {
        let scan = look(&mut reader, bytes_max).map_err(|error| vec![error])?;
        let skeleton = value(&scan.skeleton).map_err(|error| vec![error])?;
        let issues = Issues::default();
        let found = document_of(&skeleton, &issues, events_max);
        let errors = issues.into_list();
        let (header, context, whole) = match found {
            Some(found) if errors.is_empty() => found,
            _ => return Err(errors),
        };
        let wanted = match header.kind {
            DocumentKind::Capture => 2,
            DocumentKind::Query => 4,
            DocumentKind::Event => 0,
        };
        let list = scan.list.filter(|list| list.path.len() == wanted);
        if let Some(list) = &list {
            reader
                .seek(SeekFrom::Start(list.start))
                .map_err(|error| vec![unreadable(&error)])?;
        }
        Ok(Self {
            reader: BufReader::with_capacity(CHUNK_BYTES, reader),
            header,
            context,
            path: list.map(|list| list.path),
            whole: whole.into_iter(),
            read: 0,
            events_max,
            ended: false,
        })
    }

    /// What the document says of itself.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The header, when the events are done with.
    pub fn into_header(self) -> Header {
        self.header
    }

    fn step(&mut self) -> Result<Option<Told>, EpcisError> {
        let Some(path) = self.path else {
            return Ok(self.whole.next());
        };
        let index = self.read;
        let list = format!("/{}", path.join("/"));
        let malformed = |found: String| EpcisError {
            pointer: format!("{list}/{index}"),
            rule: "RFC 8259: the document is JSON".into(),
            found,
            remedy: "correct the JSON of this event".into(),
        };
        let first = self.token()?;
        let first = match (first, index) {
            (Some(b']'), _) => return Ok(None),
            (Some(b','), 1..) => self.token()?,
            (first, 0) => first,
            (found, _) => return Err(malformed(shown(found))),
        };
        let text = match first {
            Some(first) if !matches!(first, b',' | b']' | b'}' | b':') => self.item(first)?,
            found => return Err(malformed(shown(found))),
        };
        if index >= self.events_max {
            return Err(EpcisError {
                pointer: list,
                rule: format!("limit: a document has at most {} events", self.events_max),
                found: "more".into(),
                remedy: "send it in parts".into(),
            });
        }
        let event: Value =
            serde_json::from_slice(&text).map_err(|error| malformed(error.to_string()))?;
        self.read += 1;
        Ok(Some(self.told(&event, path, &At::ROOT)))
    }

    fn told(&self, event: &Value, path: &[&str], at: &At<'_>) -> Told {
        match path.split_first() {
            Some((name, deeper)) => self.told(event, deeper, &at.key(name)),
            None => one(event, &at.index(self.read - 1), &self.context),
        }
    }

    /// The next byte that is no blank.
    fn token(&mut self) -> Result<Option<u8>, EpcisError> {
        loop {
            let Some(byte) = self.byte()? else {
                return Ok(None);
            };
            if !matches!(byte, b' ' | b'\t' | b'\n' | b'\r') {
                return Ok(Some(byte));
            }
        }
    }

    fn byte(&mut self) -> Result<Option<u8>, EpcisError> {
        let next = self.peek()?;
        self.reader.consume(usize::from(next.is_some()));
        Ok(next)
    }

    fn peek(&mut self) -> Result<Option<u8>, EpcisError> {
        let available = self.reader.fill_buf();
        available
            .map(|bytes| bytes.first().copied())
            .map_err(|error| unreadable(&error))
    }

    /// The text of the value that starts with `first`; its size has been looked at in the first pass.
    fn item(&mut self, first: u8) -> Result<Vec<u8>, EpcisError> {
        let mut text = vec![first];
        let (mut depth, mut quoted, mut escaped) = (
            usize::from(matches!(first, b'{' | b'[')),
            first == b'"',
            false,
        );
        loop {
            if depth == 0 && !quoted && matches!(first, b'{' | b'[' | b'"') {
                return Ok(text);
            }
            let ends = |byte: u8| matches!(byte, b',' | b']' | b'}' | b' ' | b'\t' | b'\n' | b'\r');
            let Some(byte) = self.peek()? else {
                return Ok(text);
            };
            if depth == 0 && !quoted && ends(byte) {
                return Ok(text);
            }
            self.reader.consume(1);
            text.push(byte);
            match (quoted, escaped, byte) {
                (true, true, _) => escaped = false,
                (true, false, b'\\') => escaped = true,
                (true, false, b'"') => quoted = false,
                (false, _, b'"') => quoted = true,
                (false, _, b'{' | b'[') => depth += 1,
                (false, _, b'}' | b']') => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
    }
}

impl<R: Read + Seek> Iterator for Events<R> {
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

fn shown(byte: Option<u8>) -> String {
    byte.map_or("the end".into(), |byte| format!("`{}`", char::from(byte)))
}

/// The first pass.
fn look(reader: &mut impl Read, bytes_max: usize) -> Result<Scan, EpcisError> {
    let mut scan = Scan::new(bytes_max);
    let mut chunk = vec![0; CHUNK_BYTES];
    let (mut kept, mut offset) = (0, 0_u64);
    loop {
        let read = match reader.read(&mut chunk[kept..]) {
            Ok(read) => read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(unreadable(&error)),
        };
        let filled = kept + read;
        let valid = match std::str::from_utf8(&chunk[..filled]) {
            Ok(text) => text.len(),
            // A character cut by the end of the chunk is looked at with the next.
            Err(fault) if fault.error_len().is_none() && read > 0 => fault.valid_up_to(),
            Err(_) => return scan::utf8(&chunk[..filled], offset).map(|_| scan),
        };
        scan.feed(&chunk[..valid])?;
        offset += valid as u64;
        chunk.copy_within(valid..filled, 0);
        kept = filled - valid;
        if read == 0 {
            return Ok(scan);
        }
    }
}

fn unreadable(error: &std::io::Error) -> EpcisError {
    EpcisError {
        pointer: String::new(),
        rule: "the document can be read to its end".into(),
        found: error.to_string(),
        remedy: "send it again".into(),
    }
}
