//! Has the crate built again when the console has been, where its pages are built in: a development build reads them when asked for.

fn main() {
    let built_in = std::env::var("PROFILE").is_ok_and(|profile| profile == "release");
    let watched = if built_in {
        "../../console/dist"
    } else {
        "build.rs"
    };
    println!("cargo:rerun-if-changed={watched}");
}
