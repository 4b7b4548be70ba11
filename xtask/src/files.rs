//! `cargo xtask files`: a hand-written file past 700 lines has two subjects and is split.

use crate::{Findings, tree};
use std::path::Path;

/// Lines a hand-written file may have. New files aim at 600; the hundred above are slack for a file under work.
const LINES_MAX: usize = 700;

const EXTENSIONS: [&str; 5] = ["rs", "ts", "tsx", "py", "sh"];

pub fn check(root: &Path) -> Result<Findings, String> {
    let files = tree::files(root, &EXTENSIONS)?;
    let mut faults = Vec::new();
    for path in &files {
        let shown = tree::shown(root, path);
        if is_generated(&shown) {
            continue;
        }
        let lines = tree::read(path)?.lines().count();
        if lines > LINES_MAX {
            faults.push(format!(
                "{shown}: {lines} lines, at most {LINES_MAX}; find the second subject and give it a file"
            ));
        }
    }
    Ok(Findings {
        looked_at: format!("{} source files", files.len()),
        faults,
    })
}

fn is_generated(shown: &str) -> bool {
    shown.split('/').any(|part| part == "generated")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_generated_folder_is_left_out_wherever_it_is() {
        assert!(is_generated("sdk/python/generated/client.py"));
        assert!(!is_generated("crates/node/src/generator.rs"));
    }
}
