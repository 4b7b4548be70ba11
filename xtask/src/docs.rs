//! `cargo xtask docs`: no page is lost and no link leads nowhere.
//!
//! 1. Every relative link and image in every Markdown file resolves to a file or folder, and `#anchor` to a heading.
//! 2. Every page under `docs/` is reached by following links from `README.md`.
//! 3. Every domain module, as the registry names it, has a `README.md`.
//! 4. Every test that the threat model names is in the sources.
//! 5. Every path of this repository that a page names in `code` exists. The changelog names what was.

use crate::{Findings, tree};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

pub fn check(root: &Path) -> Result<Findings, String> {
    let mut pages = BTreeMap::new();
    for path in tree::files(root, &["md"])? {
        let text = tree::read(&path)?;
        pages.insert(path, text);
    }
    let mut faults = Vec::new();
    let mut links: BTreeMap<&PathBuf, Vec<PathBuf>> = BTreeMap::new();
    let mut count = 0;
    for (path, text) in &pages {
        for link in relative_links(text) {
            count += 1;
            match resolve(path, &link, &pages) {
                Ok(target) => links.entry(path).or_default().push(target),
                Err(why) => faults.push(format!(
                    "{}:{}: `{}`: {why}",
                    tree::shown(root, path),
                    link.line,
                    link.target
                )),
            }
        }
    }
    let mut named = 0;
    for (path, text) in pages.iter().filter(|(path, _)| !path.ends_with(CHANGES)) {
        for (name, line) in named_paths(root, text) {
            named += 1;
            let beside = path.parent().unwrap_or(root).join(name);
            if !root.join(name).exists() && !beside.exists() && !ABSENT.contains(&name) {
                let page = tree::shown(root, path);
                faults.push(format!("{page}:{line}: `{name}`: no such file"));
            }
        }
    }
    let reached = reachable(&root.join("README.md"), &links);
    for path in pages.keys() {
        let shown = tree::shown(root, path);
        if shown.starts_with("docs/") && !reached.contains(path) {
            faults.push(format!("{shown}: no link leads here from README.md"));
        }
    }
    let modules = module_faults(root, &mut faults)?;
    let attacks = attack_faults(root, &mut faults)?;
    Ok(Findings {
        looked_at: format!(
            "{} pages, {count} relative links, {named} paths, {modules} module folders, {attacks} attacks",
            pages.len()
        ),
        faults,
    })
}

/// The page that tells of files that are gone.
const CHANGES: &str = "CHANGELOG.md";
/// Paths that pages name though they are not there: to come, made by who follows a guide, made by a run.
const ABSENT: [&str; 4] = [
    "crates/simulation",
    "crates/modules/src/weighing",
    "fuzz/artifacts/",
    "fuzz/corpus/",
];

/// The paths in a page's `code` that begin with a folder of this repository, and their lines; fenced blocks are left out.
fn named_paths<'t>(root: &Path, text: &'t str) -> Vec<(&'t str, usize)> {
    let is_path = |word: &str| {
        let plain = |letter: char| letter.is_ascii_alphanumeric() || "._/-".contains(letter);
        let first = word.split_once('/').map(|(first, _)| first);
        word.chars().all(plain)
            && first.is_some_and(|first| !first.is_empty() && root.join(first).is_dir())
    };
    prose(text)
        .flat_map(|(line, text)| {
            text.split('`')
                .skip(1)
                .step_by(2)
                .map(move |word| (word, line))
        })
        .filter(|(word, _)| is_path(word))
        .collect()
}

/// A link to another place in the repository.
#[derive(Debug, PartialEq, Eq)]
struct Link {
    target: String,
    line: usize,
}

/// The lines of a page outside of fenced blocks, by number from 1.
fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut fence: Option<&str> = None;
    text.lines().enumerate().filter_map(move |(index, line)| {
        let trimmed = line.trim_start();
        let mark = ["```", "~~~"]
            .into_iter()
            .find(|mark| trimmed.starts_with(mark));
        match (fence, mark) {
            (None, Some(mark)) => fence = Some(mark),
            (Some(open), Some(mark)) if open == mark => fence = None,
            (None, None) => return Some((index + 1, line)),
            _ => {}
        }
        None
    })
}

/// The relative links of a page; fenced blocks and `code` are not links.
fn relative_links(text: &str) -> Vec<Link> {
    let links = prose(text).flat_map(|(line, text)| {
        let targets = targets_in(&without_code(text)).into_iter();
        targets.map(move |target| Link { target, line })
    });
    links.filter(|link| is_relative(&link.target)).collect()
}

/// `line` with its `inline code` blanked.
fn without_code(line: &str) -> String {
    line.split('`')
        .enumerate()
        .map(|(index, part)| if index % 2 == 0 { part } else { " " })
        .collect()
}

/// Targets of `[text](target)`, `[name]: target`, `src="target"` and `href="target"`.
fn targets_in(line: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = line;
    while let Some(start) = rest.find("](") {
        rest = &rest[start + 2..];
        let end = rest.find(')').unwrap_or(rest.len());
        found.push(first_word(&rest[..end]));
    }
    if let Some((name, target)) = line.trim_start().split_once("]: ")
        && name.starts_with('[')
    {
        found.push(first_word(target));
    }
    for attribute in ["src=\"", "href=\""] {
        let mut rest = line;
        while let Some(start) = rest.find(attribute) {
            rest = &rest[start + attribute.len()..];
            let end = rest.find('"').unwrap_or(rest.len());
            found.push(rest[..end].to_owned());
        }
    }
    found
}

/// The target without a title (`file.md "A title"`) and without angle brackets.
fn first_word(target: &str) -> String {
    let word = target.split_whitespace().next().unwrap_or_default();
    word.trim_start_matches('<')
        .trim_end_matches('>')
        .to_owned()
}

fn is_relative(target: &str) -> bool {
    !target.is_empty() && !target.contains("://") && !target.starts_with("mailto:")
}

/// The file or folder a link leads to, or why it leads nowhere.
fn resolve(page: &Path, link: &Link, pages: &BTreeMap<PathBuf, String>) -> Result<PathBuf, String> {
    let (file, anchor) = match link.target.split_once('#') {
        Some((file, anchor)) => (file, Some(anchor)),
        None => (link.target.as_str(), None),
    };
    if file.starts_with('/') {
        return Err("an absolute path; write it relative to this page".to_owned());
    }
    let target = if file.is_empty() {
        page.to_path_buf()
    } else {
        normal(&page.parent().unwrap_or(Path::new("")).join(file))
    };
    if !target.exists() {
        return Err("no such file".to_owned());
    }
    if let (Some(anchor), Some(text)) = (anchor, pages.get(&target))
        && !anchors(text).contains(anchor)
    {
        return Err(format!("that page has no heading `{anchor}`"));
    }
    Ok(target)
}

/// `path` without `.` and `..`, so that it can be compared.
fn normal(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                out.pop();
            }
            Component::CurDir => {}
            other => out.push(other),
        }
    }
    out
}

/// The anchors a page's headings make: lower case, punctuation dropped, spaces to hyphens.
fn anchors(text: &str) -> BTreeSet<String> {
    text.lines()
        .filter(|line| line.starts_with('#'))
        .map(|line| {
            line.trim_start_matches('#')
                .trim()
                .to_lowercase()
                .chars()
                .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
                .map(|c| if c == ' ' { '-' } else { c })
                .collect()
        })
        .collect()
}

/// Every page reached from `start`; a link to a folder reaches its README.
fn reachable(start: &Path, links: &BTreeMap<&PathBuf, Vec<PathBuf>>) -> BTreeSet<PathBuf> {
    let mut reached = BTreeSet::new();
    let mut waiting = vec![start.to_path_buf()];
    while let Some(page) = waiting.pop() {
        let page = if page.is_dir() {
            page.join("README.md")
        } else {
            page
        };
        if reached.insert(page.clone()) {
            waiting.extend(links.get(&page).into_iter().flatten().cloned());
        }
    }
    reached
}

fn module_faults(root: &Path, faults: &mut Vec<String>) -> Result<usize, String> {
    let registry = tree::read(&root.join("crates/modules/src/registry.rs"))?;
    let names = registry
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
    let mut count = 0;
    for name in names {
        count += 1;
        let folder = root.join("crates/modules/src").join(name);
        if !folder.join("README.md").is_file() {
            faults.push(format!(
                "{}: a module folder needs a README.md (purpose, state diagram, invariants, sources)",
                tree::shown(root, &folder)
            ));
        }
    }
    Ok(count)
}

/// The page that says by which test each threat is tried.
const THREATS: &str = "docs/reference/threat-model.md";

fn attack_faults(root: &Path, faults: &mut Vec<String>) -> Result<usize, String> {
    let page = tree::read(&root.join(THREATS))?;
    let mut wanted: BTreeSet<&str> = page.split('`').filter(|word| is_test_name(word)).collect();
    let count = wanted.len();
    for path in tree::files(root, &["rs"])? {
        let source = tree::read(&path)?;
        wanted.retain(|name| !source.contains(&format!("fn {name}(")));
    }
    let missing = wanted.into_iter();
    faults.extend(missing.map(|name| format!("{THREATS}: there is no test `{name}`")));
    Ok(count)
}

/// Names of tests are sentences: five words and more.
fn is_test_name(word: &str) -> bool {
    let letters = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    word.split('_').count() >= 5 && word.split('_').all(letters)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_is_the_name_of_a_test_and_a_path_or_a_word_is_none() {
        assert!(is_test_name("a_name_of_five_words"));
        for other in [
            "cargo_audit",
            "crates/api/src/a_b_c_d_e.rs",
            "a_B_c_d_e",
            "a__b_c_d",
        ] {
            assert!(!is_test_name(other), "{other}");
        }
    }

    fn targets(text: &str) -> Vec<String> {
        relative_links(text)
            .into_iter()
            .map(|link| link.target)
            .collect()
    }

    #[test]
    fn links_images_references_and_html_are_found() {
        let text = "[a](one.md) ![b](two.svg \"T\")\n[c]: three.md\n<img src=\"four.svg\"> <a href=\"five.md\">";
        assert_eq!(
            targets(text),
            ["one.md", "two.svg", "three.md", "four.svg", "five.md"]
        );
    }

    #[test]
    fn code_and_the_web_are_not_relative_links() {
        let text = "`[a](no.md)`\n```\n[b](no.md)\n```\n[c](https://example.org) [d](mailto:a@b.c)\n[e](yes.md)";
        assert_eq!(targets(text), ["yes.md"]);
    }

    #[test]
    fn a_path_is_what_begins_with_a_folder_of_this_repository_and_is_no_command_or_pattern() {
        let root = tree::workspace_root().unwrap();
        let text = "`xtask/src/gone.rs` of `xtask/src`, `a/b`, `xtask/*.rs`, `xtask`, `/etc/x`\n```\n`xtask/x`\n```\n`docs/x.md`";
        assert_eq!(
            named_paths(&root, text),
            [("xtask/src/gone.rs", 1), ("xtask/src", 1), ("docs/x.md", 5)]
        );
    }

    #[test]
    fn a_link_to_nowhere_and_an_unknown_heading_are_faults() {
        let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
        let pages = BTreeMap::from([(page.clone(), "# One Thing, said\n".to_owned())]);
        let link = |target: &str| Link {
            target: target.to_owned(),
            line: 1,
        };
        assert!(resolve(&page, &link("missing.md"), &pages).is_err());
        assert!(resolve(&page, &link("src/main.rs"), &pages).is_ok());
        assert!(resolve(&page, &link("#one-thing-said"), &pages).is_ok());
        assert!(resolve(&page, &link("#two"), &pages).is_err());
        assert!(resolve(&page, &link("/etc/hosts"), &pages).is_err());
    }
}
