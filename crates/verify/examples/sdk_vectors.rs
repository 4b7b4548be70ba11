//! Writes the SDKs' test vectors: `sdk_vectors DIRECTORY`, which is `sdk/vectors`.
//!
//! Deterministic: fixed secrets, and randomised signatures are kept from `signatures.json` in the directory while they hold. Files
//! that are no vector any more are removed; what is not `.json` or `.cose` is left alone.

#[path = "../tests/common/mod.rs"]
mod common;
#[path = "../tests/sdk/mod.rs"]
mod sdk;

use std::{env, error::Error, fs, path::PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    let directory = env::args_os().nth(1).map(PathBuf::from);
    let directory = directory.ok_or("usage: sdk_vectors DIRECTORY")?;
    fs::create_dir_all(&directory)?;
    let signatures = fs::read_to_string(directory.join("signatures.json")).unwrap_or_default();
    let files = sdk::files(&signatures);
    for entry in fs::read_dir(&directory)? {
        let path = entry?.path();
        let ours = path
            .extension()
            .is_some_and(|end| end == "json" || end == "cose");
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if ours && !files.contains_key(name.as_ref()) {
            fs::remove_file(&path)?;
        }
    }
    for (name, content) in &files {
        fs::write(directory.join(name), content)?;
    }
    println!("{} files in {}", files.len(), directory.display());
    Ok(())
}
