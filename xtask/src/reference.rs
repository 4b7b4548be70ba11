//! `cargo xtask reference`: writes what is generated from the code and checked in. The tests that hold each file up to date are
//! what writes it, so that there is one way to make it.

use std::path::Path;
use std::process::Command;

/// Package, the tests that compare, and the variable that makes it write.
const WRITERS: [(&str, &str, &str); 2] = [
    (
        "convoy-modules",
        "the_checked_in_",
        "CONVOY_WRITE_REFERENCE",
    ),
    ("convoy-api", "the_checked_in_", "CONVOY_WRITE_OPENAPI"),
];

/// Writes everything.
///
/// # Errors
/// When a writer does not build or cannot write.
pub fn run(root: &Path) -> Result<String, String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    for (package, test, variable) in WRITERS {
        let status = Command::new(&cargo)
            .args(["test", "--quiet", "--package", package, "--lib", test])
            .env(variable, "1")
            .current_dir(root)
            .status()
            .map_err(|error| format!("cannot start cargo: {error}"))?;
        if !status.success() {
            return Err(format!(
                "{package}: the test {test} could not write its files"
            ));
        }
    }
    Ok("wrote docs/reference/modules, docs/reference/http.md and openapi/convoy.json".to_owned())
}
