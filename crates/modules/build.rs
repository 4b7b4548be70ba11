//! Reads the modules' names out of `src/registry.rs`, so that one line there is all that a module needs.
//!
//! A line `pub mod fuel_card;` names the folder `fuel_card`, whose module is the type `FuelCard`. What comes out is a list and
//! nothing more: `registered! { fuel_card::FuelCard, }`.

use std::{env, fs, path::Path};

const REGISTRY: &str = "src/registry.rs";

fn main() {
    println!("cargo::rerun-if-changed={REGISTRY}");
    let text = fs::read_to_string(REGISTRY).expect("src/registry.rs can be read");
    let names = text.lines().filter_map(module_of);
    let list: String = names
        .map(|name| format!("    {name}::{},\n", type_of(name)))
        .collect();
    let folder = env::var_os("OUT_DIR").expect("cargo sets OUT_DIR");
    fs::write(
        Path::new(&folder).join("registered.rs"),
        format!("registered! {{\n{list}}}\n"),
    )
    .expect("OUT_DIR can be written");
}

fn module_of(line: &str) -> Option<&str> {
    line.strip_prefix("pub mod ")?.strip_suffix(';')
}

/// `fuel_card` → `FuelCard`.
fn type_of(name: &str) -> String {
    name.split('_')
        .flat_map(|word| {
            let (first, rest) = word.split_at(word.len().min(1));
            [first.to_ascii_uppercase(), rest.to_owned()]
        })
        .collect()
}
