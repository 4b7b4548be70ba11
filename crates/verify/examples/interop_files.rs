//! Writes transparent statements and their trust file for other people's tools: `interop_files DIRECTORY`.
//!
//! `tests/interop/run` verifies what this writes with `scitt-cose`, `cwt` and `cryptography`. Files: `trust.json`, one
//! `NAME.cose` for each signature algorithm of the statement, each with receipts of four members in Ed25519 and ML-DSA-65.

#[path = "../tests/common/mod.rs"]
mod common;

use std::{env, error::Error, fs, path::PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    let directory = PathBuf::from(
        env::args_os()
            .nth(1)
            .ok_or("usage: interop_files DIRECTORY")?,
    );
    fs::create_dir_all(&directory)?;
    let story = common::Story::new();
    fs::write(directory.join("trust.json"), story.world.trust().to_json())?;
    for (n, name) in ["ed25519", "es256", "ml-dsa-65"].into_iter().enumerate() {
        let path = directory.join(format!("statement-{name}.cose"));
        fs::write(&path, story.transparent(n, 3, true))?;
        println!("{}", path.display());
    }
    Ok(())
}
