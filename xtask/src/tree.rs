//! Finds the workspace and lists its files.

use std::path::{Path, PathBuf};

/// Folders that hold nothing hand-written.
const SKIPPED: [&str; 7] = [
    "target",
    "node_modules",
    "run",
    "dist",
    "corpus",
    "artifacts",
    "__pycache__",
];

/// The folder that holds the workspace's `Cargo.toml`.
pub fn workspace_root() -> Result<PathBuf, String> {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    here.parent()
        .map(Path::to_path_buf)
        .ok_or_else(|| "xtask must live one folder below the workspace root".to_owned())
}

/// Every file below `root` with one of `extensions`, sorted, hidden and generated folders left out.
pub fn files(root: &Path, extensions: &[&str]) -> Result<Vec<PathBuf>, String> {
    let mut found = Vec::new();
    let mut waiting = vec![root.to_path_buf()];
    while let Some(folder) = waiting.pop() {
        let entries = std::fs::read_dir(&folder)
            .map_err(|error| format!("cannot list {}: {error}", folder.display()))?;
        for entry in entries {
            let path = entry.map_err(|error| error.to_string())?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if path.is_dir() {
                if !name.starts_with('.') && !SKIPPED.contains(&name.as_ref()) {
                    waiting.push(path);
                }
            } else if has_extension(&path, extensions) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

fn has_extension(path: &Path, extensions: &[&str]) -> bool {
    path.extension()
        .is_some_and(|ext| extensions.contains(&ext.to_string_lossy().as_ref()))
}

/// `path` as it is written in messages: relative to the workspace, with forward slashes.
pub fn shown(root: &Path, path: &Path) -> String {
    let relative = path.strip_prefix(root).unwrap_or(path);
    relative.to_string_lossy().replace('\\', "/")
}

/// The text of a file, or a sentence saying why it cannot be read.
pub fn read(path: &Path) -> Result<String, String> {
    std::fs::read_to_string(path)
        .map_err(|error| format!("cannot read {}: {error}", path.display()))
}
