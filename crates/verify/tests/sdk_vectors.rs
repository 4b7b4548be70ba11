//! The vectors of the SDKs are what this verifier makes and says today.

mod common;
mod sdk;

use std::fs;

#[test]
fn the_checked_in_vectors_are_up_to_date() {
    let folder = sdk::folder();
    let signatures = fs::read_to_string(folder.join("signatures.json")).unwrap_or_default();
    let made = sdk::files(&signatures);
    let remedy = "run `cargo run -p convoy-verify --example sdk_vectors -- sdk/vectors` and both SDKs' tests";
    for (name, content) in &made {
        let found = fs::read(folder.join(name)).unwrap_or_default();
        assert!(
            found == *content,
            "sdk/vectors/{name} is out of date; {remedy}"
        );
    }
    for entry in fs::read_dir(&folder).expect("sdk/vectors is there") {
        let name = entry.expect("a readable folder").file_name();
        let name = name.to_string_lossy();
        let known = made.contains_key(name.as_ref()) || name == "README.md";
        assert!(known, "sdk/vectors/{name} is no vector any more; {remedy}");
    }
}
