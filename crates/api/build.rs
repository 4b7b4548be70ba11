//! Has the crate built again when the console has been.

fn main() {
    // A folder that is not there counts as changed each time, and the crate would be built again each time.
    let built = "../../console/dist";
    if let Err(error) = std::fs::create_dir_all(built) {
        println!("cargo:warning={built} cannot be made: {error}");
    }
    println!("cargo:rerun-if-changed={built}");
}
