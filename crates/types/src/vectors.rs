//! Where other people's test data lies, for conformance tests only.
//!
//! The data is not part of this repository. `CONVOY_VECTORS` names its folder; otherwise it is looked
//! for beside the workspace, at `../shared/vectors`. Where it is absent a test says so loudly and is
//! skipped; with `CONVOY_REQUIRE_VECTORS` set it fails instead.

use std::path::{Path, PathBuf};

/// The folder `name` of the conformance data, or `None` (said on stderr) where there is none.
///
/// # Panics
/// When the folder is absent and `CONVOY_REQUIRE_VECTORS` is set.
pub fn dir(name: &str) -> Option<PathBuf> {
    let root = std::env::var_os("CONVOY_VECTORS").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/vectors"),
        PathBuf::from,
    );
    let folder = root.join(name);
    if folder.is_dir() {
        return Some(folder);
    }
    let message = format!("conformance data `{name}` is absent; set CONVOY_VECTORS to its folder");
    assert!(
        std::env::var_os("CONVOY_REQUIRE_VECTORS").is_none(),
        "{message}"
    );
    eprintln!("SKIPPED: {message}");
    None
}
