//! Reading element strings whose separators are lost.
//!
//! A scanner that types into a form as a keyboard often drops GS, for there is no such key. Then `10AB17261231` may be one lot
//! `AB17261231`, or the lot `AB` with an expiry date. Flow: [`readings`] finds every way to cut the text into elements that
//! satisfies all rules, associations included; the caller takes the only one, or refuses and shows several.
//!
//! Limits: no more than [`READINGS_MAX`] readings are given and no more than [`STEPS_MAX`] cuts tried; a text that needs more
//! is as ambiguous as can be.

use super::{Ai, Element, ElementString};

/// Readings given at most: who has to choose wants no more.
pub const READINGS_MAX: usize = 8;
/// Cuts tried at most: some milliseconds' work.
const STEPS_MAX: usize = 5_000;

/// What the search found.
#[derive(Debug, Default)]
pub struct Readings {
    /// Ways to read the text, the longest values first.
    pub found: Vec<ElementString>,
    /// Whether the search ended before all was tried.
    pub cut_short: bool,
}

/// Every way to read `text`, which has no separators, that satisfies all rules.
///
/// Identifiers that companies use as they like (90 to 99) are tried where `internal`; they fit almost anything. Where the text
/// is not a `whole` label, what an identifier needs beside it may be in another symbol.
pub fn readings(text: &str, internal: bool, whole: bool) -> Readings {
    let mut search = Search {
        text,
        internal,
        whole,
        dead: vec![false; text.len() + 1],
        steps: 0,
        path: Vec::new(),
        readings: Readings::default(),
    };
    if text.is_ascii() && !text.is_empty() && text.len() <= super::ELEMENT_STRING_BYTES_MAX {
        search.from(0);
    }
    search.readings
}

struct Search<'t> {
    text: &'t str,
    internal: bool,
    whole: bool,
    /// Places from which no reading reaches the end, whatever stood before.
    dead: Vec<bool>,
    steps: usize,
    path: Vec<Element>,
    readings: Readings,
}

impl Search<'_> {
    /// Continues at `at`; whether the end was reached at least once, associations aside.
    fn from(&mut self, at: usize) -> bool {
        if at == self.text.len() {
            self.keep();
            return true;
        }
        if self.dead[at] {
            return false;
        }
        let rest = &self.text[at..];
        let usable = |ai: &&Ai| self.internal || !ai.is_internal();
        let Some(ai) = Ai::at_start(rest).filter(usable) else {
            self.dead[at] = true;
            return false;
        };
        // Whether the end is within reach must not depend on what stood before, or `dead` would lie.
        let mut reached = self.path.iter().any(|element| std::ptr::eq(element.ai, ai));
        if reached {
            return true;
        }
        for length in ai.lengths().rev() {
            self.steps += 1;
            if self.steps > STEPS_MAX || self.readings.found.len() >= READINGS_MAX {
                self.readings.cut_short = true;
                return true;
            }
            let start = at + ai.code().len();
            let Some(value) = self.text.get(start..start + length) else {
                continue;
            };
            let Ok(element) = Element::of(ai, value) else {
                continue;
            };
            self.path.push(element);
            reached |= self.from(start + length);
            self.path.pop();
        }
        self.dead[at] = !reached;
        reached
    }

    fn keep(&mut self) {
        let string = ElementString::new(self.path.clone());
        if let Ok(string) = string
            && (!self.whole || string.check_associations().is_ok())
        {
            self.readings.found.push(string);
        }
    }
}
