//! `cargo xtask new-module NAME`: a folder that builds, with tests that fail until they are done what they say, and its line in the registry.
//!
//! Flow: check the name → take a free hundred of refusal numbers → write the folder from `xtask/templates/module` → add the line.
//!
//! Invariants: nothing is written unless everything can be: a taken or bad name leaves the tree as it was.

use crate::tree;
use std::fs;
use std::path::Path;

const MODULES: &str = "crates/modules/src";
const REGISTRY: &str = "crates/modules/src/registry.rs";
const COMMANDS: &str = "crates/cli/src/lib.rs";
/// A name's letters, at most: it is typed, and stands in every path.
const NAME_CHARS_MAX: usize = 24;
/// Folders, words of the language, and words that a command line or path needs.
const TAKEN: &[&str] = &[
    "domain",
    "registry",
    "stored",
    "testing",
    "schema",
    "actions",
    "modules",
    "module",
    "help",
    "completions",
    "convoy",
    "crate",
    "self",
    "super",
    "mod",
    "type",
    "use",
    "fn",
    "impl",
    "trait",
    "struct",
    "enum",
    "const",
    "static",
    "match",
    "move",
    "ref",
    "box",
    "async",
    "await",
    "dyn",
    "loop",
    "while",
    "for",
    "in",
    "if",
    "else",
    "return",
    "true",
    "false",
    "as",
    "break",
    "continue",
    "let",
    "mut",
    "pub",
    "unsafe",
    "where",
    "extern",
    "abstract",
    "become",
    "do",
    "final",
    "gen",
    "macro",
    "override",
    "priv",
    "try",
    "typeof",
    "unsized",
    "virtual",
    "yield",
    "union",
    "std",
    "core",
    "alloc",
    "test",
    "event",
    "common",
];

const FILES: [(&str, &str); 10] = [
    (
        "README.md",
        include_str!("../templates/module/README.md.in"),
    ),
    ("mod.rs", include_str!("../templates/module/mod.rs.in")),
    ("types.rs", include_str!("../templates/module/types.rs.in")),
    (
        "reject.rs",
        include_str!("../templates/module/reject.rs.in"),
    ),
    (
        "transition.rs",
        include_str!("../templates/module/transition.rs.in"),
    ),
    ("facts.rs", include_str!("../templates/module/facts.rs.in")),
    (
        "projection.rs",
        include_str!("../templates/module/projection.rs.in"),
    ),
    (
        "queries.rs",
        include_str!("../templates/module/queries.rs.in"),
    ),
    (
        "domain.rs",
        include_str!("../templates/module/domain.rs.in"),
    ),
    ("tests.rs", include_str!("../templates/module/tests.rs.in")),
];

/// Makes the module in the tree at `root`; returns what to do next.
///
/// # Errors
/// What is wrong with the name, or with the tree. Nothing was written then.
pub fn run(root: &Path, arguments: &[String]) -> Result<String, String> {
    let [name] = arguments else {
        return Err("usage: cargo xtask new-module NAME\n\nNAME is the noun of the field in lower case, such as weighing".to_owned());
    };
    let registry = tree::read(&root.join(REGISTRY))?;
    check_name(root, name, &registry)?;
    let hundred = free_hundred(root, &registry)?;
    let registry = with_line(&registry, name)?;
    let folder = root.join(MODULES).join(name);
    fs::create_dir(&folder)
        .map_err(|error| format!("cannot make {}: {error}", tree::shown(root, &folder)))?;
    for (file, template) in FILES {
        write(root, &folder.join(file), &filled(template, name, hundred))?;
    }
    write(root, &root.join(REGISTRY), &registry)?;
    Ok(format!(
        "made {MODULES}/{name} with refusals {first} to {last}, and its line in {REGISTRY}\n\n\
         next:\n  cargo fmt\n  cargo test -p convoy-modules {name}    # what fails says what to fill in\n  \
         cargo xtask reference                  # its reference page and OpenAPI\n\n\
         guide: docs/guides/your-first-module.md",
        first = hundred * 100,
        last = hundred * 100 + 99
    ))
}

fn write(root: &Path, path: &Path, text: &str) -> Result<(), String> {
    fs::write(path, text)
        .map_err(|error| format!("cannot write {}: {error}", tree::shown(root, path)))
}

fn check_name(root: &Path, name: &str, registry: &str) -> Result<(), String> {
    let refused = |why: &str| Err(format!("`{name}` cannot be a module's name: {why}"));
    // The name is part of every statement (1 to 32 letters, digits or hyphens there), of paths and of Rust's own names.
    let plain = name
        .bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    let starts = name
        .bytes()
        .next()
        .is_some_and(|byte| byte.is_ascii_lowercase());
    if !plain || !starts {
        return refused("write lower-case letters and digits, a letter first");
    }
    if !(3..=NAME_CHARS_MAX).contains(&name.len()) {
        return refused(&format!("write 3 to {NAME_CHARS_MAX} letters"));
    }
    if registry
        .lines()
        .any(|line| line == format!("pub mod {name};"))
    {
        return refused("there is a module of this name");
    }
    if root.join(MODULES).join(name).exists()
        || root.join(MODULES).join(format!("{name}.rs")).exists()
    {
        return refused(&format!("{MODULES} has a file or folder of this name"));
    }
    if TAKEN.contains(&name) {
        return refused("the word is taken");
    }
    if commands(&tree::read(&root.join(COMMANDS))?).any(|command| command == name) {
        return refused("the command line has a command of this name");
    }
    Ok(())
}

/// The commands of the command line, as `enum Command` names them.
fn commands(source: &str) -> impl Iterator<Item = String> + '_ {
    let body = source
        .split_once("enum Command {")
        .map_or("", |(_, rest)| rest);
    let body = body.split("\n}").next().unwrap_or_default();
    let lines = body.lines().filter_map(|line| line.strip_prefix("    "));
    let variants = lines.filter(|line| line.starts_with(|first: char| first.is_ascii_uppercase()));
    variants.map(|line| {
        let end = line
            .find(|letter: char| !letter.is_ascii_alphanumeric())
            .unwrap_or(line.len());
        snake(&line[..end])
    })
}

/// `BenchLoad` → `bench_load`.
fn snake(name: &str) -> String {
    let mut text = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !text.is_empty() {
            text.push('_');
        }
        text.push(letter.to_ascii_lowercase());
    }
    text
}

/// `weighing` → `Weighing`.
fn type_of(name: &str) -> String {
    let (first, rest) = name.split_at(1);
    first.to_ascii_uppercase() + rest
}

/// The lowest of the registry's hundreds that no module has taken.
fn free_hundred(root: &Path, registry: &str) -> Result<u32, String> {
    let mut taken = Vec::new();
    for path in tree::files(&root.join(MODULES), &["rs"])? {
        taken.extend(slots_in(&tree::read(&path)?));
    }
    let free = hundreds_of(registry)
        .into_iter()
        .find(|hundred| !taken.contains(hundred));
    free.ok_or_else(|| {
        format!("no hundred of refusal numbers is free; add some to `slots!` in {REGISTRY}")
    })
}

/// The hundreds that modules may take.
fn hundreds_of(registry: &str) -> Vec<u32> {
    let body = registry
        .split_once("\nslots! {")
        .map_or("", |(_, rest)| rest);
    let body = body.split('}').next().unwrap_or_default();
    body.split_whitespace()
        .filter_map(|number| number.parse().ok())
        .collect()
}

/// The hundreds taken by `impl Slot for Hundred<3>`.
fn slots_in(source: &str) -> impl Iterator<Item = u32> + '_ {
    source.lines().filter_map(|line| {
        let (number, _) = line
            .strip_prefix("impl Slot for Hundred<")?
            .split_once('>')?;
        number.parse().ok()
    })
}

/// The registry with the module's line, sorted among the others.
fn with_line(registry: &str, name: &str) -> Result<String, String> {
    let line = format!("pub mod {name};");
    let mut lines: Vec<&str> = registry.lines().collect();
    let first = lines.iter().position(|line| line.starts_with("pub mod "));
    let first = first.ok_or_else(|| format!("{REGISTRY} has no line `pub mod …;`"))?;
    let count = lines[first..]
        .iter()
        .take_while(|line| line.starts_with("pub mod "))
        .count();
    let place = lines[first..first + count]
        .iter()
        .position(|known| *known > line.as_str());
    lines.insert(first + place.unwrap_or(count), &line);
    Ok(lines.join("\n") + "\n")
}

fn filled(template: &str, name: &str, hundred: u32) -> String {
    let first = hundred * 100;
    let mut text = template.to_owned();
    for offset in 1..=4 {
        text = text.replace(
            &format!("__number{offset}__"),
            &(first + offset).to_string(),
        );
    }
    text.replace("__hundred__", &hundred.to_string())
        .replace("__number__", &first.to_string())
        .replace("__last__", &(first + 99).to_string())
        .replace("__name__", name)
        .replace("__Type__", &type_of(name))
}

#[cfg(test)]
#[path = "new_module_tests.rs"]
mod tests;
