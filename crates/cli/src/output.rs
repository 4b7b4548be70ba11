//! What a person or a program sees: data on stdout, progress and hints on stderr, colour only on a terminal.
//!
//! With `--json` stdout carries exactly one JSON document and stderr stays quiet apart from failures.

use comfy_table::{ContentArrangement, Table, TableComponent, presets};
use serde_json::Value;
use std::io::{IsTerminal as _, Write as _, stderr, stdout};

/// Where and how to write.
#[derive(Clone, Copy, Debug)]
pub struct Screen {
    /// One JSON document on stdout instead of text.
    pub json: bool,
    /// Whether stderr understands colour.
    pub colour: bool,
}

impl Screen {
    /// A screen for this process's standard streams. `NO_COLOR` is honoured.
    pub fn new(json: bool) -> Self {
        let colour = stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        Self { json, colour }
    }

    /// Writes the command's result: `text` for people, `value` for programs.
    pub fn result(&self, text: impl FnOnce() -> String, value: impl FnOnce() -> Value) {
        let text = if self.json {
            value().to_string()
        } else {
            text()
        };
        put(text.trim_end());
    }

    /// A line of progress or a hint, on stderr.
    pub fn hint(&self, text: impl AsRef<str>) {
        if !self.json {
            let mut err = stderr().lock();
            let _closed = writeln!(err, "{}", text.as_ref());
        }
    }

    /// `text` in bold where that is possible.
    pub fn bold(&self, text: &str) -> String {
        self.paint("1", text)
    }

    /// `text` in green where that is possible.
    pub fn good(&self, text: &str) -> String {
        self.paint("32", text)
    }

    /// `text` in red where that is possible.
    pub fn bad(&self, text: &str) -> String {
        self.paint("31", text)
    }

    /// `text` dimmed where that is possible.
    pub fn faint(&self, text: &str) -> String {
        self.paint("2", text)
    }

    fn paint(&self, code: &str, text: &str) -> String {
        if self.colour {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }
}

/// Writes one piece of data to stdout. A closed pipe (`convoy … | head`) is not a failure.
pub fn put(text: &str) {
    let mut out = stdout().lock();
    let _closed = writeln!(out, "{text}").and_then(|()| out.flush());
}

/// A table with a header line, as wide as the terminal allows; as wide as it needs when stdout is a file or a pipe.
pub fn table<const N: usize>(
    headers: [&str; N],
    rows: impl IntoIterator<Item = [String; N]>,
) -> String {
    grid(
        headers.map(str::to_owned).to_vec(),
        rows.into_iter().map(|row| row.to_vec()),
    )
}

fn plain() -> Table {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING);
    table.set_style(TableComponent::HeaderLines, '─');
    table.set_style(TableComponent::MiddleHeaderIntersections, '─');
    if stdout().is_terminal() {
        table.set_content_arrangement(ContentArrangement::Dynamic);
    }
    table
}

/// As [`table`], with as many columns as there are headers.
pub fn grid(headers: Vec<String>, rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut table = plain();
    table.set_header(headers);
    for row in rows {
        table.add_row(row);
    }
    trim_lines(&table.to_string())
}

/// Name and value, one to a line, aligned.
pub fn facts<'a>(facts: impl IntoIterator<Item = (&'a str, String)>) -> String {
    let facts: Vec<_> = facts.into_iter().collect();
    let width = facts.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    facts.iter().fold(String::new(), |text, (name, value)| {
        text + &format!("{name:width$}  {value}\n")
    })
}

fn trim_lines(text: &str) -> String {
    text.lines()
        .fold(String::new(), |all, line| all + line.trim_end() + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_are_aligned() {
        let text = facts([("a", "1".to_owned()), ("long", "2".to_owned())]);
        assert_eq!(text, "a     1\nlong  2\n");
    }
}
