//! Reads Rust source closely enough to say which names it uses: comments, strings and test code are blanked
//! (newlines stay, so line numbers stay true), the rest is cut into words.
//!
//! This is not a parser. It errs towards reporting: a name the compiler would resolve to something harmless is
//! still a name the deterministic core should not carry.

/// A word of the source and the line it stands on, counted from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    pub text: String,
    pub line: usize,
}

/// The words of `source` that are code outside of tests.
///
/// A path such as `std::time::Instant` is one word; a number with its suffix is one word.
pub fn code_words(source: &str) -> Vec<Word> {
    words(&without_tests(&blanked(source)))
}

/// `source` with every comment, string and character literal replaced by spaces.
pub fn blanked(source: &str) -> String {
    let bytes = source.as_bytes();
    let mut out = bytes.to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let end = literal_or_comment_end(bytes, at);
        if end > at {
            for slot in &mut out[at..end] {
                if *slot != b'\n' {
                    *slot = b' ';
                }
            }
            at = end;
        } else {
            at = next_start(bytes, at);
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// The first place after `at` where a literal could begin: an identifier is stepped over whole, so that the
/// `r` of `for` is not taken for the start of a raw string.
fn next_start(bytes: &[u8], at: usize) -> usize {
    if !is_word(bytes[at]) {
        return at + 1;
    }
    let mut end = at;
    while end < bytes.len() && is_word(bytes[end]) {
        end += 1;
    }
    end
}

/// Where the comment or literal starting at `at` ends; `at` itself when none starts there.
fn literal_or_comment_end(bytes: &[u8], at: usize) -> usize {
    let rest = &bytes[at..];
    if rest.starts_with(b"//") {
        return line_end(bytes, at);
    }
    if rest.starts_with(b"/*") {
        return block_comment_end(bytes, at);
    }
    let prefix = rest
        .iter()
        .take(2)
        .take_while(|byte| matches!(byte, b'b' | b'r' | b'c'))
        .count();
    let after = &rest[prefix..];
    let raw = rest[..prefix].contains(&b'r');
    if raw {
        let hashes = after.iter().take_while(|byte| **byte == b'#').count();
        if after.get(hashes) == Some(&b'"') {
            return raw_string_end(bytes, at + prefix + hashes + 1, hashes);
        }
        return at;
    }
    match after.first() {
        Some(b'"') => quoted_end(bytes, at + prefix + 1, b'"'),
        Some(b'\'') if is_character(&after[1..]) => quoted_end(bytes, at + prefix + 1, b'\''),
        _ => at,
    }
}

fn line_end(bytes: &[u8], at: usize) -> usize {
    bytes[at..]
        .iter()
        .position(|byte| *byte == b'\n')
        .map_or(bytes.len(), |length| at + length)
}

fn block_comment_end(bytes: &[u8], at: usize) -> usize {
    let mut depth = 0usize;
    let mut place = at;
    while place < bytes.len() {
        if bytes[place..].starts_with(b"/*") {
            depth += 1;
            place += 2;
        } else if bytes[place..].starts_with(b"*/") {
            depth -= 1;
            place += 2;
            if depth == 0 {
                return place;
            }
        } else {
            place += 1;
        }
    }
    bytes.len()
}

fn raw_string_end(bytes: &[u8], from: usize, hashes: usize) -> usize {
    let mut close = vec![b'"'];
    close.resize(hashes + 1, b'#');
    (from..bytes.len())
        .find(|place| bytes[*place..].starts_with(&close))
        .map_or(bytes.len(), |place| place + close.len())
}

fn quoted_end(bytes: &[u8], from: usize, quote: u8) -> usize {
    let mut place = from;
    while place < bytes.len() {
        match bytes[place] {
            b'\\' => place += 2,
            byte if byte == quote => return place + 1,
            _ => place += 1,
        }
    }
    bytes.len()
}

/// Tells a character literal from a lifetime, given what follows the quote.
fn is_character(after_quote: &[u8]) -> bool {
    match after_quote.first() {
        Some(b'\\') => true,
        Some(byte) if byte.is_ascii() => after_quote.get(1) == Some(&b'\''),
        Some(_) => after_quote.iter().take(5).any(|byte| *byte == b'\''),
        None => false,
    }
}

/// Blanks every item under a `#[cfg(...)]` that names `test`. Expects text from [`blanked`].
fn without_tests(blanked: &str) -> String {
    let mut out = blanked.as_bytes().to_vec();
    let mut from = 0;
    while let Some(found) = blanked[from..].find("#[cfg(") {
        let start = from + found;
        let Some(close) = blanked[start..].find(']') else {
            break;
        };
        let attribute_end = start + close + 1;
        from = attribute_end;
        let names_test = words(&blanked[start..attribute_end])
            .iter()
            .any(|word| word.text == "test");
        if !names_test || blanked[start..attribute_end].contains("not(test") {
            continue;
        }
        let end = item_end(&out, attribute_end);
        for slot in &mut out[start..end] {
            if *slot != b'\n' {
                *slot = b' ';
            }
        }
        from = end;
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// The end of the item after `from`: its matching brace, or the semicolon that comes before any brace.
fn item_end(bytes: &[u8], from: usize) -> usize {
    let mut depth = 0usize;
    for (offset, byte) in bytes[from..].iter().enumerate() {
        match byte {
            b';' if depth == 0 => return from + offset + 1,
            b'{' => depth += 1,
            b'}' if depth <= 1 => return from + offset + 1,
            b'}' => depth -= 1,
            _ => {}
        }
    }
    bytes.len()
}

/// Cuts blanked text into words. Inside a grouped path (`std::{time::Instant}`) a word carries its prefix.
fn words(text: &str) -> Vec<Word> {
    let bytes = text.as_bytes();
    let mut found: Vec<Word> = Vec::new();
    let mut prefixes: Vec<String> = Vec::new();
    let mut line = 1;
    let mut at = 0;
    while at < bytes.len() {
        let byte = bytes[at];
        if is_word(byte) {
            let (end, prefix) = if byte.is_ascii_digit() {
                (number_end(bytes, at), "")
            } else {
                let prefix = prefixes.last().map_or("", String::as_str);
                (path_end(bytes, at), prefix)
            };
            let text = format!("{prefix}{}", &text[at..end]);
            found.push(Word { text, line });
            at = end;
            continue;
        }
        match byte {
            b'\n' => line += 1,
            b'{' if bytes[..at].ends_with(b"::") => {
                let last = found.last().map_or("", |word| word.text.as_str());
                prefixes.push(format!("{last}::"));
            }
            b'{' => prefixes.push(String::new()),
            b'}' => {
                prefixes.pop();
            }
            _ => {}
        }
        at += 1;
    }
    found
}

fn path_end(bytes: &[u8], at: usize) -> usize {
    let mut end = at;
    while end < bytes.len() {
        if is_word(bytes[end]) {
            end += 1;
        } else if bytes[end..].starts_with(b"::") && bytes.get(end + 2).is_some_and(|b| is_word(*b))
        {
            end += 2;
        } else {
            break;
        }
    }
    end
}

/// A number with fraction and suffix. A tuple index (`pair.0.1`) is read digit by digit, never as a fraction.
fn number_end(bytes: &[u8], at: usize) -> usize {
    let mut end = at;
    while end < bytes.len() && is_word(bytes[end]) {
        end += 1;
    }
    let is_field = at > 0 && bytes[at - 1] == b'.' && (at < 2 || bytes[at - 2] != b'.');
    let has_fraction = !is_field
        && bytes.get(end) == Some(&b'.')
        && bytes.get(end + 1).is_some_and(u8::is_ascii_digit);
    if has_fraction {
        end += 1;
        while end < bytes.len() && is_word(bytes[end]) {
            end += 1;
        }
    }
    end
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(source: &str) -> Vec<String> {
        code_words(source)
            .into_iter()
            .map(|word| word.text)
            .collect()
    }

    #[test]
    fn comments_strings_and_characters_are_not_code() {
        let source = "// HashMap\nlet a = \"f64 \\\" tokio\"; /* async /* rand */ f32 */ let q = '\"'; let b = r#\"Instant \"x\"\"#;";
        assert_eq!(texts(source), ["let", "a", "let", "q", "let", "b"]);
    }

    #[test]
    fn a_lifetime_is_not_a_character() {
        assert_eq!(
            texts("fn f<'a>(x: &'a str) -> HashMap<'a, u8> {}"),
            ["fn", "f", "a", "x", "a", "str", "HashMap", "a", "u8"]
        );
    }

    #[test]
    fn test_code_is_left_out_and_line_numbers_stay() {
        let source =
            "mod a;\n#[cfg(test)]\nmod tests {\n  use x::HashMap;\n  fn f() { }\n}\nfn late() {}\n";
        let found = code_words(source);
        assert!(!found.iter().any(|word| word.text.contains("HashMap")));
        assert_eq!(
            found
                .iter()
                .find(|word| word.text == "late")
                .map(|word| word.line),
            Some(7)
        );
    }

    #[test]
    fn a_test_module_in_its_own_file_hides_only_its_declaration() {
        let source = "#[cfg(test)]\nmod tests;\nuse std::time::Instant;\n";
        assert_eq!(texts(source), ["use", "std::time::Instant"]);
    }

    #[test]
    fn a_grouped_import_is_read_as_its_full_paths() {
        assert_eq!(
            texts("use std::{collections::BTreeMap, sync::{Arc, mpsc}};\nfn f() { g() }"),
            [
                "use",
                "std",
                "std::collections::BTreeMap",
                "std::sync",
                "std::sync::Arc",
                "std::sync::mpsc",
                "fn",
                "f",
                "g"
            ]
        );
    }

    #[test]
    fn code_compiled_outside_tests_stays_in() {
        assert_eq!(
            texts("#[cfg(not(test))]\nuse a::B;"),
            ["cfg", "not", "test", "use", "a::B"]
        );
    }

    #[test]
    fn fractions_are_one_word_and_tuple_fields_are_not_fractions() {
        assert_eq!(
            texts("let x = 1.5; y.0.1; 0..2"),
            ["let", "x", "1.5", "y", "0", "1", "0", "2"]
        );
    }
}
