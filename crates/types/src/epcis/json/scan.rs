//! A first look at JSON text, before anything is built from it: size, nesting, doubled keys, huge numbers, and how much
//! there is of one event.
//!
//! [`Scan`] takes the text in pieces of any size. It keeps the document without its events (the skeleton) and where the
//! list of events starts, so that a document can be read an event at a time whatever order its members have. It does not
//! judge the grammar beyond what it needs to walk; the parser behind it does.

use crate::{
    epcis::EpcisError,
    limits::{EVENT_TEXT_BYTES_MAX, EVENT_VALUES_MAX, JSON_DEPTH_MAX},
};
use std::collections::HashSet;

/// Characters of one number: far more than any quantity or measurement needs.
pub(in crate::epcis) const NUMBER_CHARS_MAX: usize = 40;
/// Where the events of a document are.
const LISTS: [&[&str]; 2] = [
    &["epcisBody", "eventList"],
    &["epcisBody", "queryResults", "resultsBody", "eventList"],
];

enum Container {
    Object {
        keys: HashSet<Box<str>>,
        key: Option<Box<str>>,
    },
    Array {
        index: usize,
    },
}

/// What the scanner is within, beside containers.
enum Within {
    Nothing,
    /// A string; its text is gathered where it is a key.
    Text {
        key: bool,
        escaped: bool,
    },
    Number {
        length: usize,
    },
    Word,
}

/// The list of events in the document.
pub(super) struct EventList {
    /// The names that lead to it.
    pub(super) path: &'static [&'static str],
    /// Offset of the first byte behind its `[`.
    pub(super) start: u64,
    depth: usize,
    open: bool,
}

/// A document being looked at.
pub(super) struct Scan {
    stack: Vec<Container>,
    within: Within,
    token: Vec<u8>,
    offset: u64,
    bytes_max: usize,
    part_bytes: usize,
    part_values: usize,
    pub(super) skeleton: Vec<u8>,
    pub(super) list: Option<EventList>,
}

/// Checks a whole text, as one part.
pub(in crate::epcis) fn check(bytes: &[u8]) -> Result<(), EpcisError> {
    let text = utf8(bytes, 0)?;
    let mut scan = Scan::new(EVENT_TEXT_BYTES_MAX);
    scan.feed(text.as_bytes())
}

/// The text, or the fault in its encoding.
pub(super) fn utf8(bytes: &[u8], offset: u64) -> Result<&str, EpcisError> {
    std::str::from_utf8(bytes).map_err(|fault| EpcisError {
        pointer: String::new(),
        rule: "RFC 8259 §8.1: JSON is UTF-8".into(),
        found: format!(
            "another byte at offset {}",
            offset + fault.valid_up_to() as u64
        ),
        remedy: "save the document as UTF-8".into(),
    })
}

impl Scan {
    pub(super) fn new(bytes_max: usize) -> Self {
        Self {
            stack: Vec::new(),
            within: Within::Nothing,
            token: Vec::new(),
            offset: 0,
            bytes_max,
            part_bytes: 0,
            part_values: 0,
            skeleton: Vec::new(),
            list: None,
        }
    }

    /// Looks at the next bytes, which are UTF-8 together with what came before.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> Result<(), EpcisError> {
        for byte in bytes {
            let outside = !self.in_list();
            self.step(*byte)?;
            self.offset += 1;
            self.part_bytes += 1;
            if outside || !self.in_list() {
                self.skeleton.push(*byte);
            }
            if self.part_bytes > EVENT_TEXT_BYTES_MAX {
                return Err(self.fault(
                    "limit: one event, or all that surrounds the events, has at most 4 MiB",
                    "more",
                    "split it",
                ));
            }
        }
        if self.offset > self.bytes_max as u64 {
            return Err(fault(
                &[],
                &format!("limit: a document has at most {} MiB", self.bytes_max >> 20),
                format!("more than {} bytes", self.bytes_max),
                "send it in parts",
            ));
        }
        Ok(())
    }

    fn in_list(&self) -> bool {
        self.list.as_ref().is_some_and(|list| list.open)
    }

    fn step(&mut self, byte: u8) -> Result<(), EpcisError> {
        match &mut self.within {
            Within::Text { key, escaped } => {
                if *key {
                    self.token.push(byte);
                }
                match (*escaped, byte) {
                    (true, _) => *escaped = false,
                    (false, b'\\') => *escaped = true,
                    (false, b'"') => {
                        let key = *key;
                        self.within = Within::Nothing;
                        if key {
                            return self.key();
                        }
                    }
                    _ => {}
                }
                return Ok(());
            }
            Within::Number { length }
                if matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E') =>
            {
                // As it is kept: with a sign behind every `e`.
                *length += match byte {
                    b'e' | b'E' => 2,
                    b'+' | b'-' => 0,
                    _ => 1,
                };
                if *length > NUMBER_CHARS_MAX {
                    return Err(self.fault(
                        "limit: a number has at most 40 characters",
                        "more",
                        "round it",
                    ));
                }
                return Ok(());
            }
            Within::Word if byte.is_ascii_alphabetic() => return Ok(()),
            _ => self.within = Within::Nothing,
        }
        match byte {
            b'{' | b'[' => self.open(byte),
            b'}' | b']' => {
                self.close();
                Ok(())
            }
            b',' => {
                match self.stack.last_mut() {
                    Some(Container::Object { key, .. }) => *key = None,
                    Some(Container::Array { index }) => *index += 1,
                    None => {}
                }
                Ok(())
            }
            b'"' => {
                let key = matches!(self.stack.last(), Some(Container::Object { key: None, .. }));
                self.token.clear();
                self.within = Within::Text {
                    key,
                    escaped: false,
                };
                if key { Ok(()) } else { self.value() }
            }
            b'-' | b'0'..=b'9' => {
                self.within = Within::Number { length: 1 };
                self.value()
            }
            other if other.is_ascii_alphabetic() => {
                self.within = Within::Word;
                self.value()
            }
            _ => Ok(()),
        }
    }

    /// A value starts: an event where it is a member of the list.
    fn value(&mut self) -> Result<(), EpcisError> {
        let depth = self.stack.len();
        if self
            .list
            .as_ref()
            .is_some_and(|list| list.open && depth == list.depth)
        {
            self.part_bytes = 0;
            self.part_values = 0;
        }
        self.part_values += 1;
        if self.part_values > EVENT_VALUES_MAX {
            return Err(self.fault(
                "limit: one event, or all that surrounds the events, has at most 100000 values",
                "more",
                "split it",
            ));
        }
        Ok(())
    }

    fn open(&mut self, byte: u8) -> Result<(), EpcisError> {
        if self.stack.len() >= JSON_DEPTH_MAX {
            let found = format!("level {}", self.stack.len() + 1);
            return Err(self.fault(
                "limit: JSON nests at most 64 deep",
                found,
                "flatten the document",
            ));
        }
        self.value()?;
        let path = (byte == b'[' && self.list.is_none())
            .then(|| LISTS.into_iter().find(|path| self.leads_to(path)))
            .flatten();
        self.stack.push(match byte {
            b'{' => Container::Object {
                keys: HashSet::new(),
                key: None,
            },
            _ => Container::Array { index: 0 },
        });
        if let Some(path) = path {
            self.list = Some(EventList {
                path,
                start: self.offset + 1,
                depth: self.stack.len(),
                open: true,
            });
        }
        Ok(())
    }

    fn leads_to(&self, path: &[&str]) -> bool {
        let names = self.stack.iter().map(|container| match container {
            Container::Object { key, .. } => key.as_deref(),
            Container::Array { .. } => None,
        });
        self.stack.len() == path.len() && names.eq(path.iter().map(|name| Some(*name)))
    }

    fn close(&mut self) {
        self.stack.pop();
        let depth = self.stack.len();
        if let Some(list) = &mut self.list
            && list.open
            && depth < list.depth
        {
            list.open = false;
            self.part_bytes = self.skeleton.len();
            self.part_values = 0;
        }
    }

    fn key(&mut self) -> Result<(), EpcisError> {
        self.token.pop();
        let token = std::mem::take(&mut self.token);
        let text = String::from_utf8_lossy(&token);
        let name: Box<str> = match text.contains('\\') {
            true => serde_json::from_str::<String>(&format!("\"{text}\""))
                .unwrap_or_default()
                .into(),
            false => text.as_ref().into(),
        };
        let Some(Container::Object { keys, key }) = self.stack.last_mut() else {
            return Ok(());
        };
        let doubled = !keys.insert(name.clone());
        *key = Some(name);
        self.part_values += 1;
        self.token = token;
        match doubled {
            true => Err(self.fault(
                "RFC 8259 §4: the names within an object are unique",
                "a name twice",
                "remove one of them",
            )),
            false => Ok(()),
        }
    }

    fn fault(&self, rule: &str, found: impl Into<String>, remedy: &str) -> EpcisError {
        fault(&self.stack, rule, found, remedy)
    }
}

fn fault(stack: &[Container], rule: &str, found: impl Into<String>, remedy: &str) -> EpcisError {
    let mut pointer = String::new();
    for container in stack {
        match container {
            Container::Object { key: Some(key), .. } => {
                pointer.push('/');
                let cut: String = key.chars().take(100).collect();
                pointer.push_str(&cut.replace('~', "~0").replace('/', "~1"));
            }
            Container::Object { key: None, .. } => {}
            Container::Array { index } => pointer.push_str(&format!("/{index}")),
        }
    }
    EpcisError {
        pointer,
        rule: rule.into(),
        found: found.into(),
        remedy: remedy.into(),
    }
}
