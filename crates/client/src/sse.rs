//! Reading server-sent events (WHATWG HTML section 9.2.6) from a stream of bytes.

/// A line longer than this is no event of ours.
const LINE_BYTES_MAX: usize = 1 << 20;

/// One event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Event {
    pub id: Option<String>,
    pub kind: String,
    pub data: String,
}

/// Takes bytes as they come and gives whole events.
#[derive(Debug, Default)]
pub(crate) struct Parser {
    line: Vec<u8>,
    event: Event,
    has_data: bool,
    /// The line ended by CR; an LF right behind it belongs to it.
    after_cr: bool,
}

impl Parser {
    /// Takes `bytes`; returns the events that they complete.
    ///
    /// # Errors
    /// When a line is longer than a mebibyte.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> Result<Vec<Event>, String> {
        let mut events = Vec::new();
        for byte in bytes {
            let after_cr = std::mem::replace(&mut self.after_cr, *byte == b'\r');
            match byte {
                b'\n' if after_cr => {}
                b'\n' | b'\r' => events.extend(self.end_line()),
                _ if self.line.len() == LINE_BYTES_MAX => {
                    return Err(format!(
                        "a line of the feed is longer than {LINE_BYTES_MAX} bytes"
                    ));
                }
                byte => self.line.push(*byte),
            }
        }
        Ok(events)
    }

    fn end_line(&mut self) -> Option<Event> {
        let line = std::mem::take(&mut self.line);
        let line = String::from_utf8_lossy(&line);
        if line.is_empty() {
            let event = std::mem::take(&mut self.event);
            return std::mem::take(&mut self.has_data).then_some(event);
        }
        let (field, value) = line.split_once(':').unwrap_or((&line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "id" => self.event.id = Some(value.to_owned()),
            "event" => self.event.kind = value.to_owned(),
            "data" => {
                if std::mem::replace(&mut self.has_data, true) {
                    self.event.data.push('\n');
                }
                self.event.data.push_str(value);
            }
            _ => {}
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Examples after WHATWG HTML section 9.2.6.
    #[test]
    fn events_are_the_same_however_the_bytes_are_cut() {
        let text = ": test stream\n\ndata: first event\nid: 1\n\ndata:second event\r\nid\r\n\r\nevent: block\ndata:  third\ndata: line\n\ndata: incomplete";
        let mut whole = Parser::default();
        let expected = whole.push(text.as_bytes()).unwrap();
        let data: Vec<&str> = expected.iter().map(|event| event.data.as_str()).collect();
        assert_eq!(data, ["first event", "second event", " third\nline"]);
        assert_eq!(expected[0].id.as_deref(), Some("1"));
        assert_eq!(expected[1].id.as_deref(), Some(""));
        assert_eq!(
            (expected[2].kind.as_str(), expected[2].id.as_deref()),
            ("block", None)
        );
        for size in 1..text.len() {
            let mut parser = Parser::default();
            let events: Vec<Event> = text
                .as_bytes()
                .chunks(size)
                .flat_map(|part| parser.push(part).unwrap())
                .collect();
            assert_eq!(events, expected, "{size}");
        }
    }

    #[test]
    fn an_endless_line_is_refused() {
        let mut parser = Parser::default();
        assert!(parser.push(&vec![b'x'; LINE_BYTES_MAX + 1]).is_err());
    }
}
